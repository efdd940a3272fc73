"""Evidence: quadrature over all parameters of a small model, beside the sampler's posterior."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import Sampler, SurvivalModel, Weibull, diagnose
from oligotrial.cohort import Cohort

SIZE = 59
TRUE_EFFECT, TRUE_CUT = 0.8, 0.2


def cohort() -> Cohort:
    rng = np.random.default_rng(1)
    x = rng.normal(size=SIZE)
    latent = 10.0 * rng.exponential(size=SIZE) / np.exp(TRUE_EFFECT * (x > TRUE_CUT))
    censored = rng.uniform(5.0, 40.0, SIZE)
    rows = {"x": x, "time": np.minimum(latent, censored), "event": (latent <= censored) * 1}
    return Cohort(pd.DataFrame(rows), label="simulated", source="test", draws=1)


def by_quadrature(model: SurvivalModel, rows: pd.DataFrame) -> dict[str, float]:
    """Return the posterior means of effect and cut-point, by sums on even grids.

    Written from the definitions: a Weibull hazard of median and shape, a logistic step of stated
    width between the patients' 10% and 90% quantiles.
    """
    prior = {each.name: each.prior for each in model.parameters}
    median = np.exp(np.linspace(np.log(4.0), np.log(60.0), 40))[:, None, None]
    shape = np.exp(np.linspace(np.log(0.5), np.log(2.2), 30))[None, :, None]
    effects, cuts = np.linspace(-1.6, 3.0, 47), np.linspace(0.005, 0.995, 100)
    time, event, x = (rows[name].to_numpy() for name in ("time", "event", "x"))
    low, high = np.quantile(x, [0.1, 0.9])
    scale = median / np.log(2.0) ** (1.0 / shape)
    cumulative = (time / scale) ** shape
    log_hazard = np.log(shape / scale) + (shape - 1.0) * np.log(time / scale)
    log_prior = sum(
        stats.norm(np.log(prior[name].median), prior[name].sd_log).logpdf(np.log(values[..., 0]))
        for name, values in (("median", median), ("shape", shape))
    )
    fixed = (log_hazard @ event) + log_prior
    total = np.empty((len(effects), len(cuts)))
    for j, cut in enumerate(cuts):
        rise = 2.0 * np.log(19.0) / (0.1 * (high - low))
        step = 1.0 / (1.0 + np.exp(-rise * (x - low - (high - low) * cut)))
        for i, effect in enumerate(effects):
            found = fixed + effect * (step @ event) - cumulative @ np.exp(effect * step)
            total[i, j] = np.logaddexp.reduce(found, axis=None)
    total += stats.norm(0.0, prior["x_step"].sd).logpdf(effects)[:, None]
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    return {
        "x_step": float(effects @ weight.sum(axis=1)),
        "x_cut": float(cuts @ weight.sum(axis=0)),
    }


@pytest.mark.slow
def test_the_posterior_of_a_cut_point_is_quadrature_s():
    """Means within 4 Monte Carlo standard errors."""
    patients = cohort()
    settings = Sampler(chains=4, tune=1000, draws=2000, seed=3)
    fit = SurvivalModel("Surv(time, event) ~ threshold(x)", Weibull()).fit(
        patients, settings=settings
    )
    for name, expected in by_quadrature(fit.model, patients.patients).items():
        draws = fit.draws[name]
        error = float(diagnose.mcse(fit.by_cohort_draw(draws))[0])
        assert error < 0.02
        assert abs(float(draws.mean()) - expected) < 4.0 * error
