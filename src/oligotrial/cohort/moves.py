"""How a reconstruction's chain moves: each move is made in the state, and can be undone."""

import numpy as np
from numba import njit

from oligotrial.cohort.chain import ALL, NOTHING, TIMES, Problem, State

__all__ = ["CHANGED_TIME", "GAVE_COURSES", "SLID", "SPACED", "SWAPPED", "propose", "undo"]

SWAPPED, GAVE_COURSES, CHANGED_TIME, SLID, SPACED = range(5)
"""Which move it was: the first place of the memory."""

_LONGEST_BLOCK = 12
_NARROW = 60  # days of a pin within which any day is proposed


@njit(cache=True, nogil=True, error_model="numpy")
def propose(
    problem: Problem, state: State, generator: np.random.Generator, memory: np.ndarray
) -> tuple[int, float]:
    """Make a move; return what it changed and the log of its probabilities' ratio.

    Parameters
    ----------
    problem : Problem
        What is sampled.
    state : State
        Where the chain is; changed.
    generator : numpy.random.Generator
        Source of randomness.
    memory : numpy.ndarray
        Shape (6,): filled with what `undo` and `oligotrial.cohort.touched` need.

    Returns
    -------
    tuple of (int, float)
        A column, `ALL`, `TIMES` or `NOTHING`; and the base measure's ratio times that of
        the proposals' probabilities.
    """
    columns, courses = state.values.shape[0], problem.courses.shape[0]
    choice = generator.random()
    if choice < 0.45 and columns > 0:
        return _swap_values(state, courses > 0, generator, memory)
    if choice < 0.65 and courses > 0:
        return _change_courses(problem, state, generator, memory)
    if choice < 0.93:
        return _change_time(problem, state, generator, memory)
    if choice < 0.99:
        return _slide(problem.log_base, problem.pins, state, generator, memory)
    memory[0], memory[1] = SPACED, state.spacing[0]
    state.spacing[0] = _whole(generator, 0, problem.spacings.shape[0])
    return (TIMES if state.spacing[0] != memory[1] else NOTHING), 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def undo(state: State, memory: np.ndarray) -> None:
    """Take a move back.

    Parameters
    ----------
    state : State
        Where the move led; changed.
    memory : numpy.ndarray
        From `propose`.
    """
    move, a, b, c, d, e = memory
    if move == SWAPPED:
        row = state.values[a]
        row[b], row[c] = row[c], row[b]
    elif move == GAVE_COURSES:
        row = state.values[a]
        row[b], row[c] = d, e
    elif move == CHANGED_TIME:
        _move(state, a, b, c)
    elif move == SLID:
        state.day[a:b] -= c
    else:
        state.spacing[0] = a


@njit(cache=True, nogil=True, error_model="numpy")
def _whole(generator: np.random.Generator, first: int, end: int) -> int:
    return first + int(generator.random() * (end - first))


@njit(cache=True, nogil=True, error_model="numpy")
def _swap_values(
    state: State, courses: bool, generator: np.random.Generator, memory: np.ndarray
) -> tuple[int, float]:
    """Exchange one column's value between two patients, any two or close in time."""
    pin, may = state.pin, state.allowed
    n, columns = pin.shape[0], state.values.shape[0]
    column = columns - 1  # the course decides on more of what is printed than any other
    if not courses or generator.random() < 0.45:
        column = _whole(generator, 0, columns)
    i = _whole(generator, 0, n)
    near = generator.random() < 0.5
    j = i + _whole(generator, 1, 6) if near else _whole(generator, 0, n)
    if j >= n:
        return NOTHING, 0.0
    row = state.values[column]
    if row[i] == row[j] or not (may[pin[i], column, row[j]] and may[pin[j], column, row[i]]):
        return NOTHING, 0.0
    row[i], row[j] = row[j], row[i]
    memory[0], memory[1], memory[2], memory[3] = SWAPPED, column, i, j
    return column, 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _change_courses(
    problem: Problem, state: State, generator: np.random.Generator, memory: np.ndarray
) -> tuple[int, float]:
    """Give two patients other courses such that as many as before reach each cut-off."""
    pin, may, courses, first = state.pin, state.allowed, problem.courses, problem.slot_first
    n, column = pin.shape[0], state.values.shape[0] - 1
    row, prior = state.values[column], problem.log_prior
    for _ in range(16):
        i, j = _whole(generator, 0, n), _whole(generator, 0, n)
        old_i, old_j = row[i], row[j]
        slot_i, slot_j = courses[old_i, 0], courses[old_j, 0]
        new_i = _whole(generator, first[slot_i], first[slot_i + 1])
        new_j = _whole(generator, first[slot_j], first[slot_j + 1])
        if i == j or (new_i == old_i and new_j == old_j):
            continue
        same = may[pin[i], column, new_i] and may[pin[j], column, new_j]
        for k in range(1, courses.shape[1]):
            gained = courses[new_i, k] + courses[new_j, k]
            same = same and gained == courses[old_i, k] + courses[old_j, k]
        if not same:
            continue
        row[i], row[j] = new_i, new_j
        memory[0], memory[1], memory[2] = GAVE_COURSES, column, i
        memory[3], memory[4], memory[5] = j, old_i, old_j
        return column, prior[new_i] + prior[new_j] - prior[old_i] - prior[old_j]
    return NOTHING, 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _change_time(
    problem: Problem, state: State, generator: np.random.Generator, memory: np.ndarray
) -> tuple[int, float]:
    """Give one patient another time, another event indicator, or both."""
    pins, base, days = problem.pins, problem.log_base, problem.months.shape[0]
    i = _whole(generator, 0, state.day.shape[0])
    day, event, pin = state.day[i], state.event[i], state.pin[i]
    new_day, new_event, ratio = day, event, 0.0
    choice = generator.random()
    if pin >= 0 and choice < 0.85 and pins[pin, 1] - pins[pin, 0] < _NARROW:
        new_day = _whole(generator, pins[pin, 0], pins[pin, 1] + 1)
    elif choice < 0.4:
        k = int(np.searchsorted(problem.cumulative, generator.random()))
        new_event, new_day = k // days, k % days
        ratio = np.log(problem.proposal[event, day] / problem.proposal[new_event, new_day])
    elif choice < 0.85:
        reach = 1 << _whole(generator, 0, 7)
        new_day = day + _whole(generator, -reach, reach + 1)
    else:
        new_event = 1 - event
    if (new_day == day and new_event == event) or not _allowed(pins, pin, new_day, days):
        return NOTHING, 0.0
    if pin >= 0 and pins[pin, 2] == 1 - new_event:
        return NOTHING, 0.0
    ratio += base[new_event, new_day] - base[event, day]
    if new_event != event:
        events = state.event.sum()
        ratio += problem.log_events[events + new_event - event] - problem.log_events[events]
    tied = _tied(state.day, i)
    memory[0], memory[1] = CHANGED_TIME, _move(state, i, new_day, new_event)
    memory[2], memory[3] = day, event
    tied = tied or _tied(state.day, memory[1])
    memory[4] = tied or memory[1] != i or new_event != event
    return ALL, ratio


@njit(cache=True, nogil=True, error_model="numpy")
def _allowed(pins: np.ndarray, pin: int, day: int, days: int) -> bool:
    if pin >= 0:
        return bool(pins[pin, 0] <= day <= pins[pin, 1])
    return bool(1 <= day < days)


@njit(cache=True, nogil=True, error_model="numpy")
def _tied(day: np.ndarray, i: int) -> bool:
    last = day.shape[0] - 1
    return bool((i > 0 and day[i - 1] == day[i]) or (i < last and day[i + 1] == day[i]))


@njit(cache=True, nogil=True, error_model="numpy")
def _move(state: State, i: int, new_day: int, new_event: int) -> int:
    """Give patient i a time and event; return the patient's place in the order of time."""
    day, event, pin, patient, values = (
        state.day, state.event, state.pin, state.patient, state.values,
    )  # fmt: skip
    last = day.shape[0] - 1
    day[i], event[i] = new_day, new_event
    step = -1 if i > 0 and day[i - 1] > new_day else 1
    while 0 <= i + step <= last and (day[i + step] - new_day) * step < 0:
        j = i + step
        day[i], day[j] = day[j], day[i]
        event[i], event[j] = event[j], event[i]
        pin[i], pin[j] = pin[j], pin[i]
        patient[i], patient[j] = patient[j], patient[i]
        for c in range(values.shape[0]):
            values[c, i], values[c, j] = values[c, j], values[c, i]
        i = j
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def _slide(
    base: np.ndarray,
    pins: np.ndarray,
    state: State,
    generator: np.random.Generator,
    memory: np.ndarray,
) -> tuple[int, float]:
    """Shift neighbours in time by as many days, without a change in the order of patients."""
    day, event, pin = state.day, state.event, state.pin
    n, longest = day.shape[0], base.shape[1]
    i = _whole(generator, 0, n)
    j = min(n, i + 1 + int(_LONGEST_BLOCK * generator.random() ** 2))
    reach = 1 << _whole(generator, 0, 6)
    days = _whole(generator, 1, reach + 1)
    if generator.random() < 0.5:
        days = -days
    if i > 0 and day[i - 1] >= min(day[i], day[i] + days):
        return NOTHING, 0.0
    if j < n and day[j] <= max(day[j - 1], day[j - 1] + days):
        return NOTHING, 0.0
    ratio = 0.0
    for k in range(i, j):
        if not _allowed(pins, pin[k], day[k] + days, longest):
            return NOTHING, 0.0
        ratio += base[event[k], day[k] + days] - base[event[k], day[k]]
    day[i:j] += days
    memory[0], memory[1], memory[2], memory[3] = SLID, i, j, days
    return TIMES, ratio
