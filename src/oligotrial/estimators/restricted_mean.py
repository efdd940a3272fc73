"""The restricted mean: the area under a Kaplan-Meier curve up to a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial import checks
from oligotrial.estimators.arrays import entry_array, survival_arrays
from oligotrial.estimators.influence import robust_variances
from oligotrial.estimators.kaplan_meier import KaplanMeier, kaplan_meier
from oligotrial.estimators.kernels import mean_until
from oligotrial.estimators.patient_weight import Weighting, weighting
from oligotrial.estimators.scale import quantile_of

__all__ = ["Followed", "RestrictedMean", "restricted_mean"]


@dataclass(frozen=True)
class RestrictedMean:
    """A restricted mean with its standard error and normal limits.

    Parameters
    ----------
    value, std_error, lower, upper : float
        In the unit of the times.
    until : float
        Where the area ends.
    """

    value: float
    std_error: float
    lower: float
    upper: float
    until: float


def restricted_mean(
    time: ArrayLike,
    event: ArrayLike,
    *,
    until: float | None = None,
    entry: ArrayLike | None = None,
    after: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    level: float = 0.95,
) -> RestrictedMean:
    """Return the mean time free of the event, restricted to a time.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    until : float, optional
        Where the area under the curve ends, in the unit of `time`; the largest time
        observed when left out, as MedCalc's "mean survival". Beyond the largest time the
        curve is held at its last value, as R does.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    after : float, optional
        The mean is that of patients free of the event just before this time, counted from 0.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    RestrictedMean
        The mean, its standard error and limits.

    Raises
    ------
    InputError
        If an array, `until`, `after` or the level is not valid.

    See Also
    --------
    group_restricted_means : The means of groups, and where their areas end.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 4.5.1 and 4.5.2;
    R's ``print(survfit(...), rmean = until)``. That takes weights for counts even where the
    curve's errors are robust; robust errors here are those of R's
    ``residuals(fit, times = until, type = "rmst", weighted = TRUE)``.

    Examples
    --------
    >>> restricted_mean([2, 4, 6], [1, 1, 1]).value
    4.0
    """
    followed = _follow(time, event, entry, weights, cluster, robust, after)
    end = followed.curve.longest if until is None else checks.positive(until, "until")
    return followed.mean(end, quantile_of(level))


@dataclass(frozen=True)
class Followed:
    """A curve with its patients, of whom a robust variance is made.

    Parameters
    ----------
    curve : KaplanMeier
        The estimate.
    time, event : numpy.ndarray
        Shape (patient,).
    entry : numpy.ndarray or None
        Shape (patient,), as `entry_array` returns it.
    rows : Weighting
        Of the patients.
    """

    curve: KaplanMeier
    time: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None
    rows: Weighting

    def mean(self, end: float, z: float) -> RestrictedMean:
        """Return the mean up to a time, with limits z standard errors away."""
        curve = self.curve
        value, variance = mean_until(curve.time, curve.at_risk, curve.events, curve.survival, end)
        if self.rows.cluster is not None:
            variance = robust_variances(
                curve.time,
                curve.at_risk,
                curve.events[:, None],
                time=self.time,
                cause=self.event - 1,
                entry=self.entry,
                weight=self.rows.of(len(self.time)),
                cluster=self.rows.cluster,
                until=end,
            )[2]
        error = float(np.sqrt(variance))
        return RestrictedMean(value, error, value - z * error, value + z * error, float(end))


def _follow(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    robust: bool | None,
    after: float,
) -> Followed:
    times, events = survival_arrays(time, event)
    rows = weighting(weights, len(times), cluster=cluster, robust=robust)
    curve = kaplan_meier(times, events, entry=entry, after=after, weights=rows.weight, robust=False)
    return Followed(curve, times, events, entry_array(entry, times), rows)
