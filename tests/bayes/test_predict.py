"""Closed forms, identities between measures, and scipy; Monte Carlo tolerances are stated.

Posteriors are made by hand here: draws of known distributions, so that nothing is sampled.
"""

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from oligotrial.bayes import Fit, MSpline, SurvivalModel, Weibull, diagnose, predict
from oligotrial.bayes.future import time_at
from oligotrial.bayes.measures import (
    MEDIAN,
    CumulativeHazard,
    HazardRate,
    Quantile,
    RestrictedMean,
    Survival,
    survival_at,
)
from oligotrial.bayes.populations import Population, mix
from oligotrial.checks import InputError
from oligotrial.hazard import Cure, Exponential, quantile


def made(model, parameters, *, chains=4, draws=250, cohort_draws=1, seed=1) -> Fit:
    """A fit whose parameters' draws come from scipy's distributions."""
    rng = np.random.default_rng(seed)
    sizes = (chains * cohort_draws, draws)
    data = {}
    for name, (distribution, size) in parameters.items():
        shape = (*sizes, size) if size else sizes
        dims = ("chain", "draw", f"{name}_dim")[: len(shape)]
        data[name] = (dims, distribution.rvs(shape, rng))
    owners = np.repeat(np.arange(cohort_draws), chains)
    posterior = xr.Dataset(data, coords={"cohort_draw": ("chain", owners)})
    return Fit(model, posterior, xr.Dataset(), "made up")


WEIBULL = {
    "median": (stats.lognorm(0.2, scale=12.0), 0),
    "shape": (stats.lognorm(0.15, scale=1.2), 0),
    "x": (stats.norm(0.4, 0.1), 0),
}


@pytest.fixture(scope="module")
def fit() -> Fit:
    return made(SurvivalModel("Surv(time, event) ~ x", Weibull()), WEIBULL)


@pytest.fixture(scope="module")
def spline() -> Fit:
    baseline = MSpline(3, (4.0, 9.0, 15.0), 30.0)
    parameters = {
        "median": WEIBULL["median"],
        "smoothing": (stats.halfnorm(0, 0.5), 0),
        "walk": (stats.norm(), baseline.basis.size - 1),
        "x": WEIBULL["x"],
    }
    return made(SurvivalModel("Surv(time, event) ~ x", baseline), parameters)


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame({"x": [0.0, 1.0, -0.5]})


def scipys(fit: Fit, x: float):
    """The Weibull of each draw, by scipy: a hazard ratio is a change of scale."""
    draws = fit.draws
    shape = draws["shape"]
    scale = draws["median"] / np.log(2.0) ** (1 / shape) * np.exp(-draws["x"] * x / shape)
    return stats.weibull_min(shape, scale=scale)


def test_every_measure_is_scipys(fit, rows):
    measures = [
        Survival(9.0),
        HazardRate(9.0),
        CumulativeHazard(9.0),
        Quantile(0.25),
        RestrictedMean(24.0),
    ]
    table = fit.estimates(rows, measures, level=0.8)
    for profile, x in enumerate(rows["x"]):
        one = scipys(fit, x)
        grid = np.linspace(0.0, 24.0, 4001)
        expected = [
            one.sf(9.0),
            one.pdf(9.0) / one.sf(9.0),
            -one.logsf(9.0),
            one.ppf(0.25),
            np.trapezoid(one.sf(grid), grid, axis=1)[:, None],
        ]
        mine = table[table["profile"] == profile]
        assert list(mine["measure"]) == [each.name for each in measures]
        assert list(mine["at"]) == [each.at for each in measures]
        for row, values in zip(mine.itertuples(), expected, strict=True):
            low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
            assert row.estimate == pytest.approx(middle, rel=1e-5)
            assert (row.lower, row.upper) == pytest.approx((low, high), rel=1e-5)


def test_a_small_block_gives_the_same(fit, rows, monkeypatch):
    measures = [MEDIAN, Survival(12.0)]
    whole = fit.estimates(rows, measures)
    monkeypatch.setattr(predict, "CELLS", 7)
    pd.testing.assert_frame_equal(fit.estimates(rows, measures), whole)
    curve = fit.survival(rows, [3.0, 12.0])
    monkeypatch.undo()
    pd.testing.assert_frame_equal(fit.survival(rows, [3.0, 12.0]), curve)


def test_draws_keep_chain_and_draw(fit, rows):
    found = predict.draws_of(fit, rows, [Survival(9.0)])
    assert found.dims == ("measure", "profile", "chain", "draw")
    alive = scipys(fit, 1.0).sf(9.0).reshape(4, 250)
    np.testing.assert_allclose(found.isel(measure=0, profile=1), alive, rtol=1e-10)


def test_survival_is_that_of_estimates(spline, rows):
    months = [3.0, 12.0, 40.0]
    curve = spline.survival(rows, months, level=0.5)
    table = spline.estimates(rows, survival_at(months), level=0.5)
    np.testing.assert_allclose(curve[["lower", "upper"]], table[["lower", "upper"]], rtol=1e-12)


def test_times_never_reached_are_infinite_and_have_no_error(fit, rows):
    slow = fit.posterior.assign(median=fit.posterior["median"] * 1e6)
    table = replace(fit, posterior=slow).medians(rows)
    assert np.all(np.isinf(table["upper"]))
    half = slow["median"].copy()
    half[:2] = fit.posterior["median"][:2]
    mixed = replace(fit, posterior=slow.assign(median=half)).medians(rows.head(1), level=0.5)
    assert np.isfinite(mixed["lower"][0])
    assert np.isinf(mixed["upper"][0])


def test_monte_carlo_errors_are_those_of_independent_draws(rng):
    """Mean: sd / sqrt(n); median: sqrt(pi / 2) times that, for normal draws."""
    draws = rng.normal(2.0, 3.0, size=(400, 1, 4, 500))
    errors = diagnose.mcse_mean(draws)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(3.0 / np.sqrt(2000), rel=0.05)
    medians = diagnose.mcse_quantile(draws, 0.5)
    expected = np.sqrt(np.pi / 2) * 3.0 / np.sqrt(2000)
    assert np.mean(medians) == pytest.approx(expected, rel=0.1)


def test_monte_carlo_errors_of_sticky_chains_are_arvizs(rng):
    """An autoregressive chain: batch means against ArviZ's effective sample size."""
    noise, draws = rng.normal(size=(200, 1, 4, 1000)), np.zeros((200, 1, 4, 1000))
    for t in range(1, 1000):
        draws[..., t] = 0.5 * draws[..., t - 1] + noise[..., t]
    ours, theirs = diagnose.mcse_mean(draws), diagnose.mcse(draws[:, 0])
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.1)


def test_cohort_draws_that_differ_are_no_monte_carlo_error(rng):
    draws = rng.normal(size=(50, 4, 4, 400)) + 100.0 * np.arange(4)[:, None, None]
    expected = 1.0 / np.sqrt(4 * 4 * 400)
    assert np.sqrt(np.mean(diagnose.mcse_mean(draws) ** 2)) == pytest.approx(expected, rel=0.1)


def test_the_stated_error_covers_the_spread_between_fits(rows):
    """Medians of 60 made posteriors vary as their `mcse` says: chi-squared, 59 degrees."""
    model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    tables = [made(model, WEIBULL, seed=seed).medians(rows.head(1)) for seed in range(60)]
    found = pd.concat(tables)
    statistic = 59.0 * found["median"].var() / np.mean(found["mcse"] ** 2)
    low, high = stats.chi2(59).ppf([1e-4, 1 - 1e-4])
    assert low < statistic < high


def test_event_times_have_the_predictive_distribution(fit):
    """Their survival is the posterior mean survival: Kolmogorov-Smirnov against the mixture."""
    times = fit.event_times(Population(pd.DataFrame({"x": [1.0]})), seed=5, patients=4)
    assert times.dims == ("chain", "draw", "patient")
    mixture = scipys(fit, 1.0)
    flat = np.sort(times.to_numpy().ravel())
    expected = 1.0 - mixture.sf(flat).mean(axis=0)
    distance = np.max(np.abs(np.arange(1, flat.size + 1) / flat.size - expected))
    assert stats.kstwobign.sf(distance * np.sqrt(flat.size)) > 1e-3


def test_patients_of_a_draw_share_its_parameters(fit):
    """Variance between draws of the patients' mean log time exceeds that within by the spread."""
    times = np.log(fit.event_times(Population(pd.DataFrame({"x": [0.0]})), seed=2, patients=200))
    scale = np.log(fit.draws["median"])
    between = times.mean("patient").to_numpy().ravel()
    assert np.corrcoef(between, scale.ravel())[0, 1] > 0.8


def test_new_patients_come_from_the_population(fit):
    two = mix({"x": {0.0: 0.8, 3.0: 0.2}})
    times = fit.event_times(two, seed=3, patients=10)
    share = float((times["profile"] == 1).mean())
    assert share == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / times.size))
    early = times.where(times["profile"] == 1)
    assert float(early.median()) < 0.6 * float(times.where(times["profile"] == 0).median())


def test_the_same_seed_gives_the_same_times(spline):
    population = Population(pd.DataFrame({"x": [0.0, 1.0]}))
    first, second = (spline.event_times(population, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.any(first == spline.event_times(population, seed=5))


def test_times_invert_the_cumulative_hazard(spline, rows, rng):
    hazard = spline.hazard(rows)
    wanted = rng.exponential(size=(spline.samples, len(rows)))
    found = time_at(hazard, wanted)
    np.testing.assert_allclose(hazard.cumulative_hazard(found), wanted, rtol=1e-8)
    halves = np.full((spline.samples, len(rows)), np.log(2.0))
    np.testing.assert_allclose(time_at(hazard, halves), quantile(hazard, 0.5), rtol=1e-9)


def test_the_cured_have_no_time():
    """Cumulative hazard -log(1 - (1 - c)(1 - u)) is bounded by -log(c)."""
    cured = Cure(Exponential(np.array([0.1, 0.1])), 0.3)
    found = time_at(cured, np.array([-np.log(0.31), -np.log(0.29)]))
    assert np.isfinite(found[0])
    assert np.isinf(found[1])


def test_memory_is_flat():
    """686 patients times 8,000 draws: 44 MB an array, were they all there at once."""
    parameters = dict(WEIBULL)
    fit = made(SurvivalModel("Surv(time, event) ~ x", Weibull()), parameters, draws=2000)
    rows = pd.DataFrame({"x": np.linspace(-1.0, 1.0, 686)})
    tracemalloc.start()
    fit.marginal(Population(rows), survival_at([6.0, 12.0, 24.0]))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40e6


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda fit, rows: fit.survival(rows, [3.0], level=1.0), "not between 0 and 1"),
        (lambda fit, rows: fit.survival(rows, [-3.0]), "negative"),
        (lambda fit, rows: fit.estimates(rows.rename(columns={"x": "y"}), [MEDIAN]), "no column"),
        (lambda fit, rows: Quantile(1.0), "not between 0 and 1"),
        (lambda fit, rows: RestrictedMean(0.0), "above 0"),
        (lambda fit, rows: time_at(fit.hazard(rows), np.array([-1.0])), "negative"),
        (lambda fit, rows: fit.event_times(Population(rows), seed=1, patients=0), "at least 1"),
        (lambda fit, rows: Population(rows, [0.5, 0.5]), "2 shares for 3"),
        (lambda fit, rows: Population(rows, [0.5, 0.7, -0.2]), "at least 0"),
        (lambda fit, rows: Population(rows.head(0)), "at least one"),
        (lambda fit, rows: mix({"x": {0.0: 0.5, 1.0: 0.6}}), "sum to 1.1"),
        (lambda fit, rows: mix({"x": {}}), "sum to 0"),
    ],
)
def test_mistakes_are_told(fit, rows, wrong, message):
    with pytest.raises(InputError, match=message):
        wrong(fit, rows)
