"""When patients were under observation, and whether a curve can be drawn through it."""

from dataclasses import dataclass

import numpy as np

from oligotrial import checks
from oligotrial.checks import InputError

__all__ = ["Observation", "not_exhausted", "observation"]


@dataclass(frozen=True)
class Observation:
    """When patients were under observation.

    Parameters
    ----------
    start, longest : float
        When the first came under observation, and the last left it.
    censored : numpy.ndarray
        Distinct times at which patients were censored, ascending.
    gaps : numpy.ndarray
        Shape (gap, 2): spans between `start` and `longest` in which nobody was.
    """

    start: float
    longest: float
    censored: np.ndarray
    gaps: np.ndarray


def observation(
    time: np.ndarray, seen: np.ndarray, entry: np.ndarray | None, after: float
) -> Observation:
    """Return when the patients were under observation from a time on.

    Parameters
    ----------
    time : numpy.ndarray
        Shape (patient,): valid times.
    seen : numpy.ndarray of bool
        Shape (patient,): who had an event.
    entry : numpy.ndarray or None
        Shape (patient,): entries as `entry_array` returns them.
    after : float
        Patients who left earlier are left out.

    Returns
    -------
    Observation
        Of the others.

    Raises
    ------
    InputError
        If nobody is left.

    Examples
    --------
    >>> entry = np.array([-np.inf, 1.0, 5.0])
    >>> observation(np.array([2.0, 3.0, 8.0]), np.array([True, True, False]), entry, 0.0).gaps
    array([[3., 5.]])
    """
    longest = float(time.max())
    if checks.non_negative(after, "after") > longest:
        raise InputError(
            f"nobody is followed until {after:g}; give a time of at most {longest:g}", where="after"
        )
    left = time >= after
    censored = np.unique(time[left & ~seen])
    if entry is None:
        return Observation(float(after), longest, censored, np.empty((0, 2)))
    came = np.maximum(entry, after)[left]
    order = np.argsort(came, kind="stable")
    gone, come = np.maximum.accumulate(time[left][order])[:-1], came[order][1:]
    empty = come > gone
    gaps = np.column_stack([gone[empty], come[empty]])
    return Observation(float(came.min()), longest, censored, gaps)


def not_exhausted(times: np.ndarray, free: np.ndarray, longest: float) -> None:
    """Raise `InputError` if a curve comes down to 0 before the last patient leaves.

    Parameters
    ----------
    times, free : numpy.ndarray
        Shape (row,): event times, and the proportion free of every event at them.
    longest : float
        The largest time observed.

    Raises
    ------
    InputError
        If the curve is 0 at a time before `longest`.
    """
    ended = free == 0.0
    if ended.any() and (last := float(times[np.argmax(ended)])) < longest:
        raise InputError(
            f"at {last:g} everybody at risk had the event, but others who entered later are "
            f"followed up to {longest:g}, so that no curve can be drawn through it; give an "
            f"'after' above {last:g}, for the curve of patients free of the event then",
            where="entry",
        )
