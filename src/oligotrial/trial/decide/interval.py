"""Success by a log-rank test that knows progression was seen at visits only."""

from dataclasses import dataclass
from typing import Final

from oligotrial.trial.decide.analysis import FIRST_COLUMNS, LOG_HAZARD_RATIO
from oligotrial.trial.decide.success import OneSidedTest

__all__ = [
    "FINKELSTEIN",
    "INFORMATION",
    "PERMUTATION",
    "SUN",
    "IntervalLogRank",
    "IntervalScores",
    "IntervalVariance",
]


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
class IntervalVariance:
    """Where the variance of a sum of scores comes from.

    Parameters
    ----------
    name : str
        As it is called.
    same_visits : bool
        Whether it asks for the same visit calendar in both arms.
    """

    name: str
    same_visits: bool


PERMUTATION: Final = IntervalVariance("permutation", same_visits=True)
"""Scores as they are, arms as they might have fallen: close to nominal in the smallest strata, yet
only where both arms have the same calendar, missed visits included."""

INFORMATION: Final = IntervalVariance("observed information", same_visits=False)
"""Minus the likelihood's second derivative, survival estimated beside the hazard ratio: for
calendars that differ between the arms. Strata of less than about 50 patients run above nominal."""


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
    variance : IntervalVariance, optional
        `PERMUTATION` where both arms have the same visit calendar, `INFORMATION` where they
        don't.

    Raises
    ------
    InputError
        If `alpha` is not between 0 and 1.

    Notes
    -----
    Scores from Turnbull's estimate of both arms together, as Fay and Shaw (2010), Journal of
    Statistical Software 36(2), doi:10.18637/jss.v036.i02. Their sum in the experimental arm is
    expected to be 0 without effect, whatever the calendars, as long as they don't depend on the
    event; their permutation variance is right if the calendars are the same. The information is
    that of the score test of Finkelstein (1986), Biometrics 42, 845-854, doi:10.2307/2530698, and
    Fay (1996), Biometrics 52, 811-822, doi:10.2307/2533044. The estimate is the one-step log
    hazard ratio, sum over variance.

    Examples
    --------
    >>> IntervalLogRank(0.1, FINKELSTEIN).words
    "stratified log-rank test of interval-censored times, Finkelstein's scores, one-sided at 0.1"
    """

    alpha: float
    scores: IntervalScores = SUN
    stratified: bool = True
    variance: IntervalVariance = PERMUTATION

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
            f"{kind} log-rank test of interval-censored times, {self.scores.name}'s scores"
            f"{'' if self.variance.same_visits else f', variance by {self.variance.name}'}, "
            f"one-sided at {self.alpha:g}"
        )
