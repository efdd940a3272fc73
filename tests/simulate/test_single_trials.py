"""Evidence: independent: log-rank and Cox of single simulated trials by statsmodels."""

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import survdiff

from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.simulate.trials import COLUMNS, Machine
from oligotrial.trial import Accrual, AtEvents, Design, Imaging, LogRank
from oligotrial.trial.decide import CoxTest

CONTROL = Exponential(np.log(2) / 9)
TRIALS = 12

CASES = {
    "plain": ({}, 1),
    "strata": ({}, 6),
    "ties": ({"imaging": Imaging((12.0,), window_weeks=0.0)}, 1),
    "ties and strata": ({"imaging": Imaging((8.0,), window_weeks=0.0)}, 3),
    "dropout, 1:2": ({"dropout_per_month": 0.01, "allocation": (1, 2), "block_size": 6}, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_statistics_of_single_trials_are_those_of_statsmodels(name):
    options, strata = CASES[name]
    names, shares = tuple(map(str, range(strata))), np.full(strata, 1 / strata)
    treated = Proportional(CONTROL, np.log(0.65))
    world = Scenario("truth", names, shares, CONTROL, treated).world()
    cox = CoxTest(0.1, stratified=True)
    besides = (LogRank(0.1, stratified=False), cox)
    design = Design(120, AtEvents(70), LogRank(0.1), Accrual(5.0), besides=besides, **options)
    rows = simulate_rows(Batch(design, world, TRIALS, 3), 0, TRIALS)
    machine = Machine(design, world.truth, 3)
    latent = machine.latent(0, TRIALS)
    cut = machine.cut(latent, machine.dues(latent)[0], which=np.arange(TRIALS), first=0)
    if "ties" in name:
        assert any(np.unique(cut.time[k, : cut.size[k]]).size < 60 for k in range(TRIALS))
    at = len(COLUMNS)
    for trial in range(TRIALS):
        size = cut.size[trial]
        time, event, arm, stratum = (
            array[trial, :size] for array in (cut.time, cut.event, cut.arm, cut.stratum)
        )
        for place, strata_of in ((at, stratum if strata > 1 else None), (at + 3, None)):
            chi_squared, _ = survdiff(time, event, arm, strata=strata_of)
            assert rows[trial, place] ** 2 == pytest.approx(chi_squared, rel=1e-9, abs=1e-9)
        model = PHReg(time, arm[:, None], status=event, strata=stratum, ties="efron")
        # its own search stops early; one more Newton step from there is exact to rounding
        start = model.fit(disp=0).params
        for _ in range(3):
            start = start - np.linalg.solve(model.hessian(start), model.score(start))
        assert rows[trial, at + 7] == pytest.approx(start[0], abs=1e-9)
