"""A printed Cox regression as statistics of a chain, without a fit at every step.

The printed hazard ratios are where the score is 0. One Newton step from them tells how far a
cohort's own estimates are: to first order exactly, and exactly where they agree. Standard
errors come from the information there.

Score and information are those of `oligotrial.estimators.cox_kernels.fill_cox` with Breslow's
treatment of ties, in one function that allocates next to nothing and passes over covariates
that are 0, as most are: this is a third of a chain's work.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.inverse import invert

__all__ = ["concordance", "fill_regression", "fill_score_and_information"]

_LOG_HAZARD_RATIO, _LOG_STANDARD_ERROR = 15, 16  # members of Kind

_SINGULAR = 100.0
"""Value of the estimates of a regression that has none: further off than any other."""


@njit(cache=True, nogil=True, error_model="numpy")
def fill_regression(
    time: np.ndarray,
    event: np.ndarray,
    covariates: np.ndarray,
    beta: np.ndarray,
    room: np.ndarray,
    rows: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill a regression's statistics.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,), times ascending.
    covariates : numpy.ndarray
        Shape (patient, covariate).
    beta : numpy.ndarray
        Shape (covariate,): the printed log hazard ratios.
    room : numpy.ndarray
        Shape (2 + 2 * covariate, covariate): overwritten.
    rows : numpy.ndarray
        The regression's rows of ``Problem.statistics``.
    out : numpy.ndarray
        Shape (row,): filled.
    """
    size = beta.shape[0]
    score, least = room[0], room[1]
    information, inverse = room[2 : size + 2], room[size + 2 :]
    fill_score_and_information(time, event, covariates, beta, score, information)
    for k in range(size):
        least[k] = 1e-9 * information[k, k]
    if not invert(information, least, inverse):
        out[:] = _SINGULAR
        return
    for s in range(rows.shape[0]):
        kind, k = int(rows[s, 0]), int(rows[s, 1])
        if kind == _LOG_HAZARD_RATIO:
            step = 0.0
            for m in range(size):
                step += inverse[k, m] * score[m]
            out[s] = beta[k] + step
        elif kind == _LOG_STANDARD_ERROR:
            out[s] = 0.5 * np.log(inverse[k, k])
        else:
            out[s] = concordance(time, event, covariates, beta)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_score_and_information(  # noqa: C901 - calls in its inner loops would cost more than they
    time: np.ndarray,
    event: np.ndarray,
    covariates: np.ndarray,
    beta: np.ndarray,
    score: np.ndarray,
    information: np.ndarray,
) -> None:
    """Fill the score and the information of a Cox regression, ties as Breslow has them.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,), times ascending.
    covariates : numpy.ndarray
        Shape (patient, covariate).
    beta : numpy.ndarray
        Shape (covariate,).
    score : numpy.ndarray
        Shape (covariate,): filled.
    information : numpy.ndarray
        Shape (covariate, covariate): filled.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 8.3.4 and 8.3.5.
    """
    patients, size = covariates.shape
    risk, hazard, sums = np.empty(patients), np.zeros(patients), np.zeros(size)
    for k in range(size):
        score[k] = 0.0
        for m in range(size):
            information[k, m] = 0.0
    last = patients
    total = 0.0
    while last > 0:
        first, events = last, 0
        while first > 0 and time[first - 1] == time[last - 1]:
            first -= 1
            value = 0.0
            for k in range(size):
                value += beta[k] * covariates[first, k]
            risk[first] = np.exp(value)
            total += float(risk[first])
            events += int(event[first])
            for k in range(size):
                sums[k] += risk[first] * covariates[first, k]
                score[k] += event[first] * covariates[first, k]
        if events > 0:
            hazard[first] = events / total
            for k in range(size):
                mean = sums[k] / total
                score[k] -= events * mean
                weight = events * mean / total
                for m in range(k + 1):
                    information[k, m] -= weight * sums[m]
        last = first
    cumulative = 0.0
    for i in range(patients):
        cumulative += hazard[i]
        for k in range(size):
            if covariates[i, k] != 0.0:
                weight = risk[i] * cumulative * covariates[i, k]
                for m in range(k + 1):
                    information[k, m] += weight * covariates[i, m]
    for k in range(size):
        for m in range(k):
            information[m, k] = information[k, m]


@njit(cache=True, nogil=True, error_model="numpy")
def concordance(
    time: np.ndarray, event: np.ndarray, covariates: np.ndarray, beta: np.ndarray
) -> float:
    """Return Harrell's C of a linear predictor; ties in it count one half.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,), times ascending.
    covariates : numpy.ndarray
        Shape (patient, covariate).
    beta : numpy.ndarray
        Shape (covariate,).

    Returns
    -------
    float
        From 0 to 1; 0.5 without a comparable pair.
    """
    patients = time.shape[0]
    predictor = np.zeros(patients)
    for i in range(patients):
        for k in range(beta.shape[0]):
            predictor[i] += beta[k] * covariates[i, k]
    pairs, agreeing = 0.0, 0.0
    for i in range(patients):
        if event[i] == 0:
            continue
        for j in range(patients - 1, -1, -1):
            if time[j] < time[i]:
                break
            if time[j] == time[i] and event[j] == 1:
                continue
            pairs += 1.0
            if predictor[i] > predictor[j]:
                agreeing += 1.0
            elif predictor[i] == predictor[j]:
                agreeing += 0.5
    return agreeing / pairs if pairs > 0.0 else 0.5
