"""Identity: with the same visits for all, Sun's scores are the log-rank's; exact times; order.

Closed form: the information with the same visits for all. Independent: R's glm of patients and
visits, and numDeriv's derivatives of the likelihood where visits differ.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.simulate.analyses import analyse_trial
from oligotrial.trial.decide import (
    FINKELSTEIN,
    INFORMATION,
    PERMUTATION,
    SUN,
    IntervalLogRank,
    LogRank,
)

ORACLES = Path(__file__).parents[2] / "oracles"
R = json.loads((ORACLES / "r_interval_information.json").read_text())


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


@pytest.mark.parametrize("variance", [PERMUTATION, INFORMATION])
@pytest.mark.parametrize("scores", [SUN, FINKELSTEIN])
def test_only_the_order_of_times_counts(scores, variance):
    rng = np.random.default_rng(2)
    arm = np.arange(90) % 2
    latent, left = rng.exponential(9.0 * (1 + arm), 90), rng.uniform(4, 30, 90)
    before = np.floor(np.minimum(latent, left) / 2.8) * 2.8 + rng.uniform(0, 0.4, 90)
    event = (latent <= left) * 1
    upper = before + 2.8 * event
    rest = {"event": event, "arm": arm}
    analysis = IntervalLogRank(0.1, scores, variance=variance)
    found = analyse_trial(analysis, upper, lower=before, **rest)
    turned = analyse_trial(analysis, upper**2, lower=before**2, **rest)
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


def read(name):
    """Return the arguments of `analyse_trial` for one of R's data sets."""
    table = pd.read_csv(ORACLES / f"interval_{name}.csv")
    arm = table["group"] - (name == "lung")
    kept = table["lower"] < table["upper"]
    table, arm = table[kept], arm[kept]
    seen = np.isfinite(table["upper"])
    return np.where(seen, table["upper"], table["lower"]), {
        "event": seen * 1,
        "arm": arm,
        "lower": table["lower"],
        "stratum": table["stratum"] if "stratum" in table else np.zeros(len(table)),
    }


@pytest.mark.parametrize("scores", [SUN, FINKELSTEIN], ids=lambda scores: scores.name)
@pytest.mark.parametrize("name", ["visits", "calendars", "calendars_strata", "cosmesis", "lung"])
def test_score_and_information_are_the_likelihoods_derivatives(name, scores):
    time, rest = read(name)
    found = analyse_trial(IntervalLogRank(0.1, scores, variance=INFORMATION), time, **rest)
    for made in [R[name], R["glm"]] if name == "visits" else [R[name]]:
        made = made[scores.name.lower()]
        assert score(found) == pytest.approx(made["score"], abs=1e-9)
        assert found["std_error"] ** -2 == pytest.approx(made["information"], abs=1e-8)


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)),
        min_size=6,
        max_size=60,
    )
)
@settings(max_examples=100, deadline=None)
def test_information_with_common_visits_is_the_log_rank_variance_but_for_its_correction(rows):
    """The log-rank's has n - 1 in place of n: sum of n1 n0 / n h (1 - h) over visits."""
    visit, event, arm, stratum = (np.array(column) for column in zip(*rows, strict=True))
    expected = 0.0
    for s in (0, 1):
        for k in np.unique(visit[(event == 1) & (stratum == s)]):
            risk = (visit >= k) & (stratum == s)
            n, n1 = risk.sum(), (risk & (arm == 1)).sum()
            hazard = (risk & (visit == k) & (event == 1)).sum() / n
            expected += n1 * (n - n1) / n * hazard * (1 - hazard)
    rest = {"event": event, "arm": arm, "stratum": stratum}
    found = analyse_trial(
        IntervalLogRank(0.1, variance=INFORMATION),
        2.0 * visit,
        lower=2.0 * visit - 2 * event,
        **rest,
    )
    if expected < 1e-9:
        assert np.isnan(found["statistic"])
    else:
        assert found["std_error"] ** -2 == pytest.approx(expected, rel=1e-8)


def test_calendars_that_differ_bias_the_log_rank_of_dates_but_not_the_score():
    """Two arms alike, seen every 6 or every 2 months: what the date of detection makes of it."""
    rng = np.random.default_rng(8)
    arm = np.arange(2000) % 2
    latent, left = rng.exponential(9.0, 2000), rng.uniform(10.0, 30.0, 2000)
    every = np.where(arm == 1, 2.0, 6.0)
    before = np.floor(np.minimum(latent, left) / every) * every
    event = ((latent <= left) & (before + every <= left)) * 1
    upper = np.where(event, before + every, before)
    rest = {"event": event, "arm": arm}
    dates = analyse_trial(LogRank(0.1), upper, **rest)["statistic"]
    for scores in (SUN, FINKELSTEIN):
        analysis = IntervalLogRank(0.1, scores, variance=INFORMATION)
        found = analyse_trial(analysis, upper, lower=before, **rest)
        assert abs(found["statistic"]) < 2.0 < 5.0 < abs(dates)
