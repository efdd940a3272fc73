"""Evidence: scipy's quantiles; PyMC's own densities; sentences read back as numbers."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from oligotrial.bayes import MSpline, SurvivalModel, Weibull
from oligotrial.bayes.build import VARIABLES
from oligotrial.bayes.families import (
    FAMILIES,
    KINDS,
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Normal,
    StudentT,
)
from oligotrial.bayes.priors import DEFAULTS, Parameter, Priors
from oligotrial.checks import InputError

from .simulated import patients

SCIPY = {
    Normal(0.3, 0.2): stats.norm(0.3, 0.2),
    StudentT(4.0, 0.3, 0.2): stats.t(4.0, 0.3, 0.2),
    LogNormal(12.0, 0.8): stats.lognorm(0.8, scale=12.0),
    HalfNormal(0.35): stats.halfnorm(scale=0.35),
    HalfStudentT(4.0, 0.5): None,
    HalfCauchy(0.3): stats.halfcauchy(scale=0.3),
    Gamma(2.0, 0.5): stats.gamma(2.0, scale=2.0),
    InverseGamma(2.0, 0.7): stats.invgamma(2.0, scale=0.7),
    Exponential(0.4): stats.expon(scale=0.4),
    Beta(1.5, 3.0): stats.beta(1.5, 3.0),
}
"""A prior of each family of single numbers, and what scipy has of the same name."""

of_each_family = pytest.mark.parametrize("prior", SCIPY, ids=lambda each: type(each).__name__)


def evaluated(symbol):
    return pytensor.function([], symbol, mode=pytensor.compile.mode.Mode("py", None))()


def test_every_family_is_here():
    assert {type(prior) for prior in SCIPY} | {Dirichlet} == set(KINDS.values()) == set(VARIABLES)
    assert set(FAMILIES.values()) == set(KINDS.values())


@of_each_family
def test_the_interval_is_the_central_95_percent(prior):
    if isinstance(prior, HalfStudentT):  # folded: its quantiles are those of the whole's halves
        expected = stats.t(4.0, scale=0.5).ppf([0.5125, 0.9875])
    else:
        expected = SCIPY[prior].interval(0.95)
    assert prior.interval == pytest.approx(expected, rel=1e-12)


@of_each_family
def test_pymc_is_given_the_distribution_that_the_words_name(prior):
    """PyMC takes logs of some constants of its own in single precision."""
    numbers = {name: np.array(value, float) for name, value in prior.numbers.items()}
    with pm.Model():
        variable = VARIABLES[type(prior)]("x", numbers, None)
    at = np.array([0.1, 0.4, 0.9])
    found = evaluated(pm.logp(variable, at))
    np.testing.assert_allclose(found, prior.distribution.logpdf(at), rtol=1e-8, atol=1e-8)
    if not isinstance(prior, HalfStudentT):
        np.testing.assert_allclose(found, SCIPY[prior].logpdf(at), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("prior", [*SCIPY, Dirichlet(1.0)], ids=lambda each: type(each).__name__)
def test_the_support_takes_a_samplers_free_numbers_to_values_as_pymc_does(prior):
    with pm.Model() as model:
        variable = VARIABLES[type(prior)]("x", prior.numbers, 3)
    free = np.array([-0.7, 0.2, 1.1])[prior.support.fewer :]
    transform = model.rvs_to_transforms[variable]
    expected = free if transform is None else evaluated(transform.backward(pt.constant(free)))
    np.testing.assert_allclose(prior.support.constrained(free), expected, rtol=1e-12)


@of_each_family
def test_draws_are_of_the_distribution(prior):
    """Kolmogorov and Smirnov's distance for one seed, which sees draws that are 10% too far."""
    draws = prior.draw(np.random.default_rng(8), draws=2000, size=5)
    assert draws.shape == (2000, 5)
    assert stats.kstest(draws.ravel(), prior.distribution.cdf).pvalue > 1e-3
    shifted = draws.ravel() + 0.1 * np.ptp(prior.distribution.ppf([0.25, 0.75]))
    assert stats.kstest(shifted, prior.distribution.cdf).pvalue < 1e-3


def test_draws_of_shares_sum_to_1():
    draws = Dirichlet(1.0).draw(np.random.default_rng(8), draws=100, size=4)
    assert draws.shape == (100, 4)
    np.testing.assert_allclose(draws.sum(axis=1), 1.0, rtol=1e-12)


@of_each_family
def test_a_prior_in_another_unit_has_quantiles_in_it(prior):
    if isinstance(prior, Beta):
        with pytest.raises(InputError, match="without a unit"):
            prior.times(12.0)
    else:
        expected = 12.0 * np.array(prior.interval)
        assert prior.times(12.0).interval == pytest.approx(expected, rel=1e-10)


def test_dirichlet_of_concentration_1_is_uniform_over_shares():
    with pm.Model():
        variable = VARIABLES[Dirichlet]("x", Dirichlet(2.5).numbers, 3)
    at = np.array([0.2, 0.3, 0.5])
    expected = stats.dirichlet([2.5, 2.5, 2.5]).logpdf(at)
    assert evaluated(pm.logp(variable, at)) == pytest.approx(expected, rel=1e-10)
    assert Dirichlet(2.5).interval == (0.0, 1.0)


def test_a_sentence_says_the_ends_of_the_interval():
    words = "between {low:.2f} and {high:.2f}, ratio {ratio_low:.2f} to {ratio_high:.2f}"
    parameter = Parameter("x", Normal(0.0, 1.0 / stats.norm.ppf(0.975)), implies=words)
    assert parameter.sentence == "between -1.00 and 1.00, ratio 0.37 to 2.72"


@pytest.mark.parametrize("baseline", [Weibull(), MSpline(2)], ids=["weibull", "m-spline"])
def test_every_parameter_has_words_and_a_sentence_without_gaps(baseline):
    text = "Surv(time, event) ~ bed(schedule) + monotone(line) + pooled(subtype) + age"
    frame = patients(8, seed=1).assign(event=1, age=np.arange(8.0))
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
    with pytest.raises(InputError, match=r"has the support .positive.*like that of normal"):
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
        (lambda: StudentT(0.0, 0.0, 1.0), "df"),
        (lambda: StudentT(4.0, 0.0, -1.0), "scale"),
        (lambda: HalfStudentT(-4.0, 1.0), "df"),
        (lambda: HalfStudentT(4.0, np.nan), "scale"),
        (lambda: HalfCauchy(0.0), "scale"),
        (lambda: Gamma(0.0, 1.0), "shape"),
        (lambda: Gamma(1.0, 0.0), "rate"),
        (lambda: InverseGamma(0.0, 1.0), "shape"),
        (lambda: InverseGamma(1.0, 0.0), "scale"),
        (lambda: Exponential(0.0), "mean"),
        (lambda: Beta(0.0, 1.0), "alpha"),
        (lambda: Beta(1.0, np.inf), "beta"),
    ],
)
def test_a_scale_is_positive(make, name):
    with pytest.raises(InputError, match="is not a positive number") as caught:
        make()
    assert caught.value.where == name


def test_a_normal_has_a_finite_mean():
    with pytest.raises(InputError, match="mean"):
        Normal(np.nan, 1.0)
