"""Overall survival of reconstructed patients whose progression is known already.

Nobody dies before progression, and whoever was last seen without it was alive then. Within that
the printed numbers of overall survival are met by the same chain as those of progression.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from oligotrial.cohort.annealing import TOO_FAR, annealing
from oligotrial.cohort.base import base_measure
from oligotrial.cohort.chain import NO_COLUMN, Kind, Problem, State
from oligotrial.cohort.conventions import SCALES, limits_at_events, median_scale, rate_scale
from oligotrial.cohort.endpoints import endpoints
from oligotrial.cohort.marginal import RECURRENCE
from oligotrial.cohort.pins import Demand, printed_times
from oligotrial.cohort.sampler import run_chain
from oligotrial.cohort.target import OVERALL
from oligotrial.cohort.targets import targets
from oligotrial.estimators.scale import quantile_of
from oligotrial.evidence import Evidence

__all__ = ["Later"]

_ENDPOINT: Final = "os"
_FREE: Final = -1

LOCAL: Final = "local recurrence"
"""Cause of a recurrence at a treated site."""


@dataclass(frozen=True)
class _Course:
    """What is known of each patient beforehand."""

    months: np.ndarray
    progressed: np.ndarray
    died: np.ndarray


class Later:
    """Adds overall survival to a draw.

    Parameters
    ----------
    evidence : Evidence
        With statistics of "os". Where its times have an origin of their own
        (`Evidence.origins`), each patient also gets an entry: the months from there to the
        origin of the first endpoint.

    Raises
    ------
    InputError
        If no time of it is printed.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        # Of all patients: of groups it is as their progression has it.
        overall = [
            each
            for each in targets(evidence, _ENDPOINT)
            if each.grouping == OVERALL and Kind.CHI_SQUARED < each.kind < Kind.LOG_HAZARD_RATIO
        ]
        self.targets = sorted(overall, key=lambda each: int(each.kind))
        self.base = base_measure(evidence, _ENDPOINT, self.targets)
        self.same_origin = _ENDPOINT not in evidence.origins
        statistics = {each.key: each for each in evidence.statistics}
        first = endpoints(evidence)[0]
        recurrences = statistics.get(f"{first}.recurrences")
        self.recurrences = None if recurrences is None else recurrences.value
        local = statistics.get("local_control.recurrences")
        self.local = None if local is None else local.value
        follow_up = statistics.get("follow_up.mean")
        self.follow_up = None if follow_up is None else follow_up.value

    def add(self, frame: pd.DataFrame, steps: int, generator: np.random.Generator) -> pd.DataFrame:
        """Return a draw with os_time, os_event and, from another origin, os_entry.

        Parameters
        ----------
        frame : pandas.DataFrame
            One draw, with time and event.
        steps : int
            Proposals of the chain.
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        pandas.DataFrame
            Also with the cause of the first endpoint, "recurrence" or "death", where the source
            tells recurrences from deaths.
        """
        known = self._known(frame, generator)
        problem = self._problem(known, generator)
        state = self._start(problem, generator)
        run_chain(problem, state, steps, annealing(self.targets), generator)
        made = frame.copy()
        back = np.argsort(state.patient)
        made["os_time"] = problem.months[state.day][back]
        made["os_event"] = state.event[back]
        if self.recurrences is not None:
            cause = np.where(known.died, "death", RECURRENCE).astype(object)
            ended = known.progressed | known.died
            made["cause"] = pd.Series(cause, index=made.index).where(ended, None)
            if self.local is not None:
                self._add_local(made, generator)
        if not self.same_origin and self.follow_up is not None:
            made["os_entry"] = self._entry(made, generator)
        return made

    def _add_local(self, made: pd.DataFrame, generator: np.random.Generator) -> None:
        """Add local control: its event is a recurrence at a treated site, all else competes."""
        recurred = np.flatnonzero(made["cause"] == RECURRENCE)
        here = generator.permutation(recurred)[: int(self.local or 0)]
        made["local_time"], made["local_event"] = made["time"], 0
        made["local_cause"] = made["cause"]
        made.loc[made.index[here], "local_event"] = 1
        made.loc[made.index[here], "local_cause"] = LOCAL

    def _known(self, frame: pd.DataFrame, generator: np.random.Generator) -> _Course:
        months, event = frame["time"].to_numpy(float), frame["event"].to_numpy(int) == 1
        died = np.zeros(len(frame), dtype=bool)
        if self.recurrences is not None:
            deaths = max(int(event.sum() - self.recurrences), 0)
            died[generator.permutation(np.flatnonzero(event))[:deaths]] = True
        return _Course(months, event & ~died, died)

    def _problem(self, known: _Course, generator: np.random.Generator) -> Problem:
        months, last = self.base.months, len(self.base.months) - 1
        low = np.minimum(np.searchsorted(months, known.months - 1e-9), last)
        high = np.full(len(low), last)
        event = np.where(known.progressed, _FREE, 0)
        event[known.died] = 1
        if self.same_origin:
            high = np.where(known.progressed, last, low)
        # Somebody died at each printed median and limit: one of those who can have.
        free = known.progressed.copy()
        for printed in printed_times(months, self.targets, {(OVERALL, ""): Demand(NO_COLUMN, ())}):
            able = np.flatnonzero(free & (low <= printed.last))
            if len(able):
                who = generator.choice(able)
                low[who], high[who] = max(low[who], printed.first), printed.last
                event[who], free[who] = 1, False
        plan = np.array([[NO_COLUMN, 1, 0, 0, len(self.targets)]])
        rows = [
            (
                each.kind, 0, each.argument, 0, *each.statistic_interval,
                TOO_FAR.get(each.kind, np.inf), quantile_of(each.confidence),
            )
            for each in self.targets
        ]  # fmt: skip
        nothing = np.zeros(0)
        return Problem(
            months=months, log_base=np.log(self.base.density),
            log_events=self.base.log_events(len(low)), proposal=self.base.density,
            cumulative=np.cumsum(self.base.density.ravel()),
            pins=np.column_stack([np.maximum(low, 1), np.maximum(high, 1), event]), plan=plan,
            spans=np.array([[0, len(self.targets)]]),
            table=np.zeros((1, 1), dtype=np.int64), statistics=np.array(rows, dtype=float),
            spacings=np.ones(1), courses=np.zeros((0, 1), dtype=np.int64), log_prior=nothing,
            slot_first=np.zeros(1, dtype=np.int64), cox_column=np.zeros(0, dtype=np.int64),
            cox_code=np.zeros((0, 1)), cox_beta=nothing,
            rate_scale=SCALES.index(rate_scale(self.evidence)),
            limits_at_events=limits_at_events(self.evidence),
            median_scale=SCALES.index(median_scale(self.evidence)),
        )  # fmt: skip

    def _start(self, problem: Problem, generator: np.random.Generator) -> State:
        n, density = len(problem.pins), self.base.density
        day, event = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        for patient, (low, high, fixed) in enumerate(problem.pins):
            may = density[:, low : high + 1].copy()
            if fixed != _FREE:
                may[1 - fixed] = 0.0
            place = generator.choice(may.size, p=may.ravel() / may.sum())
            event[patient], day[patient] = divmod(place, may.shape[1])
            day[patient] += low
        order = np.argsort(day, kind="stable")
        return State(
            day[order], event[order], order.astype(np.int64), order.astype(np.int64),
            np.zeros((0, n), dtype=np.int64), np.ones((n + 1, 0, 1), dtype=bool),
            np.zeros(1, dtype=np.int64), np.zeros(len(self.targets)),
        )  # fmt: skip

    def _entry(self, frame: pd.DataFrame, generator: np.random.Generator) -> np.ndarray:
        """Return the months from the origin of survival to that of the first endpoint.

        Follow-up after progression is exponential, cut off where the patient's survival ends,
        with the mean that makes the printed mean follow-up.
        """
        progression, survival = frame["time"].to_numpy(float), frame["os_time"].to_numpy(float)
        room = np.where(frame["event"] == 1, survival - progression, 0.0)
        unit = generator.exponential(size=len(frame))
        wanted = float(self.follow_up or 0.0)

        def excess(mean: float) -> float:
            return float((progression + np.minimum(mean * unit, room)).mean() - wanted)

        most = 10.0 * float(survival.max())
        if excess(0.0) >= 0.0:
            mean = 0.0
        elif excess(most) <= 0.0:
            mean = most
        else:
            mean = float(brentq(excess, 0.0, most))
        return np.asarray(survival - progression - np.minimum(mean * unit, room))
