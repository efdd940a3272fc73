"""From printed evidence to the arrays that a chain runs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.cohort.courses import Course, CourseSampler, Slot, slots
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.sampler import Kind, Problem, State
from oligotrial.cohort.schema import LEVELS
from oligotrial.cohort.target import ENDPOINT, OVERALL, Target, targets
from oligotrial.evidence import Evidence

__all__ = ["Layout"]

DAYS_PER_PRINTED_MONTH: Final = 30.0
"""Days in a month of the printed times.

The times of doi:10.3390/jpm14080805 are whole days / 30, to two decimals: 419 / 30 = 13.97,
257 / 30 = 8.57, 142 / 30 = 4.73, 166 / 30 = 5.53, 170 / 30 = 5.67 and 227 / 30 = 7.57 months.
With 30.4375 days no day gives 13.97.
"""

LEAST_TOLERANCE: Final[Mapping[Kind, float]] = {
    Kind.MEAN: 0.005,
    Kind.MEAN_SE: 0.005,
    Kind.CHI_SQUARED: 0.005,
    Kind.EVENTS_BY: 0.1,
    Kind.AT_RISK: 0.1,
}
"""Smallest scale of a statistic's distance: below it closeness carries no information."""

_LONGEST_FOLLOW_UP: Final = 1.25  # in accrual periods
_PERMUTED: Final = ("age_group", "subtype", "line")
_PINNED: Final = (Kind.MEDIAN, Kind.LOWER, Kind.UPPER)


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
        self._statistics = self._statistic_arrays()
        self._times = _times(evidence, self.targets)

    @property
    def spacings(self) -> list[float]:
        """Months that may lie between ticks of a risk table whose times aren't printed."""
        unknown = [table for table in self.evidence.risk_tables if table.times_months is None]
        ticks = [sum(n > 0 for n in table.at_risk) - 1 for table in unknown]
        longest = float(self._times["months"][-1])
        usual = (3.0, 5.0, 6.0, 10.0, 12.0, 15.0, 20.0, 24.0, 25.0, 30.0, 36.0, 50.0)
        return [each for each in usual if not ticks or each * max(ticks) < longest]

    def problem(self, spacing: float) -> Problem:
        """Return the arrays, with ticks of risk tables as far apart as given.

        Parameters
        ----------
        spacing : float
            Months between ticks.

        Returns
        -------
        Problem
            What a chain runs on.
        """
        statistics = dict(self._statistics)
        unprinted = {
            (table.grouping, table.level)
            for table in self.evidence.risk_tables
            if table.times_months is None
        }
        scale = [
            spacing
            if each.kind == Kind.AT_RISK and (each.grouping, each.level) in unprinted
            else 1.0
            for each in self.targets
        ]
        statistics["argument"] = np.array([each.argument for each in self.targets]) * scale
        return Problem(
            **self._times, **self._grouping_arrays(), **statistics, **self._course_arrays(),
            z=float(norm.isf(0.025)),
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
        base = np.exp(problem.log_base).ravel()
        event, day = np.divmod(generator.choice(base.size, n, p=base / base.sum()), days)
        pin = np.full(n, -1)
        pins = len(problem.pin_low)
        pin[:pins] = np.arange(pins)
        day[:pins] = generator.integers(problem.pin_low, problem.pin_high + 1)
        event[:pins] = 1
        courses = self.courses.draw(generator)
        number = {each: k for k, each in enumerate(self.classes)}
        numbers = [
            number[_Class(slot, course.reaches)]
            for slot, course in zip(self.slots, courses, strict=True)
        ]
        columns = [np.repeat(np.arange(len(m)), list(m.values())) for m in self.margins.values()]
        unmixed = [*columns, np.array(numbers)]
        values = np.array([generator.permutation(each) for each in unmixed])
        order = np.argsort(day, kind="stable")
        statistic = np.zeros(len(self.targets))
        return State(
            day[order].astype(np.int64), event[order].astype(np.int64),
            pin[order].astype(np.int64), values.astype(np.int64), statistic,
        )  # fmt: skip

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
                column[g], found = self._levels_of_values(name)
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
            "low": intervals[:, 0],
            "high": intervals[:, 1],
            "tolerance": np.array(tolerance),
        }

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


def _times(evidence: Evidence, targets: Sequence[Target]) -> dict[str, np.ndarray]:
    """Return the grid of times, the base measure and the printed event times."""
    median = evidence[f"{ENDPOINT}.median"].value
    accrual = evidence["accrual.months"].value
    if median is None or accrual is None:
        raise InputError(
            f"{ENDPOINT}.median and accrual.months are needed; give both", where=evidence.id
        )
    longest = _LONGEST_FOLLOW_UP * accrual
    days = np.arange(int(longest * DAYS_PER_PRINTED_MONTH))
    months = np.round(days / DAYS_PER_PRINTED_MONTH, 2)
    density = _base_density(months, median, longest)
    low, high = _printed_times(months, targets)
    proposal = 0.6 * density
    for first, last in zip(low, high, strict=True):
        proposal[1, first : last + 1] += 0.4 / len(low) / (last + 1 - first)
    proposal /= proposal.sum()
    return {
        "months": months,
        "log_base": np.log(density),
        "proposal": proposal,
        "cumulative": np.cumsum(proposal.ravel()),
        "pin_low": low,
        "pin_high": high,
    }


def _base_density(months: np.ndarray, median: float, longest: float) -> np.ndarray:
    """Return the density of (censored or event, day) under log-logistic times and even entry."""
    survival = 1.0 / (1.0 + months / median)
    followed = 1.0 - months / longest
    density = np.array([survival / longest, followed * survival**2 / median])
    density[:, 0] = 1e-300  # day 0 is not a time
    return np.asarray(density / density.sum())


def _printed_times(months: np.ndarray, targets: Sequence[Target]) -> tuple[np.ndarray, np.ndarray]:
    """Return first and last day of event times that the printed medians and limits need.

    Each of those is an event time. Narrow intervals go first: a time that a wider one can
    share isn't needed twice.
    """
    intervals = sorted(
        {each.interval for each in targets if each.kind in _PINNED and np.isfinite(each.printed)},
        key=lambda interval: (interval[1] - interval[0], interval),
    )
    chosen: list[tuple[int, int]] = []
    for low, high in intervals:
        inside = np.flatnonzero((months >= low) & (months <= high))
        if not len(inside):
            continue
        first, last = int(inside[0]), int(inside[-1])
        shared = [k for k, (a, b) in enumerate(chosen) if first <= b and a <= last]
        if shared:
            a, b = chosen[shared[0]]
            chosen[shared[0]] = max(first, a), min(last, b)
        else:
            chosen.append((first, last))
    found = np.array(chosen, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
