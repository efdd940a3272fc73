"""Evidence: what a fit predicts is what its likelihood was computed with; closed forms; PyMC."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from scipy import stats

from oligotrial.bayes import Fit
from oligotrial.checks import InputError
from oligotrial.cohort import LEVELS
from oligotrial.hazard import Hazard, log_likelihood, quantile, survival

from .conftest import SHORT


def some_of(fit: Fit, each: int = 10) -> xr.Dataset:
    return fit.posterior.isel(draw=slice(None, None, each))


def test_the_prediction_is_the_likelihood(fit, reconstructed):
    """PyMC's pointwise log-likelihood against `log_likelihood` of the predicted hazard."""
    rows = reconstructed.frames()[2]
    built = fit.model.build(rows)
    few = replace(fit, posterior=some_of(fit))
    tree = xr.DataTree.from_dict({"posterior": few.posterior})
    pointwise = pm.compute_log_likelihood(
        tree, model=built, extend_inferencedata=False, progressbar=False,
        compile_kwargs={"mode": "FAST_COMPILE"},
    )  # fmt: skip
    theirs = pointwise["follow_up"].to_numpy().reshape(few.samples, len(rows))
    time, event = rows["time"].to_numpy(), rows["event"].to_numpy()
    ours = log_likelihood(few.hazard(rows), time, event)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def test_the_model_is_one_of_pymc_with_the_stated_priors(fit, reconstructed):
    built = fit.model.build(reconstructed.frames()[0])
    assert {variable.name for variable in built.free_RVs} == set(fit.posterior.data_vars)
    assert [variable.name for variable in built.observed_RVs] == ["follow_up"]
    assert built.potentials == []


def test_prior_draws_have_the_intervals_that_are_told(spline_fit, reconstructed):
    built = spline_fit.model.build(reconstructed.frames()[0])
    draws = pm.draw([built[name] for name in ("median", "bed", "smoothing")], 4000, random_seed=3)
    for name, values in zip(("median", "bed", "smoothing"), draws, strict=True):
        low, high = spline_fit.model.priors[name].interval
        inside = np.mean((values > low) & (values < high))
        assert abs(inside - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4000)


def test_a_hazard_has_a_row_a_draw_and_a_column_a_profile(fit, profiles):
    hazard = fit.hazard(profiles)
    assert isinstance(hazard, Hazard)
    assert hazard.cumulative_hazard(6.0).shape == (fit.samples, len(profiles))
    assert hazard.log_hazard(6.0).shape == (fit.samples, len(profiles))
    assert fit.log_hazard_ratios(profiles).shape == (fit.samples, len(profiles))
    assert fit.point_hazard(profiles).cumulative_hazard(6.0).shape == (1, len(profiles))


def test_profiles_don_t_depend_on_each_other(fit, profiles):
    together = fit.hazard(profiles).cumulative_hazard(9.0)
    for number in range(len(profiles)):
        alone = fit.hazard(profiles.iloc[[number]]).cumulative_hazard(9.0)
        np.testing.assert_array_equal(together[:, [number]], alone)


def test_weibull_survival_is_scipys(weibull_fit, profiles):
    """Survival S0(t) ** HR with scipy's Weibull for S0, draw by draw, then averaged."""
    draws, ratio = weibull_fit.draws, np.exp(weibull_fit.log_hazard_ratios(profiles))
    scale = draws["median"] / np.log(2.0) ** (1 / draws["shape"])
    months = np.array([0.0, 3.0, 12.0, 40.0])
    table = weibull_fit.survival(profiles, months)
    assert list(table.columns) == ["profile", "time", "survival", "mcse", "lower", "upper"]
    for month in months:
        curve = stats.weibull_min(draws["shape"], scale=scale).sf(month) ** ratio
        rows = table[table["time"] == month]
        np.testing.assert_allclose(rows["survival"], curve.mean(axis=0), rtol=1e-10)
        np.testing.assert_allclose(rows["lower"], np.quantile(curve, 0.025, axis=0), rtol=1e-10)
        np.testing.assert_allclose(rows["upper"], np.quantile(curve, 0.975, axis=0), rtol=1e-10)


def test_weibull_medians_have_a_closed_form(weibull_fit, profiles):
    """Where the hazard is HR times the reference's: median * HR ** (-1 / shape)."""
    draws = weibull_fit.draws
    ratio = weibull_fit.log_hazard_ratios(profiles)
    times = draws["median"] * np.exp(-ratio / draws["shape"])
    table = weibull_fit.medians(profiles)
    np.testing.assert_allclose(table["median"], np.median(times, axis=0), rtol=1e-9)
    np.testing.assert_allclose(table["lower"], np.quantile(times, 0.025, axis=0), rtol=1e-9)
    np.testing.assert_allclose(table["upper"], np.quantile(times, 0.975, axis=0), rtol=1e-9)


def test_survival_falls_from_1_within_its_interval(fit, profiles):
    table = fit.survival(profiles, np.linspace(0.0, 60.0, 13))
    assert np.all(table.loc[table["time"] == 0.0, "survival"] == 1.0)
    assert np.all(table["lower"] <= table["survival"])
    assert np.all(table["survival"] <= table["upper"])
    for _, curve in table.groupby("profile"):
        assert np.all(np.diff(curve["survival"]) < 0.0)


def test_the_point_hazard_is_in_the_middle_of_the_posterior(fit, profiles):
    medians = fit.medians(profiles)
    point = quantile(fit.point_hazard(profiles), 0.5)[0]
    np.testing.assert_allclose(point, medians["median"], rtol=0.1)
    np.testing.assert_allclose(
        fit.point_log_hazard_ratios(profiles)[0], fit.log_hazard_ratios(profiles).mean(axis=0)
    )


def test_beyond_the_last_knot_the_hazard_is_constant(spline_fit, profiles):
    last = spline_fit.model.baseline.last
    hazard = spline_fit.hazard(profiles)
    at_last = hazard.log_hazard(last)
    np.testing.assert_allclose(hazard.log_hazard(last + 24.0), at_last, rtol=1e-12)
    alive = survival(hazard, last) * np.exp(-24.0 * np.exp(at_last))
    np.testing.assert_allclose(survival(hazard, last + 24.0), alive, rtol=1e-9)


def test_effects_summarise_differences_of_predictions(fit):
    """Third against first line, for patients who are alike in everything else."""
    alike = {"schedule": "30 Gy in 5 fr", "subtype": "HER2+"}
    rows = pd.DataFrame([{**alike, "line": "third"}, {**alike, "line": "first"}])
    ratios = fit.log_hazard_ratios(rows)
    difference = ratios[:, 0] - ratios[:, 1]
    table = fit.effects().set_index(["term", "contrast"])
    shown = table.loc[("line", "third against first")]
    low, middle, high = np.exp(np.quantile(difference, [0.025, 0.5, 0.975]))
    assert shown["hazard_ratio"] == pytest.approx(middle, rel=1e-9)
    assert (shown["lower"], shown["upper"]) == pytest.approx((low, high), rel=1e-9)
    assert shown["probability_below_1"] == np.mean(difference < 0.0)
    assert 0.0 < shown["mcse_log_hr"] < difference.std() / 5.0


def test_effects_cover_every_term_and_level(fit):
    shown = fit.effects()
    assert len(shown) == 1 + (len(LEVELS["line"]) - 1) + len(LEVELS["subtype"])
    assert set(shown["term"]) == {"bed", "line", "subtype"}
    assert shown["contrast"].str.contains("per 10 Gy").sum() == 1


def test_the_stated_error_is_the_spread_between_fits(reconstructed, weibull):
    """Means of the log hazard ratio over eight seeds vary as `mcse_log_hr` says.

    The ratio of squares is chi-squared on 7 degrees of freedom: limits of probability 1e-4.
    """
    fits = [weibull.sample(reconstructed, replace(SHORT, seed=seed)) for seed in range(8)]
    means = [fit.draws["bed"].mean() for fit in fits]
    stated = np.mean([fit.effects()["mcse_log_hr"][0] ** 2 for fit in fits])
    statistic = 7.0 * np.var(means, ddof=1) / stated
    low, high = stats.chi2(7).ppf([1e-4, 1 - 1e-4])
    assert low < statistic < high


def test_every_parameter_of_the_posterior_has_a_prior_told(fit):
    table = fit.priors_table()
    assert list(table["parameter"]) == [each.name for each in fit.model.parameters]
    assert list(table.columns) == ["parameter", "prior", "implies"]


def test_a_profile_with_an_unknown_level_is_refused(fit, profiles):
    with pytest.raises(InputError, match="did you mean 'second'"):
        fit.hazard(profiles.assign(line="secnd"))
    with pytest.raises(InputError, match="there is no column 'subtype'"):
        fit.hazard(profiles.drop(columns="subtype"))
