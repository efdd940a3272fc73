"""Conditional and predictive power of a final analysis, from the log-rank at a look: compiled."""

import numpy as np
from numba import njit

from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.normal import normal_below

__all__ = ["AS_SEEN", "GIVEN", "PREDICTIVE", "analyse_power"]

GIVEN, AS_SEEN, PREDICTIVE = range(3)
"""What is believed of the future: a given hazard ratio, the one seen, or a posterior."""

BELIEF, COMPONENTS, FINAL_ROW, SEEN_ROW = range(EXTRA, EXTRA + 4)
"""Integers of a power analysis: what is believed, components of its prior, and the rows beside
the plan's of the final analysis and of what tells the effect so far; -1 for the log-rank itself."""

EACH, FINAL_INFORMATION, NEEDED, LOG_RATIO, FINAL_EVENTS, FINAL_THRESHOLD = range(6)
"""Its numbers: information per event and at the final analysis, the score that succeeds there, the
log hazard ratio, the events there and the statistic from which it succeeds; components follow."""

HEAD = 6

ASIDE = 32
"""At the end of the room: columns of analyses that are made on the way."""


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_power(out, events, estimate, code, numbers):  # type: ignore[no-untyped-def]
    """Turn the log-rank's columns into a power's, before the final analysis.

    Parameters
    ----------
    out : numpy.ndarray
        Shape (5,); the log-rank's statistic, estimate and standard error come in, power, estimate,
        standard error, statistic and events go out.
    events : int
        Events so far.
    estimate : float
        Log hazard ratio so far.
    code, numbers : numpy.ndarray
        The analysis' row of codes, and the plan's numbers.
    """
    start = code[START]
    now = numbers[start + EACH] * events
    rest = numbers[start + FINAL_INFORMATION] - now
    needed = numbers[start + NEEDED]
    z = out[0]
    out[3] = z
    out[4] = events
    score = estimate * now if code[SEEN_ROW] >= 0 else -z * np.sqrt(now)
    if np.isnan(z) and not (code[BELIEF] != AS_SEEN and events == 0):
        return
    if events == 0:
        score = 0.0
    if code[BELIEF] == PREDICTIVE:
        components, first = code[COMPONENTS], start + HEAD
        prior = numbers[first : first + 3 * components].reshape(3, components)
        out[0] = _predictive(score, now, rest, needed, prior)
    else:
        drift = score / now if code[BELIEF] == AS_SEEN else numbers[start + LOG_RATIO]
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
