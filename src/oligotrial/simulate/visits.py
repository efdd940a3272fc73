"""Imaging visits, compiled: any visit of any patient straight from its number.

A visit's date and whether it takes place come from the counter of random numbers, so that they
are the same whenever they are asked for: at the event, and at each look.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.checks import InputError
from oligotrial.simulate.random import MISSED, VISIT, counter, philox, uniform
from oligotrial.trial import Imaging
from oligotrial.units import to_months

__all__ = ["Visits", "first_visits", "last_visits", "make_visits"]

VISITS = 400
"""Visits that are planned for a patient at least: 60 years at 8 weeks."""

LONGEST_MONTHS = 12_000.0
"""Follow-up in which visits are planned at least: longer than any trial's."""

MOST_VISITS = 1_000_000
"""Visits that are planned at most: 24 MB."""

CELL_MONTHS = 0.5
"""Months of a cell of the table that finds a visit by its time."""


class Visits(NamedTuple):
    """Imaging calendars as the kernel reads them.

    Parameters
    ----------
    planned : numpy.ndarray
        Months of the planned visits, ascending; shape (2, visits), one row an arm.
    before : numpy.ndarray of int64
        Visits planned before each half month; shape (2, cells).
    window : numpy.ndarray
        Months that a visit may be early or late; shape (2,).
    missed : numpy.ndarray
        Probability that a visit doesn't take place; shape (2,).
    """

    planned: np.ndarray
    before: np.ndarray
    window: np.ndarray
    missed: np.ndarray


def make_visits(calendars: tuple[Imaging, Imaging] | None) -> Visits:
    """Return calendars as the kernel reads them; without visits where there are none.

    Parameters
    ----------
    calendars : tuple of Imaging or None
        Those of control and experimental arm.

    Returns
    -------
    Visits
        As many as the longest follow-up needs.

    Raises
    ------
    InputError
        If visits are so frequent that there is no room for those of the longest follow-up.
    """
    if calendars is None:
        return Visits(np.empty((2, 0)), np.zeros((2, 1), np.int64), np.zeros(2), np.zeros(2))
    kinds = [(tuple(each.every_weeks), tuple(each.until_weeks)) for each in calendars]
    planned, before = _listed(*kinds)
    return Visits(
        planned,
        before,
        np.array([calendar.window_months for calendar in calendars]),
        np.array([calendar.missed for calendar in calendars]),
    )


@lru_cache(maxsize=4)
def _listed(*calendars: tuple[tuple[float, ...], tuple[float, ...]]) -> tuple[np.ndarray, ...]:
    """Return planned visits, and how many are planned before each half month."""
    visits = max(VISITS, *(_within(LONGEST_MONTHS, *calendar) for calendar in calendars))
    planned = np.stack([Imaging(*calendar, 0.0).planned_months(visits) for calendar in calendars])
    cells = np.arange(0.0, min(planned.max(), LONGEST_MONTHS) + 2 * CELL_MONTHS, CELL_MONTHS)
    return planned, np.stack([np.searchsorted(row, cells) for row in planned]).astype(np.int64)


def _within(months: float, every_weeks: tuple[float, ...], until_weeks: tuple[float, ...]) -> int:
    """Return as many visits as there are in some months, or some more."""
    weeks = months / to_months(1.0, "weeks")
    ends = np.append(np.minimum(until_weeks, weeks), weeks)
    lengths = np.diff(ends, prepend=0.0)
    visits = float(np.sum(np.ceil(lengths / np.array(every_weeks))) + 1)
    if visits > MOST_VISITS:
        raise InputError(
            f"visits every {min(every_weeks):g} weeks are {visits:,.0f} in {months:,.0f} months, "
            f"more than {MOST_VISITS:,}; make them rarer, or leave imaging out: events are then "
            "seen on their day",
            where="imaging",
        )
    return int(visits)


@njit(cache=True, nogil=True, error_model="numpy")
def first_visits(seen, before, arm, visits, replicate, key):  # type: ignore[no-untyped-def]
    """Let progression be seen at the first visit that takes place at or after it.

    Tables are named before the loop and handed on one by one: a tuple of arrays handed on for
    each patient would cost more than the visits.

    Parameters
    ----------
    seen : numpy.ndarray
        Months from randomisation to progression, infinite for never; replaced by those of the
        visit, infinite if there is none; shape (patients,).
    before : numpy.ndarray
        Filled: months of the last visit before progression, 0 if there is none; shape (patients,).
    arm : numpy.ndarray of int64
        Arms; shape (patients,).
    visits : Visits
        The calendars.
    replicate : int
        Whose patients.
    key : tuple of numpy.uint32
        Two words from the seed.
    """
    k0, k1 = key
    low, high = counter(replicate, VISIT)
    planned, cells = visits.planned, visits.before
    for patient in range(seen.size):
        time, a = seen[patient], arm[patient]
        window, missed = visits.window[a], visits.missed[a]
        before[patient] = 0.0
        visit = _planned_before(time - window, a, planned, cells)
        four = visit >> 2
        words = philox(low, high, np.uint32(patient), np.uint32(four), k0, k1)
        shows = np.inf
        while visit < planned.shape[1]:
            if visit >> 2 != four:
                four = visit >> 2
                words = philox(low, high, np.uint32(patient), np.uint32(four), k0, k1)
            held = planned[a, visit] + window * (2.0 * uniform(_pick(words, visit)) - 1.0)
            if held >= time and not _missed(visit, missed, replicate, patient, k0, k1):
                shows = held
                break
            visit += 1
        seen[patient] = shows
        while visit > 0 and shows < np.inf:
            visit -= 1
            if visit >> 2 != four:
                four = visit >> 2
                words = philox(low, high, np.uint32(patient), np.uint32(four), k0, k1)
            held = planned[a, visit] + window * (2.0 * uniform(_pick(words, visit)) - 1.0)
            if held < time and not _missed(visit, missed, replicate, patient, k0, k1):
                before[patient] = held
                break


@njit(cache=True, nogil=True, error_model="numpy")
def last_visits(last, arm, visits, replicate, key):  # type: ignore[no-untyped-def]
    """Replace times by the last visits that take place by them.

    Parameters
    ----------
    last : numpy.ndarray
        Months from randomisation, negative for patients to be left out; replaced by those of the
        visits, 0 if there is none; shape (patients,).
    arm : numpy.ndarray of int64
        Arms; shape (patients,).
    visits : Visits
        The calendars.
    replicate : int
        Whose patients.
    key : tuple of numpy.uint32
        Two words from the seed.
    """
    k0, k1 = key
    low, high = counter(replicate, VISIT)
    planned, cells = visits.planned, visits.before
    for patient in range(last.size):
        time = last[patient]
        if time < 0.0:
            continue
        a = arm[patient]
        window, missed = visits.window[a], visits.missed[a]
        by = (time + window) * (1.0 + 4e-16)  # one planned for that very moment counts
        visit = _planned_before(by, a, planned, cells)
        last[patient] = 0.0
        four = -1
        words = (np.uint32(0), np.uint32(0), np.uint32(0), np.uint32(0))
        while visit > 0:
            visit -= 1
            if visit >> 2 != four:
                four = visit >> 2
                words = philox(low, high, np.uint32(patient), np.uint32(four), k0, k1)
            held = planned[a, visit] + window * (2.0 * uniform(_pick(words, visit)) - 1.0)
            if held <= time and not _missed(visit, missed, replicate, patient, k0, k1):
                last[patient] = held
                break


@njit(cache=True, nogil=True, error_model="numpy")
def _planned_before(time, a, planned, cells):  # type: ignore[no-untyped-def]
    """Return how many visits are planned before a time."""
    if time <= 0.0:
        return 0
    place = time / CELL_MONTHS
    if place >= cells.shape[1]:
        return planned.shape[1]
    visit = cells[a, int(place)]
    while visit < planned.shape[1] and planned[a, visit] < time:
        visit += 1
    return visit


@njit(cache=True, nogil=True, error_model="numpy")
def _missed(visit, missed, replicate, patient, k0, k1):  # type: ignore[no-untyped-def]
    """Tell whether a visit doesn't take place."""
    if missed == 0.0:
        return False
    low, high = counter(replicate, MISSED)
    words = philox(low, high, np.uint32(patient), np.uint32(visit >> 2), k0, k1)
    return uniform(_pick(words, visit)) < missed


@njit(cache=True, nogil=True, inline="always")
def _pick(words, visit):  # type: ignore[no-untyped-def]
    """Return the word of a visit, one of four of a drawing."""
    place = visit & 3
    early = words[0] if place == 0 else words[1]
    late = words[2] if place == 2 else words[3]
    return early if place < 2 else late
