"""What is varied when a trial is sized."""

from dataclasses import dataclass, replace
from typing import Protocol

from oligotrial.checks import fraction, positive, positive_integer
from oligotrial.trial import Design

__all__ = ["AccrualRate", "Dimension", "Events", "Patients"]


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
    """Sample size; events keep their share of the patients.

    Parameters
    ----------
    events_per_patient : float, optional
        Events at the last analysis as a share of the patients; the design's own when left out.
    step : int, optional
        Patients between neighbouring sizes.

    Raises
    ------
    InputError
        If a number is out of its range.

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
        share = self.events_per_patient or design.analysis.events / design.patients
        return design.resized(int(value), max(1, round(share * value)))


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
        If the step is not a whole number of at least 1.

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
        return design.resized(design.patients, int(value))


@dataclass(frozen=True)
class AccrualRate:
    """Patients a month over all centres.

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
        """Return the design with another rate."""
        return replace(design, accrual=replace(design.accrual, rate_per_month=float(value)))
