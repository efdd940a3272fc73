"""Evidence: identities (decisions remade look by look; the planned looks), limits (alpha is kept).

A type I error is held to its nominal value in large trials, within 3 Monte Carlo standard errors;
the planned boundaries' own error, which is known by integration, stands beside it.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional
from oligotrial.report import WIDE, Sheet, draw_rule
from oligotrial.simulate import Batch, Scenario, run, simulate_rows
from oligotrial.simulate.sizing import Events, Patients
from oligotrial.simulate.sizing.together import simulated_together
from oligotrial.simulate.trials import COLUMNS
from oligotrial.trial import (
    Accrual,
    AtCalendar,
    AtEvents,
    BetaSpending,
    ConditionalPower,
    CoxTest,
    Design,
    Earlier,
    FixedFutility,
    GroupSequential,
    HwangShihDeCani,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    Later,
    LogRank,
    Monitored,
    NoFutility,
    OBrienFleming,
    Observed,
    PrecisionSeen,
    Repeated,
    SequentialLogRank,
    SpendByLesser,
    SpendByMonths,
    boundaries_seen,
)

CONTROL = Exponential(np.log(2) / 9)
LOOK, DECISION, MONTH, EVENTS = range(4)
MONTHS = (16.0, 26.0, 38.0)
DATES = tuple(map(AtCalendar, MONTHS))
FRACTIONS = (0.4, 0.7, 1.0)
FUTILITIES = {
    "none": NoFutility(),
    "fixed": FixedFutility((0.0, 0.5)),
    "fixed, binding": FixedFutility((0.0, 0.5), binding=True),
    "beta": BetaSpending(HwangShihDeCani(-2.0), 0.2),
    "beta, binding": BetaSpending(HwangShihDeCani(-2.0), 0.2, binding=True),
}


def world(hazard_ratio=1.0):
    experimental = Proportional(CONTROL, np.log(hazard_ratio))
    return Scenario("truth", ("all",), np.ones(1), CONTROL, experimental).world()


def plan(futility="none", *, alpha=0.1, events=90, efficacy=None, two_sided=False):
    made = efficacy or LanDeMetsOBrienFleming()
    rule = GroupSequential(FRACTIONS, alpha, made, FUTILITIES[futility], two_sided)
    return SequentialLogRank(rule, events)


def design(test, looks=DATES, *, patients=120, rate=5.0, **options):
    return Design(patients, looks, test, Accrual(rate), **options)


def rows(made, trials, *, hazard_ratio=1.0, seed=1):
    return simulate_rows(Batch(made, world(hazard_ratio), trials, seed), 0, trials)


@pytest.mark.parametrize("obeyed", [True, False])
@pytest.mark.parametrize("futility", FUTILITIES)
def test_looks_at_the_planned_events_decide_as_the_fixed_boundaries(futility, obeyed):
    made = plan(futility)
    fixed = design(made, made.looks, obey_futility=obeyed)
    for rule in (Observed(made), Observed(made, SpendByLesser())):
        found = design(rule, made.looks, obey_futility=obeyed)
        for ratio in (1.0, 0.65):
            np.testing.assert_array_equal(
                rows(found, 1_000, hazard_ratio=ratio), rows(fixed, 1_000, hazard_ratio=ratio)
            )
        np.testing.assert_allclose(
            found.thresholds.efficacy, fixed.thresholds.efficacy, rtol=0, atol=1e-11
        )


def test_two_sided_looks_at_the_planned_events_decide_as_the_fixed_boundaries():
    made = plan(two_sided=True, alpha=0.2)
    found = rows(design(Observed(made), made.looks), 4_000)
    np.testing.assert_array_equal(found, rows(design(made, made.looks), 4_000))
    assert set(found[:, DECISION]) == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("by_months", [False, True])
@pytest.mark.parametrize("futility", ["none", "fixed, binding", "beta"])
def test_looks_on_dates_decide_by_the_boundaries_of_each_trial(futility, by_months):
    # Each trial is remade from the same patients looked at once, on each of the dates.
    trials = 150
    rule = Observed(plan(futility), SpendByMonths(MONTHS) if by_months else SpendByLesser())
    if futility == "none" and not by_months:
        rule = Observed(plan(futility))
    found = rows(design(rule), trials)
    alone = np.stack([rows(design(LogRank(0.1), (date,)), trials) for date in DATES])
    for trial in range(trials):
        seen = alone[:, trial]
        events = seen[:, EVENTS].astype(int)
        for look in range(3):
            over = look == 2 or (isinstance(rule, Observed) and _all_spent(rule, events[look]))
            months = MONTHS[: look + 1] if by_months else None
            bounds = boundaries_seen(rule, events[: look + 1], months=months, final=over)
            z = seen[look, len(COLUMNS)]
            decision = 1 if z >= bounds.efficacy[-1] else -int(z <= bounds.futility[-1])
            if decision or over:
                break
        assert found[trial, :4].tolist() == [look + 1, decision, MONTHS[look], events[look]]


def _all_spent(rule, events):
    return not isinstance(rule.spend_by, SpendByMonths | SpendByLesser) and events >= 90


def test_an_early_look_with_all_the_events_is_the_last():
    found = rows(design(Observed(plan(events=30))), 500)
    early = found[:, LOOK] < 3
    assert early.mean() > 0.9
    assert (np.abs(found[early, DECISION]) == 1).all()
    two_sided = rows(design(Observed(plan(events=30, two_sided=True))), 500)
    assert ((two_sided[:, LOOK] < 3) & (two_sided[:, DECISION] == 0)).mean() > 0.5


def test_results_do_not_depend_on_workers_or_chunks():
    made = design(Observed(plan("beta")), DATES)
    batch = Batch(made, world(0.65), 12_000, 3)
    (one,) = run([batch], workers=1)
    with ThreadPoolExecutor(3) as executor:
        (three,) = run([batch], executor=executor)
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, three.arrays()[name])
    whole = simulate_rows(batch, 0, 900)
    parts = [simulate_rows(batch, first, 300) for first in (600, 0, 300)]
    np.testing.assert_array_equal(whole, np.concatenate([parts[1], parts[2], parts[0]]))


def test_designs_simulated_together_are_those_by_themselves():
    made = design(Observed(plan("beta"))), design(Observed(plan()), patients=90)
    truth = world(0.7)
    batches = [Batch(each, truth, 700, 5) for each in made]
    for batch, trials in zip(batches, simulated_together(batches, 100, 500), strict=True):
        np.testing.assert_array_equal(trials.rows, simulate_rows(batch, 100, 500))


PACE = {"slower": 0.6, "planned": 1.0, "quicker": 1.6}
"""Patients a month, as a multiple of what was planned."""


@pytest.mark.parametrize(
    ("pace", "by_months"),
    [("slower", False), ("planned", False), ("quicker", False), ("slower", True)],
)
def test_alpha_is_kept_whatever_the_accrual(pace, by_months):
    # 600 patients in 24 months, 450 events in month 38 as planned
    trials, alpha = 8_000, 0.1
    rule = Observed(
        plan(alpha=alpha, events=450, efficacy=LanDeMetsPocock()),
        SpendByMonths(MONTHS) if by_months else SpendByLesser(),
    )
    made = design(rule, patients=600, rate=25.0 * PACE[pace])
    found = rows(made, trials, seed=11)
    error = (found[:, DECISION] == 1).mean()
    assert abs(error - alpha) < 3 * np.sqrt(alpha * (1 - alpha) / trials)
    if pace == "planned":
        assert (found[:, LOOK] == 1).mean() > 0.02


def test_precision_of_the_estimate_as_information():
    made = plan(alpha=0.1, events=100)
    test = Repeated(CoxTest(0.1), Observed(made, information=PrecisionSeen(25.0)))
    found = rows(design(test), 4_000)
    by_events = rows(design(Repeated(CoxTest(0.1), Observed(made))), 4_000)
    agree = (found[:, :2] == by_events[:, :2]).all(axis=1).mean()
    assert 0.98 < agree < 1.0
    error = (found[:, DECISION] == 1).mean()
    assert error == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / 4_000) + 0.003)


def test_moments_of_any_kind_may_be_looks():
    looks = (
        Later((AtEvents(30), AtCalendar(16.0))),
        AtEvents(66),
        Earlier((AtEvents(90), AtCalendar(38.0))),
    )
    for rule in (Observed(plan("beta")), Observed(plan(), SpendByMonths(MONTHS))):
        found = rows(design(rule, looks), 600)
        assert set(found[:, LOOK]) == {1.0, 2.0, 3.0}
        assert np.isin(found[:, DECISION], (-1.0, 1.0)).all()


def test_another_number_of_events_scales_the_plan():
    test = Repeated(LogRank(0.1, stratified=False), Observed(plan()))
    larger = design(test).resized(240, 180)
    assert larger.test.rule.plan.events == 180
    assert larger.looks == DATES
    assert design(test).events == 90
    assert Patients().at(design(test), 60).test.rule.plan.events == 45
    assert Events().at(design(plan()), 45).test.events == 45
    assert Events().at(design(plan()), 45).looks == DATES
    precise = Observed(plan(), information=PrecisionSeen(22.5)).with_events(180)
    assert precise.information == PrecisionSeen(45.0)


def test_resizing_a_monitored_design_moves_the_events_that_its_interim_look_expects():
    power = ConditionalPower(0.9, LogRank(0.1), events=90)
    made = design(Monitored(power, (0.95, 0.9), (0.1, 0.9)), (AtEvents(45), AtEvents(90)))
    assert made.resized(60, 44).test.analysis.events == 44


def test_what_is_expected_is_drawn():
    made = design(Observed(plan("beta")))
    assert made.thresholds.efficacy == made.test.expected.efficacy
    figure = draw_rule(made, Sheet(WIDE, "Rule"))
    assert "month 16" in [label.get_text() for label in figure.axes[0].get_xticklabels()]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: design(Observed(plan()), DATES[:2]), "the rule has 3 looks and the design 2"),
        (
            lambda: design(Observed(plan()), (AtEvents(40), AtEvents(95), AtEvents(100))),
            "look 2 at 95 events has all the 90 of the plan, so that nothing is left",
        ),
        (
            lambda: design(Observed(plan(), SpendByMonths((12.0, 26.0, 38.0)))),
            "look 1 is in month 16 and errors are spent as if in month 12; give analysis=spend_by",
        ),
        (
            lambda: design(Observed(plan()), allocation=(1, 2), block_size=6),
            "the plan has 0.5 of patients in the experimental arm and the allocation 0.666667",
        ),
        (
            lambda: design(Observed(plan(efficacy=OBrienFleming()))),
            "OBrienFleming boundaries are made for the planned looks",
        ),
        (lambda: design(Observed(plan().rule)), "doesn't say how many events"),
    ],
)
def test_mistakes_are_told_before_anything_runs(make, message):
    with pytest.raises(InputError, match=message):
        make()
