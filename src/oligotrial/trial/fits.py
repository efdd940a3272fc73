"""Whether a design's moments, test and arms fit one another."""

from collections.abc import Callable
from typing import Any

from oligotrial.checks import InputError
from oligotrial.trial.decide import (
    Analysis,
    ConditionalPower,
    LogRank,
    PredictiveProbability,
    ThreeOutcomes,
)
from oligotrial.trial.decide.success import OneSidedTest
from oligotrial.trial.monitored import Monitored
from oligotrial.trial.observed import Observed
from oligotrial.trial.plan import SequentialLogRank
from oligotrial.trial.sequential import GroupSequential
from oligotrial.trial.stopping import Repeated, Test, analysis_of, observed_rule
from oligotrial.trial.when import AfterEnrolment, AtCalendar, AtEvents, Earlier, Later, When

__all__ = [
    "check_besides",
    "check_expectations",
    "check_moments",
    "check_order",
    "check_rule",
    "fixed_fractions",
]


def check_moments(looks: tuple[When, ...], patients: int) -> None:
    """Raise `InputError` unless looks are moments that so many patients can bring about.

    Parameters
    ----------
    looks : tuple of When
        When each look is made.
    patients : int
        Patients of the trial.

    Raises
    ------
    InputError
        If one isn't a moment, or waits for more events or patients than there can be.
    """
    if not looks or not all(isinstance(moment, When) for moment in looks):
        raise InputError(
            f"{looks!r} doesn't say when to analyse; give AtEvents(90), AtCalendar(24.0), or a "
            "tuple of those, one a look",
            where="analysis",
        )
    for moment in looks:
        if moment.events > patients:
            raise InputError(
                f"{moment.events} events can't come from {patients} patients; "
                "ask for fewer events or enrol more patients",
                where="events",
            )
        if moment.patients > patients:
            raise InputError(
                f"patient {moment.patients} can't enter a trial of {patients} patients; "
                "name one of them, the last at most",
                where="analysis",
            )


_ORDERS: tuple[tuple[type, Callable[[Any], float], str], ...] = (
    (AtEvents, lambda moment: moment.events, "events"),
    (AtCalendar, lambda moment: moment.months, "months"),
)


def check_order(looks: tuple[When, ...]) -> None:
    """Raise `InputError` if a look can't come after an earlier one.

    Parameters
    ----------
    looks : tuple of When
        When each look is made.

    Raises
    ------
    InputError
        If its events, months or patients are reached before, also within `Later` and `Earlier`.
    """
    for kind, number, unit in _ORDERS:
        before = 0.0
        for look, moment in enumerate(looks, start=1):
            least, most = _reached(moment, kind, number)
            if most <= before:
                raise InputError(
                    f"look {look} at {most:g} {unit} does not come after the one before, at "
                    f"{before:g}; put the looks in order",
                    where="analysis",
                )
            before = max(before, least)
    enrolled = [(look, m) for look, m in enumerate(looks, 1) if isinstance(m, AfterEnrolment)]
    for place, (look, moment) in enumerate(enrolled):
        for earlier, other in enrolled[:place]:
            if moment.patients <= other.patients and moment.months <= other.months:
                raise InputError(
                    f"look {look}, {moment.months:g} months after patient {moment.patients}, does "
                    f"not come after look {earlier}, {other.months:g} months after patient "
                    f"{other.patients}; put the looks in order",
                    where="analysis",
                )


def _reached(moment: When, kind: type, number: Callable[[Any], float]) -> tuple[float, float]:
    """Return the least and the most of something that there is at a moment."""
    if isinstance(moment, Later | Earlier):
        least, most = zip(*(_reached(part, kind, number) for part in moment.moments), strict=True)
        decides = max if isinstance(moment, Later) else min
        return decides(least), decides(most)
    return (number(moment),) * 2 if isinstance(moment, kind) else (0.0, float("inf"))


def check_rule(test: Test, looks: tuple[When, ...], experimental_share: float) -> None:
    """Raise `InputError` unless a group-sequential rule fits the looks and the arms.

    Parameters
    ----------
    test : Test
        What decides; other tests than group-sequential ones fit.
    looks : tuple of When
        When each look is made.
    experimental_share : float
        Share of patients in the experimental arm.

    Raises
    ------
    InputError
        If it doesn't.
    """
    if isinstance(test, Repeated) and not isinstance(test.analysis, OneSidedTest):
        raise InputError(
            f"boundaries are for a standard normal statistic, which {type(test.analysis).__name__} "
            "hasn't; give Monitored thresholds of its own",
            where="test",
        )
    if isinstance(test, SequentialLogRank):
        _check_plan(test, looks, experimental_share)
    if (rule := observed_rule(test)) is not None:
        _check_share("plan", rule.plan.experimental_share, experimental_share)
        _check_observed(rule, looks)
    if (fractions := fixed_fractions(test)) and len(fractions) == len(looks):
        _check_fractions(fractions, looks)


def fixed_fractions(test: Test) -> tuple[float, ...]:
    """Return the fractions of a log-rank test's events that boundaries were found for, or none.

    Parameters
    ----------
    test : Test
        What decides.

    Returns
    -------
    tuple of float
        Empty unless boundaries are fixed by fractions of the events: with other statistics,
        fractions of the information are others.
    """
    rule = test.rule if isinstance(test, Repeated) else test
    by_events = isinstance(test, GroupSequential) or isinstance(analysis_of(test), LogRank)
    return rule.fractions if isinstance(rule, GroupSequential) and by_events else ()


def _check_fractions(fractions: tuple[float, ...], looks: tuple[When, ...]) -> None:
    counts = [moment.events for moment in looks if isinstance(moment, AtEvents)]
    if len(counts) < len(looks):
        return
    for look, (count, fraction) in enumerate(zip(counts, fractions, strict=True), start=1):
        if abs(count - fraction * counts[-1]) > 1.0:
            raise InputError(
                f"look {look} at {count} of {counts[-1]} events has boundaries for a share of "
                f"{fraction:g}; give fractions that fit, SequentialLogRank(rule, events), or "
                "Observed(plan), which finds boundaries by what was seen",
                where="analysis",
            )


def _check_plan(
    test: SequentialLogRank, looks: tuple[When, ...], experimental_share: float
) -> None:
    timed = [moment.events for moment in looks if isinstance(moment, AtEvents)]
    planned = [moment.events for moment in test.looks]
    if len(timed) == len(looks) and timed != planned:
        raise InputError(
            f"looks at {timed} events don't fit the plan's, at {planned}; give analysis=plan.looks",
            where="analysis",
        )
    _check_share("plan", test.experimental_share, experimental_share)


def _check_observed(rule: Observed, looks: tuple[When, ...]) -> None:
    if len(looks) != len(rule.fractions):
        raise InputError(
            f"the rule has {len(rule.fractions)} looks and the design {len(looks)}; give as many "
            "moments of analysis as the rule has fractions",
            where="analysis",
        )
    for look, moment in enumerate(looks[:-1], start=1):
        if isinstance(moment, AtEvents) and rule.all_spent_at(look - 1, moment.events):
            raise InputError(
                f"look {look} at {moment.events} events has all the {rule.plan.events} of the "
                "plan, so that nothing is left for later looks; plan more events, or make it the "
                "last",
                where="analysis",
            )
    planned = getattr(rule.spend_by, "months", ())
    for look, (moment, month) in enumerate(zip(looks, planned, strict=False), start=1):
        if isinstance(moment, AtCalendar) and moment.months != month:
            raise InputError(
                f"look {look} is in month {moment.months:g} and errors are spent as if in month "
                f"{month:g}; give analysis=spend_by.looks",
                where="analysis",
            )


def check_expectations(
    analyses: tuple[Analysis, ...], looks: tuple[When, ...], experimental_share: float
) -> None:
    """Raise `InputError` unless what is expected of a final analysis is of this trial's.

    Parameters
    ----------
    analyses : tuple of Analysis
        What is computed; only conditional and predictive power look ahead.
    looks : tuple of When
        When each look is made.
    experimental_share : float
        Share of patients in the experimental arm.

    Raises
    ------
    InputError
        If its events or share of patients are others.
    """
    for analysis in analyses:
        if not isinstance(analysis, ConditionalPower | PredictiveProbability):
            continue
        name = type(analysis).__name__
        _check_share(name, analysis.experimental_share, experimental_share)
        last = looks[-1].events
        if (last and len(looks) > 1 and last != analysis.events) or last > analysis.events:
            raise InputError(
                f"{name} expects the final analysis at {analysis.events} events, and the last look "
                f"waits for {last}; make them equal",
                where="events",
            )


def check_besides(besides: tuple[Analysis, ...]) -> None:
    """Raise `InputError` unless all that is made besides are analyses.

    Parameters
    ----------
    besides : tuple of Analysis
        Further analyses.

    Raises
    ------
    InputError
        If one is a rule that decides.
    """
    for number, each in enumerate(besides):
        if isinstance(each, ThreeOutcomes | Monitored | Repeated) or analysis_of(each) is not each:
            raise InputError(
                f"{type(each).__name__} decides a trial; give its analysis, or make it the test",
                where=f"besides[{number}]",
            )


def _check_share(name: str, share: float, experimental_share: float) -> None:
    if abs(share - experimental_share) > 1e-9:
        raise InputError(
            f"the {name} has {share:g} of patients in the experimental arm and "
            f"the allocation {experimental_share:g}; make them equal",
            where="allocation",
        )
