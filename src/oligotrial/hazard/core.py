"""The protocol every hazard keeps, and what follows from it for all of them."""

from dataclasses import fields, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from oligotrial.checks import probability as in_unit_interval

__all__ = ["Array", "Hazard", "log_likelihood", "quantile", "rmst", "survival", "taken"]

type Array = Any
"""A numpy array, an xarray DataArray or a PyTensor tensor: hazards are written once for all."""


@runtime_checkable
class Hazard(Protocol):
    """What can be fitted, predicted from and simulated.

    Parameters of a hazard and the times given to it broadcast against each other:
    plain numpy rules for arrays, named dimensions for xarray, symbolic for PyTensor.
    Times are months and at least 0; a cumulative hazard is 0 at time 0.
    """

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard, per month, at each time."""
        ...

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        ...


def survival(hazard: Hazard, time: Array) -> Array:
    """Return the probability of being event-free at each time, ``exp(-H(t))``.

    Parameters
    ----------
    hazard : Hazard
        Any hazard.
    time : array
        Times in months.

    Returns
    -------
    array
        Probabilities, broadcast over times and parameters.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> round(float(survival(Exponential(0.1), 10.0)), 4)
    0.3679
    """
    return np.exp(-hazard.cumulative_hazard(time))


def log_likelihood(
    hazard: Hazard,
    time: Array,
    event: Array,
    entry: Array | None = None,
    *,
    lower: Array | None = None,
    interval: Array | None = None,
) -> Array:
    """Return each patient's log-likelihood, for every kind of censoring and delayed entry.

    ``event * log h(t) - H(t) + H(entry)`` where a time is exact or right-censored: Klein and
    Moeschberger (2003), Survival Analysis, 2nd edition, section 3.5, equation 3.5.1. Where the
    event fell between two times, ``log(S(lower) - S(time)) + H(entry)``; left censoring is a
    lower time of 0.

    Parameters
    ----------
    hazard : Hazard
        The hazard of each patient.
    time : array
        Time of event or of censoring, months; the upper time where the event is between two.
    event : array
        1 where the event was seen, 0 where the time is censored.
    entry : array, optional
        Time from which a patient was under observation, months; 0 when left out.
    lower : array, optional
        Time until which the event is known not to have happened, where it is between two times;
        0 for all others.
    interval : array, optional
        1 where the event is between two times, 0 elsewhere; goes with `lower`.

    Returns
    -------
    array
        One log-likelihood a patient.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> float(log_likelihood(Exponential(0.5), 2.0, 0.0))
    -1.0
    >>> within = log_likelihood(Exponential(0.5), 4.0, 1.0, lower=2.0, interval=1.0)
    >>> bool(np.isclose(within, np.log(np.exp(-1.0) - np.exp(-2.0))))
    True
    """
    cumulative = hazard.cumulative_hazard(time)
    total = event * hazard.log_hazard(time) - cumulative
    if lower is not None and interval is not None:
        before = hazard.cumulative_hazard(lower)
        gap = interval * (cumulative - before) + (1.0 - interval)  # finite where it isn't used
        within = -before + np.log(-np.expm1(-gap))
        total = (1.0 - interval) * total + interval * within
    return total if entry is None else total + hazard.cumulative_hazard(entry)


def quantile(
    hazard: Hazard, probability: float, *, longest_months: float = 1e6, steps: int = 48
) -> Array:
    """Return the time by which a proportion of patients has had the event.

    Bisection on the cumulative hazard, which is increasing, for all parameters at once.

    Parameters
    ----------
    hazard : Hazard
        A hazard of numpy or xarray parameters.
    probability : float
        Proportion with the event, in (0, 1); 0.5 for the median.
    longest_months : float, optional
        Where the search ends.
    steps : int, optional
        Halvings of the log of the search range, which starts at a billionth of a month; 48
        leave a relative error of 1e-13.

    Returns
    -------
    array
        Months, shaped as the parameters; infinite where survival doesn't fall so low within
        the search range.

    Raises
    ------
    InputError
        If the proportion isn't between 0 and 1.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> quantile(Exponential(np.log(2) / np.array([9.0, np.inf])), 0.5).round(6)
    array([ 9., inf])
    """
    target = -np.log1p(-in_unit_interval(probability, "probability"))
    none = 0.0 * hazard.cumulative_hazard(1.0)
    low, high = none + np.log(1e-9), none + np.log(longest_months)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        later = hazard.cumulative_hazard(np.exp(middle)) < target
        low, high = low + later * (middle - low), middle + later * (high - middle)
    reached = hazard.cumulative_hazard(longest_months) >= target
    with np.errstate(divide="ignore"):
        return np.exp(0.5 * (low + high)) / reached


def rmst(hazard: Hazard, until_months: float, *, nodes: int = 64) -> Array:
    """Return the restricted mean survival time, the area under survival up to a time.

    Gauss-Legendre quadrature of the survival function. Where the hazard jumps, the error is
    at most about ``until_months / nodes ** 2``; elsewhere it is far smaller.

    Parameters
    ----------
    hazard : Hazard
        A hazard of numpy or xarray parameters.
    until_months : float
        Where the mean is restricted, months.
    nodes : int, optional
        Quadrature nodes.

    Returns
    -------
    array
        Months, shaped as the parameters.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> round(float(rmst(Exponential(0.1), 10.0)), 6)
    6.321206
    """
    points, weights = np.polynomial.legendre.leggauss(nodes)
    times = 0.5 * until_months * (points + 1.0)
    total: Array = 0.0
    for time, weight in zip(times, weights, strict=True):
        total = total + 0.5 * until_months * weight * survival(hazard, time)
    return total


def taken[H: Hazard](hazard: H, draws: np.ndarray) -> H:
    """Return a hazard with some of its draws.

    Parameters
    ----------
    hazard : Hazard
        A frozen dataclass whose arrays, and those of the hazards it wraps, have draws on
        their first of two axes; arrays of another shape are kept as they are.
    draws : numpy.ndarray of int
        Which draws.

    Returns
    -------
    Hazard
        Of the same kind.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> taken(Exponential(np.array([[0.1], [0.2], [0.3]])), np.array([0, 2])).rate.ravel()
    array([0.1, 0.3])
    """
    parts = {field.name: _taken(getattr(hazard, field.name), draws) for field in fields(hazard)}  # type: ignore[arg-type]
    return replace(hazard, **parts)  # type: ignore[type-var]


def _taken(part: Array, draws: np.ndarray) -> Array:
    if isinstance(part, Hazard):
        return taken(part, draws)
    if isinstance(part, list | tuple):
        return type(part)(_taken(each, draws) for each in part)
    several = isinstance(part, np.ndarray) and part.ndim == 2 and part.shape[0] > 1
    return part[draws] if several else part
