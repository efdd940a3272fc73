"""What every estimator is given: validated, sorted times, events and groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.kernels import fill_product_limit, fill_risk_sets

__all__ = ["RiskSets", "risk_sets", "survival_arrays"]


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
    times, events = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
    if times.ndim != 1 or times.size == 0:
        raise InputError("there are no patients; give a list of at least one time", where="time")
    if events.shape != times.shape:
        raise InputError(f"{events.size} events for {times.size} times; give one event a time")
    _all_rows(np.isfinite(times) & (times >= 0), times, "time", "a finite time of at least 0")
    _all_rows((events == 0) | (events == 1), events, "event", "1 for an event or 0 for censored")
    return times, events.astype(np.int64)


def risk_sets(time: np.ndarray, event: np.ndarray, group: np.ndarray | None = None) -> RiskSets:
    """Return the table of risk sets of valid arrays.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,), as `survival_arrays` returns them.
    group : numpy.ndarray of int, optional
        Shape (patient,): group numbers from 0; one group when left out.

    Returns
    -------
    RiskSets
        One row a distinct event time, one column a group.

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
    return RiskSets(times[:rows], at_risk[:rows], events[:rows])


def _all_rows(good: np.ndarray, values: np.ndarray, name: str, expected: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(f"{values[row]:g} is not {expected}", where=f"{name}, row {row + 1}")
