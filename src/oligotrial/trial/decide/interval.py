"""Success by a log-rank test that knows progression was seen at visits only."""

from dataclasses import dataclass
from typing import Final

from oligotrial.trial.decide.analysis import FIRST_COLUMNS, LOG_HAZARD_RATIO
from oligotrial.trial.decide.success import OneSidedTest

__all__ = ["FINKELSTEIN", "SUN", "IntervalLogRank", "IntervalScores"]


@dataclass(frozen=True)
class IntervalScores:
    """What an interval-censored time scores.

    Parameters
    ----------
    name : str
        After whom it is called.
    proportional : bool
        Whether hazards are proportional in continuous time, instead of the odds of an event
        from visit to visit.
    """

    name: str
    proportional: bool


SUN: Final = IntervalScores("Sun", proportional=False)
"""Sun (1996), doi:10.1002/(SICI)1097-0258(19960715)15:13<1387::AID-SIM268>3.0.CO;2-R: equals the
log-rank's observed minus expected events where all patients have the same visits."""

FINKELSTEIN: Final = IntervalScores("Finkelstein", proportional=True)
"""Finkelstein (1986), Biometrics 42, 845-854, doi:10.2307/2530698: the score of proportional
hazards."""


@dataclass(frozen=True)
class IntervalLogRank(OneSidedTest):
    """A log-rank test of interval-censored times, one-sided.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    scores : IntervalScores, optional
        `SUN` or `FINKELSTEIN`.
    stratified : bool, optional
        Whether scores and their variance are summed over strata.

    Raises
    ------
    InputError
        If `alpha` is not between 0 and 1.

    Notes
    -----
    Fay and Shaw (2010), Journal of Statistical Software 36(2), doi:10.18637/jss.v036.i02: scores
    from Turnbull's estimate of both arms together, their sum in the experimental arm standardised
    by its permutation variance. The permutation needs the same visit calendar in both arms; if the
    arms' calendars differ, so do the scores, effect or not. The estimate is the one-step log
    hazard ratio, sum over variance.

    Examples
    --------
    >>> IntervalLogRank(0.1, FINKELSTEIN).words
    "stratified log-rank test of interval-censored times, Finkelstein's scores, one-sided at 0.1"
    """

    alpha: float
    scores: IntervalScores = SUN
    stratified: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Statistic, one-step estimate, standard error."""
        return FIRST_COLUMNS

    @property
    def measure(self) -> str:
        """The log hazard ratio."""
        return LOG_HAZARD_RATIO

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        kind = "stratified" if self.stratified else "unstratified"
        return (
            f"{kind} log-rank test of interval-censored times, {self.scores.name}'s scores, "
            f"one-sided at {self.alpha:g}"
        )
