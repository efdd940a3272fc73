"""Columns of a reconstruction that no printed statistic ties to the times.

A counted variable is given to patients at random, exactly as often as printed: within the
subgroup it was counted in, and missing in as many as the source says. A variable of which
median, range, mean and standard deviation are printed gets numbers that have them. Where the
source's file says what is joint in them (orders and restrictions), each is given such that it
holds, with those given before it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.joint import (
    ImpossibleError,
    allowed_levels,
    assigned,
    restrictions_of,
)
from oligotrial.cohort.measured import measure, measured, ordered
from oligotrial.evidence import Count, Evidence, Restriction

__all__ = ["RECURRENCE", "counted", "fill_marginals"]

OTHER = "other"
"""Level of those whose own level isn't printed."""

RECURRENCE = "recurrence"
"""Cause of a progression that wasn't a death."""

_TRIES = 300
"""Tries at patients who keep to what is joint, where earlier ones were dead ends."""


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

    Raises
    ------
    InputError
        If what is said to be joint can't hold with the printed counts or numbers.
    """
    _check_joint(frame, evidence)
    made = _repeated(lambda: _with_counted(frame, evidence, generator), evidence, "restrictions")
    in_order = {name for order in evidence.orders for name in order.variables}
    for printed in measured(evidence):
        if printed.name not in made and printed.name not in in_order:
            made[printed.name] = measure(made, printed, generator)
    if in_order:
        found = _repeated(lambda: ordered(made, evidence, generator), evidence, "orders")
        made = made.assign(**found)
    if "schedule" not in made and {"dose", "fractions"} <= set(made):
        known = made["dose"].notna() & made["fractions"].notna()
        texts = [
            f"{dose:g} Gy in {fractions:.0f} fr" if fine else None
            for dose, fractions, fine in zip(made["dose"], made["fractions"], known, strict=True)
        ]
        made["schedule"] = pd.Series(texts, index=made.index, dtype="str")
    return made


def _repeated[T](make: Callable[[], T], evidence: Evidence, what: str) -> T:
    """Return what is made at the first of some hundred tries at which it can be."""
    for _ in range(_TRIES):
        try:
            return make()
        except ImpossibleError:
            continue
    raise InputError(
        f"in {_TRIES} tries no patients were found that keep to the {what} and to what is printed "
        f"of their variables; correct the {what} or leave them out",
        where=evidence.id,
    )


def _check_joint(frame: pd.DataFrame, evidence: Evidence) -> None:
    """Refuse restrictions and orders that can't be kept to by giving out levels and numbers."""
    overlapping = {each.variable for each in evidence.counts if each.overlapping}
    for each in evidence.restrictions:
        names = (each.variable, each.within_variable)
        where = f"{evidence.id}, restriction of {each.variable}={each.level}"
        if set(names) <= set(frame):
            raise InputError(
                f"statistics tie both {names[0]} and {names[1]} to the times; a restriction can "
                "be kept to only where one of them isn't; leave it out",
                where=where,
            )
        if found := overlapping & set(names):
            raise InputError(
                f"of {min(found)} one patient can have several levels; restrict other variables",
                where=where,
            )
    for order in evidence.orders:
        for name in order.variables:
            if name in frame or any(f"{name}_group" == row.variable for row in evidence.counts):
                raise InputError(
                    f"{name} has groups of its own, or is tied to the times, and can't be put in "
                    "an order besides; leave it out of the order",
                    where=f"{evidence.id}, order of {', '.join(order.variables)}",
                )


def _with_counted(
    frame: pd.DataFrame, evidence: Evidence, generator: np.random.Generator
) -> pd.DataFrame:
    made = frame.copy()
    for name, rows in counted(evidence):
        if name not in made:
            restrictions = restrictions_of(evidence, made, name)
            if restrictions:
                _add_restricted(made, _Counted(name, rows), restrictions, generator)
            else:
                _add(made, _Counted(name, rows), generator)
    return made


def _add_restricted(
    frame: pd.DataFrame,
    what: _Counted,
    restrictions: list[Restriction],
    generator: np.random.Generator,
) -> None:
    """Add a variable whose levels depend on another one's; not known is a level like others."""
    first, levels = what.rows[0], dict(what.levels)
    places = _eligible(frame, what.name, first.part_of)
    total = first.total if len(places) == len(frame) else len(places)
    if first.partial:
        levels[OTHER] = total - sum(levels.values())
    names, counts = list(levels), list(levels.values())
    counts.append(len(places) - sum(counts))
    if min(counts) < 0:
        raise ImpossibleError
    may = allowed_levels(frame.iloc[places], what.name, names, restrictions)
    for column in (names.index(OTHER),) if first.partial else ():
        may[:, column] = True
    may = np.column_stack([may, np.ones(len(places), dtype=bool)])
    values = pd.Series([None] * len(frame), index=frame.index, dtype="str")
    level = assigned(counts, may, generator)
    for number, name in enumerate(names):
        values.iloc[places[level == number]] = name
    frame[what.name] = values


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
