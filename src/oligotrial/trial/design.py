"""A two-arm randomised trial as its protocol states it."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from oligotrial.checks import InputError, non_negative, positive_integer
from oligotrial.trial.accrual import Recruitment
from oligotrial.trial.decide import Analysis
from oligotrial.trial.fits import (
    check_besides,
    check_expectations,
    check_moments,
    check_order,
    check_rule,
    fixed_fractions,
)
from oligotrial.trial.imaging import Imaging
from oligotrial.trial.monitor import Monitor, expected_thresholds, monitor
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
from oligotrial.trial.when import AtEvents, When

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
        self._check_numbers()
        if self.block_size < 1 or self.block_size % sum(self.allocation):
            raise InputError(
                f"{self.block_size} is not a multiple of {sum(self.allocation)}, "
                f"the sum of the allocation {self.allocation[0]}:{self.allocation[1]}",
                where="block_size",
            )
        if not hasattr(self.accrual, "expected_rates"):
            raise InputError(
                f"{self.accrual!r} doesn't say how patients come in; give Accrual(5.0)",
                where="accrual",
            )
        check_moments(self.looks, self.patients)
        check_order(self.looks)
        check_rule(self.test, self.looks, self.experimental_share)
        check_besides(self.besides)
        check_expectations(self.analyses, self.looks, self.experimental_share)
        _ = self.thresholds

    def _check_numbers(self) -> None:
        for name in ("patients", "block_size"):
            object.__setattr__(self, name, positive_integer(getattr(self, name), name))
        control, experimental = _pair(self.allocation, "allocation", "patients of both arms")
        shares = (
            positive_integer(control, "allocation"),
            positive_integer(experimental, "allocation"),
        )
        object.__setattr__(self, "allocation", shares)
        if not isinstance(self.dropout_per_month, int | float):
            rates = _pair(self.dropout_per_month, "dropout_per_month", "rates of both arms")
            object.__setattr__(self, "dropout_per_month", rates)
        for rate in self.dropouts:
            non_negative(rate, "dropout_per_month")
        if self.imaging is not None and not isinstance(self.imaging, Imaging):
            calendars = _pair(self.imaging, "imaging", "calendars of both arms")
            if not all(isinstance(calendar, Imaging) for calendar in calendars):
                raise InputError(
                    f"{calendars!r} are not both calendars; give Imaging((8.0,)) for each",
                    where="imaging",
                )
            object.__setattr__(self, "imaging", calendars)

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
            on dates, and interim looks keep their share of them. Where there are none (`events` of
            the design is 0), they are not read, and interim looks keep their share of the patients.

        Returns
        -------
        Design
            A new design; this one is unchanged.
        """
        ratio = events / self.events if self.events else patients / self.patients
        looks = self._looks_at(events, ratio)
        return replace(
            self,
            patients=patients,
            analysis=looks if isinstance(self.analysis, tuple) else looks[0],
            test=_grown(self.test, ratio),
            besides=tuple(analysis_of(_grown(each, ratio)) for each in self.besides),
        )

    def _looks_at(self, events: int, ratio: float) -> tuple[When, ...]:
        """Return the looks of a trial with another number of events."""
        fractions = fixed_fractions(self.test)
        if isinstance(self.test, SequentialLogRank):
            fractions = self.test.rule.fractions
        if fractions and all(isinstance(moment, AtEvents) for moment in self.looks):
            counts = (math.ceil(events * fraction - 1e-9) for fraction in fractions)
            return tuple(AtEvents(max(1, count)) for count in counts)
        return tuple(moment.scaled(ratio) for moment in self.looks)


def _grown(test: Test, ratio: float) -> Test:
    """Return a test with as many times the events of its plan, if it has one."""
    planned = planned_events(test)
    return with_events(test, max(1, round(planned * ratio))) if planned else test


def _pair(given: Any, name: str, what: str) -> tuple[Any, Any]:
    """Return two values, one for each arm."""
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise InputError(
            f"{given!r} is not a pair; give two, the {what}",
            where=name,
        )
    return given[0], given[1]
