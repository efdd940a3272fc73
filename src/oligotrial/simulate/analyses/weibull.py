"""The posterior under Weibull baselines: Laplace's approximation, corrected by importance.

Scales have gamma priors and integrate out in closed form, whatever the number of strata; the log
hazard ratio and the log shape are left. About the log shape's part of their joint mode a t with 5
degrees of freedom proposes points, weighed by posterior over proposal; given the shape the log
hazard ratio is integrated by `estimators.piecewise_quadrature`, exactly. How well that went is told
by the weights: their effective share and the Pareto shape of the largest ones.
"""

import math

import numpy as np
from numba import njit
from scipy.stats import t

from oligotrial.estimators.piecewise_grids import GRID_COLUMNS, NODES
from oligotrial.estimators.piecewise_quadrature import fill_summary
from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.importance import fill_stratum_pieces, tail_shape, weigh
from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["DEGREES", "HEAD", "analyse_weibull", "lattice", "weibull_room"]

COMPONENTS, POINTS = range(EXTRA, EXTRA + 2)
"""Integers of a Weibull analysis: how many components its prior has, and points its lattice."""

HEAD = 5
"""Its numbers begin with log bound, the log shape's standard deviation, prior events of a scale,
and mean and standard deviation of the whole prior; its components and the lattice
follow."""

DEGREES = 5
_MOST_STEPS = 100
_MOMENTS = 6  # sums of u^k, u^k log u, u^k log^2 u of either arm


def weibull_room(*, patients: int, strata: int, points: int, components: int) -> int:
    """Return how many numbers a Weibull analysis needs to work in."""
    fixed = 5 * points + components * (NODES + GRID_COLUMNS) + 4
    return fixed + 2 * patients + strata * (_MOMENTS + 4)


def lattice(points: int) -> np.ndarray:
    """Return the middles of spans of equal probability of a t with 5 degrees of freedom."""
    return np.asarray(t.ppf((np.arange(points) + 0.5) / points, DEGREES))


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
    log_bounds = numbers[code[START] : code[START] + 1]
    prior = numbers[at : at + 3 * components].reshape(3, components)
    at += 3 * components
    places = numbers[at : at + points]
    logs = room[:count]
    place = count
    sums = room[place : place + strata * _MOMENTS].reshape(strata, _MOMENTS)
    place += strata * _MOMENTS
    events = room[place : place + strata]
    place += strata
    pieces = room[place : place + 3 * strata].reshape(3, strata)
    place += 3 * strata
    summary = room[place : place + 4]
    place += 4
    density = room[place : place + components * NODES].reshape(components, NODES)
    place += components * NODES
    grids = room[place : place + components * GRID_COLUMNS].reshape(components, GRID_COLUMNS)
    place += components * GRID_COLUMNS
    weights = room[place : place + points]
    place += points
    grid = room[place : place + 4 * points]
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
    beside = math.sqrt(a / determinant)  # the log shape's standard deviation
    highest = -np.inf
    for i in range(points):
        there = kappa + beside * places[i]
        shape = math.exp(there)
        _fill_sums(sums, shape, logs, arm, stratum, count, 1)
        z = there / shape_sd
        kept = 0
        for s in range(strata):
            kept = fill_stratum_pieces(pieces, kept, own + events[s], own + sums[s, 0], sums[s, 3])
        fill_summary(summary, log_bounds, density, grids, prior, seen[1], pieces, kept)
        weights[i] = (
            _log_likelihood(0.0, there, sums, events, seen, own)
            + summary[2]
            - 0.5 * z * z
            + 0.5 * (DEGREES + 1) * math.log1p(places[i] ** 2 / DEGREES)
        )
        highest = max(highest, weights[i])
        grid[i] = summary[3]
        grid[points + i] = summary[0]
        grid[2 * points + i] = summary[0] ** 2 + summary[1] ** 2
        grid[3 * points + i] = shape
    out[3] = weigh(out, weights, grid, highest)
    out[5] = normal_below((log_bound - theta) / math.sqrt(c / determinant))
    out[6] = grid[3 * points]
    out[7] = points
    out[4] = tail_shape(weights, grid)


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
