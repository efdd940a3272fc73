"""Printed BED groups against printed schedules: whether both can be true.

Each patient has options: the doses that a printed range stands for and, where there is a boost,
the dose level that the patient is classed by. Alone, a BED group is possible if its count lies
between those who must and those who can reach the cut-off; together, if an integer programme
shares the patients out so that all counts come out at once. It is a strain if that needs two
patients of one schedule classed by different levels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np
from scipy.optimize import LinearConstraint, milp

from oligotrial.checks import InputError
from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import Reading
from oligotrial.evidence.printed import BedGroup
from oligotrial.radiobiology import LevelName, Schedule, at_least, bed_gy, schedule_bed_gy

__all__ = ["bed_groups", "contributors"]

STEP_GY: Final = 0.5
"""Distance of the doses tried in a printed range: patterns of cut-offs change only at a few."""
TOLERANCE: Final = 1e-9
"""Relative: a BED that equals its cut-off but for rounding error."""

LEVELS: Final[tuple[LevelName, ...]] = ("boost", "base")
MOST_BOOSTED: Final = 8
"""Schedules with a boost whose levels are all tried: 256 ways to class them."""

type _Pattern = tuple[bool, ...]


@dataclass(frozen=True)
class _Cutoff:
    """What makes a BED group, without its count."""

    alpha_beta: float
    gy: float
    comparison: str

    @classmethod
    def of(cls, group: BedGroup) -> "_Cutoff":
        return cls(group.alpha_beta, group.cutoff_gy, group.comparison)

    def reached(self, beds: np.ndarray) -> np.ndarray:
        equal = np.abs(beds - self.gy) <= TOLERANCE * self.gy
        above = np.asarray(at_least(beds, self.gy))
        return np.where(equal, self.comparison == ">=", above)


@dataclass(frozen=True)
class _Slots:
    """Patients of one printed schedule, or of none (text "")."""

    site: str
    text: str
    n: int
    patterns: frozenset[_Pattern]


def bed_groups(reading: Reading) -> Iterator[Finding]:
    """Check each BED group by itself, also under the other reading of its cut-off, and all."""
    groups = reading.evidence.bed_groups
    if not groups or not reading.evidence.schedules:
        return
    alone = [_alone(reading, group) for group in groups]
    yield from alone
    if len(groups) > 1 and all(finding.severity is Severity.CONSISTENT for finding in alone):
        yield from _together(reading, groups)


def contributors(reading: Reading, grouping: str, level: str) -> list[str]:
    """Return the sites whose patients can be in a BED group; none if it is no such group.

    Parameters
    ----------
    reading : Reading
        The source.
    grouping, level : str
        For example "bed10_100" and "at least".

    Returns
    -------
    list of str
        In the order of the schedules.
    """
    found = [group for group in reading.evidence.bed_groups if group.grouping == grouping]
    if not found:
        return []
    wanted = level != "below"
    return list(
        dict.fromkeys(
            slots.site
            for slots in _slots(reading, tuple(found[:1]))
            if slots.n and any(pattern[0] == wanted for pattern in slots.patterns)
        )
    )


def _alone(reading: Reading, group: BedGroup) -> Finding:
    slots, low, high = _bounds(reading, group)
    good = low <= group.n <= high
    who = ", ".join(
        f"{each.text or 'no schedule printed'} ({each.site}, {each.n})"
        for each in slots
        if (True,) in each.patterns
    )
    other = replace(group, comparison=">" if group.comparison == ">=" else ">=")
    _, least, most = _bounds(reading, other)
    fits = "possible too" if least <= group.n <= most else "impossible"
    return Finding(
        "a BED group against schedules",
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        f"{group.grouping} {group.comparison} {group.cutoff_gy:g} Gy",
        f"{group.n}",
        group.place,
        f"{low} to {high}",
        reading.evidence.schedules[0].place,
        f"{low} to {high} patients can have a BED {group.comparison} {group.cutoff_gy:g} Gy at "
        f"alpha/beta {group.alpha_beta:g}: {who or 'nobody'}; read as {other.comparison} it would "
        f"be {least} to {most}, so that {group.n} is {fits}",
    )


def _bounds(reading: Reading, group: BedGroup) -> tuple[list[_Slots], int, int]:
    """Return the slots and how many patients must and can be in a BED group."""
    slots = _slots(reading, (group,))
    low = sum(each.n for each in slots if each.patterns == {(True,)})
    return slots, low, sum(each.n for each in slots if (True,) in each.patterns)


def _together(reading: Reading, groups: tuple[BedGroup, ...]) -> Iterator[Finding]:
    wanted = tuple(group.n for group in groups)
    listed = ", ".join(f"{group.grouping} {group.n}" for group in groups)
    severity, expected = Severity.CONSISTENT, "possible"
    words = f"some choice of dose, and of one dose level a schedule, gives {listed} at once"
    if not _shared_out(_slots(reading, groups), wanted):
        severity, expected = Severity.CONTRADICTION, "impossible"
        words = f"each can be met alone, but no choice of dose and level gives {listed} at once"
    elif not _by_one_level(reading, groups, wanted):
        severity, expected = Severity.STRAIN, "possible by two dose levels of one schedule"
        words = (
            f"{listed} are possible at once only if patients of one and the same schedule were "
            "classed by different dose levels, some by the boost and some by the base"
        )
    yield Finding(
        "BED groups together",
        severity,
        ", ".join(group.grouping for group in groups),
        ", ".join(map(str, wanted)),
        groups[0].place,
        expected,
        reading.evidence.schedules[0].place,
        words,
    )


def _shared_out(slots: Sequence[_Slots], wanted: tuple[int, ...]) -> bool:
    """Return whether whole numbers of patients can have the patterns that give all counts.

    The unknowns are how many of each slot's patients have each of its patterns: they add up to
    the slot's patients, and those that reach a cut-off to its printed count.
    """
    columns = [(row, pattern) for row, each in enumerate(slots) for pattern in each.patterns]
    of_slot = np.array([[row == number for row, _ in columns] for number in range(len(slots))])
    reaches = np.array([pattern for _, pattern in columns]).T
    totals = np.array([*(each.n for each in slots), *wanted], dtype=float)
    system = LinearConstraint(np.vstack([of_slot, reaches]).astype(float), totals, totals)
    found = milp(
        np.zeros(len(columns)),
        integrality=np.ones(len(columns), dtype=np.int64),
        constraints=system,
    )
    return bool(found.success)


def _by_one_level(reading: Reading, groups: tuple[BedGroup, ...], wanted: tuple[int, ...]) -> bool:
    """Return whether the counts come out with one dose level for each schedule with a boost."""
    texts = dict.fromkeys(each.text for each in reading.evidence.schedules)
    boosted = [text for text in texts if len(Schedule.parse(text).levels) > 1]
    if len(boosted) > MOST_BOOSTED:
        return True
    return any(
        _shared_out(_slots(reading, groups, dict(zip(boosted, levels, strict=True))), wanted)
        for levels in product(LEVELS, repeat=len(boosted))
    )


def _slots(
    reading: Reading, groups: tuple[BedGroup, ...], levels: Mapping[str, LevelName] | None = None
) -> list[_Slots]:
    """Return who can be where; `levels` says by which level a schedule's patients are classed."""
    cutoffs = tuple(map(_Cutoff.of, groups))
    chosen = levels or {}
    found = [
        _Slots(each.site, each.text, each.n, _patterns(each.text, cutoffs, chosen.get(each.text)))
        for each in reading.evidence.schedules
    ]
    free = _any_patterns(cutoffs)
    known = sum(each.n for each in reading.evidence.schedules)
    for count in reading.variables.get("site", ()):
        printed = sum(each.n for each in reading.evidence.schedules if each.site == count.level)
        if count.n > printed:
            found.append(_Slots(count.level, "", count.n - printed, free))
            known += count.n - printed
    if reading.evidence.patients > known:
        found.append(_Slots("unknown", "", reading.evidence.patients - known, free))
    return found


@lru_cache(maxsize=1024)
def _patterns(
    text: str, cutoffs: tuple[_Cutoff, ...], level: LevelName | None
) -> frozenset[_Pattern]:
    schedule = Schedule.parse(text)
    try:
        beds = np.array(
            [
                [schedule_bed_gy(course, each.alpha_beta, level=one) for each in cutoffs]
                for course in schedule.options(step_gy=_step(schedule))
                for one in ((level,) if level else LEVELS)
            ]
        )
    except InputError:  # a course whose BED isn't defined may have any
        return _any_patterns(cutoffs)
    return _distinct([each.reached(beds[:, number]) for number, each in enumerate(cutoffs)])


def _step(schedule: Schedule) -> float:
    """Return a step that tries at most a hundred doses of each level's range."""
    widest = max((level.high_gy - level.low_gy for level in schedule.levels), default=0.0)
    return max(STEP_GY, widest / 100)


@lru_cache(maxsize=64)
def _any_patterns(cutoffs: tuple[_Cutoff, ...]) -> frozenset[_Pattern]:
    """Return the patterns that courses of 1 to 150 Gy in 1 to 40 fractions make."""
    dose, fractions = np.meshgrid(np.arange(1.0, 151.0), np.arange(1, 41))
    beds = [bed_gy(dose, fractions, each.alpha_beta).ravel() for each in cutoffs]
    return _distinct([each.reached(bed) for each, bed in zip(cutoffs, beds, strict=True)])


def _distinct(reached: Sequence[np.ndarray]) -> frozenset[_Pattern]:
    rows = np.unique(np.stack(reached, axis=1), axis=0)
    return frozenset(tuple(map(bool, row)) for row in rows)
