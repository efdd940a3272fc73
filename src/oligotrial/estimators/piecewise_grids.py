"""A posterior of one log hazard ratio on an even grid: compiled functions of arrays.

The density is analytic in the strip of half-width pi about the real axis, where an even grid is as
good as any rule: the error falls as the exponential of the squared number of nodes (Trefethen and
Weideman 2014, SIAM Review 56, 385-458, theorem 5.1, doi:10.1137/130932132). Nothing is validated
here, nothing is allocated: work arrays come in.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.piecewise_kernels import log_likelihood

__all__ = [
    "AREA",
    "CENTRE",
    "GRID_COLUMNS",
    "LEFT",
    "LOG_PEAK",
    "MEAN",
    "NODES",
    "PROBABILITY",
    "RIGHT",
    "STEP",
    "STEPS_PER_SD",
    "VARIANCE",
    "fill_grids",
    "log_prior",
]

NODES = 2048
"""Nodes that a grid has room for; 120 patients take about 35."""

STEPS_PER_SD = 2.0
"""Nodes per smallest possible standard deviation: probabilities are then off by 3e-9 at most."""

CENTRE, STEP, LEFT, RIGHT, LOG_PEAK, AREA, PROBABILITY, MEAN, VARIANCE = range(9)
"""Columns of a grid. An atom, of step 0, stands at its centre."""

GRID_COLUMNS = 9

_DROP = 30.0  # a grid ends where the density is below exp(-30) = 1e-13 of its peak
_LOG_ROOT_TAU = 0.5 * np.log(2.0 * np.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def log_prior(theta, mean, sd):  # type: ignore[no-untyped-def]
    """Return the log density of a normal component."""
    z = (theta - mean) / sd
    return -0.5 * z * z - np.log(sd) - _LOG_ROOT_TAU


@njit(cache=True, nogil=True, error_model="numpy")
def _near_mode(mean, sd, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Return a point near the mode: Newton's method, kept between points of either slope."""
    precision = 1.0 / (sd * sd)
    theta, low, high = mean, -np.inf, np.inf
    for _ in range(200):
        inverse = np.exp(-theta)
        gradient = slope - (theta - mean) * precision
        information = precision
        for j in range(kept):
            share = pieces[2, j] / (pieces[2, j] + pieces[1, j] * inverse)
            gradient -= pieces[0, j] * share
            information += pieces[0, j] * share * (1.0 - share)
        if gradient > 0.0:
            low = theta
        else:
            high = theta
        step = min(max(gradient / information, -5.0), 5.0)
        if step * step * information < 0.0025:
            break
        theta += step
        if not low < theta < high:
            theta = 0.5 * (low + high)
    return theta


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(density, grid, step, mean, sd, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Fill nodes from the centre until the density has dropped; return sums over them.

    The number of nodes comes first; it is -1 when there is no room.
    """
    centre, log_peak = grid[CENTRE], grid[LOG_PEAK]
    growth, ratio = np.exp(step), np.exp(centre)
    offset = -np.log(sd) - _LOG_ROOT_TAU - log_peak
    total, first, second = 0.0, 0.0, 0.0
    direction = 1 if step > 0.0 else -1
    for k in range(1, density.size // 2):
        ratio *= growth
        theta = centre + k * step
        z = (theta - mean) / sd
        height = offset - 0.5 * z * z + slope * theta
        for j in range(kept):
            height -= pieces[0, j] * np.log(pieces[1, j] + pieces[2, j] * ratio)
        value = np.exp(height)
        density[direction * k] = value
        total += value
        first += k * value
        second += k * k * value
        if not height >= -_DROP:  # nor a NaN, on which a search for room would never end
            return k, total, first, second
    return -1, total, first, second


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_grid(density, grid, mean, sd, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Tabulate one component's posterior about its mode, its peak set to 1.

    Node k is at place k, nodes left of the centre at the array's end, where negative indices
    find them.
    """
    most = 1.0 / (sd * sd)
    for j in range(kept):
        most += 0.25 * pieces[0, j]
    step = 1.0 / (STEPS_PER_SD * np.sqrt(most))
    centre = _near_mode(mean, sd, slope, pieces, kept)
    grid[CENTRE] = centre
    grid[LOG_PEAK] = log_prior(centre, mean, sd) + log_likelihood(centre, slope, pieces, kept)
    density[0] = 1.0
    while True:
        right, above, above_1, above_2 = _walk(density, grid, step, mean, sd, slope, pieces, kept)
        left, below, below_1, below_2 = _walk(density, grid, -step, mean, sd, slope, pieces, kept)
        if right > 0 and left > 0:
            break
        step *= 2.0
    total = 1.0 + above + below
    shift = (above_1 - below_1) / total
    grid[STEP] = step
    grid[LEFT] = left
    grid[RIGHT] = right
    grid[AREA] = step * total
    grid[MEAN] = centre + step * shift
    grid[VARIANCE] = step * step * ((above_2 + below_2) / total - shift * shift)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_grids(density, grids, prior, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Tabulate the posterior of each component; return the log Bayes factor.

    Parameters
    ----------
    density : numpy.ndarray
        Filled; shape (components, NODES).
    grids : numpy.ndarray
        Filled; shape (components, GRID_COLUMNS): where each component's nodes are, and its
        posterior probability, mean and variance.
    prior : numpy.ndarray
        Weights, means and standard deviations of the normal components of the log hazard
        ratio's prior; shape (3, components). A standard deviation of 0 makes an atom.
    slope, pieces, kept : float, numpy.ndarray, int
        From `fill_pieces`.

    Returns
    -------
    float
        Log of the marginal likelihood under the prior over that of a log hazard ratio of 0.
    """
    highest = -np.inf
    for c in range(prior.shape[1]):
        grid = grids[c]
        mean, sd = prior[1, c], prior[2, c]
        if sd == 0.0:
            grid[:] = 0.0
            grid[CENTRE] = mean
            grid[MEAN] = mean
            grid[AREA] = 1.0
            grid[LOG_PEAK] = log_likelihood(mean, slope, pieces, kept)
        else:
            _fill_grid(density[c], grid, mean, sd, slope, pieces, kept)
        grid[PROBABILITY] = np.log(prior[0, c]) + grid[LOG_PEAK] + np.log(grid[AREA])
        highest = max(highest, grid[PROBABILITY])
    total = 0.0
    for c in range(prior.shape[1]):
        total += np.exp(grids[c, PROBABILITY] - highest)
    log_total = highest + np.log(total)
    for c in range(prior.shape[1]):
        grids[c, PROBABILITY] = np.exp(grids[c, PROBABILITY] - log_total)
    return log_total
