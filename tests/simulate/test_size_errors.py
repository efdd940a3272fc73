"""Developer: what can't be is told before the first trial is simulated, by every way in."""

from dataclasses import replace

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Cure, Exponential, Proportional
from oligotrial.simulate import EffectPrior, Scenario, size
from oligotrial.simulate.sizing import (
    AccrualRate,
    Events,
    HazardRatioBelow,
    Maximum,
    Minimum,
    Months,
    Patients,
    Success,
    SuccessGiven,
    Threshold,
    compare_designs,
    evaluate,
    every_point,
    surface,
)
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    Design,
    GroupSequential,
    LogRank,
    PeriodAccrual,
    SequentialLogRank,
)

CONTROL = Exponential(0.08)
DESIGN = Design(60, AtEvents(45), LogRank(0.10), Accrual(5.0))
HALF = Minimum(Success(), 0.5)


def scenario(control=CONTROL, log_ratio=-0.5):
    return Scenario("x", ("all",), np.ones(1), control, Proportional(control, log_ratio))


def prior(weights=(0.5, 0.5), means=(0.0, -0.3), sds=(0.2, 0.3)):
    return EffectPrior(("a", "b"), *(np.array(each) for each in (weights, means, sds)))


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    """Fail where a trial is simulated all the same."""

    def simulated(*given):
        raise AssertionError("a trial was simulated")

    monkeypatch.setattr(evaluate, "simulated", simulated)
    monkeypatch.setattr(every_point, "simulated_together", simulated)


def sized(design=DESIGN, truth=None, **changed):
    setting = {"target": HALF, "between": (30, 90), "seed": 1} | changed
    return size(design, truth or scenario(), **setting)


IMPOSSIBLE = {
    "accrual of nobody": (lambda: Accrual(0.0), "rate_per_month: 0.0 is not a positive number"),
    "accrual that ends": (lambda: PeriodAccrual((0.0, 12.0), (5.0, 0.0)), "the last rate is 0"),
    "accrual that takes a century": (
        lambda: sized(replace(DESIGN, accrual=Accrual(0.01))),
        r"accrual of 0\.01 patients a month never reaches the",
    ),
    "no rate at all": (
        lambda: sized(over=AccrualRate(), between=(0.0, 4.0)),
        "accrual: 0.0 is not a positive number",
    ),
    "more events than patients": (
        lambda: Design(40, AtEvents(41), LogRank(0.10), Accrual(5.0)),
        "41 events can't come from 40 patients",
    ),
    "more events than patients, sized": (
        lambda: sized(over=Events(), between=(20, 80)),
        "80 events can't come from 60 patients",
    ),
    "more events than are not cured": (
        lambda: sized(truth=scenario(Cure(CONTROL, 0.6), 0.0)),
        "never reaches the 22 events",
    ),
    "an arm of nobody": (
        lambda: replace(DESIGN, allocation=(0, 1), block_size=1),
        "allocation: 0 is not a whole number of at least 1",
    ),
    "blocks that don't fit": (lambda: replace(DESIGN, block_size=5), "block_size: 5 is not"),
    "alpha of 0": (lambda: LogRank(0.0), "alpha: 0.0 is not between 0 and 1"),
    "alpha in percent": (lambda: LogRank(10), "alpha: 10 is not between 0 and 1"),
    "alpha of a rule": (lambda: GroupSequential((0.5, 1.0), 1.0), "alpha: 1.0 is not between"),
    "alpha, searched for": (
        lambda: sized(over=Threshold("alpha"), between=(0.0, 0.5)),
        "alpha: 0.0 is not between 0 and 1",
    ),
    "looks out of order": (
        lambda: replace(
            DESIGN, analysis=(AtEvents(45), AtEvents(30)), test=GroupSequential((0.5, 1.0), 0.1)
        ),
        "look 2 at 30 events does not come after the one before, at 45",
    ),
    "dates out of order": (
        lambda: replace(
            DESIGN,
            analysis=(AtCalendar(24.0), AtCalendar(12.0)),
            test=GroupSequential((0.5, 1.0), 0.1),
        ),
        "look 2 at 12 months does not come after",
    ),
    "fractions out of order": (lambda: GroupSequential((1.0, 0.5), 0.1), "fractions: "),
    "two looks on one event": (
        lambda: SequentialLogRank(GroupSequential((0.98, 0.99, 1.0), 0.1), 45),
        "two on the same",
    ),
    "looks without a rule": (
        lambda: replace(DESIGN, analysis=(AtEvents(20), AtEvents(45))),
        "a fixed test is made once, not at 2 looks",
    ),
    "events that no look waits for": (
        lambda: sized(replace(DESIGN, analysis=AtCalendar(24.0)), over=Events(), between=(10, 40)),
        "over: the last look of the design waits for no events",
    ),
    "half an event": (
        lambda: sized(over=Events(), between=(10.5, 40.5)),
        "events: 10.5 is not a whole number of at least 1",
    ),
    "patients who never come": (
        lambda: sized(replace(DESIGN, accrual=Accrual(0.01), analysis=AfterEnrolment(60, 12.0))),
        "never reaches the 30 patients",
    ),
    "no end of the range": (lambda: sized(between=(30, np.inf)), "between: 30 is not below inf"),
    "no beginning of it": (lambda: sized(between=(np.nan, 90)), "between: nan is not below 90"),
    "a number that is a choice": (
        lambda: sized(over=Threshold("stratified"), between=(0.1, 0.5)),
        "LogRank has no number 'stratified'; it has 'alpha'",
    ),
    "a number that is misspelt": (
        lambda: sized(over=Threshold("alhpa"), between=(0.1, 0.5)),
        r"no number 'alhpa' \(did you mean 'alpha'\?\)",
    ),
    "strata that don't fit": (
        lambda: Scenario("x", ("a", "b"), np.ones(1), CONTROL, CONTROL),
        "1 shares that sum to 1 don't fit 2 strata",
    ),
    "a prior that is no mixture": (
        lambda: prior(weights=(0.5, 0.4)).draw(3, np.random.default_rng(1)),
        r"weights: \[0.5, 0.4\] sum to 0.9",
    ),
    "a weight below 0": (lambda: prior(weights=(1.5, -0.5)), "weights: .* not all 0 or more"),
    "a prior without spread": (lambda: prior(sds=(0.2, 0.0)), "sds: .* not all above 0"),
    "a prior with a mean missing": (lambda: prior(means=(0.0,)), "means: .* one for each of 2"),
    "a mean of nothing": (lambda: prior(means=(0.0, np.nan)), "means: .* not finite numbers"),
    "a share below 0": (
        lambda: Scenario("x", ("a", "b"), np.array([1.5, -0.5]), CONTROL, CONTROL),
        "scenario 'x': a share of -0.5 is negative",
    ),
    "draws that don't fit": (
        lambda: scenario(Exponential(np.full((3, 1), 0.08)), np.zeros((4, 1))).world(),
        r"scenario 'x': the arms' hazards don't fit each other .*\(3,1\) \(4,1\)",
    ),
    "strata that the hazards lack": (
        lambda: scenario(Exponential(np.full((1, 3), 0.08))).world(),
        "or the number of strata, 1; give their numbers the shape",
    ),
    "no draw": (lambda: scenario().world(draws=0), "draws: 0 is not a whole number"),
    "no truth": (lambda: sized(truth="power"), "truth: 'power' is no truth; give a Scenario"),
    "no goal": (lambda: sized(target=0.8), r"target: 0.8 is no goal; write Minimum\(Success"),
    "a seed below 0": (lambda: sized(seed=-1), "seed: -1 is not a whole number of at least 0"),
    "a column twice": (
        lambda: surface(
            *(DESIGN, {"x": scenario()}), values=(60,), replicates=9, seed=1, truth_name="patients"
        ),
        "truth_name: 'patients' is a column of the table already",
    ),
    "shares of more than everybody": (
        lambda: Scenario("x", ("a", "b"), np.full(2, 0.6), CONTROL, CONTROL),
        "shares that sum to 1.2",
    ),
    "a probability of 80": (lambda: Minimum(Success(), 80), "target.value: 80 is not between"),
    "no months": (lambda: Maximum(Months(), -1), "target.value: -1 is not a positive number"),
    "no benefit to be given": (
        lambda: sized(
            truth=scenario(log_ratio=0.3), target=Minimum(SuccessGiven(HazardRatioBelow()), 0.5)
        ),
        "no draw of the truth holds a benefit",
    ),
    "half a patient": (
        lambda: sized(between=(30.5, 90.5)),
        "patients: 30.5 is not a whole number of at least 1",
    ),
    "a surface with a size that can't be": (
        lambda: surface(
            *(DESIGN, {"x": scenario()}), values=(60, 80), over=Events(), replicates=9, seed=1
        ),
        "80 events can't come from 60 patients",
    ),
    "no trials": (
        lambda: surface(DESIGN, {"x": scenario()}, values=(60,), replicates=0, seed=1),
        "replicates: 0 is not a whole number of at least 1",
    ),
    "no trials to compare": (
        lambda: compare_designs({"a": DESIGN, "b": DESIGN}, scenario(), replicates=0.5, seed=1),
        "replicates: 0.5 is not a whole number of at least 1",
    ),
}


@pytest.mark.parametrize(("make", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_it_is_told_before_anything_runs(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_what_can_be_is_simulated():
    with pytest.raises(AssertionError, match="a trial was simulated"):
        sized()
    with pytest.raises(AssertionError, match="a trial was simulated"):
        surface(DESIGN, {"x": scenario()}, values=(60,), over=Patients(), replicates=9, seed=1)
