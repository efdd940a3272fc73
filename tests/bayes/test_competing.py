"""Evidence: closed forms of constant and Weibull hazards, conjugate posteriors, identities."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

from oligotrial.bayes import LogNormal, Priors, Sampler, SurvivalModel
from oligotrial.bayes.baselines import Exponential
from oligotrial.bayes.competing import CompetingFit, CompetingRisks, of_cause
from oligotrial.bayes.competing_incidence import cumulative_incidence, cumulative_incidences
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.hazard import Weibull, survival

CAUSES = ("local failure", "death")


def patients(size: int = 300) -> pd.DataFrame:
    """Two exponential causes with rates of 0.02 and 0.05 a month, and censoring."""
    rng = np.random.default_rng(11)
    latent = rng.exponential([[1 / 0.02], [1 / 0.05]], (2, size))
    censored = rng.uniform(5.0, 40.0, size)
    time, first = latent.min(axis=0), latent.argmin(axis=0)
    seen = time <= censored
    return pd.DataFrame(
        {
            "time": np.minimum(time, censored),
            "event": (seen & (first == 0)).astype(int),
            "cause": [CAUSES[k] if each else None for k, each in zip(first, seen, strict=True)],
        }
    )


def cohort(rows: pd.DataFrame) -> Cohort:
    return Cohort(rows, label="simulated", source="example")


@pytest.fixture(scope="module")
def fitted() -> CompetingFit:
    model = SurvivalModel(
        "Surv(time, event) ~ 1", Exponential(), Priors((("median", LogNormal(20.0, 3.0)),))
    )
    settings = Sampler(chains=2, tune=500, draws=1500, seed=4)
    return CompetingRisks(dict.fromkeys(CAUSES, model)).fit(cohort(patients()), settings=settings)


def test_incidences_of_weibull_hazards_are_their_integrals():
    """By scipy's adaptive quadrature of the density; causes and survival add up to 1."""
    hazards = {"a": Weibull(0.7, 20.0), "b": Weibull(1.9, 12.0), "c": Weibull(1.0, 60.0)}
    found = {name: float(cumulative_incidence(hazards, name, 15.0)) for name in hazards}

    def density(month: float, name: str) -> float:
        alive = np.prod([survival(each, month) for each in hazards.values()])
        return float(alive * np.exp(hazards[name].log_hazard(month)))

    for name in hazards:
        expected, _ = integrate.quad(density, 0.0, 15.0, args=(name,), epsabs=1e-12)
        assert found[name] == pytest.approx(expected, abs=1e-5)
    none = np.prod([survival(each, 15.0) for each in hazards.values()])
    assert sum(found.values()) + none == pytest.approx(1.0, abs=1e-12)


def test_one_integral_gives_the_incidence_by_every_month():
    """In any order, twice and near 0; within 1e-6 of an integral for each."""
    hazards = {"a": Weibull(0.7, 20.0), "b": Weibull(1.9, 12.0)}
    months = (24.0, 0.5, 3.0, 24.0, 60.0)
    found = cumulative_incidences(hazards, "a", months)
    each = [cumulative_incidence(hazards, "a", month, panels=5_000) for month in months]
    np.testing.assert_allclose(found, each, rtol=2e-4)
    assert found[0] == found[3]


class Counted:
    """A hazard that counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def cumulative_hazard(self, time):
        self.asked += 1
        return 0.1 * time


def test_many_months_cost_no_more_integrals():
    one, many = Counted(), Counted()
    cumulative_incidences({"a": one}, "a", (60.0,))
    cumulative_incidences({"a": many}, "a", np.arange(1.0, 61.0).tolist())
    assert many.asked <= one.asked + 60


def test_each_cause_is_the_gamma_posterior_of_its_rate(fitted):
    """With a flat prior of the log rate: events d and person-time T give gamma(d, T)."""
    rows = patients()
    for cause, fit in fitted.fits.items():
        rate = np.log(2.0) / fit.posterior["median"].to_numpy()
        events = (rows["cause"] == cause).sum()
        error = 5 * rate.std() / np.sqrt(800)  # of a mean over at least 800 effective draws
        assert rate.mean() == pytest.approx(events / rows["time"].sum(), abs=error)
        assert rate.std() == pytest.approx(np.sqrt(events) / rows["time"].sum(), rel=0.12)


def test_incidence_is_the_share_of_a_constant_hazard(fitted):
    profile = pd.DataFrame(index=[0])
    table = fitted.cumulative_incidence(profile, [6.0, 24.0], cause="death")
    rates = {
        name: np.log(2.0) / fit.posterior["median"].to_numpy().ravel()
        for name, fit in fitted.fits.items()
    }
    total = rates["local failure"] + rates["death"]
    expected = rates["death"] / total * -np.expm1(-24.0 * total)
    last = table.iloc[1]
    assert last["incidence"] == pytest.approx(expected.mean(), rel=1e-9)
    assert (last["lower"], last["upper"]) == pytest.approx(np.quantile(expected, [0.025, 0.975]))
    assert last["mcse"] < 0.1 * (last["upper"] - last["lower"])
    draws = expected.size
    for end, share in (("lower", 0.025), ("upper", 0.975)):
        # of independent draws, by the density of incidences about the quantile; chains mix well
        low, high = np.quantile(expected, (share - 0.01, share + 0.01))
        independent = np.sqrt(share * (1 - share) / draws) * (high - low) / 0.02
        assert 0.5 * independent < last[f"{end}_mcse"] < 3 * independent


def test_incidences_say_whose_they_are(fitted):
    table = fitted.cumulative_incidence(pd.DataFrame(index=[0]), [6.0], cause="death")
    assert table["cohort"].tolist() == ["simulated"]
    assert fitted.label == "simulated"


@pytest.mark.parametrize(
    ("months", "words"),
    [
        ((), "there is no time"),
        ((6.0, 0.0), "0 is not"),
        ((np.inf,), "inf is not"),
        ((np.nan,), "nan is not"),
    ],
)
def test_impossible_months_are_told(fitted, months, words):
    with pytest.raises(InputError, match=f"months: {words}"):
        fitted.cumulative_incidence(pd.DataFrame(index=[0]), months, cause="death")


def test_stored_fits_predict_the_same(fitted, tmp_path):
    fitted.save(tmp_path)
    profile = pd.DataFrame(index=[0])
    pd.testing.assert_frame_equal(
        CompetingFit.load(tmp_path).cumulative_incidence(profile, [9.0], cause="death"),
        fitted.cumulative_incidence(profile, [9.0], cause="death"),
    )
    with pytest.raises(InputError, match="no stored fits"):
        CompetingFit.load(tmp_path / "elsewhere")


BAD = {
    "no causes": (lambda rows: rows.drop(columns="cause"), "there is no column 'cause'"),
    "no model": (
        lambda rows: rows.assign(cause=rows["cause"].replace("death", "deth")),
        "'deth' has no model .did you mean 'death'",
    ),
    "an interval": (
        lambda rows: rows.assign(
            time_upper=(rows["time"] + 1.0).where((rows["event"] == 1) & (rows.index < 50))
        ),
        "between two times",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_can_t_be_fitted_is_told(name):
    spoil, words = BAD[name]
    with pytest.raises(InputError, match=words):
        of_cause(cohort(spoil(patients())), "death", known=CAUSES)


def test_a_cause_that_nobody_had_has_an_upper_bound():
    """The median's prior, cut off by the exposure: quadrature of one parameter."""
    rows = patients()
    rows = rows.assign(event=0, cause=rows["cause"].where(rows["cause"] == "death"))
    prior = LogNormal(60.0, 2.0)
    models = {
        "local failure": SurvivalModel(
            "Surv(time, event) ~ 1", Exponential(), Priors((("median", prior),))
        ),
        "death": SurvivalModel("Surv(time, event) ~ 1", Exponential()),
    }
    settings = Sampler(chains=2, tune=500, draws=1500, seed=4)
    fit = CompetingRisks(models).fit(cohort(rows), settings=settings).fits["local failure"]
    logs = np.log(60.0) + np.linspace(-9.0, 14.0, 20_001)
    density = np.exp(
        -0.5 * ((logs - np.log(60.0)) / 2.0) ** 2 - np.log(2.0) / np.exp(logs) * rows["time"].sum()
    )
    mean = np.sum(logs * density) / density.sum()
    sd = np.sqrt(np.sum((logs - mean) ** 2 * density) / density.sum())
    found = np.log(fit.posterior["median"].to_numpy())
    assert found.mean() == pytest.approx(mean, abs=5 * sd / np.sqrt(600))
    assert found.std() == pytest.approx(sd, rel=0.12)
    with pytest.raises(InputError, match="nobody has the event"):
        SurvivalModel("Surv(time, event) ~ 1").fit(cohort(rows))


def test_one_cause_is_no_competition():
    with pytest.raises(InputError, match="no competition"):
        CompetingRisks({"death": SurvivalModel("Surv(time, event) ~ 1")})
