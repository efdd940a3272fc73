"""Simulation-based calibration: truths from the priors, data from the model, ranks of truths."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from oligotrial.bayes import diagnose, predict
from oligotrial.bayes.fit import Fit
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.bayes.pointwise import total_log_likelihood
from oligotrial.bayes.replicate import FollowUp, Seen
from oligotrial.bayes.uniformity import uniformity
from oligotrial.checks import InputError, positive_integer
from oligotrial.cohort import Cohort

if TYPE_CHECKING:
    from oligotrial.bayes.sample import Compiled

__all__ = ["Calibration", "Ranked", "prior_fit", "ranks_table"]

LEVELS = 99
"""Posterior draws that a truth is ranked among: ranks from 0 to 99."""

ALPHA = 0.01
"""Probability that any of a model's quantities is found wrong though all are right."""

TRIES = 200
"""Data sets without an event are drawn anew with truths of their own, at most so often in a row.
Ranks stay uniform: whether a data set can be fitted depends on the data alone."""

LIKELIHOOD = "log-likelihood"
"""Beside the parameters, the joint log-likelihood is ranked, which sees errors that no parameter
shows: Modrák et al. (2023), Bayesian Analysis, doi:10.1214/23-BA1404."""

FEW_EFFECTIVE = 2 * LEVELS
"""A run with fewer effective draws is repeated once with four times as many: ranks among draws
that hang together aren't uniform."""

SETTINGS = Sampler(chains=2, tune=400, draws=500)


@dataclass(frozen=True, eq=False)
class Ranked:
    """One data set's result.

    Parameters
    ----------
    ranks : mapping of str to int
        By quantity, how many of `LEVELS` posterior draws are below the truth.
    truths : mapping of str to float
        The truths.
    diverging : int
        Divergent transitions.
    ess : float
        Smallest effective sample size of all parameters.
    events : int
        Events in the data set.
    """

    ranks: Mapping[str, int]
    truths: Mapping[str, float]
    diverging: int
    ess: float
    events: int

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the result as arrays, to be stored."""
        return {
            "names": np.array(list(self.ranks)),
            "ranks": np.array(list(self.ranks.values()), dtype=np.int64),
            "truths": np.array(list(self.truths.values())),
            "run": np.array([self.diverging, self.ess, self.events]),
        }

    @staticmethod
    def of(arrays: Mapping[str, np.ndarray]) -> "Ranked":
        """Return a result from stored arrays."""
        names = [str(name) for name in arrays["names"]]
        diverging, ess, events = arrays["run"]
        ranks = dict(zip(names, arrays["ranks"].tolist(), strict=True))
        truths = dict(zip(names, arrays["truths"].tolist(), strict=True))
        return Ranked(ranks, truths, int(diverging), float(ess), int(events))


@dataclass(frozen=True, eq=False)
class Calibration:
    """How a model is calibrated: whose covariates and follow-up, how many patients, which run.

    Parameters
    ----------
    model : SurvivalModel
        The model; what it takes from data, such as knots, it takes from the cohort once.
    cohort : Cohort
        Whose covariates are drawn from, with entry, censoring and examinations as they were.
    patients : int, optional
        Patients in each simulated data set, drawn from all rows of the cohort; the rows of the
        cohort's first draw, in their order, where it is left out.
    settings : Sampler, optional
        How each is sampled.
    seed : int, optional
        Seed: data set k is the same whatever others are made.

    Raises
    ------
    InputError
        If the formula doesn't fit the cohort.
    """

    model: SurvivalModel
    cohort: Cohort
    patients: int | None = None
    settings: Sampler = SETTINGS
    seed: int = 1

    def __post_init__(self) -> None:
        if self.patients is not None:
            positive_integer(self.patients, "patients", least=2)
        object.__setattr__(self, "model", self.model.suited(self.cohort.patients))

    @property
    def _names(self) -> dict[str, str]:
        return {"time": self.model.formula.time, "event": self.model.formula.event}

    @cached_property
    def _compiled(self) -> "dict[frozenset[str], Compiled]":
        return {}

    @cached_property
    def _pool(self) -> pd.DataFrame:
        rows = self.cohort.frames()[0] if self.patients is None else self.cohort.patients
        return rows.drop(columns=["patient", "draw"], errors="ignore").reset_index(drop=True)

    @cached_property
    def _follow_up(self) -> FollowUp:
        return FollowUp.of(self._pool, **self._names).fresh()

    def data_set(self, number: int) -> tuple[Fit, Cohort]:
        """Return a truth, as a fit of one draw, and a cohort simulated from it.

        Parameters
        ----------
        number : int
            Which data set, from 0.

        Returns
        -------
        tuple of Fit and Cohort
            Truth and data.

        Raises
        ------
        InputError
            If hardly any data set has an event: the priors are far from the follow-up.
        """
        rng = np.random.default_rng([self.seed, number])
        for _ in range(TRIES):
            truth = prior_fit(self.model, rng)
            rows = self._rows(rng)
            patients = self._pool.iloc[rows].reset_index(drop=True)
            seen = self._follow_up.taken(rows).replicate(truth.hazard(patients), rng)
            one = Seen(seen.time[0], seen.event[0], seen.upper[0])
            if one.event.any():
                table = one.rows(patients, **self._names)
                return truth, Cohort(table, label="simulated", source="calibration")
        raise InputError(
            f"{TRIES} simulated data sets have no event: the priors expect them long after the "
            "cohort's follow-up ends; look at the prior of the median",
            where="priors",
        )

    def ranked(self, number: int) -> Ranked:
        """Simulate a data set, fit it and rank its truth.

        Parameters
        ----------
        number : int
            Which data set, from 0.

        Returns
        -------
        Ranked
            Ranks of all parameters, element by element, and of the log-likelihood.
        """
        truth, cohort = self.data_set(number)
        fit = self.fitted(cohort, number)
        ess = _smallest_ess(fit)
        true, drawn = _quantities(truth, cohort), _quantities(fit, cohort)
        ranks = {name: int(np.sum(_thinned(drawn[name]) < true[name])) for name in true}
        diverging = int(fit.statistics["diverging"].sum()) if "diverging" in fit.statistics else 0
        events = int(cohort.patients[self._names["event"]].sum())
        truths = {name: float(values[0]) for name, values in true.items()}
        return Ranked(ranks, truths, diverging, ess, events)

    def fitted(self, cohort: Cohort, number: int) -> Fit:
        """Fit a simulated cohort, longer where the draws hang together.

        Parameters
        ----------
        cohort : Cohort
            From `data_set`.
        number : int
            Its number: each has random numbers of its own.

        Returns
        -------
        Fit
            The posterior.
        """
        settings = replace(self.settings, seed=self.seed + 7919 * (number + 1))
        fit = self._sampled(cohort, settings)
        if _smallest_ess(fit) >= FEW_EFFECTIVE:
            return fit
        return self._sampled(cohort, replace(settings, draws=4 * settings.draws))

    def _rows(self, rng: np.random.Generator) -> np.ndarray:
        size = len(self._pool)
        return np.arange(size) if self.patients is None else rng.integers(0, size, self.patients)

    def _sampled(self, cohort: Cohort, settings: Sampler) -> Fit:
        from oligotrial.bayes.sample import compiled

        kind = frozenset(self.model.arrays(cohort.patients))
        if kind not in self._compiled:
            self._compiled[kind] = compiled(self.model, cohort)
        return self._compiled[kind].sample(cohort, settings)


def prior_fit(model: SurvivalModel, rng: np.random.Generator, *, draws: int = 1) -> Fit:
    """Return draws from a model's priors, in the form of a fit.

    Parameters
    ----------
    model : SurvivalModel
        A suited model.
    rng : numpy.random.Generator
        Random numbers.
    draws : int, optional
        How many.

    Returns
    -------
    Fit
        One chain; it predicts as any fit does: what the priors expect.

    Examples
    --------
    >>> from oligotrial.bayes import Weibull
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> prior_fit(model, np.random.default_rng(1), draws=5).draws["shape"].shape
    (5, 1)
    """
    found: dict[str, Any] = {}
    for each in model.parameters:
        values = each.prior.draw(rng, draws=draws, size=max(each.size, 1))
        if each.size:
            found[each.name] = (("chain", "draw", f"{each.name}_dim_0"), values[None])
        else:
            found[each.name] = (("chain", "draw"), values[None, :, 0])
    posterior = xr.Dataset(found, coords={"cohort_draw": ("chain", [0])})
    return Fit(model, posterior, xr.Dataset(), "draws from the priors")


def ranks_table(results: list[Ranked]) -> pd.DataFrame:
    """Return each quantity's tests of uniform ranks.

    Parameters
    ----------
    results : list of Ranked
        One a data set.

    Returns
    -------
    pandas.DataFrame
        One row a quantity: quantity, data_sets, mean_rank (of 0 to 1, 0.5 when all is well), mcse
        (its standard error), p_distribution, p_chi_squared (see `uniformity`), passed. A quantity
        passes when its smaller p-value times the number of tests is above `ALPHA`
        (Bonferroni): two tests for each quantity of the model.
    """
    rows = []
    for name in results[0].ranks:
        ranks = np.array([each.ranks[name] for each in results])
        found = uniformity(ranks, LEVELS)
        mean, error = ranks.mean() / LEVELS, ranks.std(ddof=1) / LEVELS / np.sqrt(len(ranks))
        rows.append((name, len(ranks), mean, error, found.distribution, found.chi_squared))
    columns = ["quantity", "data_sets", "mean_rank", "mcse", "p_distribution", "p_chi_squared"]
    table = pd.DataFrame(rows, columns=columns)
    smaller = table[["p_distribution", "p_chi_squared"]].min(axis=1)
    return table.assign(passed=smaller * 2 * len(table) > ALPHA)


def _quantities(fit: Fit, cohort: Cohort) -> dict[str, np.ndarray]:
    found = {name: values.ravel() for name, values in predict.elements(fit).items()}
    return found | {LIKELIHOOD: total_log_likelihood(fit, cohort).ravel()}


def _thinned(values: np.ndarray) -> np.ndarray:
    """Return `LEVELS` draws, evenly spread over the chains."""
    return np.asarray(values[np.linspace(0, len(values) - 1, LEVELS).round().astype(int)])


def _smallest_ess(fit: Fit) -> float:
    parts = np.stack([fit.by_cohort_draw(values) for values in predict.elements(fit).values()])
    return float(np.nanmin(diagnose.ess_bulk(parts)))
