"""Evidence: other software (R, see oracles/r_competing.json); identities and limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import AALEN, GREENWOOD, LOG, LOG_LOG, PLAIN

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_competing.json").read_text(encoding="utf-8"))

patients = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=40
)


def close(value, expected):
    np.testing.assert_allclose(value, np.array(expected, dtype=float), rtol=1e-8, atol=1e-10)


class Example:
    def __init__(self, name):
        data = np.genfromtxt(ORACLES / f"competing_{name}.csv", delimiter=",", names=True)
        self.time, self.cause, self.entry = data["time"], data["cause"], data["entry"]
        self.group, self.stratum, self.expected = data["group"], data["stratum"], R[name]


@pytest.fixture(params=["mgus2", "pbc"])
def example(request):
    return Example(request.param)


def test_curves_and_their_limits(example):
    expected = example.expected["curves"]
    curves = estimators.cumulative_incidence(example.time, example.cause)
    rows = np.searchsorted(curves.time, expected["time"])
    for field in ("time", "at_risk", "events", "incidence", "std_error", "event_free"):
        close(getattr(curves, field)[rows], expected[field])
    for scale in (PLAIN, LOG, LOG_LOG):
        for mine, key in zip(curves.limits(scale=scale), ("lower", "upper"), strict=True):
            close(mine[rows], expected[scale.name][key])


def test_incidence_at_a_time(example):
    expected = example.expected["curves"]
    for scale in (PLAIN, LOG, LOG_LOG):
        for row in (3, len(expected["time"]) // 2):
            for place, cause in enumerate((1, 2)):
                found = estimators.incidence_at(
                    example.time, example.cause, of=cause, at=expected["time"][row], scale=scale
                )
                close(found.value, expected["incidence"][row][place])
                close(found.std_error, expected["std_error"][row][place])
                close(found.lower, expected[scale.name]["lower"][row][place])
                close(found.upper, expected[scale.name]["upper"][row][place])


def test_delayed_entry(example):
    expected = example.expected["late"]
    curves = estimators.cumulative_incidence(example.time, example.cause, entry=example.entry)
    at = example.expected["at"]
    close(curves.at(at), expected["incidence"])
    close(curves.std_error_at(at) ** 2, expected["variance"])
    close(1 - curves.at(at).sum(axis=1), expected["event_free"])


def test_aalens_variance(example):
    curves = estimators.cumulative_incidence(example.time, example.cause, variance=AALEN)
    at = example.expected["at"]
    close(curves.at(at), example.expected["cuminc"])
    close(curves.std_error_at(at) ** 2, example.expected["cuminc_variance"])


@pytest.mark.parametrize(
    ("key", "rho", "stratified"),
    [("gray", 0.0, False), ("gray_rho", 1.0, False), ("gray_stratified", 0.0, True)],
)
def test_grays_test(example, key, rho, stratified):
    for place, cause in enumerate((1, 2)):
        test = estimators.gray_test(
            example.time,
            example.cause,
            of=cause,
            group=example.group,
            stratum=example.stratum if stratified else None,
            rho=rho,
        )
        expected = {field: example.expected[key][field][place] for field in ("p", "df")}
        close(test.chi_squared, example.expected[key]["chi_squared"][place])
        assert test.df == expected["df"]
        # R's p is 1 minus a probability, which leaves 16 digits after the point.
        assert test.p == pytest.approx(expected["p"], rel=1e-8, abs=1e-14)


def columns(rows):
    return (np.array(column) for column in zip(*rows, strict=True))


@settings(max_examples=150, deadline=None)
@given(patients)
def test_incidences_and_the_kaplan_meier_curve_of_all_causes_add_up_to_1(rows):
    time, cause, _ = columns(rows)
    curves = estimators.cumulative_incidence(time, cause)
    curve = estimators.kaplan_meier(time, cause > 0)
    np.testing.assert_array_equal(curves.time, curve.time)
    np.testing.assert_allclose(curves.event_free, curve.survival, atol=1e-12)
    np.testing.assert_allclose(curves.incidence.sum(axis=1), 1 - curve.survival, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(patients)
def test_a_single_cause_is_kaplan_meier(rows):
    time, cause, entry = columns(rows)
    time = time + entry + 1
    event = (cause > 0).astype(int)
    if not event.any():
        return
    try:
        curve = estimators.kaplan_meier(time, event, entry=entry)
    except InputError:
        return
    alone = estimators.cumulative_incidence(time, event, entry=entry)
    np.testing.assert_allclose(alone.incidence[:, 0], 1 - curve.survival, atol=1e-12)
    standing = curve.survival > 0
    np.testing.assert_allclose(alone.std_error[standing, 0], curve.std_error[standing], atol=1e-12)
    assert (alone.start, alone.longest) == (curve.start, curve.longest)
    np.testing.assert_array_equal(alone.censored, curve.censored)


@settings(max_examples=100, deadline=None)
@given(patients)
def test_without_censoring_incidence_is_a_share_with_a_binomial_variance(rows):
    time, cause, _ = columns(rows)
    cause = cause + 1
    curves = estimators.cumulative_incidence(time, cause, censored=99)
    shares = np.array(
        [[((time <= t) & (cause == k)).mean() for k in curves.causes] for t in curves.time]
    )
    np.testing.assert_allclose(curves.incidence, shares, atol=1e-12)
    variance = shares * (1 - shares) / len(time)
    np.testing.assert_allclose(curves.std_error**2, variance, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(patients)
def test_merging_the_other_causes_changes_nothing_but_a_hair_of_aalens_variance(rows):
    time, cause, _ = columns(rows)
    if not (cause == 1).any():
        return
    for variance in (GREENWOOD, AALEN):
        all_causes = estimators.cumulative_incidence(time, cause, variance=variance)
        two = estimators.cumulative_incidence(time, np.minimum(cause, 2), variance=variance)
        np.testing.assert_allclose(all_causes.incidence[:, 0], two.incidence[:, 0], atol=1e-12)
        if variance is GREENWOOD:
            np.testing.assert_allclose(all_causes.std_error[:, 0], two.std_error[:, 0], atol=1e-8)


@settings(max_examples=100, deadline=None)
@given(patients)
def test_order_and_words_change_nothing(rows):
    time, cause, group = columns(rows)
    curves = estimators.cumulative_incidence(time, cause)
    words = np.array(["none", "a", "b", "c"])[cause[::-1]]
    named = estimators.cumulative_incidence(time[::-1], words, censored="none")
    assert named.causes == tuple("0abc"[int(k)] for k in curves.causes)
    np.testing.assert_allclose(curves.incidence, named.incidence, atol=1e-12)
    if (cause == 1).any():
        test = estimators.gray_test(time, cause, of=1, group=group)
        other = estimators.gray_test(
            time[::-1], words, of="a", group=2 - group[::-1], censored="none"
        )
        assert (test.df, test.chi_squared) == (other.df, pytest.approx(other.chi_squared, abs=1e-7))


def test_grays_test_of_copies_of_a_group_is_0():
    time, cause = np.tile([1, 2, 3, 5, 8], 2), np.tile([1, 0, 2, 1, 0], 2)
    test = estimators.gray_test(time, cause, of=1, group=np.repeat(["a", "b"], 5))
    assert test.chi_squared == pytest.approx(0.0, abs=1e-12)
    assert (test.df, test.p) == (1, pytest.approx(1.0))


def test_one_group_has_nothing_to_compare():
    test = estimators.gray_test([1, 2], [1, 2], of=1, group=["a", "a"])
    assert test.df == 0
    assert np.isnan(test.p)


def test_times_beyond_the_last_and_before_the_first():
    curves = estimators.cumulative_incidence([2, 3, 4], [1, 2, 0])
    assert curves.at([0, 1]).tolist() == [[0, 0], [0, 0]]
    assert np.isnan(curves.at(5)).all()
    assert curves.at(4.0).shape == (2,)
    over = estimators.cumulative_incidence([2, 3], [1, 2])
    assert over.at(9).tolist() == [0.5, 0.5]
    assert np.isnan(over.at([np.nan])).all()


def test_patients_without_any_event_have_no_causes():
    curves = estimators.cumulative_incidence([2, 3], [0, 0])
    assert (curves.causes, curves.incidence.shape, curves.at([1]).shape) == ((), (0, 0), (1, 0))


def test_events_of_one_cause():
    assert estimators.cause_specific([0, 2, 1, 2], of=2).tolist() == [0, 1, 0, 1]
    with pytest.raises(InputError, match=r"of: no patient has 'x'; there are 'a', 'b'"):
        estimators.cause_specific(["a", "b"], of="x")


@pytest.mark.parametrize(
    ("time", "cause", "words"),
    [
        ([1, 2], [1, np.nan], "cause, row 2: the value is missing"),
        ([1, 2], [1, None], "cause, row 2: the value is missing"),
        ([1, 2], [1], "cause: 1 values for 2 times"),
        ([1, -2], [1, 1], "time, row 2: -2"),
        ([], [], "no patients"),
    ],
)
def test_wrong_input(time, cause, words):
    with pytest.raises(InputError, match=words):
        estimators.cumulative_incidence(time, cause)
    with pytest.raises(InputError, match=words):
        estimators.gray_test(time, cause, of=1, group=[0] * len(time))


def test_wrong_cause_of_interest():
    with pytest.raises(InputError, match="of: no patient has 3; there are 1, 2"):
        estimators.gray_test([1, 2], [1, 2], of=3, group=[0, 1])
    with pytest.raises(InputError, match="rho"):
        estimators.gray_test([1, 2], [1, 2], of=1, group=[0, 1], rho=-1)
