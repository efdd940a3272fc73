"""Summaries of times: medians, means, rates, follow-up, events."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError, one_of, positive_integer
from oligotrial.cohort.conventions import BAND, EVENTS, NAMED_SCALES
from oligotrial.cohort.publication import Rows, key_of, named, rounded, statistic
from oligotrial.estimators import LOG_LOG, median, median_set, rate_at, restricted_mean
from oligotrial.evidence import Statistic

__all__ = [
    "PrintedEvents",
    "PrintedFollowUp",
    "PrintedMean",
    "PrintedMedian",
    "PrintedRates",
    "median_convention",
]


@dataclass(frozen=True)
class PrintedMedian:
    """Median times with their 95% limits, as Stata's ``stci`` prints them or by another convention.

    The median is the first time at which survival is at most 1/2. Its limits are the first
    times at which the confidence band's edges come down to 1/2, or the first and last event
    time not refused as the median; one that isn't reached isn't printed.

    Parameters
    ----------
    by : str, optional
        Print that of each group of this grouping, in place of everybody's.
    limits : bool, optional
        Whether to print the 95% limits.
    decimals : int, optional
        To which the months are rounded.
    scale : str, optional
        Of the limits: "log-log" (Stata, SAS), "log" (R's default) or "plain".
    at_events : bool, optional
        Whether limits are event times not refused as the median, as MedCalc prints them (see
        `oligotrial.estimators.median_set`), in place of the band's (R, Stata).

    Raises
    ------
    InputError
        If there is no such scale.

    Examples
    --------
    >>> PrintedMedian("arm").variables
    ('arm',)
    >>> PrintedMedian(scale="log").scale
    'log'
    """

    by: str | None = None
    limits: bool = True
    decimals: int = 2
    scale: str = LOG_LOG.name
    at_events: bool = False

    def __post_init__(self) -> None:
        one_of(self.scale, list(NAMED_SCALES), "PrintedMedian, scale")

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return named(self.by)

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the medians; without a value where survival doesn't come down to 1/2."""
        for grouping, level, time, event in rows.groups(self.by):
            value, *limits = _median(time, event, self)
            numbers = (value, *limits) if self.limits else (value, None, None)
            yield statistic(
                key_of(f"{rows.endpoint}.median", grouping, level), numbers,
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
        whole = tuple(positive_integer(each, "a landmark (in months)") for each in self.at)
        object.__setattr__(self, "at", whole)  # 6.0 is 6, and keys say "6_months"

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
    """The median follow-up by the reverse Kaplan-Meier method, with 95% limits.

    Parameters
    ----------
    decimals : int, optional
        To which the months are rounded.
    scale, at_events : optional
        How the limits are computed, as for `PrintedMedian`; the same for both.

    Raises
    ------
    InputError
        If there is no such scale.
    """

    decimals: int = 1
    scale: str = LOG_LOG.name
    at_events: bool = False

    def __post_init__(self) -> None:
        one_of(self.scale, list(NAMED_SCALES), "PrintedFollowUp, scale")

    @property
    def variables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield the median follow-up."""
        frame = rows.frame
        numbers = _median(frame["time"].to_numpy(float), 1 - frame["event"].to_numpy(int), self)
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


def median_convention(summaries: Iterable[object]) -> tuple[str, str]:
    """Return by which convention all limits of medians are printed.

    Parameters
    ----------
    summaries : iterable of Summary
        What is printed.

    Returns
    -------
    tuple of str
        What `Evidence.median_scale` and `Evidence.median_limits` are; empty where no median
        has limits.

    Raises
    ------
    InputError
        If there are several: an evidence file states one.
    """
    found = list(
        dict.fromkeys(
            (each.scale, EVENTS if each.at_events else BAND)
            for each in summaries
            if isinstance(each, PrintedFollowUp)
            or (isinstance(each, PrintedMedian) and each.limits)
        )
    )
    if len(found) > 1:
        told = " and ".join(f"scale '{scale}' with limits at the {at}" for scale, at in found)
        raise InputError(
            f"medians are printed by {len(found)} conventions, {told}, and a source has one; give "
            "every PrintedMedian and PrintedFollowUp the same scale and at_events, or print "
            "medians without limits",
            where="publish, summaries",
        )
    return found[0] if found else ("", "")


def _median(
    time: np.ndarray, event: np.ndarray, printed: PrintedMedian | PrintedFollowUp
) -> tuple[float | None, ...]:
    """Return a median and its limits, rounded; None where one isn't reached."""
    scale = NAMED_SCALES[printed.scale]
    known = median_set(time, event, scale=scale)
    limits = known if printed.at_events else median(time, event, scale=scale)
    numbers = (known.first, limits.lower, limits.upper)
    return tuple(rounded(each, printed.decimals) for each in numbers)
