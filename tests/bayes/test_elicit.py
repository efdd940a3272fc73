"""Evidence: closed forms of quantiles; what was put in comes out; misfits told in words."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from oligotrial.bayes.elicit import STARTS, elicit
from oligotrial.bayes.families import (
    FAMILIES,
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
from oligotrial.checks import InputError

PRIORS = [
    Normal(-0.3, 0.2),
    StudentT(4.0, -0.2, 0.3),
    LogNormal(9.0, 0.7),
    HalfNormal(0.3),
    HalfStudentT(3.0, 0.4),
    HalfCauchy(0.2),
    Gamma(0.7, 0.2),
    InverseGamma(2.0, 0.7),
    Exponential(0.4),
    Beta(1.0, 3.0),
]


def test_every_family_of_single_numbers_is_elicited():
    assert set(STARTS) == set(FAMILIES.values()) - {Dirichlet} == {type(each) for each in PRIORS}


@pytest.mark.parametrize("prior", PRIORS, ids=lambda each: type(each).__name__)
def test_the_quantiles_of_a_prior_give_it_back(prior):
    count = len(fields(prior))
    probabilities = {1: [0.9], 2: [0.025, 0.975], 3: [0.025, 0.3, 0.975]}[count]
    stated = {each: float(prior.distribution.ppf(each)) for each in probabilities}
    found = elicit(type(prior), stated)
    for field in fields(prior):
        expected = getattr(prior, field.name)
        assert getattr(found.prior, field.name) == pytest.approx(expected, rel=1e-6)
    assert found.misfit < 1e-9
    assert found.words.endswith("has the stated quantiles")


@given(
    low=st.floats(-3.0, 3.0),
    width=st.floats(0.01, 5.0),
    first=st.floats(0.01, 0.45),
    last=st.floats(0.55, 0.99),
)
def test_two_quantiles_of_a_normal_have_a_closed_form(low, width, first, last):
    found = elicit(Normal, {first: low, last: low + width}).prior
    sd = width / (stats.norm.ppf(last) - stats.norm.ppf(first))
    assert found.sd == pytest.approx(sd, rel=1e-6)
    assert found.mean == pytest.approx(low - sd * stats.norm.ppf(first), rel=1e-6, abs=1e-6)


def test_two_quantiles_of_a_median_make_a_log_normal():
    found = elicit(LogNormal, {0.025: 3, 0.975: 40})
    assert found.prior.median == pytest.approx(np.sqrt(120.0), rel=1e-9)
    assert found.prior.interval == pytest.approx((3.0, 40.0), rel=1e-9)


def test_one_quantile_makes_a_half_normal():
    found = elicit(HalfNormal, {0.95: 1.0})
    assert found.prior.sd == pytest.approx(1.0 / stats.norm.ppf(0.975), rel=1e-9)


def test_a_number_of_the_family_can_be_fixed():
    found = elicit(StudentT, {0.025: -0.3, 0.975: 0.3}, fixed={"df": 4})
    assert found.prior.df == 4
    assert found.prior.scale == pytest.approx(0.3 / stats.t(4).ppf(0.975), rel=1e-9)


def test_more_quantiles_than_numbers_are_met_by_least_squares_and_the_misfit_is_told():
    stated = {0.025: 3.0, 0.5: 9.0, 0.975: 40.0}
    found = elicit(LogNormal, stated)
    scores = stats.norm.ppf(list(stated))
    slope, centre = np.polyfit(scores, np.log(list(stated.values())), 1)
    assert found.prior.median == pytest.approx(np.exp(centre), rel=1e-6)
    assert found.prior.sd_log == pytest.approx(slope, rel=1e-6)
    assert list(found.table["stated"]) == [3.0, 9.0, 40.0]
    expected = found.prior.median * np.exp(found.prior.sd_log * scores)
    np.testing.assert_allclose(found.table["found"], expected, rtol=1e-9)
    errors = np.log(found.table["found"] / found.table["stated"]) / np.log(40.0 / 3.0)
    assert found.misfit == pytest.approx(np.abs(errors).max(), rel=1e-9)
    assert "can't have all of these (0.025: 2.81 for 3; 0.5: 10.26 for 9" in found.words


def test_a_small_misfit_is_called_near():
    words = elicit(LogNormal, {0.025: 3.0, 0.5: 10.5, 0.975: 40.0}).words
    assert "is near the stated quantiles (0.025: 2.958 for 3" in words


MISTAKES = [
    (lambda: elicit(Dirichlet, {0.5: 0.2}), "don't make a Dirichlet prior"),
    (lambda: elicit(Normal, {}), "there are no quantiles"),
    (lambda: elicit(Normal, {0.5: 1.0}), "1 quantiles don't say what mean and sd"),
    (lambda: elicit(Normal, {2.5: 1.0, 97.5: 2.0}), "2.5 is not between 0 and 1"),
    (lambda: elicit(Normal, {0.1: 2.0, 0.9: 1.0}), "2, 1 don't increase"),
    (lambda: elicit(Normal, {0.1: 2.0, 0.9: np.nan}), "don't increase"),
    (lambda: elicit(LogNormal, {0.1: -2.0, 0.9: 1.0}), "not all inside the support"),
    (lambda: elicit(Beta, {0.1: 0.2, 0.9: 1.0}), "'unit interval'"),
    (lambda: elicit(StudentT, {0.1: 2.0, 0.9: 3.0}, fixed={"dfs": 3}), "did you mean 'df'"),
    (lambda: elicit(StudentT, {0.1: 2.0, 0.9: 3.0}, fixed={"df": -3}), "no StudentT prior"),
]


@pytest.mark.parametrize(("ask", "words"), MISTAKES, ids=lambda each: str(each)[:20])
def test_mistakes_are_told(ask, words):
    with pytest.raises(InputError, match=words):
        ask()
