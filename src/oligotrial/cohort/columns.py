"""Which columns of a cohort a source's statistics depend on, and how groups follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.courses import Course, Slot, slots
from oligotrial.cohort.directions import coded
from oligotrial.cohort.groupings import levels_of, with_groupings
from oligotrial.cohort.target import OVERALL, Target
from oligotrial.evidence import Evidence

__all__ = ["Columns", "CourseClass", "margin"]


@dataclass(frozen=True)
class CourseClass:
    """Courses that are alike to every printed statistic: one kind of slot and one dose group.

    Parameters
    ----------
    slot : Slot
        The kind of patient.
    reaches : tuple of bool
        Whether the dose reaches each printed cut-off.
    """

    slot: Slot
    reaches: tuple[bool, ...]

    def options(self) -> tuple[list[Course], np.ndarray]:
        """Return the courses, and their prior probabilities as an array."""
        pairs = [
            (course, probability)
            for course, probability in zip(self.slot.options, self.slot.probabilities, strict=True)
            if course.reaches == self.reaches
        ]
        return [course for course, _ in pairs], np.array([share for _, share in pairs])


class Columns:
    """The columns of a chain: one for each counted variable that a statistic is about.

    Parameters
    ----------
    evidence : Evidence
        With counts of the variables, and schedules by site where a statistic is about doses.
    targets : sequence of Target
        The statistics.

    Raises
    ------
    InputError
        If a statistic is about groups that no count or schedule makes, or about a level that
        they don't have, or counts don't add up to the patients.
    """

    def __init__(self, evidence: Evidence, targets: Sequence[Target]) -> None:
        self.evidence = evidence
        self.groupings = list(dict.fromkeys([OVERALL, *(each.grouping for each in targets)]))
        self.slots = slots(evidence) if evidence.schedules else []
        self.classes = _classes(self.slots)
        if self.slots and len(self.slots) != evidence.patients:
            raise InputError(
                f"the sites add up to {len(self.slots)} of {evidence.patients} patients",
                where=f"{evidence.id}, counts of site",
            )
        self.margins: dict[str, dict[str, int]] = {}
        self._found: dict[str, tuple[int, list[str]]] = {}
        for name in self.groupings[1:]:
            self._add(name)
        for each in targets:
            self._check(each)

    @property
    def sizes(self) -> list[int]:
        """How many values each column can have; the courses come last."""
        found = [len(each) for each in self.margins.values()]
        return [*found, len(self.classes)] if self.classes else found

    def source(self, grouping: str) -> tuple[int, list[str]]:
        """Return a grouping's column and the level of each of that column's values."""
        column, found = self._found[grouping]
        return (len(self.margins) if column < 0 else column), found

    def levels(self, grouping: str) -> list[str]:
        """Return a grouping's levels, in the order of the test or else of the counts."""
        if grouping == OVERALL:
            return [""]
        found = list(dict.fromkeys(self._found[grouping][1]))
        for each in self.evidence.comparisons:
            if each.grouping == grouping and set(each.levels) >= set(found):
                return list(each.levels)
        return found

    def codes(self, grouping: str) -> list[float]:
        """Return a covariate's code for each value of its column: as stated, else from 0."""
        if stated := self.evidence.codes.get(grouping):
            known = self.levels(grouping)
            for level in {*known, *stated}:
                if level not in stated or level not in known:
                    raise InputError(
                        f"codes have {', '.join(stated)}, the levels are {', '.join(known)}; "
                        "give each level a number",
                        where=f"{self.evidence.id}, codes of {grouping}",
                    )
            return [float(stated[level]) for level in self._found[grouping][1]]
        order = coded(self.evidence, grouping, self.levels(grouping))
        return [float(order.index(level)) for level in self._found[grouping][1]]

    def _check(self, each: Target) -> None:
        """Refuse a number about a level that nobody has by the counts."""
        if each.grouping == OVERALL:
            return
        known = list(dict.fromkeys(self._found[each.grouping][1]))
        compared = (
            level
            for test in self.evidence.comparisons
            if each.kind == Kind.CHI_SQUARED and test.grouping == each.grouping
            for level in test.levels
        )
        for level in (each.level, *compared):
            if level and level not in known:
                raise InputError(
                    f"it is about {each.grouping} '{level}'{suggestion(level, known)}; the counts "
                    f"and groupings have {', '.join(known)}",
                    where=f"{self.evidence.id}, {each.key}",
                )

    def _add(self, grouping: str) -> None:
        for name in _counted(self.evidence):
            trial = pd.DataFrame({name: list(self.evidence.count(name))})
            trial = with_groupings(trial, self.evidence.groupings)
            if (found := _levels(trial, grouping)) is not None:
                if name not in self.margins and not (name == "site" and self.slots):
                    self.margins[name] = margin(self.evidence, name)
                if name in self.margins:
                    self._found[grouping] = list(self.margins).index(name), found
                    return
        firsts = [each.options()[0][0] for each in self.classes]
        frame = pd.DataFrame(
            [(each.site, each.schedule, each.dose_level) for each in firsts],
            columns=["site", "schedule", "dose_level"],
        )
        frame = with_groupings(frame, self.evidence.groupings)
        found = _levels(frame, grouping) if len(frame) else None
        if found is None:
            raise InputError(
                f"a statistic is about '{grouping}', which no counts and no schedules make; "
                "add the counts of its levels",
                where=self.evidence.id,
            )
        self._found[grouping] = -1, found


def margin(evidence: Evidence, name: str) -> dict[str, int]:
    """Return how many patients have each level of a variable that everybody has.

    Parameters
    ----------
    evidence : Evidence
        The source.
    name : str
        The variable.

    Returns
    -------
    dict of str to int
        In the source's order.

    Raises
    ------
    InputError
        If the levels don't add up to the patients.
    """
    counts = evidence.count(name)
    if sum(counts.values()) != evidence.patients:
        raise InputError(
            f"the levels add up to {sum(counts.values())} of {evidence.patients} patients",
            where=f"{evidence.id}, counts of {name}",
        )
    return counts


def _counted(evidence: Evidence) -> list[str]:
    return list(dict.fromkeys(each.variable for each in evidence.counts if not each.part_of))


def _levels(frame: pd.DataFrame, grouping: str) -> list[str] | None:
    try:
        return [str(level) for level in levels_of(frame, grouping)]
    except (KeyError, InputError):
        return None


def _classes(slots: Sequence[Slot]) -> list[CourseClass]:
    return [
        CourseClass(slot, reaches)
        for slot in dict.fromkeys(slots)
        for reaches in dict.fromkeys(course.reaches for course in slot.options)
    ]
