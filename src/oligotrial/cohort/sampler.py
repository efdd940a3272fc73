"""The compiled Markov chain of a reconstruction: arrays only.

Patients are exchangeable, so the chain keeps no identities: its state is the patients sorted by
time, each with an event indicator and one value in each permutable column. See
`oligotrial.cohort.reconstruct` for the distribution it draws from.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit

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

__all__ = ["Kind", "Problem", "State", "run_chain"]


class Kind(IntEnum):
    """What a printed statistic is."""

    MEAN = 0
    MEAN_SE = 1
    MEDIAN = 2
    LOWER = 3
    UPPER = 4
    EVENTS_BY = 5
    CHI_SQUARED = 6
    AT_RISK = 7


# Numba freezes plain integers, not members of an enum in another's comparison.
_MEAN, _MEAN_SE, _MEDIAN, _LOWER, _UPPER = range(5)
_EVENTS_BY, _CHI_SQUARED, _AT_RISK = 5, 6, 7

_ALL = -1  # what a move changed, where it is not one column
_LONGEST_BLOCK = 12


class Problem(NamedTuple):
    """What a chain is run on; statistics are sorted by grouping, then level.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,): the times a patient can have.
    log_base : numpy.ndarray
        Shape (2, day): log density of a patient censored or with the event on a day.
    proposal, cumulative : numpy.ndarray
        Shape (2, day) and (2 * day,): probabilities of the independent proposal and their
        running sum.
    pin_low, pin_high : numpy.ndarray
        Shape (pin,): first and last day of each printed event time, that one patient keeps to.
    column, table, levels : numpy.ndarray
        For each grouping: the column its level follows from (-1: none), the level of each
        of that column's values, and how many levels there are.
    first : numpy.ndarray
        Shape (grouping + 1,): where each grouping's statistics begin.
    kind, level, argument : numpy.ndarray
        For each statistic: its `Kind`, of which level, and at what time, months.
    ticked : numpy.ndarray of bool
        For each statistic: whether `argument` counts ticks of unknown spacing.
    spacings : numpy.ndarray
        Months that may lie between two ticks.
    low, high, tolerance, limit : numpy.ndarray
        For each statistic: the values that agree with what is printed, the scale of the
        distance from them, and the distance that is too far.
    slot, reach, log_prior : numpy.ndarray
        For each course: the kind of patient who can have it, shape (course, cut-off) whether
        its dose reaches each cut-off, and the log of its prior probability.
    slot_first, slot_course : numpy.ndarray
        Where each kind of patient's courses begin in the list of courses.
    z : float
        Normal quantile of the printed intervals.
    """

    months: np.ndarray
    log_base: np.ndarray
    proposal: np.ndarray
    cumulative: np.ndarray
    pin_low: np.ndarray
    pin_high: np.ndarray
    column: np.ndarray
    table: np.ndarray
    levels: np.ndarray
    first: np.ndarray
    kind: np.ndarray
    level: np.ndarray
    argument: np.ndarray
    ticked: np.ndarray
    low: np.ndarray
    high: np.ndarray
    tolerance: np.ndarray
    limit: np.ndarray
    spacings: np.ndarray
    slot: np.ndarray
    reach: np.ndarray
    log_prior: np.ndarray
    slot_first: np.ndarray
    slot_course: np.ndarray
    z: float


class State(NamedTuple):
    """Where a chain is; changed in place.

    Parameters
    ----------
    day, event, pin : numpy.ndarray
        Shape (patient,): ascending days, 1 for an event, and the printed event time that
        the patient keeps to or -1.
    values : numpy.ndarray
        Shape (column, patient): what the groupings' levels follow from; the last column
        is the course.
    allowed : numpy.ndarray of bool
        Shape (pin + 1, column, value): what those who keep to a printed time may have; the
        last row is everyone else's.
    spacing : numpy.ndarray
        Shape (1,): number of the spacing between ticks.
    statistic : numpy.ndarray
        Shape (statistic,): their present values.
    """

    day: np.ndarray
    event: np.ndarray
    pin: np.ndarray
    values: np.ndarray
    allowed: np.ndarray
    spacing: np.ndarray
    statistic: np.ndarray


class _Work(NamedTuple):
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
def _work(problem: Problem, patients: int) -> _Work:
    groups, groupings = problem.levels.max(), problem.levels.shape[0]
    return _Work(
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
def _fill_statistics(g: int, problem: Problem, state: State, work: _Work, out: np.ndarray) -> None:
    """Fill the statistics of grouping g from the state."""
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
            out[s] = _chi_squared(at_risk, events, work)
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
def _chi_squared(at_risk: np.ndarray, events: np.ndarray, work: _Work) -> float:
    groups = at_risk.shape[1]
    score, covariance = work.score[:groups], work.covariance[:groups, :groups]
    score[:] = 0.0
    covariance[:] = 0.0
    fill_score(at_risk, events, score, covariance)
    return quadratic_form(score, covariance)[0]


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
def _energy(g: int, problem: Problem, values: np.ndarray) -> float:
    """Return minus the log of grouping g's pseudo-likelihood, to the power 2/3."""
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


@njit(cache=True, nogil=True, error_model="numpy")
def _accepted(
    problem: Problem,
    state: State,
    work: _Work,
    changed: int,
    log_ratio: float,
    generator: np.random.Generator,
) -> bool:
    """Decide on a move made in `state`; keep the statistics where it is accepted.

    `changed` is the column that the move touched, or `_ALL`. As no grouping's energy is
    negative, a move is refused as soon as those evaluated exceed what is allowed.
    """
    groupings = problem.levels.shape[0]
    budget = (log_ratio - np.log(generator.random())) / work.weight[0]
    for g in range(groupings):
        if changed == _ALL or problem.column[g] == changed:
            budget += work.energy[g]
    for g in range(groupings):
        if changed == _ALL or problem.column[g] == changed:
            _fill_statistics(g, problem, state, work, work.trial)
            work.new_energy[g] = _energy(g, problem, work.trial)
            budget -= work.new_energy[g]
            if budget < 0.0:
                return False
    for g in range(groupings):
        if changed == _ALL or problem.column[g] == changed:
            work.energy[g] = work.new_energy[g]
            for s in range(problem.first[g], problem.first[g + 1]):
                state.statistic[s] = work.trial[s]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _whole(generator: np.random.Generator, first: int, end: int) -> int:
    return first + int(generator.random() * (end - first))


@njit(cache=True, nogil=True, error_model="numpy")
def _swap_values(
    problem: Problem, state: State, work: _Work, generator: np.random.Generator
) -> None:
    """Exchange one column's value between two patients, any two or close in time."""
    n = state.day.shape[0]
    column, i = _whole(generator, 0, state.values.shape[0]), _whole(generator, 0, n)
    near = generator.random() < 0.5
    j = i + _whole(generator, 1, 6) if near else _whole(generator, 0, n)
    if j >= n:
        return
    row, may = state.values[column], state.allowed
    if row[i] == row[j]:
        return
    if may[state.pin[i], column, row[j]] and may[state.pin[j], column, row[i]]:
        row[i], row[j] = row[j], row[i]
        if not _accepted(problem, state, work, column, 0.0, generator):
            row[i], row[j] = row[j], row[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _change_courses(
    problem: Problem, state: State, work: _Work, generator: np.random.Generator
) -> None:
    """Give two patients other courses such that as many as before reach each cut-off."""
    n, column = state.day.shape[0], state.values.shape[0] - 1
    row, may = state.values[column], state.allowed
    for _ in range(16):
        i, j = _whole(generator, 0, n), _whole(generator, 0, n)
        old_i, old_j = row[i], row[j]
        new_i, new_j = (
            _other_course(problem, old_i, generator),
            _other_course(problem, old_j, generator),
        )
        if i == j or (new_i == old_i and new_j == old_j):
            continue
        same = may[state.pin[i], column, new_i] and may[state.pin[j], column, new_j]
        for k in range(problem.reach.shape[1]):
            gained = problem.reach[new_i, k] + problem.reach[new_j, k]
            same = same and gained == problem.reach[old_i, k] + problem.reach[old_j, k]
        if not same:
            continue
        row[i], row[j] = new_i, new_j
        ratio = problem.log_prior[new_i] + problem.log_prior[new_j]
        ratio -= problem.log_prior[old_i] + problem.log_prior[old_j]
        if not _accepted(problem, state, work, column, ratio, generator):
            row[i], row[j] = old_i, old_j
        return


@njit(cache=True, nogil=True, error_model="numpy")
def _other_course(problem: Problem, course: int, generator: np.random.Generator) -> int:
    slot = problem.slot[course]
    first, last = problem.slot_first[slot], problem.slot_first[slot + 1]
    return int(problem.slot_course[_whole(generator, first, last)])


@njit(cache=True, nogil=True, error_model="numpy")
def _change_time(
    problem: Problem, state: State, work: _Work, generator: np.random.Generator
) -> None:
    """Give one patient another time, another event indicator, or both."""
    i = _whole(generator, 0, state.day.shape[0])
    day, event = state.day[i], state.event[i]
    new_day, new_event, ratio = day, event, 0.0
    choice = generator.random()
    if choice < 0.4:
        days = problem.months.shape[0]
        k = int(np.searchsorted(problem.cumulative, generator.random()))
        new_event, new_day = k // days, k % days
        ratio = np.log(problem.proposal[event, day] / problem.proposal[new_event, new_day])
    elif choice < 0.85:
        reach = 1 << _whole(generator, 0, 7)
        new_day = day + _whole(generator, -reach, reach + 1)
    else:
        new_event = 1 - event
    if (new_day == day and new_event == event) or not _allowed(problem, state, i, new_day):
        return
    if new_event == 0 and state.pin[i] >= 0:
        return
    ratio += problem.log_base[new_event, new_day] - problem.log_base[event, day]
    place = _move(state, i, new_day, new_event)
    if not _accepted(problem, state, work, _ALL, ratio, generator):
        _move(state, place, day, event)


@njit(cache=True, nogil=True, error_model="numpy")
def _allowed(problem: Problem, state: State, i: int, day: int) -> bool:
    pin = state.pin[i]
    first, last = 1, problem.months.shape[0] - 1
    if pin >= 0:
        first, last = problem.pin_low[pin], problem.pin_high[pin]
    return bool(first <= day <= last)


@njit(cache=True, nogil=True, error_model="numpy")
def _move(state: State, i: int, day: int, event: int) -> int:
    """Give patient i a time and event; return the patient's place in the order of time."""
    last = state.day.shape[0] - 1
    state.day[i], state.event[i] = day, event
    while i > 0 and state.day[i - 1] > day:
        _exchange(state, i, i - 1)
        i -= 1
    while i < last and state.day[i + 1] < day:
        _exchange(state, i, i + 1)
        i += 1
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def _exchange(state: State, i: int, j: int) -> None:
    state.day[i], state.day[j] = state.day[j], state.day[i]
    state.event[i], state.event[j] = state.event[j], state.event[i]
    state.pin[i], state.pin[j] = state.pin[j], state.pin[i]
    for c in range(state.values.shape[0]):
        state.values[c, i], state.values[c, j] = state.values[c, j], state.values[c, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _slide(problem: Problem, state: State, work: _Work, generator: np.random.Generator) -> None:
    """Shift neighbours in time by as many days, without a change in the order of patients."""
    n = state.day.shape[0]
    i = _whole(generator, 0, n)
    j = min(n, i + 1 + int(_LONGEST_BLOCK * generator.random() ** 2))
    reach = 1 << _whole(generator, 0, 6)
    days = _whole(generator, 1, reach + 1)
    if generator.random() < 0.5:
        days = -days
    if i > 0 and state.day[i - 1] >= min(state.day[i], state.day[i] + days):
        return
    if j < n and state.day[j] <= max(state.day[j - 1], state.day[j - 1] + days):
        return
    ratio = 0.0
    for k in range(i, j):
        day, event = state.day[k], state.event[k]
        if not _allowed(problem, state, k, day + days):
            return
        ratio += problem.log_base[event, day + days] - problem.log_base[event, day]
    state.day[i:j] += days
    if not _accepted(problem, state, work, _ALL, ratio, generator):
        state.day[i:j] -= days


@njit(cache=True, nogil=True, error_model="numpy")
def _change_spacing(
    problem: Problem, state: State, work: _Work, generator: np.random.Generator
) -> None:
    """Take another spacing of the ticks of risk tables."""
    old = state.spacing[0]
    state.spacing[0] = _whole(generator, 0, problem.spacings.shape[0])
    if state.spacing[0] != old and not _accepted(problem, state, work, _ALL, 0.0, generator):
        state.spacing[0] = old


@njit(cache=True, nogil=True, error_model="numpy")
def run_chain(
    problem: Problem,
    state: State,
    steps: int,
    weights: tuple[float, float],
    generator: np.random.Generator,
) -> float:
    """Run a chain in place and return the energy it ends with.

    Parameters
    ----------
    problem : Problem
        What to sample.
    state : State
        Where to start, and where the chain ends.
    steps : int
        Proposals.
    weights : tuple of float
        Power of the pseudo-likelihood at the start and at the end; it grows geometrically
        over the first nine tenths of the steps and stays.
    generator : numpy.random.Generator
        Source of randomness, this chain's own.

    Returns
    -------
    float
        The sum over statistics of
        ``log(1 + (distance / tolerance)^2) + (distance / limit)^2``.
    """
    work = _work(problem, state.day.shape[0])
    for g in range(problem.levels.shape[0]):
        _fill_statistics(g, problem, state, work, state.statistic)
        work.energy[g] = _energy(g, problem, state.statistic)
    for step in range(steps):
        done = min(1.0, step / (0.9 * steps))
        work.weight[0] = weights[0] * (weights[1] / weights[0]) ** done
        choice = generator.random()
        if choice < 0.5:
            _swap_values(problem, state, work, generator)
        elif choice < 0.58:
            _change_courses(problem, state, work, generator)
        elif choice < 0.86:
            _change_time(problem, state, work, generator)
        elif choice < 0.99:
            _slide(problem, state, work, generator)
        else:
            _change_spacing(problem, state, work, generator)
    return float(work.energy.sum())
