"""Evidence: identities of differences and surfaces with their trials; thresholds keep a level."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.simulate import Batch, Store, size
from oligotrial.simulate.sizing import (
    AccrualRate,
    Certainty,
    FinishedBy,
    Maximum,
    Means,
    Patients,
    Success,
    Threshold,
    compare_designs,
    critical_value,
    surface,
)
from oligotrial.simulate.sizing.calibrate import _critical
from oligotrial.simulate.sizing.evaluate import Evaluator
from oligotrial.simulate.sizing.trials import simulated
from oligotrial.trial import (
    AtEvents,
    GroupSequential,
    LogRank,
    Monitored,
    Repeated,
    SequentialLogRank,
)
from oligotrial.trial.decide import PosteriorProbability
from oligotrial.trial.observed import Observed

from .sized import DESIGN, drawn, null, scenario


def test_differences_are_those_of_the_same_trials():
    designs = {"40": DESIGN, "48": DESIGN.resized(48, 36)}
    table = compare_designs(designs, scenario(), replicates=5_000, seed=1)
    table = table.set_index(["measure", "design"])
    one, other = (
        simulated(Batch(design, scenario().world(), 5_000, 1), 0, 5_000)
        for design in designs.values()
    )
    for name, found in (
        ("success", other.success.astype(float) - one.success),
        ("months", other.months - one.months),
    ):
        row = table.loc[name, "48"]
        assert row["difference"] == pytest.approx(found.mean())
        assert row["difference_se"] == pytest.approx(found.std() / np.sqrt(5_000))
        assert row["difference_se"] < 0.8 * row["independent_se"]
        assert table.loc[name, "40"]["difference"] == table.loc[name, "40"]["difference_se"] == 0


def test_the_standard_error_of_a_difference_is_its_spread_between_seeds():
    designs = {"40": DESIGN, "48": DESIGN.resized(48, 36)}
    rows = [
        compare_designs(designs, drawn(2_500), replicates=2_500, seed=seed).iloc[1]
        for seed in range(60)
    ]
    spread = np.std([row["difference"] for row in rows], ddof=1)
    stated = np.mean([row["difference_se"] for row in rows])
    assert spread == pytest.approx(stated, rel=3 / np.sqrt(2 * 60))


def test_one_design_has_nothing_to_be_compared_with():
    with pytest.raises(InputError, match="designs: 1 designs can't be compared"):
        compare_designs({"40": DESIGN}, scenario(), replicates=10, seed=1)


def test_a_critical_value_keeps_alpha():
    found = critical_value(DESIGN, null(), alpha=0.10, replicates=20_000, seed=1)
    assert found.attained.value == 0.10
    kept = replace(DESIGN, test=LogRank(norm.sf(found.value)))
    fresh = simulated(Batch(kept, null().world(), 20_000, 2), 0, 20_000).success.mean()
    assert fresh == pytest.approx(0.10, abs=3 * np.sqrt(2 * 0.1 * 0.9 / 20_000))


def test_the_interval_of_a_critical_value_holds_it():
    rng = np.random.default_rng(1)
    found = [_critical(np.sort(rng.normal(size=2_000)), 0.10) for _ in range(1_000)]
    held = np.mean([each.low <= norm.isf(0.10) <= each.high for each in found])
    assert held == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 1_000) + 0.01)  # whole ranks


def test_tied_statistics_never_exceed_alpha():
    statistic = np.sort(np.random.default_rng(1).binomial(6, 0.5, size=1_000).astype(float))
    assert _critical(statistic, 0.10).attained.value <= 0.10
    assert _critical(np.zeros(100), 0.10).attained.value == 0


def test_a_threshold_is_searched_for_as_a_size_is():
    certainty = Certainty(least=5_000, most=5_000)
    goal = Maximum(Success(), 0.10)
    found = size(
        DESIGN, null(), target=goal, over=Threshold("alpha"), between=(0.05, 0.15), seed=1,
        certainty=certainty,
    )  # fmt: skip
    exact = critical_value(DESIGN, null(), alpha=0.10, replicates=5_000, seed=1)
    assert found.value == pytest.approx(norm.sf(exact.value), abs=0.0005)
    assert found.best.target.value <= 0.10


def test_bayesian_monitoring_is_calibrated():
    rule = PosteriorProbability(0.9, NormalLogRatio(0.0, 0.5))
    monitored = Monitored(rule, efficacy=(0.9, 0.9), futility=(0.2, 0.9))
    design = replace(DESIGN, analysis=(AtEvents(15), AtEvents(30)), test=monitored)
    found = size(
        design,
        null(),
        target=Maximum(Success(), 0.10),
        over=Threshold("efficacy", step=0.002),
        between=(0.80, 0.98),
        seed=1,
        certainty=Certainty(least=2_500, most=2_500),
    )
    assert found.best.target.value <= 0.10
    once = critical_value(replace(DESIGN, test=rule), null(), alpha=0.10, replicates=2_500, seed=1)
    assert found.value > once.value  # two looks need more than one
    assert found.design.test.efficacy == (found.value, found.value)
    assert found.design.test.futility == (0.2, found.value)


RULE = GroupSequential((0.5, 1.0), 0.10)
PLAN = SequentialLogRank(RULE, 30)


@pytest.mark.parametrize(
    "test",
    [
        RULE,
        PLAN,
        Repeated(LogRank(0.10), RULE),
        Observed(PLAN),
        Repeated(LogRank(0.1), Observed(PLAN)),
    ],
    ids=["rule", "plan", "repeated", "observed", "repeated, observed"],
)
def test_alpha_of_several_looks_is_varied_in_the_rule(test):
    design = replace(DESIGN, analysis=(AtEvents(15), AtEvents(30)), test=test)
    found = Threshold("alpha").at(design, 0.05)
    smaller = replace(
        DESIGN, analysis=PLAN.looks, test=replace(PLAN, rule=replace(RULE, alpha=0.05))
    )
    assert found.thresholds.efficacy == pytest.approx(smaller.thresholds.efficacy, abs=1e-6)
    assert Threshold("alpha").at(found, 0.10).thresholds == design.thresholds


def test_thresholds_that_are_never_reached_stay_so():
    rule = PosteriorProbability(0.9, NormalLogRatio(0.0, 0.5))
    monitored = Monitored(rule, efficacy=(np.inf, 0.9), futility=(0.85, -np.inf))
    design = replace(DESIGN, analysis=(AtEvents(15), AtEvents(30)), test=monitored)
    found = Threshold("efficacy").at(design, 0.8).test
    assert found.efficacy == (np.inf, 0.8)
    assert found.futility == (0.85, -np.inf)
    with pytest.raises(InputError, match="'efficacy' is varied, not 'futility'"):
        Threshold("futility").at(design, 0.3)


def test_a_test_without_such_a_number_is_told():
    with pytest.raises(InputError, match="LogRank has no number 'probability'"):
        Threshold("probability").at(DESIGN, 0.9)


def test_too_few_trials_for_an_alpha_are_told():
    with pytest.raises(InputError, match="replicates: 2500 trials are too few"):
        critical_value(DESIGN, null(), alpha=0.0001, replicates=2_500, seed=1)


# Surfaces.


def test_a_surface_is_every_point_by_itself():
    truths = {"fixed": scenario(), "drawn": drawn()}
    table = surface(DESIGN, truths, values=(40, 60), replicates=2_500, seed=1)
    for name, truth in truths.items():
        for patients in (40, 60):
            alone = Evaluator(truth.world(), Success(), 1, Means()).of(
                Patients().at(DESIGN, patients), 2_500
            )
            row = table[(table["truth"] == name) & (table["patients"] == patients)].iloc[0]
            assert {key: row[key] for key in alone.row} == alone.row


def test_a_surface_is_the_same_for_any_workers_and_resumed(tmp_path):
    truths = {1.0: scenario(), 2.0: drawn()}

    def table(means):
        return surface(
            DESIGN,
            truths,
            values=(3.0, 5.0),
            over=AccrualRate(),
            measure=FinishedBy(30.0),
            replicates=5_000,
            seed=1,
            means=means,
        )

    once = table(Means(workers=1))
    assert once.equals(table(Means(Store(tmp_path), workers=2)))
    for part in list(tmp_path.iterdir())[::2]:
        part.unlink()
    assert once.equals(table(Means(Store(tmp_path), workers=2)))


def test_an_empty_surface_is_told():
    with pytest.raises(InputError, match="a surface needs a truth and a value"):
        surface(DESIGN, {}, values=(40,), replicates=10, seed=1)
