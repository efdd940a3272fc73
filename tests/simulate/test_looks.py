"""Evidence: identities: what a cut is, whatever the design; decisions remade from single looks."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.checks import InputError
from oligotrial.hazard import Cure, Exponential, PiecewiseExponential, Proportional
from oligotrial.simulate import (
    Batch,
    Scenario,
    column_names,
    operating_table,
    run,
    simulate_rows,
)
from oligotrial.simulate.trials import COLUMNS, Machine
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    Design,
    Earlier,
    FixedFutility,
    GroupSequential,
    Imaging,
    LanDeMetsOBrienFleming,
    Later,
    LogRank,
    OffProtocol,
    Repeated,
    SequentialLogRank,
)

CONTROL = Exponential(np.log(2) / 9)
LOOK, DECISION, MONTH, EVENTS, ENROLLED = range(5)
ON_THE_DAY = Imaging((12.0,), window_weeks=0.0)  # follow-up is tied
PLAN = SequentialLogRank(GroupSequential((0.5, 0.75, 1.0), 0.10), 80)


def world(hazard_ratio=0.65, *, control=CONTROL, strata=1):
    names, shares = tuple(map(str, range(strata))), np.full(strata, 1 / strata)
    experimental = Proportional(control, np.log(hazard_ratio))
    return Scenario("truth", names, shares, control, experimental).world()


def design(looks, test, *, accrual=None, **options):
    return Design(120, looks, test, accrual or Accrual(5.0), **options)


def rows(made, *, truth=None, trials=500, seed=1):
    return simulate_rows(Batch(made, truth or world(), trials, seed), 0, trials)


OPTIONS = {
    "plain": {},
    "dropout": {"dropout_per_month": (0.01, 0.02)},
    "visits": {"imaging": Imaging((8.0, 12.0), (24.0,), missed=0.1)},
    "ties": {"imaging": ON_THE_DAY, "accrual": Accrual(4.0, poisson=False)},
    "ties and dropout": {
        "imaging": ON_THE_DAY,
        "accrual": Accrual(4.0, poisson=False),
        "dropout_per_month": 0.01,
    },
    "off protocol": {"off_protocol": OffProtocol(0.3, within_months=6.0)},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_event_driven_look_has_exactly_its_events(name):
    found = rows(design(PLAN.looks, PLAN, **OPTIONS[name]))
    assert set(found[:, LOOK]) == {1.0, 2.0, 3.0}
    for look, moment in enumerate(PLAN.looks, start=1):
        assert set(found[found[:, LOOK] == look, EVENTS]) == {float(moment.events)}


@pytest.mark.parametrize("number", [10, 40, 70])
def test_of_events_on_one_day_as_many_are_seen_as_the_look_asks_for(number):
    made = design(AtEvents(number), LogRank(0.1), dropout_per_month=0.02)
    machine = Machine(made, world().truth, 1)
    latent = machine.latent(0, 60)
    for array in (latent.arrival, latent.seen, latent.leaves):
        array[:] = np.ceil(array)  # whole months: a grid on which sums are exact
    shows = latent.seen <= latent.leaves
    latent.calendar[:] = np.where(shows, latent.arrival + latent.seen, np.inf)
    due = machine.dues(latent)[0]
    tied = (latent.calendar == due.month[:, None]).sum(axis=1)
    assert tied.mean() > 1.5
    cut = machine.cut(latent, due, which=np.arange(60), first=0)
    assert set(cut.events) == {number}
    for trial in range(60):
        size, today = cut.size[trial], due.month[trial]
        assert cut.event[trial, :size].sum() == number
        # those who aren't counted are still followed up to that day
        own = np.minimum(latent.seen, latent.leaves)[trial, :size]
        followed = np.sort(np.minimum(own, today - latent.arrival[trial, :size]))
        np.testing.assert_array_equal(followed, cut.time[trial, :size])


@pytest.mark.parametrize("name", OPTIONS)
def test_each_look_is_a_cut_of_the_next(name):
    looks = (AtEvents(20), AtEvents(50), AtEvents(80))
    rule = GroupSequential((0.25, 0.625, 1.0), 0.10)
    machine = Machine(
        design(looks, Repeated(LogRank(0.1), rule), **OPTIONS[name]), world(strata=3).truth, 7
    )
    first, trials = 40, np.arange(100)
    latent = machine.latent(first, trials.size)
    before = [array.copy() for array in latent]
    dues = machine.dues(latent)
    cuts = [machine.cut(latent, due, which=trials, first=first) for due in dues]
    for array, same in zip(latent, before, strict=True):
        np.testing.assert_array_equal(array, same)
    for one, other in pairwise(cuts):
        for trial in trials:
            size, more = one.size[trial], other.size[trial]
            seen = one.event[trial, :size] == 1
            known = set(zip(one.time[trial, :size][seen], one.arm[trial, :size][seen], strict=True))
            later = other.event[trial, :more] == 1
            then = set(
                zip(other.time[trial, :more][later], other.arm[trial, :more][later], strict=True)
            )
            assert known <= then
            assert size <= more


@pytest.mark.parametrize("name", OPTIONS)
def test_patients_are_those_that_the_cut_would_show_one_by_one(name):
    machine = Machine(design(AtEvents(60), LogRank(0.1), **OPTIONS[name]), world().truth, 3)
    latent = machine.latent(0, 20)
    due = machine.dues(latent)[0]
    cut = machine.cut(latent, due, which=np.arange(20), first=0)
    for trial in range(20):
        size = int((latent.arrival[trial] <= due.month[trial]).sum())
        assert cut.size[trial] == size
        time = cut.time[trial, :size]
        assert (np.diff(time) >= 0).all()
        left, event = cut.left[trial, :size], cut.event[trial, :size]
        assert (left <= time).all()
        assert (left[event == 0] == time[event == 0]).all()
        if machine.design.imaging is None:
            own = np.minimum(latent.seen, latent.leaves)[trial, :size]
            followed = np.minimum(own, due.month[trial] - latent.arrival[trial, :size])
            np.testing.assert_allclose(np.sort(followed), time, rtol=0, atol=1e-9)
            assert (left == time).all()
        assert event.sum() == 60


def test_looks_stop_trials_as_single_looks_would():
    # The row of each trial is that of a design with the one look at which the rule is first met.
    futility = FixedFutility((0.0, 0.5), binding=True)
    rule = GroupSequential((0.5, 0.75, 1.0), 0.10, LanDeMetsOBrienFleming(), futility)
    plan = SequentialLogRank(rule, 80)
    found = rows(design(plan.looks, plan))
    alone = [rows(design(moment, LogRank(0.10))) for moment in plan.looks]
    bounds = plan.boundaries
    expected = np.full(found.shape, np.nan)
    going = np.ones(len(found), dtype=bool)
    for look, single in enumerate(alone):
        z = single[:, len(COLUMNS)]
        up, down = z >= bounds.efficacy[look], z <= bounds.futility[look]
        ends = going & (up | down | (look == 2))
        expected[ends] = single[ends]
        expected[ends, LOOK] = look + 1
        expected[ends, DECISION] = np.where(up, 1, -1)[ends]
        going &= ~ends
    np.testing.assert_array_equal(found, expected)
    assert set(found[:, DECISION]) == {-1.0, 1.0}


def test_futility_that_does_not_bind_can_be_passed_over():
    futility = FixedFutility((0.0, 0.5))
    rule = GroupSequential((0.5, 0.75, 1.0), 0.10, LanDeMetsOBrienFleming(), futility)
    plan = SequentialLogRank(rule, 80)
    without = SequentialLogRank(GroupSequential((0.5, 0.75, 1.0), 0.10), 80)
    passed = rows(design(plan.looks, plan, obey_futility=False))
    np.testing.assert_array_equal(passed, rows(design(without.looks, without)))
    obeyed = rows(design(plan.looks, plan))
    assert (obeyed[:, DECISION] == 1).sum() < (passed[:, DECISION] == 1).sum()
    assert obeyed[:, EVENTS].mean() < passed[:, EVENTS].mean()


def test_moments_combine_as_they_read():
    at, date = AtEvents(60), AtCalendar(22.0)
    month = {
        name: rows(design(moment, LogRank(0.1)))[:, MONTH]
        for name, moment in {
            "events": at,
            "date": date,
            "later": Later((at, date)),
            "earlier": Earlier((at, date)),
            "last patient": AfterEnrolment(120, 0.0),
            "nested": Earlier((Later((at, date)), AtCalendar(25.0))),
        }.items()
    }
    assert set(month["date"]) == {22.0}
    np.testing.assert_array_equal(month["later"], np.maximum(month["events"], 22.0))
    np.testing.assert_array_equal(month["earlier"], np.minimum(month["events"], 22.0))
    np.testing.assert_array_equal(month["nested"], np.minimum(month["later"], 25.0))
    followed = rows(design(AfterEnrolment(120, 6.0), LogRank(0.1)))
    np.testing.assert_allclose(followed[:, MONTH], month["last patient"] + 6.0)
    assert set(followed[:, ENROLLED]) == {120.0}


def test_events_of_a_dated_look_are_those_up_to_the_date():
    machine = Machine(design(AtCalendar(18.0), LogRank(0.1)), world().truth, 1)
    latent = machine.latent(0, 200)
    found = rows(machine.design, trials=200)
    np.testing.assert_array_equal(found[:, EVENTS], (latent.calendar <= 18.0).sum(axis=1))
    np.testing.assert_array_equal(found[:, ENROLLED], (latent.arrival <= 18.0).sum(axis=1))


def test_a_look_that_would_come_after_the_next_is_left_out():
    looks = (AtCalendar(20.0), AtEvents(50))
    found = rows(design(looks, GroupSequential((0.5, 1.0), 0.10)))
    alone = rows(design(AtEvents(50), LogRank(0.10)))
    early = alone[:, MONTH] <= 20.0
    assert early.any()
    assert set(found[early, LOOK]) == {2.0}
    np.testing.assert_array_equal(found[early, MONTH:ENROLLED], alone[early, MONTH:ENROLLED])
    assert set(found[found[:, LOOK] == 1, MONTH]) == {20.0}


def test_events_that_never_come_end_a_trial_with_the_last_of_them():
    truth = world(1.0, control=Cure(CONTROL, 0.6))
    found = rows(
        design((AtEvents(45), AtEvents(90)), GroupSequential((0.5, 1.0), 0.1)),
        truth=truth,
        trials=100,
    )
    assert np.isfinite(found).all()
    assert set(found[:, LOOK]) <= {1.0, 2.0}
    assert (found[:, EVENTS] < 90).all()


CURED = Cure(Exponential(0.1), 0.4)  # of 120 patients, about 72 ever have the event


def cured(looks, test, **options):
    made = design(looks, test, accrual=Accrual(6.0), **options)
    found = rows(made, truth=world(1.0, control=CURED), trials=1_000)
    latent = Machine(made, world(1.0, control=CURED).truth, 1).latent(0, 1_000)
    return found, np.where(np.isfinite(latent.calendar), latent.calendar, 0.0).max(axis=1)


def test_the_earlier_of_events_that_never_come_and_a_date_is_the_date():
    found, _ = cured(Earlier((AtEvents(90), AtCalendar(60.0))), LogRank(0.1))
    assert ((found[:, EVENTS] == 90) | (found[:, MONTH] == 60.0)).all()
    found, _ = cured(Earlier((AtEvents(75), AtCalendar(60.0))), LogRank(0.1))
    early = found[:, MONTH] < 60.0
    assert 0.1 < early.mean() < 0.9
    assert set(found[early, EVENTS]) == {75.0}


def test_an_interim_look_whose_events_never_come_is_not_made():
    rule = GroupSequential((0.5, 1.0), 0.1)
    found, _ = cured((AtEvents(75), AtCalendar(60.0)), rule)
    first = found[:, LOOK] == 1
    assert first.any()
    assert set(found[first, EVENTS]) == {75.0}
    assert set(found[~first, MONTH]) == {60.0}


def test_the_last_look_is_made_once_nothing_more_comes():
    found, last = cured(AtEvents(90), LogRank(0.1))
    np.testing.assert_array_equal(found[:, MONTH], last)  # nobody leaves
    found, _ = cured(Later((AtEvents(90), AtCalendar(60.0))), LogRank(0.1))
    np.testing.assert_array_equal(found[:, MONTH], np.maximum(last, 60.0))


def test_a_date_before_the_last_look_is_waited_for_though_nothing_comes():
    found, last = cured((AtCalendar(60.0), AtEvents(110)), GroupSequential((0.5, 1.0), 0.1))
    assert 0.1 < (last < 60.0).mean() < 0.9
    assert (found[:, MONTH] >= 60.0).all()
    second = found[:, LOOK] == 2
    np.testing.assert_array_equal(found[second, MONTH], np.maximum(last, 60.0)[second])


def test_the_share_that_had_the_events_of_the_last_look_is_told():
    made = design(Earlier((AtEvents(75), AtCalendar(60.0))), LogRank(0.1), accrual=Accrual(6.0))
    batch = Batch(made, world(1.0, control=CURED), 1_000, 1)
    found = rows(made, truth=batch.world, trials=1_000)
    table = operating_table(run([batch])[0], made).set_index("figure")
    told = table.loc["events of the last look reached", "value"]
    assert told == pytest.approx((found[:, EVENTS] == 75).mean())


def test_the_analysis_cannot_reach_the_truth():
    # Truths that part after the last day of follow-up give the same rows, bit for bit.
    made = design(AtCalendar(20.0), LogRank(0.1), dropout_per_month=0.01)
    hazards = [PiecewiseExponential((0.08, late), (40.0,)) for late in (0.04, 0.16)]
    worlds = [
        Scenario("t", ("all",), np.ones(1), hazard, Proportional(hazard, -0.4)).world()
        for hazard in hazards
    ]
    assert not np.array_equal(*(made.truth.log_times for made in worlds))
    found = [rows(made, truth=truth) for truth in worlds]
    np.testing.assert_array_equal(*found)


def test_analyses_made_besides_decide_nothing():
    alone = rows(design(PLAN.looks, PLAN))
    made = design(PLAN.looks, PLAN, besides=(LogRank(0.1, stratified=False), LogRank(0.025)))
    together = rows(made)
    np.testing.assert_array_equal(together[:, :8], alone)
    np.testing.assert_array_equal(together[:, 11:], alone[:, 5:])
    assert column_names(made)[8:11] == ["statistic_2", "estimate_2", "std_error_2"]


def test_a_block_of_trials_does_not_depend_on_the_others():
    made = Batch(design(PLAN.looks, PLAN, **OPTIONS["visits"]), world(strata=4), 900, 5)
    whole = simulate_rows(made, 0, 900)
    np.testing.assert_array_equal(whole[333:640], simulate_rows(made, 333, 307))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(10, 70),
    st.sampled_from([(1, 1), (1, 2), (2, 1), (3, 1)]),
    st.integers(1, 5),
    st.sampled_from(sorted(OPTIONS)),
)
def test_any_number_of_events_is_met(events, allocation, strata, name):
    options = {"block_size": sum(allocation) * 2, "allocation": allocation, **OPTIONS[name]}
    found = rows(
        design(AtEvents(events), LogRank(0.1), **options), truth=world(strata=strata), trials=30
    )
    reached = found[:, EVENTS] == events
    assert reached.all() or "dropout" in name
    assert (found[:, EVENTS] <= events).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: design((AtEvents(60), AtEvents(50)), GroupSequential((0.5, 1.0), 0.1)),
            "look 2 at 50 events does not come after the one before, at 60; put the looks in order",
        ),
        (
            lambda: design((AtCalendar(30.0), AtCalendar(12.0)), GroupSequential((0.5, 1.0), 0.1)),
            "look 2 at 12 months does not come after",
        ),
        (lambda: design(AtEvents(121), LogRank(0.1)), "121 events can't come from 120 patients"),
        (
            lambda: design(Later((AtEvents(130), AtCalendar(9.0))), LogRank(0.1)),
            "130 events can't come from 120 patients",
        ),
        (lambda: design(AfterEnrolment(121, 3.0), LogRank(0.1)), "patient 121 can't enter"),
        (
            lambda: design((AtEvents(40), AtEvents(80)), LogRank(0.1)),
            "a fixed test is made once, not at 2 looks, which would inflate its alpha",
        ),
        (lambda: design(AtEvents(80), PLAN), r"looks at \[80\] events don't fit the plan's"),
        (
            lambda: design((AtCalendar(9.0), AtEvents(80)), GroupSequential((0.4, 0.7, 1.0), 0.1)),
            "the rule has 3 looks and the design 2",
        ),
        (
            lambda: design(PLAN.looks, PLAN, allocation=(1, 2), block_size=6),
            "the plan has 0.5 of patients in the experimental arm and the allocation 0.666667",
        ),
        (lambda: design(AtEvents(80), LogRank(0.1), allocation=(1, 0)), "0 is not a whole number"),
        (lambda: design(AtEvents(80), "log-rank"), "a trial can't be decided by 'log-rank'"),
        (lambda: design(80, LogRank(0.1)), "doesn't say when to analyse; give AtEvents"),
        (lambda: design((), LogRank(0.1)), "doesn't say when to analyse"),
        (lambda: Later((AtEvents(30),)), "are not two moments or more"),
        (lambda: LogRank(1.0), "1.0 is not between 0 and 1"),
        (lambda: GroupSequential((0.5, 0.4, 1.0), 0.1), "put the looks in order"),
        (lambda: design(AtEvents(80), LogRank(0.1), dropout_per_month=(0.1, -0.1)), "negative"),
        (lambda: OffProtocol(1.2), "1.2 is above 1"),
        (lambda: AtCalendar(0.0), "0.0 is not a positive number"),
    ],
)
def test_mistakes_are_told_before_anything_runs(make, message):
    with pytest.raises(InputError, match=message):
        make()
