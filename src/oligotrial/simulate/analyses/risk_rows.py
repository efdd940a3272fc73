"""The table of a trial's risk sets: one row for each time and stratum with events.

What weighted log-rank tests, Cox regression and Kaplan-Meier curves of two arms need, made in
one pass over the sorted times. Nothing is validated, nothing is allocated.
"""

from numba import njit

__all__ = [
    "AT_RISK",
    "AT_RISK_EXPERIMENTAL",
    "EVENTS",
    "EVENTS_EXPERIMENTAL",
    "ROW_COLUMNS",
    "STRATUM",
    "SURVIVAL",
    "TIME",
    "fill_risk_rows",
]

TIME, STRATUM, AT_RISK, AT_RISK_EXPERIMENTAL, EVENTS, EVENTS_EXPERIMENTAL, SURVIVAL = range(7)
"""Columns of a row; `SURVIVAL` is the stratum's Kaplan-Meier estimate just before the time."""

ROW_COLUMNS = 7


@njit(cache=True, nogil=True, error_model="numpy")
def fill_risk_rows(rows, counts, order, count, time, event, arm, stratum):  # type: ignore[no-untyped-def]
    """Fill the rows, the last at the array's end, and return the place of the first.

    Parameters
    ----------
    rows : numpy.ndarray
        Filled from its end; shape (at least count, ROW_COLUMNS).
    counts : numpy.ndarray
        Room to work in; shape (4, strata).
    order : numpy.ndarray of int64
        Indices that sort `time` upwards; at least `count`.
    count : int
        Number of patients.
    time, event, arm, stratum : numpy.ndarray
        Follow-up, 1 for an event, 1 for the experimental arm, stratum from 0.

    Returns
    -------
    int
        Rows from here on are filled; the array's length if there are no events.

    Notes
    -----
    Patients censored at an event's time are at risk at it.
    """
    counts[:] = 0.0
    strata = counts.shape[1]
    top = rows.shape[0]
    last = count - 1
    while last >= 0:
        now = time[order[last]]
        first = last
        events = 0
        while first >= 0 and time[order[first]] == now:
            patient = order[first]
            s = stratum[patient]
            counts[0, s] += 1.0
            counts[1, s] += arm[patient]
            if event[patient]:
                events += 1
                counts[2, s] += 1.0
                counts[3, s] += arm[patient]
            first -= 1
        if events == 1:
            only = stratum[order[last]]
            s = only if counts[2, only] > 0.0 else 0
            while counts[2, s] == 0.0:
                s += 1
            top = _put(rows, top, counts, now, s)
        elif events > 1:
            for s in range(strata):
                if counts[2, s] > 0.0:
                    top = _put(rows, top, counts, now, s)
        last = first
    _fill_survival(rows, top, counts)
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def _put(rows, top, counts, now, s):  # type: ignore[no-untyped-def]
    top -= 1
    rows[top, TIME] = now
    rows[top, STRATUM] = s
    for k in range(4):
        rows[top, AT_RISK + k] = counts[k, s]
    counts[2, s] = 0.0
    counts[3, s] = 0.0
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_survival(rows, top, counts):  # type: ignore[no-untyped-def]
    counts[0] = 1.0
    for r in range(top, rows.shape[0]):
        s = int(rows[r, STRATUM])
        rows[r, SURVIVAL] = counts[0, s]
        counts[0, s] *= 1.0 - rows[r, EVENTS] / rows[r, AT_RISK]
