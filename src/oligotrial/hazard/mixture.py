"""The hazard of a population whose members follow different hazards."""

from dataclasses import dataclass

import numpy as np

from oligotrial.hazard.core import Array, Hazard

__all__ = ["Mixture"]


@dataclass(frozen=True)
class Mixture:
    """A population's marginal hazard: survival is averaged over its groups.

    Parameters
    ----------
    hazard : Hazard
        A hazard whose numpy parameters have the groups on their last axis.
    shares : numpy.ndarray
        Share of each group, summing to 1; shape (groups,).

    Notes
    -----
    Direct standardisation: survival is ``sum_g share_g * S_g(t)``. Times are scalars; the
    result keeps the last axis, with length 1.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> mixed = Mixture(Exponential(np.array([[0.1, 0.3]])), np.array([0.5, 0.5]))
    >>> round(float(np.exp(-mixed.cumulative_hazard(5.0))[0, 0]), 4)
    0.4148
    """

    hazard: Hazard
    shares: np.ndarray

    def log_hazard(self, time: Array) -> Array:
        """Return the log hazard of those still event-free."""
        alive = self._alive(time)
        return np.log(self._total(alive * np.exp(self.hazard.log_hazard(time)))) - np.log(
            self._total(alive)
        )

    def cumulative_hazard(self, time: Array) -> Array:
        """Return minus the log of the population's survival."""
        return -np.log(self._total(self._alive(time)))

    def _alive(self, time: Array) -> Array:
        return self.shares * np.exp(-self.hazard.cumulative_hazard(time))

    @staticmethod
    def _total(values: Array) -> Array:
        return values.sum(axis=-1, keepdims=True)
