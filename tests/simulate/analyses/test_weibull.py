"""Independent: a two-dimensional grid on the same trials, ArviZ's Pareto fit. Limit: shape 1."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.stats import t

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio, PointLogRatio
from oligotrial.simulate.analyses import analyse_trial
from oligotrial.simulate.analyses.importance import pareto_shape
from oligotrial.simulate.analyses.weibull import lattice
from oligotrial.trial.decide import PosteriorProbability, WeibullPosterior

PRIOR = MixtureLogRatio([(0.5, NormalLogRatio(0.0, 0.2)), (0.5, NormalLogRatio(-0.43, 0.5))])
SHAPE_SD, OWN = 0.35, 0.01


def trial(patients, *, seed, strata=1, shape=1.3, log_ratio=-0.35):
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.arange(patients) % 2)
    stratum = rng.integers(strata, size=patients)
    scale = 12.0 * np.exp(-log_ratio * arm / shape) * (1 + 0.3 * stratum)
    latent, censored = scale * rng.weibull(shape, patients), rng.uniform(3.0, 30.0, patients)
    return np.minimum(latent, censored), {
        "event": (latent <= censored) * 1,
        "arm": arm,
        "stratum": stratum,
    }


def on_a_grid(time, event, arm, stratum, prior):
    """Posterior probability below 1, mean, sd, from every patient's likelihood."""
    logs = np.log(time / (time.sum() / event.sum()))
    theta, kappa = np.linspace(-5.0, 5.0, 2001), np.linspace(-1.6, 1.6, 401)
    shape = np.exp(kappa)
    height = event.sum() * kappa + (shape - 1) * (event @ logs) - 0.5 * (kappa / SHAPE_SD) ** 2
    height = height[:, None] + (event @ arm) * theta
    power = np.exp(shape[:, None] * logs)
    for s in np.unique(stratum):
        zero, one = (power[:, (stratum == s) & (arm == a)].sum(axis=1)[:, None] for a in (0, 1))
        height = height - (OWN + event[stratum == s].sum()) * np.log(
            OWN + zero + one * np.exp(theta)
        )
    pairs = zip(prior.weights, prior.means, prior.sds, strict=True)
    height = height + np.log(
        sum(w / s * np.exp(-0.5 * ((theta - m) / s) ** 2) for w, m, s in pairs)
    )
    mass = np.exp(height - height.max()).sum(axis=0)
    mass /= mass.sum()
    mean, middle = mass @ theta, theta.size // 2
    spread = np.sqrt(mass @ (theta - mean) ** 2)
    return mass[:middle].sum() + mass[middle] / 2, mean, spread


@pytest.mark.parametrize("prior", [NormalLogRatio(0.0, 0.7), PRIOR], ids=["normal", "mixture"])
def test_against_a_grid_on_simulated_trials(prior):
    """What docs/analyses.md reports: errors of the probability, corrected and by Laplace alone."""
    errors, laplace, effective = [], [], []
    for seed in range(24):
        patients = (24, 60, 120, 300)[seed % 4]
        time, rest = trial(patients, seed=seed, strata=1 + seed % 3)
        found = analyse_trial(WeibullPosterior(0.95, prior), time, **rest)
        below, mean, spread = on_a_grid(time, **rest, prior=prior)
        assert found["estimate"] == pytest.approx(mean, abs=1e-4)
        assert found["std_error"] == pytest.approx(spread, abs=1e-4)
        errors.append(found["statistic"] - below)
        laplace.append(found["laplace"] - below)
        effective.append(found["effective"])
        assert found["pareto_k"] < 0.5
    assert np.abs(errors).max() < 6e-5
    assert min(effective) > 0.9
    if prior is PRIOR:  # the correction is worth its time
        assert np.abs(laplace).max() > 100 * np.abs(errors).max()


def test_without_freedom_of_the_shape_it_is_the_exponential_model():
    for seed in range(6):
        time, rest = trial(90, seed=seed, strata=2)
        fixed = WeibullPosterior(0.95, PRIOR, shape_sd=1e-5, points=50)
        found = analyse_trial(fixed, time, **rest)
        expected = analyse_trial(PosteriorProbability(0.95, PRIOR, intervals=()), time, **rest)
        assert found["statistic"] == pytest.approx(expected["statistic"], abs=1e-6)
        assert found["estimate"] == pytest.approx(expected["estimate"], abs=1e-6)
        assert found["std_error"] == pytest.approx(expected["std_error"], abs=2e-5)


def test_shape_is_found_in_a_large_trial():
    time, rest = trial(4000, seed=1, shape=1.6)
    found = analyse_trial(WeibullPosterior(0.95, NormalLogRatio(0.0, 2.0)), time, **rest)
    assert found["shape"] == pytest.approx(1.6, abs=0.06)
    assert found["estimate"] == pytest.approx(-0.35, abs=4 * found["std_error"])


def test_pareto_shape_is_arviz():
    rng = np.random.default_rng(2)
    for shape in (0.1, 0.5, 0.9):
        values = np.sort(((1 - rng.random(70)) ** -shape - 1) / shape)
        expected, _ = array_stats._gpdfit(values)
        assert pareto_shape(values, np.empty(200)) == pytest.approx(expected, abs=1e-10)


def test_lattice_is_a_t_distribution():
    places = lattice(2000)
    for x in (-2.0, -0.3, 1.0):
        assert np.mean(places < x) == pytest.approx(t.cdf(x, 5), abs=1e-3)


def test_nothing_known_without_events_and_no_points():
    rest = {"event": [0, 0], "arm": [0, 1]}
    found = analyse_trial(WeibullPosterior(0.95, PRIOR), [3.0, 4.0], **rest)
    assert np.isnan(list(found.values())).all()
    with pytest.raises(InputError, match="prior: the prior has a point"):
        WeibullPosterior(
            0.95, MixtureLogRatio([(0.5, PointLogRatio(0.0)), (0.5, NormalLogRatio(0.0, 1.0))])
        )
