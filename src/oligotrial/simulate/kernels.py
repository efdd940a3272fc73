"""Compiled patients: arrays in, the latent times of some trials' patients out.

Every patient of a replicate is made once: arrival, stratum, arm, time of the event and time
of leaving. Looks only cut what is made here (`oligotrial.simulate.cutting`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.simulate.elementary import exponential, logarithm
from oligotrial.simulate.random import PATIENT, RANDOMISATION, SWITCH, counter, philox, uniform
from oligotrial.simulate.visits import Visits, first_visits, last_visits

__all__ = [
    "Latent",
    "Protocol",
    "Truth",
    "event_time",
    "log_cumulative",
    "make_latent",
    "recruit",
]


class Truth(NamedTuple):
    """Tabulated hazards; replicate r uses draw ``r % draws``.

    Parameters
    ----------
    grid : numpy.ndarray
        First value and step of an even grid of log cumulative hazards; shape (2,).
    log_times : numpy.ndarray
        Log time, months, at which a table reaches each value; shape (tables, nodes).
    plateau : numpy.ndarray
        Survival that a table's hazard never falls below; where it is above 0 the table is of the
        hazard of those who are not spared, ``(S - plateau) / (1 - plateau)``; shape (tables,).
    table_of : numpy.ndarray of int64
        Which table an arm's stratum follows; shape (draws, 2, strata).
    log_ratio : numpy.ndarray
        Log of the hazard ratio that multiplies the table; shape (draws, 2, strata).
    upto : numpy.ndarray
        Cumulative share of the strata; shape (draws, strata).
    """

    grid: np.ndarray
    log_times: np.ndarray
    plateau: np.ndarray
    table_of: np.ndarray
    log_ratio: np.ndarray
    upto: np.ndarray


class Protocol(NamedTuple):
    """The trial as the kernel needs it.

    Parameters
    ----------
    orders : numpy.ndarray of int64
        The orders that a randomisation block's arms may have, 1 for the experimental arm, all as
        likely; or one, of which any order is drawn; shape (orders, patients of a block).
    poisson : bool
        True: exponential gaps between arrivals; False: even ones.
    dropouts : numpy.ndarray
        Rate a month at which patients leave; shape (2,), one an arm.
    visits : Visits
        Imaging calendars, without visits if events are seen on their day.
    switch : numpy.ndarray
        Share of controls who get the experimental treatment, months before which they don't,
        months over which they are spread, mean waiting time; shape (4,).
    key : tuple of numpy.uint32
        Two words from the seed.
    """

    orders: np.ndarray
    poisson: bool
    dropouts: np.ndarray
    visits: Visits
    switch: np.ndarray
    key: tuple[np.uint32, np.uint32]


class Latent(NamedTuple):
    """Patients of some trials, in the order of their arrival; each of shape (trials, patients).

    Parameters
    ----------
    arrival : numpy.ndarray
        Months from the first day of accrual.
    seen : numpy.ndarray
        Months from arrival to the day the event is seen; infinite if it never is.
    before : numpy.ndarray
        Months to the last visit before it that showed nothing, or before leaving; not filled
        where there are no visits.
    leaves : numpy.ndarray
        Months to the day on which the patient leaves the study; infinite if never.
    calendar : numpy.ndarray
        Month of the trial in which the event is seen; infinite if it isn't, or the patient
        leaves first.
    arm : numpy.ndarray of int64
        1 for the experimental arm.
    stratum : numpy.ndarray of int64
        Number of the stratum.
    """

    arrival: np.ndarray
    seen: np.ndarray
    before: np.ndarray
    leaves: np.ndarray
    calendar: np.ndarray
    arm: np.ndarray
    stratum: np.ndarray


def make_latent(trials: int, patients: int) -> Latent:
    """Return room for the patients of some trials."""
    shape = (trials, patients)
    times = [np.empty(shape) for _ in range(5)]
    numbers = [np.empty(shape, np.int64) for _ in range(2)]
    return Latent(*times, *numbers)


@njit(cache=True, nogil=True, error_model="numpy")
def event_time(log_target, first, step, log_times, plateau):  # type: ignore[no-untyped-def]
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
        Log of the time, months, at which each value of the grid is reached; shape (nodes,).
    plateau : float
        Survival that is never fallen below; the table is of those who are not spared.

    Returns
    -------
    float
        Months; infinite where the cumulative hazard stops rising before the target.
    """
    return np.exp(log_event_time(log_target, first, step, log_times, plateau))


@njit(cache=True, nogil=True, error_model="numpy")
def log_event_time(log_target, first, step, log_times, plateau):  # type: ignore[no-untyped-def]
    """Return the log of what `event_time` returns, from the same."""
    if plateau > 0.0:
        alive = (np.exp(-np.exp(log_target)) - plateau) / (1.0 - plateau)
        if alive <= 0.0:
            return np.inf
        log_target = np.log(-np.log(alive))
    place = (log_target - first) / step
    node = min(max(int(place), 0), log_times.size - 2)
    low = log_times[node]
    return low + (place - node) * (log_times[node + 1] - low)


@njit(cache=True, nogil=True, error_model="numpy")
def log_cumulative(log_time, first, step, log_times, plateau):  # type: ignore[no-untyped-def]
    """Return the log of a tabulated cumulative hazard at a time: the inverse of `event_time`.

    Parameters
    ----------
    log_time : float
        Log of the time, months.
    first, step : float
        The grid of log cumulative hazards: its first value and its step.
    log_times : numpy.ndarray
        Log of the time at which each value of the grid is reached; shape (nodes,).
    plateau : float
        Survival that is never fallen below.

    Returns
    -------
    float
        Log of the cumulative hazard.
    """
    low, high = 0, log_times.size - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if log_times[middle] <= log_time:
            low = middle
        else:
            high = middle
    place = low + (log_time - log_times[low]) / (log_times[low + 1] - log_times[low])
    value = first + step * place
    if plateau > 0.0:
        value = np.log(-np.log(plateau + (1.0 - plateau) * np.exp(-np.exp(value))))
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def recruit(latent, first, truth, protocol, months, expected):  # type: ignore[no-untyped-def]
    """Make the patients of consecutive replicates.

    The first patients of a replicate are the same whatever the trial's size, and whatever is
    changed about looks, imaging or dropout.

    Parameters
    ----------
    latent : Latent
        Filled.
    first : int
        The first row's replicate.
    truth : Truth
        What patients' event times are drawn from.
    protocol : Protocol
        The trial.
    months : numpy.ndarray
        Months at which accrual rates change, the first 0; shape (periods,).
    expected : numpy.ndarray
        Patients expected by those months, and in the last column a month from the last of them
        on; shape (1 or trials, periods + 1).
    """
    strata, size = truth.upto.shape[1], protocol.orders.shape[1]
    blocks, places = np.empty((strata, size), np.int64), np.empty((3, strata), np.int64)
    words = np.empty((4, latent.arrival.shape[1]), np.uint32)
    room = np.empty(latent.arrival.shape[1])
    for row in range(latent.arrival.shape[0]):
        replicate = first + row
        draw = replicate % truth.upto.shape[0]
        _draw(latent, row, replicate, truth.upto[draw], protocol, words, room)
        _arrive(latent.arrival[row], months, expected[min(row, expected.shape[0] - 1)])
        _randomise(latent, row, replicate, protocol, blocks, places)
        _follow(latent, row, replicate, truth, protocol, room)
        if protocol.switch[0] > 0.0:
            _switch(latent, row, replicate, truth, protocol)
        _observe(latent, row, replicate, protocol, room)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(latent, row, replicate, upto, protocol, words, room):  # type: ignore[no-untyped-def]
    """Draw each patient's numbers: gap in expected patients, stratum, event, leaving.

    Arrays are named before the loops: looked up in a tuple for each patient they would cost
    more than the patient. One kind of number a loop, so that the processor does several patients
    at once. Here `arrival` counts expected patients, `seen` is a log cumulative hazard and
    `leaves` a unit exponential number.
    """
    arrival, seen, leaves = latent.arrival[row], latent.seen[row], latent.leaves[row]
    stratum = latent.stratum[row]
    k0, k1 = protocol.key
    low, high = counter(replicate, PATIENT)
    for patient in range(arrival.size):
        drawn = philox(low, high, np.uint32(patient), np.uint32(0), k0, k1)
        words[0, patient], words[1, patient] = drawn[0], drawn[1]
        words[2, patient], words[3, patient] = drawn[2], drawn[3]
    for patient in range(arrival.size):
        arrival[patient] = uniform(words[0, patient])
        seen[patient] = uniform(words[2, patient])
        leaves[patient] = uniform(words[3, patient])
    _accumulate(arrival, room, protocol.poisson)
    stratum[:] = 0
    for s in range(upto.size - 1):
        for patient in range(arrival.size):
            stratum[patient] += uniform(words[1, patient]) > upto[s]
    logarithm(seen, room)
    seen[:] = -seen
    logarithm(seen, room)
    if protocol.dropouts[0] + protocol.dropouts[1] > 0.0:
        logarithm(leaves, room)
        leaves[:] = -leaves


@njit(cache=True, nogil=True, error_model="numpy")
def _accumulate(arrival, room, poisson):  # type: ignore[no-untyped-def]
    """Turn uniform numbers into counts of patients expected by each arrival."""
    if not poisson:
        for patient in range(arrival.size):
            arrival[patient] = patient + 1.0
        return
    logarithm(arrival, room)
    now = 0.0
    for patient in range(arrival.size):
        now -= arrival[patient]
        arrival[patient] = now


@njit(cache=True, nogil=True, error_model="numpy")
def _arrive(arrival, months, expected):  # type: ignore[no-untyped-def]
    """Turn counts of expected patients into months, period by period."""
    last = months.size - 1
    period = 0
    for patient in range(arrival.size):
        count = arrival[patient]
        while period < last and count > expected[period + 1]:
            period += 1
        if period == last:
            pace = 1.0 / expected[last + 1]
        else:
            rise = expected[period + 1] - expected[period]
            pace = (months[period + 1] - months[period]) / rise
        arrival[patient] = months[period] + (count - expected[period]) * pace


@njit(cache=True, nogil=True, error_model="numpy")
def _randomise(latent, row, replicate, protocol, blocks, places):  # type: ignore[no-untyped-def]
    """Allocate patients to arms by permuted blocks within strata."""
    k0, k1 = protocol.key
    arm, stratum, orders = latent.arm[row], latent.stratum[row], protocol.orders
    low, high = counter(replicate, RANDOMISATION)
    size = orders.shape[1]
    listed = orders.shape[0] > 1
    number, position, chosen = places
    number[:], position[:], chosen[:] = 0, size, 0
    for patient in range(arm.size):
        s = stratum[patient]
        if position[s] == size:
            subject = np.uint32((s << 16) | number[s])
            if listed:
                words = philox(low, high, subject, np.uint32(0), k0, k1)
                chosen[s] = int(uniform(words[0]) * orders.shape[0])
            else:
                _shuffle(blocks[s], orders[0], low, high, subject, k0, k1)
            number[s] += 1
            position[s] = 0
        place = position[s]
        arm[patient] = orders[chosen[s], place] if listed else blocks[s, place]
        position[s] = place + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(latent, row, replicate, truth, protocol, room):  # type: ignore[no-untyped-def]
    """Turn each patient's numbers into times from arrival to event and leaving."""
    seen, leaves = latent.seen[row], latent.leaves[row]
    arm, stratum = latent.arm[row], latent.stratum[row]
    draw = replicate % truth.upto.shape[0]
    table_of, log_ratio = truth.table_of[draw], truth.log_ratio[draw]
    log_times, plateau = truth.log_times, truth.plateau
    lowest, step = truth.grid[0], truth.grid[1]
    rates = protocol.dropouts
    for patient in range(seen.size):
        a, s = arm[patient], stratum[patient]
        table = table_of[a, s]
        target = seen[patient] - log_ratio[a, s]
        seen[patient] = log_event_time(target, lowest, step, log_times[table], plateau[table])
        leaves[patient] = leaves[patient] / rates[a] if rates[a] > 0.0 else np.inf
    exponential(seen, room)


@njit(cache=True, nogil=True, error_model="numpy")
def _switch(latent, row, replicate, truth, protocol):  # type: ignore[no-untyped-def]
    """Let some controls have the experimental arm's hazard from some time on.

    The event comes when ``H0(s) + H1(t) - H1(s)`` reaches the patient's number, which ``H0``
    reached at the time without switching.
    """
    k0, k1 = protocol.key
    share, after, within, wait = protocol.switch
    seen, arm, stratum = latent.seen[row], latent.arm[row], latent.stratum[row]
    draw = replicate % truth.upto.shape[0]
    low, high = counter(replicate, SWITCH)
    same_low, same_high = counter(replicate, PATIENT)
    for patient in range(seen.size):
        if arm[patient] == 1:
            continue
        words = philox(low, high, np.uint32(patient), np.uint32(0), k0, k1)
        if uniform(words[0]) > share:
            continue
        when = after + within * uniform(words[1]) - wait * np.log(uniform(words[2]))
        if when >= seen[patient]:
            continue
        s = stratum[patient]
        words = philox(same_low, same_high, np.uint32(patient), np.uint32(0), k0, k1)
        target = -np.log(uniform(words[2]))
        if when > 0.0:
            target += _cumulative(when, draw, 1, s, truth) - _cumulative(when, draw, 0, s, truth)
        table = truth.table_of[draw, 1, s]
        seen[patient] = event_time(
            np.log(target) - truth.log_ratio[draw, 1, s],
            truth.grid[0],
            truth.grid[1],
            truth.log_times[table],
            truth.plateau[table],
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _cumulative(time, draw, arm, stratum, truth):  # type: ignore[no-untyped-def]
    table = truth.table_of[draw, arm, stratum]
    value = log_cumulative(
        np.log(time), truth.grid[0], truth.grid[1], truth.log_times[table], truth.plateau[table]
    )
    return np.exp(value + truth.log_ratio[draw, arm, stratum])


@njit(cache=True, nogil=True, error_model="numpy")
def _observe(latent, row, replicate, protocol, room):  # type: ignore[no-untyped-def]
    """Let visits show the events, and note the month of the trial in which they do."""
    arrival, seen, before = latent.arrival[row], latent.seen[row], latent.before[row]
    leaves, calendar, arm = latent.leaves[row], latent.calendar[row], latent.arm[row]
    visits = protocol.visits
    if visits.planned.shape[1] > 0:
        first_visits(seen, before, arm, visits, replicate, protocol.key)
        for patient in range(seen.size):
            room[patient] = leaves[patient] if leaves[patient] < seen[patient] else -1.0
        last_visits(room, arm, visits, replicate, protocol.key)
        for patient in range(seen.size):
            before[patient] = room[patient] if room[patient] >= 0.0 else before[patient]
    for patient in range(seen.size):
        shows = seen[patient] <= leaves[patient]
        calendar[patient] = arrival[patient] + seen[patient] if shows else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _shuffle(block, arms, low, high, subject, k0, k1):  # type: ignore[no-untyped-def]
    """Fill `block` with a random order of `arms` (Fisher and Yates)."""
    block[:] = arms
    words = philox(low, high, subject, np.uint32(0), k0, k1)
    for drawn in range(block.size - 1):
        if drawn > 0 and drawn & 3 == 0:
            words = philox(low, high, subject, np.uint32(drawn >> 2), k0, k1)
        last = block.size - 1 - drawn
        other = int(uniform(words[drawn & 3]) * (last + 1))
        block[last], block[other] = block[other], block[last]
