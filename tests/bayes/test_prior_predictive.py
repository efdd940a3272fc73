"""Evidence: closed forms of the exponential's prior predictive distribution; Monte Carlo errors."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

from oligotrial.bayes import MSpline, SurvivalModel, Weibull
from oligotrial.bayes.baselines import Exponential
from oligotrial.bayes.effects import AcceleratedFailureTime
from oligotrial.bayes.families import Beta, LogNormal, Normal
from oligotrial.bayes.modifiers import Cure
from oligotrial.bayes.prior_predictive import implied, prior_fit, prior_survival
from oligotrial.bayes.priors import Priors
from oligotrial.checks import InputError

DRAWS = 20_000
REFERENCE = pd.DataFrame({"age": [0.0]}, index=["reference"])
PRIORS = Priors((("median", LogNormal(10.0, 0.6)), ("linear", Normal(0.0, 0.4))))
MODEL = SurvivalModel("Surv(time, event) ~ age", Exponential(), PRIORS)


def test_bands_of_the_exponential_are_those_of_its_median():
    """Quantiles pass through a monotone function; their error is the density's, here below 2%."""
    table = prior_survival(MODEL, REFERENCE, [3.0, 24.0], draws=DRAWS).set_index("time")
    low, high = PRIORS["median"].interval
    for time in (3.0, 24.0):
        assert table.loc[time, "lower"] == pytest.approx(0.5 ** (time / low), rel=0.06)
        assert table.loc[time, "upper"] == pytest.approx(0.5 ** (time / high), rel=0.02)


def test_the_mean_is_within_its_monte_carlo_error_of_the_integral():
    table = prior_survival(MODEL, REFERENCE, [12.0], draws=DRAWS)
    density = PRIORS["median"].distribution.pdf
    mean, _ = integrate.quad(lambda m: 0.5 ** (12.0 / m) * density(m), 0.0, np.inf)
    error = table["mcse"].item()
    assert 1e-4 < error < 5e-3
    assert table["survival"].item() == pytest.approx(mean, abs=4 * error)


def test_sentences_tell_medians_survival_and_ratios():
    told = implied(MODEL, REFERENCE, months=12.0, draws=DRAWS).set_index("quantity")
    low, high = PRIORS["median"].interval
    assert told.loc["median", "lower"] == pytest.approx(low, rel=0.03)
    assert told.loc["median", "upper"] == pytest.approx(high, rel=0.03)
    assert told.loc["survival at 12 months", "middle"] == pytest.approx(0.5**1.2, rel=0.02)
    ratio = told.loc["hazard ratio"]
    assert (ratio["lower"], ratio["upper"]) == pytest.approx(
        np.exp(PRIORS["linear"].interval), rel=0.03
    )
    words = told["sentence"].tolist()
    assert words[0].startswith("reference: median between 3.")
    assert words[0].endswith("months with 95%")
    assert words[1].startswith("reference: survival at 12 months between ")
    assert words[2].startswith("age, per unit: hazard ratio between 0.4")


def test_an_accelerated_model_tells_time_ratios_and_a_cured_share_may_leave_no_median():
    priors = Priors((("cured", Beta(9.0, 9.0)),))
    parts = {"effect": AcceleratedFailureTime(), "modifiers": (Cure(),)}
    model = SurvivalModel("Surv(time, event) ~ age", Weibull(), priors, **parts)
    told = implied(model, REFERENCE)["sentence"].tolist()
    assert "and never with 95%" in told[0]
    assert "time ratio between" in told[2]


def test_the_same_seed_gives_the_same_draws_and_another_other_ones():
    first, again, other = (prior_fit(MODEL, draws=8, seed=seed) for seed in (1, 1, 2))
    assert first.posterior.equals(again.posterior)
    assert not first.posterior.equals(other.posterior)
    assert first.samples == 8
    assert first.thinned(4).samples == 4
    assert first.label == "prior"


def test_a_model_that_takes_knots_from_patients_says_so():
    model = SurvivalModel("Surv(time, event) ~ age", MSpline(2))
    with pytest.raises(InputError, match=r"model\.suited\(patients\)"):
        prior_fit(model)
    rows = pd.DataFrame({"time": np.arange(1.0, 9.0), "event": 1.0, "age": np.arange(8.0)})
    assert prior_fit(model.suited(rows), draws=4).samples == 4


def test_sizes_and_times_are_checked():
    with pytest.raises(InputError, match="draws"):
        prior_fit(MODEL, draws=0)
    with pytest.raises(InputError, match="months"):
        implied(MODEL, REFERENCE, months=-1.0)
    with pytest.raises(InputError, match="age"):
        implied(MODEL, pd.DataFrame(index=["reference"]))
