"""Marginal survival, standardised over a stated population, and what sets two apart."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from oligotrial.bayes.measures import DIFFERENCE, RATIO, Comparison, HazardRate, Measure
from oligotrial.bayes.populations import Population
from oligotrial.bayes.predict import blocks, summarised
from oligotrial.checks import InputError
from oligotrial.hazard import Mixture

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit

__all__ = ["contrasts", "hazard_ratios", "marginal", "marginal_draws"]


def marginal_draws(fit: "Fit", population: Population, measures: Sequence[Measure]) -> xr.DataArray:
    """Return posterior draws of measures of a population's hazard.

    Survival is averaged over the population's patients in each draw, and the measure is that of
    the average: direct standardisation.

    Parameters
    ----------
    fit : Fit
        The posterior.
    population : Population
        Whom it is standardised over.
    measures : sequence of Measure
        What is asked for.

    Returns
    -------
    xarray.DataArray
        Dims measure, chain, draw.

    Raises
    ------
    InputError
        If a column of the formula is missing, or has an unknown level.
    """
    values = np.empty((len(measures), fit.samples))
    start = 0
    for part in blocks(fit, profiles=len(population.shares)):
        whole = Mixture(part.hazard(population.profiles), population.shares)
        stop = start + part.samples
        for row, measure in zip(values, measures, strict=True):
            row[start:stop] = np.broadcast_to(measure.of(whole), (part.samples, 1))[:, 0]
        start = stop
    return xr.DataArray(
        values.reshape(len(measures), fit.posterior.sizes["chain"], -1),
        dims=("measure", "chain", "draw"),
        coords={
            "measure": np.arange(len(measures)),
            "name": ("measure", [each.name for each in measures]),
            "at": ("measure", [each.at for each in measures]),
            "cohort_draw": ("chain", fit.posterior["cohort_draw"].to_numpy()),
        },
    )


def marginal(
    fit: "Fit", population: Population, measures: Sequence[Measure], *, level: float = 0.95
) -> pd.DataFrame:
    """Return measures of a population's survival, with their intervals.

    Parameters
    ----------
    fit : Fit
        The posterior.
    population : Population
        Whom it is standardised over: a cohort's patients, or a trial's with its own mix.
    measures : sequence of Measure
        What is asked for.
    level : float, optional
        Probability of the equal-tailed intervals.

    Returns
    -------
    pandas.DataFrame
        One row a measure: measure, at, estimate (posterior median), mcse (its Monte Carlo
        standard error), lower, upper.

    Raises
    ------
    InputError
        If a column of the formula is missing or has an unknown level.

    Examples
    --------
    >>> from oligotrial.bayes import MEDIAN, SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> both = Population(pd.DataFrame({"x": [0.0, 1.0]}), np.array([0.7, 0.3]))
    >>> len(marginal(fit, both, [MEDIAN]))
    1
    """
    return _table(fit, marginal_draws(fit, population, measures), measures, level)


def contrasts(
    fit: "Fit",
    first: Population,
    second: Population,
    measures: Sequence[Measure],
    *,
    comparison: Comparison = DIFFERENCE,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how measures of two populations differ, draw by draw.

    Parameters
    ----------
    fit : Fit
        The posterior.
    first, second : Population
        Who are compared: to compare two values of one column with all else equal,
        ``population.assigned({...})`` twice.
    measures : sequence of Measure
        What is compared.
    comparison : Comparison, optional
        `DIFFERENCE` (first minus second) or `RATIO` (first over second).
    level : float, optional
        Probability of the equal-tailed intervals.

    Returns
    -------
    pandas.DataFrame
        One row a measure: measure, at, comparison, estimate (posterior median), mcse, lower,
        upper, probability_below (that the first's is below the second's).

    Raises
    ------
    InputError
        If a column of the formula is missing or has an unknown level.

    Examples
    --------
    >>> from oligotrial.bayes import MEDIAN, SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> one = Population(pd.DataFrame({"x": [0.0]}))
    >>> table = contrasts(fit, one.assigned({"x": 1.0}), one, [MEDIAN], comparison=RATIO)
    >>> table["comparison"].tolist()
    ['ratio']
    """
    pair = [marginal_draws(fit, each, measures).to_numpy() for each in (first, second)]
    draws = comparison.of(*pair)
    table = _table(fit, draws, measures, level)
    below = (pair[0] < pair[1]).reshape(len(measures), -1).mean(axis=1)
    table.insert(2, "comparison", comparison.name)
    return table.assign(probability_below=below)


def hazard_ratios(
    fit: "Fit",
    profile: pd.DataFrame,
    against: pd.DataFrame,
    months: Iterable[float],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the hazard ratio of two profiles over time.

    Parameters
    ----------
    fit : Fit
        The posterior.
    profile, against : pandas.DataFrame
        One covariate row each.
    months : iterable of float
        Times.
    level : float, optional
        Probability of the equal-tailed, pointwise intervals.

    Returns
    -------
    pandas.DataFrame
        One row a time: time, hazard_ratio (posterior median), mcse, lower, upper. Where hazards
        are proportional all rows are equal.

    Raises
    ------
    InputError
        If there isn't one row each, a column of the formula is missing or has an unknown level.

    Examples
    --------
    >>> from oligotrial.bayes import MEDIAN, SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> rows = pd.DataFrame({"x": [1.0, 0.0]})
    >>> table = hazard_ratios(fit, rows.iloc[[0]], rows.iloc[[1]], [6.0, 12.0])
    >>> bool(np.isclose(table["hazard_ratio"][0], table["hazard_ratio"][1]))
    True
    """
    for name, rows in (("profile", profile), ("against", against)):
        if len(rows) != 1:
            raise InputError(f"there are {len(rows)} rows; give one", where=name)
    rates = [HazardRate(float(month)) for month in months]
    pair = Population(profile), Population(against)
    table = contrasts(fit, *pair, rates, comparison=RATIO, level=level)
    columns = {"at": "time", "estimate": "hazard_ratio"}
    return table.rename(columns=columns)[["time", "hazard_ratio", "mcse", "lower", "upper"]]


def _table(
    fit: "Fit", draws: xr.DataArray | np.ndarray, measures: Sequence[Measure], level: float
) -> pd.DataFrame:
    values = np.asarray(draws).reshape(len(measures), -1)
    told = {"measure": [each.name for each in measures], "at": [each.at for each in measures]}
    return pd.DataFrame(told | summarised(fit, values, level=level))
