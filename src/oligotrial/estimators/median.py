"""The median of a Kaplan-Meier curve, by the conventions of R and of MedCalc."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.estimators.arrays import risk_sets, survival_arrays
from oligotrial.estimators.kaplan_meier import kaplan_meier
from oligotrial.estimators.kernels import median_limits, median_times
from oligotrial.estimators.scale import PLAIN, Scale, quantile_of

__all__ = ["Median", "MedianSet", "follow_up", "median", "median_set"]

_TIE = 1e-9


@dataclass(frozen=True)
class Median:
    """A median with confidence limits; infinite where it isn't reached.

    Parameters
    ----------
    value, lower, upper : float
        In the unit of the times.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class MedianSet:
    """Every time that is a median, and every event time not refused as one.

    Parameters
    ----------
    first, last : float
        First times at which survival is at most and below 1/2. They differ only where the
        curve is flat at exactly 1/2; infinite where it never falls so low.
    lower, upper : float
        First and last event time not refused as the median; infinite where there is none.
    """

    first: float
    last: float
    lower: float
    upper: float


def median(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    after: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    level: float = 0.95,
    scale: Scale = PLAIN,
) -> Median:
    """Return the median as R's ``survfit(conf.type = "plain")`` prints it.

    The median is the first time at which survival is below 1/2, or half-way along the curve's
    flat piece where that lies at exactly 1/2. A limit is the first time at which the
    pointwise confidence band's edge comes down to 1/2.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    after : float, optional
        The median is that of patients free of the event just before this time.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    level : float, optional
        Confidence level, in (0, 1).
    scale : Scale, optional
        `PLAIN`, `LOG` (R's default) or `LOG_LOG`: R's ``conf.type``.

    Returns
    -------
    Median
        In the unit of `time`; infinite where R says NA.

    Raises
    ------
    InputError
        If an array, `after` or the level is not valid.

    See Also
    --------
    median_set : MedCalc's convention, whose upper limit is one event time earlier.

    Examples
    --------
    >>> median([2, 4, 6, 8], [1, 1, 1, 0]).value
    5.0
    """
    z = quantile_of(level)
    curve = kaplan_meier(
        time, event, entry=entry, after=after, weights=weights, cluster=cluster, robust=robust
    )
    first, last = median_times(curve.time, curve.survival)
    flat = np.isfinite(last) and last > first
    distance = scale.distance(curve.events, curve.survival, curve.std_error**2)
    return Median(
        0.5 * (first + last) if flat else first,
        _first(curve.time, distance <= z + _TIE),
        _first(curve.time, distance <= -z + _TIE),
    )


def follow_up(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    level: float = 0.95,
    scale: Scale = PLAIN,
) -> Median:
    """Return the median follow-up by the reverse Kaplan-Meier method.

    The end of follow-up is taken for the event and the event for censoring: how long patients
    would have been followed had none had the event.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    level : float, optional
        Confidence level, in (0, 1).
    scale : Scale, optional
        `PLAIN`, `LOG` (R's default) or `LOG_LOG`.

    Returns
    -------
    Median
        In the unit of `time`; infinite where it isn't reached.

    Raises
    ------
    InputError
        If an array or the level is not valid.

    Notes
    -----
    Schemper and Smith (1996), Controlled Clinical Trials 17, 343-346,
    doi:10.1016/0197-2456(96)00075-X.

    Examples
    --------
    >>> follow_up([2, 4, 6, 8], [1, 0, 0, 0]).value
    6.0
    """
    times, events = survival_arrays(time, event)
    return median(
        times,
        1 - events,
        entry=entry,
        weights=weights,
        cluster=cluster,
        robust=robust,
        level=level,
        scale=scale,
    )


def median_set(
    time: ArrayLike, event: ArrayLike, *, level: float = 0.95, scale: Scale = PLAIN
) -> MedianSet:
    """Return the median and its Brookmeyer-Crowley interval as MedCalc prints them.

    MedCalc's median is the first time at which survival is at most 1/2 (`first`); its limits
    are the first and last event time at which survival lies within z standard errors of 1/2.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    level : float, optional
        Confidence level, in (0, 1).
    scale : Scale, optional
        `PLAIN` for ``(S(t) - 1/2)^2 <= z^2 Var S(t)``, `LOG` or `LOG_LOG`.

    Returns
    -------
    MedianSet
        In the unit of `time`.

    Raises
    ------
    InputError
        If an array or the level is not valid.

    Notes
    -----
    Brookmeyer and Crowley (1982), Biometrics 38, 29-41, doi:10.2307/2530286; Klein and
    Moeschberger (2003), Survival Analysis, 2nd edition, section 4.5. Where the estimate is
    0 Greenwood's variance is undefined and the test can't refuse that time; it is kept unless
    an earlier one was refused for too low a survival.

    That MedCalc's limits are such event times, on the log-log scale, is inferred from a paper
    (doi:10.3390/jpm14080805, section 3.2): 12.3 (7.3 to 12.7) for three patients of whom
    each must have had the event, and 31.6 (7.3 to 31.6) for nine patients among whom those
    three are. On the plain scale 7.3 can't be a limit for the nine: with a first event
    at n at risk it is one only for n up to 5, on the log-log scale for n up to 10.

    Examples
    --------
    >>> interval = median_set([7.3, 12.3, 12.7], [1, 1, 1])
    >>> interval.first, interval.lower, interval.upper
    (12.3, 7.3, 12.7)
    """
    z = quantile_of(level)
    table = risk_sets(*survival_arrays(time, event))
    survival, variance = table.product_limit()
    distance = scale.distance(table.events[:, 0], survival, variance)
    return MedianSet(
        *median_times(table.times, survival),
        *median_limits(table.times, table.events[:, 0], distance, z),
    )


def _first(times: np.ndarray, reached: np.ndarray) -> float:
    return float(times[np.argmax(reached)]) if reached.any() else np.inf
