"""Identity: with the same visits for all, Sun's scores are the log-rank's; exact times; order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.simulate.analyses import analyse_trial
from oligotrial.trial.decide import FINKELSTEIN, SUN, IntervalLogRank, LogRank


def score(found):
    return found["estimate"] / found["std_error"] ** 2


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)),
        min_size=6,
        max_size=60,
    )
)
@settings(max_examples=100, deadline=None)
def test_common_visits_give_the_discrete_log_rank_score(rows):
    """Visits every two months, everybody seen at all: O - E of the tied log-rank, to 1e-9."""
    visit, event, arm, stratum = (np.array(column) for column in zip(*rows, strict=True))
    rest = {"event": event, "arm": arm, "stratum": stratum}
    expected = analyse_trial(LogRank(0.1), 2.0 * visit, **rest)
    found = analyse_trial(
        IntervalLogRank(0.1), 2.0 * visit, lower=2.0 * visit - 2.0 * event, **rest
    )
    if np.isnan(expected["statistic"]) or np.isnan(found["statistic"]):
        return
    assert score(found) == pytest.approx(score(expected), abs=1e-9)


def test_exact_untied_times_give_the_log_rank_score():
    rng = np.random.default_rng(5)
    time, arm = rng.exponential(10.0, 80), np.arange(80) % 2
    event = (rng.random(80) < 0.7) * 1
    expected = analyse_trial(LogRank(0.1), time, event=event, arm=arm)
    found = analyse_trial(IntervalLogRank(0.1), time, event=event, arm=arm)
    assert score(found) == pytest.approx(score(expected), abs=1e-8)
    # The permutation variance is that of the scores, near the hypergeometric one.
    assert found["statistic"] == pytest.approx(expected["statistic"], abs=0.1)


@pytest.mark.parametrize("scores", [SUN, FINKELSTEIN])
def test_only_the_order_of_times_counts(scores):
    rng = np.random.default_rng(2)
    arm = np.arange(90) % 2
    latent, left = rng.exponential(9.0 * (1 + arm), 90), rng.uniform(4, 30, 90)
    before = np.floor(np.minimum(latent, left) / 2.8) * 2.8 + rng.uniform(0, 0.4, 90)
    event = (latent <= left) * 1
    upper = before + 2.8 * event
    rest = {"event": event, "arm": arm}
    found = analyse_trial(IntervalLogRank(0.1, scores), upper, lower=before, **rest)
    turned = analyse_trial(IntervalLogRank(0.1, scores), upper**2, lower=before**2, **rest)
    assert turned == pytest.approx(found, abs=1e-7)
    assert found["statistic"] > 0.5


def test_narrow_intervals_tend_to_exact_times():
    rng = np.random.default_rng(3)
    time, arm = np.sort(rng.exponential(10.0, 60)) + 0.1, rng.permutation(np.arange(60) % 2)
    event = (rng.random(60) < 0.8) * 1
    exact = analyse_trial(IntervalLogRank(0.1), time, event=event, arm=arm)
    near = analyse_trial(
        IntervalLogRank(0.1), time, event=event, arm=arm, lower=time - 1e-9 * event
    )
    assert near == pytest.approx(exact, abs=1e-7)
