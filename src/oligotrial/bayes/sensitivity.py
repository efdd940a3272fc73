"""How far the posterior hangs on the priors, and how far on the data: power-scaling."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oligotrial.bayes import diagnose, predict
from oligotrial.bayes.pointwise import total_log_likelihood
from oligotrial.bayes.priors import Dirichlet, Normal, Parameter

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Sensitivity", "log_prior", "sensitivity"]

POWERS = (0.99, 1.01)
"""Powers to which a part of the posterior is raised: arviz_stats' and priorsense's default."""

LIMIT = 0.05
"""Kallioinen, Paananen, Bürkner and Vehtari (2024): their threshold. It is the distance of a
normal posterior whose mean moves by a quarter of its standard deviation for each doubling."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How far each quantity moves when priors or likelihood are made stronger or weaker.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a quantity: quantity, prior, likelihood (cumulative Jensen-Shannon distances for
        each doubling of the power), strongest_prior (the parameter whose prior moves it most),
        finding (in words, empty where all is well).

    Notes
    -----
    Kallioinen, Paananen, Bürkner and Vehtari (2024), Statistics and Computing 34, 57,
    doi:10.1007/s11222-023-10366-5. Priors that belong to a model's structure (standard normal
    numbers that a standard deviation is multiplied by) are left as they are, as the authors
    advise for hierarchical models. Of a reconstruction, distances are those of each cohort
    draw's own posterior, averaged.
    """

    table: pd.DataFrame

    @property
    def words(self) -> tuple[str, ...]:
        """What is to be known before the posterior is relied on."""
        told = self.table[self.table["finding"] != ""]
        return tuple(
            f"{'; '.join(rows['quantity'])}: {finding}"
            for finding, rows in told.groupby("finding", sort=False)
        )


def sensitivity(fit: "Fit", cohort: "Cohort") -> Sensitivity:
    """Return how far a fit hangs on its priors and on its data, without fitting again.

    Parameters
    ----------
    fit : Fit
        The posterior.
    cohort : Cohort
        The patients that were fitted.

    Returns
    -------
    Sensitivity
        For each effect and each parameter of the baseline.

    Raises
    ------
    InputError
        If the cohort has another number of draws than what was fitted.

    Examples
    --------
    >>> from oligotrial.bayes import SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> from oligotrial.cohort import Cohort
    >>> rows = pd.DataFrame({"time": [3.0, 8.0, 11.0], "event": [1, 0, 1], "x": [0.0, 1.0, 0.5]})
    >>> cohort = Cohort(rows, label="three patients", source="example")
    >>> sensitivity(fit, cohort).table["quantity"].tolist()
    ['median', 'shape', 'x: per unit']
    """
    likelihood = total_log_likelihood(fit, cohort)
    priors = {
        each.name: predict.parts_of(fit, log_prior(fit, each))
        for each in fit.model.parameters
        if not _structural(each)
    }
    whole = np.sum(list(priors.values()), axis=0)
    weights = {name: _weights(part) for name, part in (priors | {_ALL: whole}).items()}
    by_data = _weights(likelihood)
    rows = []
    for name, values in _quantities(fit).items():
        draws = predict.parts_of(fit, values[:, 0])
        moved = {prior: _distance(draws, pair) for prior, pair in weights.items()}
        by_prior, by_likelihood = moved.pop(_ALL), _distance(draws, by_data)
        strongest = max(moved, key=lambda prior: moved[prior])
        finding = _finding(by_prior, by_likelihood, strongest)
        rows.append((name, by_prior, by_likelihood, strongest, finding))
    columns = ["quantity", "prior", "likelihood", "strongest_prior", "finding"]
    return Sensitivity(pd.DataFrame(rows, columns=columns))


_ALL = ""
"""All priors together; no parameter is called so."""


def log_prior(fit: "Fit", parameter: Parameter) -> np.ndarray:
    """Return the log density of a parameter's prior at each draw, but for a constant.

    Parameters
    ----------
    fit : Fit
        The posterior.
    parameter : Parameter
        One of the model's.

    Returns
    -------
    numpy.ndarray
        Shape (samples,), summed over elements.
    """
    given = fit.draws[parameter.name]
    values = np.concatenate(given, axis=1) if isinstance(given, list) else given
    prior: Any = parameter.prior
    if isinstance(prior, Dirichlet):
        return np.asarray((prior.concentration - 1.0) * np.log(values).sum(axis=1))
    return np.asarray(prior.distribution.logpdf(values).sum(axis=1))


def _structural(parameter: Parameter) -> bool:
    return parameter.size > 0 and parameter.prior == Normal(0.0, 1.0)


def _quantities(fit: "Fit") -> dict[str, np.ndarray]:
    """Return what is judged: the effects, and parameters that are no effect's."""
    draws = fit.draws
    effects = {each.name for each in fit.model.effects}
    found = {
        name: values
        for name, values in draws.items()
        if name not in effects and not isinstance(values, list)
    }
    for term in fit.model.formula.terms:
        for contrast, values in term.contrasts(draws).items():
            found[f"{term.name}: {contrast}"] = np.asarray(values).reshape(fit.samples, -1)
    return found


def _weights(parts: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each draw of the cohort, weights for both powers."""
    return [
        (
            diagnose.power_scale_weights(part, POWERS[0]),
            diagnose.power_scale_weights(part, POWERS[1]),
        )
        for part in parts
    ]


def _distance(draws: np.ndarray, weights: list[tuple[np.ndarray, np.ndarray]]) -> float:
    found = [
        diagnose.power_scale_distance(part, lower, upper, POWERS)
        for part, (lower, upper) in zip(draws, weights, strict=True)
    ]
    return float(np.mean(found))


def _finding(prior: float, likelihood: float, strongest: str) -> str:
    if prior < LIMIT:
        return ""
    if likelihood < LIMIT:
        return (
            f"rests on the prior of {strongest}, hardly on the data; say so wherever it is shown, "
            "and look at what a wider prior gives"
        )
    return (
        f"moves with the prior of {strongest} as well as with the data, which may contradict each "
        "other; fit again with a wider prior and report both"
    )
