"""Compiled kernels of the Turnbull estimator with delayed entry: the likelihood of hazards.

Patients of pattern i, `weight[i]` in all, are at risk from interval `since[i]` on; they are free of
the event before interval `first[i]` and have it in one of the intervals up to and with `last[i]`,
or are censored there, with `last[i] < first[i]`. `hazard[j]` is the probability of the event in
interval j for who is free of it before. The log-likelihood is concave in the cumulative hazard
``-log(1 - hazard)``, so that a stationary point is the maximum, whatever the entries are.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["Patterns", "fill_expected", "fit_hazards", "log_likelihood_of_hazards", "shortfall"]

_MOST_ROOT_STEPS = 200


class Patterns(NamedTuple):
    """Patients by the intervals in which they are at risk and can have the event.

    Parameters
    ----------
    since, first, last : numpy.ndarray of int
        Shape (pattern,).
    weight : numpy.ndarray
        Shape (pattern,): how many patients have the pattern.
    """

    since: np.ndarray
    first: np.ndarray
    last: np.ndarray
    weight: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def log_likelihood_of_hazards(hazard: np.ndarray, patterns: Patterns) -> float:
    """Return the log-likelihood, given that each patient was free of the event at entry.

    Parameters
    ----------
    hazard : numpy.ndarray
        Shape (interval,): from 0 to 1.
    patterns : Patterns
        The patients.

    Returns
    -------
    float
        Minus infinity where a patient can't be.
    """
    cumulated = np.zeros(hazard.shape[0] + 1)
    ended = np.zeros(hazard.shape[0] + 1, dtype=np.int64)
    for j in range(hazard.shape[0]):
        sure = hazard[j] >= 1.0
        ended[j + 1] = ended[j] + (1 if sure else 0)
        cumulated[j + 1] = cumulated[j] + (0.0 if sure else np.log1p(-hazard[j]))
    total = 0.0
    for i in range(patterns.weight.shape[0]):
        since, first, last = patterns.since[i], patterns.first[i], patterns.last[i]
        if ended[first] > ended[since]:
            return -np.inf
        total += patterns.weight[i] * (cumulated[first] - cumulated[since])
        if last >= first and ended[last + 1] == ended[first]:
            share = -np.expm1(cumulated[last + 1] - cumulated[first])
            if share <= 0.0:
                return -np.inf
            total += patterns.weight[i] * np.log(share)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fill_expected(
    hazard: np.ndarray, patterns: Patterns, slope: np.ndarray, at_risk: np.ndarray
) -> None:
    """Fill the patients expected at risk, and the events expected divided by the hazard.

    Parameters
    ----------
    hazard : numpy.ndarray
        Shape (interval,).
    patterns : Patterns
        The patients.
    slope, at_risk : numpy.ndarray
        Shape (interval,): filled. ``slope - at_risk`` is the derivative of the log-likelihood by
        an interval's cumulative hazard; ``hazard * slope`` are the events expected in it.
    """
    size = hazard.shape[0]
    change = np.zeros(size + 1)
    for j in range(size):
        slope[j] = 0.0
        at_risk[j] = 0.0
    for i in range(patterns.weight.shape[0]):
        first, last, count = patterns.first[i], patterns.last[i], patterns.weight[i]
        change[patterns.since[i]] += count
        change[first] -= count
        if last < first:
            continue
        left = 1.0
        for j in range(first, last + 1):
            left *= 1.0 - hazard[j]
        each, free = count / (1.0 - left), 1.0
        for j in range(first, last + 1):
            slope[j] += each * free
            at_risk[j] += each * (free - left)
            free *= 1.0 - hazard[j]
    waiting = 0.0
    for j in range(size):
        waiting += change[j]
        at_risk[j] += waiting


@njit(cache=True, nogil=True, error_model="numpy")
def fit_hazards(
    hazard: np.ndarray,
    patterns: Patterns,
    before: int,
    survival: float,
    tolerance: float,
    most: int,
) -> tuple[float, int]:
    """Climb to the largest likelihood from given hazards, all of them above 0.

    Parameters
    ----------
    hazard : numpy.ndarray
        Shape (interval,): the start; overwritten with the estimate.
    patterns : Patterns
        The patients.
    before : int
        Survival after this many intervals is held; 0 for no constraint.
    survival : float
        What it is held at.
    tolerance : float
        Ends at a gap of at most this.
    most : int
        Largest number of iterations.

    Returns
    -------
    tuple of (float, int)
        The gap, about how far the mean log-likelihood is below its maximum, and the number of
        iterations.

    Notes
    -----
    Turnbull's self-consistency (EM) in hazards, which needs no unseen patients in place of those
    who couldn't enter, sped up by squared extrapolation: Varadhan and Roland (2008),
    doi:10.1111/j.1467-9469.2007.00585.x, scheme S3. Where survival is held, expected hazards are
    divided by the number at risk plus a multiplier, as Thomas and Grunkemeier (1975),
    doi:10.1080/01621459.1975.10480315. A multiplier that would take all of an interval's number at
    risk puts hazard there though nobody can have had the event in it.
    """
    size, patients = hazard.shape[0], patterns.weight.sum()
    slope, at_risk = np.empty(size), np.empty(size)
    once, twice, trial = np.empty(size), np.empty(size), np.empty(size)
    gap = np.inf
    if before:  # from where survival is what it is held at
        fill_expected(hazard, patterns, slope, at_risk)
        _step(hazard, slope, at_risk, before, survival, once)
        hazard[:] = once
    for iteration in range(most):
        fill_expected(hazard, patterns, slope, at_risk)
        multiplier = _step(hazard, slope, at_risk, before, survival, once)
        gap = _gap(hazard, slope, at_risk, before, survival, multiplier) / patients
        if gap <= tolerance:
            return gap, iteration
        fill_expected(once, patterns, slope, at_risk)
        _step(once, slope, at_risk, before, survival, twice)
        _extrapolate(hazard, once, twice, trial)
        fill_expected(trial, patterns, slope, at_risk)
        _step(trial, slope, at_risk, before, survival, once)
        better = log_likelihood_of_hazards(once, patterns)
        if better >= log_likelihood_of_hazards(twice, patterns):
            hazard[:] = once
        else:
            hazard[:] = twice
    return gap, most


@njit(cache=True, nogil=True, error_model="numpy")
def shortfall(hazard: np.ndarray, patterns: Patterns, before: int, survival: float) -> float:
    """Return about how far the mean log-likelihood is below its maximum.

    Parameters
    ----------
    hazard, patterns, before, survival : optional
        As for `fit_hazards`.

    Returns
    -------
    float
        To first order.
    """
    slope, at_risk = np.empty(hazard.shape[0]), np.empty(hazard.shape[0])
    fill_expected(hazard, patterns, slope, at_risk)
    multiplier, whole = 0.0, 0.0
    for j in range(before):
        amount = -np.log1p(-hazard[j])
        multiplier += amount * (slope[j] - at_risk[j])
        whole += amount
    if before:
        multiplier /= whole
    gap = _gap(hazard, slope, at_risk, before, survival, multiplier)
    return float(gap / patterns.weight.sum())


@njit(cache=True, nogil=True, error_model="numpy")
def _extrapolate(start: np.ndarray, once: np.ndarray, twice: np.ndarray, trial: np.ndarray) -> None:
    first, second = 0.0, 0.0
    for j in range(start.shape[0]):
        first += (once[j] - start[j]) ** 2
        second += (twice[j] - 2.0 * once[j] + start[j]) ** 2
    length = max(np.sqrt(first / second), 1.0) if second > 0.0 else 1.0
    for j in range(start.shape[0]):
        step, bend = once[j] - start[j], twice[j] - 2.0 * once[j] + start[j]
        value = start[j] + 2.0 * length * step + length * length * bend
        # Never to a hazard of 0, from which no step leads back.
        trial[j] = min(max(value, 0.1 * twice[j]), 1.0 - 0.1 * (1.0 - twice[j]))


@njit(cache=True, nogil=True, error_model="numpy")
def _step(
    hazard: np.ndarray,
    slope: np.ndarray,
    at_risk: np.ndarray,
    before: int,
    survival: float,
    new: np.ndarray,
) -> float:
    """Fill the next hazards and return the multiplier of the constraint."""
    idle, multiplier = -1, 0.0
    if before:
        for j in range(before):
            if slope[j] == 0.0 and (idle < 0 or at_risk[j] < at_risk[idle]):
                idle = j
        multiplier = _multiplier(hazard, slope, at_risk, before, survival)
        if idle >= 0 and multiplier <= -at_risk[idle]:
            multiplier = -at_risk[idle]
        else:
            idle = -1
    for j in range(hazard.shape[0]):
        events = hazard[j] * slope[j]
        whole = at_risk[j] + (multiplier if j < before else 0.0)
        new[j] = min(max(events / whole, 0.0), 1.0) if events > 0.0 else 0.0
    if idle >= 0:
        rest = _log_survival(hazard, slope, at_risk, before, multiplier)
        new[idle] = max(-np.expm1(np.log(survival) - rest), 0.0)
    return multiplier


@njit(cache=True, nogil=True, error_model="numpy")
def _multiplier(
    hazard: np.ndarray, slope: np.ndarray, at_risk: np.ndarray, before: int, survival: float
) -> float:
    # Survival rises with the multiplier, from 0 where somebody's hazard would be 1.
    least, events = -np.inf, 0.0
    for j in range(before):
        if slope[j] > 0.0 and hazard[j] > 0.0:
            least = max(least, hazard[j] * slope[j] - at_risk[j])
            events += hazard[j] * slope[j]
    if events == 0.0:
        return -np.inf
    target = np.log(survival)
    low, width = least, max(events, 1e-300)
    while _log_survival(hazard, slope, at_risk, before, low + width) < target:
        low += width
        width *= 2.0
    high = low + width
    for _ in range(_MOST_ROOT_STEPS):
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high:
            break
        if _log_survival(hazard, slope, at_risk, before, middle) < target:
            low = middle
        else:
            high = middle
    return high


@njit(cache=True, nogil=True, error_model="numpy")
def _log_survival(
    hazard: np.ndarray, slope: np.ndarray, at_risk: np.ndarray, before: int, multiplier: float
) -> float:
    total = 0.0
    for j in range(before):
        events = hazard[j] * slope[j]
        if events > 0.0:
            share = events / (at_risk[j] + multiplier)
            if share >= 1.0:
                return -np.inf
            total += np.log1p(-share)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _gap(
    hazard: np.ndarray,
    slope: np.ndarray,
    at_risk: np.ndarray,
    before: int,
    survival: float,
    multiplier: float,
) -> float:
    # To first order: what moving cumulative hazard to where the derivative is above 0 can gain.
    lost, early, late, whole = 0.0, 0.0, 0.0, 1.0
    for j in range(hazard.shape[0]):
        if hazard[j] >= 1.0:
            continue
        derivative = slope[j] - at_risk[j] - (multiplier if j < before else 0.0)
        amount = -np.log1p(-hazard[j])
        lost += max(-derivative, 0.0) * amount
        if j < before:
            early = max(early, derivative)
        else:
            whole += amount
            late = max(late, derivative)
    return float(lost - early * np.log(survival) + late * whole)
