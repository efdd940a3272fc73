"""The largest of five to ten normal variables that are positively correlated: compiled.

What all have in common, their sum, is integrated exactly: given the rest, all are below a value if
the sum is below the least of as many limits. What is left varies little and is averaged over a
fixed quasi-random set: separation of variables (Genz 1992, Journal of Computational and Graphical
Statistics 1, 141-149, doi:10.2307/1390838) with the common variable last. Variables that are all
but the same, as of similar weights, make it easier, not harder.
"""

import math

import numpy as np
from numba import njit
from scipy.stats import norm, qmc

from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["SETS", "largest_below", "largest_room", "normal_points"]

SETS = 8
"""Independent sets of points: their spread tells the error."""

_POINTS = 1024  # of a set, each with its mirror image
_DEPENDENT = 1e-14  # variance that others leave a variable, below which they decide it


def largest_room(variables: int) -> int:
    """Return how many numbers it works in."""
    return variables * variables + 2 * variables


def normal_points(variables: int) -> np.ndarray:
    """Return points of one standard normal variable less; shape (sets, points, variables - 1)."""
    sets = [
        qmc.Sobol(variables - 1, rng=np.random.default_rng(seed)).random(_POINTS)
        for seed in range(SETS)
    ]
    return np.asarray(norm.ppf(np.clip(sets, 1e-12, 1.0 - 1e-12)))


@njit(cache=True, nogil=True, error_model="numpy")
def largest_below(z, correlation, points, room):  # type: ignore[no-untyped-def]
    """Return the probability that all of several standard normal variables are below a value.

    Parameters
    ----------
    z : float
        The value.
    correlation : numpy.ndarray
        Shape (variables, variables), none negative, ones on its diagonal; singular or not.
        Overwritten.
    points : numpy.ndarray
        From `normal_points`.
    room : numpy.ndarray
        Room to work in, of at least `largest_room`.

    Returns
    -------
    probability : float
        The probability.
    error : float
        Its standard error, from the sets' spread.
    """
    size = correlation.shape[0]
    factor = room[: size * size].reshape(size, size)
    common = room[size * size : size * size + size]
    left = room[size * size + size : size * size + 2 * size]
    whole = 0.0
    for i in range(size):
        common[i] = 0.0
        for j in range(size):
            common[i] += correlation[i, j]
        whole += common[i]
    whole = math.sqrt(whole)
    for i in range(size):
        common[i] /= whole
    for i in range(size):
        for j in range(size):
            correlation[i, j] -= common[i] * common[j]
    rank = _factor(factor, left, correlation)
    for i in range(size):
        for k in range(rank):
            factor[i, k] /= common[i]
    total, squares = 0.0, 0.0
    for s in range(points.shape[0]):
        mean = _mean(z, factor, common, points[s], rank)
        total += mean
        squares += mean * mean
    sets = points.shape[0]
    total /= sets
    spread = max(squares / sets - total * total, 0.0)
    return total, math.sqrt(spread / (sets - 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _mean(z, factor, common, points, rank):  # type: ignore[no-untyped-def]
    """Return the mean, over points and their mirror images, of what the common variable allows."""
    total = 0.0
    for p in range(points.shape[0]):
        least, mirrored = np.inf, np.inf
        for i in range(common.size):
            apart = 0.0
            for k in range(rank):
                apart += factor[i, k] * points[p, k]
            limit = z / common[i]
            least = min(least, limit - apart)
            mirrored = min(mirrored, limit + apart)
        total += normal_below(least) + normal_below(mirrored)
    return 0.5 * total / points.shape[0]


@njit(cache=True, nogil=True, error_model="numpy")
def _factor(factor, left, covariance):  # type: ignore[no-untyped-def]
    """Fill a covariance's factor, a column for each variable that the others leave free.

    The largest variance left comes first; returns how many columns there are.
    """
    size = covariance.shape[0]
    factor[:] = 0.0
    for i in range(size):
        left[i] = covariance[i, i]
    for column in range(size - 1):
        chosen = np.argmax(left)
        if left[chosen] < _DEPENDENT:
            return column
        root = math.sqrt(left[chosen])
        for i in range(size):
            rest = covariance[i, chosen]
            for k in range(column):
                rest -= factor[i, k] * factor[chosen, k]
            factor[i, column] = rest / root
            left[i] -= factor[i, column] ** 2
        left[chosen] = 0.0
    return size - 1
