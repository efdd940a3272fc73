"""Type I error of every analysis: simulated null trials with four strata, at two sizes.

    python scripts/analyses_type_one_error.py [trials at 120 patients] [trials at 1,000 patients]

Prints a table for docs/analyses.md: the share of trials that each analysis calls a success at one-
sided 10% and 2.5%, with its Monte Carlo standard error, and trials that it can't analyse. A million
trials each take about 20 minutes on one core.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.trial import Accrual, AtEvents, Design, Imaging
from oligotrial.trial.decide import (
    BY_PRECISION,
    BY_SIZE,
    FINKELSTEIN,
    INFORMATION,
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
    "MaxCombo of 6, stratified": MaxCombo(
        0.1, tuple(FlemingHarrington(rho, gamma) for rho in (0.0, 1.0) for gamma in (0.0, 0.5, 1.0))
    ),
    "Cox, Wald": CoxTest(0.1),
    "Cox, score": CoxTest(0.1, SCORE),
    "restricted mean, 12 months": RestrictedMeanDifference(0.1, 12.0),
    "the same, strata by size": RestrictedMeanDifference(0.1, 12.0, strata=BY_SIZE),
    "the same, horizon cut": RestrictedMeanDifference(0.1, 12.0, strata=BY_SIZE, truncated=True),
    "the same, strata by precision": RestrictedMeanDifference(0.1, 12.0, strata=BY_PRECISION),
    "milestone, 9 months": MilestoneDifference(0.1, 9.0),
    "milestone, strata by size": MilestoneDifference(0.1, 9.0, strata=BY_SIZE),
    "milestone, strata by precision": MilestoneDifference(0.1, 9.0, strata=BY_PRECISION),
    "posterior probability, normal(0, 10)": PosteriorProbability(0.9, NormalLogRatio(0.0, 10.0)),
}
AT_VISITS: dict[str, Analysis] = {
    "log-rank of dates of detection": LogRank(0.1),
    "interval-censored, Sun": IntervalLogRank(0.1),
    "the same, information": IntervalLogRank(0.1, variance=INFORMATION),
    "unstratified, Sun": IntervalLogRank(0.1, stratified=False),
    "unstratified, Sun, information": IntervalLogRank(0.1, stratified=False, variance=INFORMATION),
    "interval-censored, Finkelstein": IntervalLogRank(0.1, FINKELSTEIN),
    "the same, by information": IntervalLogRank(0.1, FINKELSTEIN, variance=INFORMATION),
}


FOUR = (0.6, 0.85, 1.2, 1.7)


@dataclass(frozen=True)
class Setting:
    """Null trials: patients, strata's hazards against the average, weeks between visits by arm."""

    patients: int
    strata: tuple[float, ...] = FOUR
    weeks: tuple[float, float] | None = None


def batch(setting: Setting, analyses: Sequence[Analysis], trials: int) -> Batch:
    """Return null trials, analysed when three quarters of the patients have progressed."""
    patients, strata = setting.patients, len(setting.strata)
    control = Exponential(np.log(2) / 9)
    arm = Proportional(control, np.log([setting.strata]))
    truth = Scenario("null", tuple("abcd"[:strata]), np.full(strata, 1.0 / strata), arm, arm)
    visits = None if setting.weeks is None else tuple(Imaging((w,)) for w in setting.weeks)
    design = Design(
        patients,
        AtEvents(patients * 3 // 4),
        analyses[0],
        Accrual(patients / 24),
        dropout_per_month=0.01,
        imaging=visits,
        besides=tuple(analyses[1:]),
    )
    return Batch(design, truth.world(), trials, 20261121)


def rates(setting: Setting, named: dict[str, Analysis], trials: int) -> pd.DataFrame:
    """Return a row an analysis: rejections in percent at each alpha, with standard errors."""
    analyses = list(named.values())
    simulated = batch(setting, analyses, trials)
    starts = np.cumsum([5, *(len(analysis.columns) for analysis in analyses)])[:-1]
    hits, unknown = np.zeros((len(analyses), len(ALPHAS))), np.zeros(len(analyses))
    for first in range(0, trials, CHUNK):
        found = simulate_rows(simulated, first, min(CHUNK, trials - first))[:, starts]
        unknown += np.isnan(found).sum(axis=0)
        for place, alpha in enumerate(ALPHAS):
            hits[:, place] += (found >= [_threshold(a, alpha) for a in analyses]).sum(axis=0)
    table = pd.DataFrame({"analysis": list(named), "setting": str(setting), "trials": trials})
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
    one = (1.0,)
    for setting, named, trials in (
        (Setting(120), ANALYSES, small),
        (Setting(120, FOUR, (12.0, 12.0)), AT_VISITS, small // 5),
        (Setting(120, one, (12.0, 8.0)), AT_VISITS, small // 5),
        (Setting(120, FOUR, (12.0, 8.0)), AT_VISITS, small // 5),
        (Setting(120, one, (26.0, 6.0)), AT_VISITS, small // 5),
        (Setting(1000), ANALYSES, large),
    ):
        if trials:
            table = rates(setting, named, trials)
            sys.stdout.write(table.to_string(index=False) + "\n\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
