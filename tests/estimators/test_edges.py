"""Developer: whatever is given, an estimator answers or raises InputError, and warns of nothing.

Limits: no event, one patient, all events at one time, times of 0 and huge ones.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import (
    AALEN,
    EVEN,
    GEHAN,
    LOG,
    LOG_LOG,
    PETO_PETO,
    PLAIN,
    TARONE_WARE,
    FlemingHarrington,
)

SCALES = (PLAIN, LOG, LOG_LOG)
WEIGHTS = (EVEN, GEHAN, TARONE_WARE, PETO_PETO, FlemingHarrington(rho=0.5, gamma=0.5))

ESTIMATORS = {
    "kaplan_meier": lambda t, e, g, n: [
        estimators.kaplan_meier(t, e, entry=n).limits(scale=s) for s in SCALES
    ],
    "kaplan_meier_at": lambda t, e, g, n: estimators.kaplan_meier(t, e, entry=n).at([0, 1, 1e9]),
    "rate_at": lambda t, e, g, n: [
        estimators.rate_at(t, e, at=1, entry=n, scale=s) for s in SCALES
    ],
    "median": lambda t, e, g, n: [estimators.median(t, e, entry=n, scale=s) for s in SCALES],
    "median_set": lambda t, e, g, n: [estimators.median_set(t, e, scale=s) for s in SCALES],
    "follow_up": lambda t, e, g, n: [estimators.follow_up(t, e, entry=n, scale=s) for s in SCALES],
    "number_at_risk": lambda t, e, g, n: estimators.number_at_risk(t, at=[0, 1], entry=n),
    "turnbull_median": lambda t, e, g, n: estimators.turnbull_median(t, t, entry=n),
    "log_rank": lambda t, e, g, n: [
        estimators.log_rank(t, e, group=g, stratum=e, entry=n, weight=w) for w in WEIGHTS
    ],
    "log_rank_trend": lambda t, e, g, n: [
        estimators.log_rank_trend(t, e, group=g, entry=n, weight=w) for w in WEIGHTS
    ],
    "restricted_mean": lambda t, e, g, n: estimators.restricted_mean(t, e, until=2, entry=n),
    "compare_restricted_means": lambda t, e, g, n: estimators.compare_restricted_means(
        t, e, group=g, entry=n
    ),
    "group_restricted_means": lambda t, e, g, n: estimators.group_restricted_means(
        t, e, group=g, entry=n
    ),
    "weighted": lambda t, e, g, n: [
        estimators.kaplan_meier(t, e, entry=n, weights=np.arange(1, len(t) + 1) / 3).limits(),
        estimators.log_rank(t, e, group=g, weights=np.arange(1, len(t) + 1) / 3),
        estimators.cumulative_incidence(t, g, entry=n, weights=np.arange(1, len(t) + 1) / 3),
        estimators.restricted_mean(t, e, until=2, weights=np.arange(1, len(t) + 1) / 3),
    ],
    "cumulative_incidence": lambda t, e, g, n: [
        estimators.cumulative_incidence(t, g, entry=n, variance=v).limits(scale=s)
        for s in SCALES
        for v in (AALEN, estimators.GREENWOOD)
    ],
    "gray_test": lambda t, e, g, n: estimators.gray_test(t, g, of=1, group=e, rho=0.5, entry=n),
    "fine_gray": lambda t, e, g, n: estimators.fine_gray(t, g, e, of=1, entry=n),
    "cause_specific": lambda t, e, g, n: estimators.cause_specific(g, of=1),
    "turnbull": lambda t, e, g, n: estimators.turnbull(t if n is None else n, t).bounds([0, 1]),
    "turnbull_late": lambda t, e, g, n: estimators.turnbull(t, t, entry=n).bounds([0, 1]),
    "turnbull_limits": lambda t, e, g, n: estimators.turnbull_limits(t, t, at=[0, 1], entry=n),
    "landmark": lambda t, e, g, n: [
        estimators.landmark(t, e, at=[0, 1, 3], scale=s) for s in SCALES
    ],
    "toxicity_table": lambda t, e, g, n: estimators.toxicity_table(t, e, among=range(6), by=g),
}

sane = st.sampled_from([0, 1, 1.0, 2, 3, 1e-300, 1e300, 5e-324])
odd = st.sampled_from([-1, np.nan, np.inf, -np.inf, None, "a", "1", [1], pd.NA, True, 10**400])
times = st.one_of(st.lists(sane, max_size=8), st.lists(st.one_of(sane, odd), max_size=4))
events = st.one_of(
    st.lists(st.sampled_from([0, 1]), min_size=8, max_size=8),
    st.lists(st.one_of(st.sampled_from([0, 1]), odd), max_size=4),
)


def cut(values, length, exact):
    return values[:length] if exact else values


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=60, deadline=None)
@given(times, events, events, st.none() | times, st.integers(0, 9))
def test_an_answer_or_an_input_error(name, time, event, group, entry, exact):
    event, group = cut(event, len(time), exact), cut(group, len(time), exact)
    try:
        ESTIMATORS[name](time, event, group, entry)
    except InputError as error:
        assert len(str(error)) > 10  # noqa: PT017


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 8))
def test_extreme_times_are_answered(name, source, patients):
    def column(values):
        return source.draw(st.lists(values, min_size=patients, max_size=patients))

    time, event = column(sane), column(st.sampled_from([0, 1]))
    group = column(st.sampled_from([0, 1, 2]))
    try:
        ESTIMATORS[name](time, event, group, None)
    except InputError as error:
        text = str(error)
        parts = (
            "two",
            "no patient has",
            "above 0",
            "not among",
            "same value",
            "not before",
            "several",
        )
        assert any(part in text for part in parts)


def test_nullable_columns_and_series_are_taken():
    time = pd.Series([3, 5, 5, 8], dtype="Int64", index=[9, 7, 7, 1])
    event = pd.Series([True, True, False, False], dtype="boolean")
    assert estimators.kaplan_meier(time, event).survival.tolist() == [0.75, 0.5]
    with pytest.raises(InputError, match="time, row 1: nan is not"):
        estimators.kaplan_meier(time.where(time > 3), event)


def test_no_events():
    time, none = [1, 2, 3], [0, 0, 0]
    curve = estimators.kaplan_meier(time, none)
    assert (curve.time.size, curve.at([0, 3]).tolist()) == (0, [1, 1])
    assert estimators.median(time, none) == estimators.Median(np.inf, np.inf, np.inf)
    assert estimators.restricted_mean(time, none, until=3).value == 3
    assert estimators.restricted_mean(time, none, until=3).std_error == 0
    assert np.isnan(estimators.log_rank(time, none, group=[0, 1, 1]).p)
    assert np.isnan(estimators.log_rank_trend(time, none, group=[0, 1, 1]).p)
    assert estimators.turnbull(time, [np.inf] * 3).mass.tolist() == [1]


def test_all_events_at_one_time():
    curve = estimators.kaplan_meier([0, 0, 0], [1, 1, 1])
    assert (curve.survival.tolist(), curve.at(5)) == ([0], 0)
    assert np.isnan(curve.limits()).all()
    assert estimators.median([2, 2], [1, 1]).value == 2
    assert np.isnan(estimators.log_rank([2, 2], [1, 1], group=[0, 1]).p)


def test_one_patient():
    assert estimators.kaplan_meier([1], [1]).survival.tolist() == [0]
    assert estimators.follow_up([1], [0]).value == 1
    assert estimators.cumulative_incidence([1], [2]).incidence.tolist() == [[1]]
    assert estimators.cumulative_incidence([1], [2], variance=AALEN).std_error.tolist() == [[1]]
    assert estimators.log_rank([1], [1], group=["a"]).df == 0


def test_events_at_the_origin_count():
    assert estimators.kaplan_meier([0, 1], [1, 0]).at(0) == 0.5
    assert estimators.kaplan_meier([0, 1], [1, 0], entry=[0, 0]).at(0) == 0.5
    assert estimators.number_at_risk([0, 1], at=0).tolist() == [2]
    assert estimators.cumulative_incidence([0, 1], [1, 0]).at(0).tolist() == [0.5]
