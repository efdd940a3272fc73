"""Compiled Cox regression of one small sample, for loops that fit it a million times.

One right-censored, unweighted, unstratified sample, sorted by time. Nothing is validated and
nothing is named here: `oligotrial.estimators.cox` is the regression for everything else.

The information needs no sums of squares over the risk sets: with r the relative hazards and A
the baseline hazard cumulated while each patient was at risk, it is
``sum_patients r A x x' - sum_events mean mean'``, where `mean` is the risk set's mean covariate.
That is equation 8.3.5 of Klein and Moeschberger (2003), Survival Analysis, 2nd edition (KM
below), with the order of its sums exchanged.
"""

import numpy as np
from numba import njit

from oligotrial.estimators.inverse import invert

__all__ = ["cox_newton", "fill_cox"]

_PIVOT = 1e-12  # as a share of sum x^2: less is rounding (R's toler.chol is 1.8e-12)
_SETTLED = 1e-16  # twice the likelihood still to gain: a step of 1e-8 standard errors
_FLAT, _MOVING = 1e-8, 0.1  # no likelihood to gain, yet log hazard ratios still move
_LONGEST = 60  # Newton steps and halvings in all; regular samples need 4 to 8


@njit(cache=True, nogil=True, error_model="numpy")
def fill_cox(
    time: np.ndarray,
    event: np.ndarray,
    covariates: np.ndarray,
    beta: np.ndarray,
    efron: bool,
    score: np.ndarray,
    information: np.ndarray,
) -> float:
    """Fill score and information at given coefficients and return the log partial likelihood.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,): times in ascending order, and 1 for an event or 0 for censored.
    covariates : numpy.ndarray
        Shape (patient, covariate).
    beta : numpy.ndarray
        Shape (covariate,): log hazard ratios.
    efron : bool
        True for Efron's treatment of tied events, false for Breslow's.
    score : numpy.ndarray
        Shape (covariate,): filled with the derivative of the log likelihood.
    information : numpy.ndarray
        Shape (covariate, covariate): filled with minus its second derivative.

    Returns
    -------
    float
        Log partial likelihood; not finite where the coefficients are too large to evaluate.

    Notes
    -----
    KM equations 8.4.1 (Breslow) and 8.4.2 (Efron).
    """
    patients, size = covariates.shape
    risk, hazard, spared = np.empty(patients), np.zeros(patients), np.zeros(patients)
    sums = np.zeros((3, size))
    for k in range(size):
        score[k] = 0.0
        for m in range(k + 1):
            information[k, m] = 0.0
    log_likelihood = _fill_risk(event, covariates, beta, risk)
    total, last = 0.0, patients
    while last > 0:
        first = last - 1
        while first > 0 and time[first - 1] == time[last - 1]:
            first -= 1
        events, tied = _add_to_risk_set(event, covariates, risk, first, last, sums, score)
        for i in range(first, last):
            total += risk[i]
        for step in range(events):
            share = step / events if efron else 0.0
            rest = total - share * tied
            log_likelihood -= np.log(rest)
            hazard[first] += 1.0 / rest
            spared[first] += share / rest
            _subtract_mean(sums, share, rest, score, information)
        last = first
    _add_squares(time, event, covariates, risk, hazard, spared, information)
    return log_likelihood


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_risk(
    event: np.ndarray, covariates: np.ndarray, beta: np.ndarray, risk: np.ndarray
) -> float:
    # Relative hazards as shares of the largest: ratios alone matter, and none overflows.
    largest, of_events = -np.inf, 0.0
    for i in range(risk.shape[0]):
        value = 0.0
        for k in range(beta.shape[0]):
            value += beta[k] * covariates[i, k]
        risk[i] = value
        largest = max(largest, value)
    for i in range(risk.shape[0]):
        if event[i]:
            of_events += risk[i] - largest
        risk[i] = np.exp(risk[i] - largest)
    return of_events


@njit(cache=True, nogil=True, error_model="numpy")
def _add_to_risk_set(
    event: np.ndarray,
    covariates: np.ndarray,
    risk: np.ndarray,
    first: int,
    last: int,
    sums: np.ndarray,
    score: np.ndarray,
) -> tuple[int, float]:
    # Row 0 of the sums is of all at risk, row 1 of those who have the event now; row 2 is the mean.
    size = sums.shape[1]
    events, tied = 0, 0.0
    for k in range(size):
        sums[1, k] = 0.0
    for i in range(first, last):
        for k in range(size):
            sums[0, k] += risk[i] * covariates[i, k]
        if event[i]:
            events += 1
            tied += risk[i]
            for k in range(size):
                sums[1, k] += risk[i] * covariates[i, k]
                score[k] += covariates[i, k]
    return events, tied


@njit(cache=True, nogil=True, error_model="numpy")
def _subtract_mean(
    sums: np.ndarray, share: float, rest: float, score: np.ndarray, information: np.ndarray
) -> None:
    for k in range(score.shape[0]):
        mean = (sums[0, k] - share * sums[1, k]) / rest
        sums[2, k] = mean
        score[k] -= mean
        for m in range(k + 1):
            information[k, m] -= mean * sums[2, m]


@njit(cache=True, nogil=True, error_model="numpy")
def _add_squares(
    time: np.ndarray,
    event: np.ndarray,
    covariates: np.ndarray,
    risk: np.ndarray,
    hazard: np.ndarray,
    spared: np.ndarray,
    information: np.ndarray,
) -> None:
    # Efron spares those who have the event a share of the hazard at their own time.
    cumulative, here = 0.0, 0.0
    for i in range(time.shape[0]):
        if i == 0 or time[i] != time[i - 1]:
            cumulative += hazard[i]
            here = spared[i]
        weight = risk[i] * (cumulative - here if event[i] else cumulative)
        for k in range(information.shape[0]):
            product = weight * covariates[i, k]
            for m in range(k + 1):
                information[k, m] += product * covariates[i, m]
    for k in range(information.shape[0]):
        for m in range(k):
            information[m, k] = information[k, m]


@njit(cache=True, nogil=True, error_model="numpy")
def cox_newton(
    time: np.ndarray,
    event: np.ndarray,
    covariates: np.ndarray,
    efron: bool,
    beta: np.ndarray,
    covariance: np.ndarray,
) -> tuple[float, bool]:
    """Fit a Cox regression; return its log partial likelihood and whether it has a maximum.

    Parameters
    ----------
    time, event : numpy.ndarray
        Shape (patient,): times in ascending order, and 1 for an event or 0 for censored.
    covariates : numpy.ndarray
        Shape (patient, covariate); centred, if they lie 10,000 or more times their spread from
        0: digits are lost otherwise, and at 1,000,000 times they are taken for constant.
    efron : bool
        True for Efron's treatment of tied events, false for Breslow's.
    beta : numpy.ndarray
        Shape (covariate,): the log hazard ratios to start from; overwritten with the
        estimates.
    covariance : numpy.ndarray
        Shape (covariate, covariate): filled with the inverse of the information.

    Returns
    -------
    tuple of (float, bool)
        False where the covariates are collinear, or where they separate those who have the
        event so that a coefficient is infinite; `beta` and `covariance` mean nothing then.

    Notes
    -----
    Newton's steps, halved as long as the likelihood falls. Where it has no maximum it flattens
    while the steps don't shrink, and so they are told from those of a regular sample.

    Examples
    --------
    >>> time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 1, 0])
    >>> covariates = np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> beta, covariance = np.zeros(1), np.empty((1, 1))
    >>> cox_newton(time, event, covariates, True, beta, covariance)[1]
    True
    >>> round(float(beta[0]), 6)
    -0.940614
    """
    size = beta.shape[0]
    score, information = np.empty(size), np.empty((size, size))
    step, tried, least = np.empty(size), np.empty(size), np.zeros(size)
    for i in range(time.shape[0]):
        for k in range(size):
            least[k] += _PIVOT * covariates[i, k] * covariates[i, k]
    reached = fill_cox(time, event, covariates, beta, efron, score, information)
    rising = True
    for _ in range(_LONGEST):
        if rising:
            if not invert(information, least, covariance):
                return reached, False
            gain = _fill_step(covariance, score, step)
            if gain < _FLAT and _moves(covariates, step):
                return reached, False
        for k in range(size):
            tried[k] = beta[k] + step[k]
        if rising and gain < _SETTLED:
            beta[:] = tried
            return reached, True
        value = fill_cox(time, event, covariates, tried, efron, score, information)
        rising = value >= reached - 1e-12 * abs(reached)
        if rising:
            reached = value
            beta[:] = tried
        else:
            step *= 0.5
    return reached, False


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_step(covariance: np.ndarray, score: np.ndarray, step: np.ndarray) -> float:
    gain = 0.0
    for k in range(step.shape[0]):
        step[k] = 0.0
        for m in range(step.shape[0]):
            step[k] += covariance[k, m] * score[m]
        gain += step[k] * score[k]
    return gain


@njit(cache=True, nogil=True, error_model="numpy")
def _moves(covariates: np.ndarray, step: np.ndarray) -> bool:
    lowest, highest = np.inf, -np.inf
    for i in range(covariates.shape[0]):
        change = 0.0
        for k in range(step.shape[0]):
            change += covariates[i, k] * step[k]
        lowest, highest = min(lowest, change), max(highest, change)
    return highest - lowest > _MOVING
