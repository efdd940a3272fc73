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
        alive, _ = self._alive(time)
        return np.log(_total(alive * np.exp(self.hazard.log_hazard(time)))) - np.log(_total(alive))

    def cumulative_hazard(self, time: Array) -> Array:
        """Return minus the log of the population's survival."""
        alive, least = self._alive(time)
        return least - np.log(_total(alive))

    def _alive(self, time: Array) -> tuple[Array, Array]:
        """Return survivors by group, relative to those that the best group would have.

        So they don't all vanish in floating point, however late the time.
        """
        cumulative = self.hazard.cumulative_hazard(time)
        least = cumulative.min(axis=-1, keepdims=True)
        return self.shares * np.exp(least - cumulative), least


def _total(values: Array) -> Array:
    return values.sum(axis=-1, keepdims=True)
