"""Predictions from a mixture of models: stacking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import diagnose, predict
from oligotrial.bayes.contrast import marginal_draws
from oligotrial.bayes.measures import Measure, survival_at
from oligotrial.bayes.populations import Population
from oligotrial.checks import probability

if TYPE_CHECKING:
    import xarray as xr

    from oligotrial.bayes.fit import Fit

__all__ = ["Stack", "stacking_weights"]


@dataclass(frozen=True, eq=False)
class Stack:
    """The mixture of models' predictive distributions that foretells left-out patients best.

    Parameters
    ----------
    fits : mapping of str to Fit
        The models, fitted to one cohort.
    weights : mapping of str to float
        By model, summing to 1.

    Notes
    -----
    Yao, Vehtari, Simpson and Gelman (2018), Bayesian Analysis 13, 917-1003,
    doi:10.1214/17-BA1091. A weight isn't the probability that a model is true: of two models
    that foretell the same, one may have it all.
    """

    fits: "Mapping[str, Fit]"
    weights: Mapping[str, float]

    def estimates(
        self, profiles: pd.DataFrame, measures: Sequence[Measure], *, level: float = 0.95
    ) -> pd.DataFrame:
        """Return measures of each profile's hazard in the mixture.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.
        measures : sequence of Measure
            What is asked for.
        level : float, optional
            Probability of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            As `oligotrial.bayes.predict.estimates` returns it, with the mixture's mean beside
            its median: profile, measure, at, mean, mcse (of the mean), estimate, lower, upper.
        """
        found = {
            name: predict.draws_of(fit, profiles, measures).transpose("profile", "measure", ...)
            for name, fit in self._used().items()
        }
        told = pd.DataFrame(
            {
                "profile": np.repeat(np.arange(len(profiles)), len(measures)),
                "measure": [each.name for each in measures] * len(profiles),
                "at": [each.at for each in measures] * len(profiles),
            }
        )
        return told.assign(**self._summarised(found, level))

    def survival(
        self, profiles: pd.DataFrame, months: Iterable[float], *, level: float = 0.95
    ) -> pd.DataFrame:
        """Return survival curves of the mixture.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows.
        months : iterable of float
            Times.
        level : float, optional
            Probability of the pointwise intervals.

        Returns
        -------
        pandas.DataFrame
            As `Fit.survival` returns it.
        """
        table = self.estimates(profiles, survival_at(months), level=level)
        names = {"at": "time", "mean": "survival"}
        return table.rename(columns=names)[
            ["profile", "time", "survival", "mcse", "lower", "upper"]
        ]

    def marginal(
        self, population: Population, measures: Sequence[Measure], *, level: float = 0.95
    ) -> pd.DataFrame:
        """Return measures of a population in the mixture.

        Parameters
        ----------
        population : Population
            Whom they are standardised over.
        measures : sequence of Measure
            What is asked for.
        level : float, optional
            Probability of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            One row a measure: measure, at, mean, mcse (of the mean), estimate (median), lower,
            upper.
        """
        found = {
            name: marginal_draws(fit, population, measures) for name, fit in self._used().items()
        }
        told = {"measure": [each.name for each in measures], "at": [each.at for each in measures]}
        return pd.DataFrame(told | self._summarised(found, level))

    def event_times(self, population: Population, *, seed: int, size: int) -> np.ndarray:
        """Return event times of new patients in the mixture.

        Parameters
        ----------
        population : Population
            Whom they come from.
        seed : int
            Seed.
        size : int
            How many; each has a model and parameters of its own.

        Returns
        -------
        numpy.ndarray
            Months; shape (size,).
        """
        rng = np.random.default_rng(seed)
        used = self._used()
        shares = np.array([self.weights[name] for name in used])
        model = rng.choice(len(used), size=size, p=shares / shares.sum())
        times = np.empty(size)
        for number, fit in enumerate(used.values()):
            mine = np.flatnonzero(model == number)
            rounds = -(-len(mine) // fit.samples) or 1
            new = fit.event_times(population, seed=int(rng.integers(2**31)), patients=rounds)
            times[mine] = rng.choice(new.to_numpy().ravel(), size=len(mine), replace=False)
        return times

    def _used(self) -> "dict[str, Fit]":
        return {name: fit for name, fit in self.fits.items() if self.weights[name] > 0}

    def _summarised(
        self, found: "Mapping[str, xr.DataArray]", level: float
    ) -> dict[str, np.ndarray]:
        tail = (1.0 - probability(level, "level")) / 2.0
        parts, weights, means, variances = [], [], [], []
        for name, draws in found.items():
            values = draws.to_numpy().reshape(-1, self.fits[name].samples)
            share = self.weights[name]
            parts.append(values)
            weights.append(np.full(values.shape[1], share / values.shape[1]))
            means.append(share * values.mean(axis=1))
            error = diagnose.mcse_mean(predict.parts_of(self.fits[name], values))
            variances.append(np.square(share * error))
        joined, weight = np.concatenate(parts, axis=1), np.concatenate(weights)
        low, middle, high = _weighted_quantiles(joined, weight, [tail, 0.5, 1.0 - tail])
        mean, error = np.sum(means, axis=0), np.sqrt(np.sum(variances, axis=0))
        return {"mean": mean, "mcse": error, "estimate": middle, "lower": low, "upper": high}


def stacking_weights(elpds: Sequence[np.ndarray]) -> np.ndarray:
    """Return the weights of the mixture with the highest log predictive density.

    Parameters
    ----------
    elpds : sequence of numpy.ndarray
        For each model, the log predictive density of each left-out patient; shape (patients,).

    Returns
    -------
    numpy.ndarray
        One weight a model, at least 0, summing to 1.

    Examples
    --------
    >>> stacking_weights([np.array([-1.0, -1.0]), np.array([-3.0, -3.0])]).round(6).tolist()
    [1.0, 0.0]
    """
    logs = np.stack(elpds, axis=1)
    density = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights = np.full(density.shape[1], 1.0 / density.shape[1])
    for _ in range(ITERATIONS):
        gain = (density / (density @ weights)[:, None]).mean(axis=0)
        weights = weights * gain
        if gain.max() < 1.0 + GAP:
            break
    weights = np.where(weights < NOTHING, 0.0, weights)
    return np.asarray(weights / weights.sum())


GAP, ITERATIONS, NOTHING = 1e-7, 100_000, 1e-4
"""Expectation-maximisation raises the mean log density at each step and is at most the largest
gain less 1 from its maximum: Lindsay (1983), Annals of Statistics 11, 86-94,
doi:10.1214/aos/1176346059. Weights below the last are left out."""


def _weighted_quantiles(
    values: np.ndarray, weights: np.ndarray, shares: Sequence[float]
) -> list[np.ndarray]:
    """Return quantiles of each row's weighted draws, between the draws interpolated."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    below = np.cumsum(weights[order], axis=1) - 0.5 * weights[order]
    return [
        np.array([np.interp(share, b, v) for b, v in zip(below, ordered, strict=True)])
        for share in shares
    ]
