"""Compiled trials: arrays in, one row of results a replicate out.

The kernel makes every patient of a replicate (arrival, stratum, arm, latent event and
dropout times), cuts the data at the event that triggers the analysis, and tests. The test
sees follow-up, event, arm and stratum only, never the latent times.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.two_arm import stratified_logrank_score
from oligotrial.simulate.random import PATIENT, RANDOMISATION, philox, uniform

__all__ = ["COLUMNS", "event_time", "simulate_trials"]

COLUMNS = ("score", "variance", "events", "months", "enrolled")
"""What a replicate's row holds: log-rank score and variance of the experimental arm, events
analysed, months from the first day of accrual to the analysis, patients enrolled by then."""


@njit(cache=True, nogil=True, error_model="numpy")
def event_time(log_target, log_nodes, log_cumulative):  # type: ignore[no-untyped-def]
    """Return the time at which a tabulated cumulative hazard reaches a target.

    Linear in log time and log cumulative hazard, between the nodes and beyond the ends:
    exact for exponential and Weibull hazards.

    Parameters
    ----------
    log_target : float
        Log of the cumulative hazard to reach: of a unit exponential number, for a random
        event time.
    log_nodes : numpy.ndarray
        Logs of increasing times, months; shape (nodes,).
    log_cumulative : numpy.ndarray
        Log cumulative hazard at the nodes; shape (nodes,).

    Returns
    -------
    float
        Months; infinite where the cumulative hazard stops rising before the target.
    """
    low = 0
    high = log_nodes.size - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if log_cumulative[middle] <= log_target:
            low = middle
        else:
            high = middle
    rise = log_cumulative[high] - log_cumulative[low]
    if rise <= 0.0:
        return np.inf if log_target > log_cumulative[high] else np.exp(log_nodes[low])
    share = (log_target - log_cumulative[low]) / rise
    return np.exp(log_nodes[low] + share * (log_nodes[high] - log_nodes[low]))


@njit(cache=True, nogil=True, error_model="numpy")
def _shuffle_block(block, arms, replicate, stratum, number, k0, k1):  # type: ignore[no-untyped-def]
    """Fill `block` with a random order of `arms` (Fisher and Yates)."""
    block[:] = arms
    low = np.uint32(replicate & 0xFFFFFFFF)
    high = np.uint32((replicate >> 32) | (RANDOMISATION << 24))
    words = (np.uint32(0), np.uint32(0), np.uint32(0), np.uint32(0))
    for drawn in range(block.size - 1):
        if drawn & 3 == 0:
            subject = np.uint32((stratum << 16) | number)
            words = philox(low, high, subject, np.uint32(drawn >> 2), k0, k1)
        last = block.size - 1 - drawn
        other = int(uniform(words[drawn & 3]) * (last + 1))
        block[last], block[other] = block[other], block[last]


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
def simulate_trials(  # type: ignore[no-untyped-def]
    rows, first, patients, events, world, protocol, key
):
    """Fill one row of results a replicate.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (replicates, 5), filled in the order of `COLUMNS`.
    first : int
        Number of the first replicate.
    patients, events : int
        Patients to enrol; event at which the analysis is made.
    world : tuple
        The truth. `log_nodes` (G,) and `log_cumulative` (tables, G): tabulated cumulative
        hazards; `table_of` (draws, 2, strata): which table; `log_ratio` (draws, 2, strata): log
        of what multiplies it; `upto` (draws, strata): cumulative share of each stratum.
        Replicate r uses draw ``r % draws``.
    protocol : tuple
        `block` (arms of one randomisation block, 1 experimental), `rate` (patients a month),
        `poisson` (True: exponential gaps between arrivals; False: even ones), `dropout`
        (per month, for each arm), `stratified` (True: the log-rank is stratified).
    key : tuple of numpy.uint32
        Two words from the seed.
    """
    log_nodes, log_cumulative, table_of, log_ratio, upto = world
    arms, rate, poisson, dropout, stratified = protocol
    n_draws, n_strata = upto.shape
    k0, k1 = key
    arrival = np.empty(patients)
    latent = np.empty(patients)
    leaves = np.empty(patients)
    calendar = np.empty(patients)
    time = np.empty(patients)
    event = np.empty(patients, np.int64)
    arm = np.empty(patients, np.int64)
    stratum = np.empty(patients, np.int64)
    tested = np.zeros(patients, np.int64)
    blocks = np.empty((n_strata, arms.size), np.int64)
    randomised = np.empty(n_strata, np.int64)
    for row in range(rows.shape[0]):
        replicate = first + row
        draw = replicate % n_draws
        low = np.uint32(replicate & 0xFFFFFFFF)
        high = np.uint32((replicate >> 32) | (PATIENT << 24))
        randomised[:] = 0
        now = 0.0
        for patient in range(patients):
            words = philox(low, high, np.uint32(patient), np.uint32(0), k0, k1)
            now += -np.log(uniform(words[0])) / rate if poisson else 1.0 / rate
            s = 0
            share = uniform(words[1])
            while share > upto[draw, s] and s < n_strata - 1:
                s += 1
            position = randomised[s] % arms.size
            if position == 0:
                _shuffle_block(blocks[s], arms, replicate, s, randomised[s] // arms.size, k0, k1)
            randomised[s] += 1
            a = blocks[s, position]
            target = np.log(-np.log(uniform(words[2]))) - log_ratio[draw, a, s]
            arrival[patient] = now
            stratum[patient] = s
            arm[patient] = a
            latent[patient] = event_time(target, log_nodes, log_cumulative[table_of[draw, a, s]])
            leaves[patient] = (
                -np.log(uniform(words[3])) / dropout[a] if dropout[a] > 0.0 else np.inf
            )
            calendar[patient] = (
                now + latent[patient] if latent[patient] <= leaves[patient] else np.inf
            )
        time[:] = calendar
        cut = _quickselect(time, events - 1)
        if cut == np.inf:  # the events never come: analyse when nobody is left under observation
            cut = 0.0
            for patient in range(patients):
                cut = max(cut, arrival[patient] + min(latent[patient], leaves[patient]))
        enrolled = 0
        observed = 0
        for patient in range(patients):
            if arrival[patient] >= cut:
                break
            enrolled += 1
            event[patient] = 1 if calendar[patient] <= cut else 0
            observed += event[patient]
            time[patient] = (
                latent[patient]
                if event[patient] == 1
                else min(leaves[patient], cut - arrival[patient])
            )
        order = np.argsort(time[:enrolled])
        score, variance = stratified_logrank_score(
            order, time, event, arm, stratum if stratified else tested, n_strata
        )
        rows[row, 0] = score
        rows[row, 1] = variance
        rows[row, 2] = observed
        rows[row, 3] = cut
        rows[row, 4] = enrolled
