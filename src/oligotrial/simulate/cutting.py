"""Compiled looks: when each trial is due, and its data as they are on that day.

A look only cuts what `oligotrial.simulate.kernels` made: the latent times stay as they are, so
that each look is a cut of the next.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.simulate.visits import last_visits

__all__ = ["Cut", "cut_trials", "event_months", "make_cut", "sort_times"]


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
    return Cut(
        size=np.empty(trials, np.int64),
        events=np.empty(trials, np.int64),
        time=np.empty(shape),
        left=np.empty(shape),
        event=np.empty(shape, np.int64),
        arm=np.empty(shape, np.int64),
        stratum=np.empty(shape, np.int64),
        strata=strata,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def event_months(months, calendar, numbers):  # type: ignore[no-untyped-def]
    """Fill the months of the trial in which events of given numbers are seen.

    Months are counted into even cells; only those of the cell in which the event lies are sorted.

    Parameters
    ----------
    months : numpy.ndarray
        Filled; shape (trials, numbers); infinite where they never come.
    calendar : numpy.ndarray
        Month in which each patient's event is seen; shape (trials, patients).
    numbers : numpy.ndarray of int64
        Which events, from 1; shape (numbers,).
    """
    patients = calendar.shape[1]
    cell = np.empty(patients, np.int64)
    upto = np.empty(patients + 1, np.int64)
    room = np.empty(patients)
    for trial in range(calendar.shape[0]):
        month = calendar[trial]
        latest, events = 0.0, 0
        for patient in range(patients):
            finite = month[patient] < np.inf
            events += finite
            latest = max(latest, month[patient] if finite else 0.0)
        scale = (patients - 1) / latest if latest > 0.0 else 0.0
        upto[:] = 0
        for patient in range(patients):
            place = int(month[patient] * scale) if month[patient] < np.inf else patients
            cell[patient] = place
            upto[place] += 1
        for place in range(1, patients):
            upto[place] += upto[place - 1]
        for k in range(numbers.size):
            if numbers[k] > events:
                months[trial, k] = np.inf
            else:
                months[trial, k] = _ranked(month, numbers[k] - 1, cell, upto, room)


@njit(cache=True, nogil=True, error_model="numpy")
def _ranked(values, rank, cell, upto, room):  # type: ignore[no-untyped-def]
    """Return the value of a rank (from 0), given each value's cell and counts up to cells."""
    low, high = 0, values.size - 1
    while low < high:
        middle = (low + high) >> 1
        if upto[middle] > rank:
            high = middle
        else:
            low = middle + 1
    count = 0
    for patient in range(values.size):
        if cell[patient] == low:
            j = count
            while j > 0 and room[j - 1] > values[patient]:
                room[j] = room[j - 1]
                j -= 1
            room[j] = values[patient]
            count += 1
    before = upto[low - 1] if low > 0 else 0
    return room[rank - before]


@njit(cache=True, nogil=True, error_model="numpy")
def sort_times(time, order, count, room):  # type: ignore[no-untyped-def]
    """Sort the first `count` times upwards, and fill the indices that sort them.

    Distribution into buckets of equal width, then insertion: linear for follow-up times,
    which spread over the trial's duration; crowded ones are left to a comparison sort.

    Parameters
    ----------
    time : numpy.ndarray
        Non-negative finite times; sorted in place.
    order : numpy.ndarray of int64
        Filled; shape of at least (count,).
    count : int
        How many to sort.
    room : tuple of numpy.ndarray
        Room to work in: numbers, and two arrays of int64, shapes of at least (count,), (count,)
        and (count + 1,).
    """
    unsorted, bucket, ends = room
    largest = 0.0
    for i in range(count):
        largest = max(largest, time[i])
    scale = (count - 1) / largest if largest > 0.0 else 0.0
    ends[: count + 1] = 0
    for i in range(count):
        unsorted[i] = time[i]
        bucket[i] = int(time[i] * scale)
    for i in range(count):
        ends[bucket[i] + 1] += 1
    crowd = 0
    for k in range(1, count + 1):
        crowd = max(crowd, ends[k])
        ends[k] += ends[k - 1]
    if crowd > 32:
        order[:count] = np.argsort(unsorted[:count], kind="mergesort")
        for i in range(count):
            time[i] = unsorted[order[i]]
        return
    for i in range(count):
        place = ends[bucket[i]]
        order[place] = i
        time[place] = unsorted[i]
        ends[bucket[i]] = place + 1
    _insert(time, order, count)


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(time, order, count):  # type: ignore[no-untyped-def]
    """Sort times that are nearly sorted, and their order with them."""
    for i in range(1, count):
        now = time[i]
        if time[i - 1] <= now:
            continue
        patient = order[i]
        j = i
        while j > 0 and time[j - 1] > now:
            time[j] = time[j - 1]
            order[j] = order[j - 1]
            j -= 1
        time[j] = now
        order[j] = patient


@njit(cache=True, nogil=True, error_model="numpy")
def cut_trials(cut, which, latent, month, most, first, protocol):  # type: ignore[no-untyped-def]
    """Cut some trials on their day of analysis.

    Where events are seen at visits, who is not seen to have the event is censored at the last
    visit before the day of analysis, or before leaving; at 0 if there was none.

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
    imaged = protocol.visits.planned.shape[1] > 0
    order, code = np.empty(patients, np.int64), np.empty(patients, np.int64)
    left = np.empty(patients)
    room = np.empty(patients), np.empty(patients, np.int64), np.empty(patients + 1, np.int64)
    for row in range(which.size):
        trial = which[row]
        size = _enrolled(latent.arrival[trial], month[trial])
        time = cut.time[row]
        events = _see(time, code, latent, trial, size, month[trial], most[trial])
        if imaged:
            _see_at_visits(time, left, code, latent, trial, size, month[trial], first, protocol)
        sort_times(time, order, size, room)
        _arrange(cut, row, order, code, size)
        for place in range(size):
            cut.left[row, place] = left[order[place]] if imaged else time[place]
        cut.size[row], cut.events[row] = size, events


@njit(cache=True, nogil=True, error_model="numpy")
def _see(time, code, latent, trial, size, today, most):  # type: ignore[no-untyped-def]
    """Fill follow-up by a day, and a code of event, arm and stratum; return the events."""
    arrival, seen, leaves = latent.arrival[trial], latent.seen[trial], latent.leaves[trial]
    calendar, arm, stratum = latent.calendar[trial], latent.arm[trial], latent.stratum[trial]
    events = 0
    for patient in range(size):
        event = calendar[patient] <= today
        events += event
        followed = min(leaves[patient], today - arrival[patient])
        time[patient] = seen[patient] if event else followed
        code[patient] = (stratum[patient] << 2) | (arm[patient] << 1) | event
    if events > most:
        for patient in range(_last_seen(calendar, today, most) + 1, size):
            if calendar[patient] == today:
                code[patient] &= -2
        events = most
    return events


@njit(cache=True, nogil=True, error_model="numpy")
def _see_at_visits(time, left, code, latent, trial, size, today, first, protocol):  # type: ignore[no-untyped-def]
    """Move follow-up without an event back to the last visit; fill the visit before events."""
    arrival, before, leaves = latent.arrival[trial], latent.before[trial], latent.leaves[trial]
    seen, arm = latent.seen[trial], latent.arm[trial]
    for patient in range(size):
        followed = today - arrival[patient]
        going = followed < min(seen[patient], leaves[patient])
        left[patient] = followed if going and not code[patient] & 1 else -1.0
    last_visits(left[:size], arm, protocol.visits, first + trial, protocol.key)
    for patient in range(size):
        left[patient] = before[patient] if left[patient] < 0.0 else left[patient]
        time[patient] = time[patient] if code[patient] & 1 else left[patient]


@njit(cache=True, nogil=True, error_model="numpy")
def _arrange(cut, row, order, code, size):  # type: ignore[no-untyped-def]
    """Put events, arms and strata in the order of follow-up."""
    event, arm, stratum = cut.event[row], cut.arm[row], cut.stratum[row]
    for place in range(size):
        event[place] = code[order[place]]
    for place in range(size):
        stratum[place] = event[place] >> 2
        arm[place] = (event[place] >> 1) & 1
        event[place] &= 1


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
