"""From printed evidence to the arrays that a chain runs on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.cohort.annealing import TOO_FAR, annealing
from oligotrial.cohort.base import base_measure
from oligotrial.cohort.chain import EVERY_COLUMN, NO_COLUMN, Kind, Problem, State
from oligotrial.cohort.columns import Columns, CourseClass
from oligotrial.cohort.conventions import SCALES, limits_at_events, median_scale, rate_scale
from oligotrial.cohort.courses import CourseSampler
from oligotrial.cohort.pins import Demand, printed_times
from oligotrial.cohort.target import OVERALL, Target
from oligotrial.cohort.targets import targets
from oligotrial.estimators.scale import quantile_of
from oligotrial.evidence import Evidence

__all__ = ["REGRESSION", "Layout"]

REGRESSION: Final = "regression:"
"""What the grouping of a Cox regression's statistics is named, before the model's name."""

USUAL_SPACINGS: Final = (3.0, 5.0, 6.0, 10.0, 12.0, 15.0, 20.0, 24.0, 25.0, 30.0, 36.0, 50.0, 60.0)
"""Months between the ticks of an axis."""

_TRIES: Final = 200


@dataclass(frozen=True)
class _Regression:
    """A printed regression's covariates, in the order of print."""

    grouping: str
    names: list[str]
    beta: np.ndarray


class Layout:
    """What the arrays of a reconstruction mean.

    Parameters
    ----------
    evidence : Evidence
        The printed numbers.
    endpoint : str
        Whose times are reconstructed.

    Raises
    ------
    InputError
        If counts of a variable are missing or don't add up to the patients, or no time is
        printed.
    """

    def __init__(self, evidence: Evidence, endpoint: str) -> None:
        self.evidence = evidence
        found = targets(evidence, endpoint)
        self.columns = Columns(evidence, [each for each in found if each.kind < Kind.CONCORDANCE])
        self.courses = CourseSampler(self.columns.slots, [group.n for group in evidence.bed_groups])
        self.regressions = _regressions(found)
        self.groupings = [*self.columns.groupings, *(each.grouping for each in self.regressions)]
        self.targets = sorted(found, key=self._order)
        self.base = base_measure(evidence, endpoint, found)
        self.times = printed_times(self.base.months, self.targets, self._demands())

    def problem(self) -> Problem:
        """Return the arrays that a chain runs on."""
        return Problem(
            **self._time_arrays(), **self._grouping_arrays(), statistics=self._statistics(),
            spacings=self._spacings(), **self._course_arrays(), **self._regression_arrays(),
            rate_scale=SCALES.index(rate_scale(self.evidence)),
            limits_at_events=limits_at_events(self.evidence),
            median_scale=SCALES.index(median_scale(self.evidence)),
        )  # fmt: skip

    def widths(self) -> np.ndarray:
        """Return the scales of the statistics in each stage, shape (stage, statistic)."""
        return annealing(self.targets)

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
        n, days, density = self.evidence.patients, len(problem.months), self.base.density
        event = (generator.random(n) < generator.random()).astype(np.int64)
        day = np.empty(n, dtype=np.int64)
        for kind in (0, 1):
            shares = density[kind] / density[kind].sum()
            day[event == kind] = generator.choice(days, int((event == kind).sum()), p=shares)
        pin = np.full(n, -1)
        pins = len(problem.pins)
        pin[:pins] = np.arange(pins)
        day[:pins] = generator.integers(problem.pins[:, 0], problem.pins[:, 1] + 1)
        event[:pins] = 1
        order = np.argsort(day, kind="stable")
        allowed, values = self._values(pins, generator)
        return State(
            day[order].astype(np.int64), event[order].astype(np.int64),
            pin[order].astype(np.int64), order.astype(np.int64), values[:, order], allowed,
            generator.integers(len(problem.spacings), size=1), np.zeros(len(self.targets)),
        )  # fmt: skip

    def _values(self, pins: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the values each pinned patient may have, and values that keep to them."""
        number = {each: k for k, each in enumerate(self.columns.classes)}
        margins = [
            np.repeat(np.arange(len(m)), list(m.values())) for m in self.columns.margins.values()
        ]
        sizes = self.columns.sizes
        allowed = np.ones((pins + 1, len(sizes), max(sizes, default=1)), dtype=bool)
        values = np.empty((len(sizes), self.evidence.patients), dtype=np.int64)
        for column, size in enumerate(sizes):
            for _ in range(_TRIES):
                if column == len(margins):
                    pool = np.array(
                        [
                            number[CourseClass(slot, course.reaches)]
                            for slot, course in zip(
                                self.columns.slots, self.courses.draw(generator), strict=True
                            )
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
            values[column] = placed
        return allowed, values

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
        frame = pd.DataFrame({"time": problem.months[state.day], "event": state.event})
        for column, (name, margin) in zip(state.values, self.columns.margins.items(), strict=False):
            frame[name] = np.array(list(margin))[column]
        if self.columns.classes:
            rows = [self._course(number, generator) for number in state.values[-1]]
            frame[["site", "schedule", "dose_level"]] = rows
        shuffled = frame.iloc[generator.permutation(len(frame))].reset_index(drop=True)
        shuffled["patient"] = np.arange(1, len(frame) + 1)
        return shuffled

    def _course(self, number: int, generator: np.random.Generator) -> tuple[str, str, str]:
        options, shares = self.columns.classes[number].options()
        course = options[int(generator.choice(len(options), p=shares / shares.sum()))]
        return course.site, course.schedule, course.dose_level

    def _demands(self) -> dict[tuple[str, str], Demand]:
        demands = {(OVERALL, ""): Demand(NO_COLUMN, ())}
        for name in self.columns.groupings[1:]:
            column, found = self.columns.source(name)
            for level in self.columns.levels(name):
                demands[name, level] = Demand(column, tuple(each == level for each in found))
        return demands

    def _time_arrays(self) -> dict[str, np.ndarray]:
        pins = [(t.first, t.last, 1) for t in self.times for _ in range(t.patients)]
        proposal = 0.6 * self.base.density
        for first, last, _ in pins:
            proposal[1, first : last + 1] += 0.4 / len(pins) / (last + 1 - first)
        proposal /= proposal.sum()
        return {
            "months": self.base.months,
            "log_base": np.log(self.base.density),
            "log_events": self.base.log_events(self.evidence.patients),
            "proposal": proposal,
            "cumulative": np.cumsum(proposal.ravel()),
            "pins": np.array(pins, dtype=np.int64).reshape(-1, 3),
        }

    def _place(self, each: Target) -> tuple[int, int]:
        """Return a statistic's grouping and level (of a regression: the covariate)."""
        if each.kind >= Kind.LOG_HAZARD_RATIO:
            model = next(m for m in self.regressions if m.grouping == REGRESSION + each.model)
            level = 0 if each.kind >= Kind.CONCORDANCE else model.names.index(each.grouping)
            return self.groupings.index(model.grouping), level
        names = self.columns.levels(each.grouping)
        return self.groupings.index(each.grouping), names.index(each.level) if each.level else 0

    def _order(self, each: Target) -> tuple[int, bool, int, int]:
        grouping, level = self._place(each)
        late = each.kind >= Kind.FOLLOW_UP  # uses up the table that others read
        return grouping, each.kind != Kind.CHI_SQUARED, level + 1000 * late, int(each.kind)

    def _grouping_arrays(self) -> dict[str, np.ndarray]:
        width = max(self.columns.sizes, default=2)
        table = np.zeros((len(self.groupings), max(width, 2)), dtype=np.int64)
        ends = np.cumsum([len(each.names) for each in self.regressions])
        for k, each in enumerate(self.regressions):
            table[self.groupings.index(each.grouping), :2] = ends[k] - len(each.names), ends[k]
        plan = np.zeros((len(self.groupings), 5), dtype=np.int64)
        of = np.array([self._place(each)[0] for each in self.targets])
        tests = np.array([each.kind == Kind.CHI_SQUARED for each in self.targets])
        for g, name in enumerate(self.groupings):
            regression = name.startswith(REGRESSION)
            column, levels = EVERY_COLUMN if regression else NO_COLUMN, [""]
            if not regression and name != OVERALL:
                column, found = self.columns.source(name)
                levels = self.columns.levels(name)
                table[g, : len(found)] = [levels.index(level) for level in found]
            first, end = np.searchsorted(of, (g, g + 1))
            plan[g] = column, len(levels), first, first + tests[of == g].sum(), end
        return {"plan": plan, "spans": self._spans(plan), "table": table}

    def _spans(self, plan: np.ndarray) -> np.ndarray:
        """Return where the statistics of each grouping's levels begin, and the last one's end."""
        of = np.array([self._place(each)[1] for each in self.targets])
        levels = np.arange(1 + plan[:, 1].max())
        return np.array(
            [rest + np.searchsorted(of[rest:end], levels) for _, _, _, rest, end in plan]
        )

    def _statistics(self) -> np.ndarray:
        rows = [
            (
                each.kind, self._place(each)[1], self._argument(each), each.ticked,
                *each.statistic_interval, TOO_FAR.get(each.kind, np.inf),
                quantile_of(each.confidence),
            )
            for each in self.targets
        ]  # fmt: skip
        return np.array(rows, dtype=float).reshape(-1, 8)

    def _argument(self, each: Target) -> float:
        if each.worse:
            return 1.0 if self.columns.levels(each.grouping)[0] == each.worse else -1.0
        return each.argument

    def _spacings(self) -> np.ndarray:
        """Return the months that may lie between ticks: those that follow-up is long enough for."""
        ticks = [each.argument for each in self.targets if each.ticked and each.printed > 0]
        longest = self.base.months[-1]
        fits = [each for each in USUAL_SPACINGS if each * max(ticks, default=1) < longest]
        return np.array(fits or USUAL_SPACINGS[:1])

    def _course_arrays(self) -> dict[str, np.ndarray]:
        classes = self.columns.classes
        kinds = list(dict.fromkeys(each.slot for each in classes))
        of = np.array([kinds.index(each.slot) for each in classes], dtype=np.int64)
        rows = np.zeros((len(classes), 1 + len(self.evidence.bed_groups)), dtype=np.int64)
        for number, each in enumerate(classes):
            rows[number] = of[number], *each.reaches
        return {
            "courses": rows,
            "log_prior": np.log([each.options()[1].sum() for each in classes]),
            "slot_first": np.searchsorted(of, np.arange(len(kinds) + 1)),
        }

    def _regression_arrays(self) -> dict[str, np.ndarray]:
        names = [name for each in self.regressions for name in each.names]
        width = max(self.columns.sizes, default=1)
        column, code = np.zeros(len(names), dtype=np.int64), np.zeros((len(names), width))
        for k, name in enumerate(names):
            column[k], values = self.columns.source(name)
            code[k, : len(values)] = self.columns.codes(name)
        beta = np.concatenate([np.zeros(0), *(each.beta for each in self.regressions)])
        return {"cox_column": column, "cox_code": code, "cox_beta": beta}


def _regressions(found: list[Target]) -> list[_Regression]:
    ratios: dict[str, list[Target]] = {}
    for each in found:
        if each.kind == Kind.LOG_HAZARD_RATIO:
            ratios.setdefault(each.model, []).append(each)
    return [
        # A ratio may print as 0.00: there the least that prints so stands for it.
        _Regression(
            REGRESSION + model, [each.grouping for each in of],
            np.log([each.printed or 0.5 * each.unit for each in of]),
        )
        for model, of in ratios.items()
    ]  # fmt: skip


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
