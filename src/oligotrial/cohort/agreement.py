"""How well a cohort reproduces what was printed."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.schema import Cohort
from oligotrial.cohort.target import Groups, Target, targets
from oligotrial.evidence import Evidence
from oligotrial.radiobiology import Schedule

__all__ = ["agreement"]


def agreement(cohort: Cohort, evidence: Evidence) -> pd.DataFrame:
    """Compare every printed number that a reconstruction uses with its draws.

    Everything is recomputed from the cohort's rows by the public estimators.

    Parameters
    ----------
    cohort : Cohort
        A reconstruction, or real patients.
    evidence : Evidence
        What was printed.

    Returns
    -------
    pandas.DataFrame
        One row a number: statistic, printed, reconstructed_median, reconstructed_low and
        reconstructed_high (over draws), tolerance (half a unit of the printed rounding, 0 for
        counts), draws_within (the share of draws whose number prints as the printed one, rounded
        or cut off) and place. A median that isn't reached is infinite. Numbers at risk
        whose times aren't printed are taken at the spacing that fits each draw best.

    Examples
    --------
    >>> from oligotrial import cohort, evidence
    >>> marazzi = evidence.load("marazzi2024")
    >>> table = agreement(cohort.reconstruct(marazzi, draws=1, steps=100), marazzi)
    >>> table.set_index("statistic").loc["line[first]", ["printed", "draws_within"]].tolist()
    [39.0, 1.0]
    """
    frames = cohort.frames()
    groups = [Groups(frame) for frame in frames]
    found = targets(evidence)
    months = [_tick_spacing(group, found) for group in groups]
    rows = [
        _row(
            each.key,
            each.printed,
            [_timed(each, a).recompute(group) for group, a in zip(groups, months, strict=True)],
            each,
        )
        for each in found
    ]
    rows += [
        _row(key, printed, [count(frame) for frame in frames], place)
        for key, printed, place, count in _counts(evidence)
    ]
    return pd.DataFrame(rows)


def _tick_spacing(groups: Groups, found: Sequence[Target]) -> float:
    """Return the months between ticks at which numbers at risk fit the printed ones best.

    Parameters
    ----------
    groups : Groups
        Patients or one draw.
    found : sequence of Target
        Among them numbers at risk whose times aren't printed.

    Returns
    -------
    float
        From 1 to 60 months; the middle of those that fit equally well.
    """
    ticks = [each for each in found if each.ticked]
    curves = [(each, groups.curve(each)[0]) for each in ticks]
    candidates = np.arange(1.0, 60.5, 0.5)
    misses = [
        sum(abs((time >= each.argument * spacing).sum() - each.printed) for each, time in curves)
        for spacing in candidates
    ]
    best = candidates[np.asarray(misses) == min(misses)]
    return float(best[len(best) // 2])


def _timed(each: Target, spacing: float) -> Target:
    return each.at(each.argument * spacing) if each.ticked else each


def _row(key: str, printed: float, values: list[float], of: Target | str) -> dict[str, object]:
    agrees = of.agrees if isinstance(of, Target) else printed.__eq__
    # Not interpolated: half-way to a median that isn't reached is no number.
    middle = np.sort(values)[(len(values) - 1) // 2]
    return {
        "statistic": key,
        "printed": printed,
        "reconstructed_median": float(middle),
        "reconstructed_low": min(values),
        "reconstructed_high": max(values),
        "tolerance": of.tolerance if isinstance(of, Target) else 0.0,
        "draws_within": float(np.mean([agrees(value) for value in values])),
        "place": of.place if isinstance(of, Target) else of,
    }


type _Counter = Callable[[pd.DataFrame], float]


def _counts(evidence: Evidence) -> Iterator[tuple[str, float, str, _Counter]]:
    for each in evidence.counts:
        if each.variable in ("age_group", "subtype", "line", "site"):
            key = f"{each.variable}[{each.level}]"
            yield key, float(each.n), each.place, _level_counter(each.variable, each.level)
    for schedule in evidence.schedules:
        options = {str(option) for option in Schedule.parse(schedule.text).options()}
        key = f"schedule[{schedule.site}: {schedule.text}]"
        counter = _schedule_counter(schedule.site, options)
        yield key, float(schedule.n), schedule.place, counter
    for group in evidence.bed_groups:
        key = f"{group.grouping}[at least]"
        yield key, float(group.n), group.place, _bed_counter(group.grouping)


def _level_counter(variable: str, level: str) -> _Counter:
    return lambda frame: float((frame[variable] == level).sum())


def _schedule_counter(site: str, options: set[str]) -> _Counter:
    return lambda frame: float(
        ((frame["site"] == site) & frame["schedule"].isin(list(options))).sum()
    )


def _bed_counter(grouping: str) -> _Counter:
    return lambda frame: float((levels_of(frame, grouping) == "at least").sum())
