"""The restricted mean: the area under a Kaplan-Meier curve up to a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from oligotrial import checks
from oligotrial.estimators.arrays import risk_sets, survival_arrays
from oligotrial.estimators.kernels import mean_until

__all__ = ["RestrictedMean", "restricted_mean"]


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
    time: ArrayLike, event: ArrayLike, *, until: float | None = None, level: float = 0.95
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
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    RestrictedMean
        The mean, its standard error and limits.

    Raises
    ------
    InputError
        If an array, `until` or the level is not valid.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 4.5.1 and 4.5.2;
    R's ``print(survfit(...), rmean = until)``.

    Examples
    --------
    >>> restricted_mean([2, 4, 6], [1, 1, 1]).value
    4.0
    """
    z = norm.isf((1.0 - checks.probability(level, "level")) / 2.0)
    times, events = survival_arrays(time, event)
    end = float(times.max()) if until is None else checks.positive(until, "until")
    table = risk_sets(times, events)
    survival, _ = table.product_limit()
    value, variance = mean_until(
        table.times, table.at_risk[:, 0], table.events[:, 0], survival, end
    )
    error = float(np.sqrt(variance))
    return RestrictedMean(value, error, value - z * error, value + z * error, end)
