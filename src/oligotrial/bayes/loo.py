"""Leave-one-out cross-validation by Pareto-smoothed importance sampling."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import diagnose
from oligotrial.bayes.pointwise import Block, pointwise
from oligotrial.bayes.predict import elements

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Loo", "loo"]


@dataclass(frozen=True, eq=False)
class Loo:
    """How well a model foretells each patient from all the others.

    Parameters
    ----------
    pointwise : pandas.DataFrame
        One row a patient and draw of the cohort: cohort_draw, patient (row number), elpd (log
        predictive density of what was seen of the patient, given all others), p_loo (by how much
        the patient's own data raise it), pareto_k, weight.
    good_k : float
        Pareto k up to which `elpd` can be relied on.

    Notes
    -----
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432,
    doi:10.1007/s11222-016-9696-4. The importance ratio of a patient with weight w is the inverse
    of the likelihood to the power w, which is what the posterior holds of that patient.
    """

    pointwise: pd.DataFrame
    good_k: float

    @property
    def by_cohort_draw(self) -> pd.DataFrame:
        """One row a draw of the cohort: patients, elpd, se, p_loo, worst_k, unreliable."""
        rows = [(draw, *_totals(rows, self.good_k)) for draw, rows in self._groups()]
        columns = ["cohort_draw", "patients", "elpd", "se", "p_loo", "worst_k", "unreliable"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def elpd(self) -> float:
        """Expected log pointwise predictive density, averaged over the draws of the cohort."""
        return float(self.by_cohort_draw["elpd"].mean())

    @property
    def se(self) -> float:
        """Its standard error over patients, within a draw of the cohort."""
        return float(np.sqrt((self.by_cohort_draw["se"] ** 2).mean()))

    @property
    def spread(self) -> float:
        """Its standard deviation between draws of the cohort; 0 for patients."""
        found = self.by_cohort_draw["elpd"]
        return float(found.std(ddof=1)) if len(found) > 1 else 0.0

    @property
    def p_loo(self) -> float:
        """Effective number of parameters, averaged over the draws of the cohort."""
        return float(self.by_cohort_draw["p_loo"].mean())

    @property
    def unreliable(self) -> pd.DataFrame:
        """The patients whose Pareto k is too high, the worst first."""
        high = ~(self.pointwise["pareto_k"] <= self.good_k)
        return self.pointwise[high].sort_values("pareto_k", ascending=False)

    @property
    def words(self) -> str:
        """What was found, in sentences."""
        draws = self.by_cohort_draw
        text = (
            f"Expected log predictive density of a left-out patient's data, summed over "
            f"{draws['patients'].iloc[0]} patients: {self.elpd:.1f} (standard error "
            f"{self.se:.1f}); effective number of parameters {self.p_loo:.1f}; largest Pareto k "
            f"{self.pointwise['pareto_k'].max():.2f} (reliable up to {self.good_k:.2f})."
        )
        if len(draws) == 1:
            return text
        return (
            f"{text} It is averaged over {len(draws)} reconstructed cohorts, each cross-validated "
            f"with its own posterior, and varies between them with a standard deviation of "
            f"{self.spread:.1f}: that much is left open by not having the patients. A left-out row "
            "of a reconstruction isn't a new patient, since the other rows were made to agree "
            "with the same printed numbers: use it to compare models of one reconstruction, not "
            "as a forecast's quality."
        )

    def _groups(self) -> list[tuple[object, pd.DataFrame]]:
        return list(self.pointwise.groupby("cohort_draw", sort=True))


def loo(fit: "Fit", cohort: "Cohort") -> Loo:
    """Cross-validate a fit, leaving out a patient at a time without fitting again.

    Parameters
    ----------
    fit : Fit
        The posterior.
    cohort : Cohort
        The patients that were fitted. Each draw of a reconstruction is cross-validated within
        itself.

    Returns
    -------
    Loo
        Figures for each patient, and their totals.

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
    >>> len(loo(fit, cohort).pointwise)
    3
    """
    relative = relative_ess(fit)
    tables = [_table(block, relative) for block in pointwise(fit, cohort)]
    count = fit.samples // (int(fit.posterior["cohort_draw"].max()) + 1)
    return Loo(pd.concat(tables, ignore_index=True), diagnose.good_k(count))


def relative_ess(fit: "Fit") -> float:
    """Return the parameters' mean effective over actual number of draws, at most 1."""
    parts = np.stack([fit.by_cohort_draw(values) for values in elements(fit).values()])
    share = diagnose.ess_bulk(parts) / np.prod(parts.shape[-2:])
    return float(np.clip(np.nanmean(share), 0.01, 1.0)) if np.isfinite(share).any() else 1.0


def _table(block: Block, relative: float) -> pd.DataFrame:
    values = block.values.reshape(len(block.values), -1)
    ratios = -block.weights[:, None] * values
    log_weights, k = diagnose.psis(ratios, relative_ess=relative)
    elpd = np.logaddexp.reduce(log_weights + values, axis=1)
    own = np.logaddexp.reduce(values, axis=1) - np.log(values.shape[1])
    told = {"cohort_draw": block.cohort_draw, "patient": block.patients, "elpd": elpd}
    return pd.DataFrame(told | {"p_loo": own - elpd, "pareto_k": k, "weight": block.weights})


def _totals(rows: pd.DataFrame, limit: float) -> tuple[float, ...]:
    weighted = rows["weight"] * rows["elpd"]
    total_p = float((rows["weight"] * rows["p_loo"]).sum())
    error = float(np.sqrt(len(rows)) * weighted.std(ddof=1)) if len(rows) > 1 else float("nan")
    high = int((~(rows["pareto_k"] <= limit)).sum())
    return len(rows), float(weighted.sum()), error, total_p, float(rows["pareto_k"].max()), high
