"""Effects: wrappers that change one thing about a hazard and combine freely."""

from dataclasses import dataclass

import numpy as np

from oligotrial.hazard.core import Array, Hazard

__all__ = ["Proportional"]


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
