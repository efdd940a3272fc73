"""Where a test's statistic stops a trial, look by look: one table for every kind of test."""

from dataclasses import dataclass, replace
from functools import singledispatch

import numpy as np

from oligotrial.checks import InputError
from oligotrial.trial.boundaries import Boundaries
from oligotrial.trial.decide import Analysis, LogRank
from oligotrial.trial.observed import Observed
from oligotrial.trial.plan import SequentialLogRank
from oligotrial.trial.sequential import GroupSequential, find_boundaries

__all__ = [
    "Repeated",
    "Test",
    "Thresholds",
    "analysis_of",
    "observed_rule",
    "planned_events",
    "thresholds",
    "with_events",
]


@dataclass(frozen=True)
class Thresholds:
    """Statistics at which a trial stops; larger ones favour the experimental arm.

    Parameters
    ----------
    efficacy : tuple of float
        The trial ends for efficacy at or above these; shape (look,).
    futility : tuple of float
        The trial ends for futility at or below these, unless it ended for efficacy; shape
        (look,). What lies between the two at the last look is neither.

    Raises
    ------
    InputError
        If there isn't one of each for every look, or a futility threshold is above its efficacy
        one.

    Examples
    --------
    >>> Thresholds((2.8, 1.98), (0.0, 1.98)).looks
    2
    """

    efficacy: tuple[float, ...]
    futility: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.efficacy) != len(self.futility):
            raise InputError(
                f"{len(self.futility)} futility thresholds for {len(self.efficacy)} of efficacy; "
                "give one of each a look",
                where="futility",
            )
        for look, (upper, lower) in enumerate(zip(self.efficacy, self.futility, strict=True), 1):
            if not lower <= upper:
                raise InputError(
                    f"at look {look} the trial would stop for futility at {lower:g} or less, which "
                    f"is above {upper:g}, where it stops for efficacy",
                    where="futility",
                )

    @property
    def looks(self) -> int:
        """Number of looks."""
        return len(self.efficacy)

    def overruled(self) -> "Thresholds":
        """Return the same with interim futility thresholds that nobody obeys."""
        return replace(self, futility=((-np.inf,) * (self.looks - 1) + self.futility[-1:]))

    def decide(self, statistic: np.ndarray, look: int) -> np.ndarray:
        """Return 1 for efficacy, -1 for futility and 0 for neither.

        Parameters
        ----------
        statistic : numpy.ndarray
            Shape (trials,); not a number (no information) is never efficacy.
        look : int
            Number of the look, from 0.

        Returns
        -------
        numpy.ndarray of int64
            Shape (trials,).
        """
        upper = statistic >= self.efficacy[look]
        lower = ~upper & (statistic <= self.futility[look])
        return upper.astype(np.int64) - lower.astype(np.int64)


@dataclass(frozen=True)
class Repeated:
    """An analysis made at several looks, whose statistic is held against a rule's boundaries.

    Parameters
    ----------
    analysis : Analysis
        One whose statistic is standard normal under no effect, such as
        ``LogRank(0.10, stratified=False)``; its own level is not used.
    rule : GroupSequential or Observed
        The boundaries, the same in all trials or those of each trial's own information.

    Examples
    --------
    >>> rule = GroupSequential((0.5, 1.0), 0.10)
    >>> thresholds(Repeated(LogRank(0.10, stratified=False), rule), 2).looks
    2
    """

    analysis: Analysis
    rule: GroupSequential | Observed


type Test = Analysis | GroupSequential | SequentialLogRank | Observed | Repeated
"""What may decide a trial."""


@singledispatch
def analysis_of(test: Test) -> Analysis:
    """Return what a test computes at each look.

    Parameters
    ----------
    test : Test
        A fixed analysis, or a group-sequential rule: that is on the stratified log-rank test.

    Returns
    -------
    Analysis
        The analysis.

    Raises
    ------
    InputError
        If it isn't a test.

    Examples
    --------
    >>> analysis_of(GroupSequential((0.5, 1.0), 0.10))
    LogRank(alpha=0.1, stratified=True)
    """
    if not (hasattr(type(test), "columns") and hasattr(type(test), "threshold")):
        raise InputError(
            f"a trial can't be decided by {test!r}; give an analysis such as LogRank(0.10), or a "
            "GroupSequential rule",
            where="test",
        )
    return test  # type: ignore[return-value]


@analysis_of.register
def _(test: GroupSequential) -> Analysis:
    return LogRank(test.alpha_of_one_side)


@analysis_of.register
def _(test: SequentialLogRank) -> Analysis:
    return LogRank(test.rule.alpha_of_one_side)


@analysis_of.register
def _(test: Observed) -> Analysis:
    return LogRank(test.alpha_of_one_side)


@analysis_of.register
def _(test: Repeated) -> Analysis:
    return test.analysis


@singledispatch
def thresholds(test: Test, looks: int) -> Thresholds:
    """Return where a test's statistic stops a trial.

    Parameters
    ----------
    test : Test
        A fixed analysis, or a group-sequential one.
    looks : int
        Number of looks.

    Returns
    -------
    Thresholds
        One pair a look; of a rule that goes by what is seen, those that are expected.

    Raises
    ------
    InputError
        If it isn't a test, or doesn't fit the number of looks.

    Examples
    --------
    >>> thresholds(LogRank(0.025), 1).efficacy
    (1.9599639845400545,)
    """
    critical = analysis_of(test).threshold
    if looks != 1:
        raise InputError(
            f"a fixed test is made once, not at {looks} looks, which would inflate its alpha; "
            "give a GroupSequential rule",
            where="test",
        )
    return Thresholds((critical,), (critical,))


@thresholds.register
def _(test: GroupSequential, looks: int) -> Thresholds:
    return of_boundaries(find_boundaries(test), looks)


@thresholds.register
def _(test: SequentialLogRank, looks: int) -> Thresholds:
    return of_boundaries(test.boundaries, looks)


@thresholds.register
def _(test: Repeated, looks: int) -> Thresholds:
    return thresholds(test.rule, looks)


@thresholds.register
def _(test: Observed, looks: int) -> Thresholds:
    return of_boundaries(test.expected, looks)


def observed_rule(test: Test) -> Observed | None:
    """Return the rule that decides by what each trial was seen to have, or None if none does."""
    rule = test.rule if isinstance(test, Repeated) else test
    return rule if isinstance(rule, Observed) else None


@singledispatch
def planned_events(test: Test) -> int:
    """Return the events that a test's plan has at its last look; 0 if it has no plan."""
    rule = observed_rule(test)
    plan = rule.plan if rule is not None else test
    return plan.events if isinstance(plan, SequentialLogRank) else 0


@singledispatch
def with_events(test: Test, events: int) -> Test:  # noqa: ARG001
    """Return a test made for another number of events at the last look, where it depends on it."""
    return test


@with_events.register
def _(test: SequentialLogRank, events: int) -> Test:
    return replace(test, events=events)


@with_events.register
def _(test: Observed, events: int) -> Observed:
    return test.with_events(events)


@with_events.register
def _(test: Repeated, events: int) -> Repeated:
    rule = test.rule.with_events(events) if isinstance(test.rule, Observed) else test.rule
    return replace(test, rule=rule)


def of_boundaries(found: Boundaries, looks: int) -> Thresholds:
    """Return a group-sequential design's boundaries as thresholds."""
    if len(found.fractions) != looks:
        raise InputError(
            f"the rule has {len(found.fractions)} looks and the design {looks}; give as many "
            "moments of analysis as the rule has fractions",
            where="analysis",
        )
    return Thresholds(tuple(found.efficacy), tuple(found.futility))
