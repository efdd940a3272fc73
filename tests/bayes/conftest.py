"""Fits that several files share: each model structure is compiled once a session."""

import numpy as np
import pandas as pd
import pytest

from oligotrial.bayes import Fit, MSpline, Sampler, SurvivalModel, Weibull
from oligotrial.bayes.sample import Compiled, compiled
from oligotrial.cohort import Cohort

from .simulated import FORMULA, patients

SHORT = Sampler(chains=4, tune=400, draws=250, seed=7)


def cohort_of(*draws: pd.DataFrame) -> Cohort:
    rows = [rows.assign(draw=number) for number, rows in enumerate(draws)]
    return Cohort(
        pd.concat(rows, ignore_index=True), label="simulated", source="test", draws=len(draws)
    )


@pytest.fixture(scope="session")
def many() -> Cohort:
    """2,000 patients: the truth has to come back."""
    return cohort_of(patients(2000, seed=11))


@pytest.fixture(scope="session")
def reconstructed() -> Cohort:
    """Three draws of a small cohort, the first two of them the same patients."""
    same = patients(59, seed=1)
    return cohort_of(same, same, patients(59, seed=2))


@pytest.fixture(scope="session")
def weibull(reconstructed: Cohort) -> Compiled:
    """A Weibull model takes nothing but its structure from a cohort: it serves for all."""
    return compiled(SurvivalModel(FORMULA, Weibull()), reconstructed)


@pytest.fixture(scope="session")
def many_fit(many: Cohort, weibull: Compiled) -> Fit:
    return weibull.sample(many, SHORT)


@pytest.fixture(scope="session")
def weibull_fit(reconstructed: Cohort, weibull: Compiled) -> Fit:
    return weibull.sample(reconstructed, SHORT)


@pytest.fixture(scope="session")
def spline_fit(reconstructed: Cohort) -> Fit:
    return SurvivalModel(FORMULA, MSpline()).fit(reconstructed, settings=SHORT)


@pytest.fixture(scope="session", params=["weibull", "m-spline"])
def fit(request: pytest.FixtureRequest) -> Fit:
    """Either baseline."""
    name = {"weibull": "weibull_fit", "m-spline": "spline_fit"}[request.param]
    made: Fit = request.getfixturevalue(name)
    return made


@pytest.fixture(scope="session")
def profiles() -> pd.DataFrame:
    """Covariate rows, none of them the reference patient in any term."""
    return pd.DataFrame(
        {
            "schedule": ["50 Gy in 5 fr", "30 Gy in 10 fr", "24 Gy in 2 fr"],
            "line": ["second", "third", "fourth+"],
            "subtype": ["HER2+", "triple negative", "luminal A-like"],
        }
    )


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240729)
