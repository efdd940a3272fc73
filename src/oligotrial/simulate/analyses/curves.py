"""Differences between two arms' Kaplan-Meier curves, from the table of risk sets, compiled.

Each stratum has curves of its own; its difference, and what it weighs, are added up. Without
strata there is one.
"""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.risk_rows import (
    AT_RISK,
    AT_RISK_EXPERIMENTAL,
    EVENTS,
    EVENTS_EXPERIMENTAL,
    STRATUM,
    TIME,
)

__all__ = ["ROOM_PER_STRATUM", "analyse_milestone", "analyse_restricted_mean"]

WEIGHT, LOG_LOG, TRUNCATED = EXTRA, EXTRA + 1, EXTRA + 1
"""Integers of the analyses: what strata are weighed by; whether a milestone is on the scale
log(-log S); whether a mean's horizon is cut to a stratum's own follow-up."""

ALONE, SIZE, COCHRAN, PRECISION = range(4)
"""What strata are weighed by."""

# What is worked out of each stratum; of both arms but the last three.
_KNOWN, _SIZE, _HEIGHT, _VALUE, _RIGHT, _VARIANCE = range(0, 12, 2)
_HORIZON, _DIFFERENCE, _SPREAD = range(12, 15)

ROOM_PER_STRATUM = 15


@njit(cache=True, nogil=True, error_model="numpy")
def _of_arm(rows, r, arm):  # type: ignore[no-untyped-def]
    """Return how many of an arm are at risk at a row's time, and how many events it has."""
    n, d = rows[r, AT_RISK_EXPERIMENTAL], rows[r, EVENTS_EXPERIMENTAL]
    if arm == 1:
        return n, d
    return rows[r, AT_RISK] - n, rows[r, EVENTS] - d


@njit(cache=True, nogil=True, error_model="numpy")
def _follow_up(cells, order, count, time, arm, stratum, counted):  # type: ignore[no-untyped-def]
    """Fill each arm's longest follow-up in each stratum, and the patients where they are asked for.

    Without patients it is below 0.
    """
    strata = cells.shape[1]
    cells[_KNOWN] = -1.0
    cells[_KNOWN + 1] = -1.0
    missing = 2 * strata
    for i in range(count - 1, -1, -1):
        p = order[i]
        if cells[_KNOWN + arm[p], stratum[p]] < 0.0:
            cells[_KNOWN + arm[p], stratum[p]] = time[p]
            missing -= 1
            if missing == 0:
                break
    if counted:
        cells[_SIZE] = 0.0
        cells[_SIZE + 1] = 0.0
        for i in range(count):
            cells[_SIZE + arm[order[i]], stratum[order[i]]] += 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(kind, cells, s, variance):  # type: ignore[no-untyped-def]
    """Return what a stratum weighs; 0 where that can't be told."""
    control, treated = cells[_SIZE, s], cells[_SIZE + 1, s]
    if kind == SIZE:
        return control + treated
    if kind == COCHRAN:
        return control * treated / (control + treated)
    if kind == PRECISION:
        return 1.0 / variance if variance > 0.0 else 0.0
    return 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_means(cells, survival, rows, top):  # type: ignore[no-untyped-def]
    """Fill each arm's area under its curve and variance (Klein and Moeschberger, 4.5.1-2)."""
    strata = cells.shape[1]
    for which in range(2):
        for s in range(strata):
            cells[_VALUE + which, s] = 0.0
            cells[_VARIANCE + which, s] = 0.0
            cells[_RIGHT + which, s] = cells[_HORIZON, s]
    for r in range(rows.shape[0] - 1, top - 1, -1):
        s = int(rows[r, STRATUM])
        now = rows[r, TIME]
        if now > cells[_HORIZON, s]:
            continue
        for which in range(2):
            area = cells[_VALUE + which, s] + survival[r, which] * (cells[_RIGHT + which, s] - now)
            n, d = _of_arm(rows, r, which)
            cells[_VALUE + which, s] = area
            cells[_RIGHT + which, s] = now
            if 0.0 < d < n:
                cells[_VARIANCE + which, s] += area * area * d / (n * (n - d))


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_heights(cells, survival, rows, top, until):  # type: ignore[no-untyped-def]
    """Fill both curves at each row up to a time, and their last heights."""
    cells[_HEIGHT] = 1.0
    cells[_HEIGHT + 1] = 1.0
    for r in range(top, rows.shape[0]):
        if rows[r, TIME] > until:
            break
        s = int(rows[r, STRATUM])
        for which in range(2):
            n, d = _of_arm(rows, r, which)
            if d > 0.0:
                cells[_HEIGHT + which, s] *= (n - d) / n
            survival[r, which] = cells[_HEIGHT + which, s]


@njit(cache=True, nogil=True, error_model="numpy")
def _reaches(cells, s, until):  # type: ignore[no-untyped-def]
    """Return how far both curves of a stratum are known, at most until a time; below 0 if not.

    A curve that has come down to 0 is known for ever.
    """
    reach = until
    for which in range(2):
        known = cells[_KNOWN + which, s]
        if known < 0.0 or cells[_HEIGHT + which, s] > 0.0:
            reach = min(reach, known)
    return reach


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_restricted_mean(  # type: ignore[no-untyped-def]
    out, order, count, time, arm, stratum, strata, rows, top, survival, code, numbers, room
):
    """Fill a restricted mean's columns: statistic, difference, its standard error, both means.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (5,), and with strata the share of patients in strata that are left out, with
        a horizon that is cut the shortest one. NaN where nothing can be compared.
    order, count, time, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`, by the same strata.
    survival : numpy.ndarray
        Room to work in; shape (rows, at least 2).
    code, numbers : numpy.ndarray
        The analysis' integers; its numbers are the horizon and the margin, months.
    room : numpy.ndarray
        Room to work in, `ROOM_PER_STRATUM` for each stratum.
    """
    until, margin = numbers[code[START]], numbers[code[START] + 1]
    cells = room[: ROOM_PER_STRATUM * strata].reshape(ROOM_PER_STRATUM, strata)
    _follow_up(cells, order, count, time, arm, stratum, code[WEIGHT] != ALONE)
    _fill_heights(cells, survival, rows, top, until)
    shortest = until
    for s in range(strata):
        reach = _reaches(cells, s, until)
        if code[TRUNCATED] == 0 and reach < until:
            reach = -1.0
        cells[_HORIZON, s] = reach
        if reach > 0.0:
            shortest = min(shortest, reach)
    _fill_means(cells, survival, rows, top)
    for s in range(strata):
        for which in range(2):  # up to the first event a curve is at 1
            cells[_VALUE + which, s] += cells[_RIGHT + which, s]
        cells[_DIFFERENCE, s] = cells[_VALUE + 1, s] - cells[_VALUE, s]
        cells[_SPREAD, s] = cells[_VARIANCE, s] + cells[_VARIANCE + 1, s]
        if not cells[_HORIZON, s] > 0.0:
            cells[_SPREAD, s] = -1.0
    _sum_up(out, cells, code[WEIGHT], count)
    if out[2] > 0.0:
        out[0] = (out[1] - margin) / out[2]
    if code[TRUNCATED] != 0:
        out[out.size - 1] = shortest


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_up(out, cells, kind, count):  # type: ignore[no-untyped-def]
    """Fill difference, standard error, both values and what is left out, over all strata."""
    out[:] = np.nan
    whole, total, spread, compared = 0.0, 0.0, 0.0, 0.0
    control, treated = 0.0, 0.0
    for s in range(cells.shape[1]):
        variance = cells[_SPREAD, s]
        weight = _weigh(kind, cells, s, variance) if variance >= 0.0 else 0.0
        if weight > 0.0:
            whole += weight
            total += weight * cells[_DIFFERENCE, s]
            spread += weight * weight * variance
            control += weight * cells[_VALUE, s]
            treated += weight * cells[_VALUE + 1, s]
            compared += cells[_SIZE, s] + cells[_SIZE + 1, s]
    if kind != ALONE:
        out[5] = 1.0 - compared / count
    if whole > 0.0:
        out[1], out[2] = total / whole, np.sqrt(spread) / whole
        out[3], out[4] = control / whole, treated / whole


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_survivals(cells, rows, top, at):  # type: ignore[no-untyped-def]
    """Fill each arm's survival at a time and the variance of its logarithm (Greenwood)."""
    cells[_HEIGHT] = 1.0
    cells[_HEIGHT + 1] = 1.0
    cells[_VARIANCE] = 0.0
    cells[_VARIANCE + 1] = 0.0
    for r in range(top, rows.shape[0]):
        if rows[r, TIME] > at:
            break
        s = int(rows[r, STRATUM])
        for which in range(2):
            n, d = _of_arm(rows, r, which)
            if d > 0.0:
                cells[_HEIGHT + which, s] *= (n - d) / n
                cells[_VARIANCE + which, s] += d / (n * (n - d)) if d < n else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _compare(cells, s, log_log):  # type: ignore[no-untyped-def]
    """Return a stratum's difference of survivals, and its variance; below 0 if there is none."""
    control, treated = cells[_VALUE, s], cells[_VALUE + 1, s]
    below, above = cells[_VARIANCE, s], cells[_VARIANCE + 1, s]
    if log_log == 0:
        return treated - control, control**2 * below + treated**2 * above
    if min(control, treated) > 0.0 and max(control, treated) < 1.0:
        lower, upper = np.log(control), np.log(treated)
        return np.log(upper / lower), below / lower**2 + above / upper**2
    return np.nan, -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_milestone(  # type: ignore[no-untyped-def]
    out, order, count, time, arm, stratum, strata, rows, top, code, numbers, room
):
    """Fill a milestone's columns: statistic, difference, its standard error, both survivals.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (5,), and with strata the share of patients in strata that are left out. NaN
        where nothing can be compared: a curve ends above 0 before the milestone, or the scale is
        log-log and a survival 0 or 1.
    order, count, time, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`, by the same strata.
    code, numbers : numpy.ndarray
        The analysis' integers; its number is the milestone in months.
    room : numpy.ndarray
        Room to work in, `ROOM_PER_STRATUM` for each stratum.
    """
    at, kind = numbers[code[START]], code[WEIGHT]
    cells = room[: ROOM_PER_STRATUM * strata].reshape(ROOM_PER_STRATUM, strata)
    _follow_up(cells, order, count, time, arm, stratum, kind != ALONE)
    _fill_survivals(cells, rows, top, at)
    for s in range(strata):
        for which in range(2):
            cells[_VALUE + which, s] = cells[_HEIGHT + which, s]
        difference, variance = _compare(cells, s, code[LOG_LOG])
        cells[_DIFFERENCE, s] = difference
        cells[_SPREAD, s] = variance if _reaches(cells, s, at) >= at else -1.0
    _sum_up(out, cells, kind, count)
    if out[2] > 0.0:
        out[0] = (-out[1] if code[LOG_LOG] else out[1]) / out[2]
