"""What no textbook data set has: one clear error, or a result that is right or flagged."""

import numpy as np
import pandas as pd
import pytest

from oligotrial.bayes import Fit, LogNormal, MSpline, Priors, Sampler, SurvivalModel, Weibull
from oligotrial.bayes.baselines import Gompertz
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort

PATIENTS = 30
SETTINGS = Sampler(chains=2, tune=400, draws=400, seed=1)


def rows(**changes: object) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    made = pd.DataFrame(
        {"x": rng.normal(size=PATIENTS), "time": rng.exponential(10.0, PATIENTS) + 0.1, "event": 1}
    )
    return made.assign(**changes)


def fitted(patients: pd.DataFrame, baseline=None, priors=None) -> Fit:
    model = SurvivalModel("Surv(time, event) ~ x", baseline or Weibull(), priors or Priors())
    return model.fit(Cohort(patients, label="bad", source="example"), settings=SETTINGS)


EARLY = (np.arange(PATIENTS) < PATIENTS / 2).astype(float)
REFUSED = {
    "nobody has the event": (rows(event=0), "column event: nobody has the event"),
    "times of 0": (rows(time=0.0), "column time: 30 patients have a time of 0"),
    "a constant covariate": (rows(x=1.0), "key formula: all patients have the same x"),
    "a covariate in the millions": (
        rows(x=1e8 * rows()["x"]),
        "key formula: the likelihood has no finite value near the priors' centre",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_data_without_an_answer_are_refused_in_words(name):
    patients, words = REFUSED[name]
    with pytest.raises(InputError) as caught:
        fitted(patients)
    assert words in str(caught.value)


def test_a_spline_of_one_event_is_refused():
    with pytest.raises(InputError, match="1 different event times are too few for 3 inner knots"):
        fitted(rows(event=[1] + [0] * (PATIENTS - 1)), MSpline())


def test_perfect_separation_ends_at_the_prior():
    """Maximum likelihood is infinite; the posterior stays where the prior lets it."""
    parted = rows(x=EARLY, time=np.where(EARLY, 1.0, 100.0) + np.arange(PATIENTS) / 100)
    effect = fitted(parted.assign(event=EARLY.astype(int))).effects().iloc[0]
    assert 1.5 < effect["lower"] < effect["upper"] < np.exp(6 * 0.5)  # six prior deviations


ODD = {
    "one event": rows(event=[1] + [0] * (PATIENTS - 1)),
    "all at the same time": rows(time=5.0),
    "months in the millions": rows(time=1e6 * rows()["time"]),
    "months in the millionths": rows(time=1e-6 * rows()["time"]),
}


@pytest.mark.parametrize("name", list(ODD))
def test_odd_times_have_a_finite_posterior_without_divergences(name):
    fit = fitted(ODD[name])
    assert all(np.isfinite(each).all() for each in fit.posterior.data_vars.values())
    checks = fit.check().table.set_index("quantity")
    assert checks.loc["Divergences", "passed"]
    assert checks.loc["R-hat, worst single fit", "passed"]


def test_a_prior_that_forbids_the_data_has_its_way():
    """A median of 12 months to a thousandth, and data of a million: the prior wins, finitely."""
    strict = Priors((("median", LogNormal(12.0, 0.001)), ("shape", LogNormal(1.0, 0.001))))
    fit = fitted(rows(time=1e6 * rows()["time"]), priors=strict)
    assert np.isfinite(fit.posterior["median"]).all()


def test_a_sampler_that_doesn_t_move_is_flagged():
    """A Gompertz hazard over millions of months overflows."""
    failures = fitted(rows(time=1e6 * rows()["time"]), Gompertz()).check().failures
    assert any("Divergences" in each for each in failures)
    assert any("R-hat" in each for each in failures)
