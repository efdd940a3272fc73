"""When patients of a reconstruction have events before any statistic is looked at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binom

from oligotrial.checks import InputError
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.target import Target, decimals
from oligotrial.evidence import Evidence
from oligotrial.units import DAYS_PER_MONTH, MONTHS_PER

__all__ = ["BaseMeasure", "base_measure", "printed_steps_per_month"]

_PER_MONTH: Final = (DAYS_PER_MONTH, 30.0, 100.0)
"""Steps of time in a month: days as the calendar has them, 30 days, or hundredths."""

_LONGEST_FOLLOW_UP: Final = 1.25  # in accrual periods
_LONGEST_IN_MEDIANS: Final = 4.0  # where no length of accrual is printed
_AFTER_LAST_TIME: Final = 1.5  # in the longest printed time
_LONGEST_IN_MEANS: Final = 2.0  # as a mean restricted to the longest time tells


@dataclass(frozen=True)
class BaseMeasure:
    """The grid of times that patients can have, and how probable each is beforehand.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,): times.
    density : numpy.ndarray
        Shape (2, day): probability that a patient is censored or has the event on a day.
    median : float
        Of the event times, months.
    """

    months: np.ndarray
    density: np.ndarray
    median: float

    def log_events(self, patients: int) -> np.ndarray:
        """Return what makes every number of events as probable as any other beforehand.

        How many of a cohort had the event is rarely printed, and it decides how large a hazard
        ratio a chi-squared stands for: the share that log-logistic times and even entry give would
        be a strong belief about it.

        Parameters
        ----------
        patients : int
            In the cohort.

        Returns
        -------
        numpy.ndarray
            Shape (patients + 1,): the log of a number's probability if it is uniform, over its
            probability under the density, which is binomial.
        """
        share = float(self.density[1].sum())
        number = np.arange(patients + 1)
        return np.asarray(-np.log(patients + 1.0) - binom.logpmf(number, patients, share))


def base_measure(evidence: Evidence, endpoint: str, targets: Sequence[Target]) -> BaseMeasure:
    """Return the grid of times and the base measure on it.

    Event times are log-logistic with the printed median (or that of the latest printed rate),
    censoring is by even entry over as long as a patient can have been followed up. The number
    of events is left open (`BaseMeasure.log_events`).

    Parameters
    ----------
    evidence : Evidence
        With a median or rates of all patients, and with the length of accrual
        ("accrual.months") or the median follow-up.
    endpoint : str
        Whose.
    targets : sequence of Target
        Its printed statistics.

    Returns
    -------
    BaseMeasure
        Times in days of the paper's own months, rounded as it prints them.

    Raises
    ------
    InputError
        If there is nothing to tell the median from.
    """
    median = _median(targets)
    if median is None:
        raise InputError(
            f"{endpoint}.median or a rate such as {endpoint}.1_year is needed; give one",
            where=evidence.id,
        )
    longest = _longest(evidence, median, targets)
    per_month = printed_steps_per_month(targets)
    months = np.arange(int(longest * per_month)) / per_month
    if per_month != DAYS_PER_MONTH:
        months = np.round(months, max(_printed_decimals(targets), 2))
    return BaseMeasure(months, _density(months, median, longest), median)


def printed_steps_per_month(targets: Sequence[Target]) -> float:
    """Return the steps of time that a source counts to a month, told from the times it prints.

    Every median and limit is somebody's time, a whole number of days. The times of
    doi:10.3390/jpm14080805 are whole days / 30: 419 / 30 = 13.97, 257 / 30 = 8.57, 142 / 30 =
    4.73, 166 / 30 = 5.53, 170 / 30 = 5.67 and 227 / 30 = 7.57; with 30.4375 days no day
    gives 13.97.

    Parameters
    ----------
    targets : sequence of Target
        Printed statistics.

    Returns
    -------
    float
        30.4375, unless whole days / 30 make more of the printed times, or hundredths of a month
        make still more.
    """
    places = max(_printed_decimals(targets), 2)

    def made(per_month: float) -> int:
        return sum(
            any(
                low <= round(day / per_month, places) <= high
                for day in range(int(low * per_month) - 1, int(high * per_month) + 2)
            )
            for low, high in (each.statistic_interval for each in _times(targets))
        )

    return max(_PER_MONTH, key=made)


def _times(targets: Sequence[Target]) -> list[Target]:
    kinds = (Kind.MEDIAN, Kind.LOWER, Kind.UPPER)
    return [each for each in targets if each.kind in kinds and math.isfinite(each.printed)]


def _printed_decimals(targets: Sequence[Target]) -> int:
    return max((decimals(each.printed) for each in _times(targets)), default=0)


def _median(targets: Sequence[Target]) -> float | None:
    overall = [each for each in targets if not each.level and math.isfinite(each.printed)]
    for each in overall:
        if each.kind == Kind.MEDIAN:
            return each.value
    rates = [each for each in overall if each.kind == Kind.RATE and 0 < each.value < 100]
    if not rates:
        return None
    latest = max(rates, key=lambda each: each.argument)
    return latest.argument * latest.value / (100.0 - latest.value)


def _longest(evidence: Evidence, median: float, targets: Sequence[Target]) -> float:
    found = {each.key: each for each in evidence.statistics}
    printed = [each.value for each in _times(targets)]
    printed += [each.argument for each in targets if each.kind == Kind.RATE]
    means = [each.value for each in targets if each.kind == Kind.MEAN]
    least = max(
        _AFTER_LAST_TIME * max(printed, default=0.0), _LONGEST_IN_MEANS * max(means, default=0.0)
    )
    if (accrual := found.get("accrual.months")) and accrual.value:
        return max(_LONGEST_FOLLOW_UP * accrual.value, least)
    if (follow_up := found.get("follow_up.median")) and follow_up.value:
        months = follow_up.value * MONTHS_PER.get(follow_up.unit, 1.0)
        return max(_LONGEST_IN_MEDIANS * months, least)
    return max(_LONGEST_IN_MEDIANS * median, least)


def _density(months: np.ndarray, median: float, longest: float) -> np.ndarray:
    """Return the density of (censored or event, day) under log-logistic times and even entry."""
    survival = 1.0 / (1.0 + months / median)
    followed = 1.0 - months / longest
    density = np.array([survival / longest, followed * survival**2 / median])
    density[:, 0] = 1e-300  # day 0 is not a time
    return np.asarray(density / density.sum())
