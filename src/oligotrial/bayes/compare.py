"""Several models of one cohort, compared by cross-validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes.loo import Loo, loo
from oligotrial.bayes.stack import Stack, stacking_weights
from oligotrial.checks import InputError

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Compared", "compare"]


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
