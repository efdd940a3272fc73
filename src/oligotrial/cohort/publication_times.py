"""Summaries of times: medians, means, rates, follow-up, events."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from oligotrial.checks import positive_integer
from oligotrial.cohort.publication import Rows, key_of, named, rounded, statistic
from oligotrial.estimators import LOG_LOG, follow_up, median, median_set, rate_at, restricted_mean
from oligotrial.evidence import Statistic

__all__ = ["PrintedEvents", "PrintedFollowUp", "PrintedMean", "PrintedMedian", "PrintedRates"]


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
        return named(self.by)

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the medians; without a value where survival doesn't come down to 1/2."""
        for grouping, level, time, event in rows.groups(self.by):
            value = rounded(median_set(time, event, scale=LOG_LOG).first, self.decimals)
            found = median(time, event, scale=LOG_LOG)
            lower, upper = (rounded(each, self.decimals) for each in (found.lower, found.upper))
            if upper == value:
                upper = None  # it would tell of another convention; see limits_at_events
            if not self.limits:
                lower = upper = None
            yield statistic(
                key_of(f"{rows.endpoint}.median", grouping, level), (value, lower, upper),
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
            rounded(each, self.decimals) for each in (found.value, found.lower, found.upper)
        )
        yield statistic(f"{rows.endpoint}.mean", numbers, "months", self.decimals)
        error = rounded(found.std_error, self.decimals)
        yield statistic(f"{rows.endpoint}.mean_se", (error, None, None), "months", self.decimals)


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
        return named(self.by)

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the percentages; of a group only where somebody was followed for so long."""
        for grouping, level, time, event in rows.groups(self.by):
            for months in self.at:
                found = rate_at(time, event, at=float(months), scale=LOG_LOG)
                if math.isnan(found.value):
                    continue
                ends = (found.lower, found.upper) if self.limits else (math.nan, math.nan)
                numbers = tuple(
                    rounded(100.0 * each, self.decimals) for each in (found.value, *ends)
                )
                key = key_of(f"{rows.endpoint}.{months}_months", grouping, level)
                yield statistic(key, numbers, "percent", self.decimals, (grouping, level))


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
        numbers = tuple(rounded(each, self.decimals) for each in (value, found.lower, found.upper))
        yield statistic("follow_up.median", numbers, "months", self.decimals)


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
        yield statistic(f"{rows.endpoint}.events", (events, None, None), "patients", 0)
