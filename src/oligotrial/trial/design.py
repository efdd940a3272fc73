"""A two-arm randomised trial as its protocol states it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from oligotrial.checks import InputError, non_negative, positive_integer
from oligotrial.trial.accrual import Recruitment
from oligotrial.trial.decide import Analysis
from oligotrial.trial.imaging import Imaging
from oligotrial.trial.monitor import Monitor, expected_thresholds, monitor
from oligotrial.trial.observed import Observed
from oligotrial.trial.off_protocol import OffProtocol
from oligotrial.trial.plan import SequentialLogRank
from oligotrial.trial.stopping import (
    Test,
    Thresholds,
    analysis_of,
    observed_rule,
    planned_events,
    thresholds,
    with_events,
)
from oligotrial.trial.when import AtCalendar, AtEvents, When

__all__ = ["Design"]


@dataclass(frozen=True)
class Design:
    """Two arms, stratified permuted blocks, one look or more.

    Parameters
    ----------
    patients : int
        Patients to enrol.
    analysis : When or tuple of When
        When the data are analysed: `AtEvents(90)`, or one moment a look, in order.
    test : Test
        How they are analysed, and what counts as success: an analysis such as `LogRank(0.10)`,
        made once; a group-sequential rule (`GroupSequential`, `SequentialLogRank`, or
        `Observed(plan)` with boundaries at the information that each trial has) on the stratified
        log-rank test; or `Repeated(analysis, rule)`.
    accrual : Recruitment
        How patients come in.
    allocation : tuple of int, optional
        Control and experimental patients, in the smallest whole numbers: (1, 1), (1, 2).
    block_size : int, optional
        Patients in a randomisation block, a multiple of the allocation's sum.
    dropout_per_month : float or tuple of float, optional
        Rate at which patients leave the study before progression; two rates for control and
        experimental arm.
    strata : tuple of str, optional
        Factors that stratify the randomisation and, if it is stratified, the test.
    imaging : Imaging or tuple of Imaging, optional
        Visits at which progression is seen; two calendars for control and experimental arm. Seen
        on its very day when left out.
    off_protocol : OffProtocol, optional
        Controls who get the experimental treatment.
    besides : tuple of Analysis, optional
        Further analyses of the same data, at the look at which the trial ends; they decide
        nothing.
    obey_futility : bool, optional
        False: trials go on past interim futility boundaries, which non-binding ones allow.

    Raises
    ------
    InputError
        If the events asked for exceed the patients, looks are out of order or don't fit the
        test, or a number is out of its range.

    Examples
    --------
    >>> from oligotrial.trial import Accrual, GroupSequential, LogRank
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> design.resized(60, 45).patients
    60
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> Design(120, plan.looks, plan, Accrual(6.0)).thresholds.looks
    2
    """

    patients: int
    analysis: When | tuple[When, ...]
    test: Test
    accrual: Recruitment
    allocation: tuple[int, int] = (1, 1)
    block_size: int = 4
    dropout_per_month: float | tuple[float, float] = 0.0
    strata: tuple[str, ...] = field(default=())
    imaging: Imaging | tuple[Imaging, Imaging] | None = None
    off_protocol: OffProtocol | None = None
    besides: tuple[Analysis, ...] = ()
    obey_futility: bool = True

    def __post_init__(self) -> None:
        positive_integer(self.patients, "patients")
        for share in self.allocation:
            positive_integer(share, "allocation")
        for rate in self.dropouts:
            non_negative(rate, "dropout_per_month")
        if self.block_size < 1 or self.block_size % sum(self.allocation):
            raise InputError(
                f"{self.block_size} is not a multiple of {sum(self.allocation)}, "
                f"the sum of the allocation {self.allocation[0]}:{self.allocation[1]}",
                where="block_size",
            )
        _check_moments(self.looks, self.patients)
        _check_order(self.looks)
        _check_plan(self.test, self.looks, self.experimental_share)
        _check_observed(observed_rule(self.test), self)
        _ = self.thresholds

    @property
    def looks(self) -> tuple[When, ...]:
        """When each look is made; shape (look,)."""
        return self.analysis if isinstance(self.analysis, tuple) else (self.analysis,)

    @property
    def events(self) -> int:
        """Events that the last look waits for, or else those of the test's plan; 0 for neither."""
        return self.looks[-1].events or planned_events(self.test)

    @cached_property
    def thresholds(self) -> Thresholds:
        """Where the test's statistic ends the trial, as simulated trials obey it.

        Returns
        -------
        Thresholds
            Of a rule that goes by what each trial was seen to have, what is expected; where all
            looks are at events, that is what it will be.
        """
        rule, events = observed_rule(self.test), [moment.events for moment in self.looks]
        if rule is not None and all(isinstance(moment, AtEvents) for moment in self.looks):
            found = expected_thresholds(rule, events)
        else:
            found = thresholds(self.test, len(self.looks))
        return found if self.obey_futility else found.overruled()

    def monitor(self) -> Monitor:
        """Return what decides at the looks of simulated trials.

        Returns
        -------
        Monitor
            For one thread: it remembers what it worked out.
        """
        return monitor(self.test, len(self.looks), obey_futility=self.obey_futility)

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The analysis that decides, then those made besides."""
        return (analysis_of(self.test), *self.besides)

    @property
    def dropouts(self) -> tuple[float, float]:
        """Rate of leaving, a month, in control and experimental arm."""
        given = self.dropout_per_month
        return given if isinstance(given, tuple) else (given, given)

    @property
    def calendars(self) -> tuple[Imaging, Imaging] | None:
        """Imaging of control and experimental arm."""
        given = self.imaging
        return (given, given) if isinstance(given, Imaging) else given

    @property
    def experimental_share(self) -> float:
        """Share of patients allocated to the experimental arm."""
        return self.allocation[1] / sum(self.allocation)

    def resized(self, patients: int, events: int) -> "Design":
        """Return the same design with another number of patients and events.

        Parameters
        ----------
        patients, events : int
            The new numbers; events are those of the last look, or of the test's plan if looks fall
            on dates, and interim looks keep their share of them.

        Returns
        -------
        Design
            A new design; this one is unchanged.
        """
        test = with_events(self.test, events)
        at_events = all(isinstance(moment, AtEvents) for moment in self.looks)
        if isinstance(test, SequentialLogRank) and at_events:
            return replace(self, patients=patients, analysis=test.looks, test=test)
        ratio = events / self.events if self.events else 1.0
        looks = tuple(moment.scaled(ratio) for moment in self.looks)
        analysis = looks if isinstance(self.analysis, tuple) else looks[0]
        return replace(self, patients=patients, analysis=analysis, test=test)


def _check_moments(looks: tuple[When, ...], patients: int) -> None:
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


def _check_order(looks: tuple[When, ...]) -> None:
    for kind, number, unit in _ORDERS:
        placed = [(look, number(m)) for look, m in enumerate(looks, 1) if isinstance(m, kind)]
        for (_, before), (look, after) in pairwise(placed):
            if after <= before:
                raise InputError(
                    f"look {look} at {after:g} {unit} does not come after the one before, at "
                    f"{before:g}; put the looks in order",
                    where="analysis",
                )


def _check_plan(test: object, looks: tuple[When, ...], experimental_share: float) -> None:
    if not isinstance(test, SequentialLogRank):
        return
    timed = [moment.events for moment in looks if isinstance(moment, AtEvents)]
    planned = [moment.events for moment in test.looks]
    if len(timed) == len(looks) and timed != planned:
        raise InputError(
            f"looks at {timed} events don't fit the plan's, at {planned}; give analysis=plan.looks",
            where="analysis",
        )
    _check_share(test, experimental_share)


def _check_observed(rule: Observed | None, design: Design) -> None:
    if rule is None:
        return
    _check_share(rule.plan, design.experimental_share)
    looks = design.looks
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


def _check_share(plan: SequentialLogRank, experimental_share: float) -> None:
    if abs(plan.experimental_share - experimental_share) > 1e-9:
        raise InputError(
            f"the plan has {plan.experimental_share:g} of patients in the experimental arm and "
            f"the allocation {experimental_share:g}; make them equal",
            where="allocation",
        )
