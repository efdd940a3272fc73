"""The log-rank test of any number of groups, stratified or not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import risk_sets, survival_arrays
from oligotrial.estimators.kernels import fill_score, quadratic_form

__all__ = ["LogRank", "log_rank"]


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
        Events of each group, seen and expected if the curves are equal.
    """

    chi_squared: float
    df: int
    p: float
    groups: tuple[object, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def log_rank(
    time: ArrayLike, event: ArrayLike, *, group: ArrayLike, stratum: ArrayLike | None = None
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
    ``survdiff(Surv(time, event) ~ group + strata(stratum))``.

    Examples
    --------
    >>> test = log_rank([1, 2, 3, 4], [1, 1, 1, 1], group=["a", "a", "b", "b"])
    >>> round(test.chi_squared, 4), test.df
    (2.8824, 1)
    """
    times, events = survival_arrays(time, event)
    names, groups = _numbered(group, len(times), "group")
    strata = np.zeros(len(times), dtype=np.int64)
    if stratum is not None:
        strata = _numbered(stratum, len(times), "stratum")[1]
    score, covariance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for member in range(int(strata.max()) + 1):
        inside = strata == member
        table = risk_sets(times[inside], events[inside], groups[inside])
        _add_score(table.at_risk, table.events, score, covariance)
    observed = np.bincount(groups, weights=events, minlength=len(names))
    expected = observed - score
    chi_squared, df = quadratic_form(score.copy(), covariance.copy())
    p = float(chi2.sf(chi_squared, df)) if df else float("nan")
    return LogRank(
        chi_squared, df, p, tuple(names), tuple(observed.tolist()), tuple(expected.tolist())
    )


def _add_score(
    at_risk: np.ndarray, events: np.ndarray, score: np.ndarray, covariance: np.ndarray
) -> None:
    present = at_risk.shape[1]
    fill_score(at_risk, events, score[:present], covariance[:present, :present])


def _numbered(values: ArrayLike, patients: int, name: str) -> tuple[list[object], np.ndarray]:
    array = np.asarray(values)
    if array.shape != (patients,):
        raise InputError(f"{array.size} values for {patients} times; give one a time", where=name)
    names, numbers = np.unique(array, return_inverse=True)
    return names.tolist(), numbers.astype(np.int64)
