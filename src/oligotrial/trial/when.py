"""When a trial is analysed, as its protocol says it."""

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self, runtime_checkable

import numpy as np

from oligotrial.checks import InputError, non_negative, positive, positive_integer

__all__ = [
    "AfterEnrolment",
    "AtCalendar",
    "AtEvents",
    "Calendar",
    "Due",
    "Earlier",
    "Later",
    "When",
]


class Due(NamedTuple):
    """When some simulated trials are due for a look.

    Parameters
    ----------
    month : numpy.ndarray
        Months from the first day of accrual; shape (trials,).
    most : numpy.ndarray of int64
        Events that the look may see, fewer than there are by that month if several fall on one
        day; shape (trials,).
    """

    month: np.ndarray
    most: np.ndarray


class Calendar(Protocol):
    """What may trigger a look: the calendar of some trials, without what they will show."""

    def event(self, number: int) -> np.ndarray:
        """Return the month of each trial's event of a number, infinite if it never comes."""
        ...

    def enrolled(self, number: int) -> np.ndarray:
        """Return the month in which each trial's patient of a number enters; shape (trials,)."""
        ...


@runtime_checkable
class When(Protocol):
    """A moment that a protocol names: at an event, on a date, or the later of some."""

    def due(self, calendar: Calendar) -> Due:
        """Return when trials are due."""
        ...

    @property
    def events(self) -> int:
        """Events that it waits for; 0 if it doesn't."""
        ...

    @property
    def patients(self) -> int:
        """Patients whose enrolment it waits for; 0 if it doesn't."""
        ...

    def scaled(self, ratio: float) -> "When":
        """Return the same with another number of events, rounded up."""
        ...


_ANY = np.iinfo(np.int64).max


@dataclass(frozen=True)
class AtEvents:
    """The analysis is made on the day of the given event.

    Parameters
    ----------
    events : int
        Events over both arms.

    Raises
    ------
    InputError
        If `events` is not a whole number of at least 1.

    Examples
    --------
    >>> AtEvents(90).events
    90
    """

    events: int

    def __post_init__(self) -> None:
        positive_integer(self.events, "events")

    @property
    def patients(self) -> int:
        """No number of patients is waited for."""
        return 0

    def due(self, calendar: Calendar) -> Due:
        """Return when trials are due: on the day of that event, which is the last one seen."""
        month = calendar.event(self.events)
        return Due(month, np.full(month.shape, self.events))

    def scaled(self, ratio: float) -> "AtEvents":
        """Return the same with another number of events, rounded up."""
        return AtEvents(max(1, int(np.ceil(self.events * ratio - 1e-9))))


@dataclass(frozen=True)
class AtCalendar:
    """The analysis is made a given time after the first day of accrual.

    Parameters
    ----------
    months : float
        Months from the first day of accrual.

    Raises
    ------
    InputError
        If `months` is not above 0.

    Examples
    --------
    >>> AtCalendar(24.0).months
    24.0
    """

    months: float

    def __post_init__(self) -> None:
        positive(self.months, "months")

    @property
    def events(self) -> int:
        """No event is waited for."""
        return 0

    @property
    def patients(self) -> int:
        """No number of patients is waited for."""
        return 0

    def due(self, calendar: Calendar) -> Due:
        """Return when trials are due: all on the same day."""
        shape = calendar.enrolled(1).shape
        return Due(np.full(shape, float(self.months)), np.full(shape, _ANY))

    def scaled(self, ratio: float) -> "AtCalendar":  # noqa: ARG002
        """Return the same: a date doesn't change with the number of events."""
        return self


@dataclass(frozen=True)
class AfterEnrolment:
    """The analysis is made a given time after a given patient entered.

    Parameters
    ----------
    patients : int
        Number of the patient; that of the design for the last one.
    months : float
        Least follow-up of the patients enrolled by then.

    Raises
    ------
    InputError
        If `patients` is not a whole number of at least 1, or `months` is negative.

    Examples
    --------
    >>> Later((AtEvents(90), AfterEnrolment(120, 6.0))).patients
    120
    """

    patients: int
    months: float

    def __post_init__(self) -> None:
        positive_integer(self.patients, "patients")
        non_negative(self.months, "months")

    @property
    def events(self) -> int:
        """No event is waited for."""
        return 0

    def due(self, calendar: Calendar) -> Due:
        """Return when trials are due."""
        month = calendar.enrolled(self.patients) + self.months
        return Due(month, np.full(month.shape, _ANY))

    def scaled(self, ratio: float) -> "AfterEnrolment":  # noqa: ARG002
        """Return the same: it counts patients, not events."""
        return self


@dataclass(frozen=True)
class Several:
    """Some moments, of which one decides.

    Parameters
    ----------
    moments : tuple of When
        Two or more.

    Raises
    ------
    InputError
        If there are fewer than two.
    """

    moments: tuple[When, ...]

    def __post_init__(self) -> None:
        _several(self.moments, type(self).__name__)

    @property
    def events(self) -> int:
        """Most events that one of the moments waits for."""
        return max(moment.events for moment in self.moments)

    @property
    def patients(self) -> int:
        """Most patients whose enrolment one of the moments waits for."""
        return max(moment.patients for moment in self.moments)

    def scaled(self, ratio: float) -> Self:
        """Return the same with other numbers of events, rounded up."""
        return replace(self, moments=tuple(moment.scaled(ratio) for moment in self.moments))


@dataclass(frozen=True)
class Later(Several):
    """The analysis is made when the last of some moments has come.

    Parameters
    ----------
    moments : tuple of When
        Two or more.

    Raises
    ------
    InputError
        If there are fewer than two.

    Examples
    --------
    >>> Later((AtEvents(60), AtCalendar(24.0))).events
    60
    """

    def due(self, calendar: Calendar) -> Due:
        """Return when trials are due; of moments on one day, the one that sees more events."""
        each = [moment.due(calendar) for moment in self.moments]
        month = np.max([due.month for due in each], axis=0)
        seen = [np.where(due.month == month, due.most, 0) for due in each]
        return Due(month, np.max(seen, axis=0))


@dataclass(frozen=True)
class Earlier(Several):
    """The analysis is made when the first of some moments has come.

    Parameters
    ----------
    moments : tuple of When
        Two or more.

    Raises
    ------
    InputError
        If there are fewer than two.

    Examples
    --------
    >>> Earlier((AtEvents(90), AtCalendar(60.0))).events
    90
    """

    def due(self, calendar: Calendar) -> Due:
        """Return when trials are due; of moments on one day, the one that sees fewer events."""
        each = [moment.due(calendar) for moment in self.moments]
        month = np.min([due.month for due in each], axis=0)
        seen = [np.where(due.month == month, due.most, _ANY) for due in each]
        return Due(month, np.min(seen, axis=0))


def _several(moments: tuple[When, ...], name: str) -> None:
    if len(moments) < 2 or not all(isinstance(moment, When) for moment in moments):
        raise InputError(
            f"{moments!r} are not two moments or more; write {name}((AtEvents(60), "
            "AtCalendar(24.0)))",
            where=name,
        )
