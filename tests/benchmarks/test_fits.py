"""Speed of Bayesian fits, side by side with the same model in PyMC as it is written at first.

Run with `make bench`. All work after imports counts: arrays, finding the compiled density,
sampling 4 chains of 1000 + 1000, joining. `ess_per_second` of each row is the smallest bulk
effective sample size over the effects and baseline parameters, per second; their ratio is what
counts. A round before the first is not measured: it compiles, or finds, the density.
"""

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import pytest

from oligotrial.bayes import MSpline, Sampler, SurvivalModel, Weibull
from oligotrial.bayes.baselines import PiecewiseExponential
from oligotrial.cohort import Cohort

SETTINGS = Sampler(chains=4, tune=1000, draws=1000, seed=1)
COVARIATES = ("age", "grade", "nodes", "treated")


def cohort(size: int, *, draws: int = 1, covariates: int = 4, levels: bool = False) -> Cohort:
    """Weibull survival with normal covariates, about a quarter censored."""
    rng = np.random.default_rng(size)
    names = [*COVARIATES, *(f"x{k}" for k in range(covariates - 4))]
    parts = []
    for draw in range(draws):
        rows = pd.DataFrame(rng.normal(size=(size, covariates)), columns=names)
        if levels:
            rows = rows.round()
        ratio = 0.3 * rows["nodes"] - 0.3 * rows["treated"]
        latent = 14.0 * (rng.exponential(size=size) / np.exp(ratio)) ** (1 / 1.2)
        censored = rng.uniform(5.0, 80.0, size)
        line = pd.Categorical.from_codes(
            rng.integers(0, 4, size), ["first", "second", "third", "fourth+"], ordered=True
        )
        subtype = rng.choice(["luminal A-like", "luminal B-like", "HER2+"], size)
        parts.append(
            rows.assign(
                draw=draw,
                line=line,
                subtype=subtype,
                time=np.minimum(latent, censored) + 1e-3,
                event=(latent <= censored).astype(int),
            )
        )
    return Cohort(pd.concat(parts), label="simulated", source="benchmark", draws=draws)


def formula(count: int) -> str:
    names = [*COVARIATES, *(f"x{k}" for k in range(count - 4))]
    return "Surv(time, event) ~ " + " + ".join(names)


CASES = {
    "59, Weibull": (SurvivalModel(formula(4), Weibull()), cohort(59)),
    "59, M-spline, pooled, monotone": (
        SurvivalModel(formula(4) + " + monotone(line) + pooled(subtype)", MSpline()),
        cohort(59),
    ),
    "686, Weibull": (SurvivalModel(formula(8), Weibull()), cohort(686, covariates=8)),
    "686, M-spline": (SurvivalModel(formula(8), MSpline(5)), cohort(686, covariates=8)),
    "100,000, piecewise, summed": (
        SurvivalModel(
            "Surv(time, event) ~ nodes + treated + monotone(line)", PiecewiseExponential(10)
        ),
        cohort(100_000, levels=True),
    ),
}


def smallest_ess(posterior) -> float:
    return float(min(np.min(each) for each in az.ess(posterior).values()))


@pytest.mark.benchmark(group="fits")
@pytest.mark.parametrize("case", list(CASES))
def test_fit(benchmark, case):
    model, patients = CASES[case]
    fit = benchmark.pedantic(
        lambda: model.fit(patients, settings=SETTINGS), rounds=3, warmup_rounds=1
    )
    ess = smallest_ess(fit.posterior.drop_vars("cohort_draw"))
    benchmark.extra_info["ess_per_second"] = ess / benchmark.stats.stats.median
    benchmark.extra_info["failed checks"] = list(fit.check().failures)


@pytest.mark.benchmark(group="fits")
def test_twenty_cohort_draws(benchmark):
    model, patients = SurvivalModel(formula(4), MSpline()), cohort(59, draws=20)
    settings = Sampler(chains=4, tune=500, draws=250, seed=1)
    benchmark.pedantic(lambda: model.fit(patients, settings=settings), rounds=1, warmup_rounds=1)


@pytest.mark.benchmark(group="fits")
def test_pymc_as_it_is_written_at_first(benchmark):
    """`pm.Censored` Weibull, half-normal scale, `pm.sample`'s own defaults."""
    rows = CASES["59, Weibull"][1].patients
    x, time = rows[list(COVARIATES)].to_numpy(), rows["time"].to_numpy()
    upper = np.where(rows["event"] == 1, np.inf, time)

    def sample():
        with pm.Model():
            shape = pm.LogNormal("shape", 0.0, 0.35)
            level = pm.Normal("level", np.log(12.0), 0.8)
            slopes = pm.Normal("slopes", 0.0, 0.5, shape=4)
            scale = pm.math.exp(level - (x @ slopes) / shape)
            pm.Censored(
                "follow_up", pm.Weibull.dist(shape, scale), lower=None, upper=upper, observed=time
            )
            return pm.sample(random_seed=1, progressbar=False)

    found = benchmark.pedantic(sample, rounds=1, warmup_rounds=1)
    ess = smallest_ess(found.posterior.to_dataset())
    benchmark.extra_info["ess_per_second"] = ess / benchmark.stats.stats.median
