"""Log-rank tests of a reconstruction's chain, from weights that times alone decide on.

At an event time with n at risk and d events, a group's expected events are d / n times its number
at risk, and their variance d (n - d) / (n^2 (n - 1)) times the numbers at risk inside and outside.
Both factors are the same for every grouping, and a move that exchanges groups leaves them.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.kernels import quadratic_form

__all__ = ["fill_weights", "many_groups", "two_groups"]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_weights(time: np.ndarray, event: np.ndarray, weights: np.ndarray) -> None:
    """Fill what numbers at risk are multiplied by at each event time.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,), times ascending.
    weights : numpy.ndarray
        Shape (2, patient): filled at the first patient of each time, 0 elsewhere.
    """
    patients = time.shape[0]
    first = 0
    while first < patients:
        last, d = first, 0.0
        while last < patients and time[last] == time[first]:
            weights[0, last] = 0.0
            weights[1, last] = 0.0
            d += event[last]
            last += 1
        if d > 0.0:
            n = float(patients - first)
            rate = d / n
            weights[0, first] = rate
            if n > 1.0:
                weights[1, first] = rate * (n - d) / (n * (n - 1.0))
        first = last


@njit(cache=True, nogil=True, error_model="numpy")
def two_groups(
    weights: np.ndarray, event: np.ndarray, level: np.ndarray, value: np.ndarray, direction: float
) -> float:
    """Return the log-rank chi-squared of two groups, negative where it goes the wrong way.

    Parameters
    ----------
    weights : numpy.ndarray
        From `fill_weights`.
    event : numpy.ndarray
        Shape (patient,).
    level : numpy.ndarray of int
        The group of each value of the column.
    value : numpy.ndarray of int
        Shape (patient,): the column.
    direction : float
        1 or -1 where the first group has to have more events than expected or fewer, 0 where
        either will do.

    Returns
    -------
    float
        Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 7.3.2 to 7.3.5.
    """
    patients = value.shape[0]
    first, score, variance = 0.0, 0.0, 0.0
    for i in range(patients - 1, -1, -1):
        mine = 1.0 if level[value[i]] == 0 else 0.0
        first += mine
        score += mine * event[i] - weights[0, i] * first
        variance += weights[1, i] * first * (patients - i - first)
    chi_squared = score * score / variance if variance > 0.0 else 0.0
    return -chi_squared if direction * score < 0.0 else chi_squared


@njit(cache=True, nogil=True, error_model="numpy")
def many_groups(
    weights: np.ndarray,
    event: np.ndarray,
    level: np.ndarray,
    value: np.ndarray,
    at_risk: np.ndarray,
    score: np.ndarray,
    covariance: np.ndarray,
) -> float:
    """Return the log-rank chi-squared of any number of groups.

    Parameters
    ----------
    weights, event, level, value : numpy.ndarray
        As for `two_groups`.
    at_risk, score, covariance : numpy.ndarray
        Room: shape (group,), (group - 1,) and (group - 1, group - 1). The last group's score is
        minus the sum of the others.

    Returns
    -------
    float
        As for `two_groups`.
    """
    groups, patients = score.shape[0], value.shape[0]
    at_risk[:] = 0.0
    score[:] = 0.0
    covariance[:] = 0.0
    for i in range(patients - 1, -1, -1):
        here = level[value[i]]
        at_risk[here] += 1.0
        if here < groups:
            score[here] += event[i]
        if weights[0, i] > 0.0:
            rate, spread, n = weights[0, i], weights[1, i], float(patients - i)
            for k in range(groups):
                mine = at_risk[k]
                score[k] -= rate * mine
                covariance[k, k] += spread * mine * (n - mine)
                for m in range(k):
                    covariance[k, m] -= spread * mine * at_risk[m]
    for k in range(groups):
        for m in range(k):
            covariance[m, k] = covariance[k, m]
    return float(quadratic_form(score, covariance)[0])
