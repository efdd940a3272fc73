"""Compiled kernels of the classical estimators, over one table of risk sets.

Every estimator starts from the same table: the distinct event times, and at each of them
how many patients of each group were at risk and how many had the event. `risk_sets` makes
it in one pass over sorted times; the product-limit estimate, the log-rank test and the
rest read it. Arrays are filled in place, so that a loop that evaluates them a million times
allocates nothing. Nothing is validated here: the public functions do that.

Klein and Moeschberger (2003), Survival Analysis, 2nd edition, is cited as KM below.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.score_kernels import fill_score, quadratic_form

__all__ = [
    "fill_log_log_distance",
    "fill_plain_distance",
    "fill_product_limit",
    "fill_risk_sets",
    "fill_score",
    "mean_until",
    "median_limits",
    "median_times",
    "quadratic_form",
]

_LOG_LOG_HALF = np.log(np.log(2.0))

_TIE = 1e-9  # products of ratios that should equal 1/2 miss it by a few units of rounding


@njit(cache=True, nogil=True, error_model="numpy")
def fill_risk_sets(
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    times: np.ndarray,
    at_risk: np.ndarray,
    events: np.ndarray,
) -> int:
    """Fill the table of risk sets and return its number of rows.

    Parameters
    ----------
    time, event, group : numpy.ndarray
        Shape (patient,): times in ascending order, 1 for an event or 0 for censored, and
        the group's number from 0.
    times : numpy.ndarray
        Filled with the distinct event times; at least as long as there are patients.
    at_risk, events : numpy.ndarray
        Shape (row, group): filled with the patients whose time is not below the event time,
        and the events at it.

    Returns
    -------
    int
        Number of distinct event times.

    Notes
    -----
    A patient censored at an event time is counted as at risk at it: KM section 4.2.
    """
    patients, groups = time.shape[0], at_risk.shape[1]
    for k in range(groups):
        at_risk[0, k] = 0
    for i in range(patients):
        at_risk[0, group[i]] += 1
    row, first = 0, 0
    while first < patients:
        last = _end_of_tie(time, first)
        seen = 0
        for i in range(first, last):
            seen += event[i]
        if seen > 0:
            times[row] = time[first]
            _count_events(event, group, first, last, events, row)
            if row + 1 == at_risk.shape[0]:
                return row + 1
            for k in range(groups):
                at_risk[row + 1, k] = at_risk[row, k]
            row += 1
        for i in range(first, last):
            at_risk[row, group[i]] -= 1
        first = last
    return row


@njit(cache=True, nogil=True, error_model="numpy")
def _count_events(
    event: np.ndarray, group: np.ndarray, first: int, last: int, events: np.ndarray, row: int
) -> None:
    # The row goes in as a number: a slice in an inner loop costs more than the loop.
    for k in range(events.shape[1]):
        events[row, k] = 0
    for i in range(first, last):
        events[row, group[i]] += event[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _end_of_tie(time: np.ndarray, first: int) -> int:
    last = first + 1
    while last < time.shape[0] and time[last] == time[first]:
        last += 1
    return last


@njit(cache=True, nogil=True, error_model="numpy")
def fill_product_limit(
    at_risk: np.ndarray, events: np.ndarray, survival: np.ndarray, variance: np.ndarray
) -> None:
    """Fill the Kaplan-Meier estimate and its Greenwood variance.

    Parameters
    ----------
    at_risk, events : numpy.ndarray
        Shape (row,): one group's columns of the table of risk sets.
    survival, variance : numpy.ndarray
        Shape (row,): filled; the variance is NaN once the estimate is 0.

    Notes
    -----
    KM equations 4.2.1 and 4.2.2.
    """
    proportion, hazard_variance = 1.0, 0.0
    for j in range(at_risk.shape[0]):
        n, d = at_risk[j], events[j]
        if d > 0:
            proportion *= (n - d) / n
            hazard_variance += d / (n * (n - d)) if d < n else np.nan
        survival[j] = proportion
        variance[j] = proportion * proportion * hazard_variance


@njit(cache=True, nogil=True, error_model="numpy")
def median_times(times: np.ndarray, survival: np.ndarray) -> tuple[float, float]:
    """Return the first times at which survival is at most 1/2 and below 1/2.

    They differ where the curve is flat at exactly 1/2, where every time between them is a
    median. Infinite where the curve never falls so low.

    Parameters
    ----------
    times, survival : numpy.ndarray
        Shape (row,): event times and the product-limit estimate at them.

    Returns
    -------
    tuple of float
        The two times.
    """
    at_most, below = np.inf, np.inf
    for j in range(times.shape[0]):
        if at_most == np.inf and survival[j] <= 0.5 + _TIE:
            at_most = times[j]
        if survival[j] < 0.5 - _TIE:
            below = times[j]
            break
    return at_most, below


@njit(cache=True, nogil=True, error_model="numpy")
def fill_plain_distance(
    events: np.ndarray, survival: np.ndarray, variance: np.ndarray, distance: np.ndarray
) -> None:
    """Fill how many standard errors survival lies above 1/2, on its own scale.

    Parameters
    ----------
    events, survival, variance : numpy.ndarray
        Shape (row,): events, the product-limit estimate and its Greenwood variance.
    distance : numpy.ndarray
        Shape (row,): filled in rows with events; NaN where the estimate is 0.

    Notes
    -----
    KM equation 4.5.5.
    """
    for j in range(survival.shape[0]):
        if events[j] > 0:
            distance[j] = (survival[j] - 0.5) / np.sqrt(variance[j])


@njit(cache=True, nogil=True, error_model="numpy")
def fill_log_log_distance(
    events: np.ndarray, survival: np.ndarray, variance: np.ndarray, distance: np.ndarray
) -> None:
    """Fill how many standard errors survival lies above 1/2, on the scale log(-log S).

    Parameters
    ----------
    events, survival, variance : numpy.ndarray
        Shape (row,): events, the product-limit estimate and its Greenwood variance.
    distance : numpy.ndarray
        Shape (row,): filled in rows with events; NaN where the estimate is 0.

    Notes
    -----
    KM equation 4.5.6.
    """
    for j in range(survival.shape[0]):
        if events[j] > 0:
            value = survival[j]
            slope = -value * np.log(value)
            distance[j] = (_LOG_LOG_HALF - np.log(-np.log(value))) * slope / np.sqrt(variance[j])


@njit(cache=True, nogil=True, error_model="numpy")
def median_limits(
    times: np.ndarray, events: np.ndarray, distance: np.ndarray, z: float
) -> tuple[float, float]:
    """Return the first and last event time that the sign test does not refuse as the median.

    Parameters
    ----------
    times, events, distance : numpy.ndarray
        Shape (row,): event times, events of the group at them, and how many standard errors
        survival lies above 1/2 on whatever scale.
    z : float
        Normal quantile of the interval's level.

    Returns
    -------
    tuple of float
        Times in the units given; infinite where no event time is left and none is a median.

    Notes
    -----
    Where the estimate is 0 Greenwood's variance is undefined, so that the test can't refuse
    that time; it is kept unless an earlier time was refused for too low a survival. The
    median itself is never refused.
    """
    lower, upper, middle, too_low = np.inf, np.inf, np.inf, False
    for j in range(times.shape[0]):
        if events[j] == 0:
            continue
        if middle == np.inf and not distance[j] > _TIE:
            middle = times[j]
        if too_low or abs(distance[j]) > z * (1.0 + _TIE):
            too_low = too_low or distance[j] < 0.0
            continue
        lower = min(lower, times[j])
        upper = times[j]
    if upper == np.inf:
        return middle, middle
    return min(lower, middle), max(upper, middle) if middle < np.inf else upper


@njit(cache=True, nogil=True, error_model="numpy")
def mean_until(
    times: np.ndarray,
    at_risk: np.ndarray,
    events: np.ndarray,
    survival: np.ndarray,
    until: float,
) -> tuple[float, float]:
    """Return the mean restricted to a time and its variance.

    Parameters
    ----------
    times, at_risk, events, survival : numpy.ndarray
        Shape (row,): one group's table of risk sets and its product-limit estimate.
    until : float
        Where the area under the curve ends.

    Returns
    -------
    tuple of float
        The mean and its variance.

    Notes
    -----
    KM equations 4.5.1 and 4.5.2, without the correction ``d / (d - 1)`` of some programs.
    """
    area, variance, right = 0.0, 0.0, until
    for j in range(times.shape[0] - 1, -1, -1):
        if times[j] > until:
            continue
        area += survival[j] * (right - times[j])
        right = times[j]
        n, d = at_risk[j], events[j]
        if 0 < d < n:
            variance += area * area * d / (n * (n - d))
    return area + right, variance
