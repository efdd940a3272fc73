"""A log-rank test of interval-censored times: scores from the estimate of both arms together.

Turnbull's estimate without regard to the arm gives each patient a score, as observed minus
expected events do where times are exact; their sum in the experimental arm is compared with its
permutation distribution. Sorted here, fitted by `estimators.turnbull_kernels`.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.turnbull_kernels import fit_masses
from oligotrial.simulate.analyses.codes import EXTRA

__all__ = ["analyse_interval_score"]

FINKELSTEIN = EXTRA
"""Integer of the analysis: whether scores are Finkelstein's instead of Sun's."""

_GAP = 1e-12  # mean log-likelihood below its maximum
_MOST = 5000


@njit(cache=True, nogil=True, error_model="numpy")
def _place(value, ends, count):  # type: ignore[no-untyped-def]
    """Return the place of a value among sorted ends; it is one of them."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        if ends[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _sort_ends(ends, member, time, lower, event, stratum, s):  # type: ignore[no-untyped-def]
    """Fill the distinct ends of the stratum's intervals, 0 first; return how many there are."""
    ends[0] = 0.0
    filled = 1
    for i in range(member.size):
        if stratum[member[i]] == s:
            ends[filled] = lower[member[i]] if event[member[i]] else time[member[i]]
            filled += 1
            if event[member[i]]:
                ends[filled] = time[member[i]]
                filled += 1
    ends[:filled].sort()
    distinct = 1
    for k in range(1, filled):
        if ends[k] > ends[distinct - 1]:
            ends[distinct] = ends[k]
            distinct += 1
    return distinct


@njit(cache=True, nogil=True, error_model="numpy")
def _spans(first, last, member, ends, distinct, time, lower, event, stratum, s):  # type: ignore[no-untyped-def]
    """Fill each patient's first and last elementary interval; return how many patients.

    Elementary interval k lies between end k and the next one; the last has no end. An exact time
    is the end of the interval before it.
    """
    patients = 0
    for i in range(member.size):
        p = member[i]
        if stratum[p] == s:
            if event[p]:
                stop = max(_place(time[p], ends, distinct) - 1, 0)
                begin = _place(lower[p], ends, distinct)
                first[patients] = min(begin, stop)
                last[patients] = stop
            else:
                first[patients] = _place(time[p], ends, distinct)
                last[patients] = distinct - 1
            patients += 1
    return patients


@njit(cache=True, nogil=True, error_model="numpy")
def _innermost(first, last, patients, distinct, rank):  # type: ignore[no-untyped-def]
    """Renumber intervals, keeping those in which the estimate can have mass; return how many.

    They begin where somebody's interval begins and end where somebody's ends (Turnbull 1976,
    JRSS B 38, 290-295, doi:10.1111/j.2517-6161.1976.tb01597.x).
    """
    rank[: distinct + 1] = 0
    for i in range(patients):
        rank[first[i]] |= 1
    kept = 0
    for k in range(distinct):
        begins = rank[k] & 1
        ends = False
        for i in range(patients):
            if last[i] == k:
                ends = True
                break
        rank[k] = kept
        if begins and ends:
            kept += 1
    rank[distinct] = kept
    for i in range(patients):
        first[i] = rank[first[i]]
        last[i] = rank[last[i] + 1] - 1
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_scores(scores, first, last, patients, cumulated, finkelstein):  # type: ignore[no-untyped-def]
    """Fill each patient's score from the cumulated masses (Fay and Shaw 2010, table 1)."""
    kept = cumulated.size - 1
    logs = np.empty(kept + 1)  # S log S~ at the beginning of each interval
    hazard = 0.0
    for k in range(kept + 1):
        survival = 1.0 - cumulated[k]
        if k > 0 and 1.0 - cumulated[k - 1] > 0.0:
            hazard += (cumulated[k] - cumulated[k - 1]) / (1.0 - cumulated[k - 1])
        if survival <= 1e-14:
            logs[k] = 0.0
        else:
            logs[k] = survival * (np.log(survival) if finkelstein else -hazard)
    for i in range(patients):
        mass = cumulated[last[i] + 1] - cumulated[first[i]]
        scores[i] = (logs[first[i]] - logs[last[i] + 1]) / mass


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_interval_score(out, order, count, time, lower, event, arm, stratum, strata, code):  # type: ignore[no-untyped-def]
    """Fill the interval-censored test's columns: statistic, one-step estimate, standard error.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (3,).
    order, count, time, lower, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code : numpy.ndarray
        The analysis' integers.

    Notes
    -----
    Unlike the other analyses it allocates: beside Turnbull's estimate that doesn't show.
    """
    member = order[:count]
    ends, scores = np.empty(2 * count + 1), np.empty(count)
    first, last = np.empty(count, np.int64), np.empty(count, np.int64)
    rank = np.empty(2 * count + 2, np.int64)
    ones = np.ones(count)
    total, variance = 0.0, 0.0
    for s in range(strata):
        distinct = _sort_ends(ends, member, time, lower, event, stratum, s)
        patients = _spans(first, last, member, ends, distinct, time, lower, event, stratum, s)
        if patients < 2:
            continue
        kept = _innermost(first, last, patients, distinct, rank)
        cumulated = np.arange(kept + 1) / kept
        fit_masses(cumulated, first[:patients], last[:patients], ones[:patients], _GAP, _MOST)
        _fill_scores(scores, first, last, patients, cumulated, code[FINKELSTEIN] != 0)
        mean, treated, observed = 0.0, 0, 0.0
        i = 0
        for p in member:
            if stratum[p] == s:
                mean += scores[i]
                treated += arm[p]
                observed += arm[p] * scores[i]
                i += 1
        mean /= patients
        squares = 0.0
        for i in range(patients):
            squares += (scores[i] - mean) ** 2
        total += observed - treated * mean
        variance += squares * treated * (patients - treated) / (patients * (patients - 1.0))
    if variance > 1e-20:
        out[0] = -total / np.sqrt(variance)
        out[1] = total / variance
        out[2] = 1.0 / np.sqrt(variance)
    else:
        out[:] = np.nan
