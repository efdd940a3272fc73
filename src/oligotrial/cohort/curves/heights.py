"""Compiled curves of a chain's patients, and how far they are from the readings.

The number at risk at a patient's place in the order of times is known from the place alone. A
change between two places therefore only scales the event-free curve after them, and the energy
of all later readings follows from sums that are kept.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.cohort.curves.layout import Layout, State

__all__ = [
    "Heights",
    "Span",
    "base_change",
    "energy_of_change",
    "full_energy",
    "new_heights",
    "refresh",
]

_UNMET = 1e9
"""Energy of a curve that goes on although nobody is followed: it falls with survival."""


class Heights(NamedTuple):
    """Curves before each place in the order of times, and at the readings."""

    free: np.ndarray  # shape (patient + 1,)
    height: np.ndarray  # shape (cause, patient + 1)
    now: np.ndarray  # shape (patient + 1,): time of the last event before
    area: np.ndarray  # shape (patient + 1,): under the event-free curve until then
    level: np.ndarray  # shape (reading,)
    base: np.ndarray  # shape (cell + 1,): sum of log(at risk + 1) over the cells before
    sums: np.ndarray  # shape (6, reading + cause): before each reading of its cause, see _add


class Span(NamedTuple):
    """Between which places and times patients differ from those of `Heights`."""

    place: np.ndarray  # shape (2,)
    time: np.ndarray  # shape (2,)


@njit(cache=True, nogil=True, error_model="numpy")
def new_heights(layout: Layout, state: State) -> Heights:
    """Return room for the curves of so many patients."""
    n, causes = state.time.shape[0], layout.cell_first.shape[0] - 1
    readings = layout.reading_time.shape[0]
    return Heights(
        np.ones(n + 1),
        np.zeros((causes, n + 1)),
        np.zeros(n + 1),
        np.zeros(n + 1),
        np.zeros(readings),
        np.zeros(layout.cell_at.shape[0] + 1),
        np.zeros((6, readings + causes)),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def full_energy(layout: Layout, state: State) -> float:
    """Return the energy of patients: half the weighted sum of squared distances."""
    return refresh(layout, state, new_heights(layout, state), 0, -np.inf)[0]


@njit(cache=True, nogil=True, error_model="numpy")
def refresh(
    layout: Layout, state: State, heights: Heights, place: int, time: float
) -> tuple[float, float]:
    """Fill the curves from a place and a time on.

    Parameters
    ----------
    layout : Layout
        The figure.
    state : State
        The patients.
    heights : Heights
        Filled; what is before the place and the time stays as it is.
    place : int
        The first that differs.
    time : float
        The first at which the curves differ.

    Returns
    -------
    tuple of float
        The energy and the area under the event-free curve until its end.
    """
    causes, n = heights.height.shape[0], state.time.shape[0]
    # Arrays are named before the loops: looked up in a named tuple they cost more than their use.
    order, kinds, times, readings = state.order, state.kind, state.time, layout.reading_time
    frees, nows, areas = heights.free, heights.now, heights.area
    energy, free, now, area = 0.0, frees[place], nows[place], areas[place]
    for p in range(place, n):
        s = order[p]
        if kinds[s] > 0:
            area += free * (times[s] - now)
            now = times[s]
            free -= free / (n - p)
        frees[p + 1], nows[p + 1], areas[p + 1] = free, now, area
    for c in range(causes):
        own = heights.height[c]
        height, k, stop = own[place], _first_reading(layout, c, time), layout.reading_first[c + 1]
        for p in range(place, n):
            s = order[p]
            if kinds[s] == c + 1:
                while k < stop and readings[k] < times[s]:
                    _add(layout, heights, c, k, height)
                    k += 1
                height += frees[p] / (n - p)
            own[p + 1] = height
        for j in range(k, stop):
            _add(layout, heights, c, j, height)
        energy += _tail(layout, heights, c, layout.reading_first[c], 0.0, 1.0)
    _fill_base(layout, state, heights, place, time)
    return energy + _unmet(state, free), area + free * (layout.interval_end[-1] - now)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_base(layout: Layout, state: State, heights: Heights, place: int, time: float) -> None:
    n, order, times, base = state.time.shape[0], state.order, state.time, heights.base
    p = place
    for k in range(np.searchsorted(layout.cell_at, time), layout.cell_at.shape[0]):
        while p < n and times[order[p]] < layout.cell_at[k]:
            p += 1
        base[k + 1] = base[k] + np.log(n - p + 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def base_change(layout: Layout, state: State, heights: Heights, span: Span) -> float:
    """Return the change of the log base measure: that of -log(at risk + 1), summed over cells.

    Parameters
    ----------
    layout : Layout
        The figure.
    state : State
        The patients after the change.
    heights : Heights
        Of the patients before it.
    span : Span
        Where they differ.

    Returns
    -------
    float
        With a hazard that may be anything in each cell, each number of events up to that at
        risk is equally probable: 1 / (at risk + 1).
    """
    n, order, times = state.time.shape[0], state.order, state.time
    first = np.searchsorted(layout.cell_at, span.time[0], side="right")
    end = np.searchsorted(layout.cell_at, span.time[1], side="right")
    p, total = span.place[0], 0.0
    for k in range(first, end):
        while p < n and times[order[p]] < layout.cell_at[k]:
            p += 1
        total += np.log(n - p + 1.0)
    return float(heights.base[end] - heights.base[first] - total)


@njit(cache=True, nogil=True, error_model="numpy")
def energy_of_change(
    layout: Layout, state: State, heights: Heights, span: Span
) -> tuple[float, float]:
    """Return energy and area after a change, without filling anything.

    Parameters
    ----------
    layout : Layout
        The figure.
    state : State
        The patients after the change.
    heights : Heights
        Curves of the patients before it.
    span : Span
        Where they differ.

    Returns
    -------
    tuple of float
        As `refresh` returns.
    """
    first, last = span.place[0], span.place[1]
    start, end = span.time[0], span.time[1]
    causes, n = heights.height.shape[0], state.time.shape[0]
    free, now, area = heights.free[first], heights.now[first], heights.area[first]
    order, kinds, times, readings = state.order, state.kind, state.time, layout.reading_time
    energy, scale = 0.0, 0.0
    for c in range(causes):  # one cause at a time: there are few, and each needs no room
        free = heights.free[first]
        height, k = heights.height[c, first], _first_reading(layout, c, start)
        begin, stop = layout.reading_first[c], layout.reading_first[c + 1]
        energy += 0.5 * (heights.sums[5, k + c] - heights.sums[5, begin + c])
        for p in range(first, last + 1):
            s = order[p]
            kind = kinds[s]
            if kind > 0:
                time = times[s]
                if c == 0:
                    area += free * (time - now)
                    now = time
                step = free / (n - p)
                free -= step
                if kind == c + 1:
                    while k < stop and readings[k] < time:
                        energy += 0.5 * _square(layout, k, height)
                        k += 1
                    height += step
        while k < stop and readings[k] < end:
            energy += 0.5 * _square(layout, k, height)
            k += 1
        old = heights.free[last + 1]
        scale = free / old if old > 0.0 else 0.0
        energy += _tail(layout, heights, c, k, height - scale * heights.height[c, last + 1], scale)
    done = heights.area[last + 1] + heights.free[last + 1] * (end - heights.now[last + 1])
    until = layout.interval_end[-1]
    whole = heights.area[n] + heights.free[n] * (until - heights.now[n])
    area += free * (end - now) + scale * (whole - done)
    at_end = free if last + 1 == n else float(scale * heights.free[n])
    return energy + _unmet(state, at_end), area


@njit(cache=True, nogil=True, error_model="numpy")
def _unmet(state: State, free: float) -> float:
    return float(_UNMET * free) if state.to_end[0] == 0 and free > 1e-9 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _first_reading(layout: Layout, c: int, time: float) -> int:
    """Return a cause's first reading that is not before a time."""
    low, high = layout.reading_first[c], layout.reading_first[c + 1]
    while low < high:
        middle = (low + high) // 2
        if layout.reading_time[middle] < time:
            low = middle + 1
        else:
            high = middle
    return int(low)


@njit(cache=True, nogil=True, error_model="numpy")
def _square(layout: Layout, k: int, level: float) -> float:
    gap = level - layout.reading_height[k]
    return float(layout.reading_weight[k] * gap * gap)


@njit(cache=True, nogil=True, error_model="numpy")
def _add(layout: Layout, heights: Heights, c: int, k: int, level: float) -> None:
    """Set a reading's level; sums over readings up to it: weight w, level f, reading y."""
    w, y, sums, j = layout.reading_weight[k], layout.reading_height[k], heights.sums, k + c
    heights.level[k] = level
    sums[0, j + 1] = sums[0, j] + w
    sums[1, j + 1] = sums[1, j] + w * level
    sums[2, j + 1] = sums[2, j] + w * level * level
    sums[3, j + 1] = sums[3, j] + w * y
    sums[4, j + 1] = sums[4, j] + w * level * y
    sums[5, j + 1] = sums[5, j] + _square(layout, k, level)


@njit(cache=True, nogil=True, error_model="numpy")
def _tail(layout: Layout, heights: Heights, c: int, k: int, shift: float, scale: float) -> float:
    """Return the energy of a cause's readings from one on, with levels shift + scale x level.

    With f the levels and r their distances from readings y, new distances are
    shift + (scale - 1) f + r, so that what is small stays exact.
    """
    sums, j, end = heights.sums, k + c, layout.reading_first[c + 1] + c
    by = scale - 1.0
    w = sums[0, end] - sums[0, j]
    wf = sums[1, end] - sums[1, j]
    wff = sums[2, end] - sums[2, j]
    wy = sums[3, end] - sums[3, j]
    wfy = sums[4, end] - sums[4, j]
    wrr = sums[5, end] - sums[5, j]
    wr, wfr = wf - wy, wff - wfy
    total = shift * shift * w + by * by * wff + wrr
    total += 2.0 * (shift * by * wf + shift * wr + by * wfr)
    return float(0.5 * max(total, 0.0))
