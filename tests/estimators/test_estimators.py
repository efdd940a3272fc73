"""Evidence: identities, closed forms and limits; messages for wrong input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from oligotrial import estimators
from oligotrial.checks import InputError

patients = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([0, 1]), st.integers(0, 3)),
    min_size=1,
    max_size=40,
)


def columns(rows):
    return (np.array(column) for column in zip(*rows, strict=True))


@settings(max_examples=100, deadline=None)
@given(patients)
def test_without_censoring_the_curve_is_the_proportion_beyond(rows):
    time, _, _ = columns(rows)
    curve = estimators.kaplan_meier(time, np.ones(len(time)))
    beyond = [(time > t).mean() for t in curve.time]
    np.testing.assert_allclose(curve.survival, beyond, atol=1e-12)
    mean = estimators.restricted_mean(time, np.ones(len(time)))
    assert mean.value == pytest.approx(time.mean())
    assert mean.std_error == pytest.approx(time.std() / np.sqrt(len(time)))


@settings(max_examples=100, deadline=None)
@given(patients)
def test_order_of_patients_changes_nothing(rows):
    time, event, group = columns(rows)
    back = slice(None, None, -1)
    forward = estimators.log_rank(time, event, group=group)
    backward = estimators.log_rank(time[back], event[back], group=group[back])
    assert forward.chi_squared == pytest.approx(backward.chi_squared, abs=1e-9)
    assert estimators.median_set(time, event) == estimators.median_set(time[back], event[back])


@settings(max_examples=100, deadline=None)
@given(patients)
def test_log_rank_is_the_quadratic_form_by_numpys_pseudoinverse(rows):
    time, event, group = columns(rows)
    score, covariance = slow_log_rank(time, event, group)
    test = estimators.log_rank(time, event, group=group)
    assert test.df == np.linalg.matrix_rank(covariance, tol=1e-9)
    assert test.chi_squared == pytest.approx(score @ np.linalg.pinv(covariance) @ score, abs=1e-8)
    if test.df:
        assert test.p == pytest.approx(chi2.sf(test.chi_squared, test.df))


def slow_log_rank(time, event, group):
    member = (group[:, None] == np.unique(group)).astype(float)
    score = np.zeros(member.shape[1])
    covariance = np.zeros((len(score), len(score)))
    for t in np.unique(time[event == 1]):
        at_risk, dying = time >= t, (time == t) & (event == 1)
        n, d, share = at_risk.sum(), dying.sum(), member[at_risk].mean(axis=0)
        score += member[dying].sum(axis=0) - d * share
        if n > 1:
            covariance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    return score, covariance


def test_identical_groups_have_a_statistic_of_zero():
    time, event = np.tile([1, 2, 3, 5, 8], 2), np.tile([1, 0, 1, 1, 0], 2)
    test = estimators.log_rank(time, event, group=np.repeat(["a", "b"], 5))
    assert test.chi_squared == pytest.approx(0.0, abs=1e-12)
    assert test.p == pytest.approx(1.0)


@settings(max_examples=200, deadline=None)
@given(patients, st.sampled_from([estimators.PLAIN, estimators.LOG_LOG]))
def test_medcalcs_upper_limit_is_the_last_event_time_below_rs(rows, scale):
    time, event, _ = columns(rows)
    by_r = estimators.median(time, event, scale=scale)
    by_medcalc = estimators.median_set(time, event, scale=scale)
    times = estimators.kaplan_meier(time, event).time
    if not np.isfinite(by_medcalc.first):
        return
    kept = times[times < by_r.upper] if by_r.upper > by_medcalc.first else times[:0]
    assert by_medcalc.upper == (kept.max() if len(kept) else by_medcalc.first)


@pytest.mark.parametrize(("scale", "most"), [(estimators.PLAIN, 5), (estimators.LOG_LOG, 10)])
def test_most_patients_for_whom_a_first_event_can_be_the_lower_limit(scale, most):
    first = [
        n
        for n in range(3, 30)
        if estimators.median_set(range(1, n + 1), np.ones(n), scale=scale).lower == 1
    ]
    assert max(first) == most


def test_every_time_between_is_a_median_where_the_curve_is_flat_at_one_half():
    flat = estimators.median_set([2, 4, 6, 8], [1, 1, 1, 0])
    assert (flat.first, flat.last) == (4, 6)
    never = estimators.median_set([2, 4, 6, 8], [1, 0, 0, 0])
    assert np.isinf([never.first, never.last]).all()


def test_rounding_of_products_does_not_hide_a_survival_of_one_half():
    # 9/10 * 8/9 * 7/8 * 6/7 * 5/6 isn't 0.5 in floating point.
    flat = estimators.median_set(range(1, 11), np.ones(10))
    assert (flat.first, flat.last) == (5, 6)


def test_curve_beyond_the_last_time():
    curve = estimators.kaplan_meier([1, 2], [1, 0])
    np.testing.assert_array_equal(curve.at([0, 1, 2, 3]), [1.0, 0.5, 0.5, np.nan])
    assert estimators.kaplan_meier([1, 2], [1, 1]).at(3) == 0.0
    assert np.isnan(estimators.rate_at([1, 2], [1, 0], at=3).lower)


def test_strata_that_hold_one_group_each_tell_nothing():
    test = estimators.log_rank([1, 2, 3, 4], [1] * 4, group=[0, 0, 1, 1], stratum=[0, 0, 1, 1])
    assert (test.df, test.chi_squared) == (0, 0.0)
    assert np.isnan(test.p)


@pytest.mark.parametrize(
    ("time", "event", "words"),
    [
        ([1, -3], [1, 0], "time, row 2: -3 is not a finite time of at least 0"),
        ([1, np.nan], [1, 0], "time, row 2: nan is not"),
        ([1, 2], [1, 2], "event, row 2: 2 is not 1 for an event or 0"),
        ([1, 2], [1], "1 events for 2 times"),
        ([], [], "no patients"),
    ],
)
def test_wrong_input(time, event, words):
    for estimate in (estimators.kaplan_meier, estimators.median, estimators.restricted_mean):
        with pytest.raises(InputError, match=words):
            estimate(time, event)


def test_wrong_groups_and_levels():
    with pytest.raises(InputError, match="group: 1 values for 2 times"):
        estimators.log_rank([1, 2], [1, 1], group=["a"])
    with pytest.raises(InputError, match="level"):
        estimators.median([1, 2], [1, 1], level=95)
