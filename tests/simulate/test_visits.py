"""Evidence: closed forms of calendars without luck; a second, plain implementation; limits."""

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, expected_events, run
from oligotrial.simulate.random import MISSED, VISIT, counter, philox, uniform
from oligotrial.simulate.trials import Machine
from oligotrial.simulate.visits import VISITS, first_visits, last_visits, make_visits
from oligotrial.trial import Accrual, AtCalendar, AtEvents, Design, Imaging, LogRank
from oligotrial.units import to_months

KEY = (np.uint32(3), np.uint32(5))
WEEK = to_months(1.0, "weeks")
JITTERED = Imaging((8.0, 12.0), (24.0,), window_weeks=2.0, missed=0.3)
RARE = Imaging((12.0,), missed=0.1)


def shown(times, calendars, *, arm=None, replicate=4):
    seen, before = np.array(times, dtype=float), np.empty(len(times))
    arms = np.zeros(len(times), np.int64) if arm is None else np.asarray(arm)
    first_visits(seen, before, arms, make_visits(calendars), replicate, KEY)
    return seen, before


def held_visits(calendar, patient, replicate=4, key=KEY):
    """Return the visits of a patient that take place, one after another."""
    held = []
    for visit, planned in enumerate(calendar.planned_months(VISITS)):
        words = [
            philox(*counter(replicate, purpose), np.uint32(patient), np.uint32(visit // 4), *key)
            for purpose in (VISIT, MISSED)
        ]
        moved, missed = (uniform(np.uint32(each[visit % 4])) for each in words)
        if missed >= calendar.missed:
            held.append(planned + calendar.window_months * (2 * moved - 1))
    return np.array(held)


def test_without_luck_progression_is_seen_at_the_next_planned_visit():
    calendar = Imaging((12.0,), window_weeks=0.0)
    weeks = np.array([0.5, 11.9, 12.1, 30.0, 120.0])
    seen, before = shown(weeks * WEEK, (calendar, calendar))
    np.testing.assert_allclose(seen / WEEK, [12, 12, 24, 36, 120])
    np.testing.assert_allclose(before / WEEK, [0, 0, 12, 24, 108])


def test_intervals_change_where_the_calendar_says():
    calendar = Imaging((6.0, 9.0, 12.0), (18.0, 36.0), window_weeks=0.0)
    assert calendar.planned_weeks(7).tolist() == [6, 12, 18, 27, 36, 48, 60]
    late = Imaging((8.0, 12.0), (20.0,))  # no visit at week 20: the change comes after week 24
    assert late.planned_weeks(4).tolist() == [8, 16, 24, 36]


def test_arms_may_have_calendars_of_their_own():
    calendars = Imaging((8.0,), window_weeks=0.0), Imaging((12.0,), window_weeks=0.0)
    seen, _ = shown([10.0 * WEEK, 10.0 * WEEK], calendars, arm=[0, 1])
    np.testing.assert_allclose(seen / WEEK, [16, 12])


@pytest.mark.parametrize("calendar", [JITTERED, RARE], ids=["often", "rarely"])
def test_visits_are_those_of_a_plain_implementation(calendar):
    times = np.random.default_rng(1).exponential(9.0, 120)
    seen, before = shown(times, (calendar, calendar))
    last = times.copy()
    last_visits(last, np.zeros(120, np.int64), make_visits((calendar, calendar)), 4, KEY)
    for patient, time in enumerate(times):
        held = held_visits(calendar, patient)
        assert seen[patient] == held[held >= time].min()
        earlier = held[held < time]
        assert before[patient] == (earlier.max() if earlier.size else 0.0)
        assert last[patient] == before[patient]


def test_visits_spread_evenly_over_their_windows_and_are_missed_as_often_as_said():
    calendar = Imaging((12.0,), window_weeks=3.0, missed=0.25)
    times = np.full(20_000, 16.0 * WEEK)  # between the windows of visits 1 and 2
    seen, _ = shown(times, (calendar, calendar))
    weeks = seen / WEEK
    second = weeks < 28
    assert binomtest(int(second.sum()), second.size, 0.75).pvalue > 1e-3
    assert kstest((weeks[second] - 21) / 6, "uniform").pvalue > 1e-3


def test_the_interval_holds_the_truth_and_shrinks_to_it():
    times = np.random.default_rng(2).exponential(9.0, 2_000)
    for weeks in (12.0, 1.0, 0.25):
        seen, before = shown(times, (Imaging((weeks,), window_weeks=weeks / 5),) * 2)
        ever = np.isfinite(seen)
        assert ((before < times) & (times <= seen))[ever].all()
        assert (seen - before)[ever].max() <= 1.4 * weeks * WEEK + 1e-9


@pytest.mark.parametrize("weeks", [0.25, 1.0, 12.0])
def test_visits_go_on_as_long_as_there_is_follow_up(weeks):
    times = np.random.default_rng(3).uniform(0.0, 2_000.0, 500)
    calendar = Imaging((weeks,), window_weeks=0.0)
    seen, before = shown(times, (calendar, calendar))
    np.testing.assert_allclose(seen, np.ceil(times / (weeks * WEEK)) * weeks * WEEK, rtol=1e-9)
    np.testing.assert_allclose(seen - before, weeks * WEEK, rtol=1e-6, atol=1e-9)


def test_all_changes_of_a_calendar_are_met_however_late():
    calendar = Imaging((1.0, 12.0), (600.0,), window_weeks=0.0)
    seen, _ = shown(np.array([599.5, 600.5, 700.0]) * WEEK, (calendar, calendar))
    np.testing.assert_allclose(seen / WEEK, [600, 612, 708])


def test_arms_of_very_different_calendars_have_all_their_visits():
    calendars = Imaging((12.0,), window_weeks=0.0), Imaging((0.25,), window_weeks=0.0)
    months = np.array([30.0, 600.0, 11_999.0] * 2)
    seen, _ = shown(months, calendars, arm=[0] * 3 + [1] * 3)
    weeks = np.array([12.0] * 3 + [0.25] * 3) * WEEK
    np.testing.assert_allclose(seen, np.ceil(months / weeks) * weeks, rtol=1e-9)


def test_visits_that_there_is_no_room_for_are_refused_before_a_run():
    hourly = Imaging((1 / 168,), window_weeks=0.0)
    with pytest.raises(InputError, match=r"8,766,\d+ in 12,000 months, more than 1,000,000; make"):
        make_visits((hourly, hourly))


@pytest.mark.parametrize(("weeks", "median", "events"), [(0.25, 9.0, 90), (1.0, 60.0, 100)])
def test_frequent_visits_hardly_delay_events(weeks, median, events):
    control = Exponential(np.log(2) / median)
    truth = Scenario("t", ("all",), np.ones(1), control, control).world()
    found = []
    for imaging in (None, Imaging((weeks,), window_weeks=0.0)):
        made = Design(120, AtEvents(events), LogRank(0.1), Accrual(5.0), imaging=imaging)
        tally = run([Batch(made, truth, 1_000, 1)])[0]
        assert tally.mean("events")[0] == events
        found.append(tally.mean("month")[0])
    assert 0 < found[1] - found[0] < weeks * WEEK


def test_late_progressions_at_frequent_visits_are_expected_too():
    control = Exponential(np.log(2) / 60.0)
    truth = Scenario("t", ("all",), np.ones(1), control, control).world()
    calendars = (
        None,
        Imaging((1.0,), window_weeks=0.0),
        Imaging((1.0,), window_weeks=0.0, missed=0.2),
    )
    at = {
        calendar: expected_events(
            Design(120, AtEvents(100), LogRank(0.1), Accrual(5.0), imaging=calendar),
            truth,
            np.array([100.0, 200.0, 400.0]),
        )
        for calendar in calendars
    }
    exact = at.pop(None)
    for expected in at.values():
        assert (expected < exact).all()
        np.testing.assert_allclose(expected, exact, rtol=0.01)


def test_nobody_is_seen_after_the_last_visit_or_without_progression():
    seen, _ = shown([1e6, np.inf], (RARE, RARE))
    assert np.isinf(seen).all()


def test_who_is_not_seen_to_progress_is_censored_at_the_last_visit():
    control = Exponential(0.08)
    world = Scenario("t", ("all",), np.ones(1), control, control).world()
    design = Design(
        60, AtCalendar(20.0), LogRank(0.1), Accrual(5.0), imaging=JITTERED, dropout_per_month=0.03
    )
    machine = Machine(design, world.truth, 9)
    latent = machine.latent(0, 1)
    cut = machine.cut(latent, machine.dues(latent)[0], which=np.zeros(1, np.int64), first=0)
    expected = []
    for patient in range(cut.size[0]):
        follow_up = min(20.0 - latent.arrival[0, patient], latent.leaves[0, patient])
        held = held_visits(JITTERED, patient, replicate=0, key=machine.protocol.key)
        held = held[held <= follow_up]
        progressed = latent.seen[0, patient]
        last = held.max(initial=0.0)
        expected.append((progressed, 1) if progressed <= follow_up else (last, 0))
    found = zip(cut.time[0, : cut.size[0]], cut.event[0, : cut.size[0]], strict=True)
    np.testing.assert_allclose(sorted(found), sorted(expected), atol=1e-12)


@pytest.mark.parametrize("calendar", [JITTERED, RARE], ids=["often", "rarely"])
def test_expected_events_are_those_seen_at_visits(calendar):
    control = Exponential(0.08)
    truth = Scenario("t", ("all",), np.ones(1), control, Proportional(control, -0.4)).world()
    # many patients, evenly spaced: nothing of the arrivals' luck is left
    design = Design(
        1_200,
        AtCalendar(30.0),
        LogRank(0.1),
        Accrual(50.0, poisson=False),
        imaging=calendar,
        dropout_per_month=(0.01, 0.03),
    )
    mean, error = run([Batch(design, truth, 1_000, 1)])[0].mean("events")
    # visits are moved by up to 2 weeks, which the closed form leaves out
    assert expected_events(design, truth, np.array([30.0]))[0] == pytest.approx(
        mean, abs=4 * error + 2.5
    )


def test_imaging_delays_an_event_driven_analysis_by_about_half_an_interval():
    control = Exponential(np.log(2) / 9)
    truth = Scenario("t", ("all",), np.ones(1), control, control).world()
    months = [
        run(
            [
                Batch(
                    Design(120, AtEvents(60), LogRank(0.1), Accrual(5.0), imaging=imaging),
                    truth,
                    4_000,
                    1,
                )
            ]
        )[0].mean("month")[0]
        for imaging in (None, Imaging((12.0,)))
    ]
    assert 0.3 * 12 * WEEK < months[1] - months[0] < 0.7 * 12 * WEEK


def test_visits_move_unless_told_otherwise():
    assert Imaging((8.0,)).window_weeks > 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Imaging((8.0, 12.0)), "2 intervals for 0 changes"),
        (lambda: Imaging((8.0, 12.0, 12.0), (30.0, 20.0)), "don't ascend from above 0"),
        (lambda: Imaging((0.0,)), "0.0 is not a positive number"),
        (lambda: Imaging((2.0,)), "could change places; make the window less than half"),
        (lambda: Imaging((8.0,), missed=1.0), "1.0 is not at least 0 and below 1"),
    ],
)
def test_impossible_calendars_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
