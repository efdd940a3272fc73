"""Independent: the likelihood by `oligotrial.hazard`, 60,000 draws. Limits: exponential."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import f, multivariate_t, norm

from oligotrial.checks import InputError
from oligotrial.estimators import MixtureLogRatio, NormalLogRatio, PointLogRatio
from oligotrial.estimators.log_ratio_prior import components
from oligotrial.simulate.analyses import analyse_trial
from oligotrial.simulate.analyses.mspline import points_of
from oligotrial.trial.decide import MSplinePosterior, PosteriorProbability

PRIOR = MixtureLogRatio([(0.5, NormalLogRatio(0.0, 0.2)), (0.5, NormalLogRatio(-0.43, 0.5))])
OWN = 0.01


def trial(patients, *, seed, strata=1, log_ratio=-0.35):
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.arange(patients) % 2)
    stratum = rng.integers(strata, size=patients)
    scale = 12.0 * np.exp(-log_ratio * arm / 1.3) * (1 + 0.3 * stratum)
    latent, censored = scale * rng.weibull(1.3, patients), rng.uniform(3.0, 30.0, patients)
    return np.minimum(latent, censored), {
        "event": (latent <= censored) * 1,
        "arm": arm,
        "stratum": stratum,
    }


def posterior(analysis, time, event, arm, stratum):
    """Log posterior of rows of log hazard ratio and coefficients, from the hazard's own basis."""
    basis = analysis.basis
    even = basis.even_weights() * basis.last
    density = np.array(basis.density(time)).T * even
    integral = np.array(basis.cumulative(time)).T * even * event.sum() / time.sum()
    weight, centre, sd = components(analysis.prior)

    def log_height(x):
        theta, scales = x[:, 0], np.exp(x[:, 1:])
        mean = x[:, 1:].mean(axis=1)
        height = -0.5 * (np.diff(x[:, 1:], axis=1) ** 2).sum(axis=1) / analysis.smoothness_sd**2
        height += -0.5 * (mean / 0.1) ** 2 + (event @ arm) * theta
        height += np.log(norm.pdf(theta[:, None], centre, sd) @ weight)
        height += np.log(scales @ density[event == 1].T).sum(axis=1)
        for s in np.unique(stratum):
            zero, one = (integral[(stratum == s) & (arm == a)].sum(axis=0) for a in (0, 1))
            exposure = OWN + scales @ zero + np.exp(theta) * (scales @ one)
            height -= (OWN + event[stratum == s].sum()) * np.log(exposure)
        return height

    return log_height


def by_draws(analysis, time, event, arm, stratum, *, draws=60_000):
    """Posterior probability below 1 and mean, each with its Monte Carlo standard error."""
    log_height = posterior(analysis, time, event, arm, stratum)
    size = analysis.basis.size + 1
    start = np.zeros(size)
    found = minimize(lambda x: -log_height(x[None])[0], start, options={"gtol": 1e-4})
    law = multivariate_t(found.x, found.hess_inv * 1.3, df=7, seed=5)
    x = law.rvs(draws)
    weight = log_height(x) - law.logpdf(x)
    weight = np.exp(weight - logsumexp(weight))
    results = []
    for value in (x[:, 0] < 0.0, x[:, 0]):
        mean = weight @ value
        results.append((mean, np.sqrt(np.sum((weight * (value - mean)) ** 2))))
    return results


@pytest.mark.parametrize("inner", [(), (6.0, 12.0)])
@pytest.mark.parametrize(("patients", "strata"), [(60, 1), (120, 3)])
def test_against_draws(inner, patients, strata):
    analysis = MSplinePosterior(0.95, PRIOR, inner, 24.0)
    for seed in range(2):
        time, rest = trial(patients, seed=seed, strata=strata)
        found = analyse_trial(analysis, time, **rest)
        (below, below_error), (mean, mean_error) = by_draws(analysis, time, **rest)
        # Beside the draws' error that of 256 points, 0.002 at most (docs/analyses.md).
        assert found["statistic"] == pytest.approx(below, abs=0.002 + 4 * below_error)
        assert found["estimate"] == pytest.approx(mean, abs=0.003 + 4 * mean_error)
        assert found["effective"] > 0.3
        assert found["pareto_k"] < 0.7


def test_smooth_to_the_last_is_the_exponential_model():
    """But for the coefficients' mean, which a hundredth of an event leaves some say."""
    for seed in range(4):
        time, rest = trial(90, seed=seed, strata=2)
        flat = MSplinePosterior(0.95, PRIOR, (8.0,), 24.0, smoothness_sd=1e-4, points=64)
        found = analyse_trial(flat, time, **rest)
        expected = analyse_trial(PosteriorProbability(0.95, PRIOR, intervals=()), time, **rest)
        assert found["statistic"] == pytest.approx(expected["statistic"], abs=2e-5)
        assert found["estimate"] == pytest.approx(expected["estimate"], abs=2e-5)


def test_large_trial_agrees_with_piecewise_hazards():
    time, rest = trial(3000, seed=1)
    wide = NormalLogRatio(0.0, 2.0)
    found = analyse_trial(MSplinePosterior(0.95, wide, (6.0, 12.0), 24.0), time, **rest)
    expected = analyse_trial(PosteriorProbability(0.95, wide), time, **rest)
    assert found["estimate"] == pytest.approx(expected["estimate"], abs=0.1 * found["std_error"])
    assert found["std_error"] == pytest.approx(expected["std_error"], rel=0.02)


def test_points_are_a_multivariate_t():
    points = points_of(4096, 5)
    np.testing.assert_allclose(np.cov(points.T), 9 / 7 * np.eye(5), atol=0.03)
    square = (points**2).sum(axis=1) / 5
    for level in (0.3, 1.0, 3.0):
        assert np.mean(square < level) == pytest.approx(f.cdf(level, 5, 9), abs=0.005)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MSplinePosterior(0.95, PointLogRatio(0.0), (), 24.0), "the prior has a point"),
        (lambda: MSplinePosterior(0.95, PRIOR, (30.0,), 24.0), "do not increase strictly"),
        (lambda: MSplinePosterior(0.95, PRIOR, (), 24.0, points=600), "not a power of 2"),
        (lambda: MSplinePosterior(0.95, PRIOR, tuple(range(1, 8)), 24.0), "at most 6"),
    ],
)
def test_mistakes(make, words):
    with pytest.raises(InputError, match=words):
        make()
