"""Simulation-based calibration: ranks of true parameters among posterior draws are uniform.

Talts, Betancourt, Simpson, Vehtari and Gelman (2018), arXiv:1804.06788. Truths are drawn from
the priors and data from the model by scipy and by hand, so that nothing but the priors' names is
shared with what is tested. All data sets are the draws of one cohort: one compilation.

The second part calibrates other kinds of models as `oligotrial sbc` does, with data simulated from
the model's own hazard: fewer data sets than the full run of scripts/sbc_all.py, whose results are
in docs/checks.md. A likelihood that isn't the simulated one fails either part.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import LogNormal, MSpline, Normal, Priors, Sampler, SurvivalModel, Weibull
from oligotrial.bayes import calibrate as calibration
from oligotrial.bayes.calibrate import Calibration, ranks_table
from oligotrial.bayes.modifiers import Cure
from oligotrial.bayes.replicate import FollowUp
from oligotrial.bayes.sample import Compiled, compiled
from oligotrial.cohort.schema import Cohort
from oligotrial.hazard import Proportional

DATA_SETS, PATIENTS, THIN = 80, 30, 10
SETTINGS = Sampler(chains=2, tune=300, draws=500, seed=3)
RANKS = 1 + 2 * SETTINGS.draws // THIN
PRIORS = Priors(
    (("median", LogNormal(12.0, 0.5)), ("shape", LogNormal(1.0, 0.3)), ("linear", Normal(0.0, 0.7)))
)
TRUTHS = {
    "median": stats.lognorm(0.5, scale=12.0),
    "shape": stats.lognorm(0.3, scale=1.0),
    "size": stats.norm(0.0, 0.7),
}
BINS = 8
ALPHA = 1e-3
"""Of each test; three are made: 0.3% false alarms, were the seeds not fixed."""

REST = {"age_group": "51-70", "subtype": "HER2+", "line": "first", "site": "bone"}


def data_set(truth: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Survival S(t) = 0.5 ** ((t / median) ** shape) of the reference, raised to the HR."""
    size = rng.normal(size=PATIENTS)
    log2 = rng.exponential(size=PATIENTS) / np.log(2.0) / np.exp(truth["size"] * size)
    latent = truth["median"] * log2 ** (1.0 / truth["shape"])
    censored = rng.uniform(3.0, 60.0, PATIENTS)
    rows = pd.DataFrame({"size": size, "time": np.minimum(latent, censored)})
    rows["time"] = rows["time"].clip(lower=1e-6)
    return rows.assign(event=(latent <= censored) * 1, schedule="30 Gy in 10 fr", **REST)


@pytest.fixture(scope="module")
def truths() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame({name: prior.rvs(DATA_SETS, rng) for name, prior in TRUTHS.items()})


@pytest.fixture(scope="module")
def cohort(truths) -> Cohort:
    rng = np.random.default_rng(9)
    sets = [data_set(truth, rng).assign(draw=k) for k, truth in truths.iterrows()]
    return Cohort(pd.concat(sets), label="simulated", source="SBC", draws=DATA_SETS)


def ranks(built: Compiled, cohort: Cohort, truths: pd.DataFrame) -> dict[str, np.ndarray]:
    fit = built.sample(cohort, SETTINGS)
    found = {}
    for name in TRUTHS:
        draws = fit.by_cohort_draw(fit.draws[name])[:, :, ::THIN].reshape(DATA_SETS, -1)
        found[name] = (draws < truths[name].to_numpy()[:, None]).sum(axis=1)
    return found


def p_value(found: np.ndarray) -> float:
    """Chi-squared of counts in bins of ranks 0 to RANKS - 1, with their exact probabilities."""
    bins = np.arange(RANKS) * BINS // RANKS
    expected = np.bincount(bins) * DATA_SETS / RANKS
    counts = np.bincount(bins[found], minlength=BINS)
    return float(stats.chisquare(counts, expected).pvalue)


@pytest.fixture(scope="module")
def built(cohort) -> Compiled:
    return compiled(SurvivalModel("Surv(time, event) ~ size", Weibull(), PRIORS), cohort)


def test_ranks_of_the_truth_are_uniform(built, cohort, truths):
    values = {name: p_value(each) for name, each in ranks(built, cohort, truths).items()}
    assert min(values.values()) > ALPHA, values


def test_it_is_noticed_when_censored_patients_are_taken_for_events(built, cohort, truths):
    wrong = replace(cohort, patients=cohort.patients.assign(event=1))
    values = {name: p_value(each) for name, each in ranks(built, wrong, truths).items()}
    assert values["median"] < ALPHA, values


FEW, ROWS = 30, 40
QUICK = Sampler(chains=2, tune=300, draws=400)


@pytest.fixture(scope="module")
def design() -> Cohort:
    """Covariates and follow-up of the simulated data sets; half of the patients enter late."""
    rng = np.random.default_rng(17)
    latent, censored = rng.exponential(15.0, ROWS), rng.uniform(8.0, 50.0, ROWS)
    rows = pd.DataFrame({"time": np.minimum(latent, censored).clip(min=0.1)})
    rows = rows.assign(
        event=(latent <= censored) * 1,
        x=rng.normal(size=ROWS),
        subtype=rng.choice(["HER2+", "triple negative", "luminal A-like"], ROWS),
        line=rng.choice(["first", "second", "third"], ROWS),
    )
    entry = rng.uniform(0.0, 10.0, ROWS) * rng.integers(0, 2, ROWS)
    return Cohort(rows.assign(entry=entry, time=rows["time"] + entry), label="made up", source="t")


KINDS = {
    "Weibull, linear": SurvivalModel("Surv(time, event) ~ x", Weibull()),
    "M-spline, monotone and pooled": SurvivalModel(
        "Surv(time, event) ~ monotone(line) + pooled(subtype)", MSpline()
    ),
    "cured share": SurvivalModel("Surv(time, event) ~ x", Weibull(), modifiers=(Cure(),)),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_kinds_of_models_are_calibrated(kind, design):
    plan = Calibration(KINDS[kind], design, settings=QUICK)
    table = ranks_table([plan.ranked(number) for number in range(FEW)])
    assert table["passed"].all(), table[~table["passed"]]


def test_a_wrong_likelihood_is_noticed(design, monkeypatch):
    """Data are made with hazards 1.8 times as high as the model is told."""
    right = FollowUp.replicate

    def wrong(self, hazard, rng, *, samples=1):
        return right(self, Proportional(hazard, np.log(1.8)), rng, samples=samples)

    monkeypatch.setattr(calibration.FollowUp, "replicate", wrong)
    plan = Calibration(KINDS["Weibull, linear"], design, settings=QUICK)
    table = ranks_table([plan.ranked(number) for number in range(FEW)]).set_index("quantity")
    assert not table.loc["median", "passed"]
    assert table.loc["median", "mean_rank"] > 0.6
