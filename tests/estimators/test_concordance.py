"""Evidence: identities, counts of pairs by definition, and limits; messages for wrong input."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import risk_sets
from oligotrial.estimators.concordance import harrell_c, uno_c

few = settings(max_examples=60, deadline=None)
patients = st.lists(
    st.tuples(
        st.integers(1, 9),  # time
        st.sampled_from([0, 1]),  # event
        st.integers(0, 5),  # risk
        st.floats(0, 0.95),  # entry as a share of time
        st.sampled_from(["a", "b"]),  # stratum
        st.integers(1, 3),  # weight
    ),
    min_size=3,
    max_size=25,
)


def columns(rows):
    time, event, risk, share, strata, weights = (np.array(c) for c in zip(*rows, strict=True))
    return time, event, risk, share * time, strata, weights


def slow_pairs(time, event, risk, entry, strata, weights, time_weight):
    counts = np.zeros(3)
    for i in np.flatnonzero(event):
        for j in range(len(time)):
            outlasts = time[j] > time[i] or (time[j] == time[i] and not event[j])
            here = entry[j] < time[i] or entry[j] == 0
            if i != j and outlasts and here and strata[i] == strata[j]:
                kind = 0 if risk[i] > risk[j] else 1 if risk[i] < risk[j] else 2
                counts[kind] += weights[i] * weights[j] * time_weight[i]
    return counts


@few
@given(patients)
def test_pairs_are_those_of_the_definition(rows):
    time, event, risk, entry, strata, weights = columns(rows)
    expected = slow_pairs(time, event, risk, entry, strata, weights, np.ones(len(time)))
    assume(expected.sum() > 0)
    c = harrell_c(time, event, risk=risk, entry=entry, strata=strata, weights=weights)
    np.testing.assert_allclose([c.concordant, c.discordant, c.tied], expected, atol=1e-9)
    assert c.value == pytest.approx((expected[0] + expected[2] / 2) / expected.sum())


@few
@given(patients)
def test_error_is_the_infinitesimal_jackknifes(rows):
    time, event, risk, entry, strata, weights = columns(rows)
    given = {"risk": risk, "entry": entry, "strata": strata}
    assume(slow_pairs(time, event, risk, entry, strata, weights, np.ones(len(time))).sum() > 0)
    change = []
    for i in range(len(time)):
        step = 1e-5 * np.eye(len(time))[i]
        up = harrell_c(time, event, weights=weights + step, **given).value
        down = harrell_c(time, event, weights=weights - step, **given).value
        change.append(weights[i] * (up - down) / 2e-5)
    c = harrell_c(time, event, weights=weights, **given)
    assert c.std_error == pytest.approx(np.sqrt(np.sum(np.square(change))), rel=1e-6, abs=1e-8)


@few
@given(patients, st.sampled_from([None, 5.5]))
def test_unos_pairs_weigh_as_their_chance_of_being_seen(rows, until):
    time, event, risk, *_ = columns(rows)
    # Events go before those censored at the same time, which a little later is the same as.
    censored = risk_sets(time + 0.5 * (1 - event), 1 - event)
    seen, _ = censored.product_limit()
    before = np.concatenate([[1.0], seen])[np.searchsorted(censored.times, time)]
    counted = time <= (until or np.inf)
    with np.errstate(divide="ignore"):
        time_weight = np.where(counted & (event == 1), before**-2.0, 0.0)
    nobody = np.zeros(len(time))
    expected = slow_pairs(time, event, risk, nobody, nobody, nobody + 1, time_weight)
    assume(expected.sum() > 0)
    c = uno_c(time, event, risk=risk, until=until)
    np.testing.assert_allclose([c.concordant, c.discordant, c.tied], expected, rtol=1e-9, atol=1e-9)


@few
@given(patients)
def test_a_score_reversed_has_one_minus_its_c(rows):
    time, event, risk, *_ = columns(rows)
    everybody = np.zeros(len(time))
    assume(slow_pairs(time, event, risk, everybody, everybody, everybody + 1, event).sum() > 0)
    for measure in (harrell_c, uno_c):
        c, reverse = measure(time, event, risk=risk), measure(time, event, risk=-risk)
        assert reverse.value == pytest.approx(1 - c.value, abs=1e-12)
        assert reverse.std_error == pytest.approx(c.std_error, abs=1e-12)
        assert (reverse.concordant, reverse.tied) == pytest.approx((c.discordant, c.tied))


@few
@given(patients)
def test_without_censoring_unos_c_is_harrells(rows):
    time, _, risk, *_ = columns(rows)
    assume(len(np.unique(time)) > 1)
    everyone = np.ones(len(time))
    assert uno_c(time, everyone, risk=risk) == harrell_c(time, everyone, risk=risk)


@few
@given(patients, st.integers(0, 100))
def test_order_of_patients_and_scale_of_the_score_change_nothing(rows, seed):
    time, event, risk, entry, strata, weights = columns(rows)
    assume(slow_pairs(time, event, risk, entry, strata, weights, event).sum() > 0)
    order = np.random.default_rng(seed).permutation(len(time))
    one = harrell_c(time, event, risk=risk, entry=entry, strata=strata, weights=weights)
    other = harrell_c(
        time[order],
        event[order],
        risk=np.exp(risk[order] / 3.0),
        entry=entry[order],
        strata=strata[order],
        weights=weights[order],
    )
    assert other.value == pytest.approx(one.value, abs=1e-12)
    assert other.std_error == pytest.approx(one.std_error, abs=1e-12)


def test_a_perfect_score_and_a_constant_one():
    perfect = harrell_c([1, 2, 3, 4], [1, 1, 1, 0], risk=[4, 3, 2, 1])
    assert (perfect.value, perfect.std_error, perfect.upper) == (1.0, 0.0, 1.0)
    constant = uno_c([1, 2, 3, 4], [1, 0, 1, 0], risk=[1, 1, 1, 1])
    assert (constant.value, constant.std_error, constant.concordant) == (0.5, 0.0, 0.0)


def test_rows_of_one_cluster_vary_together():
    time, event, risk = [1, 2, 3, 4, 5], [1, 1, 0, 1, 1], [3, 1, 4, 2, 0]
    one = harrell_c(time, event, risk=risk)
    twice = harrell_c(time * 2, event * 2, risk=risk * 2, cluster=list("abcde") * 2)
    assert twice.value == pytest.approx(one.value)
    assert twice.std_error == pytest.approx(one.std_error)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"risk": [1, 2]}, "risk: 2 values for 3 times"),
        ({"risk": [1, 2, np.nan]}, "risk, row 3: the score is not a finite number"),
        ({"event": [0, 0, 0]}, "no two patients can be compared"),
        ({"event": [0, 0, 1]}, "no two patients can be compared"),
        ({"strata": [1, 2, 3]}, "no two patients can be compared"),
        ({"weights": [1, 0, 1]}, "weights, row 2: 0 is not a positive number"),
        ({"cluster": [1, 1]}, "cluster: 2 values for 3 times"),
        ({"level": 95}, "level"),
    ],
)
def test_wrong_input(wrong, words):
    given = {"time": [1, 2, 3], "event": [1, 1, 0], "risk": [3, 1, 2]} | wrong
    for measure in (harrell_c, uno_c):
        with pytest.raises(InputError, match=words):
            measure(**given)


def test_uno_wrong_until():
    with pytest.raises(InputError, match="until: 0 is not a positive number"):
        uno_c([1, 2], [1, 1], risk=[1, 2], until=0)
