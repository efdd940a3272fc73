"""Success by Cox regression on the arm: the hazard ratio is below a bound, by Wald or by score."""

from dataclasses import dataclass
from typing import Final

from oligotrial.checks import positive, probability
from oligotrial.estimators.cox_sample import EFRON, Ties
from oligotrial.trial.decide.analysis import FIRST_COLUMNS, LOG_HAZARD_RATIO
from oligotrial.trial.decide.success import OneSidedTest

__all__ = ["SCORE", "WALD", "CoxTest", "Inference"]


@dataclass(frozen=True)
class Inference:
    """What a test and an interval are based on.

    Parameters
    ----------
    name : str
        As it is called.
    by_score : bool
        Whether it is the score at the tested value instead of the estimate and its error.
    """

    name: str
    by_score: bool


WALD: Final = Inference("Wald", by_score=False)
"""The estimate and its standard error."""

SCORE: Final = Inference("score", by_score=True)
"""The partial likelihood's slope at the value tested: holds also where an arm has no events."""


@dataclass(frozen=True)
class CoxTest(OneSidedTest):
    """A test of the hazard ratio by Cox regression, one-sided, with a two-sided interval.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    by : Inference, optional
        `WALD` or `SCORE`, for the test and the interval.
    bound : float, optional
        Hazard ratio that has to be undercut: below 1 to ask for more than any effect, above 1
        for non-inferiority.
    ties : Ties, optional
        `EFRON` or `BRESLOW` of `oligotrial.estimators`.
    stratified : bool, optional
        Whether each stratum has a baseline hazard of its own.
    level : float, optional
        Of the interval for the log hazard ratio.

    Raises
    ------
    InputError
        If a number is out of its range.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, sections 8.3 and 8.4; R's
    ``coxph(Surv(time, event) ~ arm + strata(stratum), ties)``. The score interval holds the
    values that the score test doesn't refuse. Where only one arm has events beside the other at
    risk the estimate is infinite, and so is one end of the score interval; Wald's statistic then
    is NaN.

    Examples
    --------
    >>> CoxTest(0.025, SCORE, bound=1.3).words
    'stratified Cox regression, score test of a hazard ratio below 1.3, one-sided at 0.025'
    """

    alpha: float
    by: Inference = WALD
    bound: float = 1.0
    ties: Ties = EFRON
    stratified: bool = True
    level: float = 0.95

    def __post_init__(self) -> None:
        super().__post_init__()
        positive(self.bound, "bound")
        probability(self.level, "level")

    @property
    def columns(self) -> tuple[str, ...]:
        """Statistic, log hazard ratio, its standard error and interval."""
        return (*FIRST_COLUMNS, "lower", "upper")

    @property
    def measure(self) -> str:
        """The log hazard ratio."""
        return LOG_HAZARD_RATIO

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        return (
            f"{'stratified' if self.stratified else 'unstratified'} Cox regression, "
            f"{self.by.name} test of a hazard ratio below {self.bound:g}, "
            f"one-sided at {self.alpha:g}"
        )
