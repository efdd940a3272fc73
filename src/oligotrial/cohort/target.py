"""A printed number that a reconstruction has to meet."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.stats import chi2

from oligotrial.cohort.chain import Kind
from oligotrial.estimators import LOG_LOG, Scale
from oligotrial.evidence import Statistic

__all__ = ["LEVEL", "OVERALL", "Target", "decimals", "printed_interval", "printed_unit"]

OVERALL: Final = "overall"
"""The grouping of all patients in one group."""

LEVEL: Final = 0.95
"""Confidence level of intervals whose own isn't printed."""

_LEAST_DECIMALS: Final = {"probability": 2, "months": 1}
_COUNTS: Final = (Kind.EVENTS, Kind.EVENTS_BY, Kind.AT_RISK)


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
        Whose number it is; of a regression, the grouping is the covariate.
    argument : float, optional
        The time that it is about, months, or the number of the tick where it isn't printed.
    p_df : int, optional
        Degrees of freedom where `printed` is a p-value that stands for a chi-squared.
    ticked : bool, optional
        Whether `argument` is the number of a tick.
    worse : str, optional
        Of two groups compared, the one that has to have more events than expected; a
        chi-squared whose difference goes the other way counts as negative.
    factor : float, optional
        Months or percent in the printed unit.
    at_events : bool, optional
        Whether a median's limits are event times; see `limits_at_events`.
    scale : Scale, optional
        Of the limits; see `rate_scale` and `median_scale`.
    confidence : float, optional
        Confidence level of the limits.
    most : float, optional
        Largest value that agrees, where a count is printed that is a part of what is counted.
    model : str, optional
        Of a regression's numbers, which one; see `oligotrial.cohort.models`.
    complement : bool, optional
        Whether the percentage is of those who have had the event, and not of those free of it.
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
    factor: float = 1.0
    at_events: bool = False
    scale: Scale = LOG_LOG
    confidence: float = LEVEL
    most: float | None = None
    model: str = ""
    complement: bool = False

    @property
    def tolerance(self) -> float:
        """Half a unit of the printed rounding; 0 for counts."""
        return 0.0 if self.kind in _COUNTS else 0.5 * self.unit

    @property
    def interval(self) -> tuple[float, float]:
        """Values that print as this number, rounded or cut off (papers do both)."""
        if self.most is not None:
            return self.printed, self.most
        if self.tolerance == 0.0 or math.isinf(self.printed):
            return self.printed, self.printed
        slack = 1e-9 * self.unit
        low, high = self.printed - 0.5 * self.unit, self.printed + self.unit - slack
        return (low - slack, high) if low > 0 else (0.0, high)

    @property
    def statistic_interval(self) -> tuple[float, float]:
        """The interval in the statistic's own unit: months, percent, a p's chi-squared, a log."""
        low, high = self.interval
        if self.p_df:
            return float(chi2.isf(high, self.p_df)), float(chi2.isf(low, self.p_df))
        if self.kind in (Kind.LOG_HAZARD_RATIO, Kind.LOG_STANDARD_ERROR):
            return math.log(low) if low > 0.0 else -math.inf, math.log(high)
        if self.complement:
            return 100.0 - high * self.factor, 100.0 - low * self.factor
        return low * self.factor, high * self.factor

    @property
    def value(self) -> float:
        """The printed number in the statistic's own unit: months, or percent free of the event."""
        own = self.printed * self.factor
        return 100.0 - own if self.complement else own

    def agrees(self, value: float) -> bool:
        """Return whether a recomputed number prints as this one."""
        low, high = self.interval
        return low <= value <= high

    def at(self, months: float) -> "Target":
        """Return the same number about another time."""
        return replace(self, argument=months)

    def as_printed(self, value: float) -> float:
        """Return a statistic in the printed unit."""
        return (100.0 - value if self.complement else value) / self.factor


def printed_unit(each: Statistic, which: int) -> float:
    """Return the last decimal place that a statistic was printed to.

    Parameters
    ----------
    each : Statistic
        As printed.
    which : int
        0 for the value, 1 and 2 for the ends of its interval.

    Returns
    -------
    float
        For example 0.1.
    """
    if each.decimals is not None:
        return 10.0 ** -each.decimals[which]
    numbers = [number for number in (each.value, each.lower, each.upper) if number is not None]
    number = (each.value, each.lower, each.upper)[which]
    own = 0 if number is None else decimals(number)
    return 10.0 ** -max(own, _fewest_decimals(numbers), _LEAST_DECIMALS.get(each.unit, 0))


def printed_interval(each: Statistic, which: int) -> tuple[float, float]:
    """Return the values that print as a statistic's value or the ends of its interval.

    Parameters
    ----------
    each : Statistic
        As printed.
    which : int
        0 for the value, 1 and 2 for the ends of its interval.

    Returns
    -------
    tuple of float
        In the printed unit; rounded or cut off.
    """
    number = (each.value, each.lower, each.upper)[which]
    return Target(
        each.key, Kind.MEAN, math.nan if number is None else number, printed_unit(each, which),
        each.place,
    ).interval  # fmt: skip


def decimals(number: float) -> int:
    """Return the decimals a number was printed with, without the zeros at its end.

    Parameters
    ----------
    number : float
        Finite or not.

    Returns
    -------
    int
        0 for whole and infinite numbers.

    Examples
    --------
    >>> decimals(13.97), decimals(2.0)
    (2, 0)
    """
    text = np.format_float_positional(number, trim="-")
    return len(text.partition(".")[2])


def _fewest_decimals(numbers: list[float]) -> int:
    """Return the decimals of the least precise number that isn't whole; zeros aren't stored."""
    return min((decimals(each) for each in numbers if each % 1 and math.isfinite(each)), default=0)
