"""Printed BED groups against printed schedules: whether both can be true.

Each patient is a slot with options: the doses that a printed range stands for and, where there
is a boost, the dose level that the patient is classed by. Which numbers of patients above the
cut-offs are possible is summed up slot by slot (dynamic programming over vectors of counts).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from oligotrial.checks import InputError
from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import Reading
from oligotrial.evidence.printed import BedGroup
from oligotrial.radiobiology import Schedule, at_least, bed_gy, schedule_bed_gy

__all__ = ["bed_groups", "contributors"]

STEP_GY: Final = 0.5
"""Distance of the doses tried in a printed range: patterns of cut-offs change only at a few."""

MOST_STATES: Final = 200_000
"""Vectors of counts looked at before the joint check of the groups is given up."""

type _Pattern = tuple[bool, ...]


@dataclass(frozen=True)
class _Slots:
    """Patients of one printed schedule, or of none (text "")."""

    site: str
    text: str
    n: int
    patterns: frozenset[_Pattern]


def bed_groups(reading: Reading) -> Iterator[Finding]:
    """Check each BED group by itself, under both readings of its cut-off, and all together."""
    groups = reading.evidence.bed_groups
    if not groups or not reading.evidence.schedules:
        return
    alone = [_alone(reading, group) for group in groups]
    for findings in alone:
        yield from findings
    possible = all(findings[0].severity is Severity.CONSISTENT for findings in alone)
    if possible and len(groups) > 1:
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
            for slots in _slots(reading, found[:1])
            if slots.n and any(pattern[0] == wanted for pattern in slots.patterns)
        )
    )


def _alone(reading: Reading, group: BedGroup) -> list[Finding]:
    findings = []
    for comparison in dict.fromkeys((group.comparison, ">=", ">")):
        read = replace(group, comparison=comparison)
        slots = _slots(reading, [read])
        low = sum(each.n for each in slots if each.patterns == {(True,)})
        high = sum(each.n for each in slots if (True,) in each.patterns)
        good = low <= group.n <= high
        printed = comparison == group.comparison
        bad = Severity.CONTRADICTION if printed else Severity.NOTE
        who = ", ".join(
            f"{each.text or 'no schedule printed'} ({each.site}, {each.n})"
            for each in slots
            if (True,) in each.patterns
        )
        reads = "as printed" if printed else f"if the cut-off were read as '{comparison}'"
        findings.append(
            Finding(
                "a BED group against schedules",
                Severity.CONSISTENT if good else bad,
                f"{group.grouping} {comparison} {group.cutoff_gy:g} Gy",
                f"{group.n}",
                group.place,
                f"{low} to {high}",
                reading.evidence.schedules[0].place,
                f"{reads}, {low} to {high} patients can have a BED {comparison} "
                f"{group.cutoff_gy:g} Gy at alpha/beta {group.alpha_beta:g}: {who or 'nobody'}",
            )
        )
    return findings


def _together(reading: Reading, groups: Sequence[BedGroup]) -> Iterator[Finding]:
    wanted = tuple(group.n for group in groups)
    slots = _slots(reading, groups)
    states = {(0,) * len(groups)}
    left = sum(each.n for each in slots)
    for each in slots:
        for _ in range(each.n):
            left -= 1
            states = {
                state
                for before in states
                for pattern in each.patterns
                if _within(state := _plus(before, pattern), wanted, left)
            }
            if len(states) > MOST_STATES:
                return
    good = wanted in states
    words = "some choice of dose and dose level gives all counts at once"
    if not good:
        words = (
            "each count can be met alone, but no choice of dose and dose level gives all at once"
        )
    yield Finding(
        "BED groups together",
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        ", ".join(group.grouping for group in groups),
        ", ".join(map(str, wanted)),
        groups[0].place,
        "possible" if good else "impossible",
        reading.evidence.schedules[0].place,
        words,
    )


def _within(state: tuple[int, ...], wanted: tuple[int, ...], left: int) -> bool:
    return all(n <= want <= n + left for n, want in zip(state, wanted, strict=True))


def _plus(state: tuple[int, ...], pattern: _Pattern) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(state, pattern, strict=True))


def _slots(reading: Reading, groups: Sequence[BedGroup]) -> list[_Slots]:
    found = [
        _Slots(each.site, each.text, each.n, _patterns(each.text, groups))
        for each in reading.evidence.schedules
    ]
    free = _any_patterns(groups)
    known = sum(each.n for each in reading.evidence.schedules)
    for count in reading.variables.get("site", ()):
        printed = sum(each.n for each in reading.evidence.schedules if each.site == count.level)
        if count.n > printed:
            found.append(_Slots(count.level, "", count.n - printed, free))
            known += count.n - printed
    if reading.evidence.patients > known:
        found.append(_Slots("unknown", "", reading.evidence.patients - known, free))
    return found


def _patterns(text: str, groups: Sequence[BedGroup]) -> frozenset[_Pattern]:
    schedule = Schedule.parse(text)
    try:
        return frozenset(
            tuple(_reaches(schedule_bed_gy(course, group.alpha_beta, level=level), group)
                  for group in groups)
            for course in schedule.options(step_gy=_step(schedule))
            for level in ("boost", "base")
        )  # fmt: skip
    except InputError:  # a course whose BED isn't defined may have any
        return _any_patterns(groups)


def _step(schedule: Schedule) -> float:
    """Return a step that tries at most a hundred doses of each level's range."""
    widest = max((level.high_gy - level.low_gy for level in schedule.levels), default=0.0)
    return max(STEP_GY, widest / 100)


def _any_patterns(groups: Sequence[BedGroup]) -> frozenset[_Pattern]:
    """Return the patterns that courses of 1 to 150 Gy in 1 to 40 fractions make."""
    dose, fractions = np.meshgrid(np.arange(1.0, 151.0), np.arange(1, 41))
    reached = [_reached(bed_gy(dose, fractions, each.alpha_beta), each) for each in groups]
    columns = np.stack([each.ravel() for each in reached], axis=1)
    return frozenset(tuple(map(bool, row)) for row in np.unique(columns, axis=0))


def _reached(beds: np.ndarray, group: BedGroup) -> np.ndarray:
    equal = np.abs(beds - group.cutoff_gy) <= 1e-9 * group.cutoff_gy
    above = np.asarray(at_least(beds, group.cutoff_gy))
    return np.where(equal, group.comparison == ">=", above)


def _reaches(bed: float, group: BedGroup) -> bool:
    return bool(_reached(np.asarray([bed]), group)[0])
