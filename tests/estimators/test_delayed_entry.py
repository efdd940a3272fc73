"""Evidence: other software (R's survival, see oracles/r_delayed_entry.json); identities."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import LOG, LOG_LOG, PLAIN

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_delayed_entry.json").read_text(encoding="utf-8"))

records = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.booleans()), min_size=1, max_size=30
)


def close(value, expected):
    np.testing.assert_allclose(value, np.array(expected, dtype=float), rtol=1e-8, atol=1e-10)


class Example:
    def __init__(self, name):
        data = np.genfromtxt(ORACLES / f"entry_{name}.csv", delimiter=",", names=True)
        self.time, self.event, self.entry = data["time"], data["event"], data["entry"]
        self.group, self.stratum = data["group"], data["stratum"]
        self.expected = R[name]
        self.late = {"entry": self.entry, "after": self.expected["after"]}


@pytest.fixture(params=["heart", "mgus2"])
def example(request):
    return Example(request.param)


def test_curve(example):
    curve = estimators.kaplan_meier(example.time, example.event, **example.late)
    expected = example.expected["curve"]
    close(curve.time, expected["time"])
    close(curve.at_risk, expected["at_risk"])
    close(curve.events, expected["events"])
    close(curve.survival, expected["survival"])
    standing = curve.survival > 0
    close(curve.std_error[standing], np.array(expected["std_error"], dtype=float)[standing])


def test_numbers_at_risk(example):
    expected = example.expected["curve"]
    numbers = estimators.number_at_risk(example.time, at=expected["time"], entry=example.entry)
    close(numbers, expected["at_risk"])


@pytest.mark.parametrize("scale", [PLAIN, LOG, LOG_LOG], ids=lambda scale: scale.name)
def test_limits_and_median(example, scale):
    expected = example.expected["curve"][scale.name]
    curve = estimators.kaplan_meier(example.time, example.event, **example.late)
    standing = curve.survival > 0
    for mine, key in zip(curve.limits(scale=scale), ("lower", "upper"), strict=True):
        close(mine[standing], np.array(expected[key], dtype=float)[standing])
    median = estimators.median(example.time, example.event, scale=scale, **example.late)
    close(
        [median.value, median.lower, median.upper],
        [expected[key] for key in ("median", "median_lower", "median_upper")],
    )


def test_rates(example):
    expected = example.expected
    for place, at in enumerate(expected["at"]):
        rate = estimators.rate_at(example.time, example.event, at=at, **example.late)
        keys = ("rate", "rate_std_error", "rate_lower", "rate_upper")
        close(
            [rate.value, rate.std_error, rate.lower, rate.upper],
            [expected[key][place] for key in keys],
        )


def test_restricted_mean(example):
    mean = estimators.restricted_mean(
        example.time, example.event, until=example.expected["mean_until"], **example.late
    )
    close([mean.value, mean.std_error], example.expected["mean"])


def test_log_rank():
    heart = Example("heart")
    for stratum, key in ((None, "log_rank"), (heart.stratum, "log_rank_stratified")):
        test = estimators.log_rank(
            heart.time, heart.event, group=heart.group, stratum=stratum, entry=heart.entry
        )
        close(test.chi_squared, heart.expected[key])


def columns(rows):
    entry, length, event = (np.array(column) for column in zip(*rows, strict=True))
    return entry + length, event.astype(int), entry


def curve_or_nothing(time, event, **late):
    try:
        return estimators.kaplan_meier(time, event, **late)
    except InputError as error:
        assert "everybody at risk had the event" in str(error)  # noqa: PT017
        return None


@settings(max_examples=150, deadline=None)
@given(records)
def test_an_entry_at_0_is_none(rows):
    time, event, _ = columns(rows)
    late = estimators.kaplan_meier(time, event, entry=np.zeros(len(time)))
    plain = estimators.kaplan_meier(time, event)
    np.testing.assert_array_equal(late.at_risk, plain.at_risk)
    np.testing.assert_array_equal(late.survival, plain.survival)
    assert (late.start, late.gaps.size) == (plain.start, 0)


@settings(max_examples=150, deadline=None)
@given(records, st.floats(0.5, 8.5))
def test_splitting_records_at_a_time_leaves_everything_unchanged(rows, cut):
    time, event, entry = columns(rows)
    whole = curve_or_nothing(time, event, entry=entry)
    split = (entry < cut) & (cut < time)
    first = np.where(split, cut, time), np.where(split, 0, event), entry
    second = time[split], event[split], np.full(split.sum(), cut)
    parts = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
    pieces = curve_or_nothing(parts[0], parts[1], entry=parts[2])
    assert (whole is None) == (pieces is None)
    assume(whole is not None)
    np.testing.assert_array_equal(whole.at_risk, pieces.at_risk)
    np.testing.assert_array_equal(whole.survival, pieces.survival)
    np.testing.assert_array_equal(whole.gaps, pieces.gaps)
    group = np.arange(len(time)) % 2
    mine, theirs = (
        estimators.log_rank(*record[:2], group=member, entry=record[2])
        for record, member in (
            ((time, event, entry), group),
            (parts, np.concatenate([group, group[split]])),
        )
    )
    assert mine.chi_squared == pytest.approx(theirs.chi_squared, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(records, st.lists(st.floats(0, 20), min_size=1, max_size=5))
def test_at_risk_are_those_who_entered_before_and_have_not_left(rows, at):
    time, _, entry = columns(rows)
    expected = [int((((entry < t) | (entry == 0)) & (time >= t)).sum()) for t in at]
    assert estimators.number_at_risk(time, at=at, entry=entry).tolist() == expected


@settings(max_examples=150, deadline=None)
@given(records, st.integers(0, 8))
def test_survival_is_a_product_of_conditional_ones(rows, cut):
    time, event, entry = columns(rows)
    assume(cut <= time.max())
    whole = curve_or_nothing(time, event, entry=entry)
    later = curve_or_nothing(time, event, entry=entry, after=cut)
    assume(whole is not None)
    assume(later is not None)
    before = whole.survival[whole.time < cut]
    before = before[-1] if len(before) else 1.0
    np.testing.assert_allclose(whole.survival[whole.time >= cut], before * later.survival)


def test_a_risk_set_that_is_exhausted_early_is_refused_and_can_be_gone_around():
    time, event, entry = [1, 5, 6, 7], [1, 1, 0, 1], [0, 2, 3, 4]
    with pytest.raises(InputError, match=r"entry: at 1 everybody .* up to 7.* 'after' above 1"):
        estimators.kaplan_meier(time, event, entry=entry)
    with pytest.raises(InputError, match="everybody at risk"):
        estimators.cumulative_incidence(time, event, entry=entry)
    with pytest.raises(InputError, match="everybody at risk"):
        estimators.median(time, event, entry=entry)
    curve = estimators.kaplan_meier(time, event, entry=entry, after=2)
    assert curve.survival.tolist() == pytest.approx([2 / 3, 0])
    assert curve.start == 2


def test_gaps_in_which_nobody_is_at_risk_are_told():
    curve = estimators.kaplan_meier([2, 4, 8, 9], [1, 0, 1, 0], entry=[1, 1, 5, 6])
    assert curve.gaps.tolist() == [[4, 5]]
    assert (curve.start, curve.longest) == (1, 9)
    assert curve.censored.tolist() == [4, 9]
    # Who enters when the last one leaves is at risk from then on.
    assert not estimators.kaplan_meier([2, 4, 8], [1, 0, 0], entry=[1, 1, 4]).gaps.size


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ([0, 2], "entry, row 2: 2 is not before the patient's time of 2"),
        ([0, 3], "entry, row 2: 3 is not before"),
        ([-1, 0], "entry, row 1: -1 is not a finite time"),
        ([0, np.nan], "entry, row 2: nan is not"),
        ([0], "entry: 1 values for 2 times"),
        (["a", "b"], "entry: not a list of numbers"),
    ],
)
def test_wrong_entries(entry, words):
    with pytest.raises(InputError, match=words):
        estimators.kaplan_meier([1, 2], [1, 1], entry=entry)
    with pytest.raises(InputError, match=words):
        estimators.number_at_risk([1, 2], at=[1], entry=entry)


def test_nobody_followed_until_after():
    with pytest.raises(InputError, match="after: nobody is followed until 3"):
        estimators.kaplan_meier([1, 2], [1, 1], after=3)
    with pytest.raises(InputError, match="after: -1 is negative"):
        estimators.kaplan_meier([1, 2], [1, 1], after=-1)
