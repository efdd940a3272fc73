"""Evidence: exact margins (identity), the paper's numbers, and the chain's own base measure."""

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort, evidence
from oligotrial.checks import InputError
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.conventions import rate_scale
from oligotrial.cohort.draw import Draw, covariate_codes
from oligotrial.cohort.groups import Groups, recompute
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.regress import fill_regression
from oligotrial.cohort.sampler import run_chain
from oligotrial.cohort.targets import targets
from oligotrial.estimators import LOG_LOG, PLAIN, log_rank
from oligotrial.estimators.scale import quantile_of


def test_every_printed_count_is_met_in_every_draw(agreed, marazzi):
    # Table 1 counts 25 HER2+ patients once and 24 once; only one schedule of two livers is printed.
    counts = agreed[agreed.index.str.contains(r"^[a-z0-9_]+\[") & ~agreed["contradicted"]]
    counts = counts[counts["not_used"] == ""]
    tables = sum(each.unit == "patients" for each in marazzi.counts)
    assert len(counts) > tables + len(marazzi.schedules) + len(marazzi.bed_groups)
    assert (counts["draws_within"] == 1.0).all()


def test_every_number_of_the_patients_is_reported_once(agreed, marazzi):
    assert agreed.index.is_unique
    keys = {each.key for each in targets(marazzi) if not each.key.endswith(".se")}
    assert keys <= set(agreed.index)
    # 31 medians, 22 of them with limits; 10 tests, mean and error, 2 rates, 6 x 5 at risk;
    # 10 hazard ratios and a C-index
    assert len(keys) == 31 + 2 * 22 + 10 + 2 + 2 + 30 + 11
    assert agreed.loc["pfs_ar.median[age_group=40-50]", "printed"] == np.inf
    for key in ("cox.p[covariate=bed4_100]", "os.mean.upper", "age.median.lower",
                "systemic_therapy[anti-HER2].percent", "pfs_ar.median@abstract"):  # fmt: skip
        assert key in agreed.index


def test_numbers_that_the_source_contradicts_are_marked(agreed):
    contradicted = agreed.index[agreed["contradicted"]]
    assert "pfs_ar.median@discussion" in contradicted
    assert "her2_population[HER2+/ER-]" in contradicted
    assert "pfs_ar.median" not in contradicted


def test_somebody_had_the_event_at_each_printed_median_and_limit(reconstructed, marazzi):
    # Exactly, of all patients; of the group that it is printed for, as far as the median is met.
    times = [
        each
        for each in targets(marazzi)
        if each.kind in (Kind.MEDIAN, Kind.LOWER, Kind.UPPER) and np.isfinite(each.printed)
    ]
    found = []
    for frame in reconstructed.frames():
        groups = Groups(frame)
        for each in times:
            assert any(each.agrees(value) for value in frame["time"][frame["event"] == 1]), each.key
            time, event = groups.curve(each)
            found.append(any(each.agrees(value) for value in time[event == 1]))
    assert np.mean(found) > 0.9


def test_printed_statistics_are_reproduced(agreed):
    # Chains of a third of the usual length; the bars leave room below what they reached.
    medians = agreed[agreed.index.str.fullmatch(r"pfs_ar\.median.*(\]|n|\.lower|\.upper)")]
    counts = agreed[agreed.index.str.contains(r"at_risk|rdt\.\d_months$")]
    assert medians["draws_within"].mean() > 0.7
    assert counts["draws_within"].mean() > 0.85
    assert agreed.loc["pfs_ar.median", "reconstructed_median"] == 13.97
    assert agreed.loc["os.median", "reconstructed_median"] == 244.667
    assert agreed.loc["pfs_ar.mean", "reconstructed_median"] == pytest.approx(33.927, abs=0.1)
    assert agreed.loc["pfs_ar.mean_se", "reconstructed_median"] == pytest.approx(5.619, abs=0.6)
    for grouping in ("line_group", "age_group", "subtype", "brain", "bed4_75"):
        row = agreed.loc[f"pfs_ar.logrank[{grouping}].chi_squared"]
        assert row["reconstructed_median"] == pytest.approx(row["printed"], abs=0.05)


def test_the_regression_is_reproduced_to_a_fraction_of_its_error(agreed, marazzi):
    checks = evidence.audit(marazzi)
    strained = set(checks.loc[checks["severity"] == "strain", "subject"])
    far = {}
    for each in marazzi.statistics:
        if each.key.startswith("cox.hazard_ratio["):
            error = np.log(each.upper / each.lower) / (2 * 1.96)
            made = agreed.loc[each.key, "reconstructed_median"]
            far[each.key] = abs(np.log(made / each.value)) / error
    # Chains of a third of the usual length; by chance they would lie about one error away. The
    # one that the audit calls strained, against its medians and test, is pulled both ways.
    assert len(far) == 10
    assert max(far[key] for key in far if key not in strained) < 1.0
    assert [key for key in far if key in strained] == ["cox.hazard_ratio[covariate=bed4_100]"]
    assert np.mean(list(far.values())) < 0.35


def test_the_other_paper_is_reproduced():
    lemoine = evidence.load("lemoine2021")
    made = cohort.reconstruct(lemoine, draws=4, steps=60_000)
    table = cohort.agreement(made, lemoine).set_index("statistic")
    counts = table[table.index.str.contains(r"\[") & (table["not_used"] == "")]
    assert (counts["draws_within"] == 1.0).all()
    assert cohort.score(table.reset_index()).iloc[-1]["draws_percent"] > 90.0
    for frame in made.frames():
        assert (frame["os_time"] >= frame["time"] - 1e-9).all()
        alive = frame["event"] == 0
        assert (frame.loc[alive, "os_time"] == frame.loc[alive, "time"]).all()
        assert (frame.loc[alive, "os_event"] == 0).all()
        assert (frame["cause"] == "recurrence").sum() == 24
        died = frame["cause"] == "death"
        assert (frame.loc[died, "os_event"] == 1).all()
        assert (frame["local_event"] == 0).all()
        assert frame["local_cause"].notna().sum() == frame["event"].sum()


def test_survival_from_diagnosis_enters_at_radiotherapy(reconstructed):
    for frame in reconstructed.frames():
        since = frame["os_time"] - frame["os_entry"]
        assert (frame["os_entry"] >= 0).all()
        assert (since >= frame["time"] - 1e-9).all()
        assert since.mean() == pytest.approx(38.0, abs=0.5)


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
    layout = Layout(marazzi, "pfs_ar")
    problem = layout.problem()
    for seed in range(3):
        generator = np.random.default_rng(seed)
        state = layout.start(problem, generator)
        run_chain(problem, state, 5_000, layout.widths(), generator)
        groups = Groups(layout.frame(problem, state, generator))
        spacing = problem.spacings[state.spacing[0]]
        for each, value in zip(layout.targets, state.statistic, strict=True):
            if each.kind >= Kind.LOG_HAZARD_RATIO:
                continue
            timed = each.at(each.argument * spacing) if each.ticked else each
            timed = replace(timed, p_df=0, printed=np.mean(each.statistic_interval))
            if each.kind == Kind.MEDIAN:
                timed = replace(timed, printed=each.printed)
            np.testing.assert_allclose(recompute(timed, groups), value, rtol=1e-9, err_msg=each.key)


def test_the_chain_evaluates_the_regression_that_the_public_function_fits(marazzi):
    # A Newton step from the fitted hazard ratios leads nowhere, and errors and C are the same.
    layout = Layout(marazzi, "pfs_ar")
    problem = layout.problem()
    generator = np.random.default_rng(3)
    state = layout.start(problem, generator)
    run_chain(problem, state, 60_000, layout.widths(), generator)
    frame = layout.frame(problem, state, generator).sort_values("time")
    fitted = Draw(frame, marazzi, covariate_codes(marazzi)).regression("cox")
    (regression,) = layout.regressions
    names = regression.names
    beta = np.log([fitted.estimate(name, "value") for name in names])
    codes = np.column_stack(
        [np.array(layout.columns.codes(name))[_codes_of(layout, frame, name)] for name in names]
    )
    rows = problem.statistics[problem.statistics[:, 0] >= Kind.LOG_HAZARD_RATIO]
    out = np.empty(len(rows))
    time, event = frame["time"].to_numpy(), frame["event"].to_numpy()
    fill_regression(time, event, codes, beta, np.empty((22, 10)), rows, out)
    for (kind, covariate, *_), value in zip(rows, out, strict=True):
        name = names[int(covariate)]
        if kind == Kind.LOG_HAZARD_RATIO:
            assert value == pytest.approx(np.log(fitted.estimate(name, "value")), abs=1e-6)
        elif kind == Kind.LOG_STANDARD_ERROR:
            error = fitted.fit.coefficients.loc[name, "std_error"]
            assert np.exp(value) == pytest.approx(error, rel=1e-6)
        elif kind == Kind.CONCORDANCE:
            assert value == pytest.approx(fitted.estimate("", "value"), abs=1e-12)
        else:
            upper = fitted.estimate("", "value") + quantile_of(0.95) * value
            assert upper == pytest.approx(fitted.estimate("", "upper"), abs=1e-12)


def _codes_of(layout, frame, name):
    _, levels = layout.columns.source(name)
    first = {level: place for place, level in reversed(list(enumerate(levels)))}
    return [first[level] for level in cohort.levels_of(frame, name)]


def test_the_scale_of_printed_limits_is_told_from_their_evenness(marazzi):
    lemoine = evidence.load("lemoine2021")
    assert rate_scale(lemoine) is LOG_LOG  # Stata's, which the paper used
    plain = [
        replace(each, lower=each.value - 9.0, upper=each.value + 9.0)
        if each.unit == "percent" and each.level else each
        for each in lemoine.statistics
    ]  # fmt: skip
    assert rate_scale(replace(lemoine, statistics=tuple(plain))) is PLAIN
    assert rate_scale(marazzi) is LOG_LOG  # prints no rates


def test_without_statistics_the_chain_keeps_to_its_base_measure(marazzi):
    # Endless widths: what is left is the base measure, whose means are sums over its grid.
    layout = Layout(marazzi, "pfs_ar")
    layout.times = []  # nobody pinned
    problem = layout.problem()
    problem.statistics[:, 6] = np.inf  # nothing is too far
    widths = np.full((3, len(layout.targets)), 1e12)
    # Every number of events is as likely as any other, so that half have it on average.
    shares = np.exp(problem.log_base) / np.exp(problem.log_base).sum(axis=1, keepdims=True)
    mean_log = 0.5 * (shares * np.log(problem.months + 1.0)).sum()
    generator = np.random.default_rng(1)
    events, logs = [], []
    for _ in range(60):
        state = layout.start(problem, generator)
        run_chain(problem, state, 3_000, widths, generator)
        events.append(state.event.mean())
        logs.append(np.log(problem.months[state.day] + 1.0).mean())
    for values, expected in ((events, 0.5), (logs, mean_log)):
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values) - expected) < 4.0 * error
    assert np.std(events) == pytest.approx(1.0 / np.sqrt(12.0), rel=0.25)  # as a uniform share's


def test_evidence_that_lacks_something_is_refused(marazzi):
    with pytest.raises(InputError, match="is about 'line', which no counts and no schedules make"):
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
    assert table["draws_within"].mean() > 0.95  # of those that are used


def test_convergence_compares_short_with_usual_chains(marazzi):
    table = cohort.convergence(marazzi, draws=4, steps=20_000).set_index("quantity")
    pd.testing.assert_frame_equal(
        table, cohort.convergence(marazzi, draws=4, steps=20_000).set_index("quantity")
    )
    assert table.loc["misfit", "mean"] < table.loc["misfit", "mean_short"]
    assert table.loc["survival at 14 months", "mean"] == pytest.approx(0.5, abs=0.05)
    assert (table["r_hat"] > 0.8).all()
    with pytest.raises(InputError, match="draws: 1 is not a whole number of at least 2"):
        cohort.convergence(marazzi, draws=1)
