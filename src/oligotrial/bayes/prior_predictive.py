"""What a model's priors say of patients, before any of them is seen."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import xarray as xr

from oligotrial.bayes.fit import Fit
from oligotrial.bayes.measures import MEDIAN, Survival
from oligotrial.bayes.model import SurvivalModel
from oligotrial.bayes.priors import Parameter
from oligotrial.checks import InputError, positive, positive_integer

__all__ = ["implied", "prior_fit", "prior_survival"]

CHAINS = 4
"""Draws are independent; chains are only how the Monte Carlo error is worked out."""

NEVER = 1e6
"""Months from which on a median is told as never reached."""


def prior_fit(model: SurvivalModel, *, draws: int = 2000, seed: int = 1) -> Fit:
    """Return draws of the prior in the form of a posterior, which predicts as that does.

    Parameters
    ----------
    model : SurvivalModel
        The model. One that takes knots, levels or scales from patients has to be `suited` to
        them before.
    draws : int, optional
        Number of draws, rounded up to a multiple of four.
    seed : int, optional
        Seed.

    Returns
    -------
    Fit
        Labelled "prior"; survival, medians, restricted means and all else are those of the
        prior predictive distribution.

    Raises
    ------
    InputError
        If the model has to be suited to patients first.

    Examples
    --------
    >>> from oligotrial.bayes import Weibull
    >>> model = SurvivalModel("Surv(time, event) ~ 1", Weibull())
    >>> prior_fit(model, draws=100).samples
    100
    """
    each = -(-positive_integer(draws, "draws") // CHAINS)
    rng = np.random.default_rng(seed)
    posterior = {one.name: _drawn(one, each, rng) for one in _parameters(model)}
    steps = {"chain": np.arange(CHAINS), "draw": np.arange(each)}
    own = {"cohort_draw": ("chain", np.zeros(CHAINS, dtype=int))}
    return Fit(model, xr.Dataset(posterior, {**steps, **own}), xr.Dataset(coords=steps), "prior")


def _parameters(model: SurvivalModel) -> tuple[Parameter, ...]:
    try:
        return model.parameters
    except InputError as error:
        raise InputError(
            f"this model takes something from patients before it can be drawn from "
            f"({error.problem}); draw from model.suited(patients)",
            where=error.where,
        ) from None


def _drawn(
    parameter: Parameter, draws: int, rng: np.random.Generator
) -> tuple[tuple[str, ...], np.ndarray]:
    size = max(parameter.size, 1)
    values = parameter.prior.draw(rng, draws=CHAINS * draws, size=size)
    if not parameter.size:
        return ("chain", "draw"), values.reshape(CHAINS, draws)
    return ("chain", "draw", f"{parameter.name}_dim"), values.reshape(CHAINS, draws, size)


def prior_survival(
    model: SurvivalModel,
    profiles: pd.DataFrame,
    months: Iterable[float],
    *,
    draws: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return prior predictive survival curves.

    Parameters
    ----------
    model : SurvivalModel
        The model, suited to patients where it takes something from them.
    profiles : pandas.DataFrame
        Covariate rows.
    months : iterable of float
        Times.
    draws : int, optional
        Draws of the prior.
    seed : int, optional
        Seed.
    level : float, optional
        Probability of the pointwise bands.

    Returns
    -------
    pandas.DataFrame
        One row a profile and time: profile (row number), time, survival (prior mean), mcse (its
        Monte Carlo standard error), lower and upper.

    Raises
    ------
    InputError
        If the model has to be suited to patients first, or a covariate is missing.

    Examples
    --------
    >>> from oligotrial.bayes import Weibull
    >>> model = SurvivalModel("Surv(time, event) ~ 1", Weibull())
    >>> bands = prior_survival(model, pd.DataFrame(index=[0]), [12.0], draws=4000)
    >>> bands[["lower", "survival", "upper"]].round(1).to_numpy().tolist()
    [[0.0, 0.5, 0.9]]
    """
    return prior_fit(model, draws=draws, seed=seed).survival(profiles, months, level=level)


def implied(
    model: SurvivalModel,
    profiles: pd.DataFrame,
    *,
    months: float = 12.0,
    draws: int = 4000,
    seed: int = 1,
) -> pd.DataFrame:
    """Return what the priors together imply, in numbers and in sentences.

    Parameters
    ----------
    model : SurvivalModel
        The model, suited to patients where it takes something from them.
    profiles : pandas.DataFrame
        Covariate rows; their index is what sentences call them.
    months : float, optional
        Time at which survival is told.
    draws : int, optional
        Draws of the prior.
    seed : int, optional
        Seed.

    Returns
    -------
    pandas.DataFrame
        One row a profile's median and survival, and one a contrast of each term: about,
        quantity, lower, middle and upper (2.5%, 50% and 97.5%; months, a probability, a ratio),
        sentence.

    Raises
    ------
    InputError
        If the model has to be suited to patients first, a covariate is missing, or `months`
        isn't above 0.

    Examples
    --------
    >>> from oligotrial.bayes import Weibull
    >>> model = SurvivalModel("Surv(time, event) ~ age", Weibull())
    >>> told = implied(model, pd.DataFrame({"age": [0.0]}, index=["reference"]))
    >>> told["about"].tolist()
    ['reference', 'reference', 'age, per unit']
    """
    positive(months, "months")
    fit = prior_fit(model, draws=draws, seed=seed)
    rows = [*_of_profiles(fit, profiles, months), *_of_contrasts(fit)]
    return pd.DataFrame(rows, columns=["about", "quantity", "lower", "middle", "upper", "sentence"])


type _Row = tuple[str, str, float, float, float, str]


def _of_profiles(fit: Fit, profiles: pd.DataFrame, months: float) -> Iterator[_Row]:
    table = fit.estimates(profiles, [MEDIAN, Survival(months)])
    names = [str(name) for name in profiles.index]
    ends = table[["lower", "estimate", "upper"]].to_numpy()
    for k, (low, middle, high) in enumerate(ends.tolist()):
        name = names[int(table["profile"].iloc[k])]
        if table["measure"].iloc[k] == "survival":
            what = f"survival at {months:g} months"
            said = f"{what} between {low:.0%} and {high:.0%}"
        else:
            what = "median"
            said = f"median between {_months(low)} and {_months(high)}"
        yield name, what, low, middle, high, f"{name}: {said} with 95%"


def _months(value: float) -> str:
    return f"{value:.3g} months" if value < NEVER else "never"


def _of_contrasts(fit: Fit) -> Iterator[_Row]:
    ratio = fit.model.effect.ratio
    draws = fit.draws
    for term in fit.model.formula.terms:
        for contrast, log_ratio in term.contrasts(draws).items():
            low, middle, high = np.exp(np.quantile(log_ratio, [0.025, 0.5, 0.975]))
            name = f"{term.name}, {contrast}"
            said = f"{name}: {ratio} between {low:.2f} and {high:.2f} with 95%"
            yield name, ratio, float(low), float(middle), float(high), said
