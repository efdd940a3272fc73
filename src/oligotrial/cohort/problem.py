"""From printed evidence to the arrays that a chain runs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.cohort.base import base_measure
from oligotrial.cohort.chain import Kind, Problem, State
from oligotrial.cohort.courses import Course, CourseSampler, Slot, slots
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.pins import Demand, printed_times
from oligotrial.cohort.schema import LEVELS
from oligotrial.cohort.target import OVERALL, Target, targets
from oligotrial.evidence import Evidence

__all__ = ["Layout"]

LEAST_TOLERANCE: Final[Mapping[Kind, float]] = {
    Kind.MEAN: 0.005,
    Kind.MEAN_SE: 0.005,
    Kind.CHI_SQUARED: 0.005,
    Kind.EVENTS_BY: 0.1,
    Kind.AT_RISK: 0.1,
}
"""Smallest scale of a statistic's distance: below it closeness carries no information."""

TOO_FAR: Final[Mapping[Kind, float]] = {
    Kind.MEAN: 1.0,
    Kind.MEAN_SE: 0.5,
    Kind.CHI_SQUARED: 0.5,
    Kind.MEDIAN: 20.0,
    Kind.LOWER: 20.0,
    Kind.UPPER: 20.0,
}
"""Distances that no draw should be at, whatever else it fits."""

USUAL_SPACINGS: Final = (3.0, 5.0, 6.0, 10.0, 12.0, 15.0, 20.0, 24.0, 25.0, 30.0, 36.0, 50.0, 60.0)
"""Months between the ticks of an axis."""

_PERMUTED: Final = ("age_group", "subtype", "line")
_TRIES: Final = 200


@dataclass(frozen=True)
class _Class:
    """Courses that are alike to every printed statistic: one kind of slot and one dose group."""

    slot: Slot
    reaches: tuple[bool, ...]

    def options(self) -> tuple[list[Course], np.ndarray]:
        pairs = [
            (course, probability)
            for course, probability in zip(self.slot.options, self.slot.probabilities, strict=True)
            if course.reaches == self.reaches
        ]
        return [course for course, _ in pairs], np.array([share for _, share in pairs])


class Layout:
    """What the arrays of a reconstruction mean.

    Parameters
    ----------
    evidence : Evidence
        The printed numbers.

    Raises
    ------
    InputError
        If counts of a variable are missing or don't add up to the patients, or no time is
        printed.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.slots = slots(evidence)
        self.courses = CourseSampler(self.slots, [group.n for group in evidence.bed_groups])
        self.classes = _classes(self.slots)
        self.margins = {name: _margin(evidence, name) for name in _PERMUTED}
        if len(self.slots) != evidence.patients:
            raise InputError(
                f"the sites add up to {len(self.slots)} of {evidence.patients} patients",
                where=f"{evidence.id}, counts of site",
            )
        found = targets(evidence)
        self.groupings = list(dict.fromkeys([OVERALL, *(each.grouping for each in found)]))
        self.levels = {name: self._level_names(name) for name in self.groupings}
        self.targets = sorted(found, key=self._order)
        self._sources = {
            name: self._levels_of_values(name) for name in self.groupings if name != OVERALL
        }
        self._months, self._density = base_measure(evidence)
        self.times = printed_times(self._months, self.targets, self._demands())

    def problem(self) -> Problem:
        """Return the arrays that a chain runs on."""
        return Problem(
            **self._time_arrays(), **self._grouping_arrays(), **self._statistic_arrays(),
            **self._course_arrays(), z=float(norm.isf(0.025)),
        )  # fmt: skip

    def start(self, problem: Problem, generator: np.random.Generator) -> State:
        """Return a state drawn without regard to the statistics.

        Parameters
        ----------
        problem : Problem
            From `problem`.
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        State
            With the printed margins, and one patient at each printed event time.
        """
        n, days = self.evidence.patients, len(problem.months)
        event, day = np.divmod(
            generator.choice(self._density.size, n, p=self._density.ravel()), days
        )
        pin = np.full(n, -1)
        pins = len(problem.pin_low)
        pin[:pins] = np.arange(pins)
        day[:pins] = generator.integers(problem.pin_low, problem.pin_high + 1)
        event[:pins] = 1
        order = np.argsort(day, kind="stable")
        allowed, values = self._values(pins, generator)
        return State(
            day[order].astype(np.int64), event[order].astype(np.int64),
            pin[order].astype(np.int64), values[:, order], allowed,
            generator.integers(len(problem.spacings), size=1), np.zeros(len(self.targets)),
        )  # fmt: skip

    def _values(self, pins: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the values each pinned patient may have, and values that keep to them."""
        number = {each: k for k, each in enumerate(self.classes)}
        margins = [np.repeat(np.arange(len(m)), list(m.values())) for m in self.margins.values()]
        sizes = [*(len(margin) for margin in self.margins.values()), len(self.classes)]
        allowed = np.ones((pins + 1, len(sizes), max(sizes)), dtype=bool)
        columns = []
        for column, size in enumerate(sizes):
            for _ in range(_TRIES):
                if column == len(margins):
                    courses = self.courses.draw(generator)
                    pool = np.array(
                        [
                            number[_Class(slot, course.reaches)]
                            for slot, course in zip(self.slots, courses, strict=True)
                        ]
                    )
                else:
                    pool = margins[column]
                masks = [each.values(column, size, generator) for each in self.times]
                mask = np.concatenate(masks) if masks else np.ones((0, size), dtype=bool)
                placed = _placed(pool, mask, generator)
                if placed is not None:
                    allowed[:-1, column, :size] = mask
                    break
            else:
                placed = generator.permutation(pool)
            columns.append(placed)
        return allowed, np.array(columns, dtype=np.int64)

    def frame(self, problem: Problem, state: State, generator: np.random.Generator) -> pd.DataFrame:
        """Return a chain's state as rows of a cohort, patients in random order.

        Parameters
        ----------
        problem : Problem
            From `problem`.
        state : State
            Where the chain ended.
        generator : numpy.random.Generator
            Draws the courses that are alike to every statistic, and the order.

        Returns
        -------
        pandas.DataFrame
            One row a patient.
        """
        rows = []
        for number in state.values[-1]:
            options, shares = self.classes[number].options()
            course = options[int(generator.choice(len(options), p=shares / shares.sum()))]
            rows.append((course.site, course.schedule, course.dose_level))
        frame = pd.DataFrame(rows, columns=["site", "schedule", "dose_level"])
        for column, (name, margin) in zip(state.values, self.margins.items(), strict=False):
            frame[name] = np.array(list(margin))[column]
        frame["time"] = problem.months[state.day]
        frame["event"] = state.event
        shuffled = frame.iloc[generator.permutation(len(frame))].reset_index(drop=True)
        shuffled["patient"] = np.arange(1, len(frame) + 1)
        return shuffled

    def _level_names(self, grouping: str) -> list[str]:
        if grouping == OVERALL:
            return [""]
        found = set(self._levels_of_values(grouping)[1])
        for each in self.evidence.comparisons:
            if each.grouping == grouping and set(each.levels) >= found:
                return list(each.levels)
        return sorted(found)

    def _levels_of_values(self, grouping: str) -> tuple[int, list[str]]:
        """Return a grouping's column and the level of each value of that column."""
        for column, (name, margin) in enumerate(self.margins.items()):
            try:
                return column, levels_of(pd.DataFrame({name: list(margin)}), grouping).tolist()
            except KeyError:
                continue
        firsts = [each.options()[0][0] for each in self.classes]
        frame = pd.DataFrame(
            [(each.site, each.schedule, each.dose_level) for each in firsts],
            columns=["site", "schedule", "dose_level"],
        )
        return len(self.margins), levels_of(frame, grouping).tolist()

    def _demands(self) -> dict[tuple[str, str], Demand]:
        demands = {(OVERALL, ""): Demand(-1, ())}
        for name, (column, found) in self._sources.items():
            for level in self.levels[name]:
                demands[name, level] = Demand(column, tuple(each == level for each in found))
        return demands

    def _time_arrays(self) -> dict[str, np.ndarray]:
        low = np.array([t.first for t in self.times for _ in range(t.patients)], dtype=np.int64)
        high = np.array([t.last for t in self.times for _ in range(t.patients)], dtype=np.int64)
        proposal = 0.6 * self._density
        for first, last in zip(low, high, strict=True):
            proposal[1, first : last + 1] += 0.4 / len(low) / (last + 1 - first)
        proposal /= proposal.sum()
        return {
            "months": self._months,
            "log_base": np.log(self._density),
            "proposal": proposal,
            "cumulative": np.cumsum(proposal.ravel()),
            "pin_low": low,
            "pin_high": high,
        }

    def _order(self, each: Target) -> tuple[int, int, int]:
        names = self.levels[each.grouping]
        level = names.index(each.level) if each.level else 0
        return self.groupings.index(each.grouping), level, int(each.kind)

    def _grouping_arrays(self) -> dict[str, np.ndarray]:
        width = max([len(self.classes), *(len(margin) for margin in self.margins.values())])
        table = np.zeros((len(self.groupings), width), dtype=np.int64)
        column = np.full(len(self.groupings), -1)
        for g, name in enumerate(self.groupings):
            if name != OVERALL:
                column[g], found = self._sources[name]
                table[g, : len(found)] = [self.levels[name].index(level) for level in found]
        sizes = np.array([len(self.levels[name]) for name in self.groupings])
        of = [self.groupings.index(each.grouping) for each in self.targets]
        first = np.searchsorted(of, np.arange(len(self.groupings) + 1))
        return {"column": column, "table": table, "levels": sizes, "first": first}

    def _statistic_arrays(self) -> dict[str, np.ndarray]:
        intervals = np.array([each.statistic_interval for each in self.targets])
        tolerance = [
            max(each.tolerance, LEAST_TOLERANCE.get(each.kind, 0.0)) for each in self.targets
        ]
        return {
            "kind": np.array([int(each.kind) for each in self.targets]),
            "level": np.array([self._order(each)[1] for each in self.targets]),
            "argument": np.array([self._argument(each) for each in self.targets]),
            "ticked": np.array([each.ticked for each in self.targets]),
            "spacings": self._spacings(),
            "low": intervals[:, 0],
            "high": intervals[:, 1],
            "tolerance": np.array(tolerance),
            "limit": np.array([TOO_FAR.get(each.kind, np.inf) for each in self.targets]),
        }

    def _argument(self, each: Target) -> float:
        if each.worse:
            return 1.0 if self.levels[each.grouping][0] == each.worse else -1.0
        return each.argument

    def _spacings(self) -> np.ndarray:
        """Return the months that may lie between ticks: those that follow-up is long enough for."""
        ticks = [each.argument for each in self.targets if each.ticked and each.printed > 0]
        fits = [each for each in USUAL_SPACINGS if each * max(ticks, default=1) < self._months[-1]]
        return np.array(fits or USUAL_SPACINGS[:1])

    def _course_arrays(self) -> dict[str, np.ndarray]:
        kinds = list(dict.fromkeys(each.slot for each in self.classes))
        of = np.array([kinds.index(each.slot) for each in self.classes])
        return {
            "slot": of,
            "reach": np.array([each.reaches for each in self.classes], dtype=np.int64),
            "log_prior": np.log([each.options()[1].sum() for each in self.classes]),
            "slot_first": np.searchsorted(of, np.arange(len(kinds) + 1)),
            "slot_course": np.arange(len(self.classes)),
        }


def _classes(slots: Sequence[Slot]) -> list[_Class]:
    return [
        _Class(slot, reaches)
        for slot in dict.fromkeys(slots)
        for reaches in dict.fromkeys(course.reaches for course in slot.options)
    ]


def _margin(evidence: Evidence, name: str) -> dict[str, int]:
    counts = evidence.count(name)
    unknown = [level for level in counts if level not in LEVELS[name]]
    if unknown:
        raise InputError(f"unknown level '{unknown[0]}'", where=f"{evidence.id}, {name}")
    if sum(counts.values()) != evidence.patients:
        raise InputError(
            f"the levels add up to {sum(counts.values())} of {evidence.patients} patients",
            where=f"{evidence.id}, counts of {name}",
        )
    return counts


def _placed(
    pool: np.ndarray, mask: np.ndarray, generator: np.random.Generator
) -> np.ndarray | None:
    """Return the pool in an order in which the first patients keep to their masks, or None."""
    left = list(generator.permutation(pool))
    chosen = np.empty(len(mask), dtype=np.int64)
    for patient in np.argsort(mask.sum(axis=1), kind="stable"):
        fitting = [k for k, value in enumerate(left) if mask[patient, value]]
        if not fitting:
            return None
        chosen[patient] = left.pop(fitting[int(generator.integers(len(fitting)))])
    return np.concatenate([chosen, np.array(left, dtype=np.int64)])
