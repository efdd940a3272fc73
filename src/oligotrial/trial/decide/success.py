"""What counts as success: a statistic at one-sided significance, or a probability."""

from abc import ABC

from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.checks import probability as checked_probability
from oligotrial.estimators.log_ratio_prior import LogRatioPrior, components
from oligotrial.trial.decide.analysis import LOG_HAZARD_RATIO

__all__ = ["BelievedBetter", "OneSidedTest", "smooth"]


class OneSidedTest(ABC):
    """A test with a standardised statistic and a one-sided significance level, `alpha`."""

    alpha: float

    def __post_init__(self) -> None:
        checked_probability(self.alpha, "alpha")

    @property
    def threshold(self) -> float:
        """Statistic, above 0 in favour of the experimental arm, from which it succeeds."""
        return float(norm.isf(self.alpha))


class BelievedBetter(ABC):
    """An analysis that succeeds from a `probability` on, and estimates the log hazard ratio."""

    probability: float

    def __post_init__(self) -> None:
        checked_probability(self.probability, "probability")

    @property
    def threshold(self) -> float:
        """Probability from which it succeeds."""
        return self.probability

    @property
    def measure(self) -> str:
        """The log hazard ratio."""
        return LOG_HAZARD_RATIO


def smooth(prior: LogRatioPrior) -> None:
    """Refuse a prior that puts probability on a point.

    Parameters
    ----------
    prior : LogRatioPrior
        Of the log hazard ratio.

    Raises
    ------
    InputError
        If it is no prior, or has a point.
    """
    if not (components(prior)[2] > 0).all():
        raise InputError(
            "the prior has a point; give it some spread, or use PosteriorProbability",
            where="prior",
        )
