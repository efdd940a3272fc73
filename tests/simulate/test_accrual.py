"""Evidence: closed forms: Poisson and negative binomial counts, exact even arrivals."""

import numpy as np
import pytest
from scipy.stats import chisquare, gamma, kstest, nbinom, poisson

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential
from oligotrial.simulate import Scenario, check_reachable
from oligotrial.simulate.operating import months_to_enrol
from oligotrial.simulate.trials import Machine
from oligotrial.trial import (
    Accrual,
    AtEvents,
    Centre,
    CentreAccrual,
    Design,
    LogRank,
    PeriodAccrual,
    UncertainAccrual,
)

CONTROL = Exponential(0.08)
WORLD = Scenario("t", ("all",), np.ones(1), CONTROL, CONTROL).world()
TRIALS = 4_000


def arrivals(accrual, *, patients=120, trials=TRIALS, seed=1):
    design = Design(patients, AtEvents(40), LogRank(0.1), accrual)
    return Machine(design, WORLD.truth, seed).latent(0, trials).arrival


def counts(accrual, month, **options):
    return (arrivals(accrual, **options) <= month).sum(axis=1)


def fits(found, distribution):
    """Return the p-value of a chi-squared test of counts, tails taken together."""
    low, high = distribution.ppf([0.02, 0.98]).astype(int)
    binned = np.bincount(np.clip(found, low, high) - low, minlength=high - low + 1)
    share = distribution.pmf(np.arange(low, high + 1))
    share[0], share[-1] = distribution.cdf(low), distribution.sf(high - 1)
    return chisquare(binned, share / share.sum() * found.size).pvalue


RAMP = PeriodAccrual((0.0, 6.0, 12.0), (1.0, 0.0, 4.0))


@pytest.mark.parametrize(
    ("accrual", "month", "expected"),
    [
        (Accrual(3.0), 10.0, 30.0),
        (RAMP, 6.0, 6.0),
        (RAMP, 12.0, 6.0),
        (RAMP, 18.0, 30.0),
        (CentreAccrual((Centre(1.0), Centre(2.0, opens_month=4.0))), 10.0, 22.0),
        (CentreAccrual((Centre(2.0, ramp_months=8.0),)), 12.0, 16.0),
    ],
)
def test_poisson_arrivals_by_a_month(accrual, month, expected):
    found = counts(accrual, month)
    assert fits(found, poisson(expected)) > 1e-3


def test_gaps_between_arrivals_are_exponential():
    gaps = np.diff(arrivals(Accrual(3.0), trials=100), prepend=0.0, axis=1)
    assert kstest(gaps.ravel(), "expon", (0, 1 / 3)).pvalue > 1e-3


def test_even_arrivals_come_when_they_are_expected():
    steady = arrivals(Accrual(4.0, poisson=False), trials=2)
    np.testing.assert_allclose(steady, np.tile(np.arange(1, 121) / 4, (2, 1)))
    ramp = arrivals(PeriodAccrual((0.0, 6.0), (1.0, 4.0), poisson=False), trials=2)
    np.testing.assert_allclose(ramp[0, :8], [1, 2, 3, 4, 5, 6, 6.25, 6.5])


def test_an_observed_rate_gives_negative_binomial_counts():
    # gamma(shape n) rates: the classical predictive distribution after n patients
    uncertain = UncertainAccrual(Accrual(2.0), 25)
    assert fits(counts(uncertain, 10.0), nbinom(25, 25 / (25 + 20))) > 1e-3


def test_each_trial_has_a_rate_of_its_own():
    uncertain = UncertainAccrual(Accrual(2.0, poisson=False), 25)
    rates = 120 / arrivals(uncertain)[:, -1]
    assert kstest(rates, gamma(25, scale=2.0 / 25).cdf).pvalue > 1e-3


def test_centres_rates_vary_as_said():
    centres = CentreAccrual((Centre(1.0),) * 8, poisson=False, variation=0.5)
    rates = 120 / arrivals(centres)[:, -1]
    # the sum of 8 gammas of shape 1 / 0.5**2
    assert kstest(rates, gamma(32, scale=1 / 4).cdf).pvalue > 1e-3


def test_arrivals_are_the_same_in_any_size_of_trial():
    np.testing.assert_array_equal(
        arrivals(UncertainAccrual(RAMP, 20), patients=60),
        arrivals(UncertainAccrual(RAMP, 20))[:, :60],
    )


@pytest.mark.parametrize("accrual", [Accrual(3.0), RAMP])
def test_months_to_enrol_are_those_of_even_arrivals(accrual):
    design = Design(60, AtEvents(40), LogRank(0.1), accrual)
    upto = months_to_enrol(design, 60)
    starts, rates = accrual.starts_months, accrual.expected_rates
    ends = np.minimum(np.r_[starts[1:], np.inf], upto)
    assert np.clip(ends - starts, 0, None) @ rates == pytest.approx(60)


CENTRES = CentreAccrual((Centre(1.0, 0.0, 6.0), Centre(2.0, 6.0, 3.0)), variation=0.5)


@pytest.mark.parametrize(
    "accrual", [UncertainAccrual(Accrual(3.0), 30), UncertainAccrual(RAMP, 30), CENTRES]
)
def test_months_to_enrol_are_those_of_trials_whose_rates_are_not_known(accrual):
    # rates of 30 patients vary by a fifth: E[1 / rate] is 30 / 29 of 1 / E[rate]
    upto = months_to_enrol(Design(120, AtEvents(40), LogRank(0.1), accrual), 120)
    last = arrivals(accrual)[:, -1]
    error = last.std() / np.sqrt(last.size)
    assert upto == pytest.approx(last.mean(), abs=3.5 * error + 0.005 * upto)
    by_expected_rates = months_to_enrol(
        Design(
            120,
            AtEvents(40),
            LogRank(0.1),
            PeriodAccrual(tuple(accrual.starts_months), tuple(accrual.expected_rates)),
        ),
        120,
    )
    assert upto > by_expected_rates + 0.02 * upto


def test_accrual_that_is_too_slow_is_told_before_a_run():
    slow = PeriodAccrual((0.0, 12.0), (1.0, 0.1))
    design = Design(60, AtEvents(40), LogRank(0.1), slow)
    with pytest.raises(InputError, match="never reaches the 40 events"):
        check_reachable(design, WORLD, within_months=120)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Accrual(0.0), "0.0 is not a positive number"),
        (lambda: PeriodAccrual((0.0, 6.0), (1.0,)), "1 rates for 2 periods"),
        (lambda: PeriodAccrual((1.0, 6.0), (1.0, 2.0)), "don't ascend from 0"),
        (lambda: PeriodAccrual((0.0, 6.0), (1.0, 0.0)), "the last patients may never come"),
        (lambda: PeriodAccrual((0.0, 6.0), (-1.0, 1.0)), "negative"),
        (lambda: CentreAccrual(()), "no centre is open at month 0"),
        (lambda: CentreAccrual((Centre(1.0, opens_month=2.0),)), "no centre is open at month 0"),
        (lambda: Centre(0.0), "not a positive number"),
        (lambda: UncertainAccrual(Accrual(1.0), 0), "0 is not a positive number"),
    ],
)
def test_impossible_accrual_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
