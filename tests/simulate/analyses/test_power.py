"""Identity with `oligotrial.trial.monitoring`, which is held to rpact; limits; closed form.

Independent: a million futures drawn with numpy. Compiled rules against those of `trial.decide`.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio, PointLogRatio
from oligotrial.estimators.piecewise_posterior import piecewise_posterior
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
    BY_LIKELIHOOD,
    BY_SCORE,
    SCORE,
    AtLeast,
    Below,
    ConditionalPower,
    CoxTest,
    ExternalPatients,
    LogRank,
    PosteriorProbability,
    PowerPrior,
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
    assert before["statistic"] == pytest.approx(stats.norm.cdf(drift - FINAL.threshold), abs=1e-12)
    trend = analyse_trial(ConditionalPower(0.1, FINAL, 90), time, **nothing)
    assert np.isnan(trend["statistic"])


@pytest.mark.parametrize("final", [LogRank(0.10, stratified=False), CoxTest(0.10, bound=0.9)])
def test_conditional_power_of_another_final_test(final):
    """The drift and the limit that success needs, by hand; no effect asked for is the log-rank."""
    time, rest = interim()
    found = analyse_trial(ConditionalPower(0.5, final, 90, 0.65), time, **rest)
    now, bound = 45 / 4, getattr(final, "bound", 1.0)
    needed = np.log(bound) * 90 / 4 - final.threshold * (90 / 4) ** 0.5
    score = -found["z"] * now**0.5
    rest_sd = (90 / 4 - now) ** 0.5
    expected = stats.norm.cdf((needed - score - np.log(0.65) * now) / rest_sd)
    assert found["statistic"] == pytest.approx(expected, abs=1e-12)


FINALS = (
    LogRank(0.10),
    CoxTest(0.10, SCORE, bound=0.95),
    PosteriorProbability(0.85, MIXTURE),
    PosteriorProbability(0.9, NormalLogRatio(0.0, 0.4), intervals=(6.0, 12.0), stratified=False),
)


@pytest.mark.parametrize("final", FINALS, ids=lambda final: final.words[:60])
@pytest.mark.parametrize("by", [BY_SCORE, BY_LIKELIHOOD], ids=lambda by: by.name)
def test_at_the_end_the_final_analysis_itself_is_made(final, by):
    both = set()
    for seed in range(12):
        time, rest = interim(events=60, seed=seed)
        rest["stratum"] = np.arange(90) // 2 % 3
        made = analyse_trial(final, time, **rest)["statistic"] >= final.threshold
        expected = PredictiveProbability(0.5, final, 60, NormalLogRatio(0.0, 0.3), by=by)
        found = analyse_trial(expected, time, **rest)
        assert found["statistic"] == float(made)
        assert found["events"] == 60
        both.add(bool(made))
    assert both == {False, True}


def test_the_look_by_the_likelihood():
    """The estimate under a standard normal prior, less that prior, in place of the score's."""
    time, rest = interim()
    prior, final = NormalLogRatio(-0.1, 0.4), LogRank(0.10)
    found = analyse_trial(
        PredictiveProbability(0.1, final, 90, prior, by=BY_LIKELIHOOD), time, **rest
    )
    fit = piecewise_posterior(time, rest["event"], rest["arm"], prior=NormalLogRatio(0.0, 1.0))
    information = fit.sd**-2 - 1.0
    now, later = 45 / 4, 45 / 4
    score = fit.mean / fit.sd**2 / information * now
    shrink = 1.0 / (1.0 + now * prior.sd**2)
    mean = (prior.mean + score * prior.sd**2) * shrink
    spread = later + later**2 * prior.sd**2 * shrink
    expected = stats.norm.cdf((final_score(final, 22.5) - score - mean * later) / spread**0.5)
    assert found["statistic"] == pytest.approx(expected, abs=1e-9)
    by_score = analyse_trial(PredictiveProbability(0.1, final, 90, prior), time, **rest)
    assert {**found, "statistic": 0} == {**by_score, "statistic": 0}
    assert abs(found["statistic"] - by_score["statistic"]) < 0.1


def test_a_final_analysis_that_borrows_is_refused():
    final = PosteriorProbability(
        0.9, MIXTURE, borrowing=PowerPrior(ExternalPatients([3.0], [1]), 0.5)
    )
    with pytest.raises(InputError, match="final: success of a final analysis that borrows"):
        PredictiveProbability(0.1, final, 90, MIXTURE)


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
