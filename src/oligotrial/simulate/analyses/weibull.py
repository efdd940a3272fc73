"""The posterior under Weibull baselines: Laplace's approximation, corrected by importance.

Scales have gamma priors and integrate out in closed form, whatever the number of strata; the log
hazard ratio and the log shape are left. About their joint mode a bivariate t with 5 degrees of
freedom proposes points of a lattice, weighed by posterior over proposal. How well that went is
told by the weights: their effective share and the Pareto shape of the largest ones.
"""

import math

import numpy as np
from numba import njit
from scipy.stats import t

from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["DEGREES", "HEAD", "analyse_weibull", "lattice", "pareto_shape", "weibull_room"]

COMPONENTS, POINTS = range(EXTRA, EXTRA + 2)
"""Integers of a Weibull analysis: how many components its prior has, and points its lattice."""

HEAD = 5
"""Its numbers begin with log bound, the log shape's standard deviation, prior events of a scale,
and mean and standard deviation of the whole prior; its components and the lattice
follow."""

DEGREES = 5.0
_MOST_STEPS = 100
_MOMENTS = 6  # sums of u^k, u^k log u, u^k log^2 u of either arm


def weibull_room(*, patients: int, strata: int, points: int) -> int:
    """Return how many numbers a Weibull analysis needs to work in."""
    return 2 * patients + strata * (_MOMENTS + 1) + 4 * points


def lattice(points: int) -> np.ndarray:
    """Return points of a bivariate t with 5 degrees of freedom; shape (2, points)."""
    # The first coordinates are the middles of spans of equal probability, ascending; the second
    # ones, given the first, follow a golden ratio's multiples.
    number = np.arange(points)
    first = t.ppf((number + 0.5) / points, DEGREES)
    share = np.mod(0.5 + number * (np.sqrt(5.0) - 1.0) / 2.0, 1.0)
    spread = np.sqrt((DEGREES + first**2) / (DEGREES + 1.0))
    return np.array([first, spread * t.ppf(share, DEGREES + 1.0)])


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_sums(sums, shape, logs, arm, stratum, count, moments):  # type: ignore[no-untyped-def]
    """Fill sums of u^k, times powers of log u below `moments`, by stratum and arm."""
    sums[:] = 0.0
    for i in range(count):
        value = math.exp(shape * logs[i])
        s, place = stratum[i], 3 * arm[i]
        sums[s, place] += value
        if moments > 1:
            sums[s, place + 1] += value * logs[i]
            sums[s, place + 2] += value * logs[i] * logs[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _log_likelihood(theta, kappa, sums, events, seen, own):  # type: ignore[no-untyped-def]
    """Return the log-likelihood, scales integrated out; `seen` holds D, D1 and sum of log u."""
    shape, ratio = math.exp(kappa), math.exp(theta)
    total = seen[0] * kappa + (shape - 1.0) * seen[2] + seen[1] * theta
    for s in range(events.size):
        total -= (own + events[s]) * math.log(own + sums[s, 0] + sums[s, 3] * ratio)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _slopes(theta, kappa, sums, events, seen, own):  # type: ignore[no-untyped-def]
    """Return the log-likelihood's two first and three second derivatives."""
    shape, ratio = math.exp(kappa), math.exp(theta)
    by_theta, by_kappa = seen[1], seen[0] + shape * seen[2]
    theta_theta, theta_kappa, kappa_kappa = 0.0, 0.0, shape * seen[2]
    for s in range(events.size):
        whole = own + sums[s, 0] + sums[s, 3] * ratio
        first = (sums[s, 1] + sums[s, 4] * ratio) / whole
        second = (sums[s, 2] + sums[s, 5] * ratio) / whole
        share = sums[s, 3] * ratio / whole
        power = own + events[s]
        by_theta -= power * share
        by_kappa -= power * shape * first
        theta_theta -= power * share * (1.0 - share)
        theta_kappa -= power * shape * (sums[s, 4] * ratio / whole - share * first)
        kappa_kappa -= power * shape * (first + shape * (second - first * first))
    return by_theta, by_kappa, theta_theta, theta_kappa, kappa_kappa


@njit(cache=True, nogil=True, error_model="numpy")
def _mode(sums, logs, arm, stratum, count, events, seen, own, mean, sd, shape_sd):  # type: ignore[no-untyped-def]
    """Return the mode under a normal prior, and minus the second derivatives there."""
    theta, kappa = mean, 0.0
    a, b, c = 1.0, 0.0, 1.0
    height = -np.inf
    for _ in range(_MOST_STEPS):
        _fill_sums(sums, math.exp(kappa), logs, arm, stratum, count, 3)
        slopes = _slopes(theta, kappa, sums, events, seen, own)
        by_theta = slopes[0] - (theta - mean) / (sd * sd)
        by_kappa = slopes[1] - kappa / (shape_sd * shape_sd)
        a, b = 1.0 / (sd * sd) - slopes[2], -slopes[3]
        c = 1.0 / (shape_sd * shape_sd) - slopes[4]
        floor = 1.0 / (shape_sd * shape_sd)
        steep = max(c, floor)  # far from the mode the log shape may curve upwards
        cross = b if a * steep - b * b > 0.1 * a * steep else 0.0
        determinant = a * steep - cross * cross
        step_theta = (steep * by_theta - cross * by_kappa) / determinant
        step_kappa = (a * by_kappa - cross * by_theta) / determinant
        gain = by_theta * step_theta + by_kappa * step_kappa
        if gain < 1e-12:
            break
        height = _height(theta, kappa, sums, events, seen, own, mean, sd, shape_sd)
        scale = min(1.0, 2.0 / max(abs(step_theta), abs(step_kappa)))
        for _ in range(30):
            _fill_sums(sums, math.exp(kappa + scale * step_kappa), logs, arm, stratum, count, 1)
            there = _height(
                theta + scale * step_theta,
                kappa + scale * step_kappa,
                sums,
                events,
                seen,
                own,
                mean,
                sd,
                shape_sd,
            )
            if there >= height:
                break
            scale *= 0.5
        theta += scale * step_theta
        kappa += scale * step_kappa
    return theta, kappa, a, b, c


@njit(cache=True, nogil=True, error_model="numpy")
def _height(theta, kappa, sums, events, seen, own, mean, sd, shape_sd):  # type: ignore[no-untyped-def]
    first, second = (theta - mean) / sd, kappa / shape_sd
    here = _log_likelihood(theta, kappa, sums, events, seen, own)
    return here - 0.5 * (first * first + second * second)


@njit(cache=True, nogil=True, error_model="numpy")
def _log_prior(theta, prior):  # type: ignore[no-untyped-def]
    """Return the log density of a mixture of normals, but a constant."""
    total = 0.0
    for c in range(prior.shape[1]):
        z = (theta - prior[1, c]) / prior[2, c]
        total += prior[0, c] / prior[2, c] * math.exp(-0.5 * z * z)
    return math.log(total) if total > 0.0 else -np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _t_below(x):  # type: ignore[no-untyped-def]
    """Return the probability that a t variable with 5 degrees of freedom is below a value."""
    u = x / math.sqrt(DEGREES)
    inverse = 1.0 / (1.0 + u * u)
    return 0.5 + (u * inverse * (1.0 + 2.0 / 3.0 * inverse) + math.atan(u)) / math.pi


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
    return (k / n * n + 0.5 * 10.0) / (n + 10.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _tail_shape(weights, grid):  # type: ignore[no-untyped-def]
    """Return the Pareto shape of the largest weights; sorts them."""
    n = weights.size
    tail = int(min(0.2 * n, 3.0 * math.sqrt(n)))
    weights.sort()
    cut = weights[n - tail - 1]
    for i in range(n - tail, n):
        weights[i] -= cut
    if not weights[n - tail] > 0.0 or weights[n - 1] < 1e-12 * cut:
        return -np.inf  # weights as even as that have no tail
    return pareto_shape(weights[n - tail :], grid)


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_weibull(out, count, time, event, arm, stratum, strata, code, numbers, room):  # type: ignore[no-untyped-def]
    """Fill a Weibull analysis' columns.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (8,): posterior probability, mean, standard deviation, effective share of
        the weights, Pareto shape, the probability by Laplace's approximation alone, mean of the
        shape, and points.
    count, time, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code, numbers : numpy.ndarray
        The analysis' row of codes, and the plan's numbers.
    room : numpy.ndarray
        Room to work in, of at least `weibull_room`.
    """
    components, points = code[COMPONENTS], code[POINTS]
    at = code[START]
    log_bound, shape_sd, own = numbers[at], numbers[at + 1], numbers[at + 2]
    mean, sd = numbers[at + 3], numbers[at + 4]
    at += HEAD
    prior = numbers[at : at + 3 * components].reshape(3, components)
    at += 3 * components
    places = numbers[at : at + 2 * points].reshape(2, points)
    logs = room[:count]
    place = count
    sums = room[place : place + strata * _MOMENTS].reshape(strata, _MOMENTS)
    place += strata * _MOMENTS
    events = room[place : place + strata]
    place += strata
    weights = room[place : place + points]
    place += points
    grid = room[place : place + 3 * points]
    seen = _prepare(logs, events, count, time, event, arm, stratum)
    out[:] = np.nan
    if seen[0] == 0.0:
        return
    theta, kappa, a, b, c = _mode(
        sums, logs, arm, stratum, count, events, seen, own, mean, sd, shape_sd
    )
    determinant = a * c - b * b
    if not (a > 0.0 and determinant > 0.0):
        return
    spread = math.sqrt(c / determinant)  # of the log hazard ratio
    along, beside = -b / determinant / spread, 1.0 / math.sqrt(c)
    highest = -np.inf
    for i in range(points):
        x, y = places[0, i], places[1, i]
        here, there = theta + spread * x, kappa + along * x + beside * y
        _fill_sums(sums, math.exp(there), logs, arm, stratum, count, 1)
        z = there / shape_sd
        weights[i] = (
            _log_likelihood(here, there, sums, events, seen, own)
            - 0.5 * z * z
            + _log_prior(here, prior)
            + 0.5 * (DEGREES + 2.0) * math.log1p((x * x + y * y) / DEGREES)
        )
        highest = max(highest, weights[i])
    edge = (log_bound - theta) / spread
    spans = points * _t_below(edge)  # of equal probability, that lie below the bound
    total, squares, below, first, second, shape = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(points):
        x, y = places[0, i], places[1, i]
        weights[i] = math.exp(weights[i] - highest)
        total += weights[i]
        squares += weights[i] ** 2
        first += weights[i] * x
        second += weights[i] * x * x
        shape += weights[i] * math.exp(kappa + along * x + beside * y)
        below += weights[i] * min(max(spans - i, 0.0), 1.0)
    first /= total
    out[0] = below / total
    out[1] = theta + spread * first
    out[2] = spread * math.sqrt(max(second / total - first * first, 0.0))
    out[3] = total * total / squares / points
    out[5] = normal_below(edge)
    out[6] = shape / total
    out[7] = points
    out[4] = _tail_shape(weights, grid)


@njit(cache=True, nogil=True, error_model="numpy")
def _prepare(logs, events, count, time, event, arm, stratum):  # type: ignore[no-untyped-def]
    """Fill log times in units of exposure an event, events by stratum; return D, D1, sum log u."""
    events[:] = 0.0
    total, treated, exposure = 0.0, 0.0, 0.0
    for i in range(count):
        exposure += time[i]
        total += event[i]
        treated += event[i] * arm[i]
        events[stratum[i]] += event[i]
    unit = exposure / max(total, 1.0)
    sum_logs = 0.0
    for i in range(count):
        logs[i] = math.log(max(time[i] / unit, 1e-6))
        sum_logs += event[i] * logs[i]
    return total, treated, sum_logs
