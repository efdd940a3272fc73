"""Independent: the quadrature against NUTS, on the same simulated trials.

All trials are one PyMC model: hazards and hazard ratio of each are parameters of their own, the
counts are Poisson. Differences are judged after sampling error: the mean square of the difference
less that of NUTS's own standard error, and no difference beyond what chance explains.
"""

from dataclasses import dataclass

import arviz as az
import numpy as np
import nutpie
import pymc as pm
import pytest
from scipy import stats

from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio
from oligotrial.estimators.piecewise_posterior import piecewise_posterior
from oligotrial.estimators.piecewise_table import GammaBaseline

TRIALS, INTERVALS = 200, 5
CHAINS, DRAWS, TUNE, SEED = 2, 10_000, 500, 5
CUTS = (3.0, 6.0, 10.0, 15.0)
BASELINE = GammaBaseline(events=0.5, rate=0.08)
PRIOR = MixtureLogRatio([(0.5, NormalLogRatio(0.0, 0.2)), (0.5, NormalLogRatio(-0.43, 0.5))])
THRESHOLD = 0.95
WITHIN, WITHIN_LOG = 0.005, 0.01
"""What the posterior probability and the interval's ends may be off by."""


def simulated(rng):
    """Trials of 40 to 200 patients, hazard ratios 0.45 to 1.2: follow-up, event, arm."""
    for _ in range(TRIALS):
        patients, ratio = int(rng.integers(40, 201)), rng.uniform(0.45, 1.2)
        arm = rng.permutation(np.arange(patients) % 2)
        latent = rng.weibull(1.2, patients) * 10.0 * ratio ** (-arm / 1.2)
        censored = rng.uniform(3.0, 30.0, patients)
        yield np.minimum(latent, censored), (latent <= censored) * 1, arm


def counts(time, event, arm):
    """Events and exposure by arm and interval, shape (2, intervals), from numpy alone."""
    edges = np.array([0.0, *CUTS, np.inf])
    spent = np.clip(time[:, None], edges[:-1], edges[1:]) - edges[:-1]
    hit = (event[:, None] == 1) & (time[:, None] > edges[:-1]) & (time[:, None] <= edges[1:])
    return [np.array([part[arm == a].sum(axis=0) for a in (0, 1)]) for part in (hit, spent)]


@dataclass(frozen=True)
class Compared:
    """Each trial's figures by both, and NUTS's standard error; shape (trials,)."""

    exact: np.ndarray
    sampled: np.ndarray
    error: np.ndarray

    @property
    def excess(self):
        """Root mean square of the difference beyond sampling error."""
        square = np.mean((self.exact - self.sampled) ** 2) - np.mean(self.error**2)
        return np.sqrt(max(square, 0.0))

    @property
    def farthest(self):
        """Largest difference in standard errors."""
        return np.max(np.abs(self.exact - self.sampled) / np.maximum(self.error, 1e-4))


@pytest.fixture(scope="module")
def compared():
    trials = list(simulated(np.random.default_rng(SEED)))
    events, exposure = map(np.array, zip(*(counts(*trial) for trial in trials), strict=True))
    arms = np.array([0.0, 1.0])[None, :, None]
    with pm.Model() as model:
        weights, means, sds = PRIOR.weights, PRIOR.means, PRIOR.sds
        theta = pm.NormalMixture("theta", weights, means, sigma=sds, shape=TRIALS)
        rate = pm.Gamma(
            "rate", BASELINE.events, BASELINE.events / BASELINE.rate, shape=(TRIALS, INTERVALS)
        )
        seen = exposure > 0
        mean = rate[:, None, :] * pm.math.exp(theta[:, None, None] * arms) * exposure
        pm.Poisson("events", mean[seen.nonzero()], observed=events[seen])
    draws = (
        nutpie.sample(
            nutpie.compile_pymc_model(model),
            chains=CHAINS,
            draws=DRAWS,
            tune=TUNE,
            seed=SEED,
            progress_bar=False,
            store_divergences=False,
        )
        .posterior["theta"]
        .to_numpy()
    )
    fits = [
        piecewise_posterior(*trial, prior=PRIOR, cuts=CUTS, baseline_prior=BASELINE)
        for trial in trials
    ]
    below = (draws < 0.0).astype(float)
    share = below.mean(axis=(0, 1))
    exact = np.array([fit.below[0] for fit in fits])
    # The error of a share from its own spread would be 0 where no draw is on one side.
    size = np.array([az.ess(below[:, :, k], method="mean") for k in range(TRIALS)])
    size = np.where(np.isfinite(size), size, CHAINS * DRAWS / 4)
    found = {"probability": Compared(exact, share, np.sqrt(exact * (1 - exact) / size))}
    for name, p in (("lower", 0.025), ("upper", 0.975)):
        ends = np.array([getattr(fit, name) for fit in fits])
        error = [az.mcse(draws[:, :, k], method="quantile", prob=p) for k in range(TRIALS)]
        found[name] = Compared(ends, np.quantile(draws, p, axis=(0, 1)), np.array(error))
    return found


@pytest.mark.slow
def test_quadrature_and_nuts_agree(compared):
    probability = compared["probability"]
    flipped = (probability.exact > THRESHOLD) != (probability.sampled > THRESHOLD)
    for name, each in compared.items():
        print(  # noqa: T201 - the figures in docs/bayesian_analysis.md
            f"{name}: beyond sampling error {each.excess:.5f}, mean difference "
            f"{np.mean(each.exact - each.sampled):.5f}, largest "
            f"{np.max(np.abs(each.exact - each.sampled)):.4f} ({each.farthest:.1f} standard "
            f"errors), mean standard error {each.error.mean():.4f}"
        )
    print(f"decisions flipped: {flipped.sum()} of {TRIALS}")  # noqa: T201
    assert probability.excess < WITHIN
    assert compared["lower"].excess < WITHIN_LOG
    assert compared["upper"].excess < WITHIN_LOG
    # The largest of 200 normal differences exceeds this once in 1,000 runs.
    chance = stats.norm.isf(0.001 / TRIALS / 2)
    assert max(each.farthest for each in compared.values()) < chance
    # Where decisions differ the threshold lies within the sampling error.
    assert (np.abs(probability.exact - THRESHOLD) < 4 * probability.error)[flipped].all()
