"""Confidence limits of survival from intervals, by the likelihood ratio."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import chi2

from oligotrial import checks
from oligotrial.checks import InputError
from oligotrial.estimators.arrays import time_array
from oligotrial.estimators.innermost import entry_before, interval_ends
from oligotrial.estimators.patient_weight import weight_array
from oligotrial.estimators.truncated import Support, held_log_likelihood, support
from oligotrial.estimators.turnbull import Turnbull, turnbull

__all__ = ["turnbull_limits"]

_FAR: Final = 22.0  # log odds of survival, beyond which it is taken for 0 or 1


def turnbull_limits(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    at: ArrayLike,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return confidence limits of survival at some times, from interval-censored times.

    Parameters
    ----------
    lower, upper : array_like
        Shape (patient,): as for `turnbull`.
    at : array_like
        Shape (row,): the times.
    entry : array_like, optional
        Shape (patient,): as for `turnbull`.
    weights : array_like, optional
        Shape (patient,): how many patients each row stands for, whole numbers.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row a time, with columns `time`; `lowest` and `highest`, between which the estimate is
        left open; `lower` and `upper`, the limits.

    Raises
    ------
    InputError
        As `turnbull`, or if a time or the level is not valid, or a weight isn't a count.

    Notes
    -----
    The values of survival whose likelihood, at its maximum over all else, is within the chi-squared
    quantile of the largest. Where times are exact or right-censored that is the interval of Thomas
    and Grunkemeier (1975), doi:10.1080/01621459.1975.10480315, of the Kaplan-Meier curve.

    Where examinations take place at a few set times the chi-squared distribution is the right one.
    Where they are spread all over, the ratio is smaller than that (Banerjee and Wellner 2001,
    doi:10.1214/aos/1015345959, whose quantile at 95% is 2.27 in place of 3.84), so that the limits
    hold their level and are too wide. R's ``survfit`` gives limits as if the events expected in the
    middle of each interval had been seen there; they aren't those of the likelihood.

    Examples
    --------
    >>> table = turnbull_limits([0, 2, 4, 5, 3], [3, 4, 6, float("inf"), 6], at=[4, 6])
    >>> table.round(3)
       time  lowest  highest  lower  upper
    0   4.0     0.6      0.6  0.155  0.919
    1   6.0     0.0      0.0  0.000  0.422
    """
    criterion = float(chi2.ppf(checks.probability(level, "level"), 1))
    lows, highs = interval_ends(lower, upper)
    weight = weight_array(weights, len(lows))
    if (weight % 1.0).any():
        row = int(np.argmax(weight % 1.0 != 0.0))
        raise InputError(
            f"{weight[row]:g} is not a count of patients, and of other weights there is no "
            "likelihood; resample patients with their weights for limits",
            where=f"weights, row {row + 1}",
        )
    late = entry_before(entry, lows, highs)
    curve = turnbull(lows, highs, entry=late, weights=weight)
    rows = []
    for when in time_array(np.atleast_1d(np.asarray(at)), "at").tolist():
        lowest, highest = (float(bound) for bound in curve.bounds(when))
        limits = (1.0, 1.0)
        if when > curve.start:
            found = support(lows, highs, late, weight, at=when)
            limits = _limits(found, curve, (lowest, highest), criterion)
        rows.append((when, lowest, highest, *limits))
    return pd.DataFrame(rows, columns=["time", "lowest", "highest", "lower", "upper"])


def _limits(
    found: Support, curve: Turnbull, bounds: tuple[float, float], criterion: float
) -> tuple[float, float]:
    def excess(log_odds: float) -> float:
        held = held_log_likelihood(found, float(expit(log_odds)))
        return 2.0 * (curve.log_likelihood - held) - criterion

    lower, upper = 0.0, 1.0
    if bounds[0] > 0.0:
        lower = _root(excess, _logit(bounds[0]), -1.0, lower)
    if bounds[1] < 1.0:
        upper = _root(excess, _logit(bounds[1]), 1.0, upper)
    return lower, upper


def _root(excess: Callable[[float], float], begin: float, step: float, beyond: float) -> float:
    """Return where the excess passes 0 in a direction, or what lies beyond all."""
    end = begin + step
    while excess(end) <= 0.0:
        begin, step = end, 2.0 * step
        end = begin + step
        if abs(end) > _FAR:
            return beyond
    return float(expit(brentq(excess, begin, end, xtol=1e-9)))


def _logit(value: float) -> float:
    return float(np.clip(logit(value), 1.0 - _FAR, _FAR - 1.0))
