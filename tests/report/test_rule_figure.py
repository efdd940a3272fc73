"""Developer checks: the picture of a rule has the thresholds that simulated trials obey."""

import numpy as np
import pytest

from oligotrial.estimators import NormalLogRatio
from oligotrial.report import (
    NARROW,
    WIDE,
    Sheet,
    draw_rule,
    moment_words,
    rule_part,
    rule_table,
)
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    CoxTest,
    Design,
    Earlier,
    FixedFutility,
    GroupSequential,
    Later,
    LogRank,
    Monitored,
    Observed,
    PosteriorProbability,
    PredictiveProbability,
    Repeated,
    SequentialLogRank,
    boundary_table,
    screening_rule,
)

SEQUENTIAL = GroupSequential((0.5, 0.75, 1.0), 0.10, futility=FixedFutility((0.0, 0.5)))
BELIEF = PosteriorProbability(0.95, NormalLogRatio(0.0, 0.5))
PLAN = SequentialLogRank(SEQUENTIAL, 90)
RULES = {
    "group-sequential": Design(
        120, (AtEvents(45), AtEvents(68), AtEvents(90)), SEQUENTIAL, Accrual(5.0)
    ),
    "fixed": Design(120, AtEvents(90), LogRank(0.10), Accrual(5.0)),
    "posterior": Design(120, AtCalendar(30.0), BELIEF, Accrual(5.0)),
    "plan": Design(120, PLAN.looks, PLAN, Accrual(5.0)),
    "overruled": Design(120, PLAN.looks, PLAN, Accrual(5.0), obey_futility=False),
    "monitored": Design(
        120,
        (Later((AtEvents(45), AtCalendar(18.0))), AtEvents(68), AtEvents(90)),
        Monitored(BELIEF, (np.inf, 0.98, 0.95), (-np.inf, 0.1, 0.6)),
        Accrual(5.0),
    ),
    "predictive": Design(
        120,
        (AtEvents(45), AtEvents(90)),
        Monitored(
            PredictiveProbability(0.5, LogRank(0.10), 90, NormalLogRatio(0.0, 0.5)),
            *((np.inf, 1.0), (0.05, 1.0)),
        ),
        Accrual(5.0),
    ),
    "screening": Design(
        80,
        AtEvents(50),
        screening_rule(0.1, hazard_ratio=0.6, events=50, beta=0.1),
        Accrual(5.0),
    ),
    "observed": Design(120, PLAN.looks, Observed(PLAN), Accrual(5.0)),
    "repeated": Design(
        120,
        (AtCalendar(12.0), AtEvents(68), AfterEnrolment(120, 6.0)),
        Repeated(CoxTest(0.10), SEQUENTIAL),
        Accrual(5.0),
    ),
}


def regions(figure) -> list[tuple[float, float, float]]:
    """Left edge, lower and upper end of every filled region."""
    found = []
    for each in figure.axes[0].collections:
        points = each.get_paths()[0].vertices
        found.append((points[:, 0].min(), points[:, 1].min(), points[:, 1].max()))
    return found


@pytest.mark.parametrize("name", list(RULES))
def test_regions_end_at_the_thresholds(name):
    design = RULES[name]
    figure = draw_rule(design, Sheet(WIDE, "Rule"))
    bottom, top = figure.axes[0].get_ylim()
    rule = design.thresholds
    found = regions(figure)
    benefit = sorted(low for _, low, high in found if high == top)
    reached = [each for each in rule.efficacy if np.isfinite(each)]
    np.testing.assert_allclose(benefit, sorted(reached), rtol=1e-12)
    futile = sorted(high for _, low, high in found if low == bottom)
    finite = [each for each in rule.futility if np.isfinite(each)]
    np.testing.assert_allclose(futile, sorted(finite), rtol=1e-12)


def names(design: Design) -> list[str]:
    axes = draw_rule(design, Sheet(WIDE, "Rule")).axes[0]
    return [each.get_text() for each in axes.get_xticklabels()]


def test_looks_are_named_by_when_they_are_made():
    assert names(RULES["group-sequential"]) == ["45 events", "68 events", "90 events"]
    assert names(RULES["posterior"]) == ["month 30"]


def words_in(design: Design, layout=WIDE) -> list[str]:
    return [each.get_text() for each in draw_rule(design, Sheet(layout, "Rule")).axes[0].texts]


def test_what_lies_between_is_named():
    assert "consider" not in words_in(RULES["predictive"])  # thresholds meet but for rounding
    assert words_in(RULES["predictive"]).count("go on") == 1
    assert words_in(RULES["monitored"]).count("consider") == 1
    assert words_in(RULES["screening"], NARROW) == ["go\n≥ 1.28", "stop\n< 0.524", "consider"]


def test_probabilities_have_an_axis_of_probabilities():
    axes = draw_rule(RULES["monitored"], Sheet(WIDE, "Rule")).axes[0]
    assert axes.get_ylabel() == "Probability"
    assert axes.get_yticks().tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("name", list(RULES))
def test_the_table_has_the_rules_thresholds(name):
    """Those that the protocol states, also where simulated trials overrule futility."""
    design = RULES[name]
    table, rule = rule_table(design), design.thresholds
    never = np.where(np.isfinite(rule.efficacy), rule.efficacy, np.nan)
    np.testing.assert_array_equal(table["efficacy"], never)
    if name == "overruled":
        np.testing.assert_array_equal(table["futility"], rule_table(RULES["plan"])["futility"])
    else:
        expected = np.where(np.isfinite(rule.futility), rule.futility, np.nan)
        np.testing.assert_array_equal(table["futility"], expected)
    assert table["when"].tolist() == [moment_words(look) for look in design.looks]


@pytest.mark.parametrize("name", ["group-sequential", "plan", "observed", "repeated"])
def test_alpha_is_spent_at_the_last_look(name):
    table = rule_table(RULES[name])
    assert table["alpha_spent"].iloc[-1] == pytest.approx(0.10, abs=1e-6)
    assert table["alpha_spent"].is_monotonic_increasing


def test_hazard_ratios_are_those_of_the_boundary_table():
    expected = boundary_table(PLAN)
    for name in ("plan", "observed"):
        for column in ("efficacy_hazard_ratio", "futility_hazard_ratio", "efficacy_p"):
            np.testing.assert_allclose(
                rule_table(RULES[name])[column], expected[column], rtol=1e-6, err_msg=column
            )


def test_only_rules_with_looks_or_three_outcomes_are_told():
    told = {name for name, design in RULES.items() if rule_part(design) is not None}
    assert told == set(RULES) - {"fixed", "posterior"}
    assert "may be overruled" in rule_part(RULES["overruled"]).words
    assert "futility below" in rule_part(RULES["monitored"]).words
    assert "what it was seen to have" in rule_part(RULES["observed"]).words


def test_moments_are_told_in_words():
    several = Earlier((Later((AtEvents(1), AtCalendar(24.0))), AfterEnrolment(120, 6.0)))
    assert moment_words(several) == (
        "the earlier of the later of 1 event and month 24 and 6 months after patient 120"
    )
