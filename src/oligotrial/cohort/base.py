"""When patients of a reconstruction have events before any statistic is looked at."""

from typing import Final

import numpy as np

from oligotrial.checks import InputError
from oligotrial.cohort.target import ENDPOINT
from oligotrial.evidence import Evidence

__all__ = ["DAYS_PER_PRINTED_MONTH", "base_measure"]

DAYS_PER_PRINTED_MONTH: Final = 30.0
"""Days in a month of the printed times.

The times of doi:10.3390/jpm14080805 are whole days / 30, to two decimals: 419 / 30 = 13.97,
257 / 30 = 8.57, 142 / 30 = 4.73, 166 / 30 = 5.53, 170 / 30 = 5.67 and 227 / 30 = 7.57 months.
With 30.4375 days no day gives 13.97.
"""

_LONGEST_FOLLOW_UP: Final = 1.25  # in accrual periods


def base_measure(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Return the grid of times and the base measure on it.

    Parameters
    ----------
    evidence : Evidence
        With the median of all patients and the length of accrual.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (day,): times, months; shape (2, day): probability that a patient is censored
        or has the event on a day.

    Raises
    ------
    InputError
        If the median or the length of accrual isn't printed.
    """
    median = evidence[f"{ENDPOINT}.median"].value
    accrual = evidence["accrual.months"].value
    if median is None or accrual is None:
        raise InputError(
            f"{ENDPOINT}.median and accrual.months are needed; give both", where=evidence.id
        )
    longest = _LONGEST_FOLLOW_UP * accrual
    days = np.arange(int(longest * DAYS_PER_PRINTED_MONTH))
    months = np.round(days / DAYS_PER_PRINTED_MONTH, 2)
    return months, _base_density(months, median, longest)


def _base_density(months: np.ndarray, median: float, longest: float) -> np.ndarray:
    """Return the density of (censored or event, day) under log-logistic times and even entry."""
    survival = 1.0 / (1.0 + months / median)
    followed = 1.0 - months / longest
    density = np.array([survival / longest, followed * survival**2 / median])
    density[:, 0] = 1e-300  # day 0 is not a time
    return np.asarray(density / density.sum())
