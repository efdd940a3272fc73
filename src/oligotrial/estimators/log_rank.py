"""The log-rank test of any number of groups, stratified or not, weighted or not."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import entry_array, numbered, risk_sets, survival_arrays
from oligotrial.estimators.log_rank_influence import clustered_covariance, score_influence
from oligotrial.estimators.patient_weight import weighting
from oligotrial.estimators.score_kernels import fill_weighted_score, quadratic_form
from oligotrial.estimators.weight import EVEN, Weight

__all__ = ["LogRank", "Trend", "log_rank", "log_rank_trend"]


@dataclass(frozen=True)
class LogRank:
    """A log-rank test.

    Parameters
    ----------
    chi_squared : float
        The statistic.
    df : int
        Degrees of freedom: the rank of the covariance.
    p : float
        Probability of a statistic at least as large if the curves are equal; NaN with 0
        degrees of freedom.
    groups : tuple
        The groups, sorted.
    observed, expected : tuple of float
        Events of each group, seen and expected if the curves are equal. Where times or patients
        have weights they are sums of these, as in R's ``survdiff(rho = 1)``.
    """

    chi_squared: float
    df: int
    p: float
    groups: tuple[Hashable, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True)
class Trend:
    """A log-rank test for trend.

    Parameters
    ----------
    z : float
        The statistic: positive where groups of high score have more events than expected.
    chi_squared : float
        Its square, with one degree of freedom.
    p : float
        Two-sided; NaN where there is no variance.
    scores : dict
        The score of each group.
    """

    z: float
    chi_squared: float
    p: float
    scores: dict[Hashable, float]


@dataclass(frozen=True)
class _Sums:
    groups: list[Hashable]
    observed: np.ndarray
    score: np.ndarray
    covariance: np.ndarray


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weight: Weight = EVEN,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
) -> LogRank:
    """Test whether groups have the same survival curve.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    group : array_like
        Shape (patient,): the group, any sortable value.
    stratum : array_like, optional
        Shape (patient,): scores and covariances are summed over strata; one stratum when
        left out.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    weight : Weight, optional
        How much each time counts: `FlemingHarrington`, `GEHAN`, `TARONE_WARE` or `PETO_PETO`; all
        count the same when left out. These weights are made in each stratum.
    weights, cluster, robust : optional
        Patients' weights, as for `kaplan_meier`.

    Returns
    -------
    LogRank
        Chi-squared, degrees of freedom and p.

    Raises
    ------
    InputError
        If an array is not valid or not as long as `time`.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, sections 7.3 and 7.5; R's
    ``survdiff(Surv(time, event) ~ group + strata(stratum))``. With one group, or no event while two
    are at risk, there is nothing to compare: 0 degrees of freedom, and p is NaN.

    R's ``survdiff`` takes no patients' weights. Where they are counts the test is that of so many
    patients. Robust, it is the score test of a Cox regression on the groups (Lin and Wei 1989,
    doi:10.1080/01621459.1989.10478874; Breslow's ties): `rscore` of R's ``coxph(..., weights,
    cluster)``.

    Examples
    --------
    >>> test = log_rank([1, 2, 3, 4], [1, 1, 1, 1], group=["a", "a", "b", "b"])
    >>> round(test.chi_squared, 4), test.df
    (2.8824, 1)
    """
    sums = _sums(time, event, group, stratum, entry, weight, (weights, cluster, robust))
    chi_squared, df = quadratic_form(sums.score.copy(), sums.covariance.copy())
    return LogRank(
        chi_squared,
        df,
        float(chi2.sf(chi_squared, df)) if df else float("nan"),
        tuple(sums.groups),
        tuple(sums.observed.tolist()),
        tuple((sums.observed - sums.score).tolist()),
    )


def log_rank_trend(
    time: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike,
    scores: Mapping[Hashable, float] | None = None,
    stratum: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weight: Weight = EVEN,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
) -> Trend:
    """Test whether survival goes up or down along ordered groups.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    group : array_like
        Shape (patient,): the group.
    scores : mapping, optional
        The score of each group, which says the order and the spacing, for example the middle of a
        dose group. When left out, 1, 2, ... in the order of groups that are numbers.
    stratum, entry : array_like, optional
        Shape (patient,): as for `log_rank`.
    weight : Weight, optional
        As for `log_rank`.
    weights, cluster, robust : optional
        Patients' weights, as for `log_rank`.

    Returns
    -------
    Trend
        The statistic and p.

    Raises
    ------
    InputError
        If an array is not valid, the groups are words and have no scores, or a group has none.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equation 7.4.2.

    Examples
    --------
    >>> round(log_rank_trend([4, 3, 2, 1], [1, 1, 1, 1], group=[1, 1, 2, 3]).z, 3)
    2.01
    """
    sums = _sums(time, event, group, stratum, entry, weight, (weights, cluster, robust))
    scores = _scores(sums.groups, scores)
    values = np.array(list(scores.values()))
    values = values - values.mean()  # a shift changes nothing but the rounding
    variance = float(values @ sums.covariance @ values)
    largest = float((values**2).max() * np.diag(sums.covariance).max())
    z = float(values @ sums.score) / variance**0.5 if variance > 1e-12 * largest else float("nan")
    return Trend(z, z * z, float(2.0 * norm.sf(abs(z))), scores)


def _sums(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None,
    entry: ArrayLike | None,
    weight: Weight,
    patients: tuple[ArrayLike | None, ArrayLike | None, bool | None],
) -> _Sums:
    if not hasattr(weight, "weights"):
        raise InputError(
            f"{type(weight).__name__} is no weight of event times, such as GEHAN; patients' own "
            "weights go into 'weights'",
            where="weight",
        )
    times, events = survival_arrays(time, event)
    rows = weighting(patients[0], len(times), cluster=patients[1], robust=patients[2])
    if rows.cluster is None and rows.fractional:
        raise InputError(
            "the weights are not counts, of which there is no hypergeometric variance; leave out "
            "robust=False, for the robust test",
            where="robust",
        )
    entries = entry_array(entry, times)
    names, groups = numbered(group, len(times), "group")
    strata = np.zeros(len(times), dtype=np.int64)
    if stratum is not None:
        strata = numbered(stratum, len(times), "stratum")[1]
    observed, score = np.zeros(len(names)), np.zeros(len(names))
    covariance = np.zeros((len(names), len(names)))
    influence = np.zeros((len(times), len(names)))
    for member in range(int(strata.max()) + 1):
        inside = strata == member
        late = None if entries is None else entries[inside]
        part = rows.among(inside)
        table = risk_sets(
            times[inside], events[inside], groups[inside], entry=late, weight=part.weight
        )
        weights = weight.weights(table.at_risk.sum(axis=1), table.events.sum(axis=1))
        if part.cluster is not None:
            influence[inside] = score_influence(
                table, weights, (times[inside], events[inside], groups[inside], late), len(names)
            )
        present = table.at_risk.shape[1]
        observed[:present] += weights @ table.events
        fill_weighted_score(
            table.at_risk,
            table.events,
            weights,
            score[:present],
            covariance[:present, :present],
        )
    if rows.cluster is not None:
        covariance = clustered_covariance(rows.of(len(times))[:, None] * influence, rows.cluster)
    return _Sums(names, observed, score, covariance)


def _scores(
    groups: list[Hashable], scores: Mapping[Hashable, float] | None
) -> dict[Hashable, float]:
    if scores is None:
        if any(isinstance(group, str) for group in groups):
            raise InputError(
                "groups that are words have no order; give a score to each, as in "
                f"scores={dict(zip(groups, range(1, len(groups) + 1), strict=True))}",
                where="scores",
            )
        return {group: float(place) for place, group in enumerate(groups, start=1)}
    lacking = [group for group in groups if group not in scores]
    if lacking:
        raise InputError(f"group {lacking[0]!r} has no score; give it one", where="scores")
    values = {group: float(scores[group]) for group in groups}
    bad = [group for group, value in values.items() if not np.isfinite(value)]
    if bad:
        raise InputError(f"group {bad[0]!r} has no finite score; give it one", where="scores")
    return values
