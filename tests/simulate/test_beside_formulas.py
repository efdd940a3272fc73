"""Evidence: identities with the formulas themselves, and simulation within its Monte Carlo error
of them where trials are large."""

from dataclasses import replace

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Delayed, Exponential, Proportional
from oligotrial.simulate import Scenario
from oligotrial.simulate.sizing import compare_with_formulas, formula_powers, why_they_part
from oligotrial.trial import (
    Accrual,
    AtCalendar,
    AtEvents,
    Design,
    GroupSequential,
    Imaging,
    LogRank,
    OffProtocol,
    SequentialLogRank,
    exit_probabilities,
    freedman_power,
    hsieh_freedman_power,
    schoenfeld_power,
)
from oligotrial.trial.decide import MaxCombo

CONTROL = Exponential(0.08)
DESIGN = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
RULE = GroupSequential((0.5, 1.0), 0.10)


def scenario(log_ratio):
    return Scenario("truth", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, log_ratio))


def powers(design, truth):
    return formula_powers(design, truth).set_index("formula")["power"]


@pytest.mark.parametrize("ratio", [0.5, 0.65, 1.0, 1.2])
@pytest.mark.parametrize("allocation", [(1, 1), (1, 2)])
def test_a_fixed_design_has_the_formulas_own_power(ratio, allocation):
    design = replace(DESIGN, allocation=allocation, block_size=6)
    found = powers(design, scenario(np.log(ratio)))
    setting = {"alpha": 0.10, "experimental_share": design.experimental_share}
    assert found["schoenfeld"] == pytest.approx(schoenfeld_power(90, ratio, **setting), abs=1e-9)
    assert found["freedman"] == pytest.approx(freedman_power(90, ratio, **setting), abs=1e-9)
    hsieh = hsieh_freedman_power(90, ratio, **setting)
    assert found["hsieh_freedman"] == pytest.approx(hsieh, abs=1e-9)


def test_a_group_sequential_design_has_the_integral():
    plan = SequentialLogRank(RULE, 90)
    found = powers(replace(DESIGN, analysis=plan.looks, test=plan), scenario(np.log(0.65)))
    exact = exit_probabilities(plan.boundaries, plan.drift(0.65)).power
    assert found["schoenfeld"] == pytest.approx(exact, abs=1e-9)


def test_draws_are_averaged():
    ratios = np.random.default_rng(1).normal(-0.3, 0.3, (400, 1))
    exact = np.mean([schoenfeld_power(90, float(np.exp(r)), alpha=0.10) for r in ratios[:, 0]])
    assert powers(DESIGN, scenario(ratios))["schoenfeld"] == pytest.approx(exact, abs=2e-4)
    few = powers(DESIGN, scenario(ratios[:20]))["schoenfeld"]
    own = np.mean([schoenfeld_power(90, float(np.exp(r)), alpha=0.10) for r in ratios[:20, 0]])
    assert few == pytest.approx(own, abs=1e-9)


@pytest.mark.parametrize("sequential", [False, True])
def test_a_large_trial_has_the_formulas_power(sequential):
    # Near a hazard ratio of 1 and with many events all formulas and the simulation agree.
    large = Design(1_400, AtEvents(1_200), LogRank(0.10), Accrual(100.0))
    plan = SequentialLogRank(RULE, 1_200)
    design = replace(large, analysis=plan.looks, test=plan) if sequential else large
    table = compare_with_formulas(design, scenario(np.log(0.9)), replicates=5_000, seed=1)
    assert table["power"].max() - table["power"].min() < 0.002
    assert (table["errors_apart"].abs() < 3).all()


def test_the_excess_of_small_trials_is_shown():
    small = Design(24, AtEvents(18), LogRank(0.025), Accrual(6.0))
    table = compare_with_formulas(small, scenario(0.0), replicates=150_000, seed=1)
    assert table["power"].to_numpy() == pytest.approx(0.025)
    assert (table["errors_apart"] > 3).all()
    assert why_they_part(small, scenario(0.0))[0].startswith("The formulas are for large trials")


def test_every_reason_is_told_where_it_applies():
    two = Scenario("x", ("a", "b"), np.full(2, 0.5), CONTROL, CONTROL)
    plain = Design(900, AtEvents(800), LogRank(0.10), Accrual(60.0))
    assert why_they_part(plain, scenario(0.0)) == ()
    for design, truth, word in (
        (DESIGN, scenario(0.0), "large trials"),
        (replace(plain, allocation=(1, 2), block_size=3), scenario(0.0), "different size"),
        (plain, scenario(-1.0), "far from 1"),
        (plain, two, "stratified by 2 strata"),
        (replace(plain, test=LogRank(0.1, stratified=False)), two, "not stratified"),
        (replace(plain, imaging=Imaging((12.0,))), scenario(0.0), "seen at visits"),
        (replace(plain, off_protocol=OffProtocol(0.2)), scenario(0.0), "off protocol"),
        (plain, scenario(np.zeros((2, 1))), "averaged over its draws"),
    ):
        (reason,) = why_they_part(design, truth)
        assert word in reason


@pytest.mark.parametrize(
    ("design", "truth", "message"),
    [
        (replace(DESIGN, test=MaxCombo(0.1)), scenario(0.0), "no closed form for MaxCombo"),
        (replace(DESIGN, analysis=AtCalendar(24.0)), scenario(0.0), "looks at given events"),
        (
            DESIGN,
            Scenario("x", ("all",), np.ones(1), CONTROL, Delayed(CONTROL, -0.5, 3.0)),
            "no one hazard ratio",
        ),
    ],
)
def test_where_there_is_no_closed_form_it_is_told(design, truth, message):
    with pytest.raises(InputError, match=message):
        formula_powers(design, truth)
