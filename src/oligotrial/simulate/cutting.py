"""Compiled looks: when each trial is due, and its data as they are on that day.

A look only cuts what `oligotrial.simulate.kernels` made: the latent times stay as they are, so
that each look is a cut of the next.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.simulate.visits import last_visit

__all__ = [
    "Cut",
    "cut_trials",
    "cut_visits",
    "event_months",
    "make_cut",
    "sort_own_ends",
    "sort_times",
]


class Cut(NamedTuple):
    """The data of some trials at a look, each trial's patients in ascending order of follow-up.

    The first ``size[i]`` patients of row i are the trial's; what lies beyond is left over from
    other trials.

    Parameters
    ----------
    size : numpy.ndarray of int64
        Patients enrolled; shape (trials,).
    events : numpy.ndarray of int64
        Events seen, over both arms; shape (trials,).
    time : numpy.ndarray
        Months from randomisation to the event or to censoring, possibly 0; shape (trials,
        patients).
    left : numpy.ndarray
        Months to the last visit without progression: the event lies in ``(left, time]``. Equal
        to `time` where the event was seen on its very day, or the time is censored; shape
        (trials, patients).
    event : numpy.ndarray of int64
        1 where the event was seen; shape (trials, patients).
    arm : numpy.ndarray of int64
        1 for the experimental arm; shape (trials, patients).
    stratum : numpy.ndarray of int64
        Number of the stratum; shape (trials, patients).
    strata : int
        Number of strata.
    """

    size: np.ndarray
    events: np.ndarray
    time: np.ndarray
    left: np.ndarray
    event: np.ndarray
    arm: np.ndarray
    stratum: np.ndarray
    strata: int


def make_cut(trials: int, patients: int, *, strata: int) -> Cut:
    """Return room for the data of some trials."""
    shape = (trials, patients)
    times = [np.empty(shape) for _ in range(2)]
    numbers = [np.empty(shape, np.int64) for _ in range(3)]
    counts = [np.empty(trials, np.int64) for _ in range(2)]
    return Cut(*counts, *times, *numbers, strata)


@njit(cache=True, nogil=True, error_model="numpy")
def event_months(months, calendar, numbers, room):  # type: ignore[no-untyped-def]
    """Fill the months of the trial in which events of given numbers are seen.

    Parameters
    ----------
    months : numpy.ndarray
        Filled; shape (trials, numbers); infinite where they never come.
    calendar : numpy.ndarray
        Month in which each patient's event is seen; shape (trials, patients).
    numbers : numpy.ndarray of int64
        Which events, from 1, descending; shape (numbers,).
    room : numpy.ndarray
        Room to work in; shape (patients,).
    """
    for trial in range(calendar.shape[0]):
        room[:] = calendar[trial]
        right = room.size - 1
        for place in range(numbers.size):
            rank = numbers[place] - 1
            months[trial, place] = _quickselect(room, rank, right)
            right = rank


@njit(cache=True, nogil=True, error_model="numpy")
def _quickselect(values, rank, right):  # type: ignore[no-untyped-def]
    """Return the value of a rank (from 0) up to a place, reordering values (Hoare 1961)."""
    left = 0
    while left < right:
        pivot = values[(left + right) >> 1]
        i = left
        j = right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            right = j
        elif rank >= i:
            left = i
        else:
            break
    return values[rank]


@njit(cache=True, nogil=True, error_model="numpy")
def sort_times(order, time, count, bucket, ends):  # type: ignore[no-untyped-def]
    """Fill `order` with the indices that sort the first `count` times upwards.

    Distribution into buckets of equal width, then insertion: linear for follow-up times,
    which spread over the trial's duration; crowded ones are left to a comparison sort.

    Parameters
    ----------
    order : numpy.ndarray of int64
        Filled; shape of at least (count,).
    time : numpy.ndarray
        Non-negative finite times.
    count : int
        How many to sort.
    bucket, ends : numpy.ndarray of int64
        Room to work in; shapes of at least (count,) and (count + 1,).
    """
    largest = 0.0
    for i in range(count):
        largest = max(largest, time[i])
    scale = (count - 1) / largest if largest > 0.0 else 0.0
    ends[: count + 1] = 0
    for i in range(count):
        bucket[i] = int(time[i] * scale)
        ends[bucket[i] + 1] += 1
    crowd = 0
    for k in range(1, count + 1):
        crowd = max(crowd, ends[k])
        ends[k] += ends[k - 1]
    if crowd > 32:
        order[:count] = np.argsort(time[:count])
        return
    for i in range(count):
        order[ends[bucket[i]]] = i
        ends[bucket[i]] += 1
    for i in range(1, count):
        patient = order[i]
        now = time[patient]
        j = i
        while j > 0 and time[order[j - 1]] > now:
            order[j] = order[j - 1]
            j -= 1
        order[j] = patient


@njit(cache=True, nogil=True, error_model="numpy")
def sort_own_ends(latent):  # type: ignore[no-untyped-def]
    """Fill the order of patients' own ends: event or leaving, whatever the look.

    Parameters
    ----------
    latent : Latent
        Its order is filled.
    """
    trials, patients = latent.arrival.shape
    end = np.empty(patients)
    bucket, ends = np.empty(patients, np.int64), np.empty(patients + 1, np.int64)
    for trial in range(trials):
        seen, leaves = latent.seen[trial], latent.leaves[trial]
        for patient in range(patients):
            end[patient] = min(seen[patient], leaves[patient], 1e6)
        sort_times(latent.order[trial], end, patients, bucket, ends)


@njit(cache=True, nogil=True, error_model="numpy")
def cut_trials(cut, which, latent, month, most):  # type: ignore[no-untyped-def]
    """Cut some trials on their day of analysis, events seen on their very day.

    Parameters
    ----------
    cut : Cut
        Filled, one row for each of `which`.
    which : numpy.ndarray of int64
        Rows of `latent` to cut.
    latent : Latent
        The patients, their order filled.
    month : numpy.ndarray
        Month of the analysis; shape (trials,), as `latent`.
    most : numpy.ndarray of int64
        Events that may be seen; shape (trials,), as `latent`.
    """
    patients = latent.arrival.shape[1]
    for row in range(which.size):
        trial = which[row]
        cut.size[row] = _enrolled(latent.arrival[trial], month[trial])
        events = _merge(cut, row, latent, trial, month[trial], patients)
        if events > most[trial]:
            last = _last_seen(latent.calendar[trial], month[trial], most[trial])
            events = _merge(cut, row, latent, trial, month[trial], last)
        cut.events[row] = events


@njit(cache=True, nogil=True, error_model="numpy")
def _merge(cut, row, latent, trial, today, last):  # type: ignore[no-untyped-def]
    """Fill a row of a cut and return its events.

    Patients whose own end has come are in the order of their ends, the others in the order of
    their arrival, latest first: the two are merged. Of events seen today, those of patients
    after number `last` are not counted.
    """
    arrival, seen, leaves = latent.arrival[trial], latent.seen[trial], latent.leaves[trial]
    order, arms, strata = latent.order[trial], latent.arm[trial], latent.stratum[trial]
    time, left, event = cut.time[row], cut.left[row], cut.event[row]
    arm, stratum = cut.arm[row], cut.stratum[row]
    size = cut.size[row]
    events = 0
    place = 0
    waiting = size - 1
    for ended in order:
        own = min(seen[ended], leaves[ended])
        closes = arrival[ended] + own
        if closes > today or ended >= size:
            continue
        while waiting >= 0 and today - arrival[waiting] <= own:
            if arrival[waiting] + min(seen[waiting], leaves[waiting]) > today:
                followed = today - arrival[waiting]
                time[place], left[place], event[place] = followed, followed, 0
                arm[place], stratum[place] = arms[waiting], strata[waiting]
                place += 1
            waiting -= 1
        shows = seen[ended] <= leaves[ended] and (closes < today or ended <= last)
        time[place], left[place], event[place] = own, own, shows
        arm[place], stratum[place] = arms[ended], strata[ended]
        events += shows
        place += 1
    while waiting >= 0:
        if arrival[waiting] + min(seen[waiting], leaves[waiting]) > today:
            followed = today - arrival[waiting]
            time[place], left[place], event[place] = followed, followed, 0
            arm[place], stratum[place] = arms[waiting], strata[waiting]
            place += 1
        waiting -= 1
    return events


@njit(cache=True, nogil=True, error_model="numpy")
def cut_visits(cut, which, latent, month, most, first, protocol):  # type: ignore[no-untyped-def]
    """Cut some trials on their day of analysis, events seen at visits.

    Who is not seen to have the event is censored at the last visit before the day of analysis,
    or before leaving; at 0 if there was none.

    Parameters
    ----------
    cut : Cut
        Filled, one row for each of `which`.
    which : numpy.ndarray of int64
        Rows of `latent` to cut.
    latent : Latent
        The patients.
    month : numpy.ndarray
        Month of the analysis; shape (trials,), as `latent`.
    most : numpy.ndarray of int64
        Events that may be seen; shape (trials,), as `latent`.
    first : int
        Replicate of the first row of `latent`.
    protocol : Protocol
        The trial.
    """
    patients = latent.arrival.shape[1]
    order, bucket = np.empty(patients, np.int64), np.empty(patients, np.int64)
    ends = np.empty(patients + 1, np.int64)
    time, left = np.empty(patients), np.empty(patients)
    event = np.empty(patients, np.int64)
    for row in range(which.size):
        trial = which[row]
        today = month[trial]
        size = _enrolled(latent.arrival[trial], today)
        cut.size[row] = size
        replicate = first + trial
        events = _seen_by(time, left, event, latent, trial, size, today, replicate, protocol)
        if events > most[trial]:
            last = _last_seen(latent.calendar[trial], today, most[trial])
            for patient in range(last + 1, size):
                if latent.calendar[trial, patient] == today:
                    event[patient] = 0
                    time[patient] = left[patient]
            events = most[trial]
        cut.events[row] = events
        sort_times(order, time, size, bucket, ends)
        for place in range(size):
            patient = order[place]
            cut.time[row, place], cut.left[row, place] = time[patient], left[patient]
            cut.event[row, place] = event[patient]
            cut.arm[row, place] = latent.arm[trial, patient]
            cut.stratum[row, place] = latent.stratum[trial, patient]


@njit(cache=True, nogil=True, error_model="numpy")
def _seen_by(time, left, event, latent, trial, size, today, replicate, protocol):  # type: ignore[no-untyped-def]
    """Fill what visits have shown of each patient by a day, and return the events."""
    arrival, seen, before = latent.arrival[trial], latent.seen[trial], latent.before[trial]
    leaves, calendar, arm = latent.leaves[trial], latent.calendar[trial], latent.arm[trial]
    visits, key = protocol.visits, protocol.key
    events = 0
    for patient in range(size):
        left[patient] = before[patient]
        if calendar[patient] <= today:
            event[patient] = 1
            events += 1
            time[patient] = seen[patient]
            continue
        event[patient] = 0
        if arrival[patient] + min(seen[patient], leaves[patient]) > today:
            followed = today - arrival[patient]
            left[patient] = last_visit(followed, visits, arm[patient], replicate, patient, key)
        time[patient] = left[patient]
    return events


@njit(cache=True, nogil=True, error_model="numpy")
def _enrolled(arrival, today):  # type: ignore[no-untyped-def]
    """Return how many patients have entered by a month, their arrivals ascending."""
    low, high = 0, arrival.size
    while low < high:
        middle = (low + high) >> 1
        if arrival[middle] <= today:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _last_seen(calendar, today, most):  # type: ignore[no-untyped-def]
    """Return the last patient whose event is counted, of those whose events are seen today."""
    left = most
    for patient in range(calendar.size):
        left -= calendar[patient] < today
    for patient in range(calendar.size):
        if calendar[patient] == today:
            if left <= 0:
                return patient - 1
            left -= 1
    return calendar.size
