"""How many patients, or how much weight, is at risk at given times: the table below a curve."""

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import entry_array, float_array, time_array
from oligotrial.estimators.patient_weight import weight_array

__all__ = ["number_at_risk", "weight_at_risk"]


def number_at_risk(time: ArrayLike, *, at: ArrayLike, entry: ArrayLike | None = None) -> np.ndarray:
    """Return how many patients are under observation and free of the event just before times.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the event or to censoring, in any unit, at least 0.
    at : array_like
        Shape (row,): the times asked for, in the same unit.
    entry : array_like, optional
        Shape (patient,): when each came under observation, below `time`; 0 for who was followed
        from the origin. All were when left out.

    Returns
    -------
    numpy.ndarray of int
        Shape (row,): patients who entered before each time and whose own time isn't below it.

    Raises
    ------
    InputError
        If a time or an entry is not valid, or an `at` is not a number.

    Notes
    -----
    A patient who leaves at a time is at risk at it, as in R's ``summary(survfit, times = at)``.

    Examples
    --------
    >>> number_at_risk([3, 5, 8], at=[0, 5, 6]).tolist()
    [3, 2, 1]
    >>> number_at_risk([3, 5, 8], at=[0, 5, 6], entry=[0, 1, 5]).tolist()
    [1, 1, 1]
    """
    times = time_array(time)
    entries, asked = entry_array(entry, times), _asked(at)
    staying = len(times) - np.searchsorted(np.sort(times), asked, side="left")
    if entries is None:
        return staying
    return staying - (len(times) - np.searchsorted(np.sort(entries), asked, side="left"))


def weight_at_risk(
    time: ArrayLike, *, weights: ArrayLike, at: ArrayLike, entry: ArrayLike | None = None
) -> np.ndarray:
    """Return the weight of the patients who are under observation just before times.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the event or to censoring, in any unit, at least 0.
    weights : array_like
        Shape (patient,): how many patients each row stands for, above 0.
    at : array_like
        Shape (row,): the times asked for, in the same unit.
    entry : array_like, optional
        Shape (patient,): as for `number_at_risk`.

    Returns
    -------
    numpy.ndarray
        Shape (row,): sums of the weights of those whom `number_at_risk` counts.

    Raises
    ------
    InputError
        If a time, an entry or a weight is not valid, or an `at` is not a number.

    Examples
    --------
    >>> weight_at_risk([3, 5, 8], weights=[2, 0.5, 1], at=[0, 5, 6]).tolist()
    [3.5, 1.5, 1.0]
    """
    times = time_array(time)
    entries, asked = entry_array(entry, times), _asked(at)
    weight = weight_array(weights, len(times))
    staying = _sums_from(times, weight, asked)
    return staying if entries is None else staying - _sums_from(entries, weight, asked)


def _sums_from(values: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    sums = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    found: np.ndarray = sums[np.searchsorted(values[order], at, side="left")]
    return found


def _asked(at: ArrayLike) -> np.ndarray:
    asked = float_array(np.atleast_1d(at), "at")
    if np.isnan(asked).any():
        raise InputError("a time asked for is not a number; give numbers", where="at")
    return asked
