"""Imaging visits, compiled: any visit of any patient straight from its number.

A visit's date and whether it takes place come from the counter of random numbers, so that they
are the same whenever they are asked for: at the event, and at each look.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.simulate.random import VISIT, counter, philox, uniform
from oligotrial.trial import Imaging

__all__ = ["Visits", "first_visit", "last_visit", "make_visits"]

VISITS = 400
"""Visits that are planned for a patient: 60 years at 8 weeks."""


class Visits(NamedTuple):
    """Imaging calendars as the kernel reads them.

    Parameters
    ----------
    planned : numpy.ndarray
        Months of the planned visits, ascending; shape (2, visits), one row an arm.
    window : numpy.ndarray
        Months that a visit may be early or late; shape (2,).
    missed : numpy.ndarray
        Probability that a visit doesn't take place; shape (2,).
    """

    planned: np.ndarray
    window: np.ndarray
    missed: np.ndarray


def make_visits(calendars: tuple[Imaging, Imaging] | None) -> Visits:
    """Return calendars as the kernel reads them; without visits where there are none."""
    if calendars is None:
        return Visits(np.empty((2, 0)), np.zeros(2), np.zeros(2))
    return Visits(
        np.stack([calendar.planned_months(VISITS) for calendar in calendars]),
        np.array([calendar.window_months for calendar in calendars]),
        np.array([calendar.missed for calendar in calendars]),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _held(visit, visits, arm, replicate, patient, key):  # type: ignore[no-untyped-def]
    """Return when a visit takes place; a negative number if it doesn't."""
    window, missed = visits.window[arm], visits.missed[arm]
    planned = visits.planned[arm, visit]
    if window == 0.0 and missed == 0.0:
        return planned
    low, high = counter(replicate, VISIT)
    words = philox(low, high, np.uint32(patient), np.uint32(visit >> 1), key[0], key[1])
    even = visit & 1 == 0
    if missed > 0.0 and uniform(words[1] if even else words[3]) < missed:
        return -1.0
    return planned + window * (2.0 * uniform(words[0] if even else words[2]) - 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _planned_before(planned, time):  # type: ignore[no-untyped-def]
    """Return how many visits are planned before a time; by halving from an even guess."""
    low, high = 0, planned.size
    while low < high:
        middle = (low + high) >> 1
        if planned[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def first_visit(time, visits, arm, replicate, patient, key):  # type: ignore[no-untyped-def]
    """Return the first visit that takes place at or after a time, and the last one before it.

    Parameters
    ----------
    time : float
        Months from randomisation: when the disease progresses.
    visits : Visits
        The calendars.
    arm, replicate, patient : int
        Whose visits.
    key : tuple of numpy.uint32
        Two words from the seed.

    Returns
    -------
    tuple of float
        Months of the visit, infinite if there is none, and of the last visit before, 0 if there
        is none.
    """
    planned = visits.planned[arm]
    if time == np.inf:
        return np.inf, 0.0
    visit = _planned_before(planned, time - visits.window[arm])
    seen = np.inf
    while visit < planned.size:
        held = _held(visit, visits, arm, replicate, patient, key)
        if held >= time:
            seen = held
            break
        visit += 1
    for earlier in range(visit - 1, -1, -1):
        held = _held(earlier, visits, arm, replicate, patient, key)
        if 0.0 <= held < time:
            return seen, held
    return seen, 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def last_visit(time, visits, arm, replicate, patient, key):  # type: ignore[no-untyped-def]
    """Return the last visit that takes place by a time.

    Parameters
    ----------
    time : float
        Months from randomisation.
    visits : Visits
        The calendars.
    arm, replicate, patient : int
        Whose visits.
    key : tuple of numpy.uint32
        Two words from the seed.

    Returns
    -------
    float
        Months of the visit; 0 if there is none.
    """
    planned = visits.planned[arm]
    latest = min(_planned_before(planned, time + visits.window[arm]), planned.size - 1)
    for visit in range(latest, -1, -1):
        held = _held(visit, visits, arm, replicate, patient, key)
        if 0.0 <= held <= time:
            return held
    return 0.0
