"""The Kaplan-Meier curve, with delayed entry and weights, and the rate it gives at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial import checks
from oligotrial.estimators.arrays import entry_array, risk_sets, survival_arrays
from oligotrial.estimators.influence import robust_variances
from oligotrial.estimators.observation import not_exhausted, observation
from oligotrial.estimators.patient_weight import weighting
from oligotrial.estimators.scale import PLAIN, Scale

__all__ = ["KaplanMeier", "Rate", "kaplan_meier", "rate_at"]


@dataclass(frozen=True)
class KaplanMeier:
    """The product-limit estimate at each distinct event time.

    Parameters
    ----------
    time : numpy.ndarray
        Shape (row,): distinct event times, ascending.
    at_risk, events : numpy.ndarray
        Shape (row,): patients at risk just before each time, and events at it; sums of weights
        where patients have them.
    survival, std_error : numpy.ndarray
        Shape (row,): the estimate and its standard error, Greenwood's or the robust one; NaN where
        the estimate is 0.
    longest : float
        The largest time observed, censored or not.
    start : float
        Survival is that of patients free of the event just before this time: 0, or with
        delayed entry the first entry, or the `after` asked for if that is later.
    censored : numpy.ndarray
        Distinct times at which patients were censored, ascending.
    gaps : numpy.ndarray
        Shape (gap, 2): spans in which nobody was at risk. The curve is flat there for want of
        patients; later values assume that no event could happen in them.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    longest: float
    start: float
    censored: np.ndarray
    gaps: np.ndarray

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
        return self._step(self.survival, 1.0, time)

    def std_error_at(self, time: ArrayLike) -> np.ndarray:
        """Return the standard error of `at`.

        Parameters
        ----------
        time : array_like
            Times in the unit the curve was made from.

        Returns
        -------
        numpy.ndarray
            Shaped as `time`; NaN where the estimate is NaN or 0.
        """
        return self._step(self.std_error, 0.0, time)

    def limits(self, *, level: float = 0.95, scale: Scale = PLAIN) -> tuple[np.ndarray, np.ndarray]:
        """Return the pointwise confidence limits at the curve's event times.

        Parameters
        ----------
        level : float, optional
            Confidence level, in (0, 1).
        scale : Scale, optional
            `PLAIN`, `LOG` (R's default) or `LOG_LOG`.

        Returns
        -------
        tuple of numpy.ndarray
            Lower and upper limits, shape (row,); NaN where the curve is 0, as in R.

        Raises
        ------
        InputError
            If the level is not valid.
        """
        return scale.limits(self.survival, self.std_error, level=level)

    def _step(self, heights: np.ndarray, first: float, time: ArrayLike) -> np.ndarray:
        asked = np.asarray(time, dtype=float)
        row = np.searchsorted(self.time, asked, side="right")
        unknown = (asked > self.longest) & ~np.any(self.survival == 0.0)
        return np.where(unknown | np.isnan(asked), np.nan, np.concatenate([[first], heights])[row])


@dataclass(frozen=True)
class Rate:
    """The proportion still free of the event at a time.

    Parameters
    ----------
    time : float
        The time.
    value, std_error : float
        The Kaplan-Meier estimate and its standard error.
    lower, upper : float
        Confidence limits, within 0 and 1; NaN where the estimate is 0, as in R.
    """

    time: float
    value: float
    std_error: float
    lower: float
    upper: float


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    after: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
) -> KaplanMeier:
    """Return the Kaplan-Meier estimate of a survival curve.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the event or to censoring, in any unit, at least 0.
    event : array_like
        Shape (patient,): 1 where the event was seen, 0 where the time is censored.
    entry : array_like, optional
        Shape (patient,): when each came under observation, below `time`; 0 for who was followed
        from the origin. All were when left out.
    after : float, optional
        The curve is that of patients free of the event just before this time: events before it
        are left out, as by R's ``start.time``.
    weights : array_like, optional
        Shape (patient,): how many patients each row stands for, above 0; one when left out.
    cluster : array_like, optional
        Shape (patient,): rows that belong together, such as several of one patient.
    robust : bool, optional
        Whether standard errors are robust. When left out they are if there are clusters or
        weights that aren't whole numbers, as in R.

    Returns
    -------
    KaplanMeier
        One row for each distinct event time.

    Raises
    ------
    InputError
        If the lengths differ, a time is negative, an event is neither 0 nor 1, an entry isn't
        below its time, a weight isn't above 0, nobody is followed until `after`, or everybody at
        risk had the event at a time beyond which others are followed.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 4.2.1 and 4.2.2; with
    delayed entry section 4.6. With it few can be at risk early; should they all have the event,
    the product-limit estimate would be 0 for good although other patients live on (their
    page 123). That is refused, and `after` estimates the rest of the curve.

    Greenwood's variance takes weights for counts of patients. Weights of sampling or of inverse
    probabilities aren't counts: the robust variance is the infinitesimal jackknife, R's
    ``survfit(..., weights, robust = TRUE)``. It takes such weights as known.

    Examples
    --------
    >>> kaplan_meier([3, 5, 5, 8], [1, 1, 0, 0]).survival.tolist()
    [0.75, 0.5]
    >>> kaplan_meier([3, 5, 5, 8], [1, 1, 0, 0], entry=[0, 0, 3, 4]).survival.tolist()
    [0.5, 0.3333333333333333]
    """
    times, events = survival_arrays(time, event)
    entries = entry_array(entry, times)
    rows = weighting(weights, len(times), cluster=cluster, robust=robust)
    span = observation(times, events == 1, entries, after)
    table = risk_sets(times, events, entry=entries, weight=rows.weight).starting(after)
    survival, variance = table.product_limit()
    not_exhausted(table.times, survival, span.longest)
    if rows.cluster is not None:
        _, robust_variance, _ = robust_variances(
            table.times,
            table.at_risk[:, 0],
            table.events,
            time=times,
            cause=events - 1,
            entry=entries,
            weight=rows.of(len(times)),
            cluster=rows.cluster,
        )
        variance = np.where(survival > 0.0, robust_variance, np.nan)
    return KaplanMeier(
        table.times,
        table.at_risk[:, 0],
        table.events[:, 0],
        survival,
        np.sqrt(variance),
        span.longest,
        span.start,
        span.censored,
        span.gaps,
    )


def rate_at(
    time: ArrayLike,
    event: ArrayLike,
    *,
    at: float,
    entry: ArrayLike | None = None,
    after: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    level: float = 0.95,
    scale: Scale = PLAIN,
) -> Rate:
    """Return the proportion free of the event at a time, with limits.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): as for `kaplan_meier`.
    at : float
        The time asked for, in the unit of `time`.
    entry : array_like, optional
        Shape (patient,): as for `kaplan_meier`.
    after : float, optional
        As for `kaplan_meier`.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    level : float, optional
        Confidence level, in (0, 1).
    scale : Scale, optional
        `PLAIN`, `LOG` (R's default) or `LOG_LOG`.

    Returns
    -------
    Rate
        NaN throughout where `at` is beyond the largest observed time and the curve has not
        come down to 0.

    Raises
    ------
    InputError
        If an array, `at`, `after` or `level` is not valid.

    Examples
    --------
    >>> rate_at([3, 5, 5, 8], [1, 1, 0, 0], at=4).value
    0.75
    """
    curve = kaplan_meier(
        time, event, entry=entry, after=after, weights=weights, cluster=cluster, robust=robust
    )
    value = curve.at(checks.non_negative(at, "at"))
    error = curve.std_error_at(at)
    lower, upper = scale.limits(value, error, level=level)
    return Rate(at, float(value), float(error), float(lower), float(upper))
