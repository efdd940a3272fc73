"""Patients with whom a chain starts: near the curves, with numbers at risk and totals as printed.

Within each interval of the risk table censorings are placed at random, and events follow the
curve in the order of time, as in Guyot et al. (2012); the number of censorings is changed until
the next number at risk is met. Of several trials the nearest to the curve is kept. Totals are
then met by the changes that cost least.
"""

from typing import Final

import numpy as np
from numba import njit

from oligotrial.checks import InputError
from oligotrial.cohort.curves.changes import places_of, put
from oligotrial.cohort.curves.digitised import Record
from oligotrial.cohort.curves.heights import full_energy
from oligotrial.cohort.curves.layout import CENSORED, END, OTHERS, Layout, State, piece_at

__all__ = ["start"]

_TRIALS: Final = 30
_ROUNDS: Final = 20


def start(layout: Layout, record: Record, generator: np.random.Generator) -> State:
    """Return patients who meet risk table and totals, and roughly the curves.

    Parameters
    ----------
    layout : Layout
        The figure's arrays.
    record : Record
        The figure.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    State
        Where a chain can start.

    Raises
    ------
    InputError
        If more events are printed than patients leave before the end of the curve.
    """
    totals = np.array([-1 if each is None else each for each in record.events])
    to_zero = sum(each.height[-1] for each in record.readings) >= 1.0 - 1e-9
    _check_room(layout, record, to_zero=to_zero)
    order = np.lexsort((layout.cell_start, layout.cell_end))
    others = _others(layout, record)
    printed = int(totals.sum()) if (totals >= 0).all() else -1
    counts, censored = _follow(layout, order, others, to_zero, printed, generator)
    state = _state(layout, counts, censored, others, generator)
    _settle(layout, state, totals, generator)
    return state


def _check_room(layout: Layout, record: Record, *, to_zero: bool) -> None:
    room = int(layout.losses.sum()) - (not to_zero)
    printed = sum(each or 0 for each in (*record.events, record.other_events))
    if printed > room:
        raise InputError(
            f"{printed} events are printed, but the curve leaves room for {room}: it ends above "
            "the axis, so somebody was followed to its end; check both",
            where=f"{record.source}, events",
        )


def _others(layout: Layout, record: Record) -> np.ndarray:
    """Return competing events without a curve by interval, in proportion to what is left."""
    size = len(layout.losses)
    if record.others is None:
        return np.zeros(size, dtype=np.int64)
    ends = np.array([int(np.sum(layout.cell_interval == i)) for i in range(size)])
    height = np.zeros(size)
    for cause in range(1, len(record.causes) + 1):
        for i in range(size):
            own = (layout.cell_cause == cause) & (layout.cell_interval == i)
            if ends[i] and own.any():
                height[i] += np.ptp(np.append(layout.cell_height[own], _before(layout, own)))
    left = np.maximum(layout.losses - np.ceil(height * record.patients), 0)
    wanted = left / 2 if record.other_events is None else left
    most = int(left.sum())
    total = int(wanted.sum()) if record.other_events is None else record.other_events
    if total > most:  # the curve's own events must make room
        left = layout.losses.astype(float)
    share = np.floor(left * min(total / max(left.sum(), 1.0), 1.0)).astype(np.int64)
    for i in np.argsort(share - left)[: total - int(share.sum())]:
        share[i] += 1
    return np.asarray(share)


def _before(layout: Layout, own: np.ndarray) -> float:
    first = int(np.flatnonzero(own)[0])
    same = first > 0 and layout.cell_cause[first - 1] == layout.cell_cause[first]
    return float(layout.cell_height[first - 1]) if same else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(
    layout: Layout,
    order: np.ndarray,
    others: np.ndarray,
    to_zero: bool,
    printed: int,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return events by cell and censorings by interval, before the end of the curve."""
    intervals, causes = layout.losses.shape[0], layout.cell_first.shape[0] - 1
    counts = np.zeros(layout.cell_start.shape[0], dtype=np.int64)
    trial, best = counts.copy(), counts.copy()
    censored = np.zeros(intervals, dtype=np.int64)
    free, at_risk, height = 1.0, layout.losses.sum(), np.zeros(causes)
    trial_height, best_height = height.copy(), height.copy()
    first = 0
    for i in range(intervals):
        end = first
        while end < order.shape[0] and layout.cell_interval[order[end]] == i:
            end += 1
        last = i == intervals - 1
        room = layout.losses[i] - others[i] - int(last and not to_zero)
        least, its_free = np.inf, free
        # In the last interval nothing but a total tells how many are censored: else any number.
        some = int((room + 1) * generator.random())
        if printed >= 0:
            some = max(min(room - (printed - counts.sum()), room), 0)
        for _ in range(_TRIALS):
            lost = some if last else int((room + 1) * generator.random())
            trial_height[:] = height
            found, lost, left, misfit = _try_interval(
                layout,
                i,
                order[first:end],
                others[i],
                free,
                at_risk,
                room,
                lost,
                trial_height,
                trial,
                generator,
            )
            if misfit < least:
                least, its_free = misfit, left
                best[:], best_height[:] = trial, trial_height
                # Only in the last interval some are followed to the end; a curve to 0 leaves none.
                censored[i] = min(lost, room - found) if last and not to_zero else room - found
        for k in range(first, end):
            counts[order[k]] = best[order[k]]
        free, height[:] = its_free, best_height
        at_risk -= layout.losses[i]
        first = end
    return counts, censored


@njit(cache=True, nogil=True, error_model="numpy")
def _try_interval(
    layout: Layout,
    i: int,
    cells: np.ndarray,
    others: int,
    free: float,
    at_risk: int,
    room: int,
    lost: int,
    height: np.ndarray,
    counts: np.ndarray,
    generator: np.random.Generator,
) -> tuple[int, int, float, float]:
    """Return events, censorings, event-free share and misfit; so many censored to begin with."""
    low, high = layout.interval_start[i], layout.interval_end[i]
    last = i == layout.losses.shape[0] - 1
    before = height.copy()
    found, left, misfit = 0, free, np.inf
    for _ in range(_ROUNDS):
        times = np.sort(low + (high - low) * generator.random(lost + others))
        height[:] = before
        found, left, misfit = _events_of_interval(
            layout, cells, times, free, at_risk, room, height, counts
        )
        if last or found + lost == room:
            return found, lost, left, misfit
        lost = max(room - found, 0)
    return found, lost, left, misfit + abs(room - found - lost)  # each patient a whole curve off


@njit(cache=True, nogil=True, error_model="numpy")
def _events_of_interval(
    layout: Layout,
    cells: np.ndarray,
    times: np.ndarray,
    free: float,
    at_risk: int,
    most: int,
    height: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, float, float]:
    """Fill events that follow the curves; return their number, event-free share and misfit."""
    found, misfit, p = 0, 0.0, 0
    for cell in cells:
        while p < times.shape[0] and times[p] < layout.cell_end[cell]:
            p += 1
            at_risk -= 1
        c = layout.cell_cause[cell] - 1
        number = 0
        if free > 0.0 and at_risk > 0:
            number = int(np.rint((layout.cell_height[cell] - height[c]) * at_risk / free))
            number = max(0, min(number, most - found, at_risk))
            height[c] += free * number / at_risk
            free -= free * number / at_risk
        counts[cell] = number
        found += number
        at_risk -= number
        misfit += (height[c] - layout.cell_height[cell]) ** 2
    return found, free, misfit


def _state(
    layout: Layout,
    counts: np.ndarray,
    censored: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
) -> State:
    """Return patients with times at random within their places."""
    size, causes = len(layout.losses), int(layout.cell_cause.max())
    events = np.bincount(layout.cell_interval, weights=counts, minlength=size).astype(np.int64)
    to_end = layout.losses - events - censored - others
    cell = np.concatenate([np.repeat(np.arange(len(counts)), counts)])
    intervals = np.arange(size)
    interval = np.concatenate(
        [layout.cell_interval[cell], *(np.repeat(intervals, n) for n in (censored, others, to_end))]
    )
    kind = np.concatenate(
        [
            layout.cell_cause[cell],
            np.repeat([0, causes + 1, END], [censored.sum(), others.sum(), to_end.sum()]),
        ]
    )
    cell = np.append(cell, np.full(len(kind) - len(cell), -1))
    low = np.where(cell >= 0, layout.cell_start[cell], layout.interval_start[interval])
    high = np.where(cell >= 0, layout.cell_end[cell], layout.interval_end[interval])
    if not to_end.any():  # the last patient of all has the event, so others leave before
        final = layout.cell_start[np.flatnonzero(counts).max(initial=0)]
        high[(kind == 0) & (interval == size - 1)] = max(final, layout.interval_start[-1])
    within = generator.random(len(kind))
    time = np.where(cell >= 0, high - (high - low) * within, low + (high - low) * within)
    time[kind == END] = layout.interval_end[-1]
    for s in np.flatnonzero((cell < 0) & (kind != END)):
        cell[s] = -1 - piece_at(layout, interval[s], time[s])
    return State(
        time,
        kind,
        cell,
        interval,
        np.lexsort((kind <= 0, time)),
        counts.copy(),
        np.array([censored, others]),
        _losses_by_piece(layout, kind, cell),
        np.array([to_end.sum()]),
    )


def _losses_by_piece(layout: Layout, kind: np.ndarray, cell: np.ndarray) -> np.ndarray:
    found = np.zeros((2, layout.piece_first[-1]), dtype=np.int64)
    lost = (cell < 0) & (kind != END)
    np.add.at(found, (np.where(kind == 0, CENSORED, OTHERS)[lost], -1 - cell[lost]), 1)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(
    layout: Layout, state: State, totals: np.ndarray, generator: np.random.Generator
) -> None:
    """Make events censorings or back, each time where it costs least, until totals are met."""
    causes = totals.shape[0]
    place = places_of(state)
    for c in range(causes):
        if totals[c] < 0:
            continue
        while True:
            found = state.in_cell[layout.cell_first[c] : layout.cell_first[c + 1]].sum()
            if found == totals[c]:
                break
            up = found < totals[c]
            best, best_s, best_cell = np.inf, -1, -1
            for cell in range(layout.cell_first[c], layout.cell_first[c + 1]):
                s = _patient(layout, state, cell, up)
                if s < 0:
                    continue
                kind, old, time = state.kind[s], state.cell[s], state.time[s]
                _turn(layout, state, place, s, cell, c + 1, up, generator)
                energy = full_energy(layout, state)
                put(state, place, s, kind, old, state.interval[s], time)
                if energy < best:
                    best, best_s, best_cell = energy, s, cell
            if best_s < 0:
                break
            _turn(layout, state, place, best_s, best_cell, c + 1, up, generator)


@njit(cache=True, nogil=True, error_model="numpy")
def _patient(layout: Layout, state: State, cell: int, up: bool) -> int:
    """Return a patient to make an event of the cell, or an event of it; -1 if there is none."""
    i, found = layout.cell_interval[cell], -1
    for s in range(state.kind.shape[0]):
        if not up and state.cell[s] == cell:
            return s
        if up and state.interval[s] == i and state.kind[s] == 0:
            return s
        if up and state.interval[s] == i and state.kind[s] == END and state.to_end[0] > 1:
            found = s
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(
    layout: Layout,
    state: State,
    place: np.ndarray,
    s: int,
    cell: int,
    kind: int,
    up: bool,
    generator: np.random.Generator,
) -> None:
    i = state.interval[s]
    if up:
        low, high = layout.cell_start[cell], layout.cell_end[cell]
        put(state, place, s, kind, cell, i, 0.5 * (low + high))
    else:
        low, high = layout.interval_start[i], layout.interval_end[i]
        time = low + (high - low) * generator.random()
        put(state, place, s, 0, -1 - piece_at(layout, i, time), i, time)
