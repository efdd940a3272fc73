"""Developer checks: the picture of a rule has the thresholds that simulated trials obey."""

import numpy as np
import pytest

from oligotrial.estimators import NormalLogRatio
from oligotrial.report import WIDE, Sheet, draw_rule
from oligotrial.trial import (
    Accrual,
    AtCalendar,
    AtEvents,
    Design,
    FixedFutility,
    GroupSequential,
    LogRank,
    PosteriorProbability,
)

SEQUENTIAL = GroupSequential((0.5, 0.75, 1.0), 0.10, futility=FixedFutility((0.0, 0.5)))
RULES = {
    "group-sequential": Design(
        120, (AtEvents(45), AtEvents(68), AtEvents(90)), SEQUENTIAL, Accrual(5.0)
    ),
    "fixed": Design(120, AtEvents(90), LogRank(0.10), Accrual(5.0)),
    "posterior": Design(
        120, AtCalendar(30.0), PosteriorProbability(0.95, NormalLogRatio(0.0, 0.5)), Accrual(5.0)
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
    np.testing.assert_allclose(benefit, sorted(rule.efficacy), rtol=1e-12)
    futile = sorted(high for _, low, high in found if low == bottom)
    finite = [each for each in rule.futility if np.isfinite(each)]
    np.testing.assert_allclose(futile, sorted(finite), rtol=1e-12)


def names(design: Design) -> list[str]:
    axes = draw_rule(design, Sheet(WIDE, "Rule")).axes[0]
    return [each.get_text() for each in axes.get_xticklabels()]


def test_looks_are_named_by_when_they_are_made():
    assert names(RULES["group-sequential"]) == ["45 events", "68 events", "90 events"]
    assert names(RULES["posterior"]) == ["month 30"]
