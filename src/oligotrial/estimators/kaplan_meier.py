"""The Kaplan-Meier curve, and the rate it gives at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from oligotrial import checks
from oligotrial.estimators.arrays import risk_sets, survival_arrays

__all__ = ["KaplanMeier", "Rate", "kaplan_meier", "rate_at"]


@dataclass(frozen=True)
class KaplanMeier:
    """The product-limit estimate at each distinct event time.

    Parameters
    ----------
    time : numpy.ndarray
        Shape (row,): distinct event times, ascending.
    at_risk, events : numpy.ndarray
        Shape (row,): patients at risk just before each time, and events at it.
    survival, std_error : numpy.ndarray
        Shape (row,): the estimate and its Greenwood standard error, NaN where it is 0.
    longest : float
        The largest time observed, censored or not.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    longest: float

    def at(self, time: ArrayLike) -> np.ndarray:
        """Return the estimate at each of some times.

        Parameters
        ----------
        time : array_like
            Times in the unit the curve was made from.

        Returns
        -------
        numpy.ndarray
            Shaped as `time`; NaN beyond the largest observed time unless the curve is 0.
        """
        asked = np.asarray(time, dtype=float)
        steps = np.concatenate([[1.0], self.survival])
        value = steps[np.searchsorted(self.time, asked, side="right")]
        return np.where((asked > self.longest) & (value > 0.0), np.nan, value)


@dataclass(frozen=True)
class Rate:
    """The proportion still free of the event at a time.

    Parameters
    ----------
    time : float
        The time.
    value, std_error : float
        The Kaplan-Meier estimate and its Greenwood standard error.
    lower, upper : float
        Plain confidence limits, kept within 0 and 1.
    """

    time: float
    value: float
    std_error: float
    lower: float
    upper: float


def kaplan_meier(time: ArrayLike, event: ArrayLike) -> KaplanMeier:
    """Return the Kaplan-Meier estimate of a survival curve.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the event or to censoring, in any unit, at least 0.
    event : array_like
        Shape (patient,): 1 where the event was seen, 0 where the time is censored.

    Returns
    -------
    KaplanMeier
        One row for each distinct event time.

    Raises
    ------
    InputError
        If the lengths differ, a time is negative or an event is neither 0 nor 1.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 4.2.1 and 4.2.2.

    Examples
    --------
    >>> kaplan_meier([3, 5, 5, 8], [1, 1, 0, 0]).survival.tolist()
    [0.75, 0.5]
    """
    times, events = survival_arrays(time, event)
    table = risk_sets(times, events)
    survival, variance = table.product_limit()
    return KaplanMeier(
        table.times,
        table.at_risk[:, 0],
        table.events[:, 0],
        survival,
        np.sqrt(variance),
        float(times.max()),
    )


def rate_at(time: ArrayLike, event: ArrayLike, *, at: float, level: float = 0.95) -> Rate:
    """Return the proportion free of the event at a time, with plain limits.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): as for `kaplan_meier`.
    at : float
        The time asked for, in the unit of `time`.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    Rate
        NaN throughout where `at` is beyond the largest observed time and the curve has not
        come down to 0.

    Raises
    ------
    InputError
        If an array, `at` or `level` is not valid.

    Examples
    --------
    >>> rate_at([3, 5, 5, 8], [1, 1, 0, 0], at=4).value
    0.75
    """
    z = norm.isf((1.0 - checks.probability(level, "level")) / 2.0)
    curve = kaplan_meier(time, event)
    value = float(curve.at(checks.non_negative(at, "at")))
    row = int(np.searchsorted(curve.time, at, side="right")) - 1
    error = float(curve.std_error[row]) if row >= 0 else 0.0
    error = np.nan if np.isnan(value) else error
    return Rate(at, value, error, max(value - z * error, 0.0), min(value + z * error, 1.0))
