"""Compiled kernels of the log-rank family: score, covariance and the quadratic form of both.

Klein and Moeschberger (2003), Survival Analysis, 2nd edition, is cited as KM below.
"""

import numpy as np
from numba import njit

__all__ = ["fill_score", "fill_weighted_score", "quadratic_form"]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_score(
    at_risk: np.ndarray, events: np.ndarray, score: np.ndarray, covariance: np.ndarray
) -> None:
    """Add a table's observed minus expected events and their covariance.

    Parameters
    ----------
    at_risk, events : numpy.ndarray
        Shape (row, group).
    score : numpy.ndarray
        Shape (group,): added to, so that strata sum.
    covariance : numpy.ndarray
        Shape (group, group): added to in its lower half, which is copied to the upper.

    Notes
    -----
    KM equations 7.3.2 to 7.3.4 with weight 1: the hypergeometric covariance.
    """
    for j in range(at_risk.shape[0]):
        _add_row(at_risk, events, j, 1.0, score, covariance)
    _mirror(covariance)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_weighted_score(
    at_risk: np.ndarray,
    events: np.ndarray,
    weights: np.ndarray,
    score: np.ndarray,
    covariance: np.ndarray,
) -> None:
    """Add a table's weighted sum of observed minus expected events and its covariance.

    Parameters
    ----------
    at_risk, events : numpy.ndarray
        Shape (row, group).
    weights : numpy.ndarray
        Shape (row,).
    score, covariance : numpy.ndarray
        As for `fill_score`.

    Notes
    -----
    KM equations 7.3.2 to 7.3.4.
    """
    for j in range(at_risk.shape[0]):
        _add_row(at_risk, events, j, weights[j], score, covariance)
    _mirror(covariance)


@njit(cache=True, nogil=True, error_model="numpy")
def _add_row(
    at_risk: np.ndarray,
    events: np.ndarray,
    j: int,
    weight: float,
    score: np.ndarray,
    covariance: np.ndarray,
) -> None:
    # The row goes in as a number: a slice in an inner loop costs more than the loop.
    groups = score.shape[0]
    n, d = 0.0, 0.0
    for k in range(groups):
        n += at_risk[j, k]
        d += events[j, k]
    rate = d / n
    spread = rate * (n - d) / (n * (n - 1.0)) if n > 1.0 else 0.0
    spread *= weight * weight
    for k in range(groups):
        mine = at_risk[j, k]
        score[k] += weight * (events[j, k] - rate * mine)
        if mine > 0.0:
            covariance[k, k] += spread * mine * (n - mine)
            for m in range(k):
                covariance[k, m] -= spread * mine * at_risk[j, m]


@njit(cache=True, nogil=True, error_model="numpy")
def _mirror(covariance: np.ndarray) -> None:
    for k in range(covariance.shape[0]):
        for m in range(k):
            covariance[m, k] = covariance[k, m]


@njit(cache=True, nogil=True, error_model="numpy")
def quadratic_form(score: np.ndarray, covariance: np.ndarray) -> tuple[float, int]:
    """Return ``score' V^- score`` and the rank of V; both arguments are overwritten.

    Parameters
    ----------
    score : numpy.ndarray
        Shape (group,).
    covariance : numpy.ndarray
        Shape (group, group), symmetric and positive semidefinite.

    Returns
    -------
    tuple of (float, int)
        Chi-squared and its degrees of freedom.

    Notes
    -----
    Gaussian elimination that skips a pivot of 0: the last group, whose score is minus the
    sum of the others, and every group that was never at risk at an event time.
    """
    groups = score.shape[0]
    total, rank, largest = 0.0, 0, 0.0
    for k in range(groups):
        largest = max(largest, covariance[k, k])
    for k in range(groups):
        pivot = covariance[k, k]
        if pivot <= 1e-10 * largest:
            continue
        total += score[k] * score[k] / pivot
        rank += 1
        for m in range(k + 1, groups):
            ratio = covariance[m, k] / pivot
            score[m] -= ratio * score[k]
            for q in range(k + 1, groups):
                covariance[m, q] -= ratio * covariance[k, q]
    return total, rank
