"""Hazards of M-splines as a likelihood of coefficients and a log hazard ratio: compiled.

A stratum's level integrates out in closed form. Coefficients are logs of the splines' weights
against those of a constant hazard; neighbours differ by a random walk.
"""

import math

import numpy as np
from numba import njit

from oligotrial.hazard import MSplineBasis

__all__ = [
    "ORDER",
    "fill_data",
    "fill_precision",
    "fill_slopes",
    "log_likelihood",
    "polynomials",
    "walk_penalty",
]

ORDER = 4
"""Coefficients of a spline's density between two knots; its integral has one more."""

_LEVEL_SD = 0.1  # of the coefficients' mean, which the levels make superfluous


def polynomials(basis: MSplineBasis) -> np.ndarray:
    """Return the splines' polynomials from each knot on, densities then integrals, flattened."""
    # Scaled so that all coefficients 0 make a hazard of 1. Each polynomial is the one through
    # enough values between its knots.
    even = basis.even_weights() * basis.last
    knots = np.array([0.0, *basis.inner, basis.last])
    parts = []
    for order, functions in ((ORDER, basis.density), (ORDER + 1, basis.cumulative)):
        share = 0.5 - 0.5 * np.cos(np.pi * np.arange(order) / (order - 1))
        span = np.diff(knots)[:, None]
        values = np.array(functions(knots[:-1, None] + span * share)).transpose(1, 2, 0) * even
        scaled = np.linalg.solve(np.vander(share), values)  # (span, power, spline)
        powers = span ** -np.arange(order - 1.0, -1.0, -1.0)
        parts.append((scaled * powers[:, :, None]).transpose(0, 2, 1).ravel())
    return np.concatenate(parts)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_data(  # type: ignore[no-untyped-def]
    values, sums, events, time, event, arm, stratum, count, unit, knots, last, numbers, at
):
    """Fill the splines at each event and their integrals summed by stratum and arm.

    Parameters
    ----------
    values, sums, events : numpy.ndarray
        Filled: splines at each event, their integrals by stratum and arm, events by stratum.
    time, event, arm, stratum : numpy.ndarray
        The trial's patients; shape (patient,).
    count : int
        How many of them there are.
    unit : float
        Unit of time of the splines.
    knots : numpy.ndarray
        Where spans of the splines begin.
    last : float
        Where the last span ends: hazards are constant after it.
    numbers : numpy.ndarray
        Coefficients of the splines and of their integrals.
    at : int
        Where those of the splines begin.

    Returns
    -------
    events : int
        Events of both arms.
    treated : float
        Events of the experimental arm.
    """
    splines, spans = values.shape[1], knots.size
    integrals = at + spans * splines * ORDER
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
            first = at + (span * splines + j) * ORDER
            density = 0.0
            for k in range(ORDER):
                density = density * x + numbers[first + k]
            first = integrals + (span * splines + j) * (ORDER + 1)
            integral = 0.0
            for k in range(ORDER + 1):
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
def log_likelihood(x, scales, values, sums, events, total, treated, own):  # type: ignore[no-untyped-def]
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
def walk_penalty(x, precision):  # type: ignore[no-untyped-def]
    """Return minus the log density of the random walk's prior, but a constant."""
    total = 0.0
    for j in range(precision.shape[0]):
        for k in range(precision.shape[0]):
            total += x[1 + j] * precision[j, k] * x[1 + k]
    return 0.5 * total


@njit(cache=True, nogil=True, error_model="numpy")
def fill_slopes(slope, curve, x, scales, values, sums, events, total, treated, own):  # type: ignore[no-untyped-def]
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
def fill_precision(precision, sd):  # type: ignore[no-untyped-def]
    """Fill the random walk's precision; its mean is held near 0, as levels are free."""
    splines = precision.shape[0]
    precision[:] = 1.0 / (splines * _LEVEL_SD) ** 2
    for j in range(splines - 1):
        precision[j, j] += 1.0 / (sd * sd)
        precision[j + 1, j + 1] += 1.0 / (sd * sd)
        precision[j, j + 1] -= 1.0 / (sd * sd)
        precision[j + 1, j] -= 1.0 / (sd * sd)
