"""Evidence: other software (R, see oracles/r_interval.json); identities."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from oligotrial import estimators
from oligotrial.checks import InputError

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_interval.json").read_text(encoding="utf-8"))

INF = np.inf

intervals = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=25
)
censored = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def ends(rows):
    start, length, kind = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return start, np.where(kind == 0, INF, start + length)


def data(name, group):
    table = np.genfromtxt(ORACLES / f"interval_{name}.csv", delimiter=",", names=True)
    mine = table["group"] == group
    return table["lower"][mine], table["upper"][mine]


@pytest.mark.parametrize(
    ("name", "group"), [("cosmesis", 0), ("cosmesis", 1), ("lung", 1), ("lung", 2)]
)
def test_masses_are_those_of_r(name, group):
    curve = estimators.turnbull(*data(name, group))
    expected = R[f"{name}_{group}"]
    finite = np.isfinite(curve.right)
    middle = 0.5 * (curve.left + curve.right)[finite]
    np.testing.assert_allclose(middle, expected["time"], rtol=1e-12)
    np.testing.assert_allclose(curve.survival[finite], expected["survival"], atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(censored)
def test_exact_and_right_censored_times_give_kaplan_meier(rows):
    time = np.array([t for t, _ in rows], dtype=float)
    event = np.array([e for _, e in rows], dtype=int)
    curve = estimators.turnbull(time, np.where(event == 1, time, INF))
    plain = estimators.kaplan_meier(time, event)
    exact = np.isfinite(curve.right)
    np.testing.assert_array_equal(curve.right[exact], plain.time)
    np.testing.assert_allclose(curve.survival[exact], plain.survival, atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(intervals)
def test_no_mass_moved_anywhere_raises_the_likelihood(rows):
    lower, upper = ends(rows)
    curve = estimators.turnbull(lower, upper)
    assert curve.mass.sum() == pytest.approx(1.0)
    holds = [
        ((left >= lower) & (right <= upper))
        if left < right
        else (((lower < left) & (left <= upper)) | ((lower == left) & (upper == left)))
        for left, right in zip(curve.left, curve.right, strict=True)
    ]
    share = np.array(holds, dtype=float).T @ curve.mass
    assert (share > 0).all()
    assert np.log(share).sum() == pytest.approx(curve.log_likelihood, abs=1e-9)
    # The derivative of the log-likelihood by mass put at any point is at most the patients' number.
    for point in np.arange(0, 17.5, 0.5):
        inside = ((lower < point) & (point <= upper)) | ((lower == point) & (upper == point))
        assert (inside / share).sum() <= len(rows) * (1 + 1e-8)


@settings(max_examples=25, deadline=None)
@given(intervals)
def test_a_general_optimiser_finds_no_better_masses(rows):
    lower, upper = ends(rows)
    curve = estimators.turnbull(lower, upper)
    points = np.unique(np.concatenate([np.arange(0, 17.5, 0.5), [1e9]]))
    inside = (lower[:, None] < points) & (points <= upper[:, None])
    inside |= (lower[:, None] == points) & (upper[:, None] == points)

    def loss(logits):
        mass = np.exp(logits - logits.max())
        mass /= mass.sum()
        share = inside @ mass
        return -np.log(share).sum(), -mass * ((1 / share) @ inside - len(rows))

    best = minimize(loss, np.zeros(len(points)), jac=True, method="L-BFGS-B")
    assert -best.fun <= curve.log_likelihood + 1e-7


@settings(max_examples=100, deadline=None)
@given(intervals)
def test_order_and_copies_of_patients_change_nothing(rows):
    lower, upper = ends(rows)
    curve = estimators.turnbull(lower, upper)
    twice = estimators.turnbull(np.tile(lower[::-1], 2), np.tile(upper[::-1], 2))
    assert curve.log_likelihood * 2 == pytest.approx(twice.log_likelihood, abs=1e-7)
    np.testing.assert_array_equal(curve.left, twice.left)
    np.testing.assert_allclose(curve.mass, twice.mass, atol=1e-7)


@settings(max_examples=100, deadline=None)
@given(intervals, st.lists(st.integers(0, 34).map(lambda half: half / 2), min_size=1, max_size=9))
def test_bounds_are_the_mass_that_must_and_can_lie_later(rows, times):
    curve = estimators.turnbull(*ends(rows))
    lowest, highest = curve.bounds(times)
    for place, time in enumerate(times):
        must = curve.right <= time
        can = must | (curve.left < time)
        assert highest[place] == pytest.approx(1 - curve.mass[must].sum(), abs=1e-12)
        assert lowest[place] == pytest.approx(1 - curve.mass[can].sum(), abs=1e-12)
    low, high = curve.median_bounds()
    assert curve.bounds(low)[1] >= 0.5 - 1e-8 or low == high
    assert curve.bounds(high)[1] <= 0.5 + 1e-8


def test_the_curve_is_left_open_inside_an_interval():
    curve = estimators.turnbull([0, 2, 4, 5], [3, 4, 6, INF])
    lowest, highest = curve.bounds([2, 2.5, 3, 4, 5, 5.5, 6, np.nan])
    np.testing.assert_allclose(lowest, [1, 0.5, 0.5, 0.5, 0.5, 0, 0, np.nan], atol=1e-9)
    np.testing.assert_allclose(highest, [1, 1, 0.5, 0.5, 0.5, 0.5, 0, np.nan], atol=1e-9)
    assert curve.median_bounds() == (2, 3)


def test_a_time_that_was_seen_and_one_censored_then_are_told_apart():
    # Censored at 3 means an event after 3; negative at 3 likewise.
    assert estimators.turnbull([3, 3], [3, INF]).right.tolist() == [3, INF]
    assert estimators.turnbull([3, 3], [3, 5]).left.tolist() == [3, 3]
    assert estimators.turnbull([3, 0], [3, 3]).mass.tolist() == [1]


@pytest.mark.parametrize(
    ("lower", "upper"),
    [([0], [INF]), ([2], [2]), ([0], [0]), ([0, 0], [1, 1]), ([1, 1], [INF, INF]), ([0], [1e300])],
)
def test_few_patients(lower, upper):
    curve = estimators.turnbull(lower, upper)
    assert curve.mass.tolist() == [1]
    assert (curve.left[0], curve.right[0]) == (max(lower), min(upper))


def test_thousands_of_patients_are_quick_and_exact():
    rng = np.random.default_rng(3)
    time, visits = rng.exponential(10, 3000), rng.uniform(0.5, 4, 3000)
    lower = np.floor(time / visits) * visits
    upper = np.where(rng.random(3000) < 0.3, INF, lower + visits)
    curve = estimators.turnbull(lower, upper)
    assert curve.gap <= 1e-10
    assert curve.iterations < 1000


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        ([1, 3], [2, 2], "upper, row 2: 2 is not at least the lower end, 3"),
        ([1], [np.nan], "upper, row 1: nan is not"),
        ([np.nan], [1], "lower, row 1: nan is not a finite time"),
        ([-1], [1], "lower, row 1: -1"),
        ([INF], [INF], "lower, row 1: inf"),
        ([1, 2], [3], "1 values of upper for 2 of lower"),
        ([], [], "no patients"),
    ],
)
def test_wrong_intervals(lower, upper, words):
    with pytest.raises(InputError, match=words):
        estimators.turnbull(lower, upper)
