"""Limit: no effect. 20,000 null trials against the rates that a million gave (docs/analyses.md).

`scripts/analyses_type_one_error.py` makes those; here a test that is off shows within 4 Monte Carlo
standard errors, on other random numbers.
"""

import numpy as np
import pytest
from scipy.stats import norm

from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.trial import Accrual, AtEvents, Design
from oligotrial.trial.decide import CoxTest, LogRank, MaxCombo, WeightedLogRank

TRIALS = 20_000
RATES = {  # percent, at one-sided 10% and 2.5%
    LogRank(0.1): (10.120, 2.600),
    LogRank(0.1, stratified=False): (8.972, 2.043),
    WeightedLogRank(0.1, FlemingHarrington(0.0, 1.0)): (10.339, 2.754),
    MaxCombo(0.1): (10.229, 2.657),
    CoxTest(0.1): (10.052, 2.517),
}


def test_rates_of_null_trials_in_four_strata():
    arm = Proportional(Exponential(np.log(2) / 9), np.log([[0.6, 0.85, 1.2, 1.7]]))
    truth = Scenario("null", ("a", "b", "c", "d"), np.full(4, 0.25), arm, arm)
    first, *others = RATES
    design = Design(
        120, AtEvents(90), first, Accrual(5.0), dropout_per_month=0.01, besides=tuple(others)
    )
    rows = simulate_rows(Batch(design, truth.world(), TRIALS, 99), 0, TRIALS)
    column = rows.shape[1] - sum(len(analysis.columns) for analysis in RATES)
    for analysis, expected in RATES.items():
        for alpha, percent in zip((0.10, 0.025), expected, strict=True):
            share = np.mean(rows[:, column] >= norm.isf(alpha))
            error = np.sqrt(percent / 100 * (1 - percent / 100) / TRIALS)
            assert share == pytest.approx(percent / 100, abs=4 * error)
        column += len(analysis.columns)
