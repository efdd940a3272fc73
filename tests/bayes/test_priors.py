"""Evidence: scipy's quantiles; PyMC's own densities; sentences read back as numbers."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import stats

from oligotrial.bayes import (
    Dirichlet,
    HalfNormal,
    LogNormal,
    MSpline,
    Normal,
    Parameter,
    Priors,
    SurvivalModel,
    Weibull,
)
from oligotrial.bayes.build import VARIABLES
from oligotrial.bayes.priors import DEFAULTS
from oligotrial.checks import InputError

SCIPY = [
    (Normal(0.3, 0.2), stats.norm(0.3, 0.2)),
    (LogNormal(12.0, 0.8), stats.lognorm(0.8, scale=12.0)),
    (HalfNormal(0.35), stats.halfnorm(scale=0.35)),
]
of_each_kind = pytest.mark.parametrize(("prior", "scipys"), SCIPY, ids=lambda each: str(each)[:9])


@of_each_kind
def test_the_interval_is_the_central_95_percent(prior, scipys):
    assert prior.interval == pytest.approx(scipys.interval(0.95), rel=1e-12)


@of_each_kind
def test_pymc_is_given_the_distribution_that_the_words_name(prior, scipys):
    with pm.Model():
        variable = VARIABLES[type(prior)]("x", prior.numbers, None)
    at = np.array([0.1, 0.4, 2.0])
    np.testing.assert_allclose(pm.logp(variable, at).eval(), scipys.logpdf(at), rtol=1e-10)


def test_dirichlet_of_concentration_1_is_uniform_over_shares():
    with pm.Model():
        variable = VARIABLES[Dirichlet]("x", Dirichlet(2.5).numbers, 3)
    at = np.array([0.2, 0.3, 0.5])
    expected = stats.dirichlet([2.5, 2.5, 2.5]).logpdf(at)
    assert pm.logp(variable, at).eval() == pytest.approx(expected, rel=1e-10)
    assert Dirichlet(2.5).interval == (0.0, 1.0)


def test_a_sentence_says_the_ends_of_the_interval():
    words = "between {low:.2f} and {high:.2f}, ratio {ratio_low:.2f} to {ratio_high:.2f}"
    parameter = Parameter("x", Normal(0.0, 1.0 / stats.norm.ppf(0.975)), implies=words)
    assert parameter.sentence == "between -1.00 and 1.00, ratio 0.37 to 2.72"


@pytest.mark.parametrize("baseline", [Weibull(), MSpline(2)], ids=["weibull", "m-spline"])
def test_every_parameter_has_words_and_a_sentence_without_gaps(baseline):
    text = "Surv(time, event) ~ bed(schedule) + monotone(line) + pooled(subtype) + age"
    frame = pd.DataFrame({"time": np.arange(1.0, 9.0), "event": np.ones(8)})
    for parameter in SurvivalModel(text, baseline).suited(frame).parameters:
        assert parameter.prior.words
        assert parameter.sentence
        assert "{" not in parameter.sentence


def test_the_default_priors_are_what_their_comment_says():
    """Median 2.5 to 58 months; 0.82 to 1.22 per 10 Gy; 0.23 to 4.3 for lines; factor 2."""
    assert DEFAULTS["median"].interval == pytest.approx((2.5, 57.6), abs=0.05)
    assert np.exp(DEFAULTS["bed"].interval) == pytest.approx((0.82, 1.22), abs=0.005)
    assert np.exp(DEFAULTS["monotone"].interval) == pytest.approx((0.23, 4.35), abs=0.005)
    assert np.exp(DEFAULTS["pooled_sd"].interval[1]) == pytest.approx(2.19, abs=0.005)


def test_what_is_given_replaces_the_default_and_nothing_else():
    priors = Priors((("bed", Normal(0.0, 0.2)),))
    assert priors["bed"] == Normal(0.0, 0.2)
    assert priors["median"] == DEFAULTS["median"]


def test_an_unknown_prior_is_refused():
    with pytest.raises(InputError, match=r"there is no prior 'beds'.*did you mean 'bed'"):
        Priors((("beds", Normal(0.0, 0.2)),))


def test_a_prior_of_another_support_is_refused():
    with pytest.raises(InputError, match=r"priors.bed: .* has the support .positive.*like that of normal"):
        Priors((("bed", HalfNormal(0.2)),))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Normal(0.0, 0.0), "sd"),
        (lambda: Normal(0.0, -1.0), "sd"),
        (lambda: LogNormal(-3.0, 0.5), "median"),
        (lambda: LogNormal(3.0, np.nan), "sd_log"),
        (lambda: HalfNormal(np.inf), "sd"),
        (lambda: Dirichlet(0.0), "concentration"),
    ],
)
def test_a_scale_is_positive(make, name):
    with pytest.raises(InputError, match="is not a positive number") as caught:
        make()
    assert caught.value.where == name


def test_a_normal_has_a_finite_mean():
    with pytest.raises(InputError, match="mean"):
        Normal(np.nan, 1.0)
