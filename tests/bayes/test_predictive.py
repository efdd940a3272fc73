"""Identities of replicated follow-up, limits, and p-values under a model that is true.

Posteriors are exact gamma draws as in test_loo, so that nothing is sampled.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import predict
from oligotrial.bayes.predictive import predictive_check
from oligotrial.bayes.replicate import FollowUp
from oligotrial.checks import InputError
from oligotrial.estimators import kaplan_meier
from oligotrial.hazard import Exponential

from .test_loo import cohort_of, gamma_fit, rows

NAMES = {"time": "time", "event": "event"}


def test_the_censored_stay_censored_when_they_were(rng):
    """Under a hazard of next to nothing everybody is censored, the censored at their times."""
    frame = rows(80, seed=1)
    followed = FollowUp.of(frame, **NAMES)
    seen = followed.replicate(Exponential(np.full((20, 80), 1e-9)), rng, samples=20)
    assert not seen.event.any()
    was = (frame["event"] == 0).to_numpy()
    np.testing.assert_allclose(seen.time[:, was], np.tile(frame["time"][was], (20, 1)))
    assert np.all(seen.time[:, ~was] >= frame["time"][~was].to_numpy())


def test_events_come_from_the_hazard(rng):
    """With a short follow-up far away, all events are seen and exponential."""
    frame = pd.DataFrame({"time": np.full(50, 1e5), "event": [1] + [0] * 49})
    followed = FollowUp.of(frame, **NAMES)
    seen = followed.replicate(Exponential(np.full((40, 50), 0.1)), rng, samples=40)
    assert np.all(seen.event == 1)
    assert stats.kstest(seen.time.ravel(), stats.expon(scale=10.0).cdf).pvalue > 1e-3


def test_late_entrants_are_event_free_at_entry(rng):
    frame = rows(60, seed=2)
    frame = frame.assign(entry=frame["time"] * 0.5)
    followed = FollowUp.of(frame, **NAMES)
    seen = followed.replicate(Exponential(np.full((50, 60), 0.05)), rng, samples=50)
    assert np.all(seen.time > frame["entry"].to_numpy())
    after = (seen.time - frame["entry"].to_numpy())[seen.event == 1]
    assert after.size > 500


def test_fresh_censoring_has_the_distribution_of_the_cohorts(rng):
    """Reverse Kaplan-Meier of many new patients is that of the cohort."""
    frame = rows(200, seed=3)
    followed = FollowUp.of(frame, **NAMES).fresh().taken(rng.integers(0, 200, 4000))
    seen = followed.replicate(Exponential(np.full((1, 4000), 0.06)), rng)
    own = kaplan_meier(frame["time"], 1 - frame["event"])
    again = kaplan_meier(seen.time[0], 1 - seen.event[0])
    grid = np.linspace(5.0, 35.0, 7)
    np.testing.assert_allclose(again.at(grid), own.at(grid), atol=0.05)


def test_events_between_examinations_are_found_at_the_next(rng):
    frame = pd.DataFrame(
        {
            "time": [0.0, 2.0, 4.0, 9.0, 11.0, 30.0],
            "event": [1, 1, 1, 1, 1, 0],
            "time_upper": [2.0, 4.0, 6.5, 11.0, 13.0, np.inf],
        }
    )
    followed = FollowUp.of(frame, **NAMES)
    np.testing.assert_allclose(followed.gaps, [2.0, 2.0, 2.5, 2.0, 2.0])
    seen = followed.replicate(Exponential(np.full((200, 6), 0.1)), rng, samples=200)
    had = seen.event == 1
    assert np.all(seen.upper[had] > seen.time[had])
    assert np.all((seen.upper - seen.time)[had] <= 2.5 + 1e-9)
    assert np.all(np.isnan(seen.upper[~had]))
    np.testing.assert_allclose(seen.time[:, 5][~had[:, 5]], 30.0)
    table = followed.replicate(Exponential(np.full((1, 6), 0.1)), rng)
    made = type(table)(*(each[0] for each in (table.time, table.event, table.upper)))
    shown = made.rows(frame, **NAMES)
    assert set(shown) == {"time", "event", "time_upper"}


def test_a_true_model_is_not_refused():
    """Sixty cohorts of a true model: p-values are no smaller than uniform ones."""
    found = []
    for seed in range(60):
        frame = rows(60, seed=100 + seed)
        check = predictive_check(gamma_fit(frame, draws=100), cohort_of(frame), replicates=100)
        found.append(check.statistics.set_index("statistic")["p_value"])
        assert check.replicates == 100
    distances = pd.DataFrame(found)["largest distance of curves"]
    assert stats.binomtest(int((distances < 0.1).sum()), 60, 0.1).pvalue > 1e-3
    assert (distances < 0.1).mean() <= 0.25


def test_a_plateau_is_told_of_an_exponential_model():
    """Half are cured: the curve flattens, the exponential's doesn't."""
    rng = np.random.default_rng(5)
    latent = np.where(rng.uniform(size=200) < 0.5, np.inf, rng.exponential(4.0, 200))
    censored = rng.uniform(30.0, 60.0, 200)
    frame = pd.DataFrame(
        {"time": np.minimum(latent, censored), "event": (latent <= censored).astype(int)}
    )
    check = predictive_check(gamma_fit(frame), cohort_of(frame), replicates=300)
    told = " ".join(check.failures)
    assert "cured share" in told
    late = check.curves.iloc[-1]
    assert late["observed"] > late["upper"]


def test_bands_hold_the_curve_of_a_true_model():
    """95% pointwise bands of 200 patients: most of the curve is inside."""
    frame = rows(200, seed=4)
    check = predictive_check(gamma_fit(frame), cohort_of(frame), replicates=400)
    inside = check.curves["observed"].between(check.curves["lower"], check.curves["upper"])
    assert inside.mean() > 0.8
    assert check.failures == ()
    assert np.all(check.curves["lower"] <= check.curves["upper"])


def test_draws_of_a_reconstruction_are_compared_each_with_itself():
    """One draw of short, one of long times: the pooled model is wrong for both, each is right."""
    short, long = rows(60, seed=6), rows(60, seed=7)
    long = long.assign(time=long["time"] * 20.0)
    check = predictive_check(gamma_fit(short, long), cohort_of(short, long), replicates=200)
    assert check.replicates == 200
    assert check.failures == ()


def test_groups_are_compared_apart():
    """Equal hazards are assumed; one group has five times the other's."""
    quick, slow = rows(80, seed=8), rows(80, seed=9)
    quick = quick.assign(time=quick["time"] / 5.0, arm="quick")
    both = pd.concat([quick, slow.assign(arm="slow")], ignore_index=True)
    check = predictive_check(gamma_fit(both), cohort_of(both), by="arm", replicates=200)
    assert set(check.curves["group"]) == {"quick", "slow"}
    assert any("of quick" in text for text in check.failures)


def test_blocks_change_nothing_but_the_random_numbers(monkeypatch):
    frame = rows(50, seed=4)
    fit, cohort = gamma_fit(frame, draws=100), cohort_of(frame)
    first = predictive_check(fit, cohort, replicates=60)
    monkeypatch.setattr(predict, "CELLS", 200)
    second = predictive_check(fit, cohort, replicates=60)
    assert len(first.curves) == len(second.curves)
    np.testing.assert_allclose(first.curves["median"], second.curves["median"], atol=0.1)


def test_mistakes_are_told():
    frame = rows(30, seed=1)
    fit, cohort = gamma_fit(frame, draws=100), cohort_of(frame)
    with pytest.raises(InputError, match="no column 'arn'"):
        predictive_check(fit, cohort, by="arn")
    with pytest.raises(InputError, match="at least 1"):
        predictive_check(fit, cohort, replicates=0)
