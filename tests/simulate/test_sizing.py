"""Evidence: identities (a search finds what trying every value does; sums give numpy's means and
errors), limits and closed forms, and the search's stated range against a known answer."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.hazard import Exponential, Proportional, Weibull
from oligotrial.simulate import Batch, Scenario, Store, size
from oligotrial.simulate.sizing import (
    AccrualRate,
    Certainty,
    Cost,
    Enrolled,
    Estimate,
    Events,
    FinishedBy,
    FollowUp,
    HazardRatioBelow,
    Maximum,
    Means,
    Minimum,
    Months,
    Patients,
    RestrictedMeanGain,
    Success,
    SuccessGiven,
    Threshold,
    TimeLeft,
    compare_designs,
    critical_value,
    surface,
)
from oligotrial.simulate.sizing.blocks import added_up
from oligotrial.simulate.sizing.calibrate import _critical
from oligotrial.simulate.sizing.evaluate import Evaluation, Evaluator
from oligotrial.simulate.sizing.search import _Grid, _Search
from oligotrial.simulate.sizing.sums import Sums
from oligotrial.simulate.sizing.trials import simulated
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtEvents,
    Centre,
    CentreAccrual,
    Design,
    GroupSequential,
    Later,
    LogRank,
    Monitored,
    PeriodAccrual,
    Repeated,
    SequentialLogRank,
    UncertainAccrual,
    freedman_events,
    schoenfeld_events,
)
from oligotrial.trial.decide import PosteriorProbability
from oligotrial.trial.observed import Observed

CONTROL = Exponential(np.log(2) / 9)
DESIGN = Design(40, AtEvents(30), LogRank(0.10), Accrual(5.0))
QUICK = Certainty(within=0.2, least=2_500, most=5_000)


def scenario(log_ratio=-0.7):
    return Scenario("truth", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, log_ratio))


def drawn(draws=50):
    return scenario(np.random.default_rng(1).normal(np.log(0.6), 0.4, (draws, 1)))


# The search, on a measure whose truth is known.


@dataclass
class Coins:
    """Stands for an evaluator: success of replicate r where its number is below a known curve."""

    seed: int
    draws = 1

    def __post_init__(self):
        self.numbers = np.random.default_rng(self.seed).uniform(size=200_000)
        self.most = 0

    @property
    def world(self):
        return self

    def of(self, design, replicates):
        self.most = max(self.most, replicates)
        mean = np.mean(self.numbers[:replicates] < truth(design.patients))
        target = Estimate(mean, np.sqrt(mean * (1 - mean) / replicates))
        nothing = Estimate(0.0, 0.0)
        return Evaluation(design, target, nothing, nothing, nothing, nothing, replicates)

    def known(self, design):
        return None


def truth(patients):
    return 0.2 + 0.7 * (1 - np.exp(-patients / 100))


def search(seed, certainty):
    grid = _Grid(Design(400, AtEvents(1), LogRank(0.1), Accrual(1.0)), Patients(), 10, 490)
    found = _Search(grid, Coins(seed), Minimum(Success(), 0.7))
    return found.found(certainty)


def test_the_stated_range_holds_the_right_size():
    certainty = Certainty(within=0.05, least=2_000, most=200_000)
    right = next(n for n in range(10, 500) if truth(n) >= 0.7)
    ranges = [search(seed, certainty) for seed in range(200)]
    held = np.mean([found.low <= right <= found.high for found in ranges])
    # 200 searches at 95%: a standard error of 1.5%; a range also holds neighbours it can't split
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)
    assert all(found.settled and found.high - found.low <= 0.05 * found.value for found in ranges)


def test_trials_that_run_out_are_told():
    found = search(1, Certainty(within=0.001, least=1_000, most=4_000))
    assert not found.settled
    assert found.high - found.low > 1
    assert "more trials would narrow the range" in found.sentence


# The search, on trials.


def test_the_size_is_that_of_trying_every_size():
    goal = Minimum(Success(), 0.6)
    found = size(DESIGN, scenario(), target=goal, between=(16, 60), seed=3, certainty=QUICK)
    rows = []
    for patients in range(16, 61):
        design = DESIGN.resized(patients, round(0.75 * patients))
        trials = simulated(Batch(design, scenario().world(), 5_000, 3), 0, found.best.replicates)
        rows.append((patients, trials.success.mean()))
    enough = [patients for patients, success in rows if success >= 0.6]
    short = [patients for patients, success in rows if success < 0.6]
    # on common random numbers estimates fall back only where rounding takes events away
    assert min(enough) <= found.value <= max(short) + 1
    assert found.best.target.value == dict(rows)[found.value]
    assert found.low <= found.value <= found.high


def test_larger_values_can_be_the_worse_ones():
    found = size(
        DESIGN,
        scenario(),
        target=Maximum(Months(), 26),
        over=Patients(events_per_patient=0.5, step=2),  # whole events: no sawtooth of rounding
        between=(16, 160),
        seed=1,
        certainty=QUICK,
    )
    table = found.table.set_index("patients")["duration_months"]
    assert table[found.value] <= 26
    assert (table[table.index > found.value] > 26).all()


def test_a_faster_accrual_is_found_for_a_deadline():
    found = size(
        DESIGN,
        scenario(),
        target=Minimum(FinishedBy(36.0), 0.9),
        over=AccrualRate(step=0.5),
        between=(2.0, 12.0),
        seed=1,
        certainty=QUICK,
    )
    assert found.design.accrual.rate_per_month == pytest.approx(found.value)
    table = found.table.set_index("patients a month")["estimate"]
    assert (table[table.index >= found.value] >= 0.9).all()
    assert (table[table.index < found.value] < 0.9).all()


def test_events_are_sized_within_the_patients():
    goal = Minimum(Success(), 0.6)
    found = size(
        DESIGN, scenario(), target=goal, over=Events(), between=(10, 39), seed=1, certainty=QUICK
    )
    assert found.design.patients == DESIGN.patients
    assert found.design.analysis.events == found.value


def test_a_large_trial_has_the_events_of_the_closed_forms():
    design = Design(480, AtEvents(300), LogRank(0.10), Accrual(50.0))
    found = size(
        design,
        scenario(np.log(0.8)),
        target=Minimum(Success(), 0.80),
        over=Events(step=2),
        between=(240, 470),
        seed=2,
        certainty=Certainty(least=5_000, most=5_000, level=0.99),
    )
    # Schoenfeld's 362 and Freedman's 365 events, which gsDesign and rpact give too
    schoenfeld, freedman = (
        formula(0.80, 0.8, alpha=0.10) for formula in (schoenfeld_events, freedman_events)
    )
    assert found.low <= freedman + 2
    assert found.high >= schoenfeld - 2
    assert found.high - found.low < 0.12 * schoenfeld


def crossing(between, goal):
    """Size by events where the new arm is better early on and worse later."""
    arms = Scenario("x", ("all",), np.ones(1), CONTROL, Weibull(1.6, 18.0))
    design = Design(120, AtEvents(90), LogRank(0.10), Accrual(60.0))
    return size(design, arms, target=goal, over=Events(), between=between, seed=1, certainty=QUICK)


def test_a_measure_that_turns_round_is_told():
    found = crossing((1, 119), Minimum(Success(), 0.4))
    assert not found.monotone
    assert found.value < 10
    assert "it turns round in between, so that others may reach it" in found.sentence
    falling = crossing((30, 119), Minimum(Success(), 0.8))
    assert falling.monotone
    assert "turns" not in falling.sentence


def test_ends_that_hide_what_is_between_are_told():
    words = "neither end of events from 1 to 119 gives .* but not what is between; give a range"
    with pytest.raises(InputError, match=words):
        crossing((1, 119), Minimum(Success(), 0.7))


def test_steps_stay_within_the_range():
    found = size(
        DESIGN,
        scenario(),
        target=Maximum(Months(), 30),
        over=Patients(step=10),
        between=(16, 115),
        seed=1,
        certainty=QUICK,
    )
    assert found.table["patients"].max() == 106


def test_a_measure_that_does_not_change_is_told():
    dated = replace(DESIGN, analysis=AfterEnrolment(40, 6.0))
    with pytest.raises(InputError, match="it doesn't change with alpha; vary something else"):
        size(dated, scenario(), target=Maximum(Months(), 3), over=Threshold("alpha"),
             between=(0.05, 0.2), seed=1, certainty=QUICK)  # fmt: skip


def test_trials_that_lack_events_are_told():
    leaving = replace(DESIGN, dropout_per_month=0.03)
    found = size(
        leaving,
        scenario(),
        target=Minimum(Success(), 0.6),
        between=(16, 100),
        seed=1,
        certainty=QUICK,
    )
    assert 0 < found.best.reached.value < 1
    lacking = f"{1 - found.best.reached.value:.1%} of trials lack the last look's events"
    assert lacking in found.sentence
    rows = simulated(Batch(found.design, scenario().world(), 5_000, 1), 0, found.best.replicates)
    assert found.best.reached.value == np.mean(rows.events >= found.design.events)


def test_few_draws_of_the_truth_are_told():
    certainty = Certainty(within=0.001, least=2_500, most=100_000)
    goal = Minimum(Success(), 0.5)
    found = size(DESIGN, drawn(), target=goal, between=(16, 60), seed=1, certainty=certainty)
    assert found.lacking == "draws of the truth"
    assert found.best.replicates == 2_500


def test_a_resumed_search_is_the_same(tmp_path):
    store = Store(tmp_path)
    told = []
    means = Means(store, workers=2, progress=lambda done, total: told.append((done, total)))
    goal = Minimum(Success(), 0.6)

    def once(means):
        return size(
            DESIGN, scenario(), target=goal, between=(16, 60), seed=1, certainty=QUICK, means=means
        )

    first = once(means)
    files = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    told.clear()
    again = once(means)
    assert first.table.equals(again.table)
    assert all(done == total for done, total in told)
    assert files == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert once(Means(workers=1)).table.equals(first.table)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"between": (60, 16)}, "between: 60 is not below 16"),
        ({"between": (16, 20)}, "no value of patients from 16 to 20 gives success of at least 0.6"),
        ({"between": (200, 300)}, "every value of patients from 200 to 300"),
        ({"over": Events(), "between": (10, 90)}, "90 events can't come from 40 patients"),
    ],
)
def test_a_range_without_an_answer_is_told(changed, message):
    goal = Minimum(Success(), 0.6)
    with pytest.raises(InputError, match=message):
        size(DESIGN, scenario(), target=goal, seed=1, certainty=QUICK, **changed)


def test_events_that_never_come_are_told_before_anything_runs():
    cured = Weibull(1.0, 1e7)
    lasting = Scenario("cured", ("all",), np.ones(1), cured, cured)
    with pytest.raises(InputError, match="never reaches the 12 events"):
        size(DESIGN, lasting, target=Minimum(Success(), 0.6), between=(16, 60), seed=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Minimum(Success(), 80), "target.value: 80 is not between 0 and 1"),
        (lambda: Maximum(Months(), 0), "target.value: 0 is not a positive number"),
        (lambda: Cost(), "nothing costs anything"),
        (lambda: Cost(each_patient=-1), "each_patient: -1 is negative"),
        (lambda: Certainty(within=0), "within: 0 is not above 0"),
        (lambda: Certainty(least=100_000, most=10), "most: 10 is not a whole number of at least"),
        (lambda: Patients(events_per_patient=1.2), "events_per_patient: 1.2"),
        (lambda: Means(workers=0), "workers: 0 is not a whole number"),
        (lambda: FinishedBy(-3), "month: -3"),
    ],
)
def test_impossible_numbers_are_told_at_once(make, message):
    with pytest.raises(InputError, match=message):
        make()


# What is varied.


def test_sizes_keep_the_rules_of_looks():
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 30)
    sequential = replace(DESIGN, analysis=plan.looks, test=plan)
    assert [look.events for look in Patients().at(sequential, 80).looks] == [30, 60]
    looks = (AtEvents(10), Later((AtEvents(20), AfterEnrolment(40, 6.0))))
    waiting = replace(DESIGN, analysis=looks, test=GroupSequential((0.5, 1.0), 0.10))
    for patients in (20, 80):
        resized = Patients().at(waiting, patients)
        assert resized.looks[1].moments[1] == AfterEnrolment(patients, 6.0)
        assert resized.events == patients // 2


def test_follow_up_is_varied_wherever_it_is():
    look = Later((AtEvents(20), AfterEnrolment(40, 6.0)))
    found = FollowUp().at(replace(DESIGN, analysis=look), 3.0)
    assert found.looks == (Later((AtEvents(20), AfterEnrolment(40, 3.0))),)
    with pytest.raises(InputError, match="no look of the design waits for follow-up"):
        FollowUp().at(DESIGN, 3.0)


def test_longer_follow_up_is_found_for_power():
    design = replace(DESIGN, analysis=AfterEnrolment(40, 12.0))
    found = size(
        design,
        scenario(),
        target=Minimum(Success(), 0.65),
        over=FollowUp(),
        between=(0.0, 30.0),
        seed=1,
        certainty=QUICK,
    )
    assert 0 < found.value < 30
    assert found.best.target.value >= 0.65
    assert found.design.looks[0].months == found.value


@pytest.mark.parametrize(
    "accrual",
    [
        Accrual(2.0),
        PeriodAccrual((0.0, 6.0), (1.0, 2.0)),
        CentreAccrual((Centre(1.0), Centre(1.0, opens_month=3.0, ramp_months=2.0))),
        UncertainAccrual(Accrual(2.0), 50),
    ],
)
def test_rates_of_any_accrual_rise_in_proportion(accrual):
    found = AccrualRate().at(replace(DESIGN, accrual=accrual), 5.0).accrual
    np.testing.assert_allclose(found.expected_rates, 2.5 * accrual.expected_rates)
    np.testing.assert_array_equal(found.starts_months, accrual.starts_months)


def test_a_trial_that_may_stop_early_is_sized_by_patients_expected():
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 30)
    design = replace(DESIGN, analysis=plan.looks, test=plan, accrual=Accrual(1.5))
    found = size(
        design,
        scenario(),
        target=Maximum(Enrolled(), 60),
        between=(40, 90),
        seed=1,
        certainty=QUICK,
    )
    assert found.best.target == found.best.enrolled
    assert found.best.enrolled.value <= 60 < found.value


# Sums and measures.


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


# Differences between designs, and calibration.


def null():
    return Scenario("null", ("all",), np.ones(1), CONTROL, CONTROL)


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
