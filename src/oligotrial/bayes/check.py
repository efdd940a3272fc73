"""Whether a fit can be relied on, in numbers and in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oligotrial.bayes import diagnose
from oligotrial.bayes.loo import Loo, loo
from oligotrial.bayes.predict import elements
from oligotrial.bayes.predictive import P_LIMIT, PredictiveCheck, predictive_check
from oligotrial.bayes.sensitivity import Sensitivity, sensitivity

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Check", "check", "check_sampler"]

RHAT_LIMIT = 1.01
ESS_LIMIT = 400
"""Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Analysis 16, 667-718,
doi:10.1214/20-BA1221, section 4: R-hat below 1.01 and an effective sample size above 400."""

SINGLE_RHAT_LIMIT = 1.05
"""For the worst of all parameters in all cohort draws. Hundreds of R-hats, each of a short run,
exceed 1.01 somewhere by noise alone; a chain that is stuck shows far more than this."""

BFMI_LIMIT = 0.3
"""Betancourt (2018), arXiv:1701.02434, section 6.1: energy is explored badly below 0.3."""

DIVERGENT_SHARE = 0.001
"""Divergences that are let through, as a share of draws: one in a thousand has no bearing on
the figures shown; more are a sign of a region the sampler doesn't enter."""


@dataclass(frozen=True, eq=False)
class Check:
    """The checks of a fit: of the sampler, and with its cohort, of the model.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns quantity, value, limit, passed.
    failures : tuple of str
        What is wrong and what to try; empty when all is well.
    notes : tuple of str
        What doesn't make the fit wrong and has to be known: cross-validation, what hangs on the
        priors.
    loo : Loo, optional
        Cross-validation.
    predictive : PredictiveCheck, optional
        Replicated Kaplan-Meier curves.
    sensitivity : Sensitivity, optional
        Power-scaling of priors and likelihood.
    """

    table: pd.DataFrame
    failures: tuple[str, ...]
    notes: tuple[str, ...] = ()
    loo: Loo | None = None
    predictive: PredictiveCheck | None = None
    sensitivity: Sensitivity | None = None


def check(
    fit: "Fit",
    cohort: "Cohort | None" = None,
    *,
    by: str | None = None,
    replicates: int = 200,
    seed: int = 1,
) -> Check:
    """Check a fit: its sampler alone, or with its cohort the model too.

    Parameters
    ----------
    fit : Fit
        The posterior.
    cohort : Cohort, optional
        The patients that were fitted; without them there are the sampler's checks only.
    by : str, optional
        A column whose levels are replicated apart, beside the whole cohort.
    replicates : int, optional
        Replicated cohorts.
    seed : int, optional
        Seed of the replicates.

    Returns
    -------
    Check
        Figures, and in words what failed and what has to be known.

    Raises
    ------
    InputError
        If the cohort isn't the one that was fitted, or has no column `by`.
    """
    sampled = check_sampler(fit)
    if cohort is None:
        return sampled
    predicted = predictive_check(fit, cohort, replicates=replicates, seed=seed)
    if by is not None:
        apart = predictive_check(fit, cohort, by=by, replicates=replicates, seed=seed)
        predicted = predicted.joined(apart)
    crossed, scaled = loo(fit, cohort), sensitivity(fit, cohort)
    smallest = float(predicted.statistics["p_value"].min())
    passed = smallest >= P_LIMIT
    rows = [("Predictive p-value, smallest", smallest, f">= {P_LIMIT}", passed)]
    table = pd.DataFrame(rows, columns=list(sampled.table.columns))
    return Check(
        pd.concat([sampled.table, table], ignore_index=True),
        (*sampled.failures, *predicted.failures),
        (crossed.words, *_unreliable(crossed), *scaled.words),
        crossed,
        predicted,
        scaled,
    )


def _unreliable(crossed: Loo) -> tuple[str, ...]:
    high = crossed.unreliable
    if high.empty:
        return ()
    rows = ", ".join(str(row + 1) for row in high["patient"].head(5))
    return (
        f"Pareto k is above {crossed.good_k:.2f} for {len(high)} patients (the worst are rows "
        f"{rows}): leaving one of them out would move the posterior too far for importance "
        "weights, and the cross-validation is too hopeful there. Look whether their data are "
        "right; if they are, fit without them and compare.",
    )


def check_sampler(fit: "Fit") -> Check:
    """Check the sampling of a fit, within each draw of its cohort.

    Chains of different cohort draws have different posteriors and need not agree; R-hat is
    therefore computed for each cohort draw, then averaged over them; the worst is shown too.

    Parameters
    ----------
    fit : Fit
        The posterior.

    Returns
    -------
    Check
        Figures, and failures in words.
    """
    parts = np.stack([fit.by_cohort_draw(values) for values in elements(fit).values()])
    diverging = fit.statistics["diverging"].to_numpy()
    rhats = diagnose.rhat(parts)
    rhat, worst = float(rhats.mean(axis=1).max()), float(rhats.max())
    bulk = float(diagnose.ess_bulk(parts).sum(axis=1).min())
    tail = float(diagnose.ess_tail(parts).sum(axis=1).min())
    bfmi = float(np.min(diagnose.bfmi(fit.statistics["energy"].to_numpy())))
    few = int(DIVERGENT_SHARE * diverging.size)
    table = pd.DataFrame(
        [
            ("R-hat, mean over cohort draws", rhat, f"< {RHAT_LIMIT}", rhat < RHAT_LIMIT),
            ("R-hat, worst single fit", worst, f"< {SINGLE_RHAT_LIMIT}", worst < SINGLE_RHAT_LIMIT),
            ("Bulk ESS, all cohort draws", bulk, f"> {ESS_LIMIT}", bulk > ESS_LIMIT),
            ("Tail ESS, all cohort draws", tail, f"> {ESS_LIMIT}", tail > ESS_LIMIT),
            ("Divergences", float(diverging.sum()), f"<= {few}", diverging.sum() <= few),
            ("E-BFMI, worst chain", bfmi, f"> {BFMI_LIMIT}", bfmi > BFMI_LIMIT),
        ],
        columns=["quantity", "value", "limit", "passed"],
    )
    failed = table[~table["passed"].astype(bool)]
    return Check(table, tuple(_sentence(row) for _, row in failed.iterrows()))


REMEDIES = {
    "R-hat, mean over cohort draws": "chains disagree; sample longer (sampler.tune, sampler.draws)",
    "R-hat, worst single fit": "chains disagree for one cohort draw; sample longer "
    "(sampler.tune, sampler.draws)",
    "Bulk ESS, all cohort draws": "too few independent draws for means; raise sampler.draws",
    "Tail ESS, all cohort draws": "too few independent draws for intervals; raise sampler.draws",
    "Divergences": "a region of the posterior is not entered; raise sampler.target_accept "
    "towards 0.99, or tighten the prior of the parameter that runs away",
    "E-BFMI, worst chain": "the energy is explored badly; sample longer or tighten the priors "
    "of standard deviations",
}


def _sentence(row: "pd.Series[Any]") -> str:
    remedy = REMEDIES[row["quantity"]]
    return f"{row['quantity']} is {row['value']:.4g}, not {row['limit']}: {remedy}."
