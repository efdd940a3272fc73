"""Evidence: identities (Kaplan-Meier with entry, split records); closed forms; brute force.

Limits: Thomas and Grunkemeier's and the binomial likelihood ratio, which share no code with them.
Stochastic: how often limits hold the truth, at a fixed seed.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.stats import chi2

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators.truncated import fit_late, held_log_likelihood, support

INF = np.inf
CRITERION = chi2.ppf(0.95, 1)

intervals = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 6), st.integers(0, 5), st.integers(0, 3)),
    min_size=1,
    max_size=20,
)
records = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.booleans()), min_size=2, max_size=30
)


def columns(rows):
    """Return lower ends, upper ends and entries; a patient of the origin keeps all at risk."""
    entry, wait, length, kind = (
        np.array(column, dtype=float) for column in zip(*rows, strict=True)
    )
    lower = entry + wait + (wait + length == 0)
    upper = np.where(kind == 0, INF, lower + length)
    return np.append(lower, 30.0), np.append(upper, INF), np.append(entry, 0.0)


def log_likelihood(mass, points, lower, upper, entry):
    """Return the log-likelihood of masses at points, and its slope by each."""
    inside = (lower[:, None] < points) & (points <= upper[:, None])
    inside |= (lower[:, None] == points) & (upper[:, None] == points)
    later = (entry[:, None] < points) | (entry[:, None] == 0)
    share, free = inside @ mass, later @ mass
    with np.errstate(divide="ignore"):
        return np.log(share / free).sum(), inside.T @ (1 / share) - later.T @ (1 / free)


@settings(max_examples=100, deadline=None)
@given(intervals)
def test_hazards_and_masses_give_the_same_estimate(rows):
    lower, upper, _ = columns(rows)
    plain = estimators.turnbull(lower, upper)
    other = fit_late(lower, upper, np.zeros(len(lower)), np.ones(len(lower)))
    assert other.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    survival = np.cumprod(1 - other.hazard)
    ends = plain.right[np.isfinite(plain.right)]
    row = np.searchsorted(other.right, ends, side="right") - 1
    np.testing.assert_allclose(survival[row], plain.survival[: len(ends)], atol=1e-5)


@settings(max_examples=150, deadline=None)
@given(records)
def test_exact_and_right_censored_times_give_kaplan_meier_with_entry(rows):
    entry, length, event = (np.array(column) for column in zip(*rows, strict=True))
    time, event = entry + length, event.astype(int)
    upper = np.where(event == 1, time, INF)
    try:
        plain = estimators.kaplan_meier(time, event, entry=entry)
    except InputError:
        with pytest.raises(InputError, match="everybody at risk had the event"):
            estimators.turnbull(time, upper, entry=entry)
        return
    curve = estimators.turnbull(time, upper, entry=entry)
    np.testing.assert_allclose(curve.bounds(plain.time)[0], plain.survival, atol=1e-9)
    np.testing.assert_allclose(curve.bounds(plain.time)[1], plain.survival, atol=1e-9)
    assert curve.start == plain.start
    np.testing.assert_array_equal(curve.gaps, plain.gaps)


@settings(max_examples=60, deadline=None)
@given(intervals, st.integers(1, 8))
def test_splitting_records_leaves_the_likelihood_unchanged(rows, cut):
    lower, upper, entry = columns(rows)
    try:
        whole = estimators.turnbull(lower, upper, entry=entry)
    except InputError as error:
        assert "everybody at risk" in str(error)  # noqa: PT017
        return
    split = (entry < cut) & (cut <= lower) & ~((lower == cut) & (upper == cut))
    pieces = estimators.turnbull(
        np.concatenate([np.where(split, cut, lower), lower[split]]),
        np.concatenate([np.where(split, INF, upper), upper[split]]),
        entry=np.concatenate([entry, np.full(split.sum(), float(cut))]),
    )
    assert pieces.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-6)


@settings(max_examples=6, deadline=None)
@given(intervals)
def test_a_general_optimiser_finds_no_better_masses(rows):
    lower, upper, entry = columns(rows)
    try:
        curve = estimators.turnbull(lower, upper, entry=entry)
    except InputError as error:
        assert "everybody at risk" in str(error)  # noqa: PT017
        return
    points = np.append(np.arange(0, 20.5, 0.5), 40.0)

    def loss(logits):
        mass = np.exp(logits - logits.max())
        mass /= mass.sum()
        value, slope = log_likelihood(mass, points, lower, upper, entry)
        return -value, -mass * (slope - mass @ slope)

    best = minimize(loss, np.zeros(len(points)), jac=True, method="L-BFGS-B")
    assert -best.fun <= curve.log_likelihood + 1e-6
    # The estimate's own masses, each at a point of its interval, have that likelihood.
    mine = np.zeros(len(points))
    for left, right, mass in zip(curve.left, curve.right, curve.mass, strict=True):
        inside = (left == points) if left == right else (left < points) & (points <= right)
        mine[np.argmax(inside)] += mass
    value, _ = log_likelihood(mine, points, lower, upper, entry)
    assert value == pytest.approx(curve.log_likelihood, abs=1e-7)


def test_mass_can_lie_just_before_an_entry():
    # Frydman's correction: the third patient entered at 3, inside the second one's interval.
    curve = estimators.turnbull([1, 1, 4, 4], [6, 3.5, 5, 5], entry=[0, 0, 3, 0])
    assert (curve.left.tolist(), curve.right.tolist()) == ([1, 4], [3, 5])
    np.testing.assert_allclose(curve.mass, 0.5, atol=1e-6)


def test_counts_say_the_same_as_so_many_rows():
    lower, upper, entry = [2, 3, 1, 6, 4], [4, INF, 5, 7, INF], [0, 1, 0, 2, 3]
    copies = np.repeat(np.arange(5), [1, 2, 3, 1, 2])
    for late in (None, entry):
        rows = None if late is None else np.array(late)[copies]
        mine = estimators.turnbull(lower, upper, entry=late, weights=[1, 2, 3, 1, 2])
        theirs = estimators.turnbull(np.array(lower)[copies], np.array(upper)[copies], entry=rows)
        np.testing.assert_allclose(mine.mass, theirs.mass, atol=1e-9)


def thomas_and_grunkemeier(curve, time, criterion):
    """Return the limits of a Kaplan-Meier curve from hazards d / (n + multiplier)."""
    rows = curve.time <= time
    n, d = curve.at_risk[rows], curve.events[rows]

    def excess(multiplier):
        with np.errstate(divide="ignore", invalid="ignore"):
            free = np.where(n > d, (n - d) * np.log1p(multiplier / np.maximum(n - d, 1e-300)), 0.0)
        return 2 * (n * np.log1p(multiplier / n) - free).sum() - criterion

    least = (d - n).max()
    limits = []
    for begin, end in ((least + 1e-12, 0.0), (0.0, 1e9)):
        if excess(end if begin == 0.0 else begin) < 0:
            limits.append(0.0 if begin else 1.0)
            continue
        root = brentq(excess, begin, end, xtol=1e-14)
        limits.append(np.prod(1 - d / (n + root)))
    return limits


@settings(max_examples=40, deadline=None)
@given(records)
def test_limits_of_exact_and_right_censored_times_are_those_of_thomas_and_grunkemeier(rows):
    entry, length, event = (np.array(column) for column in zip(*rows, strict=True))
    time, event = np.append(entry + length, [25, 25]), np.append(event.astype(int), [0, 0])
    entry = np.append(entry, [0, 0])
    upper = np.where(event == 1, time, INF)
    curve = estimators.kaplan_meier(time, event, entry=entry)
    assume(len(curve.time) > 0)
    at = curve.time[len(curve.time) // 2]
    # Where fewer were at risk without an event than were left over by any, likelihoods of more
    # events than were seen are largest there, and the interval is wider than theirs.
    rows = curve.time <= at
    left_over = (curve.at_risk - curve.events)[rows].min()
    at_risk = estimators.number_at_risk(time, at=np.arange(0.5, at, 0.5), entry=entry)
    assume((at_risk >= left_over).all())
    table = estimators.turnbull_limits(time, upper, at=at, entry=entry)
    expected = thomas_and_grunkemeier(curve, at, CRITERION)
    np.testing.assert_allclose(table.loc[0, ["lower", "upper"]], expected, atol=1e-6)
    assert table.loc[0, "lowest"] == pytest.approx(curve.at(at), abs=1e-9)


@pytest.mark.parametrize(("events", "patients"), [(1, 5), (7, 20), (0, 9), (9, 9)])
def test_limits_of_one_visit_are_those_of_a_binomial_likelihood(events, patients):
    # All were looked at once: positive (0, 6], or negative at 6.
    lower = np.where(np.arange(patients) < events, 0.0, 6.0)
    upper = np.where(np.arange(patients) < events, 6.0, INF)
    row = estimators.turnbull_limits(lower, upper, at=6).loc[0]
    share = (patients - events) / patients

    def excess(survival):
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [
                count * np.log(one / other) if count else 0.0
                for count, one, other in (
                    (patients - events, share, survival),
                    (events, 1 - share, 1 - survival),
                )
            ]
        return 2 * sum(terms) - CRITERION

    lower_limit = brentq(excess, 1e-12, share) if events < patients else 0.0
    upper_limit = brentq(excess, share, 1 - 1e-12) if events else 1.0
    assert row["lower"] == pytest.approx(lower_limit, abs=1e-6)
    assert row["upper"] == pytest.approx(upper_limit, abs=1e-6)


@settings(max_examples=5, deadline=None)
@given(intervals, st.integers(1, 12), st.floats(0.1, 0.9))
def test_the_likelihood_with_survival_held_is_the_largest_there_is(rows, at, survival):
    lower, upper, entry = columns(rows)
    time = at + 0.25
    found = support(lower, upper, entry, np.ones(len(lower)), at=time)
    held = held_log_likelihood(found, survival)
    points = np.append(np.arange(0, 20.25, 0.25), 40.0)
    early = points <= time

    def loss(logits):
        mass, slope = np.exp(logits - logits.max()), np.zeros(len(points))
        for block, whole in ((early, 1 - survival), (~early, survival)):
            mass[block] *= whole / mass[block].sum()
        value, by_mass = log_likelihood(mass, points, lower, upper, entry)
        for block in (early, ~early):
            mean = mass[block] @ by_mass[block] / mass[block].sum()
            slope[block] = mass[block] * (by_mass[block] - mean)
        return -value, -slope

    best = minimize(loss, np.zeros(len(points)), jac=True, method="L-BFGS-B")
    assert -best.fun <= held + 1e-5


def test_limits_hold_the_truth_as_often_as_they_say_where_visits_are_set():
    generator, cohorts, inside = np.random.default_rng(4), 250, 0
    for _ in range(cohorts):
        entry = generator.choice([0.0, 0.0, 3.0], 60)
        time = generator.exponential(9, 60)
        seen = time > entry
        time, entry = time[seen], entry[seen]
        left = 3 * generator.integers(1, 7, len(time)) + entry
        lower = np.minimum(3 * np.floor(time / 3), left)
        upper = np.where(lower < left, lower + 3, INF)
        row = estimators.turnbull_limits(lower, upper, at=9, entry=entry).loc[0]
        inside += row["lower"] <= np.exp(-1) <= row["upper"]
    assert abs(inside / cohorts - 0.95) < 3 * np.sqrt(0.95 * 0.05 / cohorts)


@settings(max_examples=6, deadline=None)
@given(intervals)
def test_limits_of_the_median_are_where_those_of_survival_hold_one_half(rows):
    lower, upper, entry = columns(rows)
    try:
        median = estimators.turnbull_median(lower, upper, entry=entry)
    except InputError as error:
        assert "everybody at risk" in str(error)  # noqa: PT017
        return
    # Ends are whole numbers, so that every time from one to the next is like its middle.
    times = np.arange(0.5, 31.5, 0.5)
    table = estimators.turnbull_limits(lower, upper, at=times, entry=entry)
    margin = 1e-6
    inside = (table["lower"] <= 0.5 + margin) & (table["upper"] >= 0.5 - margin)
    surely = (table["lower"] <= 0.5 - margin) & (table["upper"] >= 0.5 + margin)
    for held, outer in ((inside, True), (surely, False)):
        if not held.any():
            continue
        first, last = times[held][0], times[held][-1]
        bounds = np.floor(first), INF if last > 30 else np.ceil(last)
        if outer:
            assert bounds[0] <= median.lower
            assert median.upper <= bounds[1]
        else:
            ends = np.unique(np.concatenate([lower, upper[np.isfinite(upper)], [0.0]]))
            assert median.lower <= first
            assert last <= median.upper
            assert median.lower in ends
    assert median.lower <= median.highest
    assert median.lowest <= median.upper


def test_limits_of_the_median_of_exact_times_are_those_of_thomas_and_grunkemeier():
    generator = np.random.default_rng(1)
    time, event = generator.integers(1, 30, 60), generator.integers(0, 2, 60)
    median = estimators.turnbull_median(time, np.where(event == 1, time, INF))
    curve = estimators.kaplan_meier(time, event)
    limits = np.array([thomas_and_grunkemeier(curve, at, CRITERION) for at in curve.time])
    assert median.lower == curve.time[limits[:, 0] <= 0.5][0]
    assert median.upper == curve.time[limits[:, 1] < 0.5][0]
    assert median.lowest == median.highest == estimators.median(time, event).value


def test_limits_before_the_first_entry_and_beyond_the_last_visit():
    table = estimators.turnbull_limits([3, 4, 5], [4, INF, 6], at=[1, 2, 9], entry=[2, 2, 2])
    assert table.loc[[0, 1], ["lower", "upper"]].to_numpy().tolist() == [[1, 1], [1, 1]]
    assert table.loc[2, "lower"] == 0


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ([0, 3], "entry, row 2: 3 is after the lower end, 2: who enters is free"),
        ([0, -1], "entry, row 2: -1 is not a finite time"),
        ([0], "entry: 1 values for 2 intervals"),
    ],
)
def test_wrong_entries(entry, words):
    with pytest.raises(InputError, match=words):
        estimators.turnbull([1, 2], [2, 4], entry=entry)


def test_an_event_at_entry_is_refused():
    with pytest.raises(InputError, match="entry, row 2: 2 is not before the patient's event at 2"):
        estimators.turnbull([1, 2], [2, 2], entry=[0, 2])


def test_everybody_had_the_event_before_others_entered():
    with pytest.raises(InputError, match="entry: by 2 everybody at risk had the event"):
        estimators.turnbull([1, 1, 5], [2, 2, 7], entry=[0, 0, 4])


def test_weights_that_are_no_counts_have_no_likelihood():
    with pytest.raises(InputError, match=r"weights, row 2: 0\.5 is not a count of patients"):
        estimators.turnbull_limits([1, 2], [2, 4], at=3, weights=[1, 0.5])
