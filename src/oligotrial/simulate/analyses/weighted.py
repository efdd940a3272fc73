"""Weighted log-rank scores of two arms, several weights at once: compiled functions of rows."""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses.risk_rows import (
    AT_RISK,
    AT_RISK_EXPERIMENTAL,
    EVENTS,
    EVENTS_EXPERIMENTAL,
    STRATUM,
    SURVIVAL,
    TIME,
)

__all__ = ["FLEMING_HARRINGTON", "MODEST", "STEPS", "fill_weights", "weighted_scores"]

FLEMING_HARRINGTON, MODEST, STEPS = range(3)
"""Kinds of weights, the first number of a weight's; its length is the second."""


@njit(cache=True, nogil=True, error_model="numpy")
def fill_weights(weights, k, rows, top, numbers, start, least):  # type: ignore[no-untyped-def]
    """Fill one column of weights.

    Parameters
    ----------
    weights : numpy.ndarray
        Shape (rows, kinds); column `k` is filled.
    k : int
        Which.
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`.
    numbers, start : numpy.ndarray, int
        Where the weight's own numbers begin: kind, length, and rho and gamma; or the time and
        the weight at which modest weights stay; or the number of steps, ends and values.
    least : numpy.ndarray
        Room to work in; shape (strata,).
    """
    kind = int(numbers[start])
    if kind == FLEMING_HARRINGTON:
        rho, gamma = numbers[start + 2], numbers[start + 3]
        for r in range(top, rows.shape[0]):
            survival = rows[r, SURVIVAL]
            weights[r, k] = _power(survival, rho) * _power(1.0 - survival, gamma)
    elif kind == MODEST:
        until, most = numbers[start + 2], numbers[start + 3]
        least[:] = 1.0  # survival down to which weights rise: that at the time itself
        for r in range(top, rows.shape[0]):
            if rows[r, TIME] <= until:
                drop = 1.0 - rows[r, EVENTS] / rows[r, AT_RISK]
                least[int(rows[r, STRATUM])] = rows[r, SURVIVAL] * drop
        for r in range(top, rows.shape[0]):
            lowest = max(least[int(rows[r, STRATUM])], 1.0 / most)
            weights[r, k] = 1.0 / max(rows[r, SURVIVAL], lowest)
    else:
        steps = int(numbers[start + 2])
        ends = start + 3
        values = ends + steps - 1
        step = 0
        for r in range(top, rows.shape[0]):
            while step < steps - 1 and rows[r, TIME] > numbers[ends + step]:
                step += 1
            weights[r, k] = numbers[values + step]


@njit(cache=True, nogil=True, error_model="numpy")
def _power(base, exponent):  # type: ignore[no-untyped-def]
    if exponent == 0.0:
        return 1.0
    if exponent == 1.0:
        return base
    if exponent == 0.5:
        return np.sqrt(base)
    return base**exponent


@njit(cache=True, nogil=True, error_model="numpy")
def weighted_scores(score, information, covariance, weights, rows, top):  # type: ignore[no-untyped-def]
    """Fill the scores of several weights, their information and their covariance.

    Parameters
    ----------
    score, information : numpy.ndarray
        Filled; shape (kinds,): ``sum w (d1 - d n1 / n)`` and ``sum w v``, v the hypergeometric
        variance.
    covariance : numpy.ndarray
        Filled; shape (kinds, kinds): ``sum w_a w_b v``.
    weights : numpy.ndarray
        Shape (rows, at least kinds).
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`.
    """
    kinds = score.size
    score[:] = 0.0
    information[:] = 0.0
    covariance[:] = 0.0
    for r in range(top, rows.shape[0]):
        n, d = rows[r, AT_RISK], rows[r, EVENTS]
        share = rows[r, AT_RISK_EXPERIMENTAL] / n
        excess = rows[r, EVENTS_EXPERIMENTAL] - d * share
        spread = d * share * (1.0 - share)
        if d > 1.0:
            spread *= (n - d) / (n - 1.0)
        for k in range(kinds):
            weight = weights[r, k]
            score[k] += weight * excess
            information[k] += weight * spread
            for m in range(k + 1):
                covariance[k, m] += weight * weights[r, m] * spread
    for k in range(kinds):
        for m in range(k):
            covariance[m, k] = covariance[k, m]
