"""Evidence: identities (sums give numpy's means and errors), closed forms of benefit and cost."""

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Weibull
from oligotrial.simulate import Batch, Scenario
from oligotrial.simulate.sizing import (
    Cost,
    HazardRatioBelow,
    Means,
    RestrictedMeanGain,
    SuccessGiven,
    TimeLeft,
)
from oligotrial.simulate.sizing.blocks import added_up
from oligotrial.simulate.sizing.evaluate import Evaluator
from oligotrial.simulate.sizing.sums import Sums
from oligotrial.simulate.sizing.trials import simulated

from .sized import CONTROL, DESIGN, drawn, scenario


def test_sums_give_the_means_and_errors_of_numpy():
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(1_000, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    weights = np.array([2.0, -1.0])
    sums = Sums.of(columns, np.zeros(1_000, int), 1)
    mean = sums.mean(weights)
    assert mean.value == pytest.approx(np.mean(columns @ weights))
    assert mean.se == pytest.approx(np.std(columns @ weights) / np.sqrt(1_000))


def test_draws_count_as_clusters():
    rng = np.random.default_rng(2)
    by_draw = rng.normal(size=(40, 25))
    draw = np.repeat(np.arange(40), 25)
    mean = Sums.of(by_draw.reshape(-1, 1), draw, 40).mean([1.0])
    assert mean.se == pytest.approx(np.std(by_draw.mean(axis=1), ddof=1) / np.sqrt(40))


def test_one_trial_a_draw_is_the_usual_error():
    values = np.random.default_rng(2).normal(size=(500, 1))
    mean = Sums.of(values, np.arange(500), 500).mean([1.0])
    assert mean.se == pytest.approx(np.std(values, ddof=1) / np.sqrt(500))


def test_parts_add_up_to_the_whole():
    rng = np.random.default_rng(2)
    columns, draw = rng.normal(size=(90, 2)), np.arange(90) % 7
    parts = [Sums.of(columns[:40], draw[:40], 7), Sums.of(columns[40:], draw[40:], 7)]
    total = added_up(part.arrays() for part in parts)
    for name, array in Sums.of(columns, draw, 7).arrays().items():
        np.testing.assert_allclose(total[name], array, rtol=1e-12)


def test_success_given_benefit_is_that_of_the_draws_with_one():
    world = drawn().world()
    evaluator = Evaluator(world, SuccessGiven(HazardRatioBelow(0.7)), 1, Means(workers=1))
    found = evaluator.of(DESIGN, 2_500).target
    trials = simulated(Batch(DESIGN, world, 2_500, 1), 0, 2_500)
    benefit = np.exp(world.truth.log_ratio[trials.draw, 1, 0]) < 0.7
    assert found.value == pytest.approx(trials.success[benefit].mean())
    assert 0.2 < benefit.mean() < 0.8


def test_no_draw_with_a_benefit_is_told():
    with pytest.raises(InputError, match="no draw of the truth holds a benefit"):
        SuccessGiven(HazardRatioBelow(0.01)).among(drawn().world())


def test_a_single_draw_with_a_benefit_has_no_error():
    two = scenario(np.array([[-0.7], [0.2]])).world()
    with pytest.raises(InputError, match="only 1 of 2 draws of the truth holds a benefit"):
        SuccessGiven(HazardRatioBelow(1.0)).among(two)
    assert SuccessGiven(HazardRatioBelow(1.0)).among(scenario().world()).tolist() == [True]


def test_measures_say_which_benefit():
    names = [SuccessGiven(each).name for each in (HazardRatioBelow(0.8), RestrictedMeanGain(24.0))]
    assert names == [
        "success given a hazard ratio below 0.8",
        "success given a gain of more than 0 in 24 months",
    ]


def test_hazards_that_are_not_proportional_have_no_hazard_ratio():
    crossing = Scenario("x", ("all",), np.ones(1), CONTROL, Weibull(2.0, 12.0))
    with pytest.raises(InputError, match="use RestrictedMeanGain"):
        HazardRatioBelow(1.0).holds(crossing.world())


def test_gain_in_restricted_mean_is_that_of_the_closed_form():
    rates = CONTROL.rate * np.array([0.5, 0.8, 1.0, 1.2])
    world = scenario(np.log(rates / CONTROL.rate)[:, None]).world()
    means = (1 - np.exp(-24 * np.append(CONTROL.rate, rates))) / np.append(CONTROL.rate, rates)
    gains = means[1:] - means[0]
    for least in (0.0, gains[0] - 0.02, gains[0] + 0.02, gains[1] - 0.02, gains[1] + 0.02):
        assert RestrictedMeanGain(24.0, least=least).holds(world).tolist() == list(gains > least)


def test_costs_add_up():
    trials = simulated(Batch(DESIGN, scenario().world(), 100, 1), 0, 100)
    cost = Cost(fixed=5.0, each_patient=2.0, each_month=3.0, each_event=0.5).of(trials)
    np.testing.assert_allclose(cost, 5 + 2 * 40 + 3 * trials.months + 0.5 * 30)


def test_time_left_counts_from_what_was_found():
    clock = iter([0.0, 4.0, 8.0])
    told = []
    report = TimeLeft(told.append, clock=lambda: next(clock))
    for done in (6, 8, 10):
        report(done, 10)
    assert [progress.seconds_left for progress in told] == [np.inf, 4.0, 0.0]
