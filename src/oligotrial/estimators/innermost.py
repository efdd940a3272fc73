"""The intervals in which a nonparametric estimate from intervals can have mass."""

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import float_array, time_array

__all__ = ["entry_before", "innermost", "interval_ends", "patterns"]


def interval_ends(lower: ArrayLike, upper: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return valid ends of intervals, or raise `InputError`.

    Parameters
    ----------
    lower, upper : array_like
        Shape (patient,): finite and at least 0; and at least the lower end.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (patient,).

    Raises
    ------
    InputError
        At the first end that is not valid.
    """
    lows, highs = time_array(lower, "lower"), float_array(upper, "upper")
    if highs.shape != lows.shape:
        raise InputError(f"{highs.size} values of upper for {lows.size} of lower; give one each")
    bad = ~(highs >= lows)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{highs[row]:g} is not at least the lower end, {lows[row]:g}; give the first time at "
            "which the event was known, or infinity (inf) if it never was",
            where=f"upper, row {row + 1}",
        )
    return lows, highs


def innermost(
    lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the innermost intervals and the first and last one that each patient's holds.

    Parameters
    ----------
    lower, upper : numpy.ndarray
        Shape (patient,): valid ends.

    Returns
    -------
    tuple of numpy.ndarray
        Left and right ends, shape (interval,), ascending; first and last, shape (patient,).

    Notes
    -----
    They run from a left end to the right end that follows it with no other end between (Peto 1973,
    doi:10.2307/2346307). At one time, an exact time's left end comes before every right end, and
    the open left end of an interval after them.

    Examples
    --------
    >>> left, right, first, last = innermost(np.array([0.0, 2.0]), np.array([3.0, 5.0]))
    >>> left.tolist(), right.tolist()
    ([2.0], [3.0])
    """
    patients = len(lower)
    kind = np.concatenate([np.where(lower == upper, -1, 1), np.zeros(patients, dtype=int)])
    value = np.concatenate([lower, upper])
    order = np.lexsort((kind, value))
    value, kind = value[order], kind[order]
    changed = np.concatenate([[False], (value[1:] != value[:-1]) | (kind[1:] != kind[:-1])])
    rank = np.empty(2 * patients, dtype=np.int64)
    rank[order] = np.cumsum(changed)
    begin = np.flatnonzero((kind[:-1] != 0) & (kind[1:] == 0))
    ranks = rank[order]
    first = np.searchsorted(ranks[begin], rank[:patients], side="left")
    last = np.searchsorted(ranks[begin + 1], rank[patients:], side="right") - 1
    return value[begin], value[begin + 1], first, last


def entry_before(
    entry: ArrayLike | None, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray | None:
    """Return entries, each before the event, or raise `InputError`; None if nobody was late.

    Parameters
    ----------
    entry : array_like or None
        Shape (patient,): at least 0.
    lower, upper : numpy.ndarray
        Shape (patient,): valid ends of intervals.

    Returns
    -------
    numpy.ndarray or None
        Shape (patient,).

    Raises
    ------
    InputError
        If an entry is negative or missing, the event may have been before it, or was at it.
    """
    if entry is None:
        return None
    entries = time_array(entry, "entry")
    if entries.shape != lower.shape:
        raise InputError(
            f"{entries.size} values for {lower.size} intervals; give one each", where="entry"
        )
    early = entries > lower
    if early.any():
        row = int(np.argmax(early))
        raise InputError(
            f"{entries[row]:g} is after the lower end, {lower[row]:g}: who enters is free of the "
            "event; give a lower end of at least the entry",
            where=f"entry, row {row + 1}",
        )
    never = (entries >= upper) & (entries > 0.0)
    if never.any():
        row = int(np.argmax(never))
        raise InputError(
            f"{entries[row]:g} is not before the patient's event at {upper[row]:g}; leave out "
            "patients who were never under observation",
            where=f"entry, row {row + 1}",
        )
    return entries if entries.any() else None


def patterns(*ends: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the distinct rows of some columns of numbers, and the weight of each."""
    rows, place = np.unique(np.column_stack(ends), axis=0, return_inverse=True)
    count = np.bincount(place.ravel(), weight, minlength=len(rows))
    return (*(column.copy() for column in rows.T), count)
