"""Evidence: identities; limits. Stochastic: how often Gray's test errs, at a fixed seed.

R has no such test with delayed entry; without it R's values are in test_cumulative_incidence.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators.arrays import entry_array
from oligotrial.estimators.subdistribution import expand

patients = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 8), st.integers(0, 2), st.integers(0, 1)),
    min_size=2,
    max_size=30,
)


def columns(rows):
    entry, length, cause, group = (np.array(column) for column in zip(*rows, strict=True))
    return entry + length, cause, entry, group


@settings(max_examples=80, deadline=None)
@given(patients)
def test_entries_at_0_change_nothing_and_the_origin_is_no_matter(rows):
    time, cause, entry, group = columns(rows)
    cause = np.append(cause, 1)
    time, entry, group = np.append(time, 3), np.append(entry, 1), np.append(group, 0)
    plain = estimators.gray_test(time, cause, of=1, group=group)
    early = estimators.gray_test(time, cause, of=1, group=group, entry=np.zeros(len(time)))
    assert early.chi_squared == plain.chi_squared
    # All who enter at one time are followed from it on: times may be counted from there.
    later = estimators.gray_test(time + 5, cause, of=1, group=group, entry=np.full(len(time), 5))
    assert later.chi_squared == pytest.approx(plain.chi_squared, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(patients, st.floats(0.5, 8.5))
def test_splitting_records_at_a_time_changes_nothing(rows, cut):
    time, cause, entry, group = columns(rows)
    time, entry = np.append(time, [20, 20]), np.append(entry, [0, 0])
    cause, group = np.append(cause, [1, 0]), np.append(group, [0, 1])
    try:
        whole = estimators.gray_test(time, cause, of=1, group=group, entry=entry)
    except InputError as error:
        assert "everybody at risk" in str(error)  # noqa: PT017
        return
    split = (entry < cut) & (cut < time)
    pieces = estimators.gray_test(
        np.concatenate([np.where(split, cut, time), time[split]]),
        np.concatenate([np.where(split, 0, cause), cause[split]]),
        of=1,
        group=np.concatenate([group, group[split]]),
        entry=np.concatenate([entry, np.full(split.sum(), cut)]),
    )
    assert pieces.df == whole.df
    assert pieces.chi_squared == pytest.approx(whole.chi_squared, abs=1e-8)


@settings(max_examples=80, deadline=None)
@given(patients)
def test_the_risk_set_is_that_of_weights_for_who_had_another_event(rows):
    # Y (1 - F) / S = Y + the sum over other events before of G(t-) H(t-) / (G(X-) H(X-)).
    time, cause, entry, _ = columns(rows)
    time, entry = np.append(time, [20, 20]), np.append(entry, [0, 0])
    cause = np.append(cause, [1, 0])
    try:
        curves = estimators.cumulative_incidence(time, cause, entry=entry)
        rows_of = expanded(time, cause, entry)
    except InputError:
        return
    at_risk = estimators.number_at_risk(time, at=curves.time, entry=entry)
    before = np.concatenate([np.zeros((1, len(curves.causes))), curves.incidence[:-1]])
    free = np.concatenate([[1.0], curves.event_free[:-1]])
    mine = at_risk * (1 - before[:, curves.causes.index(1)]) / free
    weights = [
        rows_of.weight[(rows_of.entry < when) & (when <= rows_of.time)].sum()
        for when in curves.time
    ]
    own = curves.events[:, curves.causes.index(1)] > 0
    np.testing.assert_allclose(mine[own], np.array(weights)[own], atol=1e-9)


def expanded(time, cause, entry):
    one = np.zeros(len(time), dtype=int)
    times = time.astype(float)
    return expand(times, cause, entry_array(entry, times), np.ones(len(time)), one)


def test_groups_alike_differ_in_one_of_twenty_trials():
    # Censoring and entry differ between the groups, incidences don't.
    generator, trials, refused = np.random.default_rng(11), 300, np.zeros(2)
    for _ in range(trials):
        group = np.repeat([0, 1], 100)
        first = generator.random(200) < 0.6
        latent = np.where(first, generator.exponential(8, 200), generator.exponential(5, 200))
        late = generator.random(200) < np.where(group == 1, 0.7, 0.3)
        entry = late * generator.uniform(0, np.where(group == 1, 4, 2))
        left = generator.uniform(3, np.where(group == 1, 15, 30))
        cause = np.where(latent <= left, np.where(first, 1, 2), 0)
        time = np.minimum(latent, left)
        seen = time > entry
        for place, of in enumerate((1, 2)):
            test = estimators.gray_test(
                time[seen], cause[seen], of=of, group=group[seen], entry=entry[seen]
            )
            refused[place] += test.p < 0.05
    error = np.sqrt(0.05 * 0.95 / trials)
    assert (np.abs(refused / trials - 0.05) < 3 * error).all()


def test_a_group_whose_risk_set_is_exhausted_early_is_refused():
    with pytest.raises(InputError, match="entry: at 1 everybody at risk had the event"):
        estimators.gray_test(
            [1, 5, 6, 7], [1, 1, 0, 2], of=1, group=[0, 0, 1, 1], entry=[0, 2, 0, 0]
        )
