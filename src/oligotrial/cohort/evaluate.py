"""How far a chain's state is from what is printed, cell by cell.

A cell is what one move changes or leaves as a whole: a grouping's log-rank test, the other
statistics of one of its levels, or the regression. Tests come first, since one that is printed to
four decimals refuses most moves before any curve is estimated; the regression comes last.
"""

import numpy as np
from numba import njit

from oligotrial.cohort.chain import EVERY_COLUMN, Problem, State
from oligotrial.cohort.chain_curves import (
    counted,
    gather,
    limits,
    mean,
    median,
    product_limit,
    rate,
)
from oligotrial.cohort.chain_tests import many_groups, two_groups
from oligotrial.cohort.regress import fill_regression
from oligotrial.cohort.work import Work

__all__ = ["cell_energy", "fill_times"]

# Members of Kind as plain integers, for the compiled comparisons.
_MEAN, _MEAN_SE, _MEDIAN, _LOWER, _UPPER = range(1, 6)
_EVENTS = 9
_FOLLOW_UP, _FOLLOW_UP_LOWER, _FOLLOW_UP_UPPER = range(12, 15)

# Columns of Problem.statistics and of Problem.plan.
_KIND, _, _ARGUMENT, _TICKED, _LOW, _HIGH, _LIMIT, _Z = range(8)
_COLUMN, _LEVELS, _FIRST, _REST, _END = range(5)

_LEAST_LIMIT = 5.0  # of a statistic's scales


@njit(cache=True, nogil=True, error_model="numpy")
def fill_times(months: np.ndarray, day: np.ndarray, time: np.ndarray) -> None:
    """Fill the months of each patient.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,).
    day : numpy.ndarray
        Shape (patient,).
    time : numpy.ndarray
        Shape (patient,): filled.
    """
    for i in range(day.shape[0]):
        time[i] = months[day[i]]


@njit(cache=True, nogil=True, error_model="numpy")
def cell_energy(
    problem: Problem, state: State, work: Work, weights: np.ndarray, g: int, cell: int
) -> float:
    """Return the energy of a cell.

    Parameters
    ----------
    problem : Problem
        What is printed.
    state : State
        Where the chain is.
    work : Work
        Room, with the times filled; the statistics' places in `trial` are filled.
    weights : numpy.ndarray
        Of the tests.
    g : int
        The grouping.
    cell : int
        0 for its test or the regression, 1 for the first level's other statistics, and so on.

    Returns
    -------
    float
        The sum over statistics of ``log(1 + (distance / width)^2) + (distance / limit)^2``; a limit
        is at least five widths.
    """
    column, _, first, rest, end = problem.plan[g]
    if column == EVERY_COLUMN:
        begin, last = problem.table[g, 0], problem.table[g, 1]
        size, patients = last - begin, state.event.shape[0]
        covariates = work.covariates.ravel()[: patients * size].reshape((patients, size))
        room = work.regression.ravel()[: (2 + 2 * size) * size].reshape((2 + 2 * size, size))
        _fill_covariates(
            problem.cox_column[begin:last], problem.cox_code[begin:last], state.values, covariates
        )
        fill_regression(
            work.time, state.event, covariates, problem.cox_beta[begin:last], room,
            problem.statistics[rest:end], work.trial[rest:end],
        )  # fmt: skip
        total = 0.0
        for s in range(rest, end):
            total += _energy(work.trial[s], problem.statistics, s, work.width[s])
        return total
    if cell > 0:
        return _level(problem, state, work, g, cell - 1)
    level, value = problem.table[g], state.values[column]
    levels = problem.plan[g, _LEVELS]
    if levels == 2:
        found = two_groups(weights, state.event, level, value, problem.statistics[first, _ARGUMENT])
    else:
        most = levels - 1
        found = many_groups(
            weights, state.event, level, value, work.at_risk[:levels], work.score[:most],
            work.covariance[:most, :most],
        )  # fmt: skip
    work.trial[first] = found
    return _energy(found, problem.statistics, first, work.width[first])


@njit(cache=True, nogil=True, error_model="numpy")
def _level(  # noqa: C901 - the kinds share one curve: a call for each would cost more than it
    problem: Problem, state: State, work: Work, g: int, level: int
) -> float:
    column, begin, end = (
        problem.plan[g, _COLUMN],
        problem.spans[g, level],
        problem.spans[g, level + 1],
    )
    rows, longest = problem.statistics, problem.months[-1]
    if column >= 0:
        time, event = work.member_time, work.member_event
        members = gather(
            problem.table[g], state.values[column], level, work.time, state.event, time, event
        )
    else:
        time, event, members = work.time, state.event, state.event.shape[0]
    count, at_events, scale = -1, problem.limits_at_events, problem.median_scale
    average, error, lower, upper = -1.0, 0.0, -1.0, 0.0
    total = 0.0
    for s in range(begin, end):
        kind, low, high = int(rows[s, _KIND]), rows[s, _LOW], rows[s, _HIGH]
        if kind >= _FOLLOW_UP:
            if count >= 0:
                count, lower = -1, -1.0
            value = _follow_up(
                kind, time, event, members, work.curve, at_events, scale, rows[s, _Z]
            )
        elif kind >= _EVENTS:
            at = rows[s, _ARGUMENT]
            if rows[s, _TICKED] > 0.0:
                at *= problem.spacings[state.spacing[0]]
            value = counted(kind, at, time, event, members)
        else:
            if count < 0:
                count = product_limit(time, event, members, 1, work.curve)
            if kind == _MEDIAN:
                value = median(work.curve, count, low, high)
            elif kind <= _MEAN_SE:
                if average < 0.0:
                    average, error = mean(work.curve, count, time[members - 1])
                value = average if kind == _MEAN else error
            elif kind <= _UPPER:
                if lower < 0.0:
                    lower, upper = limits(work.curve, count, at_events, scale, rows[s, _Z])
                value = lower if kind == _LOWER else upper
            else:
                value = rate(
                    kind, rows[s, _ARGUMENT], problem.rate_scale, rows[s, _Z], work.curve, count
                )
        work.trial[s] = value
        if kind <= _UPPER or kind >= _FOLLOW_UP:  # what isn't reached lies at the last time
            value = min(value, longest)
            low, high = min(low, longest), min(high, longest)
        total += _far(value, low, high, rows[s, _LIMIT], work.width[s])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _follow_up(
    kind: int,
    time: np.ndarray,
    event: np.ndarray,
    members: int,
    curve: np.ndarray,
    at_events: bool,
    scale: int,
    z: float,
) -> float:
    """Return the median of reverse Kaplan-Meier or a limit of it: being censored is the event."""
    count = product_limit(time, event, members, 0, curve)
    if kind == _FOLLOW_UP:
        return median(curve, count, 0.0, 0.0)
    lower, upper = limits(curve, count, at_events, scale, z)
    return lower if kind == _FOLLOW_UP_LOWER else upper


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_covariates(
    column: np.ndarray, code: np.ndarray, values: np.ndarray, covariates: np.ndarray
) -> None:
    for k in range(column.shape[0]):
        for i in range(values.shape[1]):
            covariates[i, k] = code[k, values[column[k], i]]


@njit(cache=True, nogil=True, error_model="numpy")
def _energy(value: float, rows: np.ndarray, s: int, width: float) -> float:
    return _far(value, rows[s, _LOW], rows[s, _HIGH], rows[s, _LIMIT], width)


@njit(cache=True, nogil=True, error_model="numpy")
def _far(value: float, low: float, high: float, limit: float, width: float) -> float:
    """Return ``log(1 + (distance / width)^2) + (distance / max(limit, 5 width))^2``."""
    distance = low - value if value < low else value - high
    if low <= value <= high or distance == 0.0:
        return 0.0
    ratio, far = distance / width, distance / max(limit, _LEAST_LIMIT * width)
    return float(np.log1p(ratio * ratio) + far * far)
