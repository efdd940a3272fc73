"""A printed Cox regression as statistics of a chain, without a fit at every step.

The printed hazard ratios are where the score is 0. One Newton step from them tells how far a
cohort's own estimates are: to first order exactly, and exactly where they agree. Standard
errors come from the information there.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.cox_kernels import fill_cox
from oligotrial.estimators.inverse import invert

__all__ = ["concordance", "fill_regression"]

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
    fill_cox(time, event, covariates, beta, False, score, information)
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
