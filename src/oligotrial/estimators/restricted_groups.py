"""Restricted means of groups: where their areas end, and how those of two compare."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from oligotrial import checks
from oligotrial.checks import InputError
from oligotrial.estimators.arrays import entry_array, numbered, survival_arrays
from oligotrial.estimators.kaplan_meier import kaplan_meier
from oligotrial.estimators.patient_weight import weighting
from oligotrial.estimators.restricted_mean import Followed, RestrictedMean
from oligotrial.estimators.scale import quantile_of

__all__ = [
    "COMMON",
    "INDIVIDUAL",
    "Comparison",
    "RestrictedMeans",
    "Restriction",
    "compare_restricted_means",
    "group_restricted_means",
]


@dataclass(frozen=True)
class Restriction:
    """Where the areas under several groups' curves end.

    Parameters
    ----------
    name : str
        What R's ``rmean`` calls it.
    ends : callable
        The time of each group, from the largest time observed in each.
    """

    name: str
    ends: Callable[[Sequence[float]], list[float]] = field(repr=False)


def _common(longest: Sequence[float]) -> list[float]:
    return [max(longest)] * len(longest)


COMMON: Final = Restriction("common", _common)
"""All end at the largest time of all groups."""

INDIVIDUAL: Final = Restriction("individual", list)
"""Each ends at the group's own largest time."""


@dataclass(frozen=True)
class Comparison:
    """A comparison of two groups.

    Parameters
    ----------
    value, lower, upper : float
        The estimate and its limits.
    p : float
        Two-sided, of no difference; NaN where the standard error and the difference are 0.
    """

    value: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class RestrictedMeans:
    """The restricted means of two groups and how they compare.

    Parameters
    ----------
    groups : tuple
        The two groups, sorted.
    means : tuple of RestrictedMean
        Of the first and the second.
    difference, ratio : Comparison
        The second minus, and divided by, the first. The ratio's limits are symmetric in its
        logarithm; NaN throughout if a mean is 0.
    """

    groups: tuple[Hashable, Hashable]
    means: tuple[RestrictedMean, RestrictedMean]
    difference: Comparison
    ratio: Comparison


def compare_restricted_means(
    time: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike,
    until: float | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    robust: bool | None = None,
    level: float = 0.95,
) -> RestrictedMeans:
    """Compare the mean times free of the event of two groups, restricted to a time.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    group : array_like
        Shape (patient,): two groups, of any sortable values.
    until : float, optional
        Where the areas under both curves end, in the unit of `time`. When left out, the smaller of
        the groups' largest times.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    weights, robust : optional
        As for `kaplan_meier`.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    RestrictedMeans
        Both means, their difference and their ratio.

    Raises
    ------
    InputError
        If an array or the level is not valid, there aren't two groups, or a curve ends before
        `until` without having come down to 0.

    Notes
    -----
    Uno et al. (2014), Journal of Clinical Oncology 32, 2380-2385, doi:10.1200/JCO.2014.55.2208; as
    R's ``survRM2::rmst2`` without covariates. The groups are independent: the variance of the
    difference is the sum of both, that of the log ratio the sum of both relative ones.

    Examples
    --------
    >>> means = compare_restricted_means([1, 2, 3, 4], [1, 1, 1, 1], group=[0, 0, 1, 1], until=3)
    >>> means.difference.value, means.ratio.value
    (1.5, 2.0)
    """
    z = quantile_of(level)
    names, found = _groups(time, event, group, entry, weights, None, robust)
    if len(names) != 2:
        raise InputError(f"there are {len(names)} groups; give two", where="group")
    curves = [each.curve for each in found]
    end = min(c.longest for c in curves) if until is None else checks.positive(until, "until")
    for name, curve in zip(names, curves, strict=True):
        if np.isnan(curve.at(end)):
            raise InputError(
                f"the curve of group {name!r} ends at {curve.longest:g}, above 0; give a time of "
                "at most that",
                where="until",
            )
    first, second = (each.mean(end, z) for each in found)
    return RestrictedMeans(
        (names[0], names[1]),
        (first, second),
        _difference(first, second, z),
        _ratio(first, second, z),
    )


def group_restricted_means(
    time: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike,
    until: Restriction | float = COMMON,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    level: float = 0.95,
) -> dict[Hashable, RestrictedMean]:
    """Return the mean time free of the event of each group, restricted to a stated time.

    Where the areas end matters: a mean restricted to a longer time is a larger one.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    group : array_like
        Shape (patient,): the group, any sortable value.
    until : Restriction or float, optional
        `COMMON` for the largest time of all groups, up to which a shorter curve is held at its
        last value (R's ``rmean = "common"``, and its default for printed means);
        `INDIVIDUAL` for each group's own largest time (R's ``rmean = "individual"``), which makes
        means that can't be compared; or a time.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    dict of RestrictedMean
        One a group, in sorted order; `until` says where each ends.

    Raises
    ------
    InputError
        If an array, `until` or the level is not valid.

    See Also
    --------
    compare_restricted_means : Two groups, refused where a curve has to be held.

    Notes
    -----
    R's ``print(survfit(Surv(time, event) ~ group), rmean)``.

    Examples
    --------
    >>> means = group_restricted_means([2, 4, 6, 8], [1, 0, 1, 1], group=["a", "a", "b", "b"])
    >>> means["a"].value, means["a"].until
    (5.0, 8.0)
    >>> means = group_restricted_means([2, 4, 6, 8], [1, 0, 1, 1], group=["a", "a", "b", "b"],
    ...                                until=INDIVIDUAL)
    >>> means["a"].value, means["a"].until
    (3.0, 4.0)
    """
    z = quantile_of(level)
    names, found = _groups(time, event, group, entry, weights, cluster, robust)
    longest = [each.curve.longest for each in found]
    ends = (
        until.ends(longest)
        if isinstance(until, Restriction)
        else [checks.positive(until, "until")] * len(found)
    )
    return {name: each.mean(end, z) for name, each, end in zip(names, found, ends, strict=True)}


def _groups(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    robust: bool | None,
) -> tuple[list[Hashable], list[Followed]]:
    times, events = survival_arrays(time, event)
    entries = entry_array(entry, times)
    rows = weighting(weights, len(times), cluster=cluster, robust=robust)
    names, members = numbered(group, len(times), "group")
    found = []
    for member in range(len(names)):
        inside = members == member
        part = rows.among(inside)
        late = None if entries is None else entries[inside]
        given = None if late is None else np.maximum(late, 0.0)
        curve = kaplan_meier(
            times[inside], events[inside], entry=given, weights=part.weight, robust=False
        )
        found.append(Followed(curve, times[inside], events[inside], late, part))
    return names, found


def _difference(first: RestrictedMean, second: RestrictedMean, z: float) -> Comparison:
    value, error = second.value - first.value, float(np.hypot(first.std_error, second.std_error))
    return Comparison(value, value - z * error, value + z * error, _p(value, error))


def _ratio(first: RestrictedMean, second: RestrictedMean, z: float) -> Comparison:
    if min(first.value, second.value) <= 0.0:
        return Comparison(np.nan, np.nan, np.nan, np.nan)
    log_ratio = float(np.log(second.value / first.value))
    error = float(np.hypot(first.std_error / first.value, second.std_error / second.value))
    lower, upper = np.exp([log_ratio - z * error, log_ratio + z * error]).tolist()
    return Comparison(second.value / first.value, lower, upper, _p(log_ratio, error))


def _p(value: float, error: float) -> float:
    if error == 0.0:
        return float("nan") if value == 0.0 else 0.0
    return float(2.0 * norm.sf(abs(value) / error))
