"""Baseline hazards, each a frozen dataclass of its parameters.

Only operations that numpy, xarray and PyTensor share are used (arithmetic, ``np.log``,
``np.exp``, comparisons), so that the likelihood, the prediction and the simulation of a
model evaluate one and the same formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError
from oligotrial.hazard.basis import Basis
from oligotrial.hazard.core import Array
from oligotrial.hazard.functions import combined, indicator, log_time

__all__ = ["Exponential", "MSpline", "PiecewiseExponential", "Weibull"]


@dataclass(frozen=True)
class Exponential:
    """A constant hazard.

    Parameters
    ----------
    rate : array
        Events per patient-month.

    Examples
    --------
    >>> float(Exponential(0.1).cumulative_hazard(5.0))
    0.5
    """

    rate: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return np.log(self.rate) + 0.0 * time

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return self.rate * time


@dataclass(frozen=True)
class Weibull:
    """The Weibull hazard, ``H(t) = (t / scale) ** shape``.

    Parameters
    ----------
    shape : array
        Above 1 the hazard rises with time, below 1 it falls.
    scale : array
        Time at which a proportion ``exp(-1)`` is still event-free, months.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, table 2.2, with
    ``lambda = scale ** -shape``. The power is taken by logs: at time 0 its slope in the shape is
    then 0, and not a number that isn't one.

    Examples
    --------
    >>> round(float(Weibull(2.0, 10.0).cumulative_hazard(5.0)), 12)
    0.25
    """

    shape: Array
    scale: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return np.log(self.shape) - log_time(time) + self._log_cumulative(time)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return np.exp(self._log_cumulative(time)) * indicator(time > 0.0)

    def _log_cumulative(self, time: Array) -> Array:
        return self.shape * (log_time(time) - np.log(self.scale))


@dataclass(frozen=True)
class PiecewiseExponential:
    """A hazard that is constant between cut-points.

    Parameters
    ----------
    rates : sequence of array
        Events per patient-month in each piece, one more than there are cut-points.
    cuts : sequence of float
        Increasing times, months, at which the rate changes; a rate holds from its
        cut-point on.

    Raises
    ------
    InputError
        If there isn't one rate more than cut-points.

    Examples
    --------
    >>> round(float(PiecewiseExponential((0.1, 0.2), (5.0,)).cumulative_hazard(7.0)), 12)
    0.9
    """

    rates: Sequence[Array]
    cuts: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.rates) != len(self.cuts) + 1:
            raise InputError(
                f"{len(self.rates)} rates for {len(self.cuts)} cut-points; give one rate more "
                "than cut-points"
            )

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        log_rate = np.log(self.rates[0]) + 0.0 * time
        for cut, before, after in zip(self.cuts, self.rates, self.rates[1:], strict=False):
            log_rate = log_rate + (np.log(after) - np.log(before)) * indicator(time >= cut)
        return log_rate

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        total = self.rates[0] * time
        for cut, before, after in zip(self.cuts, self.rates, self.rates[1:], strict=False):
            total = total + (after - before) * (time - cut) * indicator(time > cut)
        return total


@dataclass(frozen=True)
class MSpline:
    """A smooth hazard: a weighted sum of M-splines, constant beyond the last knot.

    ``h(t) = scale * sum_k weights_k * M_k(t)`` with weights that sum to 1, so that
    `scale` is the cumulative hazard at the last knot.

    Parameters
    ----------
    scale : array
        Cumulative hazard at the last knot.
    weights : sequence of array
        One non-negative weight a basis function, summing to 1.
    basis : Basis
        The spline basis.

    Notes
    -----
    Ramsay (1988), Statistical Science 3, 425-441, doi:10.1214/ss/1177012761, with the
    parameterisation of Jackson (2023), BMC Medical Research Methodology 23, 312,
    doi:10.1186/s12874-023-02094-1.

    Examples
    --------
    >>> from oligotrial.hazard import MSplineBasis
    >>> basis = MSplineBasis(inner=(6.0, 12.0), last=24.0)
    >>> even = MSpline(1.5, [1 / basis.size] * basis.size, basis)
    >>> round(float(even.cumulative_hazard(24.0)), 12)
    1.5
    """

    scale: Array
    weights: Sequence[Array]
    basis: Basis

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return np.log(self.scale) + np.log(combined(self.weights, self.basis.density(time)))

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return self.scale * combined(self.weights, self.basis.cumulative(time))
