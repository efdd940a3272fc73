"""The posterior of one log hazard ratio by quadrature: compiled functions of arrays.

Hazards are piecewise constant in each stratum and proportional between two arms. Given the log
hazard ratio every piece's gamma-distributed hazard integrates out in closed form, so that a
one-dimensional posterior is left. Its density is analytic in the strip of half-width pi about
the real axis, where an even grid is as good as any rule: the error falls as the exponential of
the squared number of nodes (Trefethen and Weideman 2014, SIAM Review 56, 385-458, theorem 5.1,
doi:10.1137/130932132). Nothing is validated here, nothing is allocated: work arrays come in.
"""

import numpy as np
from numba import njit
from scipy.special import sici

__all__ = [
    "GRID_COLUMNS",
    "NODES",
    "STEPS_PER_SD",
    "SUMMARY",
    "fill_event_cuts",
    "fill_grids",
    "fill_pieces",
    "fill_summary",
    "fill_table",
    "log_likelihood",
    "posterior_below",
    "posterior_quantile",
]

NODES = 2048
"""Nodes that a grid has room for; 120 patients take about 35."""

STEPS_PER_SD = 2.0
"""Nodes per smallest possible standard deviation: probabilities are then off by 3e-9 at most."""

GRID_COLUMNS = 9
SUMMARY = ("mean", "sd", "log_bayes_factor")
"""What `fill_summary` fills before the probabilities of the bounds."""

# Columns of a grid. An atom, of step 0, stands at its centre.
_CENTRE, _STEP, _LEFT, _RIGHT, _LOG_PEAK, _AREA, _PROBABILITY, _MEAN, _VARIANCE = range(9)

_DROP = 30.0  # a grid ends where the density is below exp(-30) = 1e-13 of its peak
_NOTHING = 1e-100  # a share of exposure below this would ask for hazard ratios beyond any number
_LOG_ROOT_TAU = 0.5 * np.log(2.0 * np.pi)
_SINE_INTEGRAL = sici(np.pi * np.arange(64))[0] / np.pi
_ABSCISSAE = np.array(
    [-0.8611363115940526, -0.33998104358485626, 0.33998104358485626, 0.8611363115940526]
)
_WEIGHTS = np.array(
    [0.34785484513745385, 0.6521451548625461, 0.6521451548625461, 0.34785484513745385]
)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_event_cuts(cuts, order, time, event, count):  # type: ignore[no-untyped-def]
    """Fill the cut points with quantiles of the event times.

    Parameters
    ----------
    cuts : numpy.ndarray
        Filled; shape (intervals - 1,). Cut k is the time of event number
        ``ceil(k * events / intervals)``; without events all are 0, and the last interval,
        which they leave, is the only one.
    order : numpy.ndarray of int64
        Indices that sort `time` upwards; at least as many as `count`.
    time, event : numpy.ndarray
        Follow-up, and 1 for an event or 0 for censored.
    count : int
        Number of patients.
    """
    total = 0
    for i in range(count):
        total += event[order[i]]
    intervals = cuts.size + 1
    cuts[:] = 0.0
    seen, k = 0, 1
    for i in range(count):
        patient = order[i]
        seen += event[patient]
        while k < intervals and event[patient] and seen * intervals >= k * total:
            cuts[k - 1] = time[patient]
            k += 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_table(table, beyond, time, event, arm, stratum, cuts, count):  # type: ignore[no-untyped-def]
    """Fill the events and exposure of each arm in each piece.

    Parameters
    ----------
    table : numpy.ndarray
        Filled; shape (4, strata * intervals): events of the control and of the experimental
        arm, then their exposures. Piece ``stratum * intervals + interval``.
    beyond : numpy.ndarray
        Room to work in; shape (2, strata * intervals).
    time, event, arm, stratum : numpy.ndarray
        Follow-up in any unit and order, 1 for an event, 1 for the experimental arm, stratum
        from 0.
    cuts : numpy.ndarray
        Ascending ends of all intervals but the last, which has none; shape (intervals - 1,).
        An interval holds its right end.
    count : int
        Number of patients.
    """
    inner = cuts.size
    intervals = inner + 1
    table[:] = 0.0
    beyond[:] = 0.0
    for i in range(count):
        now, a, piece, k = time[i], arm[i], stratum[i] * intervals, 0
        while k < inner and now > cuts[k]:
            k += 1
        piece += k
        table[a, piece] += event[i]
        table[2 + a, piece] += now - cuts[k - 1] if k > 0 else now
        beyond[a, piece] += 1.0
    for a in range(2):
        for first in range(0, table.shape[1], intervals):
            passed = 0.0
            for k in range(inner - 1, -1, -1):
                passed += beyond[a, first + k + 1]
                width = cuts[k] - cuts[k - 1] if k > 0 else cuts[k]
                table[2 + a, first + k] += passed * width


@njit(cache=True, nogil=True, error_model="numpy")
def fill_pieces(pieces, table, external, events, rate):  # type: ignore[no-untyped-def]
    """Fill what the likelihood of the log hazard ratio needs; return its slope and length.

    Parameters
    ----------
    pieces : numpy.ndarray
        Filled; shape (3, strata * intervals): prior and observed events, and the control's
        and the experimental arm's shares of prior and observed exposure. A piece in which
        only one of them has exposure tells nothing of the hazard ratio and is left out.
    table : numpy.ndarray
        Shape (4, strata * intervals), as `fill_table` fills it.
    external : numpy.ndarray
        Events and exposure, discounted, of external controls; shape (2, strata * intervals).
    events, rate : float
        Each hazard's gamma prior: its shape, and its mean in events per unit of time; a rate
        of 0 stands for the data's own, both arms and external controls together.

    Returns
    -------
    slope : float
        What the log-likelihood is linear in.
    kept : int
        Pieces kept. None with a rate of 0 if there are no events or an arm has no exposure:
        the prior then is the posterior.
    """
    observed, exposure, seen, compared = 0.0, 0.0, 0.0, 0.0
    for j in range(table.shape[1]):
        observed += table[0, j] + table[1, j] + external[0, j]
        exposure += table[2, j] + table[3, j] + external[1, j]
        seen += table[3, j]
        compared += table[2, j] + external[1, j]
    if rate == 0.0:
        if observed == 0.0 or seen == 0.0 or compared == 0.0:
            return 0.0, 0
        rate = observed / exposure
    slope, kept = 0.0, 0
    for j in range(table.shape[1]):
        power = events + external[0, j] + table[0, j] + table[1, j]
        control = events / rate + external[1, j] + table[2, j]
        both = control + table[3, j]
        if power > 0.0 and min(control, table[3, j]) > _NOTHING * both:
            slope += table[1, j]
            pieces[0, kept] = power
            pieces[1, kept] = control / both
            pieces[2, kept] = table[3, j] / both
            kept += 1
    return slope, kept


@njit(cache=True, nogil=True, error_model="numpy")
def log_likelihood(theta, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Return the log-likelihood of a log hazard ratio, less that of 0.

    Parameters
    ----------
    theta : float
        Log hazard ratio.
    slope, pieces, kept : float, numpy.ndarray, int
        From `fill_pieces`.

    Returns
    -------
    float
        Log of the likelihood with the hazards integrated out; 0 at 0, concave.
    """
    ratio = np.exp(theta)
    total = slope * theta
    for j in range(kept):
        total -= pieces[0, j] * np.log(pieces[1, j] + pieces[2, j] * ratio)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _log_prior(theta, mean, sd):  # type: ignore[no-untyped-def]
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
    centre, log_peak = grid[_CENTRE], grid[_LOG_PEAK]
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
    grid[_CENTRE] = centre
    grid[_LOG_PEAK] = _log_prior(centre, mean, sd) + log_likelihood(centre, slope, pieces, kept)
    density[0] = 1.0
    while True:
        right, above, above_1, above_2 = _walk(density, grid, step, mean, sd, slope, pieces, kept)
        left, below, below_1, below_2 = _walk(density, grid, -step, mean, sd, slope, pieces, kept)
        if right > 0 and left > 0:
            break
        step *= 2.0
    total = 1.0 + above + below
    shift = (above_1 - below_1) / total
    grid[_STEP] = step
    grid[_LEFT] = left
    grid[_RIGHT] = right
    grid[_AREA] = step * total
    grid[_MEAN] = centre + step * shift
    grid[_VARIANCE] = step * step * ((above_2 + below_2) / total - shift * shift)


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
            grid[_CENTRE] = mean
            grid[_MEAN] = mean
            grid[_AREA] = 1.0
            grid[_LOG_PEAK] = log_likelihood(mean, slope, pieces, kept)
        else:
            _fill_grid(density[c], grid, mean, sd, slope, pieces, kept)
        grid[_PROBABILITY] = np.log(prior[0, c]) + grid[_LOG_PEAK] + np.log(grid[_AREA])
        highest = max(highest, grid[_PROBABILITY])
    total = 0.0
    for c in range(prior.shape[1]):
        total += np.exp(grids[c, _PROBABILITY] - highest)
    log_total = highest + np.log(total)
    for c in range(prior.shape[1]):
        grids[c, _PROBABILITY] = np.exp(grids[c, _PROBABILITY] - log_total)
    return log_total


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
    step = grid[_STEP]
    if step == 0.0:
        return 1.0 if grid[_CENTRE] < theta else 0.0
    place = (theta - grid[_CENTRE]) / step
    left, right = int(grid[_LEFT]), int(grid[_RIGHT])
    if place <= -left:
        return 0.0
    if place >= right:
        return 1.0
    nearest = int(np.floor(place + 0.5))
    total = 0.0
    for k in range(-left, right + 1):
        total += density[k] * (0.5 + _sine_integral(nearest - k))
    node = grid[_CENTRE] + nearest * step
    half = 0.5 * (theta - node)
    rest = 0.0
    for i in range(_ABSCISSAE.size):
        at = node + half * (1.0 + _ABSCISSAE[i])
        height = _log_prior(at, mean, sd) + log_likelihood(at, slope, pieces, kept)
        rest += _WEIGHTS[i] * np.exp(height - grid[_LOG_PEAK])
    return min(max((total * step + half * rest) / grid[_AREA], 0.0), 1.0)


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
        if grids[c, _PROBABILITY] > 0.0:
            total += grids[c, _PROBABILITY] * _component_below(
                theta, density[c], grids[c], prior[1, c], prior[2, c], slope, pieces, kept
            )
    return min(total, 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _density_at(theta, grids, prior, slope, pieces, kept):  # type: ignore[no-untyped-def]
    support = log_likelihood(theta, slope, pieces, kept)
    total = 0.0
    for c in range(prior.shape[1]):
        grid = grids[c]
        if grid[_STEP] > 0.0 and grid[_PROBABILITY] > 0.0:
            height = _log_prior(theta, prior[1, c], prior[2, c]) + support - grid[_LOG_PEAK]
            total += grid[_PROBABILITY] * np.exp(height) / grid[_AREA]
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
    low, high, mean = np.inf, -np.inf, 0.0
    for c in range(prior.shape[1]):
        grid = grids[c]
        low = min(low, grid[_CENTRE] - grid[_LEFT] * grid[_STEP])
        high = max(high, grid[_CENTRE] + grid[_RIGHT] * grid[_STEP])
        mean += grid[_PROBABILITY] * grid[_MEAN]
        if grid[_STEP] == 0.0 and grid[_PROBABILITY] > 0.0:
            less = posterior_below(grid[_CENTRE], density, grids, prior, slope, pieces, kept)
            mass = 0.0
            for other in range(prior.shape[1]):
                if grids[other, _STEP] == 0.0 and grids[other, _CENTRE] == grid[_CENTRE]:
                    mass += grids[other, _PROBABILITY]
            if less < share <= less + mass:
                return grid[_CENTRE]
    theta = min(max(mean, low), high)
    for _ in range(200):
        missing = share - posterior_below(theta, density, grids, prior, slope, pieces, kept)
        if missing > 0.0:
            low = theta
        else:
            high = theta
        height = _density_at(theta, grids, prior, slope, pieces, kept)
        following = theta + missing / height if height > 0.0 else np.inf
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(missing) < 1e-11 or abs(following - theta) <= 1e-13 * (1.0 + abs(theta)):
            break
        theta = following
    return theta


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
        mean += grids[c, _PROBABILITY] * grids[c, _MEAN]
    variance = 0.0
    for c in range(prior.shape[1]):
        apart = grids[c, _MEAN] - mean
        variance += grids[c, _PROBABILITY] * (grids[c, _VARIANCE] + apart * apart)
    row[0] = mean
    row[1] = np.sqrt(variance)
    for i in range(log_bounds.size):
        row[3 + i] = posterior_below(log_bounds[i], density, grids, prior, slope, pieces, kept)
