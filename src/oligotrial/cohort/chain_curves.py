"""What a reconstruction's chain computes from one level's times: its curve and its counts."""

import numpy as np
from numba import njit

from oligotrial.cohort.work import AT_RISK, EVENTS, SURVIVAL, TIMES_OF, VARIANCE

__all__ = ["counted", "gather", "limits", "mean", "median", "product_limit", "rate"]

# Members of Kind as plain integers, for the compiled comparisons.
_RATE, _RATE_LOWER, _EVENTS, _EVENTS_BY, _AT_RISK = 6, 7, 9, 10, 11

_PLAIN, _LOG = range(2)  # values of Problem.rate_scale and Problem.median_scale

_LOG_HALF = np.log(2.0)
_LOG_LOG_HALF = np.log(_LOG_HALF)
_TIE = 1e-9  # as in oligotrial.estimators.kernels


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    level_of: np.ndarray,
    value: np.ndarray,
    level: int,
    time: np.ndarray,
    event: np.ndarray,
    member_time: np.ndarray,
    member_event: np.ndarray,
) -> int:
    """Fill the times and events of a level's patients and return how many they are.

    Parameters
    ----------
    level_of : numpy.ndarray of int
        The level of each value of the column.
    value : numpy.ndarray of int
        Shape (patient,): the column.
    level : int
        The level.
    time, event : numpy.ndarray
        Shape (patient,), times ascending.
    member_time, member_event : numpy.ndarray
        Filled.

    Returns
    -------
    int
        Patients.
    """
    members = 0
    for i in range(value.shape[0]):
        member_time[members] = time[i]  # without a branch, which is guessed wrong half of the time
        member_event[members] = event[i]
        members += level_of[value[i]] == level
    return members


@njit(cache=True, nogil=True, error_model="numpy")
def product_limit(
    time: np.ndarray, event: np.ndarray, members: int, kind: int, curve: np.ndarray
) -> int:
    """Fill the product-limit estimate and return its number of rows.

    Parameters
    ----------
    time, event : numpy.ndarray
        The first `members` are used, times ascending.
    members : int
        Patients.
    kind : int
        Of events: 1, or 0 where being censored is the event.
    curve : numpy.ndarray
        Shape (5, patient): filled.

    Returns
    -------
    int
        Distinct event times.
    """
    rows, first, survival, variance = 0, 0, 1.0, 0.0
    while first < members:
        now, last, d = time[first], first, 0.0
        while last < members and time[last] == now:
            if event[last] == kind:
                d += 1.0
            last += 1
        if d > 0.0:
            n = float(members - first)
            survival *= (n - d) / n
            variance += d / (n * (n - d)) if d < n else np.nan
            curve[TIMES_OF, rows], curve[SURVIVAL, rows] = now, survival
            curve[VARIANCE, rows] = variance
            curve[AT_RISK, rows], curve[EVENTS, rows] = n, d
            rows += 1
        first = last
    return rows


@njit(cache=True, nogil=True, error_model="numpy")
def median(curve: np.ndarray, rows: int, low: float, high: float) -> float:
    """Return the median; where the curve is flat at 1/2, what is nearest to what is printed.

    Parameters
    ----------
    curve : numpy.ndarray
        From `product_limit`.
    rows : int
        Its rows.
    low, high : float
        What is printed lies between.

    Returns
    -------
    float
        Infinite where it isn't reached.
    """
    for j in range(rows):
        if curve[SURVIVAL, j] < 0.5 - _TIE:
            return float(curve[TIMES_OF, j])
        if curve[SURVIVAL, j] <= 0.5 + _TIE:
            first = curve[TIMES_OF, j]
            last = curve[TIMES_OF, j + 1] if j + 1 < rows else np.inf
            nearest = first
            for value in (last, 0.5 * (first + last)):
                if max(low - value, value - high, 0.0) < max(low - nearest, nearest - high, 0.0):
                    nearest = value
            return float(nearest)
    return np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def mean(curve: np.ndarray, rows: int, until: float) -> tuple[float, float]:
    """Return the mean restricted to a time, and its standard error.

    Parameters
    ----------
    curve : numpy.ndarray
        From `product_limit`.
    rows : int
        Its rows.
    until : float
        The longest time.

    Returns
    -------
    tuple of float
        As `oligotrial.estimators.kernels.mean_until` has them.
    """
    area, variance, right = 0.0, 0.0, until
    for j in range(rows - 1, -1, -1):
        area += curve[SURVIVAL, j] * (right - curve[TIMES_OF, j])
        right = curve[TIMES_OF, j]
        n, d = curve[AT_RISK, j], curve[EVENTS, j]
        if d < n:
            variance += area * area * d / (n * (n - d))
    return area + right, np.sqrt(variance)


@njit(cache=True, nogil=True, error_model="numpy")
def _distance(curve: np.ndarray, j: int, scale: int) -> float:
    """Return how many standard errors survival lies above 1/2, on whatever scale."""
    survival, error = curve[SURVIVAL, j], np.sqrt(curve[VARIANCE, j])  # the error of log S
    if scale == _PLAIN:
        return float((survival - 0.5) / (survival * error))
    hazard = -np.log(survival)
    if scale == _LOG:
        return float((_LOG_HALF - hazard) / error)
    return float((_LOG_LOG_HALF - np.log(hazard)) * hazard / error)


@njit(cache=True, nogil=True, error_model="numpy")
def limits(
    curve: np.ndarray, rows: int, at_events: bool, scale: int, z: float
) -> tuple[float, float]:
    """Return the limits of the median.

    Parameters
    ----------
    curve : numpy.ndarray
        From `product_limit`.
    rows : int
        Its rows.
    at_events : bool
        As `oligotrial.estimators.kernels.median_limits` has them; or the times at which the
        band's edges come down to 1/2.
    scale : int
        As in `Problem.median_scale`.
    z : float
        Normal quantile of the interval.

    Returns
    -------
    tuple of float
        Infinite where there is none.
    """
    lower, upper, middle = np.inf, np.inf, np.inf
    for j in range(rows):
        now, distance = curve[TIMES_OF, j], _distance(curve, j, scale)
        if not at_events:
            if lower == np.inf and distance <= z:
                lower = now
            if distance <= -z:
                return lower, now
            continue
        if middle == np.inf and not distance > _TIE:
            middle = now
        if abs(distance) > z * (1.0 + _TIE):
            if distance < 0.0:
                break
            continue
        lower = min(lower, now)
        upper = now
    if not at_events:
        return lower, np.inf
    if upper == np.inf:
        return middle, middle
    return min(lower, middle), max(upper, middle) if middle < np.inf else upper


@njit(cache=True, nogil=True, error_model="numpy")
def rate(kind: int, at: float, scale: int, z: float, curve: np.ndarray, rows: int) -> float:
    """Return survival at a time or a limit of it, percent.

    Parameters
    ----------
    kind : int
        Which of them: a `Kind`.
    at : float
        Months.
    scale : int
        As in `Problem.rate_scale`.
    z : float
        Normal quantile of the interval.
    curve : numpy.ndarray
        From `product_limit`.
    rows : int
        Its rows.

    Returns
    -------
    float
        From 0 to 100.
    """
    row = -1
    while row + 1 < rows and curve[TIMES_OF, row + 1] <= at:
        row += 1
    if row < 0:
        return 100.0
    value = curve[SURVIVAL, row]
    if kind == _RATE or value <= 0.0 or value >= 1.0:
        return float(100.0 * value)
    # Standard error of log S; times S, of S itself.
    error = (-z if kind == _RATE_LOWER else z) * np.sqrt(curve[VARIANCE, row])
    if scale == _PLAIN:
        return float(100.0 * min(max(value * (1.0 + error), 0.0), 1.0))
    if scale == _LOG:
        return float(100.0 * min(value * np.exp(error), 1.0))
    logarithm = np.log(value)
    return float(100.0 * np.exp(logarithm * np.exp(error / logarithm)))


@njit(cache=True, nogil=True, error_model="numpy")
def counted(kind: int, at: float, time: np.ndarray, event: np.ndarray, members: int) -> float:
    """Return a number of patients at risk or of events.

    Parameters
    ----------
    kind : int
        Which of them: a `Kind`.
    at : float
        Months.
    time, event : numpy.ndarray
        The first `members` are used, times ascending.
    members : int
        Patients.

    Returns
    -------
    float
        A whole number.
    """
    total = 0
    for i in range(members):
        if kind == _AT_RISK:
            total += time[i] >= at
        elif kind == _EVENTS or time[i] <= at:
            total += event[i]
    return float(total)
