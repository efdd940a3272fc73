"""What is varied when a trial is sized."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Protocol

from oligotrial.checks import InputError, fraction, positive, positive_integer
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    CentreAccrual,
    Design,
    Earlier,
    Later,
    PeriodAccrual,
    Recruitment,
    UncertainAccrual,
)
from oligotrial.trial.when import When

__all__ = ["AccrualRate", "Dimension", "Events", "FollowUp", "Patients"]


class Dimension(Protocol):
    """A property of a design that is varied in equal steps."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def step(self) -> float:
        """Distance of neighbouring values."""
        ...

    def at(self, design: Design, value: float) -> Design:
        """Return the design with another value."""
        ...


@dataclass(frozen=True)
class Patients:
    """Sample size; events keep their share of the patients, and looks theirs of the events.

    Where neither the last look nor the test has a number of events, looks at events keep their
    share of the patients. A look after the last patient's enrolment (`AfterEnrolment`) stays one
    after the last patient's.

    Parameters
    ----------
    events_per_patient : float, optional
        Events at the last analysis as a share of the patients; the design's own when left out.
    step : int, optional
        Patients between neighbouring sizes.

    Raises
    ------
    InputError
        If a number is out of its range; from `at`, if events are asked for of a design that has
        none.

    Examples
    --------
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> Patients().at(design, 80).analysis.events
    60
    """

    events_per_patient: float | None = None
    step: int = 1

    def __post_init__(self) -> None:
        if self.events_per_patient is not None:
            fraction(self.events_per_patient, "events_per_patient")
        positive_integer(self.step, "step")

    @property
    def name(self) -> str:
        """What tables call it."""
        return "patients"

    def at(self, design: Design, value: float) -> Design:
        """Return the design with another number of patients."""
        patients = positive_integer(value, "patients")
        if self.events_per_patient is not None and not design.events:
            raise InputError(
                "the last look of the design waits for no events; leave it out, or give the look "
                "an AtEvents(events)",
                where="events_per_patient",
            )
        share = self.events_per_patient or design.events / design.patients

        def enrolled(moment: AfterEnrolment) -> AfterEnrolment:
            scaled = round(moment.patients * patients / design.patients)
            return replace(moment, patients=min(max(1, scaled), patients))

        events = max(1, round(share * patients))
        if patients < design.patients:  # nobody waits for a patient who isn't in the trial
            return _after(design, enrolled).resized(patients, events)
        return _after(design.resized(patients, events), enrolled)


@dataclass(frozen=True)
class Events:
    """Events at the last analysis, of the design's own number of patients.

    Parameters
    ----------
    step : int, optional
        Events between neighbouring designs.

    Raises
    ------
    InputError
        If the step is not a whole number of at least 1; from `at`, if the last look doesn't wait
        for events.

    Examples
    --------
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> Events().at(design, 70).patients
    120
    """

    step: int = 1

    def __post_init__(self) -> None:
        positive_integer(self.step, "step")

    @property
    def name(self) -> str:
        """What tables call it."""
        return "events"

    def at(self, design: Design, value: float) -> Design:
        """Return the design with another number of events."""
        events = positive_integer(value, "events")
        if design.events == 0:
            raise InputError(
                "the last look of the design waits for no events; give it an AtEvents(events)",
                where="over",
            )
        return design.resized(design.patients, events)


@dataclass(frozen=True)
class AccrualRate:
    """Patients a month over all centres: of accrual that changes, in its last period.

    Parameters
    ----------
    step : float, optional
        Distance of neighbouring rates.

    Raises
    ------
    InputError
        If the step is not above 0.

    Examples
    --------
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> AccrualRate().at(design, 4.5).accrual.rate_per_month
    4.5
    """

    step: float = 0.1

    def __post_init__(self) -> None:
        positive(self.step, "step")

    @property
    def name(self) -> str:
        """What tables call it."""
        return "patients a month"

    def at(self, design: Design, value: float) -> Design:
        """Return the design with all rates of its accrual in proportion."""
        factor = positive(value, "accrual") / float(design.accrual.expected_rates[-1])
        return replace(design, accrual=_faster(design.accrual, factor))


@dataclass(frozen=True)
class FollowUp:
    """Months from a patient's enrolment, the last one's as a rule, to the look that waits for it.

    Parameters
    ----------
    step : float, optional
        Months between neighbouring designs.

    Raises
    ------
    InputError
        If the step is not above 0; from `at`, if no look is an `AfterEnrolment`.

    Examples
    --------
    >>> from oligotrial.trial import LogRank
    >>> design = Design(120, AfterEnrolment(120, 12.0), LogRank(0.10), Accrual(6.0))
    >>> FollowUp().at(design, 9.0).looks[0].months
    9.0
    """

    step: float = 0.5

    def __post_init__(self) -> None:
        positive(self.step, "step")

    @property
    def name(self) -> str:
        """What tables call it."""
        return "months of follow-up"

    def at(self, design: Design, value: float) -> Design:
        """Return the design with another follow-up."""
        found = _after(design, lambda moment: replace(moment, months=float(value)))
        if found.looks == _after(design, lambda moment: replace(moment, months=value + 1)).looks:
            raise InputError(
                "no look of the design waits for follow-up after an enrolment; give it "
                "analysis=AfterEnrolment(patients, months), or Later of that and AtEvents",
                where="over",
            )
        return found


def _after(design: Design, change: Callable[[AfterEnrolment], AfterEnrolment]) -> Design:
    """Return the design with every `AfterEnrolment` changed, wherever it is."""

    def changed(moment: When) -> When:
        if isinstance(moment, Later | Earlier):
            return replace(moment, moments=tuple(changed(part) for part in moment.moments))
        return change(moment) if isinstance(moment, AfterEnrolment) else moment

    looks = tuple(changed(moment) for moment in design.looks)
    several = isinstance(design.analysis, tuple)
    return (
        design
        if looks == design.looks
        else replace(design, analysis=looks if several else looks[0])
    )


@singledispatch
def _faster(accrual: Recruitment, factor: float) -> Recruitment:  # noqa: ARG001
    raise InputError(f"{type(accrual).__name__} has no rate that could be varied", where="over")


@_faster.register
def _(accrual: Accrual, factor: float) -> Recruitment:
    return replace(accrual, rate_per_month=accrual.rate_per_month * factor)


@_faster.register
def _(accrual: PeriodAccrual, factor: float) -> Recruitment:
    return replace(
        accrual, rates_per_month=tuple(rate * factor for rate in accrual.rates_per_month)
    )


@_faster.register
def _(accrual: CentreAccrual, factor: float) -> Recruitment:
    centres = tuple(
        replace(centre, rate_per_month=centre.rate_per_month * factor) for centre in accrual.centres
    )
    return replace(accrual, centres=centres)


@_faster.register
def _(accrual: UncertainAccrual, factor: float) -> Recruitment:
    return replace(accrual, accrual=_faster(accrual.accrual, factor))
