"""Gray's test of whether groups have the same cumulative incidence of one cause."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from oligotrial import checks
from oligotrial.estimators.arrays import entry_array, numbered, risk_sets, time_array
from oligotrial.estimators.cumulative_incidence import cause_numbers, place_of
from oligotrial.estimators.observation import not_exhausted
from oligotrial.estimators.score_kernels import quadratic_form

__all__ = ["Gray", "gray_test"]


@dataclass(frozen=True)
class Gray:
    """Gray's test.

    Parameters
    ----------
    cause : hashable
        The cause whose incidence is compared.
    chi_squared : float
        The statistic.
    df : int
        Degrees of freedom: the rank of the covariance.
    p : float
        Probability of a statistic at least as large if the incidences are equal; NaN with 0
        degrees of freedom.
    groups : tuple
        The groups, sorted.
    """

    cause: Hashable
    chi_squared: float
    df: int
    p: float
    groups: tuple[Hashable, ...]


@dataclass(frozen=True)
class _Table:
    """Counts of a stratum: `at_risk`, `of_cause` and `of_others`, shape (row, group)."""

    at_risk: np.ndarray
    of_cause: np.ndarray
    of_others: np.ndarray

    def survival(self) -> tuple[np.ndarray, np.ndarray]:
        """Return each group's proportion free of every event before and after each time."""
        events = self.of_cause + self.of_others
        after = np.cumprod(1.0 - _ratio(events, self.at_risk), axis=0)
        return _before(after, 1.0), after

    def incidence_before(self, free_before: np.ndarray) -> np.ndarray:
        """Return each group's incidence of the cause before each time."""
        steps = free_before * _ratio(self.of_cause, self.at_risk)
        return _before(np.cumsum(steps, axis=0), 0.0)


def gray_test(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    of: Hashable,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    censored: Hashable = 0,
    entry: ArrayLike | None = None,
    rho: float = 0.0,
) -> Gray:
    """Test whether groups have the same cumulative incidence of a cause.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the first event or to censoring, at least 0.
    cause : array_like
        Shape (patient,): what the event was, as numbers or words.
    of : hashable
        The cause of interest.
    group : array_like
        Shape (patient,): the group, any sortable value.
    stratum : array_like, optional
        Shape (patient,): scores and covariances are summed over strata; one when left out.
    censored : hashable, optional
        The value of `cause` for patients without an event.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    rho : float, optional
        Weights are the ``rho`` power of 1 minus the incidence in all groups: above 0 early
        differences weigh more.

    Returns
    -------
    Gray
        Chi-squared, degrees of freedom and p.

    Raises
    ------
    InputError
        If an array is not valid, `rho` is negative, no patient has the cause, or all at risk in a
        group had an event at a time beyond which others of it are followed.

    Notes
    -----
    Gray (1988), Annals of Statistics 16, 1141-1154, doi:10.1214/aos/1176350951, with the
    corrections for ties of R's ``cmprsk::cuminc``, which has no delayed entry. Gray's risk set of a
    group is its number at risk Y times ``(1 - F(t-)) / S(t-)``, with F the cause's incidence and S
    the proportion free of every event in the group. That holds for any Y of which the hazards are
    those of the counting processes, late entry included; Geskus (2011, section 3.2,
    doi:10.1111/j.1541-0420.2010.01420.x) shows it to be the same risk set as that of his weights.
    Without late entry the test is cmprsk's. `fine_gray` takes patients' weights and clusters.

    The log-rank test of `cause_specific` events asks another question: whether the rates among
    patients still free of every event differ.

    Examples
    --------
    >>> test = gray_test([1, 2, 3, 4, 5, 6], [1, 2, 1, 1, 0, 2], of=1, group=[0, 0, 0, 1, 1, 1])
    >>> round(test.chi_squared, 3), test.df
    (2.165, 1)
    """
    times = time_array(time)
    causes, numbers = cause_numbers(cause, len(times), censored)
    mine = place_of(of, causes)
    names, groups = numbered(group, len(times), "group")
    strata = np.zeros(len(times), dtype=np.int64)
    if stratum is not None:
        strata = numbered(stratum, len(times), "stratum")[1]
    checks.non_negative(rho, "rho")
    entries = entry_array(entry, times)
    score, covariance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for member in range(int(strata.max()) + 1):
        inside = strata == member
        kind = np.where(numbers < 0, 0, np.where(numbers == mine, 1, 2))[inside]
        late = None if entries is None else entries[inside]
        table = _table(times[inside], kind, groups[inside], late, len(names))
        part, spread = _score(table, rho)
        score += part
        covariance += spread
    chi_squared, df = quadratic_form(score, covariance)
    p = float(chi2.sf(chi_squared, df)) if df else float("nan")
    return Gray(of, chi_squared, df, p, tuple(names))


def _table(
    time: np.ndarray, kind: np.ndarray, group: np.ndarray, entry: np.ndarray | None, groups: int
) -> _Table:
    sets = risk_sets(time, (kind > 0).astype(np.int64), group, entry=entry)
    shape = (len(sets.times), groups)
    at_risk, of_cause, of_others = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    at_risk[:, : sets.at_risk.shape[1]] = sets.at_risk
    for counts, which in ((of_cause, 1), (of_others, 2)):
        mine = kind == which
        np.add.at(counts, (np.searchsorted(sets.times, time[mine]), group[mine]), 1.0)
    table = _Table(at_risk, of_cause, of_others)
    free = table.survival()[1]
    for member in np.unique(group):
        not_exhausted(sets.times, free[:, member], float(time[group == member].max()))
    return table


def _score(table: _Table, rho: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of each group and the scores' covariance.

    `presence` is a group's number at risk divided by its survival before the time: h in the paper.
    A group's estimated subdistribution hazard is compared with that of all, and the score's noise
    is that of each group's events of the cause and of other causes, through the incidence.
    """
    before, after = table.survival()
    presence = _ratio(table.at_risk, before)
    total = presence.sum(axis=1)
    deaths = table.of_cause.sum(axis=1)
    everyone = np.cumsum(_ratio(deaths, total))
    left = np.maximum(1.0 - _before(everyone, 0.0), 0.0)
    weight = left**rho
    staying = presence * (1.0 - table.incidence_before(before))
    expected = deaths[:, None] * _ratio(staying, staying.sum(axis=1)[:, None])
    score = (weight[:, None] * (table.of_cause - expected)).sum(axis=0)

    share = _ratio(presence, total[:, None])
    eye = np.eye(share.shape[1])
    direct = weight[:, None, None] * presence[:, :, None] * (eye - share[:, None, :])
    rate = _ratio(deaths, total * left)
    past = np.cumsum(direct * rate[:, None, None], axis=0)
    later = past[-1:] - past if len(past) else past
    through = _ratio((1.0 - everyone)[:, None], after)
    own = np.where(after > 0.0, 1.0 - through, 1.0)
    paths = direct + own[:, None, :] * later
    covariance = _outer(paths, _noise_of_cause(table, before, total, deaths))
    paths = through[:, None, :] * later
    return score, covariance + _outer(paths, _noise_of_others(table, before, after))


def _noise_of_cause(
    table: _Table, before: np.ndarray, total: np.ndarray, deaths: np.ndarray
) -> np.ndarray:
    # Events of the cause are taken to be as frequent in each group as in all: the null hypothesis.
    pooled = total[:, None] * before
    ties = np.where(deaths[:, None] > 1.0, 1.0 - _ratio(deaths[:, None] - 1.0, pooled - 1.0), 1.0)
    noise: np.ndarray = ties * before * _ratio(deaths[:, None], total[:, None] * table.at_risk)
    return noise


def _noise_of_others(table: _Table, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    others = table.of_others
    ties = np.where(others > 1.0, 1.0 - _ratio(others - 1.0, table.at_risk - 1.0), 1.0)
    noise: np.ndarray = ties * before**2 * _ratio(others, table.at_risk**2)
    return np.where(after > 0.0, noise, 0.0)


def _outer(paths: np.ndarray, noise: np.ndarray) -> np.ndarray:
    total: np.ndarray = np.einsum("rik,rjk,rk->ij", paths, paths, noise)
    return total


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return a ratio, 0 where its denominator is 0: a group that is gone counts for nothing."""
    ratio = np.zeros(np.broadcast_shapes(top.shape, bottom.shape))
    np.divide(top, bottom, out=ratio, where=bottom != 0.0)
    return ratio


def _before(after: np.ndarray, start: float) -> np.ndarray:
    return np.concatenate([np.full((1, *after.shape[1:]), start), after[:-1]])[: len(after)]
