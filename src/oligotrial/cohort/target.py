"""What a reconstruction has to reproduce: printed statistics, and how each is recomputed."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import chi2

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.groupings import levels_of
from oligotrial.estimators import (
    LOG_LOG,
    kaplan_meier,
    log_rank,
    median_set,
    restricted_mean,
)
from oligotrial.evidence import Comparison, Evidence, RiskTable, Statistic

__all__ = ["ENDPOINT", "OVERALL", "Groups", "Target", "targets"]

ENDPOINT: Final = "pfs_ar"
"""The endpoint whose times are reconstructed."""

DIRECTION_P: Final = 0.1
"""Largest p-value at which a test of two groups is taken to go the way of their medians.

A chi-squared doesn't tell which group did worse. Where it is this large, curves that cross so
that the medians say the opposite aren't plausible; where it is small either can be.
"""

OVERALL: Final = "overall"
"""The grouping of all patients in one group."""

_LEAST_DECIMALS: Final = {"probability": 2, "months": 1, "patients": 0}
_STATISTIC: Final = re.compile(rf"{ENDPOINT}\.(?P<name>mean|mean_se|median)(\[.*\])?")
_RATE: Final = re.compile(r"rdt\.(?P<months>\d+)_months")


@dataclass(frozen=True)
class Target:
    """One printed number.

    Parameters
    ----------
    key : str
        What it is, as in the evidence.
    kind : Kind
        How it is computed.
    printed : float
        The number; infinite where the paper prints that a median isn't reached.
    unit : float
        The last printed decimal place, for example 0.1.
    place : str
        Where it is printed.
    grouping, level : str, optional
        Whose number it is.
    argument : float, optional
        The time that it is about, months, or the number of the tick where it isn't printed.
    p_df : int, optional
        Degrees of freedom where `printed` is a p-value that stands for a chi-squared.
    ticked : bool, optional
        Whether `argument` is the number of a tick.
    worse : str, optional
        Of two groups compared, the one that has to have more events than expected; a
        chi-squared whose difference goes the other way counts as negative.
    """

    key: str
    kind: Kind
    printed: float
    unit: float
    place: str
    grouping: str = OVERALL
    level: str = ""
    argument: float = 0.0
    p_df: int = 0
    ticked: bool = False
    worse: str = ""

    @property
    def tolerance(self) -> float:
        """Half a unit of the printed rounding; 0 for counts."""
        return 0.0 if self.kind in (Kind.EVENTS_BY, Kind.AT_RISK) else 0.5 * self.unit

    @property
    def interval(self) -> tuple[float, float]:
        """Values that print as this number, rounded or cut off (the paper does both)."""
        if self.tolerance == 0.0 or math.isinf(self.printed):
            return self.printed, self.printed
        slack = 1e-9 * self.unit
        low, high = self.printed - 0.5 * self.unit, self.printed + self.unit - slack
        return (low - slack, high) if low > 0 else (0.0, high)

    @property
    def statistic_interval(self) -> tuple[float, float]:
        """The interval of the statistic, for a printed p-value that of its chi-squared."""
        low, high = self.interval
        if not self.p_df:
            return low, high
        return float(chi2.isf(high, self.p_df)), float(chi2.isf(low, self.p_df))

    def agrees(self, value: float) -> bool:
        """Return whether a recomputed number prints as this one."""
        low, high = self.interval
        return low <= value <= high

    def at(self, months: float) -> "Target":
        """Return the same number about another time."""
        return replace(self, argument=months)

    def recompute(self, groups: "Groups") -> float:
        """Return the number for one draw, by the public estimators.

        Parameters
        ----------
        groups : Groups
            The draw.

        Returns
        -------
        float
            Where a curve is flat at exactly 1/2, the end nearer to the printed median.
        """
        return _RECOMPUTE[self.kind](self, groups)


class Groups:
    """One draw, with its groups at hand.

    Parameters
    ----------
    frame : pandas.DataFrame
        The patients of one draw.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._levels: dict[str, np.ndarray] = {OVERALL: np.full(len(frame), "")}

    @cached_property
    def time(self) -> np.ndarray:
        """Times, months."""
        return self._frame["time"].to_numpy(float)

    @cached_property
    def event(self) -> np.ndarray:
        """1 where the event was seen."""
        return self._frame["event"].to_numpy(int)

    def levels(self, grouping: str) -> np.ndarray:
        """Return each patient's group."""
        if grouping not in self._levels:
            self._levels[grouping] = levels_of(self._frame, grouping)
        return self._levels[grouping]

    def curve(self, target: Target) -> tuple[np.ndarray, np.ndarray]:
        """Return times and events of a target's group."""
        inside = self.levels(target.grouping) == target.level
        return self.time[inside], self.event[inside]


def _median(target: Target, groups: Groups) -> float:
    found = median_set(*groups.curve(target), scale=LOG_LOG)
    low, high = target.interval
    return min((found.first, found.last), key=lambda value: max(low - value, value - high, 0.0))


def _chi_squared(target: Target, groups: Groups) -> float:
    test = log_rank(groups.time, groups.event, group=groups.levels(target.grouping))
    if target.worse:
        worse = test.groups.index(target.worse)
        return float(np.copysign(test.chi_squared, test.observed[worse] - test.expected[worse]))
    return test.p if target.p_df else test.chi_squared


def _events_by(target: Target, groups: Groups) -> float:
    curve = kaplan_meier(*groups.curve(target))
    return float(curve.events[curve.time <= target.argument].sum())


_RECOMPUTE: Final[Mapping[Kind, Callable[[Target, Groups], float]]] = {
    Kind.MEAN: lambda target, groups: restricted_mean(*groups.curve(target)).value,
    Kind.MEAN_SE: lambda target, groups: restricted_mean(*groups.curve(target)).std_error,
    Kind.MEDIAN: _median,
    Kind.LOWER: lambda target, groups: median_set(*groups.curve(target), scale=LOG_LOG).lower,
    Kind.UPPER: lambda target, groups: median_set(*groups.curve(target), scale=LOG_LOG).upper,
    Kind.EVENTS_BY: _events_by,
    Kind.CHI_SQUARED: _chi_squared,
    Kind.AT_RISK: lambda target, groups: float((groups.curve(target)[0] >= target.argument).sum()),
}


def targets(evidence: Evidence) -> list[Target]:
    """Return the printed statistics that a reconstruction can reproduce.

    Parameters
    ----------
    evidence : Evidence
        Where "@place" versions of a number are passed over.

    Returns
    -------
    list of Target
        Medians with their limits, the restricted mean with its standard error, events by some
        months, log-rank tests and, with their ticks' numbers as `argument` where the paper's
        text doesn't give the times, numbers at risk.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> found = {each.key: each for each in targets(evidence.load("marazzi2024"))}
    >>> found["pfs_ar.logrank[line_group].chi_squared"].printed
    4.6697
    """
    found: list[Target] = []
    for statistic in evidence.statistics:
        found += _of_statistic(statistic)
    for comparison in evidence.comparisons:
        if comparison.endpoint == ENDPOINT:
            found += _of_comparison(comparison, _worse(evidence, comparison))
    for table in evidence.risk_tables:
        if table.endpoint == ENDPOINT:
            found += _of_risk_table(table)
    return found


def _of_statistic(each: Statistic) -> list[Target]:
    if found := _RATE.fullmatch(each.key):
        if each.value is None:
            return []
        months = float(found["months"])
        return [Target(each.key, Kind.EVENTS_BY, each.value, 1.0, each.place, argument=months)]
    found = _STATISTIC.fullmatch(each.key)
    if not found:
        return []
    grouping, level = each.group or (OVERALL, "")
    numbers = {"value": each.value, "lower": each.lower, "upper": each.upper}
    if found["name"] != "median":
        kind = Kind.MEAN if found["name"] == "mean" else Kind.MEAN_SE
        kinds, numbers = {"value": kind}, {"value": each.value}
    else:
        kinds = {"value": Kind.MEDIAN, "lower": Kind.LOWER, "upper": Kind.UPPER}
        numbers["value"] = math.inf if each.value is None else each.value
    fewest = _fewest_decimals([number for number in numbers.values() if number is not None])
    return [
        Target(
            each.key if name == "value" else f"{each.key}.{name}",
            kinds[name],
            number,
            10.0 ** -max(_decimals(number), fewest, _LEAST_DECIMALS["months"]),
            each.place,
            grouping,
            level,
        )
        for name, number in numbers.items()
        if number is not None
    ]


def _of_comparison(each: Comparison, worse: str) -> list[Target]:
    if each.chi_squared is not None:
        unit = 10.0 ** -_decimals(each.chi_squared)
        key = f"{each.key}.chi_squared"
        target = Target(key, Kind.CHI_SQUARED, each.chi_squared, unit, each.place, each.grouping)
        return [replace(target, worse=worse)]
    if each.p is None:
        return []
    unit = 10.0 ** -max(_decimals(each.p), _LEAST_DECIMALS["probability"])
    df = len(each.levels) - 1
    return [
        Target(f"{each.key}.p", Kind.CHI_SQUARED, each.p, unit, each.place, each.grouping, p_df=df)
    ]


def _worse(evidence: Evidence, each: Comparison) -> str:
    """Return the group with the shorter printed median, where a test says that it is worse."""
    if len(each.levels) != 2 or each.p is None or each.p > DIRECTION_P:
        return ""
    keys = {f"{ENDPOINT}.median[{each.grouping}={level}]": level for level in each.levels}
    medians = {
        keys[statistic.key]: math.inf if statistic.value is None else statistic.value
        for statistic in evidence.statistics
        if statistic.key in keys
    }
    if len(medians) < 2 or len(set(medians.values())) < 2:
        return ""
    return min(medians, key=lambda level: medians[level])


def _of_risk_table(each: RiskTable) -> list[Target]:
    ticks = each.times_months or range(len(each.at_risk))
    return [
        Target(
            f"{ENDPOINT}.at_risk[{each.grouping}={each.level}][tick={number}]",
            Kind.AT_RISK,
            float(patients),
            1.0,
            each.place,
            each.grouping,
            each.level,
            float(tick),
            ticked=each.times_months is None,
        )
        for number, (tick, patients) in enumerate(zip(ticks, each.at_risk, strict=True))
        if number > 0
    ]


def _decimals(number: float) -> int:
    text = np.format_float_positional(number, trim="-")
    return len(text.partition(".")[2])


def _fewest_decimals(numbers: list[float]) -> int:
    """Return the decimals of the least precise number that isn't whole; zeros aren't stored."""
    return min((_decimals(each) for each in numbers if each % 1 and math.isfinite(each)), default=0)
