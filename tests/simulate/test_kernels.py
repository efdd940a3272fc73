"""Evidence: closed forms in large samples, identities of a cut."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import survdiff

from oligotrial.estimators.two_arm import stratified_logrank_score
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, run, simulate_rows
from oligotrial.simulate.cutting import sort_times
from oligotrial.trial import Accrual, AtEvents, Design, LogRank, schoenfeld_power

CONTROL = Exponential(np.log(2) / 9)


def scenario(hazard_ratio, *, strata=1, control=CONTROL):
    names = tuple(f"stratum {number}" for number in range(strata))
    experimental = Proportional(control, np.log(hazard_ratio))
    return Scenario("truth", names, np.full(strata, 1 / strata), control, experimental)


def design(patients, events, *, alpha=0.10, rate=5.0, poisson=True, dropout=0.0, stratified=True):
    return Design(
        patients,
        AtEvents(events),
        LogRank(alpha, stratified),
        Accrual(rate, poisson),
        dropout_per_month=dropout,
    )


def success(batch):
    tally = run([batch])[0]
    return tally.successes.sum() / tally.trials.sum()


def test_type_one_error_is_nominal_in_large_samples():
    replicates = 20_000
    rate = success(Batch(design(1_000, 1_000, rate=500.0), scenario(1.0).world(), replicates, 3))
    assert abs(rate - 0.10) < 3 * np.sqrt(0.10 * 0.90 / replicates)


def test_power_is_schoenfelds_in_large_samples():
    # at 1,000 events and a hazard ratio near 1 the formula's own error is below 0.001
    replicates = 20_000
    rate = success(Batch(design(1_000, 1_000, rate=500.0), scenario(0.9).world(), replicates, 4))
    formula = schoenfeld_power(1_000, 0.9, alpha=0.10)
    assert abs(rate - formula) < 3 * np.sqrt(formula * (1 - formula) / replicates) + 0.001


def test_stratified_type_one_error_keeps_its_level_when_strata_differ():
    strata = np.log([0.3, 1.0, 3.0])[None, :]
    control = Proportional(CONTROL, strata)
    world = Scenario("null", ("a", "b", "c"), np.full(3, 1 / 3), control, control).world()
    replicates = 40_000
    rate = success(Batch(design(600, 500, rate=50.0), world, replicates, 5))
    assert abs(rate - 0.10) < 3 * np.sqrt(0.09 / replicates) + 0.002  # small-sample excess


def test_an_event_driven_analysis_has_exactly_its_events():
    rows = simulate_rows(Batch(design(120, 90), scenario(0.65).world(), 2_000, 1), 0, 2_000)
    assert set(rows[:, 3]) == {90.0}


def test_events_that_never_come_are_told():
    batch = Batch(design(60, 55, dropout=0.1), scenario(1.0).world(), 500, 1)
    rows = simulate_rows(batch, 0, 500)
    assert rows[:, 3].max() < 55
    assert run([batch])[0].mean("reached")[0] == 0


def test_patients_are_the_same_in_every_size_of_a_grid():
    world = scenario(0.65).world()
    small = simulate_rows(Batch(design(60, 15), world, 200, 1), 0, 200)
    large = simulate_rows(Batch(design(120, 15), world, 200, 1), 0, 200)
    # with the 15th event inside the first 60 arrivals both cuts see the same patients
    early = large[:, 4] < 60
    assert early.any()
    np.testing.assert_array_equal(small[early], large[early])


def test_seeds_differ_and_repeat():
    batch = Batch(design(60, 40), scenario(0.65).world(), 50, 1)
    again = simulate_rows(batch, 0, 50)
    np.testing.assert_array_equal(again, simulate_rows(batch, 0, 50))
    np.testing.assert_array_equal(again[20:], simulate_rows(batch, 20, 30))
    other = simulate_rows(Batch(batch.design, batch.world, 50, 2), 0, 50)
    assert not np.any(other[:, 5] == again[:, 5])


@pytest.mark.parametrize("strata", [1, 3])
@pytest.mark.parametrize("ties", [False, True])
def test_logrank_score_is_that_of_statsmodels(strata, ties):
    rng = np.random.default_rng(5)
    size = 120
    time = rng.exponential(10, size)
    time = np.ceil(time) if ties else time
    event, arm = rng.integers(0, 2, (2, size))
    stratum = rng.integers(0, strata, size)
    score, variance = stratified_logrank_score(np.argsort(time), time, event, arm, stratum, strata)
    chi_squared, _ = survdiff(time, event, arm, strata=stratum if strata > 1 else None)
    assert score**2 / variance == pytest.approx(chi_squared, rel=1e-9)


@pytest.mark.parametrize("crowded", [False, True])
def test_sort_times_sorts(crowded):
    rng = np.random.default_rng(6)
    time = rng.exponential(10, 300)
    if crowded:
        time[0] = 1e6
    time[:20] = time[40:60]
    order, given = np.empty(300, np.int64), time.copy()
    sort_times(time, order, 250, (np.empty(300), np.empty(300, np.int64), np.empty(301, np.int64)))
    assert sorted(order[:250]) == list(range(250))
    assert np.all(np.diff(time[:250]) >= 0)
    np.testing.assert_array_equal(time[:250], given[order[:250]])
