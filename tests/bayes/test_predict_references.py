"""Posteriors against what nobody here wrote: conjugate closed forms, quadrature, and R's survreg.

Tolerances are Monte Carlo standard errors; against maximum likelihood, a tenth of its standard
error, since priors weigh about that much among 2,982 patients.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import LogNormal, Normal, Priors, Sampler, SurvivalModel, diagnose
from oligotrial.bayes.baselines import (
    Exponential,
    LogLogistic,
    PiecewiseExponential,
    Weibull,
)
from oligotrial.bayes.baselines import LogNormal as LogNormalTimes
from oligotrial.bayes.effects import AcceleratedFailureTime
from oligotrial.bayes.priors import InverseGamma
from oligotrial.cohort import Cohort

from .test_loo import A, B, cohort_of, rows

ORACLES = Path(__file__).parents[1] / "oracles"
SETTINGS = Sampler(chains=4, tune=500, draws=1000, seed=11)
SE = 4.0
"""Standard errors that a mean may be off by: a dozen comparisons fail by chance in 1 of 1,300."""


def check_moments(parts: np.ndarray, mean: float, sd: float) -> None:
    """Compare draws (chain, draw) with a known mean and standard deviation."""
    assert abs(parts.mean() - mean) < SE * diagnose.mcse(parts).item()
    independent = diagnose.ess_bulk(parts).item()
    # Heavier tails than a normal's make the standard deviation vary a little more.
    assert parts.std() == pytest.approx(sd, rel=SE / np.sqrt(independent))


def test_the_exponential_with_a_gamma_prior_has_a_gamma_posterior():
    """Rate ~ gamma(a, b) is median ~ inverse gamma(a, b log 2): Gelman et al. (2013), BDA3, 2.6."""
    frame = rows(40, seed=21)
    prior = InverseGamma(A, B * np.log(2.0))
    model = SurvivalModel("Surv(time, event) ~ 1", Exponential(), Priors((("median", prior),)))
    fit = model.fit(cohort_of(frame), settings=SETTINGS)
    exact = stats.gamma(A + frame["event"].sum(), scale=1.0 / (B + frame["time"].sum()))
    rates = np.log(2.0) / fit.by_cohort_draw(fit.draws["median"])[0]
    check_moments(rates, exact.mean(), exact.std())
    for share in (0.025, 0.5, 0.975):
        below = np.mean(rates <= exact.ppf(share))
        error = np.sqrt(share * (1 - share) / diagnose.ess_tail(rates).item())
        assert abs(below - share) < SE * error


def test_pieces_have_the_posterior_of_a_quadrature():
    """Two pieces: likelihood of counts and times at risk, prior of a random walk, on a grid."""
    frame = rows(40, seed=22)
    cut, last = 8.0, 40.0
    model = SurvivalModel("Surv(time, event) ~ 1", PiecewiseExponential(cuts=(cut,), last=last))
    fit = model.fit(cohort_of(frame), settings=SETTINGS)
    hazard = fit.hazard(pd.DataFrame({"any": [0]}))
    found = [hazard.log_hazard(month).reshape(4, 1000) for month in (4.0, 20.0)]
    for values, (mean, sd) in zip(found, quadrature(frame, cut, last), strict=True):
        check_moments(values, mean, sd)


def quadrature(frame: pd.DataFrame, cut: float, last: float) -> list[tuple[float, float]]:
    """Mean and standard deviation of both log hazards."""
    median, smoothing, walk = np.meshgrid(
        np.linspace(1.0, 5.0, 161), np.linspace(0.005, 3.0, 151), np.linspace(-5.0, 5.0, 161),
        indexing="ij",
    )  # fmt: skip
    time, event = frame["time"].to_numpy(), frame["event"].to_numpy()
    early = time < cut
    events = [event[early].sum(), event[~early].sum()]
    months = [np.minimum(time, cut).sum(), np.maximum(time - cut, 0.0).sum()]
    average = (cut + (last - cut) * np.exp(smoothing * walk)) / last
    first = np.log(np.log(2.0)) - median - np.log(average)
    logs = [first, first + smoothing * walk]
    log_density = stats.norm.logpdf(median, np.log(12.0), 0.8)
    log_density += stats.halfnorm.logpdf(smoothing, scale=0.5) + stats.norm.logpdf(walk)
    for count, at_risk, log_rate in zip(events, months, logs, strict=True):
        log_density += count * log_rate - at_risk * np.exp(log_rate)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    means = [float((density * each).sum()) for each in logs]
    return [
        (mean, float(np.sqrt((density * (each - mean) ** 2).sum())))
        for mean, each in zip(means, logs, strict=True)
    ]


@pytest.fixture(scope="module")
def rotterdam() -> Cohort:
    frame = pd.read_csv(ORACLES / "survreg_rotterdam.csv")
    return Cohort(frame, label="2,982 women with breast cancer", source="R survival, rotterdam")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "baseline"),
    [
        ("exponential", Exponential()),
        ("weibull", Weibull()),
        ("loglogistic", LogLogistic()),
        ("lognormal", LogNormalTimes()),
    ],
)
def test_many_patients_have_the_estimates_of_survreg(rotterdam, name, baseline):
    """Time ratios, their standard errors, the median and the shape: R 4.2.2, survival 3.5-3."""
    oracle = json.loads((ORACLES / "r_survreg.json").read_text())[name]
    wide = Priors((("linear", Normal(0.0, 2.0)), ("median", LogNormal(100.0, 2.0))))
    model = SurvivalModel(
        "Surv(time, event) ~ age + nodes + hormon", baseline, wide, effect=AcceleratedFailureTime()
    )
    fit = model.fit(rotterdam, settings=Sampler(chains=4, tune=400, draws=500, seed=3))
    for column in ("age", "nodes", "hormon"):
        draws = fit.draws[column].reshape(4, 500)
        error = oracle["errors"][column]
        noise = SE * diagnose.mcse(draws).item()
        assert abs(draws.mean() - oracle["coefficients"][column]) < 0.1 * error + noise
        assert draws.std() == pytest.approx(error, rel=0.1)
    log_median = oracle["coefficients"]["(Intercept)"] + oracle["scale"] * UNIT_MEDIAN[name]
    median = np.log(fit.draws["median"]).reshape(4, 500)
    error = oracle["errors"]["(Intercept)"]
    assert abs(median.mean() - log_median) < 0.15 * error + SE * diagnose.mcse(median).item()


UNIT_MEDIAN = {
    "exponential": np.log(np.log(2.0)),
    "weibull": np.log(np.log(2.0)),
    "loglogistic": 0.0,
    "lognormal": 0.0,
}
"""Median of the log time of survreg's standard error distributions: extreme value, logistic,
normal."""
