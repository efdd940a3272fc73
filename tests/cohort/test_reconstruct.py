"""Evidence: exact margins (identity), the paper's numbers, and the chain's own base measure."""

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.sampler import run_chain
from oligotrial.cohort.target import Groups, targets
from oligotrial.estimators import log_rank


def test_every_printed_count_is_met_in_every_draw(agreed):
    counts = agreed[~agreed.index.str.startswith(("pfs_ar", "rdt"))]
    assert len(counts) == 4 + 4 + 4 + 6 + 15 + 4
    assert (counts["draws_within"] == 1.0).all()


def test_every_statistic_that_is_printed_is_reported(agreed, marazzi):
    keys = {each.key for each in targets(marazzi)}
    assert keys <= set(agreed.index)
    # 31 medians, 22 of them with limits; 10 tests, mean and error, 2 rates, 6 x 5 at risk
    assert len(keys) == 31 + 2 * 22 + 10 + 2 + 2 + 30
    assert agreed.loc["pfs_ar.median[age_group=40-50]", "printed"] == np.inf


def test_somebody_of_the_group_had_the_event_at_each_printed_median_and_limit(
    reconstructed, marazzi
):
    times = [
        each
        for each in targets(marazzi)
        if each.kind in (Kind.MEDIAN, Kind.LOWER, Kind.UPPER) and np.isfinite(each.printed)
    ]
    for frame in reconstructed.frames():
        groups = Groups(frame)
        for each in times:
            time, event = groups.curve(each)
            assert any(each.agrees(value) for value in time[event == 1]), each.key


def test_printed_statistics_are_reproduced(agreed):
    # The bars leave room below what chains of a third of the usual length reached: over seeds
    # 1 to 5, 82% to 86% of medians and limits, and 91% to 97% of numbers at risk and rates.
    medians = agreed[agreed.index.str.contains("median")]
    counts = agreed[agreed.index.str.contains(r"at_risk|rdt")]
    assert medians["draws_within"].mean() > 0.75
    assert counts["draws_within"].mean() > 0.85
    assert agreed.loc["pfs_ar.median", "reconstructed_median"] == 13.97
    assert agreed.loc["pfs_ar.mean", "reconstructed_median"] == pytest.approx(33.927, abs=0.1)
    assert agreed.loc["pfs_ar.mean_se", "reconstructed_median"] == pytest.approx(5.619, abs=0.5)
    for grouping in ("line_group", "age_group", "subtype", "brain", "bed4_75"):
        row = agreed.loc[f"pfs_ar.logrank[{grouping}].chi_squared"]
        assert row["reconstructed_median"] == pytest.approx(row["printed"], abs=0.05)


def test_who_did_worse_is_as_printed_where_a_test_says_so(reconstructed, marazzi):
    worse = {each.grouping: each.worse for each in targets(marazzi) if each.worse}
    assert worse == {"line_group": "third or later", "bed4_75": "below"}
    for frame in reconstructed.frames():
        for grouping, level in worse.items():
            test = log_rank(frame["time"], frame["event"], group=cohort.levels_of(frame, grouping))
            place = test.groups.index(level)
            assert test.observed[place] > test.expected[place]


def test_draws_differ(reconstructed):
    first, second, *_ = reconstructed.frames()
    assert not np.array_equal(np.sort(first["time"]), np.sort(second["time"]))
    together = [
        frame.groupby(["line", "subtype"], observed=True).size() for frame in (first, second)
    ]
    assert not together[0].equals(together[1])


def test_the_label_says_that_these_are_no_patients(reconstructed):
    assert reconstructed.label == (
        "reconstructed from printed numbers of marazzi2024, 4 draws; not patient data"
    )
    assert "10.3390/jpm14080805" in reconstructed.source


def test_same_seed_same_cohort_whatever_the_number_of_threads(marazzi, monkeypatch):
    made = []
    for threads in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        made.append(cohort.reconstruct(marazzi, draws=3, seed=5, steps=2_000).patients)
    pd.testing.assert_frame_equal(*made)
    other = cohort.reconstruct(marazzi, draws=3, seed=6, steps=2_000).patients
    assert not made[0].equals(other)


def test_progress_is_told(marazzi):
    told = []
    cohort.reconstruct(marazzi, draws=3, steps=10, progress=lambda *now: told.append(now))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_chain_and_the_public_estimators_agree(marazzi):
    layout = Layout(marazzi)
    problem = layout.problem()
    for seed in range(3):
        generator = np.random.default_rng(seed)
        state = layout.start(problem, generator)
        run_chain(problem, state, 5_000, (0.25, 1.5), generator)
        groups = Groups(layout.frame(problem, state, generator))
        spacing = problem.spacings[state.spacing[0]]
        for each, value in zip(layout.targets, state.statistic, strict=True):
            timed = each.at(each.argument * spacing) if each.ticked else each
            timed = replace(timed, p_df=0, printed=np.mean(each.statistic_interval))
            if each.kind == Kind.MEDIAN:
                timed = replace(timed, printed=each.printed)
            np.testing.assert_allclose(timed.recompute(groups), value, rtol=1e-9, err_msg=each.key)


def test_without_statistics_the_chain_keeps_to_its_base_measure(marazzi):
    # Power 0: what is left is the base measure, whose means are sums over its grid.
    layout = Layout(marazzi)
    layout.times = []  # nobody pinned
    problem = layout.problem()
    event_share = np.exp(problem.log_base[1]).sum()
    mean_log = (np.exp(problem.log_base) * np.log(problem.months + 1.0)).sum()
    generator = np.random.default_rng(1)
    events, logs = [], []
    for _ in range(60):
        state = layout.start(problem, generator)
        run_chain(problem, state, 3_000, (1e-12, 1e-12), generator)
        events.append(state.event.mean())
        logs.append(np.log(problem.months[state.day] + 1.0).mean())
    for values, expected in ((events, event_share), (logs, mean_log)):
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values) - expected) < 4.0 * error


def test_evidence_that_lacks_something_is_refused(marazzi):
    with pytest.raises(InputError, match="no count 'line'"):
        cohort.reconstruct(without(marazzi, "line"))
    with pytest.raises(InputError, match="counts of line: the levels add up to 20 of 59 patients"):
        cohort.reconstruct(without(marazzi, "line", level="first"))
    with pytest.raises(InputError, match="draws: 0 is not a whole number of at least 1"):
        cohort.reconstruct(marazzi, draws=0)


def without(evidence, variable, level=None):
    counts = [
        each
        for each in evidence.counts
        if each.variable != variable or (level is not None and each.level != level)
    ]
    return replace(evidence, counts=tuple(counts))


def test_dose_groups_that_cannot_be_met_are_said_in_the_label(marazzi):
    groups = [replace(group, n=59) for group in marazzi.bed_groups]
    made = cohort.reconstruct(replace(marazzi, bed_groups=tuple(groups)), draws=1, steps=10)
    assert "printed dose groups missed by " in made.label


def test_other_evidence_with_less_in_it(marazzi):
    statistics = [
        each
        for each in marazzi.statistics
        if each.key in ("pfs_ar.median", "accrual.months", "pfs_ar.median[line=first]")
    ]
    less = replace(
        marazzi,
        statistics=tuple(statistics),
        comparisons=(),
        risk_tables=tuple(
            replace(table, times_months=(0.0, 20.0, 40.0, 60.0, 80.0, 100.0))
            for table in marazzi.risk_tables
            if table.grouping == "line_group"
        ),
        bed_groups=(),
    )
    made = cohort.reconstruct(less, draws=2, steps=20_000)
    table = cohort.agreement(made, less).set_index("statistic")
    assert "pfs_ar.median[line=first]" in table.index
    # A draw may miss a number: at its full power the density is 1000 times lower there, not 0.
    assert table["draws_within"].mean() > 0.95
