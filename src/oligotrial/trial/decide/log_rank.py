"""Tests of the log-rank family: even, weighted, and the best of several weights."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.trial.decide.analysis import FIRST_COLUMNS, LOG_HAZARD_RATIO
from oligotrial.trial.decide.success import OneSidedTest
from oligotrial.trial.decide.weights import TimeWeight, weight_words

__all__ = ["LogRank", "MaxCombo", "WeightedLogRank"]

_MOST, _MOST_EXACT = 10, 4  # weights of a MaxCombo


@dataclass(frozen=True)
class LogRank(OneSidedTest):
    """The log-rank test, one-sided in favour of the experimental arm.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    stratified : bool, optional
        Whether the test is stratified by the factors that stratify randomisation.

    Raises
    ------
    InputError
        If `alpha` is not between 0 and 1.

    Notes
    -----
    The statistic is minus the score over the square root of its variance; the estimate is the
    one-step log hazard ratio, score over variance, whose standard error is 1 over the square
    root of the variance. Klein and Moeschberger (2003), Survival Analysis, 2nd edition, sections
    7.3 and 7.5.

    Examples
    --------
    >>> bool(LogRank(0.10).succeeds(score=-6.0, variance=20.0))
    True
    """

    alpha: float
    stratified: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Statistic, one-step estimate, standard error."""
        return FIRST_COLUMNS

    @property
    def critical(self) -> float:
        """Standardised score at or below which the trial succeeds."""
        return float(norm.ppf(self.alpha))

    @property
    def measure(self) -> str:
        """The log hazard ratio."""
        return LOG_HAZARD_RATIO

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        return f"{_kind(self.stratified)} log-rank test, one-sided at {self.alpha:g}"

    def succeeds(self, score: np.ndarray | float, variance: np.ndarray | float) -> np.ndarray:
        """Tell whether the experimental arm is declared better.

        Parameters
        ----------
        score : numpy.ndarray or float
            Observed minus expected events in the experimental arm.
        variance : numpy.ndarray or float
            Variance of the score; 0 (no information) is never a success.

        Returns
        -------
        numpy.ndarray of bool
            One decision a trial.
        """
        informative = np.asarray(variance) > 0
        z = np.where(informative, score, 0.0) / np.sqrt(np.where(informative, variance, 1.0))
        return np.asarray(informative & (z <= self.critical))


@dataclass(frozen=True)
class WeightedLogRank(OneSidedTest):
    """A weighted log-rank test, one-sided in favour of the experimental arm.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    weight : FlemingHarrington, ModestWeight or StepWeight
        What an event counts, by its time or by survival until then.
    stratified : bool, optional
        Whether scores are summed over strata; weights then are made in each stratum.

    Raises
    ------
    InputError
        If `alpha` is not between 0 and 1.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, equations 7.3.8 and 7.3.9. The
    estimate is the weighted score over its weighted information, ``sum w v``, where v is the
    hypergeometric variance: the one-step estimate of a log hazard ratio that is weighted
    likewise; its standard error is ``sqrt(sum w^2 v) / sum w v``.

    Examples
    --------
    >>> WeightedLogRank(0.025, FlemingHarrington(0.0, 1.0)).words
    'stratified log-rank test with Fleming-Harrington weights (rho 0, gamma 1), one-sided at 0.025'
    """

    alpha: float
    weight: TimeWeight
    stratified: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Statistic, weighted estimate, standard error."""
        return FIRST_COLUMNS

    @property
    def measure(self) -> str:
        """The log hazard ratio, weighted by time."""
        return f"weighted {LOG_HAZARD_RATIO}"

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        kind = f"{_kind(self.stratified)} log-rank test with {weight_words(self.weight)}"
        return f"{kind}, one-sided at {self.alpha:g}"


@dataclass(frozen=True)
class MaxCombo(OneSidedTest):
    """The largest of several weighted log-rank statistics, one-sided, by their joint normal law.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    weights : tuple, optional
        Two to ten weights; even, early, late and middle ones when left out.
    stratified : bool, optional
        Whether scores are summed over strata; weights then are made in each stratum.

    Raises
    ------
    InputError
        If `alpha` is not between 0 and 1, or there aren't two to ten weights, all different.

    Notes
    -----
    Lee (2007), Contemporary Clinical Trials 28, 550-557, doi:10.1016/j.cct.2006.12.004; Karrison
    (2016), Stata Journal 16, 678-690, doi:10.1177/1536867X1601600309. The scores' covariance is
    ``sum w_a w_b v``. The test's p-value is the probability that the largest of standard normal
    variables with that correlation is at least the largest statistic seen: exact to 1e-9 for up to
    four weights, by quasi-Monte Carlo on fixed points for more, when `p_error`, its standard
    error, is a column too. `statistic` is the normal quantile of that p-value, so that it
    compares with the usual thresholds; `estimate` and `std_error` are those of the first weight;
    `p`, `largest` and `which` follow, the last being the number of the largest, from 0.

    Examples
    --------
    >>> MaxCombo(0.025).columns
    ('statistic', 'estimate', 'std_error', 'p', 'largest', 'which')
    """

    alpha: float
    weights: tuple[TimeWeight, ...] = (
        FlemingHarrington(0.0, 0.0),
        FlemingHarrington(1.0, 0.0),
        FlemingHarrington(0.0, 1.0),
        FlemingHarrington(1.0, 1.0),
    )
    stratified: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "weights", tuple(self.weights))
        if not 2 <= len(self.weights) <= _MOST or len(set(self.weights)) < len(self.weights):
            raise InputError(
                f"{len(self.weights)} weights, of which {len(set(self.weights))} differ; give two "
                "to ten different ones",
                where="weights",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The p-value's normal quantile, first weight's estimate, p, largest and which it is."""
        error = ("p_error",) if len(self.weights) > _MOST_EXACT else ()
        return (*FIRST_COLUMNS, "p", "largest", "which", *error)

    @property
    def measure(self) -> str:
        """The log hazard ratio by the first weight."""
        return f"weighted {LOG_HAZARD_RATIO}"

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        kinds = "; ".join(weight_words(weight) for weight in self.weights)
        return (
            f"largest of {len(self.weights)} {_kind(self.stratified)} log-rank statistics "
            f"({kinds}), one-sided at {self.alpha:g} by their joint normal distribution"
        )


def _kind(stratified: bool) -> str:
    return "stratified" if stratified else "unstratified"
