"""Conditional and predictive power of a final analysis, from the log-rank at a look: compiled."""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["AS_SEEN", "GIVEN", "PREDICTIVE", "analyse_power"]

GIVEN, AS_SEEN, PREDICTIVE = range(3)
"""What is believed of the future: a given hazard ratio, the one seen, or a posterior."""

BELIEF, COMPONENTS = range(EXTRA, EXTRA + 2)
"""Integers of a power analysis; its numbers are information per event, information at the final
analysis, the score that succeeds there, the log hazard ratio, and a prior's components."""


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_power(out, order, count, event, code, numbers):  # type: ignore[no-untyped-def]
    """Turn the log-rank's columns into a power's.

    Parameters
    ----------
    out : numpy.ndarray
        Shape (5,); the log-rank's statistic, estimate and standard error come in, power, estimate,
        standard error, statistic and events go out.
    order, count, event : numpy.ndarray and int
        As for `analyse`.
    code, numbers : numpy.ndarray
        The analysis' row of codes, and the plan's numbers.
    """
    start = code[START]
    events = 0
    for i in range(count):
        events += event[order[i]]
    now = numbers[start] * events
    rest = numbers[start + 1] - now
    needed = numbers[start + 2]
    z = out[0]
    out[3] = z
    out[4] = events
    score = -z * np.sqrt(now)
    if np.isnan(z) and not (code[BELIEF] != AS_SEEN and events == 0):
        return
    if events == 0:
        score = 0.0
    if rest <= 0.0:
        out[0] = 1.0 if score <= needed else 0.0
    elif code[BELIEF] == PREDICTIVE:
        components = code[COMPONENTS]
        prior = numbers[start + 4 : start + 4 + 3 * components].reshape(3, components)
        out[0] = _predictive(score, now, rest, needed, prior)
    else:
        drift = score / now if code[BELIEF] == AS_SEEN else numbers[start + 3]
        out[0] = normal_below((needed - score - drift * rest) / np.sqrt(rest))


@njit(cache=True, nogil=True, error_model="numpy")
def _predictive(score, now, rest, needed, prior):  # type: ignore[no-untyped-def]
    """Return the probability that the final score is low enough: each component's, weighed."""
    highest = -np.inf
    for c in range(prior.shape[1]):
        highest = max(highest, _log_weight(score, now, prior, c))
    total, power = 0.0, 0.0
    for c in range(prior.shape[1]):
        weight = np.exp(_log_weight(score, now, prior, c) - highest)
        variance = prior[2, c] ** 2
        shrink = 1.0 / (1.0 + now * variance)
        mean = (prior[1, c] + score * variance) * shrink
        spread = rest + rest * rest * variance * shrink
        total += weight
        power += weight * normal_below((needed - score - mean * rest) / np.sqrt(spread))
    return power / total


@njit(cache=True, nogil=True, error_model="numpy")
def _log_weight(score, now, prior, c):  # type: ignore[no-untyped-def]
    """Return the log of a component's weight times the score's density under it, but a constant."""
    spread = now + now * now * prior[2, c] ** 2
    if spread == 0.0:
        return np.log(prior[0, c])
    apart = score - now * prior[1, c]
    return np.log(prior[0, c]) - 0.5 * np.log(spread) - 0.5 * apart * apart / spread
