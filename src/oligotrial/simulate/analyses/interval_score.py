"""A log-rank test of interval-censored times: scores from the estimate of both arms together.

Turnbull's estimate without regard to the arm gives each patient a score, as observed minus
expected events do where times are exact; their sum in the experimental arm is compared with its
permutation distribution, or with its information once survival is estimated.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.turnbull_kernels import climb
from oligotrial.simulate.analyses.codes import EXTRA
from oligotrial.simulate.analyses.interval_information import efficient_information
from oligotrial.simulate.analyses.interval_masses import innermost, sort_ends, spans

__all__ = ["analyse_interval_score", "interval_room"]

_GAP = 1e-12  # mean log-likelihood below its maximum
_MOST = 5000

FINKELSTEIN, INFORMATION = EXTRA, EXTRA + 1
"""Integers of the analysis: whether scores are Finkelstein's instead of Sun's, and whether the
variance is by information instead of permutation."""


def interval_room(*, information: bool) -> tuple[int, int, int]:
    """Return how many numbers it works in: fixed, for each patient, for each pair of patients."""
    pair = int(information)  # the information's matrix has at most patients + 1 rows
    return 26 + pair, 26 + 2 * pair, pair


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_scores(scores, logs, first, last, cumulated, finkelstein):  # type: ignore[no-untyped-def]
    """Fill each patient's score from the cumulated masses (Fay and Shaw 2010, table 1)."""
    kept = cumulated.size - 1
    hazard = 0.0
    for k in range(kept + 1):  # S log S~ at the beginning of each interval
        survival = 1.0 - cumulated[k]
        if k > 0 and 1.0 - cumulated[k - 1] > 0.0:
            hazard += (cumulated[k] - cumulated[k - 1]) / (1.0 - cumulated[k - 1])
        if survival <= 1e-14:
            logs[k] = 0.0
        else:
            logs[k] = survival * (np.log(survival) if finkelstein else -hazard)
    for i in range(first.size):
        mass = cumulated[last[i] + 1] - cumulated[first[i]]
        scores[i] = (logs[first[i]] - logs[last[i] + 1]) / mass


@njit(cache=True, nogil=True, error_model="numpy")
def _permuted(scores, treated):  # type: ignore[no-untyped-def]
    """Return the experimental arm's sum of scores less what is expected, and its variance."""
    patients = scores.size
    mean, observed, experimental = 0.0, 0.0, 0
    for i in range(patients):
        mean += scores[i]
        experimental += treated[i]
        observed += treated[i] * scores[i]
    mean /= patients
    squares = 0.0
    for i in range(patients):
        squares += (scores[i] - mean) ** 2
    spread = experimental * (patients - experimental) / (patients * (patients - 1.0))
    return observed - experimental * mean, squares * spread


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_interval_score(  # type: ignore[no-untyped-def]
    out, order, count, time, lower, event, arm, stratum, strata, code, room
):
    """Fill the interval-censored test's columns: statistic, one-step estimate, standard error.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (3,).
    order, count, time, lower, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code : numpy.ndarray
        The analysis' integers.
    room : numpy.ndarray
        Room to work in, of at least `interval_room`.
    """
    nodes = 2 * count + 2
    numbers = room[: 8 * nodes].reshape(8, nodes)
    whole = room[8 * nodes : 13 * nodes].view(np.int64).reshape(5, nodes)
    square = room[13 * nodes :]
    member = order[:count]
    finkelstein = code[FINKELSTEIN] != 0
    total, variance = 0.0, 0.0
    for s in range(strata):
        ends, rank = numbers[0], whole[3]
        distinct = sort_ends(ends, member, time, lower, event, stratum, s)
        patients = spans(
            whole[0],
            whole[1],
            whole[2],
            member,
            ends,
            distinct,
            time,
            lower,
            event,
            arm,
            stratum,
            s,
        )
        if patients < 2:
            continue
        first, last, treated = whole[0, :patients], whole[1, :patients], whole[2, :patients]
        kept = innermost(first, last, patients, distinct, rank)
        cumulated, scores, ones = numbers[1, : kept + 1], numbers[2, :patients], numbers[3]
        ones = ones[:patients]
        ones[:] = 1.0
        for k in range(kept + 1):
            cumulated[k] = k / kept
        climb(cumulated, first, last, ones, _GAP, _MOST, numbers[4:8], whole[4])
        if code[INFORMATION]:
            score, spread = efficient_information(
                cumulated, first, last, treated, finkelstein, numbers[2:], whole[3:], square
            )
        else:
            _fill_scores(scores, numbers[4, : kept + 1], first, last, cumulated, finkelstein)
            score, spread = _permuted(scores, treated)
        total += score
        variance += spread
    if variance > 1e-20:
        out[0] = -total / np.sqrt(variance)
        out[1] = total / variance
        out[2] = 1.0 / np.sqrt(variance)
    else:
        out[:] = np.nan
