"""Compiled changes of a chain's patients, with counts and order kept, and how to undo them."""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.cohort.curves.heights import Span
from oligotrial.cohort.curves.layout import CENSORED, END, OTHERS, State

__all__ = ["Undo", "change", "clear", "new_undo", "places_of", "put", "take_back"]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _comes_before(time: np.ndarray, kind: np.ndarray, a: int, b: int) -> bool:
    if time[a] != time[b]:
        return bool(time[a] < time[b])
    return bool(kind[a] > 0 and kind[b] <= 0)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _sort_in(state: State, place: np.ndarray, s: int) -> None:
    """Put one patient whose time has changed where it belongs in the order."""
    order, p = state.order, place[s]
    times, kinds = state.time, state.kind
    while p > 0 and _comes_before(times, kinds, s, order[p - 1]):
        order[p] = order[p - 1]
        place[order[p]] = p
        p -= 1
    while p + 1 < order.shape[0] and _comes_before(times, kinds, order[p + 1], s):
        order[p] = order[p + 1]
        place[order[p]] = p
        p += 1
    order[p] = s
    place[s] = p


@njit(cache=True, nogil=True, error_model="numpy")
def places_of(state: State) -> np.ndarray:
    """Return each patient's place in the order."""
    place = np.empty(state.order.shape[0], dtype=np.int64)
    for p in range(place.shape[0]):
        place[state.order[p]] = p
    return place


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _count(state: State, s: int, by: int) -> None:
    kind = state.kind[s]
    if kind == END:
        state.to_end[0] += by
    elif state.cell[s] >= 0:
        state.in_cell[state.cell[s]] += by
    else:
        row = CENSORED if kind == 0 else OTHERS
        state.lost[row, state.interval[s]] += by
        state.in_piece[row, -1 - state.cell[s]] += by


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def put(
    state: State,
    place: np.ndarray,
    s: int,
    kind: int,
    cell: int,
    interval: int,
    time: float,
) -> None:
    """Make a patient another, with counts and order."""
    _count(state, s, -1)
    state.kind[s], state.cell[s], state.interval[s] = kind, cell, interval
    state.time[s] = time
    _count(state, s, 1)
    _sort_in(state, place, s)


class Undo(NamedTuple):
    """What the patients that a proposal changed were before."""

    number: np.ndarray  # shape (1,): how many
    patient: np.ndarray  # shape (2,), as the others
    kind: np.ndarray
    cell: np.ndarray
    interval: np.ndarray
    time: np.ndarray
    span: Span


@njit(cache=True, nogil=True, error_model="numpy")
def new_undo() -> Undo:
    """Return room for a proposal's changes."""
    whole = np.zeros(2, dtype=np.int64)
    span = Span(whole.copy(), np.zeros(2))
    return Undo(
        whole[:1].copy(), whole.copy(), whole.copy(), whole.copy(), whole, np.zeros(2), span
    )


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def clear(undo: Undo) -> None:
    """Forget the last proposal."""
    undo.number[0] = 0
    undo.span.place[0], undo.span.place[1] = 2**62, -1
    undo.span.time[0], undo.span.time[1] = np.inf, -np.inf


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _widen(undo: Undo, place: int, time: float) -> None:
    span = undo.span
    span.place[0], span.place[1] = min(span.place[0], place), max(span.place[1], place)
    span.time[0], span.time[1] = min(span.time[0], time), max(span.time[1], time)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def change(
    state: State,
    place: np.ndarray,
    undo: Undo,
    s: int,
    kind: int,
    cell: int,
    interval: int,
    time: float,
) -> None:
    """Make a patient another so that it can be undone."""
    k = undo.number[0]
    undo.patient[k], undo.time[k] = s, state.time[s]
    undo.kind[k], undo.cell[k], undo.interval[k] = state.kind[s], state.cell[s], state.interval[s]
    undo.number[0] = k + 1
    _widen(undo, place[s], state.time[s])
    put(state, place, s, kind, cell, interval, time)
    _widen(undo, place[s], time)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def take_back(state: State, place: np.ndarray, undo: Undo) -> None:
    """Undo a proposal."""
    for k in range(undo.number[0] - 1, -1, -1):
        was = (undo.kind[k], undo.cell[k], undo.interval[k], undo.time[k])
        put(state, place, undo.patient[k], was[0], was[1], was[2], was[3])
