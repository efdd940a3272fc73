"""The compiled statistics of a reconstruction's chain, and how far they are from the printed."""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.cohort.chain import Problem, State
from oligotrial.estimators.kernels import (
    fill_log_log_distance,
    fill_product_limit,
    fill_risk_sets,
    fill_score,
    mean_until,
    median_limits,
    median_times,
    quadratic_form,
)

__all__ = ["Work", "energy", "fill_statistics", "new_work"]

# Members of Kind as plain integers, for the compiled comparisons.
_MEAN, _MEAN_SE, _MEDIAN, _LOWER, _UPPER = range(5)
_EVENTS_BY, _CHI_SQUARED, _AT_RISK = 5, 6, 7


class Work(NamedTuple):
    """Room for one evaluation, made once a chain, and what the chain knows of its state.

    Parameters
    ----------
    time, group : numpy.ndarray
        Shape (patient,): months and group of each patient.
    times, at_risk, events, survival, variance, distance : numpy.ndarray
        One row an event time: the table of risk sets and one group's curve.
    score, covariance : numpy.ndarray
        Of the log-rank test.
    trial : numpy.ndarray
        Shape (statistic,): after a move that isn't decided yet.
    energy, new_energy : numpy.ndarray
        Shape (grouping,): now and after the move.
    weight : numpy.ndarray
        Shape (1,): the power of the pseudo-likelihood.
    """

    time: np.ndarray
    group: np.ndarray
    times: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    survival: np.ndarray
    variance: np.ndarray
    distance: np.ndarray
    score: np.ndarray
    covariance: np.ndarray
    trial: np.ndarray
    energy: np.ndarray
    new_energy: np.ndarray
    weight: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def new_work(problem: Problem, patients: int) -> Work:
    """Return room for evaluations.

    Parameters
    ----------
    problem : Problem
        What is evaluated.
    patients : int
        How many.

    Returns
    -------
    Work
        Not filled.
    """
    groups, groupings = problem.levels.max(), problem.levels.shape[0]
    return Work(
        np.empty(patients),
        np.empty(patients, np.int64),
        np.empty(patients),
        np.empty((patients, groups)),
        np.empty((patients, groups)),
        np.empty(patients),
        np.empty(patients),
        np.empty(patients),
        np.empty(groups),
        np.empty((groups, groups)),
        np.empty(problem.kind.shape[0]),
        np.empty(groupings),
        np.empty(groupings),
        np.empty(1),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def fill_statistics(g: int, problem: Problem, state: State, work: Work, out: np.ndarray) -> None:
    """Fill the statistics of a grouping from the state.

    Parameters
    ----------
    g : int
        The grouping.
    problem : Problem
        What is evaluated.
    state : State
        Where the chain is.
    work : Work
        Room.
    out : numpy.ndarray
        Shape (statistic,): those of the grouping are filled.
    """
    groups, column = problem.levels[g], problem.column[g]
    _fill_groups(problem.months, state.day, work.time)
    if column >= 0:
        _fill_groups(problem.table[g], state.values[column], work.group)
    else:
        work.group[:] = 0
    at_risk, events = work.at_risk[:, :groups], work.events[:, :groups]
    rows = fill_risk_sets(work.time, state.event, work.group, work.times, at_risk, events)
    at_risk, events, times = at_risk[:rows], events[:rows], work.times[:rows]
    survival, variance, distance = work.survival[:rows], work.variance, work.distance
    kinds, levels, low, high = problem.kind, problem.level, problem.low, problem.high
    present, margin = -1, -1
    for s in range(problem.first[g], problem.first[g + 1]):
        kind, level = kinds[s], levels[s]
        if kind == _CHI_SQUARED:
            out[s] = _chi_squared(at_risk, events, work, problem.argument[s])
            continue
        if kind == _EVENTS_BY:
            out[s] = _events_by(work.time, state.event, problem.argument[s])
            continue
        if kind == _AT_RISK:
            tick = problem.spacings[state.spacing[0]] if problem.ticked[s] else 1.0
            out[s] = _count_at_risk(work.time, work.group, level, tick * problem.argument[s])
            continue
        if level != present:
            present = level
            fill_product_limit(at_risk[:, level], events[:, level], survival, variance)
        if kind == _MEDIAN:
            first, last = median_times(times, survival)
            out[s] = _nearer(first, last, low[s], high[s])
        elif kind <= _MEAN_SE:
            mean, spread = mean_until(
                times, at_risk[:, level], events[:, level], survival, work.time[-1]
            )
            out[s] = mean if kind == _MEAN else np.sqrt(spread)
        else:
            if level != margin:
                margin = level
                fill_log_log_distance(events[:, level], survival, variance, distance)
                lower, upper = median_limits(times, events[:, level], distance, problem.z)
            out[s] = lower if kind == _LOWER else upper


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_groups(of: np.ndarray, value: np.ndarray, out: np.ndarray) -> None:
    for i in range(value.shape[0]):
        out[i] = of[value[i]]


@njit(cache=True, nogil=True, error_model="numpy")
def _chi_squared(at_risk: np.ndarray, events: np.ndarray, work: Work, direction: float) -> float:
    groups = at_risk.shape[1]
    score, covariance = work.score[:groups], work.covariance[:groups, :groups]
    score[:] = 0.0
    covariance[:] = 0.0
    fill_score(at_risk, events, score, covariance)
    against = direction * score[0] < 0.0
    chi_squared = quadratic_form(score, covariance)[0]
    return -chi_squared if against else chi_squared


@njit(cache=True, nogil=True, error_model="numpy")
def _events_by(time: np.ndarray, event: np.ndarray, limit: float) -> float:
    total = 0
    for i in range(time.shape[0]):
        if time[i] > limit:
            break
        total += event[i]
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_at_risk(time: np.ndarray, group: np.ndarray, level: int, limit: float) -> float:
    total = 0
    for i in range(time.shape[0] - 1, -1, -1):
        if time[i] < limit:
            break
        total += group[i] == level
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy")
def _nearer(first: float, last: float, low: float, high: float) -> float:
    return first if _outside(first, low, high) <= _outside(last, low, high) else last


@njit(cache=True, nogil=True, error_model="numpy")
def _outside(value: float, low: float, high: float) -> float:
    if low <= value <= high:
        return 0.0
    return low - value if value < low else value - high


@njit(cache=True, nogil=True, error_model="numpy")
def energy(g: int, problem: Problem, values: np.ndarray) -> float:
    """Return how badly a grouping's statistics fit.

    Parameters
    ----------
    g : int
        The grouping.
    problem : Problem
        What is printed.
    values : numpy.ndarray
        Shape (statistic,): the present values.

    Returns
    -------
    float
        The sum of ``log(1 + (distance / tolerance)^2) + (distance / limit)^2``.
    """
    longest = problem.months[-1]
    total = 0.0
    for s in range(problem.first[g], problem.first[g + 1]):
        value, low, high = values[s], problem.low[s], problem.high[s]
        if problem.kind[s] <= _UPPER:  # what isn't reached lies at the end of follow-up
            value, low, high = min(value, longest), min(low, longest), min(high, longest)
        distance = _outside(value, low, high)
        if distance > 0.0:
            ratio, far = distance / problem.tolerance[s], distance / problem.limit[s]
            total += np.log1p(ratio * ratio) + far * far
    return total
