"""Identities and closed forms: what spending by what was seen has to keep, whatever was seen."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.trial import (
    BetaSpending,
    FixedFutility,
    GroupSequential,
    HaybittlePeto,
    HwangShihDeCani,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    LogRank,
    NoFutility,
    OBrienFleming,
    Observed,
    Pocock,
    PrecisionSeen,
    Repeated,
    SequentialLogRank,
    SpendByLesser,
    SpendByMonths,
    boundaries_seen,
    boundary_table,
    exit_probabilities,
    expected_table,
)
from oligotrial.trial import monitor as monitoring
from oligotrial.trial.monitor import LookSeen, ObservedMonitor

FRACTIONS = (0.4, 0.7, 1.0)
BETA = HwangShihDeCani(-2.0)
FUTILITIES = {
    "none": NoFutility(),
    "fixed": FixedFutility((0.0, 0.5)),
    "fixed, binding": FixedFutility((0.0, 0.5), binding=True),
    "beta": BetaSpending(BETA, 0.2),
    "beta, binding": BetaSpending(BETA, 0.2, binding=True),
}
SPENDINGS = {
    "O'Brien-Fleming": LanDeMetsOBrienFleming(),
    "Pocock": LanDeMetsPocock(),
    "Hwang-Shih-DeCani": HwangShihDeCani(-4.0),
}


def observed(futility="none", spending="O'Brien-Fleming", *, alpha=0.1, events=90, **options):
    two_sided = options.pop("two_sided", False)
    rule = GroupSequential(
        FRACTIONS, alpha, SPENDINGS[spending], FUTILITIES[futility], two_sided=two_sided
    )
    return Observed(SequentialLogRank(rule, events), **options)


@pytest.mark.parametrize("futility", FUTILITIES)
@pytest.mark.parametrize("spending", SPENDINGS)
def test_looks_at_the_planned_events_have_the_planned_boundaries(futility, spending):
    rule = observed(futility, spending)
    planned = rule.plan.boundaries
    found = boundaries_seen(rule, [look.events for look in rule.plan.looks])
    np.testing.assert_allclose(found.efficacy, planned.efficacy, rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.futility, planned.futility, rtol=0, atol=1e-11)
    assert rule.expected == planned


def test_two_sided_looks_at_the_planned_events_have_the_planned_boundaries():
    rule = observed(two_sided=True)
    found = boundaries_seen(rule, [look.events for look in rule.plan.looks])
    np.testing.assert_allclose(found.efficacy, rule.plan.boundaries.efficacy, rtol=0, atol=1e-11)
    assert found.futility == tuple(-bound for bound in found.efficacy)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(5, 130), min_size=3, max_size=3, unique=True).map(sorted),
    st.sampled_from(sorted(FUTILITIES)),
    st.sampled_from(sorted(SPENDINGS)),
    st.booleans(),
)
def test_each_look_spends_what_it_may(events, futility, spending, by_months):
    months = (10.0, 20.0, 40.0)
    options = {"spend_by": SpendByMonths(months)} if by_months else {}
    rule = observed(futility, spending, **options)
    shares = np.array(months) / 40 if by_months else np.array(events) / 90
    looks = 3 if by_months or events[1] < 90 else (2 if events[0] < 90 else 1)
    alpha, beta = rule.spent(np.append(shares[: looks - 1], 1.0))
    given_months = months[:looks] if by_months else None
    found = boundaries_seen(rule, events[:looks], months=given_months, final=True)
    binding = rule.plan.rule.futility.binding
    exits = exit_probabilities(found if binding else found.without_futility(), 0.0)
    closed = np.array(found.futility) >= np.array(found.efficacy)  # nobody goes on from there
    upto = int(closed.argmax()) + 1 if closed.any() else looks
    if upto == looks and min(found.efficacy) > 0:  # below 0 efficacy isn't declared
        np.testing.assert_allclose(np.cumsum(exits.efficacy), alpha, rtol=0, atol=1e-12)
    assert exits.power <= 0.1 + 1e-12
    if futility.startswith("beta"):
        downs = exit_probabilities(found, rule.drift).futility.cumsum()[: upto - 1]
        np.testing.assert_allclose(downs, beta[: upto - 1], rtol=0, atol=1e-12)


def test_a_last_look_spends_all_with_however_few_events():
    rule = observed()
    for last in (50, 89, 90, 91, 200):
        found = boundaries_seen(rule, (30, 45, last), final=True)
        assert exit_probabilities(found, 0.0).power == pytest.approx(0.1, abs=1e-12)


def test_a_single_look_is_the_fixed_test():
    for events in (3, 60, 400):
        found = boundaries_seen(observed(), (events,), final=True)
        assert found.efficacy == pytest.approx((norm.isf(0.1),), abs=1e-12)


def test_first_look_is_the_marginal_quantile():
    share = 33 / 90
    spent = 2 * norm.sf(norm.isf(0.05) / share**0.5)
    found = boundaries_seen(observed(), (33,))
    assert found.efficacy == pytest.approx((norm.isf(spent),), abs=1e-11)


def test_a_look_that_learns_nothing_adds_its_error_to_the_one_before():
    # Two looks at the same events are one look that spends what both may.
    months = (9.0, 18.0, 36.0)
    rule = observed(spend_by=SpendByMonths(months))
    twice = boundaries_seen(rule, (40, 40, 80), months=months)
    alpha = rule.spent(np.array(months) / 36)[0]
    assert twice.efficacy[0] == pytest.approx(norm.isf(alpha[0]), abs=1e-11)
    assert twice.efficacy[1] == pytest.approx(norm.isf(alpha[1]), abs=1e-11)
    pair = replace(rule.plan.rule, fractions=(0.5, 1.0))
    once = boundaries_seen(
        Observed(SequentialLogRank(pair, 90), SpendByMonths((18.0, 36.0))),
        (40, 80),
        months=(18.0, 36.0),
    )
    assert twice.efficacy[2] == pytest.approx(once.efficacy[1], abs=1e-11)


def test_a_look_that_learns_and_spends_nothing_cannot_stop():
    found = boundaries_seen(observed("beta"), (40, 40))
    assert found.efficacy[1] == np.inf
    assert found.futility[1] == -np.inf


def test_a_look_without_events_spends_nothing():
    months = (9.0, 18.0, 36.0)
    found = boundaries_seen(
        observed(spend_by=SpendByMonths(months)), (0, 40, 80), months=months, final=True
    )
    assert found.efficacy[0] == np.inf
    assert exit_probabilities(
        replace(
            found, fractions=found.fractions[1:], efficacy=found.efficacy[1:], futility=(-9.0,) * 2
        ),
        0.0,
    ).power == pytest.approx(0.1, abs=1e-9)


def test_spending_at_most_as_planned():
    early = observed(spend_by=SpendByLesser())
    np.testing.assert_allclose(
        boundaries_seen(early, (20,)).efficacy, boundaries_seen(observed(), (20,)).efficacy
    )
    spent = 2 * norm.sf(norm.isf(0.05) / (36 / 90) ** 0.5)
    for events in (36, 60, 95):  # more events than planned spend no more
        assert boundaries_seen(early, (events,)).efficacy == pytest.approx(
            (norm.isf(spent),), abs=1e-11
        )
    found = boundaries_seen(early, (95, 100, 120), final=True)
    assert exit_probabilities(found, 0.0).power == pytest.approx(0.1, abs=1e-12)


def test_precision_in_place_of_events():
    by_precision = observed(information=PrecisionSeen(22.5))
    events = np.array([30, 66, 88])
    np.testing.assert_allclose(
        boundaries_seen(by_precision, (1, 2, 3), precision=events / 4).efficacy,
        boundaries_seen(observed(), events).efficacy,
        atol=1e-10,
    )


def test_fixed_futility_never_lies_above_efficacy():
    rule = Observed(
        SequentialLogRank(
            GroupSequential(FRACTIONS, 0.1, LanDeMetsPocock(), FixedFutility((1.6, 1.6))), 90
        )
    )
    found = boundaries_seen(rule, (80,))
    assert found.efficacy[0] < 1.6
    assert found.futility == found.efficacy


@pytest.mark.parametrize("obeyed", [True, False])
@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize("clock", ["events", "months"])
@pytest.mark.parametrize("futility", FUTILITIES)
def test_monitors_decide_by_the_boundaries(futility, two_sided, clock, obeyed, monkeypatch):
    if two_sided and futility != "none":
        return
    monkeypatch.setattr(monitoring, "LOOKS", 4)  # so that memory grows, and is given up
    monkeypatch.setattr(monitoring, "POINTS", 512)
    monkeypatch.setattr(monitoring, "MOST_POINTS", 4096)
    months = (12.0, 24.0, 36.0)
    options = {"spend_by": SpendByMonths(months)} if clock == "months" else {}
    rule = observed(futility, two_sided=two_sided, **options)
    rng = np.random.default_rng(4)
    watch = ObservedMonitor(rule, obey_futility=obeyed)
    for _ in range(2):
        trials = 60
        events = np.sort(rng.integers(1, 110, (trials, 3)), axis=1)
        z = rng.normal(0.8, 1.2, (trials, 3))
        watch.start(trials)
        going = np.arange(trials)
        found = {}
        for look in range(3):
            shown = LookSeen(
                z[going, look],
                np.full(going.size, 0.2),
                events[going, look],
                np.full(going.size, months[look]),
            )
            decision, ends = watch.decide(look, going, shown)
            found |= {
                int(trial): (look, int(d))
                for trial, d, e in zip(going, decision, ends, strict=True)
                if e
            }
            going = going[~ends]
        assert going.size == 0
        for trial, (look, decision) in found.items():
            assert (look, decision) == remade(rule, events[trial], z[trial], months, obeyed)


def remade(rule, events, z, months, obeyed):
    """When a trial ends, and why, by its boundaries one by one."""
    by_months = isinstance(rule.spend_by, SpendByMonths)
    two_sided = rule.plan.rule.two_sided
    for look in range(3):
        last = look == 2 or (not by_months and events[look] >= rule.plan.events)
        found = boundaries_seen(
            rule, events[: look + 1], months=months[: look + 1] if by_months else None, final=last
        )
        upper, lower = found.efficacy[-1], found.futility[-1]
        closed = lower >= upper and (obeyed or rule.plan.rule.futility.binding)
        if z[look] >= upper:
            return look, 1
        if z[look] <= lower and (obeyed or two_sided or last or closed):
            return look, -1
        if last or closed:
            return look, 0 if two_sided else -1
    raise AssertionError("a trial went on past its last look")


def test_expected_boundaries_are_tabulated_as_such():
    rule = observed("beta")
    table = expected_table(rule)
    assert set(table.columns[1:].str.startswith("expected_")) == {True}
    plain = boundary_table(rule.plan)
    for column in plain.columns[1:]:
        np.testing.assert_allclose(table[f"expected_{column}"], plain[column], rtol=1e-12)
    assert table["expected_share"].tolist() == table["expected_fraction"].tolist()
    months = expected_table(observed(spend_by=SpendByMonths((9.0, 18.0, 36.0))))
    assert months["expected_share"].tolist() == [0.25, 0.5, 1.0]
    assert months["expected_alpha_spent"].tolist() == pytest.approx(
        observed().spent(np.array([0.25, 0.5, 1.0]))[0].tolist(), abs=1e-12
    )


def test_the_rule_is_worded():
    assert observed(spend_by=SpendByMonths((9.0, 18.0, 36.0))).words == (
        "errors spent by the months passed, of 36, boundaries at the information seen (events; 90 "
        "events are all), all that is left spent at the last look"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Observed(SequentialLogRank(GroupSequential((0.5, 1.0), 0.1, Pocock()), 90)),
            "Pocock boundaries are made for the planned looks and spend no error by what was seen; "
            "use a spending function, such as LanDeMetsOBrienFleming",
        ),
        (
            lambda: Observed(
                SequentialLogRank(GroupSequential((0.5, 1.0), 0.1, OBrienFleming()), 90)
            ),
            "OBrienFleming boundaries are made for the planned looks",
        ),
        (
            lambda: Observed(
                SequentialLogRank(GroupSequential((0.5, 1.0), 0.1, HaybittlePeto()), 90)
            ),
            "HaybittlePeto boundaries are made for the planned looks",
        ),
        (
            lambda: Observed(GroupSequential((0.5, 1.0), 0.1)),
            "doesn't say how many events are all the information; give SequentialLogRank",
        ),
        (lambda: observed(spend_by=SpendByMonths((12.0, 36.0))), "2 months for 3 looks"),
        (lambda: SpendByMonths((12.0, 12.0)), "month 12 does not come after month 12"),
        (lambda: SpendByMonths(()), "no months are given"),
        (lambda: SpendByMonths((-1.0, 12.0)), "-1.0 is not a positive number"),
        (lambda: PrecisionSeen(0.0), "0.0 is not a positive number"),
        (lambda: boundaries_seen(observed(), (95, 97)), "look 1 spent all that there was"),
        (lambda: boundaries_seen(observed(), (50, 40)), "decrease or are below 0"),
        (lambda: boundaries_seen(observed(), ()), "0 looks, and 3 are planned"),
        (lambda: boundaries_seen(observed(), (1, 2, 3, 4)), "4 looks, and 3 are planned"),
        (
            lambda: boundaries_seen(observed(spend_by=SpendByMonths((9.0, 18.0, 36.0))), (30,)),
            "errors are spent by months; give the month of each look",
        ),
        (
            lambda: boundaries_seen(observed(information=PrecisionSeen(20.0)), (30,)),
            "give 1 / std_error\\*\\*2 of each look",
        ),
        (
            lambda: boundaries_seen(observed(), (30, 40), months=(3.0,)),
            "give one number for each of 2 looks",
        ),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_other_analyses_are_held_against_the_same_rule():
    test = Repeated(LogRank(0.1, stratified=False), observed())
    assert monitoring.observed_rule(test) == observed()
    assert monitoring.observed_rule(LogRank(0.1)) is None
