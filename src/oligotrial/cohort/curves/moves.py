"""Compiled proposals of a chain: each changes a patient or two and keeps what is printed."""

import numpy as np
from numba import njit

from oligotrial.cohort.curves.changes import Undo, change
from oligotrial.cohort.curves.layout import CENSORED, END, OTHERS, Layout, State, piece_at

__all__ = ["propose"]

_TRIES = 20  # to find an event

_SMALLEST = 3.0  # decades by which a move of a time may be smaller than its interval


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
        The log of how much likelier the way back is proposed, times the ratio of the base measure
        but for numbers at risk (`Heights.base`); minus infinity where nothing was changed.
    """
    s, choice = int(state.time.shape[0] * generator.random()), generator.random()
    if layout.others and generator.random() < 0.3:
        ratio = _change_others(layout, state, place, undo, s, generator)
    elif choice < 0.40:
        ratio = _change_cell(layout, state, place, undo, s, generator)
    elif choice < 0.70:
        ratio = _change_time(layout, state, place, undo, s, generator)
    elif choice < 0.92:
        ratio = _change_kind(layout, state, place, undo, s, generator)
    else:
        ratio = _change_end(layout, state, place, undo, s, generator)
    return float(np.log(ratio))


# The base measure's ratios. Given how many of an interval are censored (or have a competing event
# without a curve), all whole numbers in its pieces are equally probable: N in J make
# (N + J - 1)! / (N! (J - 1)!) tables, together as probable as those of any other N.


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _lost_row(kind: int) -> int:
    """Return the row of counts of those who are censored, or of competing events."""
    return CENSORED if kind == 0 else OTHERS


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _lose(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    kind: int,
    i: int,
    time: float,
) -> None:
    """Make a patient one who is censored (or has a competing event without a curve) at a time."""
    change(state, place, undo, s, kind, -1 - piece_at(layout, i, time), i, time)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _loss_more(layout: Layout, state: State, kind: int, i: int, time: float) -> float:
    """Return the ratio for one censored more (or competing event) over the density of its time.

    Times are proposed evenly over the interval.
    """
    row = _lost_row(kind)
    pieces = layout.piece_first[i + 1] - layout.piece_first[i]
    here, of_all = state.in_piece[row, piece_at(layout, i, time)], state.lost[row, i]
    return float(pieces * (here + 1.0) * (of_all + 1.0) / (of_all + pieces))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _this_loss(layout: Layout, state: State, kind: int, i: int, time: float) -> float:
    """Return the ratio that a patient censored (or the like) at a time made when it came."""
    row = _lost_row(kind)
    pieces = layout.piece_first[i + 1] - layout.piece_first[i]
    here, of_all = state.in_piece[row, piece_at(layout, i, time)], state.lost[row, i]
    return float(pieces * here * of_all / (of_all - 1.0 + pieces))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _in_interval(layout: Layout, i: int, generator: np.random.Generator) -> float:
    # A censoring at the very time of the risk table counts as at risk there: [start, end).
    low, high = layout.interval_start[i], layout.interval_end[i]
    return float(low + (high - low) * generator.random())


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _in_cell(layout: Layout, cell: int, generator: np.random.Generator) -> float:
    low, high = layout.cell_start[cell], layout.cell_end[cell]
    if low == high:
        return float(high)
    time = high - (high - low) * generator.random()  # in (low, high]
    i = layout.cell_interval[cell]
    if time >= layout.interval_end[i] and i + 1 < layout.interval_end.shape[0]:
        return float(0.5 * (low + high))  # the number at risk there must not count it
    return float(time)


@njit(cache=True, nogil=True, error_model="numpy")
def _change_time(
    layout: Layout,
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    generator: np.random.Generator,
) -> float:
    """Move a patient's time within its place. Every move returns its ratio; 0 is none."""
    kind, cell, i = state.kind[s], state.cell[s], state.interval[s]
    if kind == END:
        return 0.0
    if cell >= 0:
        change(state, place, undo, s, kind, cell, i, _in_cell(layout, cell, generator))
        return 1.0
    low, high = layout.interval_start[i], layout.interval_end[i]
    time = _in_interval(layout, i, generator)
    if generator.random() < 0.5:
        width = (high - low) * 10.0 ** (-_SMALLEST * generator.random())
        time = state.time[s] + width * (2.0 * generator.random() - 1.0)
        if not low <= time < high:
            return 0.0
    row = _lost_row(kind)
    old, new = piece_at(layout, i, state.time[s]), piece_at(layout, i, time)
    ratio = 1.0
    if old != new:
        ratio = (state.in_piece[row, new] + 1.0) / state.in_piece[row, old]
    _lose(layout, state, place, undo, s, kind, i, time)
    return ratio


@njit(cache=True, nogil=True, error_model="numpy")
def _lost_in(state: State, i: int, generator: np.random.Generator) -> int:
    """Return one at random of an interval's censored and competing without a curve, or -1."""
    number = state.lost[CENSORED, i] + state.lost[OTHERS, i]
    if number == 0:
        return -1
    left = int(number * generator.random())
    for s in range(state.kind.shape[0]):
        if state.interval[s] == i and state.cell[s] < 0 and state.kind[s] != END:
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
    """Move an event to another cell; across the risk table in exchange for another's loss."""
    for _ in range(_TRIES):  # events may be few
        if state.cell[s] >= 0:
            break
        s = int(state.time.shape[0] * generator.random())
    kind = state.kind[s]
    if kind < 1 or state.cell[s] < 0:
        return 0.0
    old, i = state.cell[s], state.interval[s]
    cells = layout.cell_first[kind] - layout.cell_first[kind - 1]
    far = int(cells ** generator.random())
    new = old + far if generator.random() < 0.5 else old - far
    if not layout.cell_first[kind - 1] <= new < layout.cell_first[kind]:
        return 0.0
    j = layout.cell_interval[new]
    ratio = (state.in_cell[new] + 1.0) / state.in_cell[old]
    if j != i:
        q = _lost_in(state, j, generator)
        if q < 0:
            return 0.0
        time, other = _in_interval(layout, i, generator), state.kind[q]
        here = state.lost[CENSORED, i] + state.lost[OTHERS, i] + 1.0
        there = state.lost[CENSORED, j] + state.lost[OTHERS, j]
        ratio *= _loss_more(layout, state, other, i, time) / here
        ratio *= there / _this_loss(layout, state, other, j, state.time[q])
        _lose(layout, state, place, undo, q, other, i, time)
    change(state, place, undo, s, kind, new, j, _in_cell(layout, new, generator))
    return float(ratio)


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
        return 0.0
    if kind > 0 and cell >= 0 and not layout.total_known[kind - 1]:
        time = _in_interval(layout, i, generator)
        ratio = _loss_more(layout, state, 0, i, time) / (state.in_cell[cell] * cells)
        _lose(layout, state, place, undo, s, 0, i, time)
        return float(ratio)
    if kind == 0:
        new = layout.free_cells[first + int(cells * generator.random())]
        cause = layout.cell_cause[new]
        ratio = (state.in_cell[new] + 1.0) * cells
        ratio /= _this_loss(layout, state, 0, i, state.time[s])
        change(state, place, undo, s, cause, new, i, _in_cell(layout, new, generator))
        return float(ratio)
    return 0.0


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
        return 0.0
    if state.kind[s] == END:
        time = _in_interval(layout, last, generator)
        ratio = _loss_more(layout, state, 0, last, time) / state.to_end[0]
        _lose(layout, state, place, undo, s, 0, last, time)
        return float(ratio)
    if state.kind[s] == 0:
        ratio = state.to_end[0] + 1.0
        ratio /= _this_loss(layout, state, 0, last, state.time[s])
        change(state, place, undo, s, END, -1, last, end)
        return float(ratio)
    return 0.0


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

    Times stay as they are.
    """
    if state.kind[s] == END or state.cell[s] >= 0:
        return 0.0
    if not layout.others_known:
        return _turn_over(layout, state, place, undo, s)
    q = int(state.time.shape[0] * generator.random())
    was = state.kind[s]
    if state.kind[q] == END or state.cell[q] >= 0 or state.kind[q] == was:
        return 0.0
    first = _turn_over(layout, state, place, undo, s)
    return first * _turn_over(layout, state, place, undo, q)


@njit(cache=True, nogil=True, error_model="numpy")
def _turn_over(layout: Layout, state: State, place: np.ndarray, undo: Undo, s: int) -> float:
    kind, i, time = state.kind[s], state.interval[s], state.time[s]
    other = layout.cell_first.shape[0] - kind  # the cause without curve comes after the others
    ratio = _loss_more(layout, state, other, i, time) / _this_loss(layout, state, kind, i, time)
    _lose(layout, state, place, undo, s, other, i, time)
    return float(ratio)
