"""Cox regression on the arm alone: a compiled Newton's method on the table of risk sets."""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.risk_rows import (
    AT_RISK,
    AT_RISK_EXPERIMENTAL,
    EVENTS,
    EVENTS_EXPERIMENTAL,
)

__all__ = ["analyse_cox", "score_and_information"]

BY_SCORE, EFRON = range(EXTRA, EXTRA + 2)
"""Integers of a Cox analysis: whether test and interval are the score's, and ties are Efron's."""

_FARTHEST = 40.0  # log hazard ratios beyond any data's
_MOST_STEPS = 200


@njit(cache=True, nogil=True, error_model="numpy")
def score_and_information(log_ratio, rows, top, efron):  # type: ignore[no-untyped-def]
    """Return the derivative of the log partial likelihood and minus its derivative.

    Parameters
    ----------
    log_ratio : float
        Log hazard ratio.
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`.
    efron : bool
        True for Efron's treatment of ties, false for Breslow's.

    Returns
    -------
    tuple of float
        Score and information.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 8.4.1 and 8.4.2.
    """
    ratio = np.exp(log_ratio)
    score, information = 0.0, 0.0
    for r in range(top, rows.shape[0]):
        treated = rows[r, AT_RISK_EXPERIMENTAL]
        control = rows[r, AT_RISK] - treated
        d, d1 = rows[r, EVENTS], rows[r, EVENTS_EXPERIMENTAL]
        if d == 1.0 or not efron:
            weighted = treated * ratio
            share = weighted / (control + weighted)
            score += d1 - d * share
            information += d * share * (1.0 - share)
        else:
            score += d1
            for k in range(int(d)):
                spared = k / d
                weighted = (treated - spared * d1) * ratio
                share = weighted / (control - spared * (d - d1) + weighted)
                score -= share
                information += share * (1.0 - share)
    return score, information


@njit(cache=True, nogil=True, error_model="numpy")
def _infinite(rows, top):  # type: ignore[no-untyped-def]
    """Return -1 or 1 where the likelihood rises for ever to that side, else 0.

    It falls to the right if a control patient has the event beside an experimental one at risk,
    and to the left the other way round.
    """
    falls_right, falls_left = False, False
    for r in range(top, rows.shape[0]):
        d1, d = rows[r, EVENTS_EXPERIMENTAL], rows[r, EVENTS]
        treated = rows[r, AT_RISK_EXPERIMENTAL]
        control = rows[r, AT_RISK] - treated
        falls_right = falls_right or (d > d1 and treated > 0.0)
        falls_left = falls_left or (d1 > 0.0 and control > 0.0)
    if falls_right and falls_left:
        return 0
    if not falls_right and not falls_left:
        return 2
    return 1 if falls_left else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _maximum(rows, top, efron):  # type: ignore[no-untyped-def]
    low, high = -_FARTHEST, _FARTHEST
    beta = 0.0
    information = 0.0
    for _ in range(_MOST_STEPS):
        score, information = score_and_information(beta, rows, top, efron)
        if score > 0.0:
            low = beta
        else:
            high = beta
        following = beta + score / information if information > 0.0 else np.inf
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - beta) <= 1e-13 * (1.0 + abs(beta)):
            break
        beta = following
    return beta, information


@njit(cache=True, nogil=True, error_model="numpy")
def _where_score(target, low, high, rows, top, efron):  # type: ignore[no-untyped-def]
    """Return where the standardised score equals a target, between bounds; it falls throughout."""
    beta = 0.5 * (low + high)
    for _ in range(_MOST_STEPS):
        score, information = score_and_information(beta, rows, top, efron)
        root = np.sqrt(information)
        missing = score / root - target if information > 0.0 else np.copysign(np.inf, score)
        if missing > 0.0:
            low = beta
        else:
            high = beta
        following = beta + missing / root if information > 0.0 else np.inf
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - beta) <= 1e-12 * (1.0 + abs(beta)):
            break
        beta = following
    return beta


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_cox(out, rows, top, code, numbers):  # type: ignore[no-untyped-def]
    """Fill a Cox analysis' columns: statistic, estimate, standard error, ends of the interval.

    Parameters
    ----------
    out : numpy.ndarray
        Filled; shape (5,).
    rows, top : numpy.ndarray, int
        From `fill_risk_rows`.
    code, numbers : numpy.ndarray
        The analysis' integers; its numbers are the log of the bound and the interval's normal
        quantile.
    """
    efron = code[EFRON] != 0
    log_bound, z = numbers[code[START]], numbers[code[START] + 1]
    out[:] = np.nan
    side = _infinite(rows, top)
    if side == 2:
        return
    if side == 0:
        estimate, information = _maximum(rows, top, efron)
        error = 1.0 / np.sqrt(information)
    else:
        estimate, error = side * np.inf, np.inf
    out[1] = estimate
    out[2] = error
    if code[BY_SCORE]:
        score, information = score_and_information(log_bound, rows, top, efron)
        out[0] = -score / np.sqrt(information)
        inside = min(max(estimate, -_FARTHEST), _FARTHEST)
        out[3], out[4] = -np.inf, np.inf
        if side != -1:
            out[3] = _where_score(z, -_FARTHEST, inside, rows, top, efron)
        if side != 1:
            out[4] = _where_score(-z, inside, _FARTHEST, rows, top, efron)
    elif side == 0:
        out[0] = (log_bound - estimate) / error
        out[3] = estimate - z * error
        out[4] = estimate + z * error
