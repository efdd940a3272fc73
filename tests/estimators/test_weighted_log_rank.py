"""Evidence: other software (R, see oracles/r_weighted_log_rank.json); identities and limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import (
    EVEN,
    GEHAN,
    PETO_PETO,
    TARONE_WARE,
    FlemingHarrington,
    log_rank,
    log_rank_trend,
)
from oligotrial.estimators.two_arm import stratified_logrank_score

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_weighted_log_rank.json").read_text(encoding="utf-8"))

WEIGHTS = (
    EVEN,
    GEHAN,
    TARONE_WARE,
    PETO_PETO,
    FlemingHarrington(gamma=1.0),
    FlemingHarrington(rho=1.0),
    FlemingHarrington(gamma=0.5),
    FlemingHarrington(rho=1.0, gamma=1.0),
    FlemingHarrington(rho=0.5, gamma=2.0),
)

patients = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([0, 1]), st.integers(0, 3), st.integers(0, 1)),
    min_size=1,
    max_size=40,
)


def close(value, expected):
    np.testing.assert_allclose(value, np.array(expected, dtype=float), rtol=1e-8, atol=1e-9)


class Example:
    def __init__(self, name):
        data = np.genfromtxt(ORACLES / f"survival_{name}.csv", delimiter=",", names=True)
        self.data = data["time"], data["event"]
        self.group, self.stratum, self.expected = data["group"], data["stratum"], R[name]


@pytest.fixture(params=["lung", "ovarian", "veteran"])
def example(request):
    return Example(request.param)


def test_weighted_statistics(example):
    tests = [log_rank(*example.data, group=example.group, weight=w) for w in WEIGHTS]
    close([test.chi_squared for test in tests], example.expected["chi_squared"])
    assert [test.df for test in tests] == example.expected["df"]


def test_weighted_sums_and_strata(example):
    for stratum, key in ((None, "rho_1"), (example.stratum, "rho_1_stratified")):
        weight = FlemingHarrington(rho=1.0)
        test = log_rank(*example.data, group=example.group, stratum=stratum, weight=weight)
        for field in ("chi_squared", "observed", "expected"):
            close(getattr(test, field), example.expected[key][field])


def test_trends(example):
    if "trend_z" in example.expected:
        tests = [log_rank_trend(*example.data, group=example.group, weight=w) for w in WEIGHTS]
        # survMisc counts expected minus observed.
        close([-test.z for test in tests], example.expected["trend_z"])
    doses = dict(enumerate([0, 1.5, 7, 20], start=1))
    for stratum, scores, key in (
        (None, None, "trend_score_test"),
        (example.stratum, None, "trend_score_test_stratified"),
        (None, doses, "trend_score_test_dose"),
    ):
        test = log_rank_trend(*example.data, group=example.group, stratum=stratum, scores=scores)
        close(test.chi_squared, example.expected[key])


def columns(rows):
    return (np.array(column) for column in zip(*rows, strict=True))


@settings(max_examples=100, deadline=None)
@given(patients)
def test_two_groups_have_the_score_of_the_trial_kernel(rows):
    time, event, group, stratum = columns(rows)
    arm = (group % 2).astype(np.int64)
    score, variance = stratified_logrank_score(
        np.argsort(time, kind="stable"), time.astype(float), event, arm, stratum, 2
    )
    test = log_rank(time, event, group=arm, stratum=stratum)
    if len(test.groups) == 2 and test.df:
        assert test.observed[1] - test.expected[1] == pytest.approx(score, abs=1e-9)
        assert test.chi_squared == pytest.approx(score**2 / variance, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(patients, st.sampled_from(WEIGHTS), st.floats(-50, 50), st.floats(0.1, 50))
def test_trend_of_two_groups_is_the_test_of_them_whatever_the_scores(rows, weight, low, step):
    time, event, group, stratum = columns(rows)
    group = group % 2
    test = log_rank(time, event, group=group, stratum=stratum, weight=weight)
    scores = {0: low, 1: low + step}
    trend = log_rank_trend(time, event, group=group, stratum=stratum, weight=weight, scores=scores)
    if test.df:
        assert trend.chi_squared == pytest.approx(test.chi_squared, rel=1e-8, abs=1e-9)
        assert trend.p == pytest.approx(test.p, rel=1e-6)
    else:
        assert np.isnan(trend.p)


@settings(max_examples=100, deadline=None)
@given(patients, st.sampled_from(WEIGHTS))
def test_order_of_patients_names_of_groups_and_shape_of_time_change_nothing(rows, weight):
    time, event, group, stratum = columns(rows)
    plain = log_rank(time, event, group=group, stratum=stratum, weight=weight)
    back = slice(None, None, -1)
    other = log_rank(
        np.exp(time[back] / 3),
        event[back],
        group=np.array(["d", "c", "b", "a"])[group[back]],
        stratum=stratum[back],
        weight=weight,
    )
    assert other.df == plain.df
    assert other.chi_squared == pytest.approx(plain.chi_squared, rel=1e-8, abs=1e-9)
    assert other.observed[::-1] == pytest.approx(plain.observed)


@settings(max_examples=50, deadline=None)
@given(patients)
def test_weights_of_1_are_none(rows):
    time, event, group, _ = columns(rows)
    plain = log_rank(time, event, group=group)
    even = log_rank(time, event, group=group, weight=FlemingHarrington(rho=0.0, gamma=0.0))
    assert (plain.chi_squared, plain.expected) == (even.chi_squared, even.expected)
    np.testing.assert_allclose(plain.observed, np.bincount(group, event)[np.unique(group)])


def test_weights_that_rise_see_a_late_difference():
    time = np.array([1, 1, 2, 2, 3, 3, 8, 9, 10, 4, 5, 6])
    group = np.array([0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0])
    late = log_rank(time, np.ones(12), group=group, weight=FlemingHarrington(gamma=1.0))
    early = log_rank(time, np.ones(12), group=group, weight=FlemingHarrington(rho=1.0))
    assert late.p < early.p


def test_scores_that_are_missing_or_impossible():
    time, event, words = [1, 2, 3], [1, 1, 1], ["low", "high", "low"]
    with pytest.raises(InputError, match="scores: groups that are words have no order"):
        log_rank_trend(time, event, group=words)
    with pytest.raises(InputError, match="scores: group 'low' has no score"):
        log_rank_trend(time, event, group=words, scores={"high": 1})
    with pytest.raises(InputError, match="scores: group 'low' has no finite score"):
        log_rank_trend(time, event, group=words, scores={"high": 1, "low": np.nan})
    with pytest.raises(InputError, match="rho"):
        FlemingHarrington(rho=-1.0)
    with pytest.raises(InputError, match="power"):
        estimators.weight.AtRiskPower(-1.0)


def test_groups_with_one_score_have_no_trend():
    trend = log_rank_trend([1, 2, 3], [1, 1, 1], group=[0, 1, 1], scores={0: 5, 1: 5})
    assert np.isnan([trend.z, trend.p]).all()
