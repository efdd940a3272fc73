"""What every estimator is given: validated times, events, entries and groups."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.kernels import fill_product_limit, fill_risk_sets
from oligotrial.estimators.late_entry import subtract_late

__all__ = [
    "RiskSets",
    "entry_array",
    "float_array",
    "label_array",
    "numbered",
    "risk_sets",
    "rows_at_risk",
    "survival_arrays",
    "time_array",
]


@dataclass(frozen=True)
class RiskSets:
    """Who was at risk and who had the event at each distinct event time.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (row,): distinct event times, ascending.
    at_risk, events : numpy.ndarray
        Shape (row, group).
    """

    times: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray

    def product_limit(self, group: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the Kaplan-Meier estimate and Greenwood's variance of one group."""
        survival, variance = np.empty(len(self.times)), np.empty(len(self.times))
        fill_product_limit(self.at_risk[:, group], self.events[:, group], survival, variance)
        return survival, variance

    def starting(self, time: float) -> "RiskSets":
        """Return the rows of a time and later ones."""
        rows = self.times >= time
        return RiskSets(self.times[rows], self.at_risk[rows], self.events[rows])


def float_array(values: ArrayLike, name: str) -> np.ndarray:
    """Return a list of at least one number, or raise `InputError` naming it."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError("not a list of numbers without gaps; give one", where=name) from error
    if array.size == 0:
        raise InputError("the list is empty: there are no patients; give at least one", where=name)
    if array.ndim != 1:
        raise InputError(f"the values have {array.ndim} dimensions; give a plain list", where=name)
    return array


def time_array(time: ArrayLike, name: str = "time") -> np.ndarray:
    """Return times that are finite and at least 0, or raise `InputError` naming the first bad."""
    times = float_array(time, name)
    _all_rows(np.isfinite(times) & (times >= 0), times, name, "a finite time of at least 0")
    return times


def survival_arrays(time: ArrayLike, event: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return times and events as arrays, or raise `InputError` naming the first bad row.

    Parameters
    ----------
    time : array_like
        Shape (patient,): finite and at least 0.
    event : array_like
        Shape (patient,): 0 or 1.

    Returns
    -------
    tuple of numpy.ndarray
        Times as floats and events as 0 or 1.

    Raises
    ------
    InputError
        If there are no patients, the lengths differ, a time is negative or not finite, or an
        event is neither 0 nor 1.

    Examples
    --------
    >>> survival_arrays([1, 2], [1, 0])[0].tolist()
    [1.0, 2.0]
    """
    times, events = time_array(time), float_array(event, "event")
    if events.shape != times.shape:
        raise InputError(f"{events.size} events for {times.size} times; give one event a time")
    _all_rows((events == 0) | (events == 1), events, "event", "1 for an event or 0 for censored")
    return times, events.astype(np.int64)


def entry_array(entry: ArrayLike | None, time: np.ndarray) -> np.ndarray | None:
    """Return when each patient came under observation, or raise `InputError`.

    Parameters
    ----------
    entry : array_like or None
        Shape (patient,): at least 0 and below the patient's time; 0 is an entry at the
        origin, which is not delayed. None if no entry is.
    time : numpy.ndarray
        Shape (patient,): valid times.

    Returns
    -------
    numpy.ndarray or None
        Minus infinity in place of 0, so that a patient who wasn't late is at risk at time 0.

    Raises
    ------
    InputError
        If an entry is negative, not finite, or not before the patient's time.

    Examples
    --------
    >>> entry_array([0, 2], np.array([1.0, 3.0])).tolist()
    [-inf, 2.0]
    """
    if entry is None:
        return None
    entries = time_array(entry, "entry")
    if entries.shape != time.shape:
        raise InputError(
            f"{entries.size} values for {time.size} times; give one a time", where="entry"
        )
    never = (entries >= time) & (entries > 0)
    if never.any():
        row = int(np.argmax(never))
        raise InputError(
            f"{entries[row]:g} is not before the patient's time of {time[row]:g}; leave out "
            "patients who were never under observation",
            where=f"entry, row {row + 1}",
        )
    return np.where(entries > 0, entries, -np.inf)


def numbered(values: ArrayLike, patients: int, name: str) -> tuple[list[Hashable], np.ndarray]:
    """Return the sorted distinct values of a list, and each patient's number among them.

    Parameters
    ----------
    values : array_like
        Shape (patient,): numbers or words, none missing.
    patients : int
        How many there must be.
    name : str
        What they are, for messages.

    Returns
    -------
    tuple of (list, numpy.ndarray of int)
        The distinct values and shape (patient,): their places in the list.

    Raises
    ------
    InputError
        If there are too few or too many, one is missing, or they can't be sorted.

    Examples
    --------
    >>> names, numbers = numbered(["b", "a", "b"], 3, "group")
    >>> names, numbers.tolist()
    (['a', 'b'], [1, 0, 1])
    """
    array = label_array(values, name)
    if array.shape != (patients,):
        raise InputError(f"{array.size} values for {patients} times; give one a time", where=name)
    try:
        names, numbers = np.unique(array, return_inverse=True)
        known = [value.item() if isinstance(value, np.generic) else value for value in names]
        hash(tuple(known))
    except TypeError as error:
        raise InputError("give all values in one kind, numbers or words", where=name) from error
    return known, numbers.astype(np.int64)


def label_array(values: ArrayLike, name: str) -> np.ndarray:
    """Return a plain list of labels, none missing, or raise `InputError` naming it."""
    # Of a list, numpy would make words of numbers beside words, and "nan" of what is missing.
    array = np.asarray(values) if hasattr(values, "dtype") else np.asarray(values, dtype=object)
    if array.ndim != 1:
        raise InputError(f"the values have {array.ndim} dimensions; give a plain list", where=name)
    missing = np.asarray(pd.isna(array))
    if missing.any():
        raise InputError(
            "the value is missing; leave the patient out or give one",
            where=f"{name}, row {int(np.argmax(missing)) + 1}",
        )
    return array


def risk_sets(
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray | None = None,
    *,
    entry: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> RiskSets:
    """Return the table of risk sets of valid arrays.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,), as `survival_arrays` returns them.
    group : numpy.ndarray of int, optional
        Shape (patient,): group numbers from 0; one group when left out.
    entry : numpy.ndarray, optional
        Shape (patient,), as `entry_array` returns it; nobody was late when left out.
    weight : numpy.ndarray, optional
        Shape (patient,): how many patients each stands for; one when left out.

    Returns
    -------
    RiskSets
        One row a distinct event time, one column a group.

    Notes
    -----
    At risk at a time are those who entered before it and whose own time isn't below it: the
    (start, stop] of R's ``Surv(start, stop, event)``.

    Examples
    --------
    >>> risk_sets(np.array([1.0, 2.0, 2.0]), np.array([0, 1, 1])).at_risk.tolist()
    [[2.0]]
    """
    groups = np.zeros(len(time), dtype=np.int64) if group is None else group
    order = np.argsort(time, kind="stable")
    times = np.empty(len(time))
    at_risk = np.empty((len(time), int(groups.max()) + 1))
    events = np.empty_like(at_risk)
    rows = fill_risk_sets(time[order], event[order], groups[order], times, at_risk, events)
    if entry is not None:
        order = np.argsort(entry, kind="stable")
        subtract_late(entry[order], groups[order], times[:rows], at_risk[:rows])
    table = RiskSets(times[:rows], at_risk[:rows], events[:rows])
    return table if weight is None else _weighted(table, time, event, groups, entry, weight)


def rows_at_risk(
    times: np.ndarray, time: np.ndarray, entry: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row in which each patient is at risk, and the first after the last.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (row,): distinct event times, ascending.
    time, entry : numpy.ndarray
        Shape (patient,): times and entries, as `risk_sets` takes them.

    Returns
    -------
    tuple of numpy.ndarray of int
        Shape (patient,).

    Examples
    --------
    >>> rows_at_risk(np.array([1.0, 2.0, 5.0]), np.array([2.0]), np.array([1.0]))
    (array([1]), array([2]))
    """
    until = np.searchsorted(times, time, side="right")
    if entry is None:
        return np.zeros_like(until), until
    return np.searchsorted(times, entry, side="right"), until


def _weighted(
    table: RiskSets,
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    entry: np.ndarray | None,
    weight: np.ndarray,
) -> RiskSets:
    since, until = rows_at_risk(table.times, time, entry)
    change, events = (np.zeros((len(table.times) + 1, table.events.shape[1])) for _ in range(2))
    np.add.at(change, (until, group), weight)
    np.add.at(change, (since, group), -weight)
    seen = event == 1
    np.add.at(events, (until[seen] - 1, group[seen]), weight[seen])
    at_risk = np.cumsum(change[:0:-1], axis=0)[::-1]
    # Counts say where nobody is left, or everybody has the event; sums of weights are rounded.
    at_risk = np.where(table.at_risk == 0.0, 0.0, at_risk)
    at_risk = np.where(table.at_risk == table.events, events[:-1], at_risk)
    return RiskSets(table.times, np.ascontiguousarray(at_risk), events[:-1])


def _all_rows(good: np.ndarray, values: np.ndarray, name: str, expected: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(f"{values[row]:g} is not {expected}", where=f"{name}, row {row + 1}")
