"""A printed Cox regression as statistics of a chain, without a fit at every step.

The printed hazard ratios are where the score is 0. One Newton step from them tells how far a
cohort's own estimates are: to first order exactly, and exactly where they agree. Standard
errors come from the information there; Harrell's C is that of the stepped-to estimates.

Score and information are those of `oligotrial.estimators.cox_kernels.fill_cox` with Breslow's
treatment of ties, in one function that allocates next to nothing and passes over covariates
that are 0, as most are: this is a third of a chain's work.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.inverse import invert

__all__ = ["concordance", "fill_regression", "fill_score_and_information"]

_LOG_HAZARD_RATIO, _LOG_STANDARD_ERROR, _CONCORDANCE = 15, 16, 17  # members of Kind

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
    estimate = least  # one Newton step from what is printed
    for k in range(size):
        estimate[k] = beta[k]
        for m in range(size):
            estimate[k] += inverse[k, m] * score[m]
    c, error = -1.0, 0.0
    for s in range(rows.shape[0]):
        kind, k = int(rows[s, 0]), int(rows[s, 1])
        if kind == _LOG_HAZARD_RATIO:
            out[s] = estimate[k]
        elif kind == _LOG_STANDARD_ERROR:
            out[s] = 0.5 * np.log(inverse[k, k])
        else:
            if c < 0.0:
                c, error = concordance(time, event, covariates, estimate)
            out[s] = c if kind == _CONCORDANCE else error


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
) -> tuple[float, float]:
    """Return Harrell's C of a linear predictor, ties in which count one half, and its error.

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
    tuple of float
        C from 0 to 1, and its standard error by the infinitesimal jackknife as
        `oligotrial.estimators.harrell_c` has it; 0.5 and 0 without a comparable pair.
    """
    patients = time.shape[0]
    predictor = np.zeros(patients)
    for i in range(patients):
        for k in range(beta.shape[0]):
            predictor[i] += beta[k] * covariates[i, k]
    of_patient = np.zeros((2, patients))
    _fill_pairs(time, event, predictor, of_patient)
    twice = of_patient[1].sum()  # each pair stands there for both of its patients
    if twice == 0.0:
        return 0.5, 0.0
    c, total = of_patient[0].sum() / twice, 0.0
    for i in range(patients):
        change = of_patient[0, i] - c * of_patient[1, i]
        total += change * change
    return c, np.sqrt(total) / (0.5 * twice)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_pairs(
    time: np.ndarray, event: np.ndarray, predictor: np.ndarray, of_patient: np.ndarray
) -> None:
    """Add up each patient's agreeing pairs and all pairs."""
    patients = time.shape[0]
    for i in range(patients):
        if event[i] == 0:
            continue
        for j in range(patients - 1, -1, -1):
            if time[j] < time[i]:
                break
            if time[j] == time[i] and event[j] == 1:
                continue
            agreeing = 0.5
            if predictor[i] != predictor[j]:
                agreeing = 1.0 if predictor[i] > predictor[j] else 0.0
            of_patient[0, i] += agreeing
            of_patient[0, j] += agreeing
            of_patient[1, i] += 1.0
            of_patient[1, j] += 1.0
