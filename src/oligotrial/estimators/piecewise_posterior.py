"""The Bayesian analysis of a two-arm trial: piecewise-constant hazards, no sampling."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln
from scipy.stats import norm

from oligotrial.checks import InputError, positive, probability
from oligotrial.estimators.arrays import float_array, numbered, survival_arrays
from oligotrial.estimators.log_ratio_prior import LogRatioPrior, components
from oligotrial.estimators.piecewise_grids import GRID_COLUMNS, NODES, PROBABILITY, STEP
from oligotrial.estimators.piecewise_kernels import fill_pieces
from oligotrial.estimators.piecewise_quadrature import SUMMARY, fill_summary, posterior_quantile
from oligotrial.estimators.piecewise_table import (
    EventQuantiles,
    ExternalControls,
    GammaBaseline,
    cut_points,
    piecewise_table,
)

__all__ = ["FIVE_INTERVALS", "WEAK_BASELINE", "PiecewisePosterior", "piecewise_posterior"]

FIVE_INTERVALS = EventQuantiles(5)
WEAK_BASELINE = GammaBaseline()


@dataclass(frozen=True, eq=False)
class PiecewisePosterior:
    """The posterior of the log hazard ratio, experimental against control arm.

    Parameters
    ----------
    mean, sd : float
        Posterior mean and standard deviation of the log hazard ratio.
    lower, median, upper : float
        Posterior quantiles of the log hazard ratio: the ends of the central interval of the
        level asked for, and the median.
    bounds, below : numpy.ndarray
        Hazard ratios, and the posterior probability that the true one is below each; shape
        (bounds,).
    log_bayes_factor : float
        Log of the marginal likelihood under the prior over that of a hazard ratio of 1.
    log_marginal_likelihood : float
        Log of the density of times and events under the priors; 0 if there are no events
        and the baseline prior has no rate of its own.
    error : float
        What no posterior probability is off by more than.
    cuts : numpy.ndarray
        Where intervals end, but the last; shape (intervals - 1,).
    table : numpy.ndarray
        Control and experimental events, then exposures; shape (4, strata, intervals).
    prior : numpy.ndarray
        Weights, means and standard deviations of the prior's normals; shape (3, components).
    slope, pieces : float, numpy.ndarray
        What the log-likelihood is made of, as `fill_pieces` returns it; shape (3, pieces).
    """

    mean: float
    sd: float
    lower: float
    median: float
    upper: float
    bounds: np.ndarray
    below: np.ndarray
    log_bayes_factor: float
    log_marginal_likelihood: float
    error: float
    cuts: np.ndarray
    table: np.ndarray
    prior: np.ndarray
    slope: float
    pieces: np.ndarray

    def log_likelihood(self, log_ratio: ArrayLike) -> np.ndarray:
        """Return the log-likelihood of log hazard ratios, hazards integrated out; 0 at 0.

        Parameters
        ----------
        log_ratio : array_like
            Log hazard ratios of any shape.

        Returns
        -------
        numpy.ndarray
            Of the same shape.
        """
        theta = np.asarray(log_ratio, dtype=float)
        power, control, experimental = self.pieces[:, :, *(None,) * theta.ndim]
        exposure = np.log(control + experimental * np.exp(theta))
        return np.asarray(self.slope * theta - np.sum(power * exposure, axis=0))

    def density(self, log_ratio: ArrayLike) -> np.ndarray:
        """Return the posterior density of the log hazard ratio, for a drawing.

        Parameters
        ----------
        log_ratio : array_like
            Log hazard ratios of any shape.

        Returns
        -------
        numpy.ndarray
            Of the same shape. Points of the prior have no density: `points` has them.
        """
        theta = np.asarray(log_ratio, dtype=float)
        weight, mean, sd = self.prior[:, self.prior[2] > 0][:, :, *(None,) * theta.ndim]
        before = np.sum(weight * norm.pdf(theta, mean, sd), axis=0)
        return np.asarray(before * np.exp(self.log_likelihood(theta) - self.log_bayes_factor))

    @property
    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """Log hazard ratios on which the prior has a point, and their posterior probability."""
        weight, value = self.prior[:2, self.prior[2] == 0]
        return value, weight * np.exp(self.log_likelihood(value) - self.log_bayes_factor)


def piecewise_posterior(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    prior: LogRatioPrior,
    strata: ArrayLike | None = None,
    cuts: EventQuantiles | Sequence[float] = FIVE_INTERVALS,
    baseline_prior: GammaBaseline = WEAK_BASELINE,
    external: ExternalControls | None = None,
    bounds: Sequence[float] = (1.0,),
    level: float = 0.95,
) -> PiecewisePosterior:
    """Compute the posterior of the hazard ratio under piecewise-constant baseline hazards.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): follow-up in any unit, and 1 for an event or 0 for censored.
    arm : array_like
        Shape (patient,): 1 for the experimental arm, 0 for control.
    prior : LogRatioPrior
        Of the log hazard ratio: `NormalLogRatio`, `StudentTLogRatio`, `PointLogRatio`, a
        `MixtureLogRatio` of them, or `simulate.EffectPrior`.
    strata : array_like, optional
        Shape (patient,): each stratum has hazards of its own; one stratum when left out.
    cuts : EventQuantiles or sequence of float, optional
        How time is cut into intervals: a rule, or the times at which one ends and the next
        begins.
    baseline_prior : GammaBaseline, optional
        The prior of the control arm's hazard in each stratum and interval.
    external : ExternalControls, optional
        Controls from elsewhere, cut at the same times; `cuts` then has to be given as times.
    bounds : sequence of float, optional
        Hazard ratios; the probability of a smaller one is returned for each.
    level : float, optional
        Of the central posterior interval.

    Returns
    -------
    PiecewisePosterior
        Moments, interval, probabilities, Bayes factor and density. Where the data can't tell
        of the hazard ratio, because there are no events or an arm has no exposure, and the
        baseline prior has no rate of its own, the posterior is the prior.

    Raises
    ------
    InputError
        If a row is impossible, nobody is followed beyond time 0, an arm is neither 0 nor 1,
        cut points don't ascend, a bound isn't above 0, or external controls don't fit the
        trial's pieces.

    Notes
    -----
    The experimental arm's hazard is exp(theta) times that of the control arm, lambda_j in
    piece j, which is gamma distributed with shape a_j and rate b_j. With d_j events, d1_j of
    them experimental, and exposures E0_j and E1_j, the likelihood is that of Poisson counts
    (Holford 1980, Biometrics 36, 299-305, doi:10.2307/2529982), and each hazard integrates
    out (Ibrahim, Chen and Sinha 2001, Bayesian Survival Analysis, section 3.1)::

        log p(data | theta) = sum_j d1_j theta + log gamma(a_j + d_j) - log gamma(a_j)
            + a_j log b_j - (a_j + d_j) log(b_j + E0_j + E1_j exp(theta))

    External controls add ``discount * events`` to a_j and ``discount * exposure`` to b_j.

    Examples
    --------
    >>> from oligotrial.estimators.log_ratio_prior import NormalLogRatio
    >>> trial = ([3, 5, 6, 8, 9, 12], [1, 1, 0, 1, 1, 0], [0, 0, 1, 0, 1, 1])
    >>> fit = piecewise_posterior(*trial, prior=NormalLogRatio(0.0, 0.5), cuts=[6])
    >>> round(float(fit.below[0]), 3)
    0.786
    """
    times, events = survival_arrays(time, event)
    if not times.any():
        raise InputError("nobody is followed beyond time 0; give follow-up times", where="time")
    arms = _arms(arm, times.size)
    labels = np.zeros(times.size) if strata is None else strata
    names, stratum = numbered(labels, times.size, "strata")
    ends = cut_points(cuts, times, events)
    table = piecewise_table(times, events, arms, stratum=stratum, cuts=ends)
    shape = (len(names), ends.size + 1)
    borrowed = _borrowed(external, cuts, shape)
    normals = components(prior)
    hazard_ratios = np.array([positive(bound, "bounds") for bound in bounds])
    tail = (1.0 - probability(level, "level")) / 2.0

    pieces = np.zeros((3, table.shape[1]))
    rate = baseline_prior.rate or 0.0
    slope, kept = fill_pieces(pieces, table, borrowed, baseline_prior.events, rate)
    density = np.empty((normals.shape[1], NODES))
    grids = np.empty((normals.shape[1], GRID_COLUMNS))
    row = np.empty(len(SUMMARY) + hazard_ratios.size)
    posterior = (density, grids, normals, slope, pieces, kept)
    fill_summary(row, np.log(hazard_ratios), *posterior)
    lower, median, upper = (posterior_quantile(p, *posterior) for p in (tail, 0.5, 1.0 - tail))
    return PiecewisePosterior(
        mean=float(row[0]),
        sd=float(row[1]),
        lower=lower,
        median=median,
        upper=upper,
        bounds=hazard_ratios,
        below=row[3:].copy(),
        log_bayes_factor=float(row[2]),
        log_marginal_likelihood=float(row[2]) + _at_one(table, borrowed, baseline_prior),
        error=_error(grids, normals, float(pieces[0, :kept].sum())),
        cuts=ends,
        table=table.reshape(4, *shape),
        prior=normals,
        slope=slope,
        pieces=pieces[:, :kept].copy(),
    )


def _arms(arm: ArrayLike, patients: int) -> np.ndarray:
    arms = float_array(arm, "arm")
    if arms.size != patients:
        raise InputError(f"{arms.size} values for {patients} times; give one a time", where="arm")
    good = (arms == 0) | (arms == 1)
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(
            f"{arms[row]:g} is not 1 for the experimental arm or 0 for control",
            where=f"arm, row {row + 1}",
        )
    return arms.astype(np.int64)


def _borrowed(
    external: ExternalControls | None,
    cuts: EventQuantiles | Sequence[float],
    shape: tuple[int, int],
) -> np.ndarray:
    if external is None:
        return np.zeros((2, shape[0] * shape[1]))
    if isinstance(cuts, EventQuantiles):
        raise InputError(
            "external controls are cut at known times, the trial at quantiles of its events; "
            "give the times",
            where="cuts",
        )
    given = np.shape(external.events)
    if given != shape:
        raise InputError(
            f"external controls have {given[0]} strata and {given[1]} intervals, the trial "
            f"{shape[0]} and {shape[1]}; cut both alike",
            where="external",
        )
    return external.borrowed


def _at_one(table: np.ndarray, borrowed: np.ndarray, prior: GammaBaseline) -> float:
    """Return the log marginal likelihood of a hazard ratio of 1."""
    events, exposure = table[:2].sum(axis=0), table[2:].sum(axis=0)
    pooled = (events.sum() + borrowed[0].sum()) / (exposure.sum() + borrowed[1].sum())
    rate = pooled if prior.rate is None else prior.rate
    if rate == 0.0:
        return 0.0
    shape, inverse_scale = prior.events + borrowed[0], prior.events / rate + borrowed[1]
    terms = gammaln(shape + events) - gammaln(shape) + shape * np.log(inverse_scale)
    return float(np.sum(terms - (shape + events) * np.log(inverse_scale + exposure)))


def _error(grids: np.ndarray, prior: np.ndarray, power: float) -> float:
    """Bound what probabilities are off by: the density's spectrum beyond what a grid resolves.

    On the line at height y the density is at most exp(y^2 / (2 sd^2)) cos(y / 2)^-power of
    that on the real axis, since |c + q exp(x + i y)|^2 is at least cos(y / 2)^2 times
    (c + q exp(x))^2; so its Fourier transform at pi / step is below exp(-pi y / step) times
    as much, for every y below pi.
    """
    step, share = grids[:, STEP], grids[:, PROBABILITY]
    smooth = step > 0
    heights = np.linspace(0.0, np.pi, 2001)[:-1]
    levels = (
        0.5 * (heights / prior[2, smooth, None]) ** 2
        - power * np.log(np.cos(heights / 2.0))
        - np.pi * heights / step[smooth, None]
    )
    return float(np.minimum(share[smooth] @ np.exp(levels.min(axis=1)), 1.0))
