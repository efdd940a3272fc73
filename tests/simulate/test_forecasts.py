"""Evidence: identities with the trials themselves, and closed forms of expected events."""

import numpy as np
import pytest
from scipy.stats import binom, gamma, poisson

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, PiecewiseExponential, Proportional
from oligotrial.simulate import Batch, Scenario, expected_events, simulate_rows
from oligotrial.simulate.sizing import Means, forecast_counts, forecast_months
from oligotrial.trial import Accrual, AccrualPeriods, AtEvents, Design, LogRank, events_by

CONTROL = Exponential(0.08)
TREATED = Proportional(CONTROL, np.log(0.6))
TRUTH = Scenario("truth", ("all",), np.ones(1), CONTROL, TREATED)
EVEN = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0, poisson=False), dropout_per_month=0.01)
REPLICATES = 10_000


def test_events_are_those_of_the_closed_form():
    months = np.array([3.0, 6.0, 12.0, 20.0, 40.0])
    table = forecast_counts(EVEN, TRUTH, months=months, replicates=REPLICATES, seed=1)
    events = table[table["what"] == "events"]
    arms = PiecewiseExponential((0.08,), ()), PiecewiseExponential((0.048,), ())
    # Patient k enters at k / 5 here, in the closed form evenly from (k - 1) / 5 to k / 5
    for shift, sign in ((0.0, 1), (0.2, -1)):
        accrual = AccrualPeriods((12.0,), (5.0,))
        exact = events_by(months - shift, arms, accrual=accrual, dropout_per_month=0.01).sum(axis=1)
        assert (sign * (exact - events["mean"]) > -4 * events["mean_se"]).all()
    each = expected_events(EVEN, TRUTH.world(), months)
    assert (np.abs(events["mean"] - each) < 4 * events["mean_se"]).all()


def test_patients_are_those_of_the_poisson_process():
    design = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0))
    table = forecast_counts(
        design, TRUTH, months=(4.0, 8.0), replicates=REPLICATES, seed=1, shares=(0.1, 0.5, 0.9)
    )
    for month, row in table[table["what"] == "enrolled"].set_index("month").iterrows():
        assert row["mean"] == pytest.approx(5 * month, abs=4 * row["mean_se"])
        for share in (0.1, 0.5, 0.9):
            near = poisson.ppf([share - 0.012, share + 0.012], 5 * month)
            assert near[0] <= row[f"q{100 * share:g}"] <= near[1]


def test_events_without_accrual_are_binomial():
    at_once = Design(60, AtEvents(40), LogRank(0.10), Accrual(1e6))
    null = Scenario("null", ("all",), np.ones(1), CONTROL, CONTROL)
    table = forecast_counts(at_once, null, months=(6.0,), replicates=REPLICATES, seed=1)
    row = table[table["what"] == "events"].iloc[0]
    chance = 1 - np.exp(-0.08 * 6)
    for share in (0.05, 0.5, 0.95):
        near = binom.ppf([share - 0.009, share + 0.009], 60, chance)
        assert near[0] <= row[f"q{100 * share:g}"] <= near[1]
    spread = np.sqrt(60 * chance * (1 - chance) / REPLICATES)
    assert row["mean_se"] == pytest.approx(spread, rel=0.05)


def test_months_of_events_are_those_of_the_trials():
    table = forecast_months(EVEN, TRUTH, events=(40, 20), replicates=2_500, seed=1).iloc[0]
    months = simulate_rows(Batch(EVEN, TRUTH.world(), 2_500, 1), 0, 2_500)[:, 2]
    assert table["reached"] == 1
    assert table["mean"] == pytest.approx(months.mean())
    assert table["mean_se"] == pytest.approx(months.std() / 50)
    for share in (0.05, 0.5, 0.95):
        exact = np.quantile(months, share, method="inverted_cdf")
        assert table[f"q{100 * share:g}"] == pytest.approx(exact, abs=0.026)


def test_the_error_of_a_quantile_is_its_spread_between_seeds():
    rows = [
        forecast_months(EVEN, TRUTH, events=(30,), replicates=2_500, seed=seed).iloc[0]
        for seed in range(40)
    ]
    for name in ("q5", "q50", "q95"):
        spread = np.std([row[name] for row in rows], ddof=1)
        stated = np.mean([row[f"{name}_se"] for row in rows])
        assert spread == pytest.approx(stated, rel=3 / np.sqrt(2 * 40))


def test_events_that_come_in_some_trials_only():
    leaving = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0), dropout_per_month=0.04)
    row = forecast_months(leaving, TRUTH, events=(40,), replicates=2_500, seed=1).iloc[0]
    assert 0.05 < row["reached"] < 0.95
    assert row["reached_se"] == pytest.approx(
        np.sqrt(row["reached"] * (1 - row["reached"]) / 2_500), rel=1e-6
    )
    assert row["q95"] == np.inf


def test_events_that_come_in_no_trial():
    leaving = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0), dropout_per_month=0.5)
    row = forecast_months(leaving, TRUTH, events=(60,), replicates=2_500, seed=1).iloc[0]
    assert row["reached"] == row["reached_se"] == 0
    assert np.isnan(row["mean"])
    assert row["q5"] == row["q95"] == np.inf


def test_the_first_event_at_once_is_exponential():
    at_once = Design(20, AtEvents(20), LogRank(0.10), Accrual(1e6))
    null = Scenario("null", ("all",), np.ones(1), CONTROL, CONTROL)
    row = forecast_months(at_once, null, events=(1,), replicates=REPLICATES, seed=1).iloc[0]
    first = gamma(1, scale=1 / (20 * 0.08))
    assert row["mean"] == pytest.approx(first.mean(), abs=4 * row["mean_se"])
    assert row["q50"] == pytest.approx(first.median(), abs=0.025 + 4 * row["q50_se"])


def test_draws_of_the_truth_widen_the_error():
    effect = np.random.default_rng(1).normal(-0.5, 0.5, (20, 1))
    drawn = Scenario("x", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, effect))
    few, one = (
        forecast_months(EVEN, truth, events=(40,), replicates=5_000, seed=1).iloc[0]
        for truth in (drawn, TRUTH)
    )
    assert few["mean_se"] > 3 * one["mean_se"]
    assert few["q50_se"] > 3 * one["q50_se"]


def test_any_number_of_workers_gives_the_same():
    one, two = (
        forecast_counts(
            EVEN, TRUTH, months=(9.0, 3.0), replicates=5_000, seed=1, means=Means(workers=workers)
        )
        for workers in (1, 2)
    )
    assert one.equals(two)
    assert one["month"].tolist() == [9.0, 9.0, 3.0, 3.0]
    assert (one["mean"][:2].to_numpy() > one["mean"][2:].to_numpy()).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: forecast_counts(EVEN, TRUTH, months=(), replicates=9, seed=1), "no month"),
        (lambda: forecast_counts(EVEN, TRUTH, months=(-1.0,), replicates=9, seed=1), "months: -1"),
        (
            lambda: forecast_months(EVEN, TRUTH, events=(61,), replicates=9, seed=1),
            r"events: \[61\] are not events of 60 patients",
        ),
    ],
)
def test_forecasts_of_nothing_are_told(make, message):
    with pytest.raises(InputError, match=message):
        make()
