"""Confidence limits of survival from intervals, by the likelihood ratio."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
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

__all__ = ["IntervalMedian", "turnbull_limits", "turnbull_median"]

_TIE: Final = 1e-9
_FAR: Final = 22.0  # log odds of survival, beyond which it is taken for 0 or 1


@dataclass(frozen=True)
class IntervalMedian:
    """The median of interval-censored times.

    Parameters
    ----------
    lowest, highest : float
        Ends of the interval that the estimate lies in: above the first and at most the second, or
        both if they are equal.
    lower, upper : float
        Confidence limits; infinite where there is none.
    """

    lowest: float
    highest: float
    lower: float
    upper: float


@dataclass(frozen=True)
class _Patients:
    lower: np.ndarray
    upper: np.ndarray
    entry: np.ndarray | None
    weight: np.ndarray
    curve: Turnbull
    criterion: float

    def support(self, at: float) -> Support:
        return support(self.lower, self.upper, self.entry, self.weight, at=at)

    def excess(self, found: Support, survival: float) -> float:
        """Return by how much a survival's likelihood ratio exceeds the quantile."""
        held = held_log_likelihood(found, survival)
        return 2.0 * (self.curve.log_likelihood - held) - self.criterion


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
    patients = _patients(lower, upper, entry, weights, level)
    rows = []
    for when in time_array(np.atleast_1d(np.asarray(at)), "at").tolist():
        lowest, highest = (float(bound) for bound in patients.curve.bounds(when))
        limits = (1.0, 1.0)
        if when > patients.curve.start:
            limits = _limits(patients, when, (lowest, highest))
        rows.append((when, lowest, highest, *limits))
    return pd.DataFrame(rows, columns=["time", "lowest", "highest", "lower", "upper"])


def turnbull_median(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> IntervalMedian:
    """Return the median of interval-censored times, with confidence limits.

    Parameters
    ----------
    lower, upper : array_like
        Shape (patient,): as for `turnbull`.
    entry : array_like, optional
        Shape (patient,): as for `turnbull`.
    weights : array_like, optional
        Shape (patient,): how many patients each row stands for, whole numbers.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    IntervalMedian
        In the unit of the times.

    Raises
    ------
    InputError
        As `turnbull_limits`.

    Notes
    -----
    The limits are the first and the last time at which the limits of survival, those of
    `turnbull_limits`, hold 1/2.

    Examples
    --------
    >>> infinity = float("inf")
    >>> turnbull_median([0, 2, 4, 5, 3, 3], [3, 4, 6, infinity, 6, 5])
    IntervalMedian(lowest=3.0, highest=4.0, lower=0.0, upper=6.0)
    """
    patients = _patients(lower, upper, entry, weights, level)
    ends = np.unique(np.concatenate([[patients.curve.start], patients.lower, patients.upper]))
    ends = ends[np.isfinite(ends)]
    # Only the order of ends matters: each is asked, a time between each two, and one beyond all.
    times = np.sort(np.concatenate([ends[1:], 0.5 * (ends[1:] + ends[:-1]), [ends[-1] + 1.0]]))
    lowest, highest = patients.curve.bounds(times)

    def holds(place: int) -> bool:
        if lowest[place] <= 0.5 <= highest[place]:
            return True
        return patients.excess(patients.support(float(times[place])), 0.5) <= 0.0

    # The likelihood of a median rises up to the estimate and falls from there on.
    down = int(np.searchsorted(-lowest, -0.5 - _TIE))
    first = bisect_left(range(down), True, key=holds)
    later = range(down, len(times))
    last = down + bisect_left(later, True, key=lambda place: not holds(place)) - 1
    median = patients.curve.median_bounds()
    if first > last:
        return IntervalMedian(*median, *median)
    edges = np.append(ends, np.inf)
    return IntervalMedian(
        *median,
        float(edges[np.searchsorted(edges, times[first], side="right") - 1]),
        float(edges[np.searchsorted(edges, times[last], side="left")]),
    )


def _patients(
    lower: ArrayLike,
    upper: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    level: float,
) -> _Patients:
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
    return _Patients(lows, highs, late, weight, curve, criterion)


def _limits(patients: _Patients, at: float, bounds: tuple[float, float]) -> tuple[float, float]:
    found = patients.support(at)

    def excess(log_odds: float) -> float:
        return patients.excess(found, float(expit(log_odds)))

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
