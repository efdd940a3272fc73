"""Evidence: other software (R, see oracles/r_summaries.json); a quoted number; closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import LOG, LOG_LOG, PLAIN

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_summaries.json").read_text(encoding="utf-8"))
SCALES = pytest.mark.parametrize("scale", [PLAIN, LOG, LOG_LOG], ids=lambda scale: scale.name)

patients = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 1])), min_size=1, max_size=40)


def close(value, expected):
    np.testing.assert_allclose(value, np.array(expected, dtype=float), rtol=1e-8, atol=1e-10)


def data(name):
    table = np.genfromtxt(ORACLES / f"survival_{name}.csv", delimiter=",", names=True)
    return table["time"], table["event"]


def as_r_prints(median):
    values = np.array([median.value, median.lower, median.upper])
    return np.where(np.isinf(values), np.nan, values)


@SCALES
@pytest.mark.parametrize("name", ["aml", "lung", "ovarian", "pbc"])
def test_limits_medians_follow_up_and_rates(name, scale):
    (time, event), expected = data(name), R[name][scale.name]
    curve = estimators.kaplan_meier(time, event)
    standing = curve.survival > 0
    for mine, key in zip(curve.limits(scale=scale), ("lower", "upper"), strict=True):
        close(mine[standing], np.array(expected[key], dtype=float)[standing])
    close(as_r_prints(estimators.median(time, event, scale=scale)), expected["median"])
    close(as_r_prints(estimators.follow_up(time, event, scale=scale)), expected["follow_up"])
    close(estimators.number_at_risk(time, at=R[name]["at"]), expected["at_risk"])
    for place, at in enumerate(R[name]["at"]):
        rate = estimators.rate_at(time, event, at=at, scale=scale)
        keys = ("rate", "rate_std_error", "rate_lower", "rate_upper")
        mine = [rate.value, rate.std_error, rate.lower, rate.upper]
        close(mine, [expected[key][place] for key in keys])


@SCALES
@settings(max_examples=100, deadline=None)
@given(patients)
def test_a_limit_of_the_median_is_where_a_band_comes_down_to_one_half(scale, rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    curve = estimators.kaplan_meier(time, event)
    median = estimators.median(time, event, scale=scale)
    for band, limit in zip(curve.limits(scale=scale), (median.lower, median.upper), strict=True):
        below = curve.time[band <= 0.5 + 1e-9]
        assert limit == (below[0] if len(below) else np.inf)


def test_comparison_of_restricted_means():
    table = np.genfromtxt(ORACLES / "survival_pbc.csv", delimiter=",", names=True)
    means = estimators.compare_restricted_means(
        table["time"], table["event"], group=table["group"], until=10
    )
    (zero, zero_error), (one, one_error) = R["mean_until_10"]
    close([means.means[0].value, means.means[0].std_error], [zero, zero_error])
    close([means.means[1].value, means.means[1].std_error], [one, one_error])
    # Vignette of R's survRM2 (Uno 2017), section 3.1, where the limits' signs are exchanged.
    assert round(means.difference.value, 3) == -0.137
    assert (round(means.difference.lower, 3), round(means.difference.upper, 3)) == (-0.939, 0.665)
    assert round(means.difference.p, 3) == 0.738
    assert round(means.means[1].value, 2) == 7.15
    # Delta method on the logarithm.
    error = np.sqrt((zero_error / zero) ** 2 + (one_error / one) ** 2)
    close(means.ratio.value, one / zero)
    close(np.log(means.ratio.upper / means.ratio.value), 1.959963984540054 * error)
    close(means.ratio.lower * means.ratio.upper, means.ratio.value**2)


def test_restricted_means_of_uncensored_groups_are_their_means():
    time, group = np.array([1.0, 2.0, 6.0, 2.0, 8.0]), np.array([0, 0, 0, 1, 1])
    means = estimators.compare_restricted_means(time, np.ones(5), group=group, until=8)
    assert means.difference.value == pytest.approx(5 - 3)
    variance = time[:3].var() / 3 + time[3:].var() / 2
    width = means.difference.upper - means.difference.value
    assert width == pytest.approx(1.959963984540054 * np.sqrt(variance))


def test_restricted_means_that_cannot_be_compared():
    time, event = [1, 2, 3, 9], [1, 0, 1, 0]
    with pytest.raises(InputError, match="until: the curve of group 0 ends at 2, above 0"):
        estimators.compare_restricted_means(time, event, group=[0, 0, 1, 1], until=5)
    with pytest.raises(InputError, match="group: there are 1 groups; give two"):
        estimators.compare_restricted_means(time, event, group=[0, 0, 0, 0])
    default = estimators.compare_restricted_means(time, event, group=[0, 0, 1, 1])
    assert default.means[0].until == 2
    nothing = estimators.compare_restricted_means([0, 0], [1, 1], group=[0, 1], until=1)
    assert np.isnan([nothing.ratio.value, nothing.ratio.p, nothing.difference.p]).all()


@pytest.mark.parametrize("example", R["shares"], ids=lambda x: f"{x['count']}/{x['patients']}")
def test_exact_interval_of_a_share(example):
    for level, key in ((0.95, "limits_95"), (0.9, "limits_90")):
        share = estimators.proportion(example["count"], example["patients"], level=level)
        close([share.lower, share.upper], example[key])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), st.data(), st.floats(0.5, 0.99))
def test_exact_interval_is_scipys(total, source, level):
    count = source.draw(st.integers(0, total))
    share = estimators.proportion(count, total, level=level)
    expected = binomtest(count, total).proportion_ci(level, method="exact")
    close([share.lower, share.upper], [expected.low, expected.high])


@pytest.mark.parametrize(
    ("count", "total", "words"),
    [(3, 2, "count: 3 is not a whole"), (0.5, 2, "count: 0.5"), (0, 0, "patients"), (-1, 2, "cou")],
)
def test_wrong_shares(count, total, words):
    with pytest.raises(InputError, match=words):
        estimators.proportion(count, total)


@settings(max_examples=100, deadline=None)
@given(patients, st.integers(0, 14))
def test_landmark_counts_and_estimates(rows, at):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    row = estimators.landmark(time, event, at=at).iloc[0]
    assert row["events"] == sum(t <= at and e for t, e in rows)
    assert row["unknown"] == sum(t < at and not e for t, e in rows)
    share = estimators.proportion(int(row["events"]), len(rows))
    assert (row["counted_lower"], row["counted_upper"]) == (share.lower, share.upper)
    free = estimators.rate_at(time, event, at=at)
    np.testing.assert_array_equal(row["estimated"], 1 - free.value)
    np.testing.assert_array_equal(row["estimated_lower"], 1 - free.upper)
    if row["unknown"] == 0:
        assert row["estimated"] == pytest.approx(row["counted"], abs=1e-12)
    elif not np.isnan(row["estimated"]):
        assert row["estimated"] >= row["counted"] - 1e-12


def test_worst_grade_counts_each_patient_once():
    patient, grade = ["b", "a", "a", "c", "a"], [2, 1, 3, 2, 2]
    phase = ["acute", "acute", "late", "late", "acute"]
    worst = estimators.worst_grades(patient, grade, among=["a", "b", "c", "d"])
    assert worst.to_dict() == {"a": 3, "b": 2, "c": 2, "d": 0}
    table = estimators.toxicity_table(patient, grade, among=["a", "b", "c", "d"])
    assert table["patients"].tolist() == [1, 0, 2, 1, 0, 0]
    assert table["at_least"].tolist() == [4, 3, 3, 1, 0, 0]
    two = estimators.proportion(3, 4)
    assert (table["at_least_lower"][2], table["at_least_upper"][2]) == (two.lower, two.upper)
    by = estimators.toxicity_table(patient, grade, among=["a", "b", "c", "d"], by=phase)
    assert by[by["by"] == "acute"]["patients"].tolist() == [2, 0, 2, 0, 0, 0]
    assert by[by["by"] == "late"]["patients"].tolist() == [2, 0, 1, 1, 0, 0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=30))
def test_worst_grades_are_pandas_maxima(rows):
    frame = pd.DataFrame(rows, columns=["patient", "grade"])
    worst = estimators.worst_grades(frame["patient"], frame["grade"], among=range(10))
    expected = frame.groupby("patient")["grade"].max().reindex(range(10), fill_value=0)
    assert worst.tolist() == expected.tolist()
    table = estimators.toxicity_table(frame["patient"], frame["grade"], among=range(10))
    assert table["patients"].sum() == 10
    assert table["at_least"].tolist() == table["patients"][::-1].cumsum()[::-1].tolist()


@pytest.mark.parametrize(
    ("patient", "grade", "among", "words"),
    [
        (["a"], [6], ["a"], "grade, row 1: 6 is not a whole number from 0 to 5"),
        (["a"], [1.5], ["a"], "grade, row 1: 1.5"),
        (["a"], [np.nan], ["a"], "grade, row 1: nan"),
        (["a"], ["high"], ["a"], "grade: not a list"),
        (["a"], [1, 2], ["a"], "grade: 2 grades for 1 patients"),
        (["a", "x"], [1, 2], ["a"], "patient, row 2: 'x' is not among"),
        (["a"], [1], ["a", "a"], "among: patient 'a' is listed twice"),
        ([], [], [], "among: there are no patients"),
        (["a"], [1], ["a", None], "among, row 2: the value is missing"),
    ],
)
def test_wrong_toxicities(patient, grade, among, words):
    for estimate in (estimators.worst_grades, estimators.toxicity_table):
        with pytest.raises(InputError, match=words):
            estimate(patient, grade, among=among)
    with pytest.raises(InputError):
        estimators.toxicity_table(patient, grade, among=among, by=["acute"] * len(patient))


def test_no_toxicity_at_all():
    table = estimators.toxicity_table([], [], among=["a", "b"])
    assert table["patients"].tolist() == [2, 0, 0, 0, 0, 0]
    assert estimators.toxicity_table([], [], among=["a", "b"], by=[]).empty
