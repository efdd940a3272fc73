"""Evidence: recursive integration in large samples; identities of sums; spread between seeds."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.hazard import Delayed, Exponential, Proportional
from oligotrial.simulate import (
    Batch,
    Scenario,
    column_names,
    engine,
    look_table,
    operating_row,
    operating_table,
    run,
    simulate_rows,
    write_rows,
)
from oligotrial.trial import (
    Accrual,
    AtCalendar,
    AtEvents,
    BetaSpending,
    Design,
    GroupSequential,
    LanDeMetsOBrienFleming,
    LogRank,
    SequentialLogRank,
    exit_probabilities,
)
from oligotrial.trial.decide import RestrictedMeanDifference
from oligotrial.trial.observed import Observed

CONTROL = Exponential(np.log(2) / 9)
FUTILITY = BetaSpending(LanDeMetsOBrienFleming(), beta=0.2)
RULE = GroupSequential((0.5, 0.75, 1.0), 0.10, LanDeMetsOBrienFleming(), FUTILITY)
PLAN = SequentialLogRank(RULE, 90)
DESIGN = Design(120, PLAN.looks, PLAN, Accrual(5.0))


def world(hazard_ratio=0.65, *, effect=None, experimental=None):
    log_ratio = np.log(hazard_ratio) if effect is None else effect
    treated = experimental or Proportional(CONTROL, log_ratio)
    return Scenario("truth", ("all",), np.ones(1), CONTROL, treated).world()


def tally(design=DESIGN, *, truth=None, replicates=4_000, seed=1):
    return run([Batch(design, truth or world(), replicates, seed)])[0]


@pytest.mark.parametrize("hazard_ratio", [1.0, 0.85])
def test_looks_stop_as_often_as_the_integrals_say_in_large_samples(hazard_ratio):
    plan = SequentialLogRank(RULE, 800)
    design = Design(1_000, plan.looks, plan, Accrual(100.0))
    made = tally(design, truth=world(hazard_ratio), replicates=10_000)
    table = look_table(made, design)
    exits = exit_probabilities(plan.boundaries, plan.drift(hazard_ratio))
    for name, expected in (("efficacy_here", exits.efficacy), ("futility_here", exits.futility)):
        error = np.sqrt(expected * (1 - expected) / 10_000)
        # the null's excess at 400 events, and at 0.85 the information, differ by below 0.004
        assert (np.abs(table[name] - expected) < 3.5 * error + 0.004).all()
    assert table["ended_so_far"].iloc[-1] == 1
    assert (table["events"] == [look.events for look in plan.looks]).all()


def test_columns_say_whether_looks_are_added_up():
    table = look_table(tally(), DESIGN)
    here = table[["efficacy_here", "futility_here", "neither_here"]]
    np.testing.assert_allclose(table["efficacy_so_far"], here["efficacy_here"].cumsum())
    np.testing.assert_allclose(table["ended_so_far"], here.sum(axis=1).cumsum())
    counts = [column for column in table if not column.endswith("_se")]
    assert set(counts) == {
        *("look", "months", "events", "enrolled", "efficacy_so_far", "ended_so_far"),
        *here,
    }
    assert {f"{name}_se" for name in counts if name != "look"} <= set(table)


def test_figures_are_averages_of_the_rows():
    batch = Batch(DESIGN, world(), 3_000, 1)
    rows = pd.DataFrame(simulate_rows(batch, 0, 3_000), columns=column_names(DESIGN))
    made = run([batch])[0]
    table = operating_table(made, DESIGN).set_index("figure")
    for figure, column in (
        ("efficacy", rows["decision"] == 1),
        ("futility", rows["decision"] == -1),
        ("months", rows["month"]),
        ("events", rows["events"]),
        ("enrolled", rows["enrolled"]),
        ("estimate", rows["estimate"]),
        ("bias", rows["estimate"] - np.log(0.65)),
        ("coverage", abs(rows["estimate"] - np.log(0.65)) <= norm.isf(0.025) * rows["std_error"]),
    ):
        assert table.loc[figure, "value"] == pytest.approx(column.mean())
        assert table.loc[figure, "mc_se"] == pytest.approx(column.std(ddof=0) / np.sqrt(3_000))
    looks = look_table(made, DESIGN)
    by_look = rows.groupby("look")
    np.testing.assert_allclose(looks["months"], by_look["month"].mean())
    errors = by_look["month"].std(ddof=0) / np.sqrt(by_look.size())
    np.testing.assert_allclose(looks["months_se"], errors)
    row = operating_row(made, DESIGN, scenario="x")
    assert row["estimate"] == table.loc["efficacy", "value"]
    ratio = np.exp(rows["estimate"].mean())
    assert row["hazard_ratio"] == pytest.approx(ratio)
    error = rows["estimate"].std(ddof=0) / np.sqrt(3_000)
    assert row["hazard_ratio_se"] == pytest.approx(ratio * error)
    assert row["events_observed_se"] == table.loc["events", "mc_se"]
    assert row["enrolled_se"] == table.loc["enrolled", "mc_se"]
    # by 5 patients a month
    assert row["accrual_months"] == pytest.approx(row["enrolled"] / 5)
    assert row["accrual_months_se"] == pytest.approx(row["enrolled_se"] / 5)
    for name, share in (("5% quantile", 0.05), ("median", 0.5), ("95% quantile", 0.95)):
        exact = np.quantile(rows["month"], share, method="inverted_cdf")
        assert table.loc[f"months, {name}", "value"] == pytest.approx(exact, abs=0.051)


def test_a_trial_that_stops_early_overstates_the_effect():
    # textbook: estimates at the end of a group-sequential trial are biased away from no effect
    early = operating_table(tally(replicates=10_000), DESIGN).set_index("figure").loc["bias"]
    fixed_design = Design(120, AtEvents(90), LogRank(0.1), Accrual(5.0))
    fixed = operating_table(tally(fixed_design, replicates=10_000), fixed_design)
    assert early["value"] + 5 * early["mc_se"] < fixed.set_index("figure").loc["bias", "value"]


FIGURES = ["efficacy", "events", "bias", "coverage", "months, median", "months, 95% quantile"]


@pytest.fixture(scope="module")
def tables():
    """Operating characteristics of the same design by 100 seeds."""
    each = [operating_table(tally(replicates=200, seed=seed), DESIGN) for seed in range(100)]
    return [table.set_index("figure") for table in each]


@pytest.mark.parametrize("figure", FIGURES)
def test_errors_are_the_spread_between_seeds(tables, figure):
    spread = np.std([table.loc[figure, "value"] for table in tables], ddof=1)
    stated = np.mean([table.loc[figure, "mc_se"] for table in tables])
    assert spread == pytest.approx(stated, rel=3.5 / np.sqrt(2 * 100))


@pytest.mark.parametrize("rate", [0.15, 0.02])
def test_durations_of_half_a_century_are_not_cut_short(rate):
    slow = Design(120, AtEvents(90), LogRank(0.1), Accrual(rate))  # 600 months and more
    table = operating_table(tally(slow, replicates=200), slow).set_index("figure")
    months = simulate_rows(Batch(slow, world(), 200, 1), 0, 200)[:, 2]
    assert months.mean() > 600
    for name, share in (("5% quantile", 0.05), ("median", 0.5), ("95% quantile", 0.95)):
        exact = np.quantile(months, share, method="inverted_cdf")
        found = table.loc[f"months, {name}"]
        assert found["value"] == pytest.approx(exact, rel=1e-3)
        assert found["mc_se"] < months.std() / 3


def test_a_fixed_date_is_its_own_median():
    for month in (30.0, 17.3, 720.0):
        dated = Design(120, AtCalendar(month), LogRank(0.1), Accrual(5.0))
        table = operating_table(tally(dated, replicates=50), dated).set_index("figure")
        for figure in ("months", "months, 5% quantile", "months, median", "months, 95% quantile"):
            assert table.loc[figure, "value"] == pytest.approx(month, rel=5e-4 * (month > 600))
            assert table.loc[figure, "mc_se"] == pytest.approx(0.0, abs=1e-5)  # of sums of squares


def test_a_look_on_a_date_lacks_no_events():
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    looks = (AtCalendar(20.0), AtCalendar(40.0))
    dated = Design(120, looks, Observed(plan), Accrual(5.0))
    assert operating_row(tally(dated, replicates=500), dated, scenario="x")["reached"] == 1
    waiting = Design(120, (AtCalendar(20.0), AtEvents(110)), Observed(plan), Accrual(5.0),
                     dropout_per_month=0.02)  # fmt: skip
    assert 0 < operating_row(tally(waiting, replicates=500), waiting, scenario="x")["reached"] < 1


def test_draws_that_trials_share_widen_the_error():
    effect = np.random.default_rng(1).normal(-0.4, 0.3, (20, 1))
    shared = operating_table(tally(truth=world(effect=effect), replicates=2_000), DESIGN)
    assert shared.set_index("figure").loc["efficacy", "mc_se"] > 3 * np.sqrt(0.25 / 2_000)


def test_errors_at_a_look_allow_for_draws_that_trials_share():
    """20 draws, used 100 times each: means of the trials that end at a look move with the draws."""
    effect = np.random.default_rng(1).normal(-0.4, 0.6, (20, 1))
    truth = world(effect=effect)
    rows = pd.DataFrame(
        simulate_rows(Batch(DESIGN, truth, 2_000, 1), 0, 2_000), columns=column_names(DESIGN)
    )
    looks = look_table(tally(truth=truth, replicates=2_000), DESIGN)
    last = rows["look"] == 3
    # jackknife over draws
    draw = np.arange(2_000) % 20
    left_out = [rows["month"][last & (draw != each)].mean() for each in range(20)]
    jackknife = np.sqrt(19 / 20 * np.sum((left_out - np.mean(left_out)) ** 2))
    assert looks["months_se"][2] == pytest.approx(jackknife, rel=0.15)
    naive = rows["month"][last].std() / np.sqrt(last.sum())
    assert looks["months_se"][2] > 1.5 * naive


def test_bias_is_missing_where_there_is_no_one_hazard_ratio():
    late = world(experimental=Delayed(CONTROL, np.log(0.5), 3.0))
    table = operating_table(tally(truth=late), DESIGN).set_index("figure")
    assert table.loc[["bias", "coverage"], "value"].isna().all()
    assert table.loc["estimate", "value"] < 0
    gain = Design(120, AtEvents(90), RestrictedMeanDifference(0.1, 12.0), Accrual(5.0))
    made = tally(gain, replicates=500)
    assert operating_table(made, gain).set_index("figure").loc[["bias"], "value"].isna().all()
    assert np.isnan(operating_row(made, gain, scenario="x")["hazard_ratio"])


def test_rows_are_written_as_they_are_simulated(tmp_path, monkeypatch):
    monkeypatch.setattr("oligotrial.simulate.rows.CHUNK", 300)
    monkeypatch.setattr(engine, "CHUNK", 300)
    design = Design(60, AtEvents(40), LogRank(0.1), Accrual(5.0), besides=(LogRank(0.025),))
    batch = Batch(design, world(effect=np.array([[-0.1], [-0.5]])), 1_000, 4)
    write_rows(batch, tmp_path / "rows.parquet")
    read = pd.read_parquet(tmp_path / "rows.parquet")
    assert list(read) == ["replicate", "draw", *column_names(design)]
    np.testing.assert_array_equal(read[column_names(design)], simulate_rows(batch, 0, 1_000))
    np.testing.assert_array_equal(read["draw"], np.arange(1_000) % 2)
    assert read["decision"].dtype.kind == "i"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_rows_that_cannot_be_written_are_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        write_rows(Batch(DESIGN, world(), 10, 1), tmp_path / "file" / "rows.parquet")


def test_digests_tell_designs_apart():
    digests = {
        Batch(design, world(), 100, 1).digest
        for design in (
            DESIGN,
            DESIGN.resized(120, 89),
            Design(120, AtEvents(90), LogRank(0.1), Accrual(5.0)),
            Design(120, AtEvents(90), LogRank(0.1), Accrual(5.5)),
        )
    }
    assert len(digests) == 4


def test_resized_designs_keep_the_shares_of_their_looks():
    made = DESIGN.resized(160, 120)
    assert [look.events for look in made.looks] == [60, 90, 120]
    assert made.test.events == 120
    fixed = Design(60, (AtEvents(20), AtEvents(40)), GroupSequential((0.5, 1.0), 0.1), Accrual(5.0))
    assert [look.events for look in fixed.resized(90, 61).looks] == [31, 61]
