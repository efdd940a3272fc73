"""Delayed entry (left truncation): who has come under observation by a time.

A patient counts only from the time of entry, since those who had the event before it could not
enter. A patient who enters at an event time isn't at risk at it yet.
"""

import numpy as np
from numba import njit

__all__ = ["subtract_late"]


@njit(cache=True, nogil=True, error_model="numpy")
def subtract_late(
    entry: np.ndarray, group: np.ndarray, times: np.ndarray, at_risk: np.ndarray
) -> None:
    """Take from each number at risk the patients who enter at the event time or later.

    Parameters
    ----------
    entry, group : numpy.ndarray
        Shape (patient,): entries in ascending order, and the group's number from 0.
    times : numpy.ndarray
        Shape (row,): distinct event times, ascending.
    at_risk : numpy.ndarray
        Shape (row, group): patients whose own time isn't below the event time; overwritten.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, section 4.6.
    """
    late = np.zeros(at_risk.shape[1])
    patient = entry.shape[0] - 1
    for row in range(times.shape[0] - 1, -1, -1):
        while patient >= 0 and entry[patient] >= times[row]:
            late[group[patient]] += 1.0
            patient -= 1
        for k in range(late.shape[0]):
            at_risk[row, k] -= late[k]
