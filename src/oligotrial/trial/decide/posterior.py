"""Success by posterior probability: the hazard ratio is believed to be below a bound."""

from dataclasses import dataclass

from oligotrial import checks
from oligotrial.checks import InputError, positive
from oligotrial.estimators.log_ratio_prior import LogRatioPrior, components
from oligotrial.estimators.piecewise_posterior import FIVE_INTERVALS, WEAK_BASELINE
from oligotrial.estimators.piecewise_table import EventQuantiles, GammaBaseline
from oligotrial.trial.decide.analysis import FIRST_COLUMNS
from oligotrial.trial.decide.borrowing import (
    Borrowing,
    RobustMixture,
    borrowing_words,
)
from oligotrial.trial.decide.success import BelievedBetter

__all__ = ["PosteriorProbability"]


@dataclass(frozen=True)
class PosteriorProbability(BelievedBetter):
    """The exact posterior probability that the hazard ratio is below a bound.

    Parameters
    ----------
    probability : float
        Posterior probability at or above which the experimental arm is declared better.
    prior : LogRatioPrior
        Of the log hazard ratio: a normal, a t, a mixture of them, with points or without.
    bound : float, optional
        Hazard ratio that has to be undercut.
    intervals : EventQuantiles or tuple of float, optional
        How time is cut: at quantiles of each trial's events, or at given months.
    baseline : GammaBaseline, optional
        Prior of the control arm's hazard in each stratum and interval.
    stratified : bool, optional
        Whether each stratum has hazards of its own.
    also : tuple of float, optional
        Further hazard ratios; the probability of a smaller one is a column for each.
    level : float, optional
        When given, the ends of the central posterior interval are columns, which takes three
        times as long.
    borrowing : PowerPrior, RobustMixture or Commensurate, optional
        External controls, and what they are worth; nothing is borrowed when left out.

    Raises
    ------
    InputError
        If a number is out of its range, the prior is none, or cut points don't ascend.

    Notes
    -----
    Piecewise-constant hazards integrate out in closed form, and a quadrature exact to about 3e-9
    is left: `estimators.piecewise_posterior`. `estimate` and `std_error` are the posterior mean and
    standard deviation of the log hazard ratio; `borrowed`, with `RobustMixture`, the posterior
    probability that external controls are like the trial's.

    Examples
    --------
    >>> from oligotrial.estimators.log_ratio_prior import NormalLogRatio
    >>> PosteriorProbability(0.95, NormalLogRatio(0.0, 0.5), also=(0.8,)).columns
    ('statistic', 'estimate', 'std_error', 'log_bayes_factor', 'below_0.8')
    """

    probability: float
    prior: LogRatioPrior
    bound: float = 1.0
    intervals: EventQuantiles | tuple[float, ...] = FIVE_INTERVALS
    baseline: GammaBaseline = WEAK_BASELINE
    stratified: bool = True
    also: tuple[float, ...] = ()
    level: float | None = None
    borrowing: Borrowing | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        components(self.prior)
        positive(self.bound, "bound")
        object.__setattr__(self, "also", tuple(positive(bound, "also") for bound in self.also))
        if self.level is not None:
            checks.probability(self.level, "level")
        if not isinstance(self.intervals, EventQuantiles):
            object.__setattr__(self, "intervals", _ascending(self.intervals))

    @property
    def columns(self) -> tuple[str, ...]:
        """Probability, mean, standard deviation, Bayes factor, further ones, interval, borrowed."""
        ends = () if self.level is None else ("lower", "upper")
        return (
            *FIRST_COLUMNS,
            "log_bayes_factor",
            *(f"below_{bound:g}" for bound in self.also),
            *ends,
            *(("borrowed",) if isinstance(self.borrowing, RobustMixture) else ()),
        )

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        return (
            f"posterior probability of a hazard ratio below {self.bound:g}, at least "
            f"{self.probability:g}, with piecewise-constant hazards "
            f"{'in each stratum' if self.stratified else 'common to all strata'}"
            f"{'' if self.borrowing is None else f', {borrowing_words(self.borrowing)}'}"
        )


def _ascending(ends: tuple[float, ...]) -> tuple[float, ...]:
    before = 0.0
    for end in ends:
        if not before < end < float("inf"):
            raise InputError(
                f"{end:g} doesn't come after {before:g}; give finite months above 0, ascending",
                where="intervals",
            )
        before = end
    return tuple(map(float, ends))
