"""How uncertain the hazards are that a cumulative incidence is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numba import njit

__all__ = ["AALEN", "GREENWOOD", "IncidenceVariance", "Noise", "fill_incidence"]


class Noise(NamedTuple):
    """Variances of the proportions that have the event at a time, among those at risk.

    Parameters
    ----------
    cause : numpy.ndarray
        Shape (row, cause): variance of each cause's proportion.
    with_any : numpy.ndarray
        Shape (row, cause): its covariance with the proportion of all causes.
    any_cause : numpy.ndarray
        Shape (row,): variance of the proportion of all causes.
    """

    cause: np.ndarray
    with_any: np.ndarray
    any_cause: np.ndarray


@dataclass(frozen=True)
class IncidenceVariance:
    """A convention for the variance of a cumulative incidence.

    Parameters
    ----------
    name : str
        What it is called.
    noise : callable
        `Noise` from the numbers at risk, shape (row,), and events, shape (row, cause).
    """

    name: str
    noise: Callable[[np.ndarray, np.ndarray], Noise] = field(repr=False)


def _multinomial(at_risk: np.ndarray, events: np.ndarray) -> Noise:
    n, total = at_risk[:, None], events.sum(axis=1)
    return Noise(
        events * (n - events) / n**3,
        events * (n - total[:, None]) / n**3,
        total * (at_risk - total) / at_risk**3,
    )


def _separate(at_risk: np.ndarray, events: np.ndarray) -> Noise:
    n = at_risk[:, None]
    # Of a single patient at risk the variance is 1, as that of a lone event is 1 / n^2.
    cause = events * np.where(n > 1.0, n - events, 1.0) / (n**2 * np.maximum(n - 1.0, 1.0))
    return Noise(cause, cause, cause.sum(axis=1))


GREENWOOD: Final = IncidenceVariance("Greenwood", _multinomial)
"""Events at a time are a multinomial draw from those at risk.

Andersen, Borgan, Gill and Keiding (1993), Statistical Models Based on Counting Processes, equation
4.4.20. Equal to the infinitesimal jackknife of R's ``survfit`` of several states, to Greenwood's
variance with a single cause, and to ``F (1 - F) / n`` without censoring.
"""

AALEN: Final = IncidenceVariance("Aalen", _separate)
"""Each cause's events are a hypergeometric draw of their own.

Aalen (1978), Annals of Statistics 6, 534-545, doi:10.1214/aos/1176344198; as R's
``cmprsk::cuminc``.
"""


@njit(cache=True, nogil=True, error_model="numpy")
def fill_incidence(
    at_risk: np.ndarray,
    events: np.ndarray,
    noise: Noise,
    free: np.ndarray,
    incidence: np.ndarray,
    variance: np.ndarray,
) -> None:
    """Fill the Aalen-Johansen estimate and its variance.

    Parameters
    ----------
    at_risk : numpy.ndarray
        Shape (row,): patients at risk just before each event time.
    events : numpy.ndarray
        Shape (row, cause).
    noise : Noise
        Of the proportions at each event time.
    free : numpy.ndarray
        Shape (row,): filled with the proportion free of every event.
    incidence, variance : numpy.ndarray
        Shape (row, cause): filled.

    Notes
    -----
    With S the proportion free, F a cause's incidence, a the proportion with the event of any cause
    and b of this cause, ``F' = F + S b`` and ``S' = S (1 - a)``: the covariance of (F, S) is
    carried from time to time through the derivatives of that step.
    """
    causes = events.shape[1]
    spread, together = np.zeros(causes), np.zeros(causes)
    before = np.zeros(causes)
    standing, standing_variance = 1.0, 0.0
    for row in range(at_risk.shape[0]):
        n, total = at_risk[row], 0.0
        for k in range(causes):
            total += events[row, k]
        stay = (n - total) / n
        square = standing * standing
        for k in range(causes):
            b = events[row, k] / n
            spread[k] += b * (2.0 * together[k] + b * standing_variance)
            spread[k] += square * noise.cause[row, k]
            together[k] = stay * (together[k] + b * standing_variance)
            together[k] -= square * noise.with_any[row, k]
            before[k] += standing * b
            incidence[row, k] = before[k]
            variance[row, k] = max(spread[k], 0.0)
        standing_variance = standing_variance * stay * stay + square * noise.any_cause[row]
        standing *= stay
        free[row] = standing
