"""What ends simulated trials look by look, and the boundaries of one trial as it was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from oligotrial.checks import InputError
from oligotrial.trial.boundaries import Boundaries
from oligotrial.trial.decide import ThreeOutcomes, outcomes
from oligotrial.trial.observed import Observed, PrecisionSeen, SpendByMonths
from oligotrial.trial.paths import Memory, Seen, bounds_at, decide_looks, grown, new_memory
from oligotrial.trial.stopping import Test, Thresholds, observed_rule, of_boundaries, thresholds

__all__ = [
    "FixedMonitor",
    "LookSeen",
    "Monitor",
    "ObservedMonitor",
    "OutcomesMonitor",
    "Verdict",
    "boundaries_seen",
    "expected_thresholds",
    "monitor",
]

LOOKS, POINTS = 512, 1 << 15
"""Looks and points of densities that there is room for at first: 0.8 MB."""

MOST_POINTS = 1 << 17
"""Points after which all are forgotten and worked out anew: 3 MB, since many designs that are
simulated together have a memory each."""


class LookSeen(NamedTuple):
    """What some trials show at a look; each of shape (trials,).

    Parameters
    ----------
    statistic : numpy.ndarray
        Statistic of the deciding analysis.
    std_error : numpy.ndarray
        Standard error of its estimate.
    events : numpy.ndarray
        Events over both arms.
    months : numpy.ndarray
        Months from the first day of accrual.
    columns : numpy.ndarray, optional
        All columns of the deciding analysis, for rules that go by several; shape (trials,
        columns).
    """

    statistic: np.ndarray
    std_error: np.ndarray
    events: np.ndarray
    months: np.ndarray
    columns: np.ndarray = np.empty((0, 0))


class Verdict(NamedTuple):
    """What becomes of some trials at a look; each of shape (trials,).

    Parameters
    ----------
    decision : numpy.ndarray of int64
        1 for efficacy, -1 for futility, 0 for neither.
    ends : numpy.ndarray of bool
        Whether the trial ends here.
    """

    decision: np.ndarray
    ends: np.ndarray


class Monitor(Protocol):
    """What decides at each look which of some trials end; for one thread."""

    def start(self, trials: int) -> None:
        """Begin with other trials."""
        ...

    def decide(self, look: int, which: np.ndarray, seen: LookSeen) -> Verdict:
        """Return what becomes of trials at a look.

        Parameters
        ----------
        look : int
            Number of the look, from 0.
        which : numpy.ndarray of int64
            Which of the trials.
        seen : LookSeen
            What they show.

        Returns
        -------
        Verdict
            Decisions and ends.
        """
        ...


@dataclass(frozen=True)
class FixedMonitor:
    """Decides by the same thresholds in all trials.

    Parameters
    ----------
    thresholds : Thresholds
        A pair for each look.
    """

    thresholds: Thresholds

    def start(self, trials: int) -> None:
        """Nothing is kept of trials."""

    def decide(self, look: int, which: np.ndarray, seen: LookSeen) -> Verdict:  # noqa: ARG002
        """Return what becomes of trials at a look."""
        decision = self.thresholds.decide(seen.statistic, look)
        last = look == self.thresholds.looks - 1
        return Verdict(decision, np.ones(decision.shape, bool) if last else decision != 0)


@dataclass(frozen=True)
class OutcomesMonitor:
    """Decides by a rule on any columns of the analysis, at one look.

    Parameters
    ----------
    rule : ThreeOutcomes
        The rule.
    """

    rule: ThreeOutcomes

    def start(self, trials: int) -> None:
        """Nothing is kept of trials."""

    def decide(self, look: int, which: np.ndarray, seen: LookSeen) -> Verdict:  # noqa: ARG002
        """Return what becomes of trials: all end here."""
        decision = outcomes(self.rule, seen.columns)
        return Verdict(decision.astype(np.int64), np.ones(decision.shape, bool))


class ObservedMonitor:
    """Decides by boundaries at the information that each trial was seen to have.

    Parameters
    ----------
    rule : Observed
        The rule.
    obey_futility : bool
        Whether trials stop for futility at interim looks.
    """

    def __init__(self, rule: Observed, *, obey_futility: bool) -> None:
        self._rule = rule
        self._numbers = rule.numbers(obeyed=obey_futility)
        self._memory = new_memory(LOOKS, POINTS)
        self._path = np.zeros(0, np.int64)

    def start(self, trials: int) -> None:
        """Begin with other trials; what was worked out is forgotten if it is much."""
        if self._memory.used[1] > MOST_POINTS or self._memory.used[0] > 8 * LOOKS:
            self._memory = new_memory(LOOKS, POINTS)
        self._path = np.zeros(trials, np.int64)

    def decide(self, look: int, which: np.ndarray, seen: LookSeen) -> Verdict:
        """Return what becomes of trials at a look."""
        rule = self._rule
        time = rule.information.share(seen.events, seen.std_error, rule.plan.events)
        share = rule.spend_by.share(time, seen.months, rule.fractions[look])
        last = (share >= 1.0) | (look == len(rule.fractions) - 1)
        given = Seen(np.ascontiguousarray(seen.statistic), time, *rule.spent(share), last)
        decision = np.zeros(which.size, np.int64)
        path = self._path[which]
        done = 0
        while True:
            done = decide_looks(decision, self._memory, self._numbers, look, path, given, done)
            if done == which.size:
                break
            self._memory = grown(self._memory)
        self._path[which] = path
        return Verdict(decision, (decision != 0) | last)


def monitor(test: Test, looks: int, *, obey_futility: bool) -> Monitor:
    """Return what decides at the looks of simulated trials.

    Parameters
    ----------
    test : Test
        What decides a trial.
    looks : int
        Number of looks.
    obey_futility : bool
        Whether trials stop for futility at interim looks.

    Returns
    -------
    Monitor
        For one thread.

    Examples
    --------
    >>> from oligotrial.trial.decide import LogRank
    >>> seen = LookSeen(np.array([1.2, 1.3]), *np.ones((3, 2)))
    >>> monitor(LogRank(0.10), 1, obey_futility=True).decide(0, np.arange(2), seen).decision
    array([-1,  1])
    """
    rule = observed_rule(test)
    if rule is not None:
        return ObservedMonitor(rule, obey_futility=obey_futility)
    found = thresholds(test, looks)
    if isinstance(test, ThreeOutcomes):
        return OutcomesMonitor(test)
    return FixedMonitor(found if obey_futility else found.overruled())


def boundaries_seen(
    rule: Observed,
    events: Sequence[int],
    *,
    months: Sequence[float] | None = None,
    precision: Sequence[float] | None = None,
    final: bool = False,
) -> Boundaries:
    """Return the boundaries of one trial at the looks it has had.

    Parameters
    ----------
    rule : Observed
        The rule.
    events : sequence of int
        Events over both arms at each look so far.
    months : sequence of float, optional
        Months from the first day of accrual to each look, where errors are spent by them.
    precision : sequence of float, optional
        ``1 / std_error**2`` at each look, where that is the information.
    final : bool, optional
        Whether the last of these looks is the trial's last, with however few events.

    Returns
    -------
    Boundaries
        At the fractions of the planned information that were seen, which may exceed 1.

    Raises
    ------
    InputError
        If numbers are missing, decrease, or there are more looks than planned or than were left
        to be made.

    Examples
    --------
    >>> from oligotrial.trial.plan import SequentialLogRank
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> rule = Observed(SequentialLogRank(GroupSequential((0.5, 0.75, 1.0), 0.10), 90))
    >>> [round(bound, 4) for bound in boundaries_seen(rule, (38, 71)).efficacy]
    [2.2781, 1.5501]
    >>> [round(bound, 4) for bound in boundaries_seen(rule, (38, 71, 80), final=True).efficacy]
    [2.2781, 1.5501, 1.3434]
    """
    seen = _given(rule, events, months, precision)
    time = rule.information.share(seen.events, seen.std_error, rule.plan.events)
    planned = np.array(rule.fractions[: time.size])
    share = np.array(
        [
            float(rule.spend_by.share(time[[look]], seen.months[[look]], planned[look])[0])
            for look in range(time.size)
        ]
    )
    ends = (share >= 1.0) | (np.arange(time.size) == len(rule.fractions) - 1)
    if ends[:-1].any():
        raise InputError(
            f"look {int(ends.argmax()) + 1} spent all that there was; the trial had no look after",
            where="events",
        )
    if final or ends[-1]:
        share[-1] = 1.0
    return _walk(rule, time, share, closed=bool(final or ends[-1]))


def expected_thresholds(rule: Observed, events: Sequence[int]) -> Thresholds:
    """Return the thresholds of looks at given events, on the dates that are planned.

    Parameters
    ----------
    rule : Observed
        The rule.
    events : sequence of int
        Events at all of its looks.

    Returns
    -------
    Thresholds
        A pair for each look.
    """
    if len(events) != len(rule.fractions) or isinstance(rule.information, PrecisionSeen):
        return of_boundaries(rule.expected, len(events))
    months = getattr(rule.spend_by, "months", None)
    return of_boundaries(boundaries_seen(rule, events, months=months, final=True), len(events))


def _given(
    rule: Observed,
    events: Sequence[int],
    months: Sequence[float] | None,
    precision: Sequence[float] | None,
) -> LookSeen:
    """Return one trial's looks, checked."""
    looks = len(events)
    _needed(rule, months, precision)
    if not 1 <= looks <= len(rule.fractions):
        raise InputError(
            f"{looks} looks, and {len(rule.fractions)} are planned; give the events at each look "
            "so far",
            where="events",
        )
    given = {"events": events, "months": months, "precision": precision}
    columns = {}
    for name, values in given.items():
        column = np.full(looks, np.nan) if values is None else np.asarray(values, dtype=float)
        if column.shape != (looks,):
            raise InputError(f"give one number for each of {looks} looks", where=name)
        if values is not None and not (np.diff(column, prepend=0.0) >= 0.0).all():
            raise InputError(f"{list(values)} decrease or are below 0", where=name)
        columns[name] = column
    error = columns["precision"] ** -0.5
    return LookSeen(np.zeros(looks), error, columns["events"], columns["months"])


def _needed(
    rule: Observed, months: Sequence[float] | None, precision: Sequence[float] | None
) -> None:
    if isinstance(rule.spend_by, SpendByMonths) and months is None:
        raise InputError("errors are spent by months; give the month of each look", where="months")
    if isinstance(rule.information, PrecisionSeen) and precision is None:
        raise InputError(
            "information is the estimate's precision; give 1 / std_error**2 of each look",
            where="precision",
        )


def _walk(rule: Observed, time: np.ndarray, share: np.ndarray, *, closed: bool) -> Boundaries:
    """Return boundaries look by look; at the last one all is decided, if it is closed."""
    memory: Memory = new_memory(2 * LOOKS, POINTS)
    numbers = rule.numbers(obeyed=True)
    alpha, beta = rule.spent(share)
    upper, lower = np.full(time.size, np.inf), np.full(time.size, -np.inf)
    parent = 0
    for look in range(time.size):
        if not time[look] > 0.0:
            continue
        at = (float(time[look]), float(alpha[look]), float(beta[look]))
        here = -1
        while here < 0:
            here, upper[look], lower[look] = bounds_at(memory, numbers, parent, look, at)
            if here < 0:
                memory = grown(memory)
        parent = here
    if closed and not rule.plan.rule.two_sided:
        lower[-1] = upper[-1]
    return Boundaries(
        tuple(time.tolist()),
        tuple(upper.tolist()),
        tuple(lower.tolist()),
        rule.plan.rule.two_sided,
    )
