"""The posterior under M-spline baselines: Laplace's approximation, corrected by importance.

Each stratum's level integrates out; left are the log hazard ratio and a coefficient for each
spline. About the coefficients' part of the joint mode a multivariate t with 9 degrees of freedom
proposes points of a fixed quasi-random set, weighed by posterior over proposal; given the
coefficients the log hazard ratio is integrated by `estimators.piecewise_quadrature`, exactly.
"""

import math

import numpy as np
from numba import njit
from scipy.stats import chi2, norm, qmc

from oligotrial.estimators.piecewise_grids import GRID_COLUMNS, NODES
from oligotrial.estimators.piecewise_quadrature import fill_summary
from oligotrial.simulate.analyses.cholesky import cholesky, factored, solve
from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.importance import fill_stratum_pieces, tail_shape, weigh
from oligotrial.simulate.analyses.mspline_likelihood import (
    ORDER,
    fill_data,
    fill_precision,
    fill_slopes,
    log_likelihood,
    walk_penalty,
)
from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["HEAD", "analyse_mspline", "mspline_room", "points_of"]

COMPONENTS, POINTS, SPLINES, SPANS = range(EXTRA, EXTRA + 4)
"""Integers of an M-spline analysis: how many components, points, splines and spans it has."""

HEAD = 6
"""Its numbers begin with log bound, the random walk's standard deviation, prior events of a level,
mean and standard deviation of the whole prior, and the last knot; the prior's components, knots but
the last, polynomials of densities and integrals, and points follow."""

DEGREES = 9
_MOST_STEPS = 100


def mspline_room(*, patients: int, strata: int, points: int, splines: int, components: int) -> int:
    """Return how many numbers an M-spline analysis needs to work in."""
    size = splines + 1
    fixed = 4 * size * size + 8 * size + splines * splines + 5 * points + 4
    fixed += components * (NODES + GRID_COLUMNS)
    return fixed + patients * splines + strata * (2 * splines + 4)


def points_of(points: int, splines: int) -> np.ndarray:
    """Return quasi-random points of a t with 9 degrees of freedom; shape (points, splines)."""
    uniform = qmc.Sobol(splines + 1, rng=np.random.default_rng(1)).random(points)
    uniform = np.clip(uniform, 1e-12, 1.0 - 1e-12)
    scale = np.sqrt(DEGREES / chi2.ppf(uniform[:, 0], DEGREES))
    return np.asarray(scale[:, None] * norm.ppf(uniform[:, 1:]))


@njit(cache=True, nogil=True, error_model="numpy")
def _climb(x, trial, slope, curve, lower, scales, precision, data, mean, sd):  # type: ignore[no-untyped-def]
    """Move to the mode under a normal prior; return whether the curvature there is definite."""
    values, sums, events, total, treated, own = data
    size = precision.shape[0] + 1
    height = -np.inf
    for _ in range(_MOST_STEPS):
        height = log_likelihood(x, scales, values, sums, events, total, treated, own)
        height -= walk_penalty(x, precision) + 0.5 * ((x[0] - mean) / sd) ** 2
        fill_slopes(slope, curve, x, scales, values, sums, events, total, treated, own)
        slope[0] -= (x[0] - mean) / (sd * sd)
        curve[0, 0] += 1.0 / (sd * sd)
        for j in range(size - 1):
            for k in range(size - 1):
                slope[1 + j] -= precision[j, k] * x[1 + k]
                curve[1 + j, 1 + k] += precision[j, k]
        definite = factored(curve, lower)
        gain, longest = 0.0, 0.0
        step = slope[size : 2 * size]
        step[:] = slope[:size]
        solve(lower, step)
        for j in range(size):
            gain += step[j] * slope[j]
            longest = max(longest, abs(step[j]))
        if gain < 1e-12:
            return definite
        scale = min(1.0, 2.0 / longest)
        for _ in range(30):
            for j in range(size):
                trial[j] = x[j] + scale * step[j]
            there = log_likelihood(trial, scales, values, sums, events, total, treated, own)
            there -= walk_penalty(trial, precision) + 0.5 * ((trial[0] - mean) / sd) ** 2
            if there >= height:
                break
            scale *= 0.5
        x[:] = trial
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_mspline(out, count, time, event, arm, stratum, strata, code, numbers, room):  # type: ignore[no-untyped-def]
    """Fill an M-spline analysis' columns.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (7,): posterior probability, mean, standard deviation, effective share of
        the weights, Pareto shape, the probability by Laplace's approximation alone, points.
    count, time, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code, numbers : numpy.ndarray
        The analysis' row of codes, and the plan's numbers.
    room : numpy.ndarray
        Room to work in, of at least `mspline_room`.
    """
    components, points, splines = code[COMPONENTS], code[POINTS], code[SPLINES]
    size = splines + 1
    at = code[START]
    log_bounds = numbers[at : at + 1]
    log_bound, walk_sd, own = numbers[at], numbers[at + 1], numbers[at + 2]
    mean, sd, last = numbers[at + 3], numbers[at + 4], numbers[at + 5]
    at += HEAD
    prior = numbers[at : at + 3 * components].reshape(3, components)
    at += 3 * components
    knots = numbers[at : at + code[SPANS]]
    at += code[SPANS]
    splines_at = at
    at += code[SPANS] * splines * (2 * ORDER + 1)
    places = numbers[at : at + points * splines].reshape(points, splines)
    curve = room[: size * size].reshape(size, size)
    place = size * size
    lower = room[place : place + size * size].reshape(size, size)
    place += size * size
    factor = room[place : place + splines * splines].reshape(splines, splines)
    place += splines * splines
    precision = room[place : place + splines * splines].reshape(splines, splines)
    place += splines * splines
    slope = room[place : place + 2 * size]
    place += 2 * size
    x, trial = room[place : place + size], room[place + size : place + 2 * size]
    place += 2 * size
    scales = room[place : place + splines]
    place += splines
    sums = room[place : place + strata * 2 * splines].reshape(strata, 2 * splines)
    place += strata * 2 * splines
    events = room[place : place + strata]
    place += strata
    weights, grid = room[place : place + points], room[place + points : place + 5 * points]
    place += 5 * points
    summary = room[place : place + 4]
    place += 4
    pieces = room[place : place + 3 * strata].reshape(3, strata)
    place += 3 * strata
    density = room[place : place + components * NODES].reshape(components, NODES)
    place += components * NODES
    grids = room[place : place + components * GRID_COLUMNS].reshape(components, GRID_COLUMNS)
    place += components * GRID_COLUMNS
    values = room[place : place + count * splines].reshape(count, splines)
    out[:] = np.nan
    observed, exposure = 0.0, 0.0
    for i in range(count):
        observed += event[i]
        exposure += time[i]
    if observed == 0.0 or exposure == 0.0:
        return
    unit = exposure / observed
    total, treated = fill_data(
        values,
        sums,
        events,
        time,
        event,
        arm,
        stratum,
        count,
        unit,
        knots,
        last,
        numbers,
        splines_at,
    )
    fill_precision(precision, walk_sd)
    x[:] = 0.0
    x[0] = mean
    data = (values, sums, events, total, treated, own)
    if not _climb(x, trial, slope, curve, lower, scales, precision, data, mean, sd):
        return
    spread = _fill_factor(factor, curve, lower, slope)
    edge = (log_bound - x[0]) / spread
    highest = -np.inf
    for i in range(points):
        square = 0.0
        trial[0] = 0.0
        for j in range(splines):
            square += places[i, j] ** 2
            trial[1 + j] = x[1 + j]
            for k in range(j + 1):
                trial[1 + j] += factor[j, k] * places[i, k]
        weights[i] = (
            log_likelihood(trial, scales, values, sums, events, total, treated, own)
            - walk_penalty(trial, precision)
            + 0.5 * (DEGREES + splines) * math.log1p(square / DEGREES)
        )
        kept = _fill_pieces(pieces, scales, sums, events, own)
        fill_summary(summary, log_bounds, density, grids, prior, treated, pieces, kept)
        weights[i] += summary[2]
        highest = max(highest, weights[i])
        grid[i] = summary[3]
        grid[points + i] = summary[0]
        grid[2 * points + i] = summary[0] ** 2 + summary[1] ** 2
        grid[3 * points + i] = 0.0
    out[3] = weigh(out, weights, grid, highest)
    out[5] = normal_below(edge)
    out[6] = points
    out[4] = tail_shape(weights, grid)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_pieces(pieces, scales, sums, events, own):  # type: ignore[no-untyped-def]
    """Fill each stratum's events and shares of exposure; return how many tell something."""
    splines, kept = scales.size, 0
    for s in range(events.size):
        control, experimental = own, 0.0
        for j in range(splines):
            control += scales[j] * sums[s, j]
            experimental += scales[j] * sums[s, splines + j]
        kept = fill_stratum_pieces(pieces, kept, own + events[s], control, experimental)
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_factor(factor, curve, lower, slope):  # type: ignore[no-untyped-def]
    """Fill the lower factor of the coefficients' covariance; return the log ratio's spread.

    Overwrites the curvature with its inverse.
    """
    size = curve.shape[0]
    for j in range(size):
        column = slope[:size]
        column[:] = 0.0
        column[j] = 1.0
        solve(lower, column)
        for k in range(size):
            curve[k, j] = column[k]
    cholesky(curve[1:, 1:], factor)
    return math.sqrt(curve[0, 0])
