"""Evidence: quadrature of the posterior; a known truth; statsmodels' Cox regression.

Tolerances are Monte Carlo standard errors or the posterior's own standard deviations.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg

from oligotrial.bayes import SurvivalModel, Weibull, diagnose
from oligotrial.bayes.priors import DEFAULTS
from oligotrial.cohort import LEVELS

from .conftest import SHORT, cohort_of
from .simulated import LINE, LOG_RATIO_PER_10_GY, MEDIAN_MONTHS, SHAPE, SUBTYPE, patients

SE = 4.0
"""Standard errors that a mean may be off by; twelve comparisons fail by chance in 1 of 1,300."""


def quadrature(rows: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    """Mean and standard deviation of log median and log shape on a grid of both."""
    grids = np.meshgrid(np.linspace(0.5, 4.0, 801), np.linspace(-1.5, 1.5, 801), indexing="ij")
    median, shape = np.exp(grids[0])[..., None], np.exp(grids[1])[..., None]
    scipys = stats.weibull_min(shape, scale=median / np.log(2.0) ** (1 / shape))
    time, event = rows["time"].to_numpy(), rows["event"].to_numpy() == 1
    log_density = scipys.logsf(time[~event]).sum(axis=-1) + scipys.logpdf(time[event]).sum(axis=-1)
    for name, grid in zip(("median", "shape"), grids, strict=True):
        prior = DEFAULTS[name]
        log_density += stats.norm.logpdf(grid, np.log(prior.median), prior.sd_log)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    for name, grid in zip(("median", "shape"), grids, strict=True):
        mean = float((density * grid).sum())
        yield name, mean, float(np.sqrt((density * (grid - mean) ** 2).sum()))


def test_two_parameters_have_the_posterior_of_a_quadrature():
    rows = patients(25, seed=5)
    told = []
    fit = SurvivalModel("Surv(time, event) ~ 1", Weibull()).fit(
        cohort_of(rows),
        settings=SHORT,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 1), (1, 1)]
    for name, mean, sd in quadrature(rows):
        draws = fit.by_cohort_draw(np.log(fit.draws[name]))
        error = diagnose.mcse(draws).item()
        assert abs(draws.mean() - mean) < SE * error
        independent = diagnose.ess_bulk(draws).item()
        assert draws.std() == pytest.approx(sd, rel=SE / np.sqrt(2.0 * independent))


def truth() -> dict[str, float]:
    return {
        "bed": LOG_RATIO_PER_10_GY,
        **{f"{level} against first": value for level, value in LINE.items() if level != "first"},
    }


def log_ratios(fit) -> dict[str, np.ndarray]:
    found = {}
    for term in fit.model.formula.terms:
        for contrast, values in term.contrasts(fit.draws).items():
            found["bed" if term.name == "bed" else contrast] = np.ravel(values)
    return found


@pytest.mark.parametrize("name", list(truth()))
def test_the_truth_comes_back_from_2000_patients(many_fit, name):
    draws = log_ratios(many_fit)[name]
    assert abs(draws.mean() - truth()[name]) < 3.0 * draws.std()
    assert draws.std() < 0.12


def test_the_true_baseline_comes_back(many_fit):
    shape = many_fit.draws["shape"]
    assert abs(shape.mean() - SHAPE) < 3.0 * shape.std()
    reference = pd.DataFrame({"schedule": ["30 Gy in 5 fr"], "line": ["first"]})
    times = many_fit.medians(reference.assign(subtype="luminal B-like"))
    assert times["lower"][0] < MEDIAN_MONTHS < times["upper"][0]
    assert times["upper"][0] - times["lower"][0] < 0.3 * MEDIAN_MONTHS


def test_differences_between_subtypes_come_back(many_fit):
    draws = log_ratios(many_fit)
    for first, second in (("triple negative", "luminal A-like"), ("HER2+", "luminal B-like")):
        difference = draws[f"{first} against average"] - draws[f"{second} against average"]
        true = SUBTYPE[first] - SUBTYPE[second]
        assert abs(difference.mean() - true) < 3.0 * difference.std()


def test_effects_agree_with_cox_regression(many, many_fit):
    """statsmodels PHReg, Efron ties: within half of its standard errors.

    The two don't have to be equal: priors shrink a little, and Cox's estimate leaves the
    baseline free; with 2,000 patients both differences are far below a standard error.
    """
    rows = many.patients
    levels = {name: LEVELS[name][1:] for name in ("line", "subtype")}
    design = {f"{level} against first": rows["line"] == level for level in levels["line"]}
    design |= {level: rows["subtype"] == level for level in levels["subtype"]}
    bed = many_fit.model.covariates(rows)["bed_dose"]
    exog = pd.DataFrame(design).astype(float).assign(bed=bed)
    cox = PHReg(rows["time"], exog, status=rows["event"], ties="efron").fit()
    errors = dict(zip(exog.columns, cox.bse, strict=True))
    for name, estimate in zip(exog.columns, cox.params, strict=True):
        draws = log_ratios(many_fit)
        if name in levels["subtype"]:
            base = draws[f"{LEVELS['subtype'][0]} against average"]
            ours = draws[f"{name} against average"] - base
        else:
            ours = draws[name]
        assert abs(ours.mean() - estimate) < 0.5 * errors[name]
        assert ours.std() == pytest.approx(errors[name], rel=0.25)


def test_a_draw_is_fitted_as_if_it_were_alone(reconstructed, weibull, weibull_fit):
    alone = weibull.sample(cohort_of(reconstructed.frames()[0]), SHORT)
    firsts = weibull_fit.posterior["cohort_draw"] == 0
    for name, values in alone.posterior.items():
        np.testing.assert_array_equal(values, weibull_fit.posterior[name][firsts])


def test_draws_of_the_same_patients_have_the_same_posterior(fit):
    for name in ("bed", "line_total", "median"):
        draws = fit.by_cohort_draw(fit.draws[name])
        errors = diagnose.mcse(draws)
        difference = draws[0].mean() - draws[1].mean()
        assert abs(difference) < SE * np.hypot(errors[0], errors[1])
        assert difference != 0.0  # each draw has random numbers of its own


def test_the_posterior_is_the_equal_mixture_over_draws(fit):
    """Variance within draws plus variance between their means."""
    for name in ("bed", "line_total", "median"):
        draws = fit.by_cohort_draw(fit.draws[name])
        assert draws.shape == (3, SHORT.chains, SHORT.draws)
        means, variances = draws.mean(axis=(1, 2)), draws.var(axis=(1, 2))
        total = variances.mean() + means.var()
        assert np.var(fit.draws[name]) == pytest.approx(total, rel=1e-9)


def test_the_posterior_is_the_same_bits_for_the_same_seed_and_any_cores(
    reconstructed, weibull, weibull_fit, monkeypatch
):
    import nutpie

    usual = nutpie.sample
    monkeypatch.setattr(nutpie, "sample", lambda *a, **k: usual(*a, **{**k, "cores": 1}))
    again = weibull.sample(reconstructed, SHORT)
    for name, values in weibull_fit.posterior.items():
        np.testing.assert_array_equal(values, again.posterior[name])


def test_the_seed_matters(reconstructed, weibull, weibull_fit):
    other = weibull.sample(reconstructed, replace(SHORT, seed=SHORT.seed + 1))
    assert not np.any(other.posterior["bed"] == weibull_fit.posterior["bed"])
