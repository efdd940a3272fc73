"""Compiled trials: arrays in, one row of results a replicate out.

The kernel makes every patient of a replicate (arrival, stratum, arm, latent event and
dropout times), cuts the data at the event that triggers the analysis, and tests. The test
sees follow-up, event, arm and stratum only, never the latent times.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.estimators.two_arm import stratified_logrank_score
from oligotrial.simulate.random import PATIENT, RANDOMISATION, philox, uniform

__all__ = ["COLUMNS", "Protocol", "Truth", "event_time", "simulate_trials", "sort_times"]

COLUMNS = ("score", "variance", "events", "months", "enrolled")
"""What a replicate's row holds: log-rank score and variance of the experimental arm, events
analysed, months from the first day of accrual to the analysis, patients enrolled by then."""


class Truth(NamedTuple):
    """Tabulated hazards; replicate r uses draw ``r % draws``.

    Parameters
    ----------
    grid : numpy.ndarray
        First value and step of an even grid of log cumulative hazards; shape (2,).
    log_times : numpy.ndarray
        Log time, months, at which a table reaches each value; shape (tables, nodes).
    table_of : numpy.ndarray of int64
        Which table an arm's stratum follows; shape (draws, 2, strata).
    log_ratio : numpy.ndarray
        Log of the hazard ratio that multiplies the table; shape (draws, 2, strata).
    upto : numpy.ndarray
        Cumulative share of the strata; shape (draws, strata).
    """

    grid: np.ndarray
    log_times: np.ndarray
    table_of: np.ndarray
    log_ratio: np.ndarray
    upto: np.ndarray


class Protocol(NamedTuple):
    """The trial as the kernel needs it.

    Parameters
    ----------
    patients, events : int
        Patients to enrol; event at which the analysis is made.
    block : numpy.ndarray of int64
        Arms of one randomisation block, 1 for the experimental arm.
    rate : float
        Patients a month.
    poisson : bool
        True: exponential gaps between arrivals; False: even ones.
    dropout : float
        Rate a month at which patients leave.
    stratified : bool
        Whether the log-rank is stratified.
    key : tuple of numpy.uint32
        Two words from the seed.
    """

    patients: int
    events: int
    block: np.ndarray
    rate: float
    poisson: bool
    dropout: float
    stratified: bool
    key: tuple[np.uint32, np.uint32]


class _Room(NamedTuple):
    """Where one trial at a time is worked out; each of shape (patients,) but the last four."""

    arrival: np.ndarray
    latent: np.ndarray  # time from arrival to progression
    leaves: np.ndarray  # time from arrival to dropout
    calendar: np.ndarray  # month of progression, infinite when dropout comes first
    time: np.ndarray  # follow-up at the analysis
    event: np.ndarray
    arm: np.ndarray
    stratum: np.ndarray
    tested: np.ndarray  # stratum as the test sees it
    order: np.ndarray
    bucket: np.ndarray
    ends: np.ndarray
    blocks: np.ndarray  # each stratum's current block
    randomised: np.ndarray  # patients randomised in each stratum


@njit(cache=True, nogil=True, error_model="numpy")
def event_time(log_target, first, step, log_times):  # type: ignore[no-untyped-def]
    """Return the time at which a cumulative hazard reaches a target.

    The inverse is tabulated on an even grid, so that no search is needed; it is linear in
    log time and log cumulative hazard, which is exact for exponential and Weibull hazards.

    Parameters
    ----------
    log_target : float
        Log of the cumulative hazard to reach: of a unit exponential number, for a random
        event time.
    first, step : float
        The grid of log cumulative hazards: its first value and its step.
    log_times : numpy.ndarray
        Log of the time, months, at which each value of the grid is reached; infinite from
        where it never is; shape (nodes,).

    Returns
    -------
    float
        Months; infinite where the cumulative hazard stops rising before the target.
    """
    place = (log_target - first) / step
    node = min(max(int(place), 0), log_times.size - 2)
    low = log_times[node]
    high = log_times[node + 1]
    if high == np.inf:
        return np.inf
    return np.exp(low + (place - node) * (high - low))


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
def _quickselect(values, rank):  # type: ignore[no-untyped-def]
    """Return the value of a rank (from 0) of an array, which is reordered (Hoare 1961)."""
    left = 0
    right = values.size - 1
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
def simulate_trials(rows, first, truth, protocol):  # type: ignore[no-untyped-def]
    """Fill one row of results a replicate.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (replicates, 5), filled in the order of `COLUMNS`.
    first : int
        Number of the first replicate.
    truth : Truth
        What patients' event times are drawn from.
    protocol : Protocol
        The trial.
    """
    room = _make_room(protocol.patients, truth.upto.shape[1], protocol.block.size)
    for row in range(rows.shape[0]):
        _recruit(room, first + row, truth, protocol)
        cut = _cut_month(room, protocol.events)
        enrolled, observed = _censor(room, cut)
        sort_times(room.order, room.time, enrolled, room.bucket, room.ends)
        score, variance = stratified_logrank_score(
            room.order[:enrolled],
            room.time,
            room.event,
            room.arm,
            room.stratum if protocol.stratified else room.tested,
            truth.upto.shape[1],
        )
        rows[row, 0] = score
        rows[row, 1] = variance
        rows[row, 2] = observed
        rows[row, 3] = cut
        rows[row, 4] = enrolled


@njit(cache=True, nogil=True, error_model="numpy")
def _make_room(patients, strata, block):  # type: ignore[no-untyped-def]
    return _Room(
        np.empty(patients),
        np.empty(patients),
        np.empty(patients),
        np.empty(patients),
        np.empty(patients),
        np.empty(patients, np.int64),
        np.empty(patients, np.int64),
        np.empty(patients, np.int64),
        np.zeros(patients, np.int64),
        np.empty(patients, np.int64),
        np.empty(patients, np.int64),
        np.empty(patients + 1, np.int64),
        np.empty((strata, block), np.int64),
        np.empty(strata, np.int64),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _recruit(room, replicate, truth, protocol):  # type: ignore[no-untyped-def]
    """Make the replicate's patients; the first ones are the same whatever the trial's size.

    Arrays are named before the loop: looked up in a tuple for each patient they would cost
    more than the patient.
    """
    k0, k1 = protocol.key
    rate, poisson, dropout, block = (
        protocol.rate,
        protocol.poisson,
        protocol.dropout,
        protocol.block,
    )
    arrival, latent, leaves, calendar = room.arrival, room.latent, room.leaves, room.calendar
    arm, stratum, blocks, randomised = room.arm, room.stratum, room.blocks, room.randomised
    draw = replicate % truth.upto.shape[0]
    upto, table_of, log_ratio = truth.upto[draw], truth.table_of[draw], truth.log_ratio[draw]
    log_times, lowest, step = truth.log_times, truth.grid[0], truth.grid[1]
    low = np.uint32(replicate & 0xFFFFFFFF)
    high = np.uint32((replicate >> 32) | (PATIENT << 24))
    randomised[:] = 0
    now = 0.0
    for patient in range(protocol.patients):
        words = philox(low, high, np.uint32(patient), np.uint32(0), k0, k1)
        now += (-np.log(uniform(words[0])) if poisson else 1.0) / rate
        s = 0
        share = uniform(words[1])
        while s < upto.size - 1 and share > upto[s]:
            s += 1
        number = randomised[s] // block.size
        position = randomised[s] - number * block.size
        if position == 0:
            _shuffle(blocks[s], block, replicate, np.uint32((s << 16) | number), k0, k1)
        randomised[s] += 1
        a = blocks[s, position]
        target = np.log(-np.log(uniform(words[2]))) - log_ratio[a, s]
        progresses = event_time(target, lowest, step, log_times[table_of[a, s]])
        drops = -np.log(uniform(words[3])) / dropout if dropout > 0.0 else np.inf
        arrival[patient] = now
        stratum[patient] = s
        arm[patient] = a
        latent[patient] = progresses
        leaves[patient] = drops
        calendar[patient] = now + progresses if progresses <= drops else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _shuffle(block, arms, replicate, subject, k0, k1):  # type: ignore[no-untyped-def]
    """Fill `block` with a random order of `arms` (Fisher and Yates)."""
    block[:] = arms
    low = np.uint32(replicate & 0xFFFFFFFF)
    high = np.uint32((replicate >> 32) | (RANDOMISATION << 24))
    words = philox(low, high, subject, np.uint32(0), k0, k1)
    for drawn in range(block.size - 1):
        if drawn > 0 and drawn & 3 == 0:
            words = philox(low, high, subject, np.uint32(drawn >> 2), k0, k1)
        last = block.size - 1 - drawn
        other = int(uniform(words[drawn & 3]) * (last + 1))
        block[last], block[other] = block[other], block[last]


@njit(cache=True, nogil=True, error_model="numpy")
def _cut_month(room, events):  # type: ignore[no-untyped-def]
    """Return the month of the event that triggers the analysis.

    Where the events never come, the month in which nobody is left under observation.
    """
    room.time[:] = room.calendar
    cut = _quickselect(room.time, events - 1)
    if cut == np.inf:
        cut = np.max(room.arrival + np.minimum(room.latent, room.leaves))
    return cut


@njit(cache=True, nogil=True, error_model="numpy")
def _censor(room, cut):  # type: ignore[no-untyped-def]
    """Cut the data: fill follow-up and events; return patients enrolled and events seen."""
    arrival, latent, leaves, calendar = room.arrival, room.latent, room.leaves, room.calendar
    time, event = room.time, room.event
    observed = 0
    for patient in range(arrival.size):
        if arrival[patient] >= cut:
            return patient, observed
        seen = calendar[patient] <= cut
        event[patient] = seen
        observed += seen
        followed = min(leaves[patient], cut - arrival[patient])
        time[patient] = latent[patient] if seen else followed
    return arrival.size, observed
