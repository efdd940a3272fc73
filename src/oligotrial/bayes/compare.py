"""Several models of one cohort: compared by cross-validation, and stacked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import diagnose, predict
from oligotrial.bayes.contrast import marginal_draws
from oligotrial.bayes.loo import Loo, loo
from oligotrial.bayes.measures import Measure, survival_at
from oligotrial.bayes.populations import Population
from oligotrial.checks import InputError, probability

if TYPE_CHECKING:
    import xarray as xr

    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Compared", "Stack", "compare", "stacking_weights"]


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


@dataclass(frozen=True, eq=False)
class Compared:
    """Models of one cohort, compared by cross-validation.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a model, the best first: model, elpd, difference (to the best), se_difference
        (over patients), spread (of the difference between draws of the cohort), p_loo, worst_k,
        weight (of the stack).
    stack : Stack
        The mixture of the models.
    loos : mapping of str to Loo
        Each model's cross-validation.
    """

    table: pd.DataFrame
    stack: Stack
    loos: Mapping[str, Loo]

    @property
    def words(self) -> str:
        """What was found, in sentences."""
        best = self.table.iloc[0]
        rest = [_judged(row, best["model"]) for _, row in self.table.iloc[1:].iterrows()]
        weights = ", ".join(f"{row.model} {row.weight:.2f}" for row in self.table.itertuples())
        text = f"{best['model']} foretells left-out patients best. {' '.join(rest)} "
        text += f"Weights of the stack: {weights}."
        unsure = [name for name, each in self.loos.items() if len(each.unreliable)]
        if unsure:
            text += (
                f" Pareto k is too high for some patients of {', '.join(unsure)}: these "
                "comparisons may be off; look at Loo.unreliable and at these patients' data."
            )
        return text


def compare(fits: "Mapping[str, Fit]", cohort: "Cohort") -> Compared:
    """Compare models of one cohort by cross-validation, and stack them.

    Parameters
    ----------
    fits : mapping of str to Fit
        By name; all fitted to the cohort.
    cohort : Cohort
        The patients that were fitted.

    Returns
    -------
    Compared
        A table, the stack and each model's cross-validation.

    Raises
    ------
    InputError
        If there are fewer than two models, or a fit wasn't made of the cohort's draws.

    Notes
    -----
    Differences are taken patient by patient within each draw of the cohort, then averaged over
    draws; the stack's weights are those that serve all draws together.

    Examples
    --------
    >>> from oligotrial.bayes import SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> from oligotrial.cohort import Cohort
    >>> rows = pd.DataFrame({"time": [3.0, 8.0, 11.0], "event": [1, 0, 1], "x": [0.0, 1.0, 0.5]})
    >>> cohort = Cohort(rows, label="three patients", source="example")
    >>> found = compare({"one": fit, "same": fit}, cohort)
    >>> found.table["difference"].tolist()
    [0.0, 0.0]
    """
    if len(fits) < 2:
        raise InputError(f"there are {len(fits)} models to compare; give two or more", where="fits")
    loos = {name: loo(fit, cohort) for name, fit in fits.items()}
    weights = dict(
        zip(loos, stacking_weights([_elpd(each) for each in loos.values()]), strict=True)
    )
    best = max(loos, key=lambda name: loos[name].elpd)
    rows = [
        (name, each.elpd, *_difference(each, loos[best]), each.p_loo, _worst(each), weights[name])
        for name, each in loos.items()
    ]
    columns = ["model", "elpd", "difference", "se_difference", "spread", "p_loo", "worst_k"]
    table = pd.DataFrame(rows, columns=[*columns, "weight"])
    ordered = table.sort_values("elpd", ascending=False, ignore_index=True)
    return Compared(ordered, Stack(dict(fits), weights), loos)


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


def _elpd(each: Loo) -> np.ndarray:
    return each.pointwise["elpd"].to_numpy()


def _worst(each: Loo) -> float:
    return float(each.pointwise["pareto_k"].max())


def _difference(each: Loo, best: Loo) -> tuple[float, float, float]:
    """Return the difference to the best, its error over patients, its spread over draws."""
    rows = each.pointwise.assign(apart=each.pointwise["elpd"] - best.pointwise["elpd"])
    rows["apart"] *= rows["weight"]
    draws = [part["apart"].to_numpy() for _, part in rows.groupby("cohort_draw")]
    totals = np.array([part.sum() for part in draws])
    errors = np.array([np.sqrt(part.size) * part.std(ddof=1) for part in draws])
    spread = float(totals.std(ddof=1)) if len(totals) > 1 else 0.0
    return float(totals.mean()), float(np.sqrt(np.mean(errors**2))), spread


NEAR = 4.0
"""Below it models make similar forecasts, and the standard error of their difference can't be
relied on: Sivula, Magnusson, Matamoros and Vehtari (2025), arXiv:2008.10296."""


def _judged(row: "pd.Series", best: str) -> str:
    error = float(np.hypot(row["se_difference"], row["spread"]))
    told = f"{row['model']} is {-row['difference']:.1f} behind (standard error {error:.1f})"
    if -row["difference"] < NEAR:
        return f"{told}: too little to tell it from {best} by its forecasts."
    if -row["difference"] < 2 * error:
        return f"{told}: not told from {best} with so few patients."
    return f"{told}: clearly behind."


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
