"""The stratified two-arm log-rank statistic as a compiled function of arrays."""

import numpy as np
from numba import njit

__all__ = ["stratified_logrank_score"]


@njit(cache=True, nogil=True, error_model="numpy")
def stratified_logrank_score(order, time, event, arm, stratum, n_strata):  # type: ignore[no-untyped-def]
    """Return the log-rank score and its variance, summed over strata.

    One pass from the latest to the earliest time, so that the numbers at risk are running
    counts; patients who share a time (ties) enter the risk set together, and a patient
    censored at a time is at risk at it.

    Parameters
    ----------
    order : numpy.ndarray of int64
        Indices that sort `time` upwards; shape (patients,).
    time, event, arm, stratum : numpy.ndarray
        Follow-up in any unit, 1 for an event, 1 for the experimental arm, stratum from 0.
    n_strata : int
        Number of strata.

    Returns
    -------
    score : float
        Observed minus expected events in the experimental arm.
    variance : float
        Hypergeometric variance of the score.

    Notes
    -----
    Mantel (1966), Cancer Chemotherapy Reports 50, 163-170; Klein and Moeschberger (2003),
    Survival Analysis, 2nd edition, equations 7.3.3 and 7.5.3.
    """
    at_risk = np.zeros(n_strata)
    at_risk_experimental = np.zeros(n_strata)
    score = 0.0
    variance = 0.0
    last = order.size - 1
    while last >= 0:
        first = last
        now = time[order[last]]
        while first >= 0 and time[order[first]] == now:
            patient = order[first]
            at_risk[stratum[patient]] += 1.0
            at_risk_experimental[stratum[patient]] += arm[patient]
            first -= 1
        if last - first == 1:
            patient = order[last]
            if event[patient] == 1:
                s = stratum[patient]
                share = at_risk_experimental[s] / at_risk[s]
                score += arm[patient] - share
                variance += share * (1.0 - share)
        else:
            score, variance = _tied(
                order[first + 1 : last + 1],
                event,
                arm,
                stratum,
                at_risk,
                at_risk_experimental,
                score,
                variance,
            )
        last = first
    return score, variance


@njit(cache=True, nogil=True, error_model="numpy")
def _tied(tied, event, arm, stratum, at_risk, at_risk_experimental, score, variance):  # type: ignore[no-untyped-def]
    deaths = np.zeros(at_risk.size)
    for patient in tied:
        if event[patient] == 1:
            deaths[stratum[patient]] += 1.0
            score += arm[patient]
    for s in range(deaths.size):
        if deaths[s] > 0.0:
            share = at_risk_experimental[s] / at_risk[s]
            score -= deaths[s] * share
            if at_risk[s] > 1.0:
                variance += (
                    deaths[s]
                    * share
                    * (1.0 - share)
                    * (at_risk[s] - deaths[s])
                    / (at_risk[s] - 1.0)
                )
    return score, variance
