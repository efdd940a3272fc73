"""Identity: weights of 1, estimators on the same trial. Developer: what bad input is told."""

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.estimators import log_rank
from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio
from oligotrial.estimators.piecewise_posterior import piecewise_posterior
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import analyse, analyse_trial, compile_analyses
from oligotrial.trial.decide import (
    LogRank,
    MaxCombo,
    ModestWeight,
    PosteriorProbability,
    StepWeight,
    WeightedLogRank,
)

PRIOR = MixtureLogRatio([(0.4, NormalLogRatio(0.0, 0.2)), (0.6, NormalLogRatio(-0.4, 0.4))])


def trial(patients=120, *, seed=1, strata=3, digits=None):
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.arange(patients) % 2)
    stratum = rng.integers(strata, size=patients)
    latent = rng.exponential(10.0 * np.where(arm == 1, 1.5, 1.0) / (1 + 0.4 * stratum))
    censored = rng.uniform(3.0, 30.0, patients)
    time = np.minimum(latent, censored)
    if digits is not None:
        time = np.round(time, digits) + 1.0
    return time, {"event": (latent <= censored) * 1, "arm": arm, "stratum": stratum}


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize("digits", [None, 0])
def test_log_rank_is_that_of_the_estimators(stratified, digits):
    time, rest = trial(digits=digits)
    found = analyse_trial(LogRank(0.1, stratified=stratified), time, **rest)
    strata = rest["stratum"] if stratified else None
    expected = log_rank(time, rest["event"], group=rest["arm"], stratum=strata)
    assert found["statistic"] ** 2 == pytest.approx(expected.chi_squared, abs=1e-10)
    score = found["estimate"] / found["std_error"] ** 2
    assert score == pytest.approx(expected.observed[1] - expected.expected[1], abs=1e-10)


@pytest.mark.parametrize("digits", [None, 0])
def test_even_weights_are_the_log_rank(digits):
    time, rest = trial(digits=digits)
    expected = analyse_trial(LogRank(0.1), time, **rest)
    for weight in (FlemingHarrington(), StepWeight((5.0,), (1.0, 1.0)), ModestWeight(0.0)):
        found = analyse_trial(WeightedLogRank(0.1, weight), time, **rest)
        assert found == pytest.approx(expected, abs=1e-12)


def test_posterior_is_that_of_the_estimators_bit_for_bit():
    time, rest = trial()
    analysis = PosteriorProbability(0.95, PRIOR, also=(0.8,), level=0.9)
    found = analyse_trial(analysis, time, **rest)
    fit = piecewise_posterior(
        time,
        rest["event"],
        rest["arm"],
        strata=rest["stratum"],
        prior=PRIOR,
        bounds=(1.0, 0.8),
        level=0.9,
    )
    expected = [*fit.below[:1], fit.mean, fit.sd, fit.log_bayes_factor, fit.below[1]]
    assert list(found.values()) == [*expected, fit.lower, fit.upper]


def test_analyses_of_a_plan_do_not_disturb_each_other():
    time, rest = trial()
    analyses = [
        LogRank(0.1),
        MaxCombo(0.1, stratified=False),
        PosteriorProbability(0.9, PRIOR),
        WeightedLogRank(0.1, ModestWeight(6.0)),
        LogRank(0.1, stratified=False),
    ]
    plan = compile_analyses(analyses)
    row, order = np.full(plan.width, -9.0), np.argsort(time)
    columns = time, time, rest["event"], rest["arm"], rest["stratum"]
    analyse(row, order, time.size, *columns, 3, plan.plan, plan.room(time.size, 3), 0, 5)
    for number, analysis in enumerate(analyses):
        expected = analyse_trial(analysis, time, **rest)
        assert row[plan.columns_of(number)].tolist() == list(expected.values())
    alone = np.full(plan.width, -9.0)
    analyse(alone, order, time.size, *columns, 3, plan.plan, plan.room(time.size, 3), 3, 4)
    assert (alone != -9.0).nonzero()[0].tolist() == list(range(*plan.columns_of(3).indices(99)))


def test_without_events_nothing_is_known():
    rest = {"event": [0, 0, 0, 0], "arm": [0, 1, 0, 1]}
    for analysis in (LogRank(0.1), WeightedLogRank(0.1, ModestWeight(6.0)), MaxCombo(0.1)):
        assert np.isnan(list(analyse_trial(analysis, [1, 2, 3, 4], **rest).values())).all()


def test_what_is_no_analysis_is_refused():
    with pytest.raises(InputError, match="analysis: 'log-rank' is not an analysis; give one of"):
        compile_analyses(["log-rank"])
