"""Columns of a reconstruction that no printed statistic ties to the times.

A counted variable is given to patients at random, exactly as often as printed: within the
subgroup it was counted in, and missing in as many as the source says. A variable of which
median, range, mean and standard deviation are printed gets numbers that have them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oligotrial.cohort.summary import PrintedNumbers, numbers
from oligotrial.cohort.target import printed_interval
from oligotrial.evidence import Count, Evidence

__all__ = ["RECURRENCE", "counted", "fill_marginals", "measured"]

OTHER = "other"
"""Level of those whose own level isn't printed."""

RECURRENCE = "recurrence"
"""Cause of a progression that wasn't a death."""

_NUMBER = re.compile(r"(?P<name>[a-z][a-z0-9_]*)\.(?P<what>median|mean|sd)")
_TIMES = re.compile(r"(pfs|os|dfs|rfs|efs|ttp|rdt|follow_up|local_control)(_[a-z]+)?")
_BOUNDS = re.compile(r"(?P<less><)?(?P<more>>)?(?P<low>\d+)(-(?P<high>\d+))?")


@dataclass(frozen=True)
class _Counted:
    name: str
    rows: tuple[Count, ...]

    @property
    def levels(self) -> dict[str, int]:
        return {each.level: each.n for each in self.rows}


def counted(evidence: Evidence) -> Iterator[tuple[str, tuple[Count, ...]]]:
    """Yield the variables of which patients were counted, with their counts.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Yields
    ------
    tuple
        Variable and its counts; those of lesions and the like are passed over.
    """
    for name in dict.fromkeys(each.variable for each in evidence.counts):
        rows = tuple(each for each in evidence.counts if each.variable == name)
        if rows[0].unit == "patients":
            yield name, rows


def fill_marginals(
    frame: pd.DataFrame, evidence: Evidence, generator: np.random.Generator
) -> pd.DataFrame:
    """Add the columns that a source prints and the frame doesn't have.

    Parameters
    ----------
    frame : pandas.DataFrame
        One draw.
    evidence : Evidence
        The source.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    pandas.DataFrame
        With the columns; levels of those with missing values are text or None.
    """
    made = frame.copy()
    for name, rows in counted(evidence):
        if name not in made:
            _add(made, _Counted(name, rows), generator)
    for printed in measured(evidence):
        if printed.name not in made:
            made[printed.name] = _measure(made, printed, generator)
    if "schedule" not in made and {"dose", "fractions"} <= set(made):
        known = made["dose"].notna() & made["fractions"].notna()
        texts = [
            f"{dose:g} Gy in {fractions:.0f} fr" if fine else None
            for dose, fractions, fine in zip(made["dose"], made["fractions"], known, strict=True)
        ]
        made["schedule"] = pd.Series(texts, index=made.index, dtype="str")
    return made


def _add(frame: pd.DataFrame, what: _Counted, generator: np.random.Generator) -> None:
    first, n = what.rows[0], len(frame)
    if first.overlapping:
        known = generator.permutation(n)[: first.total]
        for each in what.rows:
            values = pd.Series([None] * n, index=frame.index, dtype="str")
            values.iloc[known] = "no"
            values.iloc[generator.permutation(known)[: each.n]] = "yes"
            frame[f"{what.name}_{each.level}"] = values
        return
    values = pd.Series([None] * n, index=frame.index, dtype="str")
    if (twin := _twin(frame, what)) is not None:
        frame[what.name] = twin
        return
    places = generator.permutation(_eligible(frame, what.name, first.part_of))
    if len(places) == len(frame):
        places = places[: first.total]
    texts = frame["schedule"].astype(object) if "schedule" in frame else None
    for level, many in what.levels.items():
        if texts is not None:
            words = [word for word in re.split(r"[/\s-]", level) if len(word) > 1]
            named = [any(word in str(texts.iloc[k]) for word in words) for k in places]
            places = np.concatenate([places[named], places[~np.array(named, dtype=bool)]])
        values.iloc[places[:many]] = level
        places = places[many:]
    if first.partial and what.name != "death":
        values.iloc[places] = OTHER
    frame[what.name] = values


def _twin(frame: pd.DataFrame, what: _Counted) -> pd.Series | None:
    """Return the column of a variable that this one restates: named alike, counted alike."""
    for name in frame:
        if what.name.startswith(f"{name}_"):
            values = frame[name]
            if values.value_counts().to_dict() == what.levels:
                return values.copy()
    return None


def _eligible(frame: pd.DataFrame, name: str, part_of: tuple[str, str] | None) -> np.ndarray:
    """Return who was counted: the subgroup, or all that a kind of event was seen in."""
    seen = np.ones(len(frame), dtype=bool)
    if name == "recurrence" and "cause" in frame:
        seen = (frame["cause"] == RECURRENCE).to_numpy(bool)
    elif name == "death" and "os_event" in frame:
        seen = (frame["os_event"] == 1).to_numpy(bool)
    elif part_of is not None and part_of[0] in frame:
        seen = (frame[part_of[0]].astype(object) == part_of[1]).to_numpy(bool)
    return np.flatnonzero(seen)


def measured(evidence: Evidence) -> list[PrintedNumbers]:
    """Return the variables of which a median, a mean or a standard deviation is printed.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    list of PrintedNumbers
        In the source's order; times to events and what is told of one case are none.
    """
    found: dict[str, dict[str, tuple[float, float]]] = {}
    sizes: dict[str, int] = {}
    steps: dict[str, float] = {}
    for each in evidence.statistics:
        match = _NUMBER.fullmatch(each.key)
        if not match or _TIMES.fullmatch(match["name"]) or each.value is None:
            continue
        parts = found.setdefault(match["name"], {})
        parts[match["what"]] = printed_interval(each, 0)
        sizes[match["name"]] = each.n or evidence.patients
        if match["what"] == "median" and each.lower is not None and each.upper is not None:
            parts["median"] = (each.value,) * 2
            parts["least"], parts["most"] = (each.lower,) * 2, (each.upper,) * 2
            decimals = 0 if each.whole else max(each.decimals or (0, 0, 0))
            steps[match["name"]] = 10.0**-decimals
    return [
        PrintedNumbers(name, sizes[name], steps[name], parts)
        for name, parts in found.items()
        if "median" in parts and name in steps
    ]


def _measure(
    frame: pd.DataFrame, printed: PrintedNumbers, generator: np.random.Generator
) -> np.ndarray:
    groups = frame.get(f"{printed.name}_group")
    values = np.full(len(frame), np.nan)
    known = generator.permutation(len(frame))[: printed.size]
    if groups is None:
        values[known] = numbers(printed, generator)
        return values
    bounds = np.array([_range(str(group)) for group in groups])[known]
    known = known[np.argsort(bounds[:, 0], kind="stable")]
    bounds = bounds[np.argsort(bounds[:, 0], kind="stable")]
    values[known] = numbers(printed, generator, bounds=bounds)
    return values


def _range(group: str) -> tuple[float, float]:
    """Return the whole numbers in a group such as "<40", "40-50" or ">70"."""
    found = _BOUNDS.fullmatch(group)
    if not found:
        return -np.inf, np.inf
    low = float(found["low"])
    if found["less"]:
        return -np.inf, low - 1.0
    if found["more"]:
        return low + 1.0, np.inf
    return low, float(found["high"] or low)
