"""A design's decision rule as a report tells it: in words, as a table, and to be drawn."""

from dataclasses import dataclass, replace
from functools import singledispatch

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.report.moments import moment_words
from oligotrial.report.statistics import statistic_words
from oligotrial.trial import (
    Design,
    GroupSequential,
    Monitored,
    Observed,
    Repeated,
    SequentialLogRank,
    ThreeOutcomes,
    boundary_table,
    exit_probabilities,
    expected_table,
    find_boundaries,
)

__all__ = ["RulePart", "rule_part", "rule_table"]


@dataclass(frozen=True, eq=False)
class RulePart:
    """The decision rule of a design.

    Parameters
    ----------
    design : Design
        The design, whose rule is drawn.
    words : str
        What is computed and what stops the trial.
    table : pandas.DataFrame
        A row a look.
    """

    design: Design
    words: str
    table: pd.DataFrame


def rule_part(design: Design) -> RulePart | None:
    """Return what a report tells of a design's rule.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    RulePart or None
        Nothing where one look decides between two outcomes.

    Examples
    --------
    >>> from oligotrial.trial import Accrual, AtEvents, GroupSequential, LogRank
    >>> rule_part(Design(120, AtEvents(90), LogRank(0.10), Accrual(5.0))) is None
    True
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> rule_part(Design(120, plan.looks, plan, Accrual(5.0))).table["when"].tolist()
    ['45 events', '90 events']
    """
    if len(design.looks) == 1 and not isinstance(design.test, ThreeOutcomes):
        return None
    return RulePart(design, _words(design), rule_table(design))


def rule_table(design: Design) -> pd.DataFrame:
    """Tabulate at which statistics a design's trials stop.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    pandas.DataFrame
        A row a look: `look`, `when`, `efficacy` (stop for benefit at or above), `futility` (stop
        for futility at or below, or below where a rule is monitored); missing where it never
        stops. Of group-sequential rules also one-sided `efficacy_p`, `alpha_spent` so far under
        no effect, and, where looks are at events, the hazard ratios that the boundaries stand for.
    """
    rule = replace(design, obey_futility=True).thresholds
    table = pd.DataFrame(
        {
            "look": range(1, rule.looks + 1),
            "when": list(map(moment_words, design.looks)),
            "efficacy": _finite(rule.efficacy),
            "futility": _finite(rule.futility),
        }
    )
    return pd.concat([table, _spent(design.test)], axis=1)


def _finite(values: tuple[float, ...]) -> np.ndarray:
    found = np.array(values, dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


@singledispatch
def _spent(test: object) -> pd.DataFrame:  # noqa: ARG001
    """Return what a rule of that kind has besides thresholds."""
    return pd.DataFrame()


@_spent.register
def _(test: SequentialLogRank) -> pd.DataFrame:
    return _at_events(boundary_table(test))


@_spent.register
def _(test: Observed) -> pd.DataFrame:
    return _at_events(expected_table(test).rename(columns=lambda name: name[len("expected_") :]))


@_spent.register
def _(test: GroupSequential) -> pd.DataFrame:
    found = find_boundaries(test)
    bound = found if test.futility.binding else found.without_futility()
    spent = np.cumsum(exit_probabilities(bound, 0.0).efficacy)
    return pd.DataFrame({"efficacy_p": norm.sf(found.efficacy), "alpha_spent": spent})


@_spent.register
def _(test: Repeated) -> pd.DataFrame:
    return _spent(test.rule)


def _at_events(table: pd.DataFrame) -> pd.DataFrame:
    names = ["efficacy_p", "alpha_spent", "efficacy_hazard_ratio", "futility_hazard_ratio"]
    return table[names].replace([np.inf, 0.0], np.nan)


def _words(design: Design) -> str:
    computed = statistic_words(design.analyses[0])
    kind = type(design.test)
    side = "below" if kind in (Monitored, ThreeOutcomes) else "at or below"
    words = (
        f"Statistic: {computed}. The trial ends for benefit at or above the upper threshold of a "
        f"look and for futility {side} the lower one."
    )
    if isinstance(_ruled(design.test), Observed):
        words += (
            " Boundaries are those of looks that come as planned; each trial's own are found from "
            "what it was seen to have."
        )
    if isinstance(design.test, ThreeOutcomes):
        words += f" The trial's outcome: {design.test.words}."
    if not design.obey_futility:
        words += (
            " Interim futility thresholds may be overruled: simulated trials go on past them, and "
            "the figure leaves them out."
        )
    return words


def _ruled(test: object) -> object:
    return test.rule if isinstance(test, Repeated) else test
