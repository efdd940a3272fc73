"""Which statistics of a reconstruction's chain a move can change, cell by cell."""

import numpy as np
from numba import njit

from oligotrial.cohort.chain import EVERY_COLUMN, NO_COLUMN, Problem, State
from oligotrial.cohort.moves import CHANGED_TIME, GAVE_COURSES, SLID, SWAPPED

__all__ = ["every_cell", "touched_cells"]

_COLUMN, _LEVELS, _FIRST, _REST, _END = range(5)  # columns of Problem.plan
_TICKED = 3  # column of Problem.statistics


@njit(cache=True, nogil=True, error_model="numpy")
def every_cell(problem: Problem, cells: np.ndarray) -> int:
    """List all cells.

    Parameters
    ----------
    problem : Problem
        What is printed.
    cells : numpy.ndarray of int
        Shape (cell, 2): filled with groupings and their cells, in the order of evaluation.

    Returns
    -------
    int
        How many.
    """
    plan, count = problem.plan, 0
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] != EVERY_COLUMN and plan[g, _FIRST] < plan[g, _REST]:
            count = _listed(cells, count, g, 0)
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] != EVERY_COLUMN:
            for level in range(plan[g, _LEVELS]):
                count = _level(problem, cells, count, g, level)
    return _regression(plan, cells, count)


@njit(cache=True, nogil=True, error_model="numpy")
def touched_cells(
    problem: Problem, state: State, memory: np.ndarray, regressed: bool, cells: np.ndarray
) -> int:
    """List the cells that a move can change.

    Parameters
    ----------
    problem : Problem
        What is printed.
    state : State
        Where the move led.
    memory : numpy.ndarray
        From `oligotrial.cohort.moves.propose`.
    regressed : bool
        Whether regressions count.
    cells : numpy.ndarray of int
        Shape (cell, 2): filled as by `every_cell`.

    Returns
    -------
    int
        How many.
    """
    move = memory[0]
    if move in (SWAPPED, GAVE_COURSES):
        return _of_values(problem, state, memory, regressed, cells)
    if move == CHANGED_TIME and memory[4] == 0:  # the order is as before
        return _of_block(problem, state, memory[1], memory[1] + 1, cells)
    if move == CHANGED_TIME:
        return _of_patient(problem, state, memory[1], regressed, cells)
    if move == SLID:
        return _of_block(problem, state, memory[1], memory[2], cells)
    return _of_ticks(problem, cells)


@njit(cache=True, nogil=True, error_model="numpy")
def _of_values(
    problem: Problem, state: State, memory: np.ndarray, regressed: bool, cells: np.ndarray
) -> int:
    """List the groupings in which one of two patients has another level now."""
    plan, column, i, j = problem.plan, memory[1], memory[2], memory[3]
    row = state.values[column]
    new_i, new_j = row[i], row[j]
    old_i, old_j = new_j, new_i
    if memory[0] == GAVE_COURSES:
        old_i, old_j = memory[4], memory[5]
    count = 0
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] == column and plan[g, _FIRST] < plan[g, _REST]:
            of = problem.table[g]
            if of[old_i] != of[new_i] or of[old_j] != of[new_j]:
                count = _listed(cells, count, g, 0)
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] == column:
            of, begin = problem.table[g], count
            if of[old_i] != of[new_i]:
                count = _once(problem, cells, begin, count, g, of[old_i])
                count = _once(problem, cells, begin, count, g, of[new_i])
            if of[old_j] != of[new_j]:
                count = _once(problem, cells, begin, count, g, of[old_j])
                count = _once(problem, cells, begin, count, g, of[new_j])
    return _regression(plan, cells, count) if regressed else count


@njit(cache=True, nogil=True, error_model="numpy")
def _of_patient(problem: Problem, state: State, i: int, regressed: bool, cells: np.ndarray) -> int:
    """List all tests, and the levels of a patient who has another time or event."""
    plan, count = problem.plan, 0
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] != EVERY_COLUMN and plan[g, _FIRST] < plan[g, _REST]:
            count = _listed(cells, count, g, 0)
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] != EVERY_COLUMN:
            count = _level(problem, cells, count, g, _level_of(problem, state, g, i))
    return _regression(plan, cells, count) if regressed else count


@njit(cache=True, nogil=True, error_model="numpy")
def _of_block(problem: Problem, state: State, first: int, end: int, cells: np.ndarray) -> int:
    """List the levels of patients whose times were shifted within their order.

    Tests and regressions stay as they are.
    """
    plan, count = problem.plan, 0
    for g in range(plan.shape[0]):
        if plan[g, _COLUMN] != EVERY_COLUMN:
            begin = count
            for i in range(first, end):
                level = _level_of(problem, state, g, i)
                count = _once(problem, cells, begin, count, g, level)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _of_ticks(problem: Problem, cells: np.ndarray) -> int:
    plan, count = problem.plan, 0
    for g in range(plan.shape[0]):
        for level in range(plan[g, _LEVELS]):
            ticked = False
            for s in range(problem.spans[g, level], problem.spans[g, level + 1]):
                ticked = ticked or problem.statistics[s, _TICKED] > 0.0
            if ticked:
                count = _listed(cells, count, g, 1 + level)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _level_of(problem: Problem, state: State, g: int, i: int) -> int:
    column = problem.plan[g, _COLUMN]
    return 0 if column == NO_COLUMN else int(problem.table[g, state.values[column, i]])


@njit(cache=True, nogil=True, error_model="numpy")
def _regression(plan: np.ndarray, cells: np.ndarray, count: int) -> int:
    for g in range(plan.shape[0]):  # it comes last
        if plan[g, _COLUMN] == EVERY_COLUMN:
            count = _listed(cells, count, g, 0)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _level(problem: Problem, cells: np.ndarray, count: int, g: int, level: int) -> int:
    if problem.spans[g, level] == problem.spans[g, level + 1]:
        return count
    return _listed(cells, count, g, 1 + level)


@njit(cache=True, nogil=True, error_model="numpy")
def _once(problem: Problem, cells: np.ndarray, begin: int, count: int, g: int, level: int) -> int:
    for c in range(begin, count):
        if cells[c, 1] == 1 + level:
            return count
    return _level(problem, cells, count, g, level)


@njit(cache=True, nogil=True, error_model="numpy")
def _listed(cells: np.ndarray, count: int, g: int, cell: int) -> int:
    cells[count, 0], cells[count, 1] = g, cell
    return count + 1
