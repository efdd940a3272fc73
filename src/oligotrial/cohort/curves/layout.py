"""A digitised figure as the arrays that the chain works on."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.cohort.curves.digitised import Record

__all__ = ["CENSORED", "END", "OTHERS", "PIECES", "Layout", "State", "layout", "piece_at"]

END = -1
"""Kind of a patient who is followed to the end of the curve; 0 is censored before."""

CENSORED, OTHERS = 0, 1
"""Rows of those who have no event with a curve, within an interval."""

PIECES = 10
"""Pieces of equal length of the whole curve, in each of which censoring is even."""

_DROP = 1e-6
"""Months between the readings above and below a vertical drop, at most."""


class Layout(NamedTuple):
    """Arrays of a figure. Causes are numbered from 1; one more is that without a curve.

    Cells are where an event of a cause can lie: at a reading, or between two, parted at the times
    of the risk table. Intervals are those of the risk table, the last until the end of the curves;
    those that are long are cut into pieces, over each of which censorings are even.
    """

    interval_start: np.ndarray
    interval_end: np.ndarray
    losses: np.ndarray  # patients whose time is in each interval
    piece_first: np.ndarray  # shape (interval + 1,): of its pieces, which are of one length
    cell_start: np.ndarray
    cell_end: np.ndarray
    cell_interval: np.ndarray
    cell_height: np.ndarray  # of its cause's curve at the cell's end, straight between readings
    cell_cause: np.ndarray
    cell_first: np.ndarray  # shape (cause + 1,): of each cause, into the cells
    cell_at: np.ndarray  # of all cells, sorted: who has no earlier time is at risk
    free_cells: np.ndarray  # cells of causes whose total isn't known, sorted by interval
    free_first: np.ndarray  # shape (interval + 1,): of each interval, into them
    reading_time: np.ndarray
    reading_height: np.ndarray
    reading_weight: np.ndarray  # 1 / variance
    reading_first: np.ndarray  # shape (cause + 1,)
    total_known: np.ndarray  # shape (cause,)
    others: bool
    others_known: bool


class State(NamedTuple):
    """Patients, and how many of them are where.

    A patient's interval changes only by an exchange with another, so that the risk table is met.
    """

    time: np.ndarray
    kind: np.ndarray
    cell: np.ndarray  # of those without an event that has a curve, -1 - piece
    interval: np.ndarray
    order: np.ndarray  # patients by time
    in_cell: np.ndarray
    lost: np.ndarray  # shape (2, interval): rows CENSORED and OTHERS
    in_piece: np.ndarray  # shape (2, piece)
    to_end: np.ndarray  # shape (1,)


def layout(record: Record, *, pieces: int = PIECES) -> Layout:
    """Return the arrays of a figure.

    Parameters
    ----------
    record : Record
        What was read.
    pieces : int, optional
        Into how many the whole curve would be cut for censorings.

    Returns
    -------
    Layout
        Its arrays.
    """
    bounds = np.append(record.risk_table.time, record.end)
    cells, sizes, heights, weights, times = [], [0], [], [], []
    for readings in record.readings:
        time = _parted(readings.time)
        make = _cells_at if record.precision.events_at_readings else _cells_between
        own = make(time, readings.height, record.risk_table.time)
        cells.append(own)
        sizes.append(len(own))
        times.append(time[1:])
        heights.append(readings.height[1:])
        weights.append(_weights(readings.height[1:], record.precision.height))
    start, end, interval, height = np.concatenate(cells).T
    cause = np.repeat(np.arange(len(cells)), sizes[1:])
    known = np.array([each is not None for each in record.events])
    free = np.flatnonzero(~known[cause])
    free = free[np.argsort(interval[free], kind="stable")]
    return Layout(
        bounds[:-1],
        bounds[1:],
        -np.diff(np.append(record.risk_table.at_risk, 0)),
        np.cumsum([0, *np.maximum(np.rint(np.diff(bounds) * pieces / record.end), 1).astype(int)]),
        start,
        end,
        interval.astype(np.int64),
        height,
        cause + 1,
        np.cumsum(sizes),
        np.sort(np.where(end > start, np.nextafter(start, np.inf), start)),
        free,
        np.searchsorted(interval[free], np.arange(len(bounds))),
        np.concatenate(times),
        np.concatenate(heights),
        np.concatenate(weights),
        np.cumsum([0, *map(len, times)]),
        known,
        record.others is not None,
        record.other_events is not None,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def piece_at(layout: Layout, i: int, time: float) -> int:
    """Return the piece of an interval that a time is in."""
    first, number = layout.piece_first[i], layout.piece_first[i + 1] - layout.piece_first[i]
    if number == 1:
        return int(first)
    low, high = layout.interval_start[i], layout.interval_end[i]
    return int(first + min(int((time - low) / (high - low) * number), number - 1))


def _parted(time: np.ndarray) -> np.ndarray:
    """Return times of which the upper reading of a vertical drop comes just before the lower."""
    gaps = np.diff(time)
    upper = np.flatnonzero(gaps == 0)
    parted = time.copy()
    parted[upper] -= min(_DROP, 0.25 * gaps[gaps > 0].min())
    return parted


def _cells_at(time: np.ndarray, height: np.ndarray, risk_time: np.ndarray) -> np.ndarray:
    """Return (start, end, interval, height at the end) of the cells of one cause: its readings."""
    at = time[1:]
    return np.column_stack([at, at, np.searchsorted(risk_time, at, side="right") - 1, height[1:]])


def _cells_between(time: np.ndarray, height: np.ndarray, risk_time: np.ndarray) -> np.ndarray:
    """Return the same for cells between readings, parted at the times of the risk table."""
    rows = []
    for k, (low, high) in enumerate(pairwise(time)):
        cuts = risk_time[(risk_time > low) & (risk_time <= high)]
        edges = np.concatenate([[low], cuts, [high]])
        share = (edges[1:] - low) / (high - low)
        drop = high - low <= _DROP
        first = int(np.searchsorted(risk_time, low, side="right")) - 1
        for piece, part in enumerate(share):
            start = edges[piece + 1] if drop and not cuts.size else edges[piece]
            risen = height[k] + part * (height[k + 1] - height[k])
            rows.append((start, edges[piece + 1], first + piece, risen))
    return np.array(rows)


def _weights(height: np.ndarray, error: float) -> np.ndarray:
    """Return 1 / variance; of a flat stretch, all between its ends count as one reading."""
    new = np.append(True, np.diff(height) > 0)
    end = np.append(new[1:], True)
    _, run, length = np.unique(height, return_inverse=True, return_counts=True)
    between = 1.0 / np.maximum(length[run] - 2, 1)
    return np.asarray(np.where(new | end, 1.0, between) / error**2)
