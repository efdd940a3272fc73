"""Compiled kernels of the Turnbull estimator: the likelihood of masses on a row of intervals.

Patients of pattern i, `count[i]` of them, have the event in intervals `first[i]` to `last[i]`, both
included; F is the cumulated mass, with F[0] = 0 before the first interval and F[m] = 1 after the
last, so that the likelihood of each is ``F[last_i + 1] - F[first_i]``.
"""

import numpy as np
from numba import njit

__all__ = ["climb", "fill_slopes", "fit_masses", "log_likelihood"]

_MOST_HALVINGS = 5  # near the end a likelihood's rounding hides its rise, and halving is in vain


@njit(cache=True, nogil=True, error_model="numpy")
def log_likelihood(
    cumulated: np.ndarray, first: np.ndarray, last: np.ndarray, count: np.ndarray
) -> float:
    """Return the log-likelihood of cumulated masses.

    Parameters
    ----------
    cumulated : numpy.ndarray
        Shape (interval + 1,): from 0 to 1, ascending.
    first, last : numpy.ndarray of int
        Shape (pattern,): the intervals in which the event can lie.
    count : numpy.ndarray
        Shape (pattern,): how many patients have the pattern.

    Returns
    -------
    float
        Minus infinity where a patient is left without mass.
    """
    total = 0.0
    for i in range(first.shape[0]):
        share = cumulated[last[i] + 1] - cumulated[first[i]]
        if share <= 0.0:
            return -np.inf
        total += count[i] * np.log(share)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fill_slopes(
    cumulated: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    count: np.ndarray,
    slope: np.ndarray,
    curvature: np.ndarray,
) -> None:
    """Fill minus the derivatives of the log-likelihood by each cumulated mass.

    Parameters
    ----------
    cumulated, first, last, count : numpy.ndarray
        As for `log_likelihood`.
    slope, curvature : numpy.ndarray
        Shape (interval + 1,): filled with minus the first and the second derivative. The cumulated
        sum of `slope` is the derivative by each interval's mass.
    """
    for k in range(slope.shape[0]):
        slope[k] = 0.0
        curvature[k] = 0.0
    for i in range(first.shape[0]):
        inverse = 1.0 / (cumulated[last[i] + 1] - cumulated[first[i]])
        steep = count[i] * inverse
        slope[first[i]] += steep
        slope[last[i] + 1] -= steep
        curvature[first[i]] += steep * inverse
        curvature[last[i] + 1] += steep * inverse


@njit(cache=True, nogil=True, error_model="numpy")
def fit_masses(
    cumulated: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    count: np.ndarray,
    tolerance: float,
    most: int,
) -> tuple[float, int]:
    """Climb to the largest likelihood from given cumulated masses, all of them positive.

    Parameters
    ----------
    cumulated : numpy.ndarray
        Shape (interval + 1,): the start; overwritten with the estimate.
    first, last, count : numpy.ndarray
        As for `log_likelihood`.
    tolerance : float
        Ends at a `gap` of at most this.
    most : int
        Largest number of iterations.

    Returns
    -------
    tuple of (float, int)
        The gap and the number of iterations. The gap bounds how far the mean log-likelihood is
        below its maximum: the largest derivative by a mass, divided by the number of patients,
        minus 1 (Gentleman and Geyer 1994, doi:10.1093/biomet/81.3.618).

    Notes
    -----
    A step of Turnbull's self-consistency (EM) and one of the iterative convex minorant in turn, as
    Wellner and Zhan (1997), JASA 92, 945-959, doi:10.1080/01621459.1997.10474049.
    """
    room = np.empty((4, cumulated.shape[0]))
    sizes = np.empty(cumulated.shape[0], dtype=np.int64)
    return climb(cumulated, first, last, count, tolerance, most, room, sizes)


@njit(cache=True, nogil=True, error_model="numpy")
def climb(
    cumulated: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    count: np.ndarray,
    tolerance: float,
    most: int,
    room: np.ndarray,
    sizes: np.ndarray,
) -> tuple[float, int]:
    """Climb as `fit_masses` does, within given room.

    Parameters
    ----------
    cumulated, first, last, count : numpy.ndarray
        As for `fit_masses`.
    tolerance : float
        Ends at a gap of at most this.
    most : int
        Largest number of iterations.
    room : numpy.ndarray
        Room to work in; shape (4, at least interval + 1).
    sizes : numpy.ndarray of int64
        Likewise; shape (at least interval + 1,).

    Returns
    -------
    tuple of (float, int)
        The gap and the number of iterations.
    """
    intervals, patients = cumulated.shape[0] - 1, count.sum()
    slope, curvature = room[0, : intervals + 1], room[1, : intervals + 1]
    trial = room[2, : intervals + 1]
    trial[:] = cumulated
    gap = np.inf
    for iteration in range(most):
        fill_slopes(cumulated, first, last, count, slope, curvature)
        gap = _self_consistent(cumulated, slope, patients)
        if gap <= tolerance:
            return gap, iteration
        fill_slopes(cumulated, first, last, count, slope, curvature)
        for k in range(1, intervals):
            trial[k] = cumulated[k] - slope[k] / curvature[k]
        _make_monotone(trial, curvature, room[3], sizes)
        _move(cumulated, trial, first, last, count)
    return gap, most


@njit(cache=True, nogil=True, error_model="numpy")
def _self_consistent(cumulated: np.ndarray, slope: np.ndarray, patients: float) -> float:
    # Multiplies each mass by its mean derivative; the gap is that of the masses before.
    derivative, before, total, gap = 0.0, 0.0, 0.0, -1.0
    for j in range(cumulated.shape[0] - 1):
        derivative += slope[j]
        share = derivative / patients
        gap = max(gap, share - 1.0)
        mass = cumulated[j + 1] - before
        before = cumulated[j + 1]
        total += mass * max(share, 0.0)
        cumulated[j + 1] = total
    for j in range(1, cumulated.shape[0]):
        cumulated[j] /= total
    return gap


@njit(cache=True, nogil=True, error_model="numpy")
def _make_monotone(
    values: np.ndarray, weights: np.ndarray, height: np.ndarray, size: np.ndarray
) -> None:
    # Weighted isotonic regression of the inner values, within 0 and 1: pools adjacent violators.
    # Overwrites the weights, of which a block's place is always one that was read already.
    inner = values.shape[0] - 2
    blocks = 0
    for k in range(1, inner + 1):
        height[blocks], weights[blocks], size[blocks] = values[k], weights[k], 1
        blocks += 1
        while blocks > 1 and height[blocks - 2] >= height[blocks - 1]:
            both = weights[blocks - 2] + weights[blocks - 1]
            height[blocks - 2] = (
                weights[blocks - 2] * height[blocks - 2] + weights[blocks - 1] * height[blocks - 1]
            ) / both
            weights[blocks - 2] = both
            size[blocks - 2] += size[blocks - 1]
            blocks -= 1
    k = 1
    for block in range(blocks):
        for _ in range(size[block]):
            values[k] = min(max(height[block], 0.0), 1.0)
            k += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _move(
    cumulated: np.ndarray,
    trial: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    count: np.ndarray,
) -> None:
    # Halves the step until the likelihood rises; stays where no step raises it.
    here = log_likelihood(cumulated, first, last, count)
    for _ in range(_MOST_HALVINGS):
        if log_likelihood(trial, first, last, count) > here:
            cumulated[:] = trial
            return
        for k in range(trial.shape[0]):
            trial[k] = 0.5 * (trial[k] + cumulated[k])
