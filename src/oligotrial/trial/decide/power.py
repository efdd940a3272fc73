"""What an interim look lets expect of the final analysis: conditional and predictive power."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial import checks
from oligotrial.checks import InputError, positive, positive_integer
from oligotrial.estimators.log_ratio_prior import LogRatioPrior, components
from oligotrial.trial.decide.analysis import FIRST_COLUMNS, LOG_HAZARD_RATIO
from oligotrial.trial.decide.log_rank import LogRank
from oligotrial.trial.decide.posterior import PosteriorProbability
from oligotrial.trial.decide.success import BelievedBetter

__all__ = ["ConditionalPower", "PredictiveProbability", "final_score"]


@dataclass(frozen=True)
class ConditionalPower:
    """The probability that the final log-rank test succeeds, given the data and a hazard ratio.

    Parameters
    ----------
    power : float
        Conditional power at or above which the look counts as a success.
    final : LogRank
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
    ``events * share * (1 - share)``. `estimate` and `std_error` are the log-rank's; `z` is its
    statistic and `events` how many were seen.

    Examples
    --------
    >>> ConditionalPower(0.1, LogRank(0.1), events=90, hazard_ratio=0.65).columns
    ('statistic', 'estimate', 'std_error', 'z', 'events')
    """

    power: float
    final: LogRank
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
    final : LogRank or PosteriorProbability
        What the final analysis will be.
    events : int
        Events at the final analysis.
    prior : LogRatioPrior
        Of the log hazard ratio; it may differ from the final analysis' own.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Raises
    ------
    InputError
        If a number is out of its range, the prior is none, or the final analysis can't succeed.

    Notes
    -----
    Spiegelhalter, Freedman and Blackburn (1986), Control Clin Trials 7, 8-17,
    doi:10.1016/0197-2456(86)90003-6. The score at the look and what is added to it until the
    end are taken for normal with information ``events * share * (1 - share)``; a prior that is a
    mixture of normals then has a closed form. A final posterior probability is turned into the
    score that it needs likewise.

    Examples
    --------
    >>> from oligotrial.estimators.log_ratio_prior import NormalLogRatio
    >>> PredictiveProbability(0.05, LogRank(0.1), 90, NormalLogRatio(0.0, 0.4)).words
    'predictive probability, at least 0.05, of success of the stratified log-rank test, one-sided \
at 0.1, at 90 events'
    """

    probability: float
    final: LogRank | PosteriorProbability
    events: int
    prior: LogRatioPrior
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        positive_integer(self.events, "events")
        checks.probability(self.experimental_share, "experimental_share")
        components(self.prior)
        final_score(self.final, self.information)

    @property
    def information(self) -> float:
        """Information at the final analysis."""
        return self.events * self.experimental_share * (1.0 - self.experimental_share)

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
        )


def final_score(final: LogRank | PosteriorProbability, information: float) -> float:
    """Return the score, observed minus expected events, below which a final analysis succeeds.

    Parameters
    ----------
    final : LogRank or PosteriorProbability
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
        heavy to be overcome.

    Examples
    --------
    >>> round(final_score(LogRank(0.10), 22.5), 3)
    -6.079
    """
    root = information**0.5
    if isinstance(final, LogRank):
        return float(-final.threshold * root)
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
