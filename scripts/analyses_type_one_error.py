"""Type I error of every analysis: simulated null trials with four strata, at two sizes.

    python scripts/analyses_type_one_error.py [trials at 120 patients] [trials at 1,000 patients]

Prints a table for docs/analyses.md: the share of trials that each analysis calls a success at one-
sided 10% and 2.5%, with its Monte Carlo standard error, and trials that it can't analyse. A million
trials each take about 20 minutes on one core.
"""

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.trial import Accrual, AtEvents, Design, Imaging
from oligotrial.trial.decide import (
    SCORE,
    Analysis,
    CoxTest,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    PosteriorProbability,
    RestrictedMeanDifference,
    WeightedLogRank,
)

ALPHAS = (0.10, 0.025)
CHUNK = 10_000

ANALYSES: dict[str, Analysis] = {
    "log-rank, stratified": LogRank(0.1),
    "log-rank, unstratified": LogRank(0.1, stratified=False),
    "Fleming-Harrington (0, 1)": WeightedLogRank(0.1, FlemingHarrington(0.0, 1.0)),
    "Fleming-Harrington (1, 0)": WeightedLogRank(0.1, FlemingHarrington(1.0, 0.0)),
    "modest weights, 6 months": WeightedLogRank(0.1, ModestWeight(6.0)),
    "MaxCombo of 4, stratified": MaxCombo(0.1),
    "MaxCombo of 4, unstratified": MaxCombo(0.1, stratified=False),
    "Cox, Wald": CoxTest(0.1),
    "Cox, score": CoxTest(0.1, SCORE),
    "restricted mean, 12 months": RestrictedMeanDifference(0.1, 12.0),
    "milestone, 9 months": MilestoneDifference(0.1, 9.0),
    "posterior probability, normal(0, 10)": PosteriorProbability(0.9, NormalLogRatio(0.0, 10.0)),
}
AT_VISITS: dict[str, Analysis] = {
    "log-rank of dates of detection": LogRank(0.1),
    "interval-censored, Sun": IntervalLogRank(0.1),
}


def batch(patients: int, analyses: Sequence[Analysis], trials: int, *, visits: bool) -> Batch:
    """Return null trials: three quarters of patients progress, strata differ by 0.6 to 1.7."""
    control = Exponential(np.log(2) / 9)
    arm = Proportional(control, np.log([[0.6, 0.85, 1.2, 1.7]]))
    truth = Scenario("null", ("a", "b", "c", "d"), np.full(4, 0.25), arm, arm)
    design = Design(
        patients,
        AtEvents(patients * 3 // 4),
        analyses[0],
        Accrual(patients / 24),
        dropout_per_month=0.01,
        imaging=Imaging((12.0,)) if visits else None,
        besides=tuple(analyses[1:]),
    )
    return Batch(design, truth.world(), trials, 20261121)


def rates(patients: int, named: dict[str, Analysis], trials: int, *, visits: bool) -> pd.DataFrame:
    """Return a row an analysis: rejections in percent at each alpha, with standard errors."""
    analyses = list(named.values())
    simulated = batch(patients, analyses, trials, visits=visits)
    starts = np.cumsum([5, *(len(analysis.columns) for analysis in analyses)])[:-1]
    hits, unknown = np.zeros((len(analyses), len(ALPHAS))), np.zeros(len(analyses))
    for first in range(0, trials, CHUNK):
        found = simulate_rows(simulated, first, min(CHUNK, trials - first))[:, starts]
        unknown += np.isnan(found).sum(axis=0)
        for place, alpha in enumerate(ALPHAS):
            hits[:, place] += (found >= [_threshold(a, alpha) for a in analyses]).sum(axis=0)
    table = pd.DataFrame({"analysis": list(named), "patients": patients, "trials": trials})
    for place, alpha in enumerate(ALPHAS):
        share = hits[:, place] / trials
        table[f"{100 * alpha:g}%"] = (100 * share).round(3)
        table[f"se {100 * alpha:g}%"] = (100 * np.sqrt(share * (1 - share) / trials)).round(3)
    table["not analysed"] = unknown.astype(int)
    return table


def _threshold(analysis: Analysis, alpha: float) -> float:
    return 1.0 - alpha if isinstance(analysis, PosteriorProbability) else float(norm.isf(alpha))


def main() -> None:
    """Print the tables."""
    small, large = (int(number) for number in (*sys.argv[1:3], 1_000_000, 1_000_000)[:2])
    for patients, named, trials, visits in (
        (120, ANALYSES, small, False),
        (120, AT_VISITS, small // 5, True),
        (1000, ANALYSES, large, False),
    ):
        if trials:
            table = rates(patients, named, trials, visits=visits)
            sys.stdout.write(table.to_string(index=False) + "\n\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
