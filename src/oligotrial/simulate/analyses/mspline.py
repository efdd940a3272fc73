"""The posterior under M-spline baselines: Laplace's approximation, corrected by importance.

Each stratum's level integrates out; left are the log hazard ratio and a coefficient for each
spline. About the coefficients' part of the joint mode a multivariate t with 9 degrees of freedom
proposes points of a fixed quasi-random set, weighed by posterior over proposal; given the
coefficients the log hazard ratio is integrated by `estimators.piecewise_kernels`, exactly.
"""

import math

import numpy as np
from numba import njit
from scipy.stats import chi2, norm, qmc

from oligotrial.estimators.piecewise_kernels import GRID_COLUMNS, NODES, fill_summary
from oligotrial.hazard import MSplineBasis
from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.importance import fill_stratum_pieces, tail_shape, weigh
from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["HEAD", "analyse_mspline", "mspline_room", "points_of", "polynomials"]

COMPONENTS, POINTS, SPLINES, SPANS = range(EXTRA, EXTRA + 4)
"""Integers of an M-spline analysis: how many components, points, splines and spans it has."""

HEAD = 6
"""Its numbers begin with log bound, the random walk's standard deviation, prior events of a level,
mean and standard deviation of the whole prior, and the last knot; the prior's components, knots but
the last, polynomials of densities and integrals, and points follow."""

DEGREES = 9
_ORDER = 4  # coefficients of a density; an integral has one more
_LEVEL_SD = 0.1  # of the coefficients' mean, which the levels make superfluous
_MOST_STEPS = 100


def mspline_room(*, patients: int, strata: int, points: int, splines: int, components: int) -> int:
    """Return how many numbers an M-spline analysis needs to work in."""
    size = splines + 1
    fixed = 4 * size * size + 8 * size + splines * splines + 5 * points + 4
    fixed += components * (NODES + GRID_COLUMNS)
    return fixed + patients * splines + strata * (2 * splines + 4)


def polynomials(basis: MSplineBasis) -> np.ndarray:
    """Return the splines' polynomials from each knot on, densities then integrals, flattened."""
    # Scaled so that all coefficients 0 make a hazard of 1. Each polynomial is the one through
    # enough values between its knots.
    even = basis.even_weights() * basis.last
    knots = np.array([0.0, *basis.inner, basis.last])
    parts = []
    for order, functions in ((_ORDER, basis.density), (_ORDER + 1, basis.cumulative)):
        share = 0.5 - 0.5 * np.cos(np.pi * np.arange(order) / (order - 1))
        span = np.diff(knots)[:, None]
        values = np.array(functions(knots[:-1, None] + span * share)).transpose(1, 2, 0) * even
        scaled = np.linalg.solve(np.vander(share), values)  # (span, power, spline)
        powers = span ** -np.arange(order - 1.0, -1.0, -1.0)
        parts.append((scaled * powers[:, :, None]).transpose(0, 2, 1).ravel())
    return np.concatenate(parts)


def points_of(points: int, splines: int) -> np.ndarray:
    """Return quasi-random points of a t with 9 degrees of freedom; shape (points, splines)."""
    uniform = qmc.Sobol(splines + 1, rng=np.random.default_rng(1)).random(points)
    uniform = np.clip(uniform, 1e-12, 1.0 - 1e-12)
    scale = np.sqrt(DEGREES / chi2.ppf(uniform[:, 0], DEGREES))
    return np.asarray(scale[:, None] * norm.ppf(uniform[:, 1:]))


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_data(  # type: ignore[no-untyped-def]
    values, sums, events, time, event, arm, stratum, count, unit, knots, last, numbers, at
):
    """Fill the splines at each event and their integrals summed by stratum and arm.

    Returns events and experimental events.
    """
    splines, spans = values.shape[1], knots.size
    integrals = at + spans * splines * _ORDER
    sums[:] = 0.0
    events[:] = 0.0
    total, treated = 0, 0.0
    for i in range(count):
        now = min(time[i], last)
        span = 0
        while span < spans - 1 and now >= knots[span + 1]:
            span += 1
        x, beyond = now - knots[span], time[i] - now
        s, place = stratum[i], splines * arm[i]
        for j in range(splines):
            first = at + (span * splines + j) * _ORDER
            density = 0.0
            for k in range(_ORDER):
                density = density * x + numbers[first + k]
            first = integrals + (span * splines + j) * (_ORDER + 1)
            integral = 0.0
            for k in range(_ORDER + 1):
                integral = integral * x + numbers[first + k]
            sums[s, place + j] += (integral + density * beyond) / unit
            if event[i]:
                values[total, j] = density
        if event[i]:
            total += 1
            treated += arm[i]
            events[s] += 1.0
    return total, treated


@njit(cache=True, nogil=True, error_model="numpy")
def _log_likelihood(x, scales, values, sums, events, total, treated, own):  # type: ignore[no-untyped-def]
    """Return the log-likelihood, levels integrated out; fills the splines' factors."""
    splines = values.shape[1]
    ratio = math.exp(x[0])
    for j in range(splines):
        scales[j] = math.exp(x[1 + j])
    height = treated * x[0]
    for i in range(total):
        rate = 0.0
        for j in range(splines):
            rate += scales[j] * values[i, j]
        height += math.log(rate)
    for s in range(events.size):
        exposure = own
        for j in range(splines):
            exposure += scales[j] * (sums[s, j] + ratio * sums[s, splines + j])
        height -= (own + events[s]) * math.log(exposure)
    return height


@njit(cache=True, nogil=True, error_model="numpy")
def _walk_penalty(x, precision):  # type: ignore[no-untyped-def]
    """Return minus the log density of the random walk's prior, but a constant."""
    total = 0.0
    for j in range(precision.shape[0]):
        for k in range(precision.shape[0]):
            total += x[1 + j] * precision[j, k] * x[1 + k]
    return 0.5 * total


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_slopes(slope, curve, x, scales, values, sums, events, total, treated, own):  # type: ignore[no-untyped-def]
    """Fill the log-likelihood's slope and minus its second derivatives; `scales` are filled."""
    splines = values.shape[1]
    size = splines + 1
    ratio = math.exp(x[0])
    slope[:] = 0.0
    curve[:] = 0.0
    slope[0] = treated
    part = slope[size:]  # room: shares of one event, or of one stratum's exposure
    for i in range(total):
        rate = 0.0
        for j in range(splines):
            part[j] = scales[j] * values[i, j]
            rate += part[j]
        for j in range(splines):
            share = part[j] / rate
            slope[1 + j] += share
            curve[1 + j, 1 + j] -= share
            for k in range(splines):
                curve[1 + j, 1 + k] += share * part[k] / rate
    for s in range(events.size):
        exposure, experimental = own, 0.0
        for j in range(splines):
            part[j] = scales[j] * (sums[s, j] + ratio * sums[s, splines + j])
            exposure += part[j]
            experimental += scales[j] * ratio * sums[s, splines + j]
        power, share = own + events[s], experimental / exposure
        slope[0] -= power * share
        curve[0, 0] += power * share * (1.0 - share)
        for j in range(splines):
            mine = part[j] / exposure
            slope[1 + j] -= power * mine
            curve[1 + j, 1 + j] += power * mine
            cross = power * (scales[j] * ratio * sums[s, splines + j] / exposure - share * mine)
            curve[0, 1 + j] += cross
            curve[1 + j, 0] += cross
            for k in range(splines):
                curve[1 + j, 1 + k] -= power * mine * part[k] / exposure


@njit(cache=True, nogil=True, error_model="numpy")
def _cholesky(matrix, lower):  # type: ignore[no-untyped-def]
    """Fill the lower factor of a matrix; return whether it is positive definite."""
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= lower[i, k] * lower[j, k]
            if i == j:
                if not rest > 0.0:
                    return False
                lower[i, i] = math.sqrt(rest)
            else:
                lower[i, j] = rest / lower[j, j]
                lower[j, i] = 0.0
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _factored(matrix, lower):  # type: ignore[no-untyped-def]
    """Fill the lower factor, of a matrix raised until it is definite; return if it was at once."""
    if _cholesky(matrix, lower):
        return True
    ridge = 1e-3
    while ridge < 1e12:
        for j in range(matrix.shape[0]):
            matrix[j, j] += ridge
        if _cholesky(matrix, lower):
            break
        ridge *= 4.0
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(lower, vector):  # type: ignore[no-untyped-def]
    """Overwrite a vector with the solution of the factored system."""
    size = lower.shape[0]
    for i in range(size):
        for k in range(i):
            vector[i] -= lower[i, k] * vector[k]
        vector[i] /= lower[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            vector[i] -= lower[k, i] * vector[k]
        vector[i] /= lower[i, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _climb(x, trial, slope, curve, lower, scales, precision, data, mean, sd):  # type: ignore[no-untyped-def]
    """Move to the mode under a normal prior; return whether the curvature there is definite."""
    values, sums, events, total, treated, own = data
    size = precision.shape[0] + 1
    height = -np.inf
    for _ in range(_MOST_STEPS):
        height = _log_likelihood(x, scales, values, sums, events, total, treated, own)
        height -= _walk_penalty(x, precision) + 0.5 * ((x[0] - mean) / sd) ** 2
        _fill_slopes(slope, curve, x, scales, values, sums, events, total, treated, own)
        slope[0] -= (x[0] - mean) / (sd * sd)
        curve[0, 0] += 1.0 / (sd * sd)
        for j in range(size - 1):
            for k in range(size - 1):
                slope[1 + j] -= precision[j, k] * x[1 + k]
                curve[1 + j, 1 + k] += precision[j, k]
        definite = _factored(curve, lower)
        gain, longest = 0.0, 0.0
        step = slope[size : 2 * size]
        step[:] = slope[:size]
        _solve(lower, step)
        for j in range(size):
            gain += step[j] * slope[j]
            longest = max(longest, abs(step[j]))
        if gain < 1e-12:
            return definite
        scale = min(1.0, 2.0 / longest)
        for _ in range(30):
            for j in range(size):
                trial[j] = x[j] + scale * step[j]
            there = _log_likelihood(trial, scales, values, sums, events, total, treated, own)
            there -= _walk_penalty(trial, precision) + 0.5 * ((trial[0] - mean) / sd) ** 2
            if there >= height:
                break
            scale *= 0.5
        x[:] = trial
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_precision(precision, sd):  # type: ignore[no-untyped-def]
    """Fill the random walk's precision; its mean is held near 0, as levels are free."""
    splines = precision.shape[0]
    precision[:] = 1.0 / (splines * _LEVEL_SD) ** 2
    for j in range(splines - 1):
        precision[j, j] += 1.0 / (sd * sd)
        precision[j + 1, j + 1] += 1.0 / (sd * sd)
        precision[j, j + 1] -= 1.0 / (sd * sd)
        precision[j + 1, j] -= 1.0 / (sd * sd)


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
    at += code[SPANS] * splines * (2 * _ORDER + 1)
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
    total, treated = _fill_data(
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
    _fill_precision(precision, walk_sd)
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
            _log_likelihood(trial, scales, values, sums, events, total, treated, own)
            - _walk_penalty(trial, precision)
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
        _solve(lower, column)
        for k in range(size):
            curve[k, j] = column[k]
    _cholesky(curve[1:, 1:], factor)
    return math.sqrt(curve[0, 0])
