"""Effects: wrappers that change one thing about a hazard and combine freely."""

from dataclasses import dataclass

import numpy as np

from oligotrial.hazard.basis import at_any_time
from oligotrial.hazard.core import Array, Hazard

__all__ = ["Accelerated", "Crossing", "Proportional"]


@dataclass(frozen=True)
class Proportional:
    """A hazard multiplied by a hazard ratio at all times.

    Parameters
    ----------
    hazard : Hazard
        What is multiplied.
    log_ratio : array
        Log of the hazard ratio.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> round(float(Proportional(Exponential(0.1), np.log(0.5)).cumulative_hazard(10.0)), 12)
    0.5
    """

    hazard: Hazard
    log_ratio: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return self.hazard.log_hazard(time) + self.log_ratio

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return self.hazard.cumulative_hazard(time) * np.exp(self.log_ratio)


@dataclass(frozen=True)
class Accelerated:
    """Times multiplied by a time ratio: accelerated failure time, ``H(t / ratio)``.

    Parameters
    ----------
    hazard : Hazard
        What runs slower or quicker.
    log_ratio : array
        Log of the time ratio: every quantile of time is multiplied by its exponential, so that
        above 0 patients live longer. The sign of R's ``survreg`` and flexsurv; a log hazard
        ratio has the other one.

    Raises
    ------
    InputError
        If the hazard is known at stored times only.

    Notes
    -----
    Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition,
    section 2.3.3.

    Examples
    --------
    >>> from oligotrial.hazard import LogLogistic, quantile
    >>> slowed = Accelerated(LogLogistic(1.5, 9.0), np.log(2.0))
    >>> round(float(quantile(slowed, 0.5)), 9)
    18.0
    """

    hazard: Hazard
    log_ratio: Array

    def __post_init__(self) -> None:
        at_any_time(self.hazard, "Accelerated")

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return self.hazard.log_hazard(time * np.exp(-self.log_ratio)) - self.log_ratio

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return self.hazard.cumulative_hazard(time * np.exp(-self.log_ratio))


@dataclass(frozen=True)
class Crossing:
    """A hazard ratio that moves from an early to a late one as patients have the event.

    ``ratio(t) = early * late / (late * S(t) + early * (1 - S(t)))`` with the survival `S` of the
    wrapped hazard. If the log ratios differ in sign, the hazards cross. With equal ones the
    hazards are proportional, with ``late_log_ratio = 0`` the effect wears off, with
    ``early_log_ratio = 0`` it builds up.

    Parameters
    ----------
    hazard : Hazard
        Hazard without the effect.
    early_log_ratio, late_log_ratio : array
        Log of the hazard ratio at time 0, and when all had the event.

    Notes
    -----
    Yang and Prentice (2005), Biometrika 92, 1-17, doi:10.1093/biomet/92.1.1, model 2.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> crossing = Crossing(Exponential(0.1), np.log(0.5), np.log(2.0))
    >>> np.exp(crossing.log_hazard(np.array([0.0, 1e3]))).round(9)
    array([0.05, 0.2 ])
    """

    hazard: Hazard
    early_log_ratio: Array
    late_log_ratio: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        changed = self._log_change(self.hazard.cumulative_hazard(time))
        return self.hazard.log_hazard(time) + self.early_log_ratio - changed

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        without = self.hazard.cumulative_hazard(time)
        return np.exp(self.late_log_ratio) * (without + self._log_change(without))

    def _log_change(self, without: Array) -> Array:
        """Return the log of the early over the present hazard ratio."""
        missing = -np.expm1(self.early_log_ratio - self.late_log_ratio)
        return np.log1p(missing * np.expm1(-without))
