"""The median of a Kaplan-Meier curve, by the conventions of R and of MedCalc."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from oligotrial import checks
from oligotrial.estimators.arrays import RiskSets, risk_sets, survival_arrays
from oligotrial.estimators.kernels import median_limits, median_times

__all__ = ["Median", "MedianSet", "median", "median_set"]


@dataclass(frozen=True)
class Median:
    """A median with confidence limits; infinite where it isn't reached.

    Parameters
    ----------
    value, lower, upper : float
        In the unit of the times.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class MedianSet:
    """Every time that is a median, and every event time not refused as one.

    Parameters
    ----------
    first, last : float
        First times at which survival is at most and below 1/2. They differ only where the
        curve is flat at exactly 1/2; infinite where it never falls so low.
    lower, upper : float
        First and last event time not refused as the median; infinite where there is none.
    """

    first: float
    last: float
    lower: float
    upper: float


def median(time: ArrayLike, event: ArrayLike, *, level: float = 0.95) -> Median:
    """Return the median as R's ``survfit(conf.type = "plain")`` prints it.

    The median is the first time at which survival is below 1/2, or half-way along the curve's
    flat piece where that lies at exactly 1/2. A limit is the first time at which the
    pointwise plain confidence band's edge comes down to 1/2.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    Median
        In the unit of `time`; infinite where R says NA.

    Raises
    ------
    InputError
        If an array or the level is not valid.

    See Also
    --------
    median_set : MedCalc's convention, whose upper limit is one event time earlier.

    Examples
    --------
    >>> median([2, 4, 6, 8], [1, 1, 1, 0]).value
    5.0
    """
    z = norm.isf((1.0 - checks.probability(level, "level")) / 2.0)
    table = _table(time, event)
    survival, variance = table.product_limit()
    first, last = median_times(table.times, survival)
    flat = np.isfinite(last) and last > first
    margin = z * np.sqrt(variance)
    return Median(
        0.5 * (first + last) if flat else first,
        _first(table.times, survival - margin),
        _first(table.times, survival + margin),
    )


def median_set(time: ArrayLike, event: ArrayLike, *, level: float = 0.95) -> MedianSet:
    """Return the median and its Brookmeyer-Crowley interval as MedCalc prints them.

    MedCalc's median is the first time at which survival is at most 1/2 (`first`), and its
    limits are the first and last event times t with ``(S(t) - 1/2)^2 <= z^2 Var S(t)``.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    MedianSet
        In the unit of `time`.

    Raises
    ------
    InputError
        If an array or the level is not valid.

    Notes
    -----
    Brookmeyer and Crowley (1982), Biometrics 38, 29-41, doi:10.2307/2530286; Klein and
    Moeschberger (2003), Survival Analysis, 2nd edition, equation 4.5.5. Where the estimate is
    0 Greenwood's variance is undefined and the test can't refuse that time; it is kept unless
    an earlier one was refused for too low a survival. That MedCalc does so is inferred from a
    published 12.3 (7.3 to 12.7) of three patients: doi:10.3390/jpm14080805, section 3.2.

    Examples
    --------
    >>> interval = median_set([7.3, 12.3, 12.7], [1, 1, 1])
    >>> interval.first, interval.lower, interval.upper
    (12.3, 7.3, 12.7)
    """
    z = norm.isf((1.0 - checks.probability(level, "level")) / 2.0)
    table = _table(time, event)
    survival, variance = table.product_limit()
    return MedianSet(
        *median_times(table.times, survival),
        *median_limits(table.times, table.events[:, 0], survival, variance, z),
    )


def _table(time: ArrayLike, event: ArrayLike) -> RiskSets:
    return risk_sets(*survival_arrays(time, event))


def _first(times: np.ndarray, edge: np.ndarray) -> float:
    reached = edge <= 0.5 + 1e-8
    return float(times[np.argmax(reached)]) if reached.any() else np.inf
