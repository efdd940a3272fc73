"""What a paper can print of patients: each kind of summary as an object."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive_integer
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.columns import Columns
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.target import OVERALL, Target
from oligotrial.estimators import (
    LOG_LOG,
    follow_up,
    log_rank,
    median,
    median_set,
    rate_at,
    restricted_mean,
)
from oligotrial.estimators.concordance import harrell_c
from oligotrial.estimators.cox import BRESLOW, cox
from oligotrial.evidence import Comparison, Evidence, RiskTable, Statistic

__all__ = [
    "PrintedCox",
    "PrintedEvents",
    "PrintedFollowUp",
    "PrintedMean",
    "PrintedMedian",
    "PrintedRates",
    "PrintedRisk",
    "PrintedTest",
    "Rows",
    "Summary",
]

PLACE: Final = "recomputed"
"""Where published numbers are from: no section of a paper."""

_LEVEL: Final = 0.95
_COVARIATE: Final = re.compile(r"[a-z0-9_]+")

type Item = Statistic | Comparison | RiskTable


@dataclass(frozen=True)
class Rows:
    """Patients, as the summaries see them.

    Parameters
    ----------
    frame : pandas.DataFrame
        With time and event.
    endpoint : str
        What keys begin with.
    counts : Evidence
        With the counts of the variables.
    """

    frame: pd.DataFrame
    endpoint: str
    counts: Evidence

    def columns(self, grouping: str) -> Columns:
        """Return how a grouping follows from the counts."""
        target = Target(grouping, Kind.CHI_SQUARED, 0.0, 1.0, PLACE, grouping)
        return Columns(self.counts, [target])

    def groups(self, by: str | None) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
        """Yield grouping, level, times and events of each group; of everybody where by is None."""
        time, event = self.frame["time"].to_numpy(float), self.frame["event"].to_numpy(int)
        if by is None:
            yield OVERALL, "", time, event
            return
        found = levels_of(self.frame, by)
        for level in self.columns(by).levels(by):
            inside = found == level
            yield by, level, time[inside], event[inside]

    def codes(self, name: str) -> np.ndarray:
        """Return a covariate's codes: its levels numbered from 0, in their order."""
        columns = self.columns(name)
        code = dict(zip(columns.source(name)[1], columns.codes(name), strict=True))
        return np.array([code[level] for level in levels_of(self.frame, name)])


class Summary(Protocol):
    """A kind of summary."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The groupings and covariates it is about."""

    def of(self, rows: Rows) -> Iterator[Item]:
        """Yield what is printed."""


@dataclass(frozen=True)
class PrintedMedian:
    """Median times as Stata's ``stci`` prints them.

    The median is the first time at which survival is at most 1/2. Its limits are the first
    times at which the log-log confidence band's edges come down to 1/2; one that isn't reached
    isn't printed.

    Parameters
    ----------
    by : str, optional
        Print that of each group of this grouping, in place of everybody's.
    limits : bool, optional
        Whether to print the 95% limits.
    decimals : int, optional
        To which the months are rounded.

    Examples
    --------
    >>> PrintedMedian("arm").variables
    ('arm',)
    """

    by: str | None = None
    limits: bool = True
    decimals: int = 2

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return _named(self.by)

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the medians; without a value where survival doesn't come down to 1/2."""
        for grouping, level, time, event in rows.groups(self.by):
            value = _round(median_set(time, event, scale=LOG_LOG).first, self.decimals)
            found = median(time, event, scale=LOG_LOG)
            lower, upper = (_round(each, self.decimals) for each in (found.lower, found.upper))
            if upper == value:
                upper = None  # it would tell of another convention; see limits_at_events
            if not self.limits:
                lower = upper = None
            yield _statistic(
                _key(f"{rows.endpoint}.median", grouping, level), (value, lower, upper),
                "months", self.decimals, (grouping, level),
            )  # fmt: skip


@dataclass(frozen=True)
class PrintedMean:
    """The mean time up to the longest one, with its standard error and 95% limits.

    Parameters
    ----------
    decimals : int, optional
        To which the months are rounded.
    """

    decimals: int = 2

    @property
    def variables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield mean and standard error."""
        found = restricted_mean(rows.frame["time"], rows.frame["event"])
        numbers = tuple(
            _round(each, self.decimals) for each in (found.value, found.lower, found.upper)
        )
        yield _statistic(f"{rows.endpoint}.mean", numbers, "months", self.decimals)
        error = _round(found.std_error, self.decimals)
        yield _statistic(f"{rows.endpoint}.mean_se", (error, None, None), "months", self.decimals)


@dataclass(frozen=True)
class PrintedRates:
    """Percentages free of the event at landmarks, by Kaplan-Meier, with log-log 95% limits.

    Parameters
    ----------
    at : tuple of int
        Whole months.
    by : str, optional
        Print those of each group of this grouping, in place of everybody's.
    limits : bool, optional
        Whether to print the limits.
    decimals : int, optional
        To which the percentages are rounded.

    Examples
    --------
    >>> PrintedRates((6, 12)).at
    (6, 12)
    """

    at: tuple[int, ...]
    by: str | None = None
    limits: bool = True
    decimals: int = 1

    def __post_init__(self) -> None:
        for each in self.at:
            positive_integer(each, "a landmark (in months)")

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return _named(self.by)

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the percentages; of a group only where somebody was followed for so long."""
        for grouping, level, time, event in rows.groups(self.by):
            for months in self.at:
                found = rate_at(time, event, at=float(months), scale=LOG_LOG)
                if math.isnan(found.value):
                    continue
                ends = (found.lower, found.upper) if self.limits else (math.nan, math.nan)
                numbers = tuple(
                    _round(100.0 * each, self.decimals) for each in (found.value, *ends)
                )
                key = _key(f"{rows.endpoint}.{months}_months", grouping, level)
                yield _statistic(key, numbers, "percent", self.decimals, (grouping, level))


@dataclass(frozen=True)
class PrintedTest:
    """The log-rank test between a grouping's levels.

    Parameters
    ----------
    by : str
        The grouping.
    chi_squared : bool, optional
        Whether the statistic is printed besides its p-value.
    decimals : tuple of int, optional
        To which the statistic and the p-value are rounded.

    Examples
    --------
    >>> PrintedTest("arm", chi_squared=False).variables
    ('arm',)
    """

    by: str
    chi_squared: bool = True
    decimals: tuple[int, int] = (4, 4)

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return (self.by,)

    def of(self, rows: Rows) -> Iterator[Comparison]:
        """Yield the test, or raise `InputError` where there is only one group."""
        levels = rows.columns(self.by).levels(self.by)
        if len(levels) < 2:
            raise InputError(
                f"all patients have '{levels[0]}': there is nothing to test; leave this test out",
                where=f"PrintedTest('{self.by}')",
            )
        groups = levels_of(rows.frame, self.by)
        test = log_rank(rows.frame["time"], rows.frame["event"], group=groups)
        yield Comparison(
            f"{rows.endpoint}.logrank[{self.by}]", rows.endpoint, self.by, tuple(levels),
            _round(test.chi_squared, self.decimals[0]) if self.chi_squared else None,
            len(levels) - 1, _round(test.p, self.decimals[1]), PLACE, decimals=self.decimals,
        )  # fmt: skip


@dataclass(frozen=True)
class PrintedRisk:
    """Numbers at risk under a curve.

    Parameters
    ----------
    at : tuple of float
        Times of the ticks, months, the first 0 and all equally far apart.
    by : str, optional
        Print those of each group of this grouping, in place of everybody's.
    timed : bool, optional
        Whether the ticks' times are printed; papers often show them only in the figure.

    Examples
    --------
    >>> PrintedRisk((0.0, 12.0, 24.0)).timed
    True
    """

    at: tuple[float, ...]
    by: str | None = None
    timed: bool = True

    def __post_init__(self) -> None:
        steps = np.diff(self.at)
        if len(self.at) < 2 or self.at[0] != 0 or steps[0] <= 0 or not np.allclose(steps, steps[0]):
            raise InputError(
                f"{self.at} are no ticks of an axis; give 0 and at least one later time, all "
                "equally far apart",
                where="PrintedRisk, at",
            )

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return _named(self.by)

    def of(self, rows: Rows) -> Iterator[RiskTable]:
        """Yield a table for each group."""
        for grouping, level, time, _ in rows.groups(self.by):
            at_risk = tuple(int((time >= each).sum()) for each in self.at)
            times = self.at if self.timed else None
            yield RiskTable(rows.endpoint, grouping, level, at_risk, times, PLACE)


@dataclass(frozen=True)
class PrintedCox:
    """A Cox regression on several covariates at once: hazard ratios, p-values and Harrell's C.

    A covariate's levels are numbered from 0 in their order (for more than two: a trend); ties
    by Breslow's method.

    Parameters
    ----------
    covariates : tuple of str
        Names in small letters, digits and "_".
    c_index : bool, optional
        Whether Harrell's C is printed.
    decimals : int, optional
        To which all numbers are rounded.

    Examples
    --------
    >>> PrintedCox(("arm", "line")).variables
    ('arm', 'line')
    """

    covariates: tuple[str, ...]
    c_index: bool = True
    decimals: int = 4

    def __post_init__(self) -> None:
        for name in self.covariates:
            if not _COVARIATE.fullmatch(name):
                raise InputError(
                    f"'{name}' can't be a key; rename the column to small letters, digits and '_'",
                    where="PrintedCox, covariates",
                )

    @property
    def variables(self) -> tuple[str, ...]:
        """The covariates."""
        return self.covariates

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield hazard ratios with limits, p-values and, where wanted, Harrell's C."""
        codes = pd.DataFrame({name: rows.codes(name) for name in self.covariates})
        time, event = rows.frame["time"], rows.frame["event"]
        table = cox(time, event, codes, ties=BRESLOW).coefficients
        numbers = table[["hazard_ratio", "lower", "upper", "p"]].to_numpy(float)
        for name, (ratio, lower, upper, p) in zip(self.covariates, numbers, strict=True):
            key = f"cox.hazard_ratio[covariate={name}]"
            yield self._statistic(key, (ratio, lower, upper), "ratio")
            yield self._statistic(
                f"cox.p[covariate={name}]", (p, math.nan, math.nan), "probability"
            )
        if self.c_index:
            risk = codes.to_numpy(float) @ table["log_hazard_ratio"].to_numpy(float)
            found = harrell_c(time, event, risk=risk)
            ends = (found.value, found.lower, found.upper)
            yield self._statistic("cox.c_index", ends, "probability")

    def _statistic(self, key: str, numbers: tuple[float, ...], unit: str) -> Statistic:
        rounded = tuple(_round(each, self.decimals) for each in numbers)
        return _statistic(key, rounded, unit, self.decimals)


@dataclass(frozen=True)
class PrintedFollowUp:
    """The median follow-up by the reverse Kaplan-Meier method, with log-log 95% limits.

    Parameters
    ----------
    decimals : int, optional
        To which the months are rounded.
    """

    decimals: int = 1

    @property
    def variables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the median follow-up."""
        time, event = rows.frame["time"], rows.frame["event"]
        found = follow_up(time, event, scale=LOG_LOG)
        value = median_set(time, 1 - event.astype(int), scale=LOG_LOG).first
        numbers = tuple(_round(each, self.decimals) for each in (value, found.lower, found.upper))
        yield _statistic("follow_up.median", numbers, "months", self.decimals)


@dataclass(frozen=True)
class PrintedEvents:
    """How many patients had the event."""

    @property
    def variables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the number of events."""
        events = float(rows.frame["event"].sum())
        yield _statistic(f"{rows.endpoint}.events", (events, None, None), "patients", 0)


def _named(by: str | None) -> tuple[str, ...]:
    return () if by is None else (by,)


def _key(name: str, grouping: str, level: str) -> str:
    return f"{name}[{grouping}={level}]" if level else name


def _round(value: float, decimals: int) -> float | None:
    return round(float(value), decimals) if math.isfinite(value) else None


def _statistic(
    key: str,
    numbers: tuple[float | None, ...],
    unit: str,
    decimals: int,
    group: tuple[str, str] = (OVERALL, ""),
) -> Statistic:
    value, lower, upper = numbers
    limited = lower is not None or upper is not None or key == "follow_up.median"
    return Statistic(
        key, value, lower, upper, _LEVEL if limited else None, unit, PLACE,
        group=group if group[1] else None, note="" if value is not None else "not reached",
        decimals=(decimals, decimals, decimals),
    )  # fmt: skip
