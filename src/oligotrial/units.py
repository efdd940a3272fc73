"""Units used inside: times are months, doses Gy, rates per month."""

from typing import Final

from oligotrial.checks import InputError

__all__ = ["DAYS_PER_MONTH", "MONTHS_PER", "to_months"]

DAYS_PER_MONTH: Final = 30.4375
"""Mean length of a month in days: 365.25 / 12."""

MONTHS_PER: Final = {
    "days": 1 / DAYS_PER_MONTH,
    "weeks": 7 / DAYS_PER_MONTH,
    "months": 1.0,
    "years": 12.0,
}
"""Months in one of each unit of time that a source may use."""


def to_months(value: float, unit: str) -> float:
    """Convert a duration to months.

    Parameters
    ----------
    value : float
        The duration.
    unit : {"days", "weeks", "months", "years"}
        Its unit.

    Returns
    -------
    float
        The duration in months of 30.4375 days.

    Raises
    ------
    InputError
        If the unit is none of those.

    Examples
    --------
    >>> to_months(2.65, "years")
    31.799999999999997
    """
    if unit not in MONTHS_PER:
        raise InputError(f"unit '{unit}' is not one of {', '.join(MONTHS_PER)}")
    return value * MONTHS_PER[unit]
