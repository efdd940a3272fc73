"""What posteriors by Laplace and importance have in common: sums of weights, and their tails."""

import math

import numpy as np
from numba import njit

__all__ = ["fill_stratum_pieces", "pareto_shape", "tail_shape", "weigh"]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_stratum_pieces(pieces, kept, events, control, experimental):  # type: ignore[no-untyped-def]
    """Fill a stratum's events and shares of exposure, as `estimators.fill_pieces` does.

    Parameters
    ----------
    pieces : numpy.ndarray
        Column `kept` is filled; shape (3, at least kept + 1).
    kept : int
        How many are filled.
    events, control, experimental : float
        Events and the arms' cumulative hazards but for the level, prior and data together.

    Returns
    -------
    int
        How many are filled now: a stratum without experimental patients tells nothing.
    """
    if not experimental > 0.0:
        return kept
    pieces[0, kept] = events
    pieces[1, kept] = control / (control + experimental)
    pieces[2, kept] = experimental / (control + experimental)
    return kept + 1


@njit(cache=True, nogil=True, error_model="numpy")
def weigh(out, weights, grid, highest):  # type: ignore[no-untyped-def]
    """Fill probability, mean and standard deviation; return the effective share of the weights.

    Parameters
    ----------
    out : numpy.ndarray
        The first three are filled.
    weights : numpy.ndarray
        Log weights; overwritten by weights.
    grid : numpy.ndarray
        Each point's probability, mean, mean square, and one number more; shape (4 * points,). The
        last one's weighted mean is put in its first place.
    highest : float
        The largest log weight.

    Returns
    -------
    float
        Sum squared over sum of squares over number.
    """
    points = weights.size
    whole, squares, below, first, second, last = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(points):
        weights[i] = math.exp(weights[i] - highest)
        whole += weights[i]
        squares += weights[i] ** 2
        below += weights[i] * grid[i]
        first += weights[i] * grid[points + i]
        second += weights[i] * grid[2 * points + i]
        last += weights[i] * grid[3 * points + i]
    first /= whole
    grid[3 * points] = last / whole
    out[0] = below / whole
    out[1] = first
    out[2] = math.sqrt(max(second / whole - first * first, 0.0))
    return whole * whole / squares / points


@njit(cache=True, nogil=True, error_model="numpy")
def pareto_shape(values, grid):  # type: ignore[no-untyped-def]
    """Return the shape of a generalised Pareto distribution fitted to exceedances.

    Parameters
    ----------
    values : numpy.ndarray
        Exceedances above 0, ascending.
    grid : numpy.ndarray
        Room to work in; shape of at least (2 * (30 + square root of their number),).

    Returns
    -------
    float
        The shape, drawn to 0.5 as if by 10 more values.

    Notes
    -----
    Zhang and Stephens (2009), Technometrics 51, 316-325, doi:10.1198/tech.2009.08017, with the
    prior of Vehtari et al. (2024), Journal of Machine Learning Research 25(72), 1-58, appendix C.
    """
    n = values.size
    count = 30 + int(math.sqrt(n))
    quartile = values[int(n / 4.0 + 0.5) - 1]
    highest = -np.inf
    for j in range(count):
        b = 1.0 / values[n - 1] + (1.0 - math.sqrt(count / (j + 0.5))) / (3.0 * quartile)
        k = 0.0
        for i in range(n):
            k += math.log1p(-b * values[i])
        k /= n
        grid[j] = b
        grid[count + j] = n * (math.log(-b / k) - k - 1.0)
        highest = max(highest, grid[count + j])
    total, mean = 0.0, 0.0
    for j in range(count):
        weight = math.exp(grid[count + j] - highest)
        total += weight
        mean += weight * grid[j]
    mean /= total
    k = 0.0
    for i in range(n):
        k += math.log1p(-mean * values[i])
    return (k + 0.5 * 10.0) / (n + 10.0)


@njit(cache=True, nogil=True, error_model="numpy")
def tail_shape(weights, grid):  # type: ignore[no-untyped-def]
    """Return the Pareto shape of the largest importance weights; sorts them.

    Parameters
    ----------
    weights : numpy.ndarray
        Weights of at least 0; overwritten.
    grid : numpy.ndarray
        Room to work in; as many again.

    Returns
    -------
    float
        The shape; minus infinity where the weights are too even to have a tail.
    """
    n = weights.size
    tail = int(min(0.2 * n, 3.0 * math.sqrt(n)))
    weights.sort()
    cut = weights[n - tail - 1]
    for i in range(n - tail, n):
        weights[i] -= cut
    if not weights[n - tail] > 0.0 or weights[n - 1] < 1e-12 * cut:
        return -np.inf
    return pareto_shape(weights[n - tail :], grid)
