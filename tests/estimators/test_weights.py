"""Evidence: other software (R, see oracles/r_weights.json); identities.

Weights that are counts say the same as so many rows; clusters of one row say the same as none.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import COMMON, GEHAN, INDIVIDUAL, LOG, LOG_LOG, PLAIN

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_weights.json").read_text(encoding="utf-8"))

weighted_rows = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.integers(1, 9),
        st.integers(0, 2),
        st.integers(1, 3),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=25,
)


def close(value, expected):
    np.testing.assert_allclose(value, np.array(expected, dtype=float), rtol=1e-8, atol=1e-10)


def read(name):
    data = pd.read_csv(ORACLES / f"cox_{name}.csv")
    row = np.arange(1, len(data) + 1)
    data["count"] = 1 + row % 3
    data["share"] = 0.4 + row * 37 % 101 / 101
    data["cause"] = data["event"] * (1 + (row * 7 % 5 < 2))
    return data


DATA = {name: read(name) for name in ("lung", "veteran", "heart")}


def label(oracle):
    return " ".join(f"{value}" for key, value in oracle.items() if isinstance(value, str | bool))


def sample(oracle):
    data = DATA[oracle["data"]].iloc[oracle["rows"]]
    late = {"entry": oracle["entries"], "after": 30} if oracle["entry"] else {}
    return data, late


def as_r_prints(median):
    values = np.array([median.value, median.lower, median.upper])
    return np.where(np.isinf(values), np.nan, values)


@pytest.mark.parametrize("oracle", R["curves"], ids=label)
def test_curves_medians_and_means(oracle):
    data, late = sample(oracle)
    errors = {
        "model": {"robust": False},
        "rows": {"robust": True},
        "clusters": {"cluster": data["cluster"]},
    }[oracle["robust"]]
    given = {"weights": data[oracle["weight"]], **late, **errors}
    curve = estimators.kaplan_meier(data["time"], data["event"], **given)
    close(curve.time, oracle["time"])
    close(curve.at_risk, oracle["at_risk"])
    close(curve.events, oracle["events"])
    close(curve.survival, oracle["survival"])
    standing = curve.survival > 0
    close(curve.std_error[standing], np.array(oracle["std_error"], dtype=float)[standing])
    for scale in (PLAIN, LOG, LOG_LOG):
        expected = oracle[scale.name]
        for mine, key in zip(curve.limits(scale=scale), ("lower", "upper"), strict=True):
            close(mine[standing], np.array(expected[key], dtype=float)[standing])
        median = estimators.median(data["time"], data["event"], scale=scale, **given)
        close(as_r_prints(median), expected["median"])
    mean = estimators.restricted_mean(data["time"], data["event"], until=oracle["until"], **given)
    close([mean.value, mean.std_error], [oracle["mean"], oracle["mean_std_error"]])
    at = oracle["time"][len(oracle["time"]) // 2]
    rate = estimators.rate_at(data["time"], data["event"], at=at, **given)
    close(rate.std_error, oracle["std_error"][len(oracle["time"]) // 2])
    weights = estimators.weight_at_risk(
        data["time"], weights=data[oracle["weight"]], at=oracle["time"], entry=late.get("entry")
    )
    close(weights, oracle["at_risk"])


@pytest.mark.parametrize("oracle", R["incidences"], ids=label)
def test_cumulative_incidence(oracle):
    data, late = sample(oracle)
    curves = estimators.cumulative_incidence(
        data["time"],
        data["cause"],
        weights=None if oracle["weight"] == "none" else data[oracle["weight"]],
        cluster=data["cluster"] if oracle["clusters"] else None,
        robust=True,
        **late,
    )
    for field in ("time", "incidence", "std_error"):
        close(getattr(curves, field), oracle[field])


@pytest.mark.parametrize("oracle", R["tests"], ids=label)
def test_log_rank(oracle):
    data = DATA[oracle["data"]]
    given = {
        "group": oracle["group"],
        "stratum": oracle["stratum"] if oracle["strata"] else None,
        "entry": data["entry"] if oracle["entry"] else None,
        "weights": data[oracle["weight"]],
    }
    cluster = oracle["cluster"] if oracle["clusters"] else None
    test = estimators.log_rank(data["time"], data["event"], cluster=cluster, robust=True, **given)
    close(test.chi_squared, oracle["robust"])
    if "copies" in oracle:
        counted = estimators.log_rank(data["time"], data["event"], **given)
        close(counted.chi_squared, oracle["copies"])


@pytest.mark.parametrize(
    ("key", "until"), [("common", COMMON), ("individual", INDIVIDUAL), ("at_300", 300)]
)
def test_means_of_groups_and_where_they_end(key, until):
    data, expected = DATA["veteran"], R["group_means"][key]
    means = estimators.group_restricted_means(
        data["time"], data["event"], group=data["cluster"], until=until
    )
    assert list(means) == expected["group"]
    close([mean.value for mean in means.values()], expected["mean"])
    close([mean.std_error for mean in means.values()], expected["std_error"])
    close([mean.until for mean in means.values()], expected["until"])


def columns(rows):
    entry, length, cause, count, group = (np.array(column) for column in zip(*rows, strict=True))
    return entry + length, cause, entry, count, group


def answers(time, cause, entry, group, **given):
    event = (cause > 0).astype(int)
    curve = estimators.kaplan_meier(time, event, entry=entry, **given)
    mean = estimators.restricted_mean(time, event, entry=entry, until=9, **given)
    median = estimators.median(time, event, entry=entry, **given)
    found = [curve.survival, curve.std_error, curve.at_risk, [mean.value, mean.std_error]]
    found.append([median.value, median.lower, median.upper])
    incidence = estimators.cumulative_incidence(time, cause, entry=entry, **given)
    found += [incidence.incidence, incidence.std_error]
    for weight in (estimators.EVEN, GEHAN):
        test = estimators.log_rank(time, event, group=group, entry=entry, weight=weight, **given)
        found.append([*test.observed, *test.expected])
        # Rounding may tell a covariance of 0 from one of 1e-30, and a rank then means nothing.
        found.append([test.chi_squared] if test.df == len(set(group.tolist())) - 1 else [0.0])
    return found


@settings(max_examples=60, deadline=None)
@given(weighted_rows)
def test_counts_say_the_same_as_so_many_rows(rows):
    time, cause, entry, count, group = columns(rows)
    copies = np.repeat(np.arange(len(time)), count)
    try:
        mine = answers(time, cause, entry, group, weights=count)
    except InputError as error:
        assume("everybody at risk" not in str(error))
        raise
    theirs = answers(time[copies], cause[copies], entry[copies], group[copies])
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    # Robust errors of copies that are clusters of one original.
    robust = answers(time, cause, entry, group, weights=count, robust=True)
    assume(len(time) > 1)
    clusters = answers(time[copies], cause[copies], entry[copies], group[copies], cluster=copies)
    for one, other in zip(robust[:2] + robust[3:7], clusters[:2] + clusters[3:7], strict=True):
        # An error of 0 is the root of its variance's rounding, of about 1e-16.
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=5e-8)


@settings(max_examples=40, deadline=None)
@given(weighted_rows, st.floats(0.1, 10.0))
def test_a_common_factor_of_weights_changes_no_robust_answer(rows, factor):
    time, cause, entry, count, group = columns(rows)
    try:
        mine = answers(time, cause, entry, group, weights=count, robust=True)
    except InputError as error:
        assume("everybody at risk" not in str(error))
        raise
    theirs = answers(time, cause, entry, group, weights=count * factor, robust=True)
    for place in (0, 1, 3, 5, 6):
        np.testing.assert_allclose(mine[place], theirs[place], rtol=1e-8, atol=5e-8)


def test_without_censoring_and_entry_robust_and_greenwood_errors_are_the_same():
    time, event = [1, 2, 2, 4, 7, 9], [1, 0, 1, 1, 0, 1]
    plain = estimators.kaplan_meier(time, event)
    robust = estimators.kaplan_meier(time, event, robust=True)
    np.testing.assert_allclose(plain.std_error, robust.std_error, atol=1e-12)
    np.testing.assert_array_equal(np.isnan(plain.std_error), np.isnan(robust.std_error))


def test_comparison_of_weighted_means_adds_variances_up():
    data = DATA["lung"]
    means = estimators.compare_restricted_means(
        data["time"], data["event"], group=data["stratum"], until=20, weights=data["share"]
    )
    alone = estimators.group_restricted_means(
        data["time"], data["event"], group=data["stratum"], until=20, weights=data["share"]
    )
    errors = [mean.std_error for mean in alone.values()]
    width = means.difference.upper - means.difference.value
    assert width == pytest.approx(1.959963984540054 * np.hypot(*errors))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"weights": [1, 0, 1]}, "weights, row 2: 0 is not a positive number"),
        ({"weights": [1, np.nan, 1]}, "weights, row 2: nan"),
        ({"weights": [1, 2]}, "weights: 2 values for 3 times"),
        ({"cluster": [1, 1, 1]}, "cluster: all rows are one cluster"),
        ({"cluster": [1, 2, 2], "robust": False}, "robust: errors that aren't robust"),
    ],
)
def test_wrong_weights(more, words):
    with pytest.raises(InputError, match=words):
        estimators.kaplan_meier([1, 2, 3], [1, 1, 0], **more)
    with pytest.raises(InputError, match=words):
        estimators.cumulative_incidence([1, 2, 3], [1, 1, 0], **more)
    with pytest.raises(InputError, match=words):
        estimators.log_rank([1, 2, 3], [1, 1, 0], group=[0, 1, 1], **more)


def test_a_log_rank_test_of_weights_that_are_no_counts_is_robust_or_none():
    given = {"group": [0, 1, 1, 0], "weights": [0.5, 1, 2, 1]}
    robust = estimators.log_rank([1, 2, 3, 4], [1, 1, 1, 0], robust=True, **given)
    assert estimators.log_rank([1, 2, 3, 4], [1, 1, 1, 0], **given) == robust
    with pytest.raises(InputError, match="robust: the weights are not counts"):
        estimators.log_rank([1, 2, 3, 4], [1, 1, 1, 0], robust=False, **given)


def test_patients_weights_are_no_weights_of_times():
    with pytest.raises(InputError, match="weight: list is no weight of event times"):
        estimators.log_rank([1, 2], [1, 1], group=[0, 1], weight=[1.0, 2.0])
