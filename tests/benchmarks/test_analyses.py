"""Speed of every analysis of a trial, side by side: 2,000 trials of 120 patients, sorted already.

Run with `make bench`. The log-rank is what the others are to be compared with.
"""

import numpy as np
import pytest
from numba import njit

from oligotrial.estimators import MixtureLogRatio, NormalLogRatio
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import analyse, compile_analyses
from oligotrial.trial.decide import (
    BY_SIZE,
    INFORMATION,
    SCORE,
    Commensurate,
    CoxTest,
    ExternalPatients,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    MSplinePosterior,
    PosteriorProbability,
    PowerPrior,
    PredictiveProbability,
    RestrictedMeanDifference,
    RobustMixture,
    WeibullPosterior,
    WeightedLogRank,
)

TRIALS, PATIENTS = 2_000, 120
NORMAL = NormalLogRatio(0.0, 0.7)
MIXTURE = MixtureLogRatio([(0.5, NormalLogRatio(0.0, 0.2)), (0.5, NormalLogRatio(-0.43, 0.5))])
EXTERNAL = ExternalPatients([3.0 + 0.7 * i for i in range(59)], [int(i % 3 > 0) for i in range(59)])
ANALYSES = {
    "log-rank": LogRank(0.1),
    "Fleming-Harrington (0, 1)": WeightedLogRank(0.1, FlemingHarrington(0.0, 1.0)),
    "modest weights": WeightedLogRank(0.1, ModestWeight(6.0)),
    "MaxCombo of 2": MaxCombo(0.1, (FlemingHarrington(), FlemingHarrington(0.0, 1.0))),
    "MaxCombo of 4": MaxCombo(0.1),
    "MaxCombo of 6": MaxCombo(
        0.1, tuple(FlemingHarrington(rho, gamma) for rho in (0.0, 1.0) for gamma in (0.0, 0.5, 1.0))
    ),
    "Cox, Wald": CoxTest(0.1),
    "Cox, score and its interval": CoxTest(0.1, SCORE),
    "restricted mean": RestrictedMeanDifference(0.1, 12.0),
    "milestone": MilestoneDifference(0.1, 9.0),
    "restricted mean, weighed by strata": RestrictedMeanDifference(0.1, 12.0, strata=BY_SIZE),
    "interval-censored, 12 weeks": IntervalLogRank(0.1),
    "interval-censored, information": IntervalLogRank(0.1, variance=INFORMATION),
    "posterior, normal prior": PosteriorProbability(0.95, NORMAL),
    "posterior, mixture": PosteriorProbability(0.95, MIXTURE),
    "posterior, interval besides": PosteriorProbability(0.95, NORMAL, level=0.95),
    "power prior": PosteriorProbability(0.95, NORMAL, borrowing=PowerPrior(EXTERNAL, 0.5)),
    "robust mixture": PosteriorProbability(0.95, NORMAL, borrowing=RobustMixture(EXTERNAL, 0.5)),
    "robust mixture, interval besides": PosteriorProbability(
        0.95, NORMAL, level=0.95, borrowing=RobustMixture(EXTERNAL, 0.5)
    ),
    "commensurate": PosteriorProbability(0.95, NORMAL, borrowing=Commensurate(EXTERNAL, 0.3)),
    "commensurate, interval besides": PosteriorProbability(
        0.95, NORMAL, level=0.95, borrowing=Commensurate(EXTERNAL, 0.3)
    ),
    "predictive probability": PredictiveProbability(0.1, LogRank(0.1), 120, MIXTURE),
    "Weibull": WeibullPosterior(0.95, NORMAL),
    "M-spline, 6 functions": MSplinePosterior(0.95, NORMAL, (6.0, 12.0), 24.0),
}


@njit
def analysed(found, time, lower, event, arm, stratum, strata, plan, room):
    order = np.arange(time.shape[1])
    for k in range(time.shape[0]):
        analyse(
            found[k],
            order,
            order.size,
            time[k],
            lower[k],
            event[k],
            arm[k],
            stratum[k],
            strata,
            plan,
            room,
            0,
            1,
        )


def trials(weeks=0.0):
    """Trials in ascending order of time, at visits or at once."""
    rng = np.random.default_rng(1)
    arm = np.tile(np.arange(PATIENTS) % 2, (TRIALS, 1))
    latent = rng.exponential(9.0 / np.log(2.0), arm.shape) / np.where(arm, 0.65, 1.0)
    censored = rng.uniform(9.0, 33.0, arm.shape)
    time = np.minimum(latent, censored)
    lower, event = time.copy(), (latent <= censored).astype(np.int64)
    if weeks:
        months = weeks / 4.348
        shift = rng.uniform(-0.25, 0.25, arm.shape)
        before = np.maximum(np.floor(time / months) * months + shift, 0.0)
        lower = np.where(before < time, before, 0.0)
        time = np.where(event, lower + months, lower)
    order = np.argsort(time, axis=1)
    return [np.take_along_axis(part, order, 1) for part in (time, lower, event, arm)]


@pytest.mark.benchmark(group=f"analyses of {TRIALS} sorted trials, one core")
@pytest.mark.parametrize("name", ANALYSES)
def test_analysis(benchmark, name):
    plan = compile_analyses([ANALYSES[name]])
    data = trials(12.0 if isinstance(ANALYSES[name], IntervalLogRank) else 0.0)
    stratum = np.zeros_like(data[2])
    found, room = np.empty((TRIALS, plan.width)), plan.room(PATIENTS, 1)
    first = [part[:2] for part in (found, *data, stratum)]
    analysed(*first, 1, plan.plan, room)
    benchmark.pedantic(analysed, (found, *data, stratum, 1, plan.plan, room), rounds=3)
    assert np.isfinite(found[:, 0]).all()
    assert found[:, 0].mean() > 0.5
