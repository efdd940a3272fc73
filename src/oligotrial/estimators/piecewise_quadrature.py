"""Probabilities, quantiles and moments of one log hazard ratio's posterior: compiled.

From the grids of `piecewise_grids`, which are read between their nodes without loss. Nothing is
validated here, nothing is allocated: work arrays come in.
"""

import numpy as np
from numba import njit
from scipy.special import sici

from oligotrial.estimators.piecewise_grids import (
    AREA,
    CENTRE,
    LEFT,
    LOG_PEAK,
    MEAN,
    PROBABILITY,
    RIGHT,
    STEP,
    VARIANCE,
    fill_grids,
    log_prior,
)
from oligotrial.estimators.piecewise_kernels import log_likelihood

__all__ = [
    "SUMMARY",
    "fill_summary",
    "mixture_quantile",
    "posterior_below",
    "posterior_quantile",
]

SUMMARY = ("mean", "sd", "log_bayes_factor")
"""What `fill_summary` fills before the probabilities of the bounds."""

_NEGLIGIBLE = 1e-14  # weight of a posterior in a mixture
_MOST_STEPS = 200
_SINE_INTEGRAL = sici(np.pi * np.arange(64))[0] / np.pi
_ABSCISSAE = np.array(
    [-0.8611363115940526, -0.33998104358485626, 0.33998104358485626, 0.8611363115940526]
)
_WEIGHTS = np.array(
    [0.34785484513745385, 0.6521451548625461, 0.6521451548625461, 0.34785484513745385]
)


@njit(cache=True, nogil=True, error_model="numpy")
def _sine_integral(steps):  # type: ignore[no-untyped-def]
    """Return Si(pi n) / pi: a table, then the asymptotic series, exact to 1e-14 from 64."""
    n = abs(steps)
    if n < _SINE_INTEGRAL.size:
        value = _SINE_INTEGRAL[n]
    else:
        square = (np.pi * n) ** 2
        series = 1.0 - 2.0 / square * (1.0 - 12.0 / square * (1.0 - 30.0 / square))
        value = 0.5 - (1 - 2 * (n & 1)) / (np.pi * np.pi * n) * series
    return value if steps >= 0 else -value


@njit(cache=True, nogil=True, error_model="numpy")
def _component_below(theta, density, grid, mean, sd, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Return one component's posterior probability of a smaller log hazard ratio.

    Up to the nearest node the cardinal series through the nodes is integrated, whose error
    falls as fast as the grid's (Stenger 1981, SIAM Review 23, 165-224, doi:10.1137/1023037);
    from there the density itself, by four points of Gauss and Legendre.
    """
    step = grid[STEP]
    if step == 0.0:
        return 1.0 if grid[CENTRE] < theta else 0.0
    place = (theta - grid[CENTRE]) / step
    left, right = int(grid[LEFT]), int(grid[RIGHT])
    if place <= -left:
        return 0.0
    if place >= right:
        return 1.0
    nearest = int(np.floor(place + 0.5))
    total = 0.0
    for k in range(-left, right + 1):
        total += density[k] * (0.5 + _sine_integral(nearest - k))
    node = grid[CENTRE] + nearest * step
    half = 0.5 * (theta - node)
    rest = 0.0
    for i in range(_ABSCISSAE.size):
        at = node + half * (1.0 + _ABSCISSAE[i])
        height = log_prior(at, mean, sd) + log_likelihood(at, slope, pieces, kept)
        rest += _WEIGHTS[i] * np.exp(height - grid[LOG_PEAK])
    return min(max((total * step + half * rest) / grid[AREA], 0.0), 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def posterior_below(theta, density, grids, prior, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Return the posterior probability that the log hazard ratio is below a value.

    Parameters
    ----------
    theta : float
        The value; an atom on it isn't below.
    density, grids, prior : numpy.ndarray
        As `fill_grids` filled and was given them.
    slope, pieces, kept : float, numpy.ndarray, int
        From `fill_pieces`.

    Returns
    -------
    float
        The probability.
    """
    total = 0.0
    for c in range(prior.shape[1]):
        if grids[c, PROBABILITY] > 0.0:
            total += grids[c, PROBABILITY] * _component_below(
                theta, density[c], grids[c], prior[1, c], prior[2, c], slope, pieces, kept
            )
    return min(total, 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _density_at(theta, grids, prior, slope, pieces, kept):  # type: ignore[no-untyped-def]
    support = log_likelihood(theta, slope, pieces, kept)
    total = 0.0
    for c in range(prior.shape[1]):
        grid = grids[c]
        if grid[STEP] > 0.0 and grid[PROBABILITY] > 0.0:
            height = log_prior(theta, prior[1, c], prior[2, c]) + support - grid[LOG_PEAK]
            total += grid[PROBABILITY] * np.exp(height) / grid[AREA]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def posterior_quantile(share, density, grids, prior, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Return a posterior quantile of the log hazard ratio.

    Parameters
    ----------
    share : float
        Probability between 0 and 1.
    density, grids, prior : numpy.ndarray
        As `fill_grids` filled and was given them.
    slope, pieces, kept : float, numpy.ndarray, int
        From `fill_pieces`.

    Returns
    -------
    float
        The smallest value that at most 1 - `share` of the probability lies above; an atom's
        own value where it is one.
    """
    low, high, mean = _span(grids)
    for c in range(prior.shape[1]):
        if prior[2, c] == 0.0:
            atom = prior[1, c]
            less = posterior_below(atom, density, grids, prior, slope, pieces, kept)
            if less < share <= less + _mass_at(atom, grids, prior):
                return atom
    theta = min(max(mean, low), high)
    for _ in range(_MOST_STEPS):
        missing = share - posterior_below(theta, density, grids, prior, slope, pieces, kept)
        height = _density_at(theta, grids, prior, slope, pieces, kept)
        theta, low, high, found = _step(theta, low, high, missing, height)
        if found:
            break
    return theta


@njit(cache=True, nogil=True, error_model="numpy")
def mixture_quantile(share, weights, density, grids, prior, slopes, pieces, kept):  # type: ignore[no-untyped-def]
    """Return a quantile of a mixture of posteriors of the log hazard ratio.

    Parameters
    ----------
    share : float
        Probability between 0 and 1.
    weights : numpy.ndarray
        Shape (posteriors,): what each is weighed by, adding up to 1.
    density, grids : numpy.ndarray
        As `fill_grids` filled them, one for each posterior: shapes (posteriors, components, NODES)
        and (posteriors, components, GRID_COLUMNS).
    prior : numpy.ndarray
        The components, common to all; shape (3, components).
    slopes, pieces, kept : numpy.ndarray
        From `fill_pieces`, one for each; shapes (posteriors,), (posteriors, 3, pieces) and
        (posteriors,).

    Returns
    -------
    float
        As `posterior_quantile` does.
    """
    low, high, theta = np.inf, -np.inf, 0.0
    for w in range(weights.size):
        if weights[w] > _NEGLIGIBLE:
            least, most, mean = _span(grids[w])
            low, high, theta = min(low, least), max(high, most), theta + weights[w] * mean
    for c in range(prior.shape[1]):
        if prior[2, c] == 0.0:
            atom, mass = prior[1, c], 0.0
            for w in range(weights.size):
                mass += weights[w] * _mass_at(atom, grids[w], prior)
            less, _ = _mixture_at(atom, weights, density, grids, prior, slopes, pieces, kept)
            if less < share <= less + mass:
                return atom
    for _ in range(_MOST_STEPS):
        below, height = _mixture_at(theta, weights, density, grids, prior, slopes, pieces, kept)
        theta, low, high, found = _step(theta, low, high, share - below, height)
        if found:
            break
    return theta


@njit(cache=True, nogil=True, error_model="numpy")
def _span(grids):  # type: ignore[no-untyped-def]
    """Return the lowest and the highest node of all components, and the mean."""
    low, high, mean = np.inf, -np.inf, 0.0
    for c in range(grids.shape[0]):
        grid = grids[c]
        low = min(low, grid[CENTRE] - grid[LEFT] * grid[STEP])
        high = max(high, grid[CENTRE] + grid[RIGHT] * grid[STEP])
        mean += grid[PROBABILITY] * grid[MEAN]
    return low, high, mean


@njit(cache=True, nogil=True, error_model="numpy")
def _mass_at(atom, grids, prior):  # type: ignore[no-untyped-def]
    """Return the posterior probability of a value, of all atoms on it together."""
    mass = 0.0
    for c in range(prior.shape[1]):
        if prior[2, c] == 0.0 and prior[1, c] == atom:
            mass += grids[c, PROBABILITY]
    return mass


@njit(cache=True, nogil=True, error_model="numpy")
def _mixture_at(theta, weights, density, grids, prior, slopes, pieces, kept):  # type: ignore[no-untyped-def]
    """Return the probability below a value, and the density there."""
    below, height = 0.0, 0.0
    for w in range(weights.size):
        if weights[w] > _NEGLIGIBLE:
            mine, slope, pieces_kept = pieces[w], slopes[w], int(kept[w])
            below += weights[w] * posterior_below(
                theta, density[w], grids[w], prior, slope, mine, pieces_kept
            )
            height += weights[w] * _density_at(theta, grids[w], prior, slope, mine, pieces_kept)
    return below, height


@njit(cache=True, nogil=True, error_model="numpy")
def _step(theta, low, high, missing, height):  # type: ignore[no-untyped-def]
    """Return where to look for a quantile next, by Newton or halving, and whether it is found."""
    if missing > 0.0:
        low = theta
    else:
        high = theta
    following = theta + missing / height if height > 0.0 else np.inf
    if not low < following < high:
        following = 0.5 * (low + high)
    if abs(missing) < 1e-11 or abs(following - theta) <= 1e-13 * (1.0 + abs(theta)):
        return theta, low, high, True
    return following, low, high, False


@njit(cache=True, nogil=True, error_model="numpy")
def fill_summary(row, log_bounds, density, grids, prior, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Fill what a trial's decision needs: moments, Bayes factor and probabilities.

    Parameters
    ----------
    row : numpy.ndarray
        Filled in the order of `SUMMARY`, then one probability a bound; shape (3 + bounds,).
    log_bounds : numpy.ndarray
        Logs of hazard ratios; shape (bounds,).
    density, grids : numpy.ndarray
        Room, filled too; shapes (components, NODES) and (components, GRID_COLUMNS).
    prior : numpy.ndarray
        Weights, means and standard deviations of the prior's components.
    slope, pieces, kept : float, numpy.ndarray, int
        From `fill_pieces`.
    """
    row[2] = fill_grids(density, grids, prior, slope, pieces, kept)
    mean = 0.0
    for c in range(prior.shape[1]):
        mean += grids[c, PROBABILITY] * grids[c, MEAN]
    variance = 0.0
    for c in range(prior.shape[1]):
        apart = grids[c, MEAN] - mean
        variance += grids[c, PROBABILITY] * (grids[c, VARIANCE] + apart * apart)
    row[0] = mean
    row[1] = np.sqrt(variance)
    for i in range(log_bounds.size):
        row[3 + i] = posterior_below(log_bounds[i], density, grids, prior, slope, pieces, kept)
