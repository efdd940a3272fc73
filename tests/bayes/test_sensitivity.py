"""Closed forms: how far a normal posterior moves when a part of it is raised to a power."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from oligotrial.bayes import (
    Dirichlet,
    Fit,
    LogNormal,
    Normal,
    Parameter,
    Priors,
    SurvivalModel,
    Weibull,
    diagnose,
)
from oligotrial.bayes.sensitivity import LIMIT, POWERS, log_prior, sensitivity

from .test_loo import cohort_of, gamma_fit, rows


def distance(draws, log_density) -> float:
    weights = [diagnose.power_scale_weights(log_density, power) for power in POWERS]
    return diagnose.power_scale_distance(draws, *weights, POWERS)


def test_the_limit_is_a_move_by_a_quarter_of_a_standard_deviation(rng):
    """N(0, 1) with a part exp(c x): the power 2 moves the mean by c, so c = 0.25 / log(2)
    moves it by a quarter for each doubling near 1."""
    draws = rng.normal(size=(4, 4000))
    found = distance(draws, 0.25 / np.log(2.0) * draws)
    assert found == pytest.approx(LIMIT, rel=0.1)


def test_a_part_that_is_flat_moves_nothing(rng):
    draws = rng.normal(size=(4, 1000))
    assert distance(draws, 1e-9 * rng.normal(size=(4, 1000))) < 1e-6


def test_a_wide_prior_moves_little_and_a_tight_one_much():
    """Gamma posteriors of a rate under priors on the log median."""
    frame = rows(60, seed=1)
    fit, cohort = gamma_fit(frame), cohort_of(frame)
    shape = fit.posterior["shape"] * np.exp(
        0.1 * np.random.default_rng(3).normal(size=fit.posterior["shape"].shape)
    )
    fit = Fit(fit.model, fit.posterior.assign(shape=shape), fit.statistics, fit.label)
    found = {}
    for sd in (2.0, 0.05):
        model = SurvivalModel(
            "Surv(time, event) ~ 1",
            Weibull(),
            Priors((("median", LogNormal(20.0, sd)), ("shape", LogNormal(1.0, 1.0)))),
        )
        other = Fit(model, fit.posterior, fit.statistics, fit.label)
        table = sensitivity(other, cohort).table.set_index("quantity")
        found[sd] = table.loc["median"]
    assert found[2.0]["prior"] < LIMIT
    assert found[2.0]["finding"] == ""
    assert found[0.05]["prior"] > LIMIT
    assert found[0.05]["strongest_prior"] == "median"
    assert "prior of median" in found[0.05]["finding"]
    assert found[2.0]["likelihood"] > LIMIT


def test_each_draw_of_a_reconstruction_is_judged_in_its_own_posterior():
    """Posteriors far apart: judged together, their likelihoods would look like a conflict."""
    near, far = rows(60, seed=1), rows(60, seed=2)
    far = far.assign(time=far["time"] * 50.0)
    alone = sensitivity(gamma_fit(near), cohort_of(near)).table.set_index("quantity")
    both = sensitivity(gamma_fit(near, far), cohort_of(near, far)).table.set_index("quantity")
    assert both.loc["median", "likelihood"] == pytest.approx(
        alone.loc["median", "likelihood"], rel=0.25
    )


@pytest.mark.parametrize(
    ("prior", "scipys"),
    [(Normal(0.2, 0.5), stats.norm(0.2, 0.5)), (LogNormal(3.0, 0.4), stats.lognorm(0.4, scale=3))],
)
def test_log_priors_are_scipys(prior, scipys, rng):
    values = np.abs(rng.normal(size=(2, 10)))
    posterior = xr.Dataset(
        {"x": (("chain", "draw"), values)}, coords={"cohort_draw": ("chain", [0, 0])}
    )
    fit = Drawn(posterior, Parameter("x", prior))
    np.testing.assert_allclose(
        log_prior(fit, Parameter("x", prior)), scipys.logpdf(values).ravel(), rtol=1e-12
    )


def test_the_dirichlets_log_prior_differs_from_scipys_by_a_constant(rng):
    shares = rng.dirichlet([2.0] * 3, size=(2, 10))
    posterior = xr.Dataset(
        {"x": (("chain", "draw", "k"), shares)}, coords={"cohort_draw": ("chain", [0, 0])}
    )
    parameter = Parameter("x", Dirichlet(2.0), size=3)
    ours = log_prior(Drawn(posterior, parameter), parameter)
    theirs = [stats.dirichlet([2.0] * 3).logpdf(each) for each in shares.reshape(-1, 3)]
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), atol=1e-9)


class Drawn:
    """Nothing but draws."""

    def __init__(self, posterior, parameter):
        values = posterior["x"].to_numpy().reshape(20, -1)
        several = [values[:, [k]] for k in range(parameter.size)]
        self.draws = {"x": several if parameter.size else values}
