"""The compiled Markov chain of a reconstruction: arrays only.

Patients are exchangeable, so the chain keeps no identities: its state is the patients sorted by
time, each with an event indicator and one value in each permutable column. See
`oligotrial.cohort.reconstruct` for the distribution it draws from.

Numba's cache of a function notices changes of its own file only: after a change in `evaluate` or
`oligotrial.estimators.kernels` touch this file.
"""

import numpy as np
from numba import njit

from oligotrial.cohort.chain import Problem, State
from oligotrial.cohort.evaluate import Work, energy, fill_statistics, new_work

__all__ = ["run_chain"]

_ALL = -1  # what a move changed, where it is not one column
_LONGEST_BLOCK = 12


@njit(cache=True, nogil=True, error_model="numpy")
def _accepted(
    problem: Problem,
    state: State,
    work: Work,
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
            fill_statistics(g, problem, state, work, work.trial)
            work.new_energy[g] = energy(g, problem, work.trial)
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
    problem: Problem, state: State, work: Work, generator: np.random.Generator
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
    problem: Problem, state: State, work: Work, generator: np.random.Generator
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
    problem: Problem, state: State, work: Work, generator: np.random.Generator
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
def _slide(problem: Problem, state: State, work: Work, generator: np.random.Generator) -> None:
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
    problem: Problem, state: State, work: Work, generator: np.random.Generator
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
    work = new_work(problem, state.day.shape[0])
    for g in range(problem.levels.shape[0]):
        fill_statistics(g, problem, state, work, state.statistic)
        work.energy[g] = energy(g, problem, state.statistic)
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
