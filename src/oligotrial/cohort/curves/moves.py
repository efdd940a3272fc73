"""Compiled proposals of a chain: each changes a patient or two and keeps what is printed."""

import numpy as np
from numba import njit

from oligotrial.cohort.curves.changes import Undo, change
from oligotrial.cohort.curves.layout import END, Layout, State

__all__ = ["propose"]

_SMALLEST = 3.0  # decades by which a move of a time may be smaller than its cell


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _uniform(low: float, high: float, generator: np.random.Generator) -> float:
    return float(high - (high - low) * generator.random())  # in (low, high]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _in_interval(layout: Layout, i: int, generator: np.random.Generator) -> float:
    # A censoring at the very time of the risk table would count as at risk there.
    low, high = layout.interval_start[i], layout.interval_end[i]
    return float(low + (high - low) * generator.random())


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _in_cell(layout: Layout, cell: int, generator: np.random.Generator) -> float:
    low, high = layout.cell_start[cell], layout.cell_end[cell]
    if low == high:
        return float(high)
    time = _uniform(low, high, generator)
    i = layout.cell_interval[cell]
    if time >= layout.interval_end[i] and i + 1 < layout.interval_end.shape[0]:
        return float(0.5 * (low + high))  # rounding: the number at risk there must not count it
    return time


@njit(cache=True, nogil=True, error_model="numpy")
def _change_time(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    generator: np.random.Generator,
) -> float:
    """Move a patient's time within its cell; the log ratio of proposals is 0."""
    kind, cell, i = state.kind[s], state.cell[s], state.interval[s]
    if kind == END:
        return -np.inf
    if cell >= 0:
        time = _in_cell(layout, cell, generator)
    elif generator.random() < 0.5:
        time = _in_interval(layout, i, generator)
    else:
        low, high = layout.interval_start[i], layout.interval_end[i]
        width = (high - low) * 10.0 ** (-_SMALLEST * generator.random())
        time = state.time[s] + width * (2.0 * generator.random() - 1.0)
        if not low <= time < high:
            return -np.inf
    change(state, place, undo, s, kind, cell, i, time)
    return 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _censored_in(state: State, i: int, generator: np.random.Generator) -> int:
    """Return one of an interval's censored patients at random, or -1 if there is none."""
    if state.censored[i] == 0:
        return -1
    left = int(state.censored[i] * generator.random())
    for s in range(state.kind.shape[0]):
        if state.kind[s] == 0 and state.interval[s] == i:
            if left == 0:
                return s
            left -= 1
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _change_cell(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    generator: np.random.Generator,
) -> float:
    """Move an event to another cell; across the risk table in exchange for a censoring.

    As of every move, what is returned is the log of how much likelier the way back is proposed,
    times the ratio of the base measure.
    """
    kind = state.kind[s]
    if kind < 1 or state.cell[s] < 0:
        return -np.inf
    old, i = state.cell[s], state.interval[s]
    cells = layout.cell_first[kind] - layout.cell_first[kind - 1]
    far = int(cells ** generator.random())
    new = old + far if generator.random() < 0.5 else old - far
    if not layout.cell_first[kind - 1] <= new < layout.cell_first[kind]:
        return -np.inf
    j = layout.cell_interval[new]
    ratio = (state.in_cell[new] + 1.0) / state.in_cell[old]
    if j != i:
        q = _censored_in(state, j, generator)
        if q < 0:
            return -np.inf
        change(state, place, undo, q, 0, -1, i, _in_interval(layout, i, generator))
    change(state, place, undo, s, kind, new, j, _in_cell(layout, new, generator))
    return float(np.log(ratio))


@njit(cache=True, nogil=True, error_model="numpy")
def _change_kind(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    generator: np.random.Generator,
) -> float:
    """Make an event of a cause without printed total a censoring of its interval, or back."""
    kind, cell, i = state.kind[s], state.cell[s], state.interval[s]
    first, cells = layout.free_first[i], layout.free_first[i + 1] - layout.free_first[i]
    if cells == 0:
        return -np.inf
    if kind > 0 and cell >= 0 and not layout.total_known[kind - 1]:
        ratio = (state.censored[i] + 1.0) / (state.in_cell[cell] * cells)
        change(state, place, undo, s, 0, -1, i, _in_interval(layout, i, generator))
    elif kind == 0:
        new = layout.free_cells[first + int(cells * generator.random())]
        ratio = (state.in_cell[new] + 1.0) * cells / state.censored[i]
        cause = layout.cell_cause[new]
        change(state, place, undo, s, cause, new, i, _in_cell(layout, new, generator))
    else:
        return -np.inf
    return float(np.log(ratio))


@njit(cache=True, nogil=True, error_model="numpy")
def _change_end(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    generator: np.random.Generator,
) -> float:
    """Follow a patient of the last interval to the end of the curve, or not."""
    last = layout.interval_end.shape[0] - 1
    end = layout.interval_end[last]
    if state.interval[s] != last or layout.interval_start[last] == end:
        return -np.inf
    if state.kind[s] == END:
        ratio = (state.censored[last] + 1.0) / state.to_end[0]
        change(state, place, undo, s, 0, -1, last, _in_interval(layout, last, generator))
    elif state.kind[s] == 0:
        ratio = (state.to_end[0] + 1.0) / state.censored[last]
        change(state, place, undo, s, END, -1, last, end)
    else:
        return -np.inf
    return float(np.log(ratio))


@njit(cache=True, nogil=True, error_model="numpy")
def _change_others(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    generator: np.random.Generator,
) -> float:
    """Make a censoring a competing event without a curve, or back; in pairs if their sum is known.

    Times stay as they are: both lie evenly in the interval.
    """
    if state.kind[s] == END or state.cell[s] >= 0 or not layout.others:
        return -np.inf
    other = layout.cell_first.shape[0]
    i, kind = state.interval[s], state.kind[s]
    if not layout.others_known:
        ratio = (
            (state.others[i] + 1.0) / state.censored[i]
            if kind == 0
            else (state.censored[i] + 1.0) / state.others[i]
        )
        change(state, place, undo, s, other - kind, -1, i, state.time[s])
        return float(np.log(ratio))
    q = int(state.time.shape[0] * generator.random())
    j = state.interval[q]
    if state.kind[q] == END or state.cell[q] >= 0 or state.kind[q] == kind:
        return -np.inf
    ratio = 1.0
    if i != j:
        a, b = (i, j) if kind == 0 else (j, i)  # of a a censoring, of b a competing event
        ratio = (state.others[a] + 1.0) / state.censored[a]
        ratio *= (state.censored[b] + 1.0) / state.others[b]
    change(state, place, undo, s, other - kind, -1, i, state.time[s])
    change(state, place, undo, q, kind, -1, j, state.time[q])
    return float(np.log(ratio))


@njit(cache=True, nogil=True, error_model="numpy")
def propose(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    generator: np.random.Generator,
) -> float:
    """Change a patient or two at random.

    Parameters
    ----------
    layout : Layout
        The figure.
    state : State
        The patients, changed.
    place : numpy.ndarray
        Shape (patient,): their places in the order of times, changed with it.
    undo : Undo
        Filled with what was before.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    float
        The log of how much likelier the way back is proposed, times the ratio of the base measure;
        minus infinity where nothing was changed.
    """
    s, choice = int(state.time.shape[0] * generator.random()), generator.random()
    if choice < 0.40:
        return _change_cell(layout, state, place, undo, s, generator)
    if choice < 0.65:
        return _change_time(layout, state, place, undo, s, generator)
    if choice < 0.85:
        return _change_kind(layout, state, place, undo, s, generator)
    if choice < 0.92 or not layout.others:
        return _change_end(layout, state, place, undo, s, generator)
    return _change_others(layout, state, place, undo, s, generator)
