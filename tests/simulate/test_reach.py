"""Evidence: closed forms of counts of events, and identities with the trials themselves."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, nbinom, poisson

from oligotrial.checks import InputError
from oligotrial.hazard import Cure, Exponential, Proportional
from oligotrial.simulate import Scenario, check_reachable, expected_events, reach_probability, size
from oligotrial.simulate.sizing import Certainty, Events, Minimum, Success
from oligotrial.simulate.trials import Machine
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    Centre,
    CentreAccrual,
    Design,
    Earlier,
    Imaging,
    Later,
    LogRank,
    PeriodAccrual,
    UncertainAccrual,
)

CONTROL = Exponential(0.08)
AT_ONCE = Accrual(1e7)
REPLICATES = 10_000


def world(log_ratio=0.0, control=CONTROL):
    treated = Proportional(control, log_ratio)
    return Scenario("truth", ("all",), np.ones(1), control, treated).world()


def design(events, *, patients=60, accrual=AT_ONCE, **changed):
    return Design(patients, AtEvents(events), LogRank(0.10), accrual, **changed)


def reached(of, truth, month):
    return float(reach_probability(of, truth, np.array([month]))[0])


# Closed forms.


@pytest.mark.parametrize("events", [1, 20, 25, 40, 60])
def test_events_of_patients_who_come_at_once_are_binomial(events):
    chance = -np.expm1(-0.08 * 7.0)
    found = reached(design(events), world(), 7.0)
    assert found == pytest.approx(binom.sf(events - 1, 60, chance), abs=1e-4)


@pytest.mark.parametrize("events", [1, 10, 20, 30])
def test_events_of_an_accrual_that_goes_on_are_poisson(events):
    # rate * integral of 1 - exp(-hazard * follow-up): 600 patients never get in
    mean = 3.0 * (24.0 + np.expm1(-0.08 * 24.0) / 0.08)
    found = reached(design(events, patients=600, accrual=Accrual(3.0)), world(), 24.0)
    assert found == pytest.approx(poisson.sf(events - 1, mean), abs=1e-4)


def test_events_at_a_rate_that_is_uncertain_are_negative_binomial():
    uncertain = design(20, patients=600, accrual=UncertainAccrual(Accrual(3.0), 12))
    mean = 3.0 * (24.0 + np.expm1(-0.08 * 24.0) / 0.08)
    # 200 evenly spread rates stand for all
    expected = nbinom.sf(19, 12, 12 / (12 + mean))
    assert reached(uncertain, world(), 24.0) == pytest.approx(expected, abs=2e-3)
    assert expected_events(uncertain, world(), np.array([24.0]))[0] == pytest.approx(mean, rel=5e-3)


def test_all_events_of_evenly_spaced_patients_are_a_product():
    even = design(12, patients=12, accrual=Accrual(1.0, poisson=False))
    each = -np.expm1(-0.08 * (40.0 - np.arange(1, 13)))
    assert reached(even, world(), 40.0) == pytest.approx(np.prod(each), rel=1e-3)


def test_some_events_of_evenly_spaced_patients_are_the_sum_over_who_has_them():
    even = design(6, patients=10, accrual=Accrual(1.0, poisson=False))
    each = -np.expm1(-0.08 * (15.0 - np.arange(1, 11)))
    outcomes = np.array(list(product((0, 1), repeat=10)))
    weights = np.prod(np.where(outcomes, each, 1 - each), axis=1)
    expected = weights[outcomes.sum(axis=1) >= 6].sum()
    assert reached(even, world(), 15.0) == pytest.approx(expected, abs=1e-4)


def test_many_evenly_spaced_patients_are_normal():
    each = design(600, patients=2_000, accrual=Accrual(100.0, poisson=False))
    month = 14.5
    convolved, normal = (
        reached(replace(each, patients=patients), world(), month) for patients in (2_000, 2_001)
    )
    assert 0.2 < convolved < 0.4
    assert normal == pytest.approx(convolved, abs=1e-3)  # the last patients aren't there yet


def test_some_are_never_to_have_the_event():
    spared = world(control=Cure(CONTROL, 0.4))
    found = reached(design(30), spared, 1_000.0)
    assert found == pytest.approx(binom.sf(29, 60, 0.6), abs=1e-4)


# Identities with trials.

EVEN = Accrual(5.0, poisson=False)
RAMP = PeriodAccrual((0.0, 6.0, 12.0), (1.0, 0.0, 8.0))
CENTRES = CentreAccrual(
    tuple(Centre(1.2, opens_month=month, ramp_months=6.0) for month in (0.0, 2.0, 4.0, 9.0)),
    variation=0.8,
)
WAYS = {
    "even": EVEN,
    "poisson": Accrual(5.0),
    "by period": RAMP,
    "uncertain": UncertainAccrual(Accrual(5.0), 12),
    "uncertain by period": UncertainAccrual(replace(RAMP, poisson=False), 12),
    "by centre": CENTRES,
}
DRAWN = np.random.default_rng(1).normal(-0.3, 0.4, (100, 1))


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("log_ratio", [0.0, DRAWN], ids=["one truth", "drawn"])
def test_reach_and_expectation_are_those_of_trials(name, log_ratio):
    made = design(
        30, accrual=WAYS[name], dropout_per_month=0.01, imaging=Imaging((8.0,), window_weeks=0.0)
    )
    truth = world(log_ratio)
    calendar = Machine(made, truth.truth, 1).latent(0, REPLICATES).calendar
    months = np.array([10.0, 20.0, 26.0, 60.0])
    events = np.stack([(calendar <= month).sum(axis=1) for month in months], axis=1)
    errors = events.std(axis=0) / np.sqrt(REPLICATES)
    expected = expected_events(made, truth, months)
    # 100 draws of effects, or 200 of rates, stand for all: in proportion, less than 0.7%
    few = 0.007 * expected
    assert (np.abs(events.mean(axis=0) - expected) < 4 * errors + 0.002 + few).all()
    shares = (events >= 30).mean(axis=0)
    found = reach_probability(made, truth, months)
    spread = np.sqrt(found * (1 - found) / REPLICATES)
    # arms are of even size in each trial, which the closed form leaves out
    assert (np.abs(shares - found) < 4 * spread + 0.012).all()


# What is refused, warned of and let through.


def test_all_events_of_all_patients_are_let_through():
    everybody = design(60, accrual=Accrual(5.0))
    assert check_reachable(everybody, world(), within_months=240.0) > 0.99
    goal = Minimum(Success(), 0.5)
    found = size(
        everybody, world(-0.7), target=goal, over=Events(), between=(10, 60), seed=1,
        certainty=Certainty(least=2_500, most=2_500),
    )  # fmt: skip
    assert found.value < 60
    assert (found.table["reached"] == 1).all()


def test_events_that_come_in_few_trials_are_warned_of():
    leaving = design(45, accrual=Accrual(5.0), dropout_per_month=0.03)
    with pytest.warns(UserWarning, match=r"comes in \d+\.\d% of trials by month 240"):
        chance = check_reachable(leaving, world(), within_months=240.0)
    assert 0.001 < chance < 0.5


def test_events_that_leaving_keeps_from_coming_are_refused():
    leaving = design(60, accrual=Accrual(5.0), dropout_per_month=0.03)
    with pytest.raises(InputError, match=r"never reaches the 60 events .* enrol more patients"):
        check_reachable(leaving, world(), within_months=240.0)


def test_a_look_that_may_come_without_events_is_let_through():
    slow = design(60, accrual=Accrual(0.5))
    dated = replace(slow, analysis=Earlier((AtEvents(60), AtCalendar(36.0))))
    assert check_reachable(dated, world(), within_months=60.0) == 1
    with pytest.raises(InputError, match="never reaches the 60 events"):
        check_reachable(replace(slow, analysis=Later(dated.analysis.moments)), world(),
                        within_months=60.0)  # fmt: skip


@pytest.mark.parametrize("poisson", [True, False])
def test_patients_whom_the_look_waits_for_have_to_come(poisson):
    waiting = replace(
        design(60, accrual=Accrual(0.5, poisson=poisson)), analysis=AfterEnrolment(60, 12.0)
    )
    assert check_reachable(waiting, world(), within_months=240.0) > 0.99
    with pytest.raises(InputError, match=r"accrual of 0\.5 .* never reaches the 60 patients"):
        check_reachable(waiting, world(), within_months=60.0)


@pytest.mark.parametrize("events", [0, 61])
def test_impossible_events_are_told(events):
    with pytest.raises(InputError, match="events: "):
        reach_probability(design(30), world(), np.array([10.0]), events=events)
