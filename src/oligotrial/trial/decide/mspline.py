"""Success by posterior probability under M-spline hazards, with its accuracy in every trial."""

from dataclasses import dataclass

from oligotrial.checks import InputError, positive, positive_integer
from oligotrial.estimators.log_ratio_prior import LogRatioPrior
from oligotrial.hazard import MSplineBasis
from oligotrial.trial.decide.analysis import FIRST_COLUMNS
from oligotrial.trial.decide.success import BelievedBetter, smooth

__all__ = ["MSplinePosterior"]

_MOST_INNER = 6


@dataclass(frozen=True)
class MSplinePosterior(BelievedBetter):
    """The posterior probability of a hazard ratio below a bound, baseline hazards M-splines.

    Parameters
    ----------
    probability : float
        Posterior probability at or above which the experimental arm is declared better.
    prior : LogRatioPrior
        Of the log hazard ratio; without points.
    inner_months : tuple of float
        Inner knots, at most six.
    last_months : float
        Last knot, beyond which the hazard is constant.
    bound : float, optional
        Hazard ratio that has to be undercut.
    smoothness_sd : float, optional
        Standard deviation of the difference between neighbouring splines' log weights: the
        smaller, the closer to a constant hazard.
    baseline_events : float, optional
        What each stratum's gamma prior is worth, in events at the trial's own rate.
    points : int, optional
        Points of the importance sample, a power of 2.
    stratified : bool, optional
        Whether each stratum has a level of its own; the hazard's form is common to all.

    Raises
    ------
    InputError
        If a number is out of its range, knots don't ascend, or the prior is none or has a point.

    Notes
    -----
    The hazard is a level times ``sum exp(c_j) e_j M_j(t)``, with `MSplineBasis`'s functions, the
    weights e_j of a constant hazard, and a random walk of the c_j. Levels integrate out in closed
    form, the log hazard ratio by the quadrature of `PosteriorProbability`; the c_j are approximated
    by Laplace and corrected by importance sampling. As with `WeibullPosterior` columns say how well
    that went; `laplace` is the probability by Laplace's approximation to everything. About 1.5 ms a
    trial of 120 patients.

    Examples
    --------
    >>> from oligotrial.estimators.log_ratio_prior import NormalLogRatio
    >>> MSplinePosterior(0.95, NormalLogRatio(0.0, 0.5), (6.0, 12.0), 24.0).columns[3:]
    ('effective', 'pareto_k', 'laplace', 'points')
    """

    probability: float
    prior: LogRatioPrior
    inner_months: tuple[float, ...]
    last_months: float
    bound: float = 1.0
    smoothness_sd: float = 1.0
    baseline_events: float = 0.01
    points: int = 256
    stratified: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        smooth(self.prior)
        for name in ("bound", "smoothness_sd", "baseline_events"):
            positive(getattr(self, name), name)
        positive_integer(self.points, "points", least=64)
        if self.points & (self.points - 1):
            raise InputError(f"{self.points} is not a power of 2; give 512 or 1024", where="points")
        object.__setattr__(self, "inner_months", tuple(map(float, self.inner_months)))
        if len(self.inner_months) > _MOST_INNER:
            raise InputError(
                f"{len(self.inner_months)} inner knots; give at most {_MOST_INNER}",
                where="inner_months",
            )
        _ = self.basis

    @property
    def basis(self) -> MSplineBasis:
        """The splines."""
        return MSplineBasis(self.inner_months, self.last_months)

    @property
    def columns(self) -> tuple[str, ...]:
        """Probability, mean, standard deviation, and how well they were computed."""
        return (*FIRST_COLUMNS, "effective", "pareto_k", "laplace", "points")

    @property
    def words(self) -> str:
        """A sentence for a protocol."""
        knots = ", ".join(f"{knot:g}" for knot in (*self.inner_months, self.last_months))
        return (
            f"posterior probability of a hazard ratio below {self.bound:g}, at least "
            f"{self.probability:g}, with M-spline hazards (knots at 0, {knots} months)"
            f"{', a level for each stratum' if self.stratified else ''}"
        )
