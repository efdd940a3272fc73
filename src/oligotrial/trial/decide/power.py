"""What an interim look lets expect of the final analysis: conditional and predictive power."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial import checks
from oligotrial.checks import InputError, positive, positive_integer
from oligotrial.estimators.log_ratio_prior import LogRatioPrior, NormalLogRatio, components
from oligotrial.trial.decide.analysis import FIRST_COLUMNS, LOG_HAZARD_RATIO
from oligotrial.trial.decide.log_rank import LogRank
from oligotrial.trial.decide.posterior import PosteriorProbability
from oligotrial.trial.decide.regression import CoxTest
from oligotrial.trial.decide.success import BelievedBetter

__all__ = [
    "BY_LIKELIHOOD",
    "BY_SCORE",
    "ConditionalPower",
    "Evidence",
    "PredictiveProbability",
    "final_score",
]


@dataclass(frozen=True)
class Evidence:
    """What tells the effect at a look.

    Parameters
    ----------
    name : str
        As it is called.
    """

    name: str


BY_SCORE: Final = Evidence("log-rank score")
"""The log-rank's."""

BY_LIKELIHOOD: Final = Evidence("likelihood with piecewise-constant hazards")
"""That of `PosteriorProbability`, in the final analysis' intervals, or in five."""


@dataclass(frozen=True)
class ConditionalPower:
    """The probability that the final test succeeds, given the data and a hazard ratio.

    Parameters
    ----------
    power : float
        Conditional power at or above which the look counts as a success.
    final : LogRank or CoxTest
        The final test.
    events : int
        Events at the final analysis.
    hazard_ratio : float, optional
        True ratio from here on; when left out, the one seen so far.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Raises
    ------
    InputError
        If a number is out of its range.

    Notes
    -----
    Jennison and Turnbull (2000), Group Sequential Methods, chapter 10, for one final analysis; for
    looks with boundaries in between, `oligotrial.trial.conditional_power`. Information is
    ``events * share * (1 - share)``. From `events` on the final test itself is made, and the
    statistic is 1 or 0. `estimate` and `std_error` are the log-rank's; `z` is its
    statistic and `events` how many were seen.

    Examples
    --------
    >>> ConditionalPower(0.1, LogRank(0.1), events=90, hazard_ratio=0.65).columns
    ('statistic', 'estimate', 'std_error', 'z', 'events')
    """

    power: float
    final: LogRank | CoxTest
    events: int
    hazard_ratio: float | None = None
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        checks.probability(self.power, "power")
        positive_integer(self.events, "events")
        checks.probability(self.experimental_share, "experimental_share")
        if self.hazard_ratio is not None:
            positive(self.hazard_ratio, "hazard_ratio")

    @property
    def columns(self) -> tuple[str, ...]:
        """Conditional power, the log-rank's estimate, error and statistic, events."""
        return (*FIRST_COLUMNS, "z", "events")

    @property
    def threshold(self) -> float:
        """Conditional power from which the look counts as a success."""
        return self.power

    @property
    def measure(self) -> str:
        """The log hazard ratio."""
        return LOG_HAZARD_RATIO

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        ratio = "the hazard ratio seen" if self.hazard_ratio is None else f"{self.hazard_ratio:g}"
        return (
            f"conditional power under {ratio}, at least {self.power:g}, of the "
            f"{self.final.words} at {self.events} events"
        )


@dataclass(frozen=True)
class PredictiveProbability(BelievedBetter):
    """The probability that the final analysis succeeds, given the data and a prior.

    Parameters
    ----------
    probability : float
        Predictive probability at or above which the look counts as a success.
    final : LogRank, CoxTest or PosteriorProbability
        What the final analysis will be; without borrowing.
    events : int
        Events at the final analysis.
    prior : LogRatioPrior
        Of the log hazard ratio; it may differ from the final analysis' own.
    experimental_share : float, optional
        Share of patients in the experimental arm.
    by : Evidence, optional
        What tells the effect at the look: `BY_SCORE` or `BY_LIKELIHOOD`.

    Raises
    ------
    InputError
        If a number is out of its range, the prior is none, or the final analysis can't succeed or
        borrows.

    Notes
    -----
    Spiegelhalter, Freedman and Blackburn (1986), Control Clin Trials 7, 8-17,
    doi:10.1016/0197-2456(86)90003-6. The score at the look and what is added to it until the
    end are taken for normal with information ``events * share * (1 - share)``; a prior that is a
    mixture of normals then has a closed form. A final posterior probability is turned into the
    score that it needs likewise. With `BY_LIKELIHOOD` the score at the look is the information
    times the estimate of the likelihood with piecewise-constant hazards, instead of the
    log-rank's: closer to what a posterior with such hazards expects. From `events` on the final
    analysis itself is made, and the statistic is 1 or 0.

    Examples
    --------
    >>> from oligotrial.estimators.log_ratio_prior import NormalLogRatio
    >>> PredictiveProbability(0.05, LogRank(0.1), 90, NormalLogRatio(0.0, 0.4)).words
    'predictive probability, at least 0.05, of success of the stratified log-rank test, one-sided \
at 0.1, at 90 events'
    """

    probability: float
    final: LogRank | CoxTest | PosteriorProbability
    events: int
    prior: LogRatioPrior
    experimental_share: float = 0.5
    by: Evidence = BY_SCORE

    def __post_init__(self) -> None:
        super().__post_init__()
        positive_integer(self.events, "events")
        checks.probability(self.experimental_share, "experimental_share")
        components(self.prior)
        final_score(self.final, self.information)
        if self.by not in (BY_SCORE, BY_LIKELIHOOD):
            raise InputError(f"{self.by} is neither BY_SCORE nor BY_LIKELIHOOD", where="by")

    @property
    def information(self) -> float:
        """Information at the final analysis."""
        return self.events * self.experimental_share * (1.0 - self.experimental_share)

    @property
    def likelihood(self) -> PosteriorProbability | None:
        """What tells the effect at the look, under a standard normal prior; None for the score."""
        if self.by == BY_SCORE:
            return None
        standard, stratified = NormalLogRatio(0.0, 1.0), self.final.stratified
        if isinstance(self.final, PosteriorProbability):
            return replace(self.final, prior=standard, also=(), level=None)
        return PosteriorProbability(0.5, standard, stratified=stratified)

    @property
    def columns(self) -> tuple[str, ...]:
        """Predictive probability, the log-rank's estimate, error and statistic, events."""
        return (*FIRST_COLUMNS, "z", "events")

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        return (
            f"predictive probability, at least {self.probability:g}, of success of the "
            f"{self.final.words}, at {self.events} events"
            f"{'' if self.by == BY_SCORE else f', by the {self.by.name}'}"
        )


def final_score(final: LogRank | CoxTest | PosteriorProbability, information: float) -> float:
    """Return the score, observed minus expected events, below which a final analysis succeeds.

    Parameters
    ----------
    final : LogRank, CoxTest or PosteriorProbability
        The final analysis.
    information : float
        Information at it.

    Returns
    -------
    float
        The score; normal with mean log hazard ratio times information and that as its variance.

    Raises
    ------
    InputError
        If no score makes it succeed, as with a prior that has a point at or above the bound too
        heavy to be overcome; or if it borrows, so that no score tells.

    Examples
    --------
    >>> round(final_score(LogRank(0.10), 22.5), 3)
    -6.079
    """
    root = information**0.5
    if isinstance(final, LogRank):
        return float(-final.threshold * root)
    if isinstance(final, CoxTest):
        return float(np.log(final.bound) * information - final.threshold * root)
    if final.borrowing is not None:
        raise InputError(
            "success of a final analysis that borrows isn't told by the trial's own score; leave "
            "borrowing out of it",
            where="final",
        )
    weight, mean, sd = components(final.prior)
    bound = np.log(final.bound)

    inverse = np.where(sd > 0, np.maximum(sd, 1e-150), 1e-150) ** -2.0  # a point's is 1e300

    def missing(score: float) -> float:
        spread = sd**2 + 1.0 / information
        height = np.log(weight / spread**0.5) - 0.5 * (score / information - mean) ** 2 / spread
        share = np.exp(height - height.max())
        precision = information + inverse
        centre = score / precision + mean * (inverse / precision)
        below = norm.cdf((bound - centre) * precision**0.5)
        return float(share @ below / share.sum() - final.probability)

    low, high = -40.0 * (root + information), 40.0 * (root + information)
    if missing(low) < 0.0:
        raise InputError(
            "no result reaches the final analysis' posterior probability; its prior excludes it",
            where="final",
        )
    if missing(high) > 0.0:
        raise InputError(
            "every result reaches the final analysis' posterior probability; its prior is decided",
            where="final",
        )
    return float(brentq(missing, low, high, xtol=1e-12, rtol=1e-14))
