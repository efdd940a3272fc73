"""Differences between two arms' Kaplan-Meier curves, from the table of risk sets, compiled."""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.risk_rows import (
    AT_RISK,
    AT_RISK_EXPERIMENTAL,
    EVENTS,
    EVENTS_EXPERIMENTAL,
    TIME,
)

__all__ = ["analyse_milestone", "analyse_restricted_mean"]

LOG_LOG = EXTRA
"""Integer of a milestone analysis: whether it is on the scale log(-log S)."""


@njit(cache=True, nogil=True, error_model="numpy")
def _of_arm(rows, r, arm):  # type: ignore[no-untyped-def]
    """Return how many of an arm are at risk at a row's time, and how many events it has."""
    n, d = rows[r, AT_RISK_EXPERIMENTAL], rows[r, EVENTS_EXPERIMENTAL]
    if arm == 1:
        return n, d
    return rows[r, AT_RISK] - n, rows[r, EVENTS] - d


@njit(cache=True, nogil=True, error_model="numpy")
def _known_until(order, count, time, arm, which):  # type: ignore[no-untyped-def]
    """Return the longest follow-up of an arm; below 0 if nobody is in it."""
    for i in range(count - 1, -1, -1):
        if arm[order[i]] == which:
            return time[order[i]]
    return -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _restricted_mean(until, rows, top, survival, which):  # type: ignore[no-untyped-def]
    """Return an arm's area under its curve and its variance (Klein and Moeschberger, 4.5.1-2)."""
    height = 1.0
    end = top
    for r in range(top, rows.shape[0]):
        if rows[r, TIME] > until:
            break
        n, d = _of_arm(rows, r, which)
        if d > 0.0:
            height *= (n - d) / n
        survival[r, which] = height
        end = r + 1
    area, variance, right = 0.0, 0.0, until
    for r in range(end - 1, top - 1, -1):
        area += survival[r, which] * (right - rows[r, TIME])
        right = rows[r, TIME]
        n, d = _of_arm(rows, r, which)
        if 0.0 < d < n:
            variance += area * area * d / (n * (n - d))
    return area + right, variance, height


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_restricted_mean(out, order, count, time, arm, rows, top, survival, code, numbers):  # type: ignore[no-untyped-def]
    """Fill a restricted mean's columns: statistic, difference, its standard error, both means.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (5,). NaN where a curve ends above 0 before the horizon.
    order, count, time, arm : numpy.ndarray and int
        As for `analyse`.
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`, unstratified.
    survival : numpy.ndarray
        Room to work in; shape (rows, at least 2).
    code, numbers : numpy.ndarray
        The analysis' integers; its numbers are the horizon and the margin, months.
    """
    until, margin = numbers[code[START]], numbers[code[START] + 1]
    out[:] = np.nan
    spread = 0.0
    for which in range(2):
        mean, variance, height = _restricted_mean(until, rows, top, survival, which)
        known = _known_until(order, count, time, arm, which)
        if known < 0.0 or (known < until and height > 0.0):
            out[3] = np.nan
            return
        out[3 + which] = mean
        spread += variance
    out[1] = out[4] - out[3]
    out[2] = np.sqrt(spread)
    if spread > 0.0:
        out[0] = (out[1] - margin) / out[2]


@njit(cache=True, nogil=True, error_model="numpy")
def _milestone(at, rows, top, which):  # type: ignore[no-untyped-def]
    """Return an arm's survival at a time and the variance of its logarithm (Greenwood)."""
    height, spread = 1.0, 0.0
    for r in range(top, rows.shape[0]):
        if rows[r, TIME] > at:
            break
        n, d = _of_arm(rows, r, which)
        if d > 0.0:
            height *= (n - d) / n
            spread += d / (n * (n - d)) if d < n else 0.0
    return height, spread


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_milestone(out, order, count, time, arm, rows, top, code, numbers):  # type: ignore[no-untyped-def]
    """Fill a milestone's columns: statistic, difference, its standard error, both survivals.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (5,). NaN where a curve ends above 0 before the milestone, or the scale is
        log-log and a survival 0 or 1.
    order, count, time, arm : numpy.ndarray and int
        As for `analyse`.
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`, unstratified.
    code, numbers : numpy.ndarray
        The analysis' integers; its number is the milestone in months.
    """
    at = numbers[code[START]]
    out[:] = np.nan
    control, control_spread = _milestone(at, rows, top, 0)
    treated, treated_spread = _milestone(at, rows, top, 1)
    for which, height in ((0, control), (1, treated)):
        known = _known_until(order, count, time, arm, which)
        if known < 0.0 or (known < at and height > 0.0):
            return
    out[3], out[4] = control, treated
    if code[LOG_LOG]:
        if min(control, treated) > 0.0 and max(control, treated) < 1.0:
            lower, upper = np.log(control), np.log(treated)
            out[1] = np.log(upper / lower)
            out[2] = np.sqrt(control_spread / lower**2 + treated_spread / upper**2)
            out[0] = -out[1] / out[2]
    else:
        out[1] = treated - control
        out[2] = np.sqrt(control**2 * control_spread + treated**2 * treated_spread)
        if out[2] > 0.0:
            out[0] = out[1] / out[2]
