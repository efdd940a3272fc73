"""Identity: the same thresholds by another way, decisions remade from rows. Developer: mistakes."""

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.trial import Accrual, AtEvents, Design, GroupSequential, SequentialLogRank
from oligotrial.trial.decide import (
    AtLeast,
    Below,
    ConditionalPower,
    LogRank,
    PosteriorProbability,
    PredictiveProbability,
    ThreeOutcomes,
    outcomes,
    screening_rule,
)
from oligotrial.trial.monitored import Monitored
from oligotrial.trial.stopping import thresholds, with_events

PRIOR = NormalLogRatio(0.0, 0.5)
MOMENTS = (AtEvents(30), AtEvents(60))


def rows(test, moments=MOMENTS, *, besides=(), trials=400):
    control = Exponential(np.log(2) / 9)
    truth = Scenario("truth", ("all",), np.ones(1), control, Proportional(control, np.log(0.7)))
    design = Design(80, moments, test, Accrual(4.0), besides=besides)
    return simulate_rows(Batch(design, truth.world(), trials, 7), 0, trials)


@pytest.mark.parametrize(
    "rule",
    [
        ThreeOutcomes(
            PosteriorProbability(0.9, PRIOR, also=(0.8,)),
            go=(AtLeast(0.9), AtLeast(0.5, "below_0.8")),
            stop=Below(0.6),
        ),
        ThreeOutcomes(LogRank(0.1), go=Below(-0.3, "estimate"), stop=AtLeast(-0.1, "estimate")),
        ThreeOutcomes(LogRank(0.1), go=(AtLeast(0.5), Below(2.0)), stop=Below(0.2)),
    ],
)
def test_a_rule_on_several_columns_decides_simulated_trials(rule):
    found = rows(rule, MOMENTS[1])
    np.testing.assert_array_equal(found[:, 1], outcomes(rule, found[:, 5:]))
    assert set(found[:, 1]) == {-1, 0, 1}


def test_group_sequential_thresholds_given_by_hand():
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 60)
    by_hand = Monitored(LogRank(0.10), plan.boundaries.efficacy, plan.boundaries.efficacy)
    never = Monitored(LogRank(0.10), by_hand.efficacy, (-np.inf, by_hand.futility[1]))
    np.testing.assert_array_equal(rows(plan, plan.looks), rows(never))


@pytest.mark.parametrize(
    "analysis",
    [
        PosteriorProbability(0.9, PRIOR),
        PredictiveProbability(0.9, LogRank(0.1), 60, PRIOR),
        ConditionalPower(0.9, LogRank(0.1), 60, 0.7),
    ],
)
def test_monitoring_ends_trials_by_the_statistic_of_its_look(analysis):
    last = 0.9 if isinstance(analysis, PosteriorProbability) else 0.5
    found = rows(Monitored(analysis, (0.99, last), (0.2, last)))
    first = rows(Monitored(analysis, (np.inf, 2.0), (-np.inf, -1.0)), MOMENTS)
    look_1 = rows(analysis, (MOMENTS[0],))[:, 5]
    ended = np.where(look_1 >= 0.99, 1, np.where(look_1 < 0.2, -1, 0))
    np.testing.assert_array_equal(found[:, 0], np.where(ended == 0, 2, 1))
    np.testing.assert_array_equal(found[ended != 0, 1], ended[ended != 0])
    going = ended == 0
    np.testing.assert_array_equal(found[going, 5], first[going, 5])
    np.testing.assert_array_equal(found[going, 1], np.where(first[going, 5] >= last, 1, -1))
    assert set(ended) == {-1, 0, 1}


def test_power_at_the_final_analysis_is_its_outcome():
    analysis = PredictiveProbability(0.5, LogRank(0.1), 60, PRIOR)
    found = rows(analysis, (MOMENTS[1],), besides=(LogRank(0.1),))
    z = found[:, -3]
    # Schoenfeld's information instead of the variance seen: the same but near the threshold.
    clear = np.abs(z - LogRank(0.1).threshold) > 1e-9
    np.testing.assert_array_equal(found[clear, 5], z[clear] >= LogRank(0.1).threshold)


def test_three_outcomes_decide_a_trial():
    rule = screening_rule(0.1, hazard_ratio=0.6, events=45, beta=0.1)
    found = rows(rule, (AtEvents(45),))
    expected = np.select(
        [found[:, 5] >= rule.to_go[0].value, found[:, 5] < rule.to_stop[0].value], [1, -1]
    )
    np.testing.assert_array_equal(found[:, 1], expected)
    assert set(expected) == {-1, 0, 1}


def test_another_number_of_events():
    test = Monitored(PredictiveProbability(0.5, LogRank(0.1), 60, PRIOR), (0.9,), (0.1,))
    assert with_events(test, 90).analysis.events == 90
    rule = ThreeOutcomes(ConditionalPower(0.5, LogRank(0.1), 60), go=AtLeast(0.9))
    assert with_events(rule, 90).analysis.events == 90
    assert test.words.endswith("at 60 events; look 1: efficacy from 0.9, futility below 0.1")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Monitored(LogRank(0.1), (), ()), "there are no looks"),
        (lambda: Monitored(LogRank(0.1), (2.0,), (0.0, 1.0)), "2 futility thresholds for 1"),
        (lambda: Monitored(LogRank(0.1), (1.0,), (2.0,)), "stop for futility at 2"),
        (lambda: Monitored(LogRank(0.1), (np.nan,), (0.0,)), "nan is no threshold"),
        (lambda: thresholds(Monitored(LogRank(0.1), (2.0,), (0.0,)), 2), "1 looks, and 2 in the"),
        (lambda: thresholds(ThreeOutcomes(LogRank(0.1), go=AtLeast(1)), 2), "give Monitored"),
    ],
)
def test_mistakes(make, words):
    with pytest.raises(InputError, match=words):
        make()
