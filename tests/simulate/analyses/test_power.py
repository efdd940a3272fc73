"""Identity with `oligotrial.trial.monitoring`, which is held to rpact; limits; closed form.

Independent: a million futures drawn with numpy. Compiled rules against those of `trial.decide`.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio, PointLogRatio
from oligotrial.simulate.analyses import analyse_trial, meets
from oligotrial.trial import (
    GroupSequential,
    LogNormalPrior,
    SequentialLogRank,
    UserSpending,
    conditional_power,
    predictive_power,
)
from oligotrial.trial.decide import (
    AtLeast,
    Below,
    ConditionalPower,
    LogRank,
    PosteriorProbability,
    PredictiveProbability,
    ThreeOutcomes,
    final_score,
    outcomes,
)

FINAL = LogRank(0.10)
MIXTURE = MixtureLogRatio(
    [(0.2, PointLogRatio(0.0)), (0.3, NormalLogRatio(0.0, 0.2)), (0.5, NormalLogRatio(-0.4, 0.4))]
)


def interim(events=45, *, patients=90, seed=4):
    """A trial cut at an event, without ties."""
    rng = np.random.default_rng(seed)
    arm = np.arange(patients) % 2
    time = rng.exponential(np.where(arm == 1, 14.0, 11.0))
    cut = np.sort(time)[events - 1]
    return np.minimum(time, cut), {"event": (time <= cut) * 1, "arm": arm}


def plan():
    """Only one analysis counts: nothing is spent at the look."""
    rule = GroupSequential((0.5, 1.0), 0.10, UserSpending((0.5, 1.0), (0.0, 0.10)))
    return SequentialLogRank(rule, 90)


@pytest.mark.parametrize("ratio", [1.0, 0.65])
def test_conditional_power(ratio):
    time, rest = interim()
    found = analyse_trial(ConditionalPower(0.5, FINAL, 90, ratio), time, **rest)
    expected = conditional_power(plan(), look=1, z=found["z"], hazard_ratio=ratio)
    assert found["statistic"] == pytest.approx(expected, abs=1e-9)
    assert found["events"] == 45


def test_conditional_power_under_the_trend():
    time, rest = interim()
    found = analyse_trial(ConditionalPower(0.5, FINAL, 90), time, **rest)
    seen = float(np.exp(-found["z"] / (45 / 4) ** 0.5))
    expected = analyse_trial(ConditionalPower(0.5, FINAL, 90, seen), time, **rest)
    assert found["statistic"] == pytest.approx(expected["statistic"], abs=1e-12)


def test_predictive_probability():
    time, rest = interim()
    found = analyse_trial(
        PredictiveProbability(0.1, FINAL, 90, NormalLogRatio(-0.1, 0.4)), time, **rest
    )
    expected = predictive_power(plan(), look=1, z=found["z"], prior=LogNormalPrior(-0.1, 0.4))
    assert found["statistic"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("final", [FINAL, PosteriorProbability(0.9, MIXTURE)])
def test_predictive_probability_of_a_mixture_against_drawn_futures(final):
    time, rest = interim()
    found = analyse_trial(PredictiveProbability(0.1, final, 90, MIXTURE), time, **rest)
    rng = np.random.default_rng(3)
    score, now, later = -found["z"] * (45 / 4) ** 0.5, 45 / 4, 45 / 4
    component = rng.choice(3, 1_000_000, p=MIXTURE.weights)
    theta = rng.normal(MIXTURE.means[component], MIXTURE.sds[component])
    weight = np.exp(-0.5 * (score - theta * now) ** 2 / now)
    end = score + rng.normal(theta * later, later**0.5)
    hit = end <= final_score(final, 90 / 4)
    share = (weight * hit).sum() / weight.sum()
    error = np.sqrt((weight**2 * (hit - share) ** 2).sum()) / weight.sum()
    assert found["statistic"] == pytest.approx(share, abs=4 * error)


def test_limits():
    time, rest = interim()
    point = PredictiveProbability(0.1, FINAL, 90, PointLogRatio(np.log(0.65)))
    given_ratio = ConditionalPower(0.1, FINAL, 90, 0.65)
    found, expected = (analyse_trial(a, time, **rest) for a in (point, given_ratio))
    assert found == pytest.approx(expected, abs=1e-12)
    ended = analyse_trial(ConditionalPower(0.1, FINAL, 45, 0.65), time, **rest)
    assert ended["statistic"] == float(ended["z"] >= FINAL.threshold)
    nothing = {"event": np.zeros(90, int), "arm": rest["arm"]}
    before = analyse_trial(ConditionalPower(0.1, FINAL, 90, 0.65), time, **nothing)
    drift = -np.log(0.65) * (90 / 4) ** 0.5
    from scipy.stats import norm

    assert before["statistic"] == pytest.approx(norm.cdf(drift - FINAL.threshold), abs=1e-12)
    trend = analyse_trial(ConditionalPower(0.1, FINAL, 90), time, **nothing)
    assert np.isnan(trend["statistic"])


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-1, 1)), min_size=1, max_size=20),
    st.floats(0, 2),
    st.floats(-2, 0),
)
@settings(max_examples=40, deadline=None)
def test_compiled_rule_is_that_of_the_protocol(values, up, down):
    rule = ThreeOutcomes(
        FINAL, go=(AtLeast(up), Below(0.1, "estimate")), stop=(Below(down), AtLeast(0, "estimate"))
    )
    rows = np.array([[z, estimate, 0.2] for z, estimate in values] + [[np.nan] * 3])
    assert [meets(row, rule.criteria) for row in rows] == outcomes(rule, rows).tolist()
