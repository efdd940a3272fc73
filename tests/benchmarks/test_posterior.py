"""Speed of the exact Bayesian analysis of a trial, side by side with the log-rank of the same.

Run with `make bench`. 10,000 trials of 120 patients, 5 intervals: the log-rank with the sorting
it needs; cut points at event quantiles, table and posterior probability; quantiles besides.
"""

import numpy as np
import pytest
from numba import njit

from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio, components
from oligotrial.estimators.piecewise_kernels import (
    GRID_COLUMNS,
    NODES,
    fill_event_cuts,
    fill_pieces,
    fill_summary,
    fill_table,
    posterior_quantile,
)
from oligotrial.estimators.two_arm import stratified_logrank_score
from oligotrial.simulate.kernels import sort_times

TRIALS, PATIENTS, INTERVALS = 10_000, 120, 5
NORMAL = NormalLogRatio(0.0, 0.7)
MIXTURE = MixtureLogRatio([(0.5, NormalLogRatio(0.0, 0.2)), (0.5, NormalLogRatio(-0.43, 0.5))])


@njit
def log_ranks(time, event, arm, stratum, found):
    patients = time.shape[1]
    order, bucket = np.empty(patients, np.int64), np.empty(patients, np.int64)
    ends = np.empty(patients + 1, np.int64)
    for k in range(time.shape[0]):
        sort_times(order, time[k], patients, bucket, ends)
        score, variance = stratified_logrank_score(order, time[k], event[k], arm, stratum, 1)
        found[k, 0] = score / np.sqrt(variance)


@njit
def posteriors(time, event, arm, stratum, found, prior, intervals, quantiles):
    patients = time.shape[1]
    order, bucket = np.empty(patients, np.int64), np.empty(patients, np.int64)
    ends = np.empty(patients + 1, np.int64)
    cuts, table, beyond = (
        np.empty(intervals - 1),
        np.empty((4, intervals)),
        np.empty((2, intervals)),
    )
    pieces, external, bounds = np.empty((3, intervals)), np.zeros((2, intervals)), np.zeros(1)
    density = np.empty((prior.shape[1], NODES))
    grids = np.empty((prior.shape[1], GRID_COLUMNS))
    for k in range(time.shape[0]):
        sort_times(order, time[k], patients, bucket, ends)
        fill_event_cuts(cuts, order, time[k], event[k], patients)
        fill_table(table, beyond, time[k], event[k], arm, stratum, cuts, patients)
        slope, kept = fill_pieces(pieces, table, external, 0.01, 0.0)
        fill_summary(found[k, :4], bounds, density, grids, prior, slope, pieces, kept)
        for q in range(quantiles.size):
            found[k, 4 + q] = posterior_quantile(
                quantiles[q], density, grids, prior, slope, pieces, kept
            )


@pytest.fixture(scope="module")
def trials():
    rng = np.random.default_rng(1)
    arm = np.tile([0, 1], PATIENTS // 2)
    latent = rng.exponential(9.0 / np.log(2.0), (TRIALS, PATIENTS)) / np.where(arm, 0.65, 1.0)
    censored = rng.uniform(9.0, 33.0, (TRIALS, PATIENTS))
    event = (latent <= censored).astype(np.int64)
    return np.minimum(latent, censored), event, arm, np.zeros(PATIENTS, np.int64)


def run(benchmark, function, trials, *rest):
    found = np.empty((TRIALS, 7))
    function(*(part[:2] for part in trials[:2]), *trials[2:], found, *rest)
    benchmark(function, *trials, found, *rest)
    return found


@pytest.mark.benchmark(group=f"analyses of {TRIALS} trials, one core")
def test_log_rank(benchmark, trials):
    found = run(benchmark, log_ranks, trials)
    assert found[:, 0].mean() == pytest.approx(-2.0, abs=0.2)


@pytest.mark.benchmark(group=f"analyses of {TRIALS} trials, one core")
@pytest.mark.parametrize("prior", [NORMAL, MIXTURE], ids=["normal", "mixture"])
@pytest.mark.parametrize("quantiles", [(), (0.025, 0.5, 0.975)], ids=["", "quantiles"])
def test_posterior(benchmark, trials, prior, quantiles):
    rest = components(prior), INTERVALS, np.array(quantiles)
    found = run(benchmark, posteriors, trials, *rest)
    assert 0.9 < found[:, 3].mean() < 0.99
