"""What a posterior is asked for: a number of a hazard, as a value; and how two are compared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from oligotrial import hazard as hazards
from oligotrial.checks import non_negative, positive, probability
from oligotrial.hazard import Hazard

__all__ = [
    "DIFFERENCE",
    "MEDIAN",
    "RATIO",
    "Comparison",
    "CumulativeHazard",
    "HazardRate",
    "Measure",
    "Quantile",
    "RestrictedMean",
    "Survival",
    "survival_at",
]


class Measure(Protocol):
    """A number of a hazard; a frozen dataclass."""

    name: ClassVar[str]

    @property
    def at(self) -> float:
        """The time or probability that it is about."""
        ...

    def of(self, hazard: Hazard) -> np.ndarray:
        """Return the number, shaped as the hazard's parameters."""
        ...


@dataclass(frozen=True)
class AtMonths:
    """What is measured at one time.

    Parameters
    ----------
    months : float
        The time.
    """

    months: float

    def __post_init__(self) -> None:
        non_negative(self.months, "months")

    @property
    def at(self) -> float:
        """The time, months."""
        return self.months


@dataclass(frozen=True)
class Survival(AtMonths):
    """The proportion event-free at a time: a milestone rate.

    Parameters
    ----------
    months : float
        The time.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> round(float(Survival(10.0).of(Exponential(0.1))), 4)
    0.3679
    """

    name: ClassVar[str] = "survival"

    def of(self, hazard: Hazard) -> np.ndarray:
        """Return the proportion event-free."""
        return np.asarray(hazards.survival(hazard, self.months))


@dataclass(frozen=True)
class HazardRate(AtMonths):
    """The hazard at a time, per month.

    Parameters
    ----------
    months : float
        The time.
    """

    name: ClassVar[str] = "hazard"

    def of(self, hazard: Hazard) -> np.ndarray:
        """Return the hazard."""
        return np.asarray(np.exp(hazard.log_hazard(self.months)))


@dataclass(frozen=True)
class CumulativeHazard(AtMonths):
    """The hazard integrated from 0 to a time.

    Parameters
    ----------
    months : float
        The time.
    """

    name: ClassVar[str] = "cumulative hazard"

    def of(self, hazard: Hazard) -> np.ndarray:
        """Return the cumulative hazard."""
        return np.asarray(hazard.cumulative_hazard(self.months))


@dataclass(frozen=True)
class Quantile:
    """The time by which a proportion of patients has had the event, months.

    Parameters
    ----------
    share : float
        The proportion, in (0, 1). Infinite times are proportions that are never reached.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> round(float(MEDIAN.of(Exponential(np.log(2) / 9))), 6)
    9.0
    """

    share: float
    name: ClassVar[str] = "quantile"

    def __post_init__(self) -> None:
        probability(self.share, "share")

    @property
    def at(self) -> float:
        """The proportion with the event."""
        return self.share

    def of(self, hazard: Hazard) -> np.ndarray:
        """Return the time."""
        return np.asarray(hazards.quantile(hazard, self.share))


MEDIAN = Quantile(0.5)


@dataclass(frozen=True)
class RestrictedMean:
    """The restricted mean survival time: the area under survival up to a time, months.

    Parameters
    ----------
    until_months : float
        Where the mean is restricted.
    """

    until_months: float
    name: ClassVar[str] = "restricted mean"

    def __post_init__(self) -> None:
        positive(self.until_months, "until_months")

    @property
    def at(self) -> float:
        """Where the mean is restricted, months."""
        return self.until_months

    def of(self, hazard: Hazard) -> np.ndarray:
        """Return the restricted mean."""
        return np.asarray(hazards.rmst(hazard, self.until_months))


def survival_at(months: Iterable[float]) -> tuple[Survival, ...]:
    """Return the measures of a survival curve.

    Parameters
    ----------
    months : iterable of float
        Times.

    Returns
    -------
    tuple of Survival
        One a time.

    Examples
    --------
    >>> survival_at([12, 24])
    (Survival(months=12.0), Survival(months=24.0))
    """
    return tuple(Survival(float(month)) for month in months)


@dataclass(frozen=True)
class Comparison:
    """How a measure of one group is compared with that of another.

    Parameters
    ----------
    name : str
        What tables call it.
    of : callable
        Takes the first's draws and the second's.
    none : float
        Its value when the two don't differ.
    """

    name: str
    of: Callable[[np.ndarray, np.ndarray], np.ndarray]
    none: float


def _ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(first / second)


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(first - second)


DIFFERENCE = Comparison("difference", _difference, 0.0)
RATIO = Comparison("ratio", _ratio, 1.0)
