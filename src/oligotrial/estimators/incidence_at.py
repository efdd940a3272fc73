"""The cumulative incidence of one cause at a time, with limits."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial import checks
from oligotrial.estimators.cumulative_incidence import cumulative_incidence, place_of
from oligotrial.estimators.incidence_variance import GREENWOOD, IncidenceVariance
from oligotrial.estimators.scale import PLAIN, Scale

__all__ = ["Incidence", "incidence_at"]


@dataclass(frozen=True)
class Incidence:
    """The proportion that has had the event of a cause by a time.

    Parameters
    ----------
    cause : hashable
        The cause.
    time : float
        The time.
    value, std_error : float
        The Aalen-Johansen estimate and its standard error.
    lower, upper : float
        Confidence limits, within 0 and 1; NaN where the scale leaves them undefined.
    """

    cause: Hashable
    time: float
    value: float
    std_error: float
    lower: float
    upper: float


def incidence_at(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    of: Hashable,
    at: float,
    censored: Hashable = 0,
    entry: ArrayLike | None = None,
    after: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    variance: IncidenceVariance = GREENWOOD,
    level: float = 0.95,
    scale: Scale = PLAIN,
) -> Incidence:
    """Return the cumulative incidence of a cause at a time, with limits.

    Parameters
    ----------
    time, cause : array_like
        Shape (patient,): as for `cumulative_incidence`.
    of : hashable
        The cause of interest.
    at : float
        The time asked for, in the unit of `time`.
    censored : hashable, optional
        The value of `cause` for patients without an event.
    entry, after : optional
        As for `cumulative_incidence`.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    variance : IncidenceVariance, optional
        As for `cumulative_incidence`.
    level : float, optional
        Confidence level, in (0, 1).
    scale : Scale, optional
        `PLAIN`, `LOG` (R's default) or `LOG_LOG`, of the incidence itself.

    Returns
    -------
    Incidence
        NaN throughout where `at` is beyond the largest observed time and some are left free of
        every event.

    Raises
    ------
    InputError
        As `cumulative_incidence`, or if `at`, the level or the cause is not valid.

    Examples
    --------
    >>> found = incidence_at([1, 2, 3, 4], ["local", "death", "none", "local"], of="local",
    ...                      censored="none", at=2)
    >>> found.value
    0.25
    """
    curves = cumulative_incidence(
        time,
        cause,
        censored=censored,
        entry=entry,
        after=after,
        weights=weights,
        cluster=cluster,
        robust=robust,
        variance=variance,
    )
    column = place_of(of, list(curves.causes))
    value = curves.at(checks.non_negative(at, "at"))[column]
    error = curves.std_error_at(at)[column]
    lower, upper = scale.limits(np.asarray(value), np.asarray(error), level=level)
    return Incidence(of, float(at), float(value), float(error), float(lower), float(upper))
