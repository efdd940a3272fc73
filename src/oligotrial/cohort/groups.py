"""Printed statistics recomputed from the rows of one draw, by the public estimators."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.target import OVERALL, Target
from oligotrial.estimators import (
    kaplan_meier,
    log_rank,
    median,
    median_set,
    rate_at,
    restricted_mean,
)

__all__ = ["Groups", "recompute"]


class Groups:
    """One draw, with its groups at hand.

    Parameters
    ----------
    frame : pandas.DataFrame
        The patients of one draw.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._levels: dict[str, np.ndarray] = {OVERALL: np.full(len(frame), "")}

    @cached_property
    def time(self) -> np.ndarray:
        """Times, months."""
        return self.frame["time"].to_numpy(float)

    @cached_property
    def event(self) -> np.ndarray:
        """1 where the event was seen."""
        return self.frame["event"].to_numpy(int)

    def levels(self, grouping: str) -> np.ndarray:
        """Return each patient's group."""
        if grouping not in self._levels:
            self._levels[grouping] = levels_of(self.frame, grouping)
        return self._levels[grouping]

    def curve(self, target: Target) -> tuple[np.ndarray, np.ndarray]:
        """Return times and events of a target's group."""
        inside = self.levels(target.grouping) == target.level
        return self.time[inside], self.event[inside]


def recompute(target: Target, groups: Groups) -> float:
    """Return a printed number for one draw, in the printed unit.

    Parameters
    ----------
    target : Target
        What is printed; no number of a regression, which is fitted once for all its numbers.
    groups : Groups
        The draw.

    Returns
    -------
    float
        Where a curve is flat at exactly 1/2, whichever of that piece's ends and its middle is
        nearest to the printed median: MedCalc and Stata print the first, R the middle.
    """
    return target.as_printed(_COMPUTE[target.kind](target, groups))


def _median(target: Target, groups: Groups) -> float:
    return _nearest(target, *groups.curve(target))


def _nearest(target: Target, time: np.ndarray, event: np.ndarray) -> float:
    found = median_set(time, event, scale=target.scale)
    low, high = target.statistic_interval
    flat = (found.first, found.last, 0.5 * (found.first + found.last))
    return min(flat, key=lambda value: max(low - value, value - high, 0.0))


def _limit(name: str) -> Callable[[Target, Groups], float]:
    return lambda target, groups: _limit_of(name, target, *groups.curve(target))


def _limit_of(name: str, target: Target, time: np.ndarray, event: np.ndarray) -> float:
    estimate = median_set if target.at_events else median
    found = estimate(time, event, level=target.confidence, scale=target.scale)
    return float(getattr(found, name))


def _follow_up(target: Target, groups: Groups) -> float:
    time, event = groups.curve(target)
    return _nearest(target, time, 1 - event)


def _follow_up_limit(name: str) -> Callable[[Target, Groups], float]:
    def compute(target: Target, groups: Groups) -> float:
        time, event = groups.curve(target)
        return _limit_of(name, target, time, 1 - event)

    return compute


def _rate(name: str) -> Callable[[Target, Groups], float]:
    def compute(target: Target, groups: Groups) -> float:
        found = rate_at(
            *groups.curve(target), at=target.argument, level=target.confidence, scale=target.scale
        )
        return 100.0 * float(getattr(found, name))

    return compute


def _chi_squared(target: Target, groups: Groups) -> float:
    test = log_rank(groups.time, groups.event, group=groups.levels(target.grouping))
    if target.p_df:
        return test.p
    if target.worse:
        worse = test.groups.index(target.worse)
        return float(np.copysign(test.chi_squared, test.observed[worse] - test.expected[worse]))
    return test.chi_squared


def _events_by(target: Target, groups: Groups) -> float:
    curve = kaplan_meier(*groups.curve(target))
    return float(curve.events[curve.time <= target.argument].sum())


_COMPUTE: Final[Mapping[Kind, Callable[[Target, Groups], float]]] = {
    Kind.CHI_SQUARED: _chi_squared,
    Kind.MEAN: lambda target, groups: restricted_mean(*groups.curve(target)).value,
    Kind.MEAN_SE: lambda target, groups: restricted_mean(*groups.curve(target)).std_error,
    Kind.MEDIAN: _median,
    Kind.LOWER: _limit("lower"),
    Kind.UPPER: _limit("upper"),
    Kind.RATE: _rate("value"),
    Kind.RATE_LOWER: _rate("lower"),
    Kind.RATE_UPPER: _rate("upper"),
    Kind.EVENTS: lambda target, groups: float(groups.curve(target)[1].sum()),
    Kind.EVENTS_BY: _events_by,
    Kind.AT_RISK: lambda target, groups: float((groups.curve(target)[0] >= target.argument).sum()),
    Kind.FOLLOW_UP: _follow_up,
    Kind.FOLLOW_UP_LOWER: _follow_up_limit("lower"),
    Kind.FOLLOW_UP_UPPER: _follow_up_limit("upper"),
}
