"""Evidence: identities with the formulas themselves, and simulation within its Monte Carlo error
of them where trials are large."""

from dataclasses import replace

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import (
    Delayed,
    Exponential,
    PiecewiseExponential,
    Proportional,
    Weibull,
)
from oligotrial.simulate import Scenario, expected_events
from oligotrial.simulate.sizing import compare_with_formulas, formula_powers, why_they_part
from oligotrial.trial import (
    Accrual,
    AccrualPeriods,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    Design,
    ExponentialTrial,
    GroupSequential,
    Imaging,
    Later,
    LogRank,
    OffProtocol,
    PeriodAccrual,
    SequentialLogRank,
    exit_probabilities,
    freedman_power,
    hsieh_freedman_power,
    lachin_foulkes_log_patients,
    lachin_foulkes_log_power,
    lachin_foulkes_patients,
    lachin_foulkes_power,
    month_of_events,
    schoenfeld_power,
)
from oligotrial.trial.decide import MaxCombo

CONTROL = Exponential(0.08)
RISING = Weibull(1.3, 12.0)
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


def test_a_date_has_the_power_of_the_events_expected_by_then():
    truth = scenario(np.log(0.65))
    month = 30.0
    expected = expected_events(DESIGN, truth.world(), np.array([month]))[0]
    by_date = powers(replace(DESIGN, analysis=AtCalendar(month)), truth)
    exact = schoenfeld_power(float(expected), 0.65, alpha=0.10)
    assert by_date["schoenfeld"] == pytest.approx(exact, abs=1e-9)
    # All 120 patients are expected at 20 months
    after = powers(replace(DESIGN, analysis=AfterEnrolment(120, 10.0)), truth)
    assert after["freedman"] == pytest.approx(by_date["freedman"], abs=1e-9)


@pytest.mark.parametrize("allocation", [(1, 1), (1, 2)])
@pytest.mark.parametrize("dropout", [0.0, 0.01])
def test_lachin_and_foulkes_are_asked_with_the_trials_accrual_and_follow_up(allocation, dropout):
    design = replace(
        DESIGN,
        analysis=AtCalendar(32.0),
        allocation=allocation,
        block_size=6,
        dropout_per_month=dropout,
    )
    share = design.experimental_share
    trial = ExponentialTrial(0.08, 0.65, 20.0, 12.0, dropout, share)
    found = powers(design, scenario(np.log(0.65)))
    exact = lachin_foulkes_power(trial, 120, alpha=0.10)
    assert found["lachin_foulkes"] == pytest.approx(exact, abs=1e-6)
    exact = lachin_foulkes_log_power(trial, 120, alpha=0.10)
    assert found["lachin_foulkes_log"] == pytest.approx(exact, abs=1e-6)


def test_an_analysis_before_the_last_patient_has_those_enrolled_by_then():
    found = powers(replace(DESIGN, analysis=AtCalendar(15.0)), scenario(np.log(0.65)))
    exact = lachin_foulkes_power(ExponentialTrial(0.08, 0.65, 15.0, 0.0), 90, alpha=0.10)
    assert found["lachin_foulkes"] == pytest.approx(exact, abs=1e-6)


def test_an_event_driven_day_is_that_of_the_events_expected():
    found = powers(DESIGN, scenario(np.log(0.65)))
    arms = PiecewiseExponential((0.08,), ()), PiecewiseExponential((0.052,), ())
    day = month_of_events(90, arms, accrual=AccrualPeriods((20.0,), (6.0,)))
    exact = lachin_foulkes_power(ExponentialTrial(0.08, 0.65, 20.0, day - 20), 120, alpha=0.10)
    assert found["lachin_foulkes"] == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.025, 0.1])
@pytest.mark.parametrize("ratio", [0.5, 0.8])
def test_power_and_patients_of_lachin_and_foulkes_are_inverse(alpha, ratio):
    """Patients are those of gsDesign (`tests/trial/test_expected_events.py`)."""
    trial = ExponentialTrial(0.08, ratio, 24.0, 12.0, 0.01, 2 / 3)
    for patients, power in (
        (lachin_foulkes_patients, lachin_foulkes_power),
        (lachin_foulkes_log_patients, lachin_foulkes_log_power),
    ):
        assert power(trial, patients(trial, 0.83, alpha=alpha), alpha=alpha) == pytest.approx(0.83)


@pytest.mark.parametrize(
    ("design", "truth"),
    [
        (DESIGN, scenario(0.0)),
        (DESIGN, scenario(np.full((2, 1), -0.4))),
        (DESIGN, Scenario("x", ("a", "b"), np.full(2, 0.5), CONTROL, Proportional(CONTROL, -0.4))),
        (DESIGN, Scenario("x", ("all",), np.ones(1), RISING, Proportional(RISING, -0.4))),
        (replace(DESIGN, imaging=Imaging((12.0,))), scenario(-0.4)),
        (replace(DESIGN, off_protocol=OffProtocol(0.2)), scenario(-0.4)),
        (replace(DESIGN, dropout_per_month=(0.0, 0.01)), scenario(-0.4)),
        (replace(DESIGN, accrual=PeriodAccrual((0.0, 6.0), (3.0, 6.0))), scenario(-0.4)),
        (replace(DESIGN, analysis=AtEvents(115), dropout_per_month=0.05), scenario(-0.4)),
        (replace(DESIGN, analysis=(AtEvents(45), AtEvents(90)), test=RULE), scenario(-0.4)),
    ],
)
def test_lachin_and_foulkes_are_left_out_of_what_they_do_not_know(design, truth):
    assert set(powers(design, truth).index) == {"schoenfeld", "freedman", "hsieh_freedman"}


def test_a_large_trial_on_a_date_has_all_formulas_power():
    large = Design(1_400, AtCalendar(40.0), LogRank(0.10), Accrual(70.0), dropout_per_month=0.005)
    table = compare_with_formulas(large, scenario(np.log(0.9)), replicates=5_000, seed=1)
    assert len(table) == 5
    assert table["power"].max() - table["power"].min() < 0.003
    assert (table["errors_apart"].abs() < 3).all()


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
        (
            replace(plain, analysis=Later((AtEvents(800), AtCalendar(30.0)))),
            scenario(0.0),
            "on a date",
        ),
        (replace(plain, off_protocol=OffProtocol(0.2)), scenario(0.0), "off protocol"),
        (plain, scenario(np.zeros((2, 1))), "averaged over its draws"),
    ):
        (reason,) = why_they_part(design, truth)
        assert word in reason


@pytest.mark.parametrize(
    ("design", "truth", "message"),
    [
        (replace(DESIGN, test=MaxCombo(0.1)), scenario(0.0), "no closed form for MaxCombo"),
        (
            replace(DESIGN, analysis=Later((AtEvents(60), AtCalendar(24.0)))),
            scenario(0.0),
            "looks at given events, on a date .*; Later is none of those",
        ),
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
