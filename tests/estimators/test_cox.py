"""Evidence: identities and limits; messages for wrong input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import risk_sets
from oligotrial.estimators.cox import BRESLOW, EFRON, cox
from oligotrial.estimators.cox_kernels import cox_newton
from oligotrial.estimators.cox_maximum import evaluate
from oligotrial.estimators.cox_residuals import score_residuals
from oligotrial.estimators.cox_sample import arrange
from oligotrial.estimators.log_rank import log_rank
from oligotrial.estimators.proportionality import BY_LOG_TIME, proportionality

both = pytest.mark.parametrize("ties", [EFRON, BRESLOW], ids=lambda ties: ties.name)
seeds = st.integers(0, 10_000)
few = settings(max_examples=25, deadline=None)


class Patients:
    """Some patients, tied or not, whose covariates separate nothing."""

    def __init__(self, seed, *, tied=True, size=40):
        random = np.random.default_rng(seed)
        time = random.exponential(size=size)
        self.time = np.ceil(8 * time) if tied else time
        self.event = (random.random(size) < np.linspace(0, 1.4, size)).astype(int)
        self.entry = np.where(random.random(size) < 0.5, random.random(size) * self.time, 0.0)
        self.covariates = pd.DataFrame(
            {"dose": random.normal(50, 5, size), "arm": random.integers(0, 2, size)}
        )
        self.strata = random.integers(0, 3, size)
        self.weights = random.integers(1, 4, size)

    def fit(self, rows=slice(None), *, covariates=None, ties=EFRON, **more):
        x = self.covariates if covariates is None else covariates
        given = {
            name: getattr(self, name)[rows]
            for name in ("entry", "strata", "weights")
            if name not in more
        }
        return cox(self.time[rows], self.event[rows], x.iloc[rows], ties=ties, **given | more)

    def arrange(self, ties):
        return arrange(
            self.time,
            self.event,
            self.covariates,
            entry=self.entry,
            strata=self.strata,
            ties=ties,
            weights=self.weights,
        )


def same(fit, other, *, tolerance=1e-8):
    for name in ("log_hazard_ratio", "std_error"):
        np.testing.assert_allclose(
            fit.coefficients[name], other.coefficients[name], rtol=tolerance, atol=tolerance
        )


@both
@few
@given(seed=seeds)
def test_order_of_patients_changes_nothing(ties, seed):
    patients = Patients(seed)
    order = np.random.default_rng(seed).permutation(40)
    fit, other = patients.fit(ties=ties), patients.fit(order, ties=ties)
    same(fit, other)
    assert fit.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(
        fit.martingale_residuals()[order], other.martingale_residuals(), atol=1e-8
    )


@both
@few
@given(seed=seeds, shift=st.floats(-1e3, 1e3), factor=st.sampled_from([-2.0, 1e-6, 0.3, 1e5]))
def test_units_of_covariates_change_nothing(ties, seed, shift, factor):
    patients = Patients(seed)
    fit = patients.fit(ties=ties)
    # A shift of 1000 in units of 1e-6 would leave seven digits of the covariate itself.
    moved = patients.covariates.assign(dose=factor * (patients.covariates["dose"] + shift))
    other = patients.fit(covariates=moved, ties=ties)
    np.testing.assert_allclose(
        other.coefficients["log_hazard_ratio"] * [factor, 1.0],
        fit.coefficients["log_hazard_ratio"],
        rtol=1e-8,
        atol=1e-9,
    )
    assert other.wald.chi_squared == pytest.approx(fit.wald.chi_squared, rel=1e-7, abs=1e-9)
    assert other.score.chi_squared == pytest.approx(fit.score.chi_squared, rel=1e-7, abs=1e-9)
    test, moved_test = (proportionality(one).tests["chi_squared"] for one in (fit, other))
    np.testing.assert_allclose(moved_test, test, rtol=1e-6, atol=1e-7)


@few
@given(seed=seeds)
def test_two_halves_of_a_patient_are_one_under_breslow(seed):
    patients = Patients(seed)
    twice = np.tile(np.arange(40), 2)
    halves = np.tile(patients.weights / 2, 2)
    same(
        patients.fit(ties=BRESLOW, robust=True),
        patients.fit(twice, ties=BRESLOW, weights=halves, cluster=twice),
    )


@both
@few
@given(seed=seeds, share=arrays(float, 40, elements=st.floats(0.05, 0.95)))
def test_a_patient_in_two_spans_is_one_patient(ties, seed, share):
    patients = Patients(seed)
    cut = patients.entry + share * (patients.time - patients.entry)
    rows = np.tile(np.arange(40), 2)
    spans = cox(
        np.concatenate([cut, patients.time]),
        np.concatenate([np.zeros(40), patients.event]),
        patients.covariates.iloc[rows],
        entry=np.concatenate([patients.entry, cut]),
        strata=patients.strata[rows],
        weights=patients.weights[rows],
        cluster=rows,
        ties=ties,
    )
    whole = patients.fit(ties=ties, robust=True)
    same(spans, whole)
    halves = spans.martingale_residuals()
    np.testing.assert_allclose(halves[:40] + halves[40:], whole.martingale_residuals(), atol=1e-8)
    np.testing.assert_allclose(
        spans.cumulative_hazard()["cumulative_hazard"],
        whole.cumulative_hazard()["cumulative_hazard"],
        rtol=1e-8,
    )


@few
@given(seed=seeds)
def test_score_test_of_two_groups_is_the_log_rank_test(seed):
    patients = Patients(seed, tied=False)
    arm = patients.covariates["arm"]
    for strata in (None, patients.strata):
        fit = cox(patients.time, patients.event, arm, strata=strata)
        test = log_rank(patients.time, patients.event, group=arm, stratum=strata)
        assert fit.score.chi_squared == pytest.approx(test.chi_squared, rel=1e-9)


@both
@few
@given(seed=seeds, beta=arrays(float, 2, elements=st.floats(-0.3, 0.3)))
def test_score_and_information_are_the_likelihoods_derivatives(ties, seed, beta):
    sample = Patients(seed).arrange(ties)
    step = np.array([1e-5, 1e-4])  # dose spreads ten times as wide as arm
    point = evaluate(sample, beta)
    for k, change in enumerate(np.diag(step)):
        up, down = evaluate(sample, beta + change), evaluate(sample, beta - change)
        slope = (up.log_likelihood - down.log_likelihood) / (2 * step[k])
        assert slope == pytest.approx(point.score[k], rel=1e-5, abs=1e-4)
        np.testing.assert_allclose(
            (down.score - up.score) / (2 * step[k]), point.information[k], rtol=1e-5, atol=1e-4
        )


@both
@few
@given(seed=seeds)
def test_residuals_add_up_to_zero_and_to_the_score(ties, seed):
    patients = Patients(seed)
    fit = patients.fit(ties=ties)
    assert patients.weights @ fit.martingale_residuals() == pytest.approx(0.0, abs=1e-9)
    point = evaluate(fit.sample, np.array([0.05, -0.5]))
    parts = score_residuals(fit.sample, point)
    np.testing.assert_allclose(fit.sample.weight @ parts, point.score, atol=1e-8)


@few
@given(seed=seeds)
def test_without_effects_the_baseline_is_nelson_and_aalens(seed):
    patients = Patients(seed)
    fit = cox(patients.time, patients.event, patients.covariates, ties=BRESLOW)
    at_zero = evaluate(fit.sample, np.zeros(2))
    table = risk_sets(patients.time, patients.event)
    np.testing.assert_allclose(at_zero.hazard, table.events[:, 0] / table.at_risk[:, 0])


@few
@given(seed=seeds)
def test_strata_of_their_own_times_add_their_likelihoods(seed):
    patients = Patients(seed)
    sample, beta = patients.arrange(EFRON), np.array([0.02, 0.3])
    apart = 0.0
    for stratum in range(3):
        inside = patients.strata == stratum
        if patients.event[inside].any():
            part = arrange(
                patients.time[inside],
                patients.event[inside],
                patients.covariates[inside],
                entry=patients.entry[inside],
                strata=None,
                ties=EFRON,
                weights=patients.weights[inside],
            )
            apart += evaluate(part, beta).log_likelihood
    assert evaluate(sample, beta).log_likelihood == pytest.approx(apart, rel=1e-12)


@both
@few
@given(seed=seeds)
def test_the_compiled_regression_of_a_small_sample_is_the_same(ties, seed):
    patients = Patients(seed)
    fit = cox(patients.time, patients.event, patients.covariates, ties=ties)
    order = np.argsort(patients.time, kind="stable")
    beta, covariance = np.zeros(2), np.empty((2, 2))
    value, converged = cox_newton(
        patients.time[order],
        patients.event[order],
        patients.covariates.to_numpy(dtype=float)[order],
        ties.split,
        beta,
        covariance,
    )
    assert converged
    assert value == pytest.approx(fit.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(beta, fit.coefficients["log_hazard_ratio"], rtol=1e-8, atol=1e-9)
    # It stops one evaluation earlier, with the covariance of the step before.
    np.testing.assert_allclose(covariance, fit.covariance, rtol=1e-6)


def test_hazard_of_a_profile():
    patients = Patients(1)
    fit = patients.fit(strata=None)
    profile = {"dose": 55.0, "arm": 1}
    ratio = np.exp(fit.coefficients["log_hazard_ratio"] @ [55.0, 1.0])
    np.testing.assert_allclose(
        fit.cumulative_hazard(profile)["cumulative_hazard"],
        ratio * fit.cumulative_hazard()["cumulative_hazard"],
    )
    with pytest.raises(InputError, match="did you mean 'dose'"):
        fit.cumulative_hazard({"does": 1.0})


SEPARATED = {"early": np.arange(12) < 6, "other": np.tile([0, 1, 1, 0, 1, 0], 2)}


@both
def test_separated_events_are_told(ties):
    fit = cox(np.arange(1, 13), np.ones(12), SEPARATED, ties=ties)
    assert not fit.converged
    assert fit.unbounded == ("early",)
    assert "hazard ratio of early is 0 or infinite" in fit.warnings[0]
    # The supremum: six go one after another among themselves, then the other six.
    alone = cox(
        np.arange(1, 13), np.ones(12), {"other": SEPARATED["other"]}, strata=~SEPARATED["early"]
    )
    assert fit.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-7)
    assert np.isfinite(fit.score.chi_squared)
    with pytest.raises(InputError, match="no estimates to test at"):
        proportionality(fit)


def test_a_group_without_events_is_told():
    fit = cox(np.arange(1, 9), [1, 0] * 4, {"arm": [0, 1] * 4})
    assert fit.unbounded == ("arm",)
    assert fit.coefficients.loc["arm", "hazard_ratio"] < 1e-6


def test_a_regular_fit_has_no_warnings():
    assert Patients(1).fit().warnings == ()


def test_weights_that_are_no_counts_and_few_clusters_are_told():
    patients = Patients(1)
    halves = patients.weights / 2
    assert "not counts" in patients.fit(weights=halves, robust=False).warnings[0]
    assert patients.fit(weights=halves).warnings == ()
    errors = [patients.fit(weights=halves, robust=each).covariance for each in (None, True)]
    np.testing.assert_array_equal(*errors)
    few_clusters = patients.fit(cluster=np.arange(40) % 2)
    assert "2 clusters are too few" in few_clusters.warnings[0]


TIME, EVENT = np.arange(1, 9), np.tile([1, 1, 1, 0], 2)


@pytest.mark.parametrize(
    ("covariates", "words"),
    [
        ({"a": TIME % 3, "b": 3 - 2 * (TIME % 3)}, "column b: it follows from .*before it \\(a\\)"),
        ({"a": np.full(8, 0.1)}, "column a: all who are at risk together have the same value"),
        ({"a": [5, *TIME[1:]], "s": TIME // 5}, "column s: all who are at risk together"),
        ({"a": [1.0] * 7 + [None]}, "row 8, column a: the value is missing"),
        ({"a": [1.0] * 7 + [np.inf]}, "row 8, column a: the value is infinite"),
        ({"a": ["one"] * 8}, "column a: all patients have 'one'"),
        ({"a": [1, "one"] * 4}, "column a: neither numbers nor words"),
        ({"a": [1j] * 8}, "column a: neither numbers nor words"),
        (np.zeros((8, 0)), "at least one column"),
        (pd.DataFrame(np.zeros((8, 2)), columns=["a", "a"]), "a name of its own"),
        (np.zeros((3, 1)), "3 rows for 8 times"),
        ({"a": [1, 2], "b": [1]}, "the columns differ in length"),
        ([[1], [1, 2]], "the rows differ in length"),
        (np.zeros((8, 2, 2)), "3 dimensions"),
        (5, "0 dimensions"),
    ],
)
def test_wrong_covariates(covariates, words):
    with pytest.raises(InputError, match=words):
        cox(TIME, EVENT, covariates, strata=TIME // 5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"event": np.zeros(8)}, "there are no events"),
        ({"event": [1]}, "1 events for 8 times"),
        ({"entry": TIME}, "entry, row 1"),
        ({"weights": [1] * 7}, "7 values for 8 times"),
        ({"weights": [1] * 7 + [-1]}, "weights, row 8: -1 is not a positive number"),
        ({"strata": [1] * 7}, "7 values for 8 times"),
        ({"cluster": [1] * 7}, "7 values for 8 times"),
        ({"cluster": [1] * 8}, "all rows are one cluster"),
        ({"level": 95}, "level"),
    ],
)
def test_wrong_options(wrong, words):
    with pytest.raises(InputError, match=words):
        cox(**{"time": TIME, "event": EVENT, "covariates": TIME % 3} | wrong)


def test_wrong_terms_and_scales():
    fit = cox(np.arange(8), np.ones(8), {"a": TIME % 3})
    with pytest.raises(InputError, match="event time of 0 has no logarithm"):
        proportionality(fit, scale=BY_LOG_TIME)
    for terms in ({"a": ["b"]}, {"one": ["a"], "two": ["a"]}):
        with pytest.raises(InputError, match="terms: "):
            proportionality(fit, terms=terms)


def test_one_event_time_tells_nothing_of_proportionality():
    fit = cox([1, 1, 1, 2], [1, 1, 1, 0], {"a": [0, 1, 2, 1]})
    assert proportionality(fit).tests.loc["global"].tolist() == [0.0, 0.0, 1.0]


def test_names_of_covariates_are_kept():
    series = pd.Series(TIME % 3, name="dose")
    assert list(cox(TIME, EVENT, series).coefficients.index) == ["dose"]
    assert list(cox(TIME, EVENT, TIME % 3).coefficients.index) == ["x1"]
    ordered = pd.Series(pd.Categorical(["lo", "hi"] * 4, categories=["lo", "hi", "none"]))
    fit = cox(TIME, EVENT, {"dose": ordered})
    assert list(fit.coefficients.index) == ["dose[hi]"]


def test_equal_patients_stay_tied_in_the_linear_predictor():
    random = np.random.default_rng(2)
    kinds = random.normal(size=(5, 7))[random.integers(0, 5, 203)]
    time = random.exponential(size=203)
    fit = cox(time, np.ones(203), kinds[:, :4])
    assert len(np.unique(fit.linear_predictor)) == 5


def test_robust_errors_that_vanish_are_told():
    # Two tied events at the mean of all: each adds 0 to the score.
    fit = cox([6, 6], [1, 1], [1, 2], robust=True)
    assert "robust standard errors vanish" in fit.warnings[-1]
    assert fit.coefficients.loc["x1", "model_std_error"] > 1


def test_patients_who_are_never_at_risk_change_nothing():
    patients = Patients(3)
    rows = np.concatenate([np.arange(40), np.arange(5)])
    time = np.concatenate([patients.time, np.full(5, 1e-3)])
    event = np.concatenate([patients.event, np.zeros(5)])
    covariates = patients.covariates.iloc[rows].reset_index(drop=True)
    covariates.loc[40:, "dose"] = [1e9, -1e9, 1e6, 0, 0]
    with_them = cox(time, event, covariates)
    same(with_them, cox(patients.time, patients.event, patients.covariates))
    assert not with_them.martingale_residuals()[40:].any()
