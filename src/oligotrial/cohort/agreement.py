"""How well a cohort reproduces what was printed."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.check import Check
from oligotrial.cohort.draw import Draw, covariate_codes
from oligotrial.cohort.endpoints import first_endpoint
from oligotrial.cohort.groups import Groups, recompute
from oligotrial.cohort.nearness import distance_percent, unit_of, units_of
from oligotrial.cohort.recompute import printed_checks
from oligotrial.cohort.schema import Cohort
from oligotrial.cohort.target import Target
from oligotrial.cohort.targets import targets
from oligotrial.cohort.unused import Unused, unused_numbers
from oligotrial.evidence import Evidence, audit

__all__ = ["agreement", "kind_of", "score"]

_NEAR: Final = (1, 5)
"""Percent, or percentage points, within which numbers are counted as near."""

_REGRESSION: Final = re.compile(r"[a-z0-9_]+\.(hazard_ratio|p\[|c_index)")


def agreement(cohort: Cohort, evidence: Evidence) -> pd.DataFrame:
    """Compare every number that a source prints of its patients with a cohort's draws.

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
        One row a number: statistic, unit, printed, reconstructed_median, reconstructed_low and
        reconstructed_high (over draws), tolerance (half a unit of the printed rounding, 0 for
        counts, half a patient for percentages of counts), draws_within (the share of draws
        whose number prints as the printed one, rounded or cut off), distance_percent (how far
        reconstructed_median is from printed, see below), contradicted (whether the
        audit finds that the source contradicts it), place and not_used: why a number isn't
        compared, empty where it is. A median that isn't reached is infinite; what isn't
        compared, or can't be computed from a draw, is NaN. Numbers at risk whose times aren't
        printed are taken at the spacing that fits each draw best.

    Raises
    ------
    InputError
        If the source prints no endpoint, or a regression's covariates can't be coded.

    Notes
    -----
    distance_percent is 0 where the median over draws prints as the printed number. Else it has one
    rule a unit. "probability" (p-values, C-indices) and "percent": the difference, in percentage
    points, so that p = 0.04 and p = 0.05 are 1 apart; near 0 that is lenient, and p = 0.001 and
    p = 0.04 are 3.9 apart. All others (months, ratio, patients, chi-squared, Gy): the larger of the
    two is so many percent more than the smaller, so that hazard ratios of 0.5 and of 2 are equally
    far from 1; for patients and chi-squared a smaller number below 1 counts as 1. It is infinite
    where one of two medians isn't reached, or where one time is 0.

    Examples
    --------
    >>> from oligotrial import cohort, evidence
    >>> marazzi = evidence.load("marazzi2024")
    >>> table = agreement(cohort.reconstruct(marazzi, draws=1, steps=100), marazzi)
    >>> table.set_index("statistic").loc["line[first]", ["printed", "draws_within"]].tolist()
    [39.0, 1.0]
    """
    codes = covariate_codes(evidence)
    draws = [Draw(frame, evidence, codes) for frame in cohort.frames()]
    found = printed_checks(evidence)
    ticked = {each.key: each for each in targets(evidence) if each.ticked}
    groups = [draw.groups(first_endpoint(evidence)) for draw in draws]
    spacings = [_tick_spacing(group, list(ticked.values())) for group in groups]
    contradicted, units = _contradicted(evidence), units_of(evidence)
    rows = []
    for each in found:
        if (target := ticked.get(each.key)) is None:
            values = [_computed(each, draw) for draw in draws]
        else:
            values = [
                recompute(target.at(target.argument * spacing), group)
                for group, spacing in zip(groups, spacings, strict=True)
            ]
        rows.append(_row(each, values, unit_of(each.key, units), contradicted))
    unused = unused_numbers(evidence, {each.key for each in found})
    rows += [_unused_row(each, unit_of(each.key, units), contradicted) for each in unused]
    return pd.DataFrame(rows)


def _computed(check: Check, draw: Draw) -> float:
    try:
        return check.compute(draw)
    except InputError:  # a column or a group that the draw doesn't have
        return float("nan")


def score(table: pd.DataFrame) -> pd.DataFrame:
    """Count the printed numbers that a reconstruction reproduces, and those that it comes near.

    Parameters
    ----------
    table : pandas.DataFrame
        From `agreement`.

    Returns
    -------
    pandas.DataFrame
        One row a kind of number, one of those that aren't used, and "all" of those that are:
        numbers, contradicted (by the source itself), reproduced (of the others, those that at
        least half of the draws print as printed), percent (reproduced of the others),
        draws_percent (of the others, how many a draw prints as printed, on average),
        within_1_percent and within_5_percent (of the others, those that are reproduced or whose
        distance_percent is at most 1, or 5: percentage points for probabilities, p-values and
        percentages, percent for all else, as `agreement` says). A number that can't be computed
        from the draws is not near.

    Raises
    ------
    InputError
        If the table has no column distance_percent.

    Examples
    --------
    >>> rows = {"statistic": ["a[x]", "b.median"], "draws_within": [1.0, 0.4],
    ...         "distance_percent": [0.0, 2.5], "contradicted": [False, False]}
    >>> columns = ["kind", "numbers", "reproduced", "within_1_percent", "within_5_percent"]
    >>> score(pd.DataFrame(rows))[columns].values.tolist()
    [['counts and percentages', 1, 1, 1, 1], ['times, means and rates', 1, 0, 0, 1], \
['all', 2, 1, 1, 2]]
    """
    if "distance_percent" not in table:
        raise InputError(
            "there is no column 'distance_percent'; give a table that `agreement` made",
            where="score",
        )
    unused = table[table["not_used"] != ""] if "not_used" in table else table.iloc[:0]
    used = table.drop(index=unused.index)
    kinds = used["statistic"].map(kind_of)
    rows = [_scored(kind, used[kinds == kind]) for kind in dict.fromkeys(kinds)]
    if len(unused):
        missing = {"percent": float("nan"), "draws_percent": float("nan")}
        rows.append({**_scored("not used", unused), **missing})
    return pd.DataFrame([*rows, _scored("all", used)])


def _scored(kind: str, rows: pd.DataFrame) -> dict[str, object]:
    fair = rows[~rows["contradicted"]]
    met = fair["draws_within"] >= 0.5
    share = 100.0 / len(fair) if len(fair) else float("nan")
    near = {
        f"within_{limit}_percent": int((met | (fair["distance_percent"] <= limit)).sum())
        for limit in _NEAR
    }
    return {
        "kind": kind,
        "numbers": len(rows),
        "contradicted": int(rows["contradicted"].sum()),
        "reproduced": int(met.sum()),
        "percent": share * int(met.sum()),
        "draws_percent": share * float(fair["draws_within"].sum()),
        **near,
    }


def kind_of(key: str) -> str:
    """Return the kind that a number is scored under.

    Parameters
    ----------
    key : str
        What `agreement` calls it.

    Returns
    -------
    str
        "regression", "tests", "numbers at risk", "counts and percentages" or "times, means and
        rates".

    Examples
    --------
    >>> kind_of("cox.p[covariate=age]"), kind_of("pfs.logrank[arm].p"), kind_of("age[<40].percent")
    ('regression', 'tests', 'counts and percentages')
    """
    if _REGRESSION.match(key):
        return "regression"
    for sign, kind in (
        ("logrank", "tests"),
        ("at_risk", "numbers at risk"),
        ("].percent", "counts and percentages"),
    ):
        if sign in key:
            return kind
    return "times, means and rates" if "." in key.partition("[")[0] else "counts and percentages"


def _contradicted(evidence: Evidence) -> tuple[str, ...]:
    """Return what keys of contradicted numbers begin with."""
    findings = audit(evidence)
    subjects = findings.loc[findings["severity"] == "contradiction", "subject"].astype(str)
    found = []
    for subject in subjects:
        name, _, level = subject.partition(" ")[0].partition("=")
        counted = name in {each.variable for each in evidence.counts}
        key = f"{name}[{level}]" if level else f"{name}["
        found.append(key if counted else subject)
        if name == "site" and level:
            found.append(f"schedule[{level}:")
    return tuple(each.partition(" ")[0] for each in found)


def _tick_spacing(groups: Groups, ticks: Sequence[Target]) -> float:
    """Return the months between ticks at which numbers at risk fit the printed ones best.

    Parameters
    ----------
    groups : Groups
        Patients or one draw.
    ticks : sequence of Target
        Numbers at risk whose times aren't printed.

    Returns
    -------
    float
        From 1 to 60 months; the middle of those that fit equally well.
    """
    curves = [(each, groups.curve(each)[0]) for each in ticks]
    candidates = np.arange(1.0, 60.5, 0.5)
    misses = [
        sum(abs((time >= each.argument * spacing).sum() - each.printed) for each, time in curves)
        for spacing in candidates
    ]
    best = candidates[np.asarray(misses) == min(misses)]
    return float(best[len(best) // 2])


def _row(
    of: Check, values: list[float], unit: str, contradicted: tuple[str, ...]
) -> dict[str, object]:
    # Not interpolated: half-way to a median that isn't reached is no number.
    middle = float(np.sort(values)[(len(values) - 1) // 2])
    key = of.key
    return {
        "statistic": key,
        "unit": unit,
        "printed": of.printed,
        "reconstructed_median": middle,
        "reconstructed_low": min(values),
        "reconstructed_high": max(values),
        "tolerance": of.tolerance,
        "draws_within": float(np.mean([of.agrees(value) for value in values])),
        "distance_percent": (
            0.0 if of.agrees(middle) else distance_percent(of.printed, middle, unit)
        ),
        "contradicted": any(_same(key, each) for each in contradicted),
        "place": of.place,
        "not_used": "",
    }


def _unused_row(of: Unused, unit: str, contradicted: tuple[str, ...]) -> dict[str, object]:
    nothing = float("nan")
    return {
        "statistic": of.key,
        "unit": unit,
        "printed": of.printed,
        "reconstructed_median": nothing,
        "reconstructed_low": nothing,
        "reconstructed_high": nothing,
        "tolerance": nothing,
        "draws_within": nothing,
        "distance_percent": nothing,
        "contradicted": any(_same(of.key, each) for each in contradicted),
        "place": of.place,
        "not_used": of.why,
    }


def _same(key: str, subject: str) -> bool:
    """Return whether a number is the one contradicted, or an end of its interval."""
    base, mark, place = subject.partition("@")
    parts = {f"{base}{end}{mark}{place}" for end in ("", ".lower", ".upper", ".percent")}
    return key in parts or (subject.endswith(("[", ":")) and key.startswith(subject))
