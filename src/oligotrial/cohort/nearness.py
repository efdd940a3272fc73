"""How near a recomputed number is to a printed one: one rule a unit."""

import math
from collections.abc import Mapping
from typing import Final

from oligotrial.evidence import Evidence

__all__ = ["POINTS", "distance_percent", "unit_of", "units_of"]

POINTS: Final = {"probability": 100.0, "percent": 1.0}
"""Percentage points in one of a unit: of 1% and 2% the ratio says little, the difference does."""

_FROM_ONE: Final = ("patients", "lesions", "chi-squared")
"""Below 1, a difference counts as if it were from 1: one patient, or the mean of a chi-squared
with 1 degree of freedom where groups don't differ. So 0 and 1 patients are 100 apart and not
infinitely far, and chi-squared of 0.01 and of 0.02, which say the same, are 1 apart."""

_ENDINGS: Final = {
    ".percent": "percent",
    ".p": "probability",
    ".chi_squared": "chi-squared",
}


def distance_percent(printed: float, found: float, unit: str) -> float:
    """Return how far a number is from the printed one, in percent.

    Probabilities (p-values and C-indices among them) and percentages: the difference, in percentage
    points. All other numbers: by how much the larger of the two exceeds the smaller, in percent of
    the smaller, so that half and twice a hazard ratio are equally far; for counts of patients and
    for chi-squared in percent of 1 where the smaller is below 1.

    Parameters
    ----------
    printed : float
        The printed number; infinite for a median that isn't reached.
    found : float
        The recomputed one.
    unit : str
        As in `evidence.Statistic`; besides, "chi-squared".

    Returns
    -------
    float
        0 for equal numbers. Infinite where only one is finite or zero, or where their signs
        differ; NaN where one is NaN.

    Examples
    --------
    >>> f"{distance_percent(0.9929, 0.9931, 'ratio'):.2f}"
    '0.02'
    >>> [distance_percent(1.0, found, "ratio") for found in (0.5, 2.0, 3.0)]
    [100.0, 100.0, 200.0]
    >>> f"{distance_percent(0.04, 0.05, 'probability'):g}", distance_percent(48.0, 47.0, "percent")
    ('1', 1.0)
    """
    printed, found = float(printed), float(found)
    if math.isnan(printed) or math.isnan(found):
        return math.nan
    if printed == found:
        return 0.0
    if unit in POINTS:
        return POINTS[unit] * abs(found - printed)
    smaller, larger = sorted((abs(printed), abs(found)))
    base = max(smaller, 1.0) if unit in _FROM_ONE else smaller
    if (
        base == 0.0
        or math.isinf(larger)
        or math.copysign(1.0, printed) != math.copysign(1.0, found)
    ):
        return math.inf
    return 100.0 * (larger - smaller) / base


def units_of(evidence: Evidence) -> dict[str, str]:
    """Return the units that a source gives its numbers, by key.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    dict of str to str
        Of statistics, of counts, and of tests of which one number is compared.
    """
    counts = {f"{each.variable}[{each.level}]": each.unit for each in evidence.counts}
    tests = {
        each.key: "probability" if each.chi_squared is None else "chi-squared"
        for each in evidence.comparisons
    }
    return counts | tests | {each.key: each.unit for each in evidence.statistics}


def unit_of(key: str, units: Mapping[str, str]) -> str:
    """Return the unit of a printed number.

    Parameters
    ----------
    key : str
        What `agreement` calls it: ends of intervals and versions printed elsewhere included.
    units : mapping of str to str
        From `units_of`.

    Returns
    -------
    str
        "patients" for what is neither a statistic nor says its unit itself: numbers at risk,
        schedules, sizes of groups.

    Examples
    --------
    >>> unit_of("pfs.median.lower@abstract", {"pfs.median@abstract": "weeks"})
    'weeks'
    >>> unit_of("pfs.logrank[arm].p", {}), unit_of("pfs.at_risk[arm=a][tick=1]", {})
    ('probability', 'patients')
    """
    base, mark, place = key.partition("@")
    for end in ("", ".lower", ".upper"):
        if (unit := units.get(f"{base.removesuffix(end)}{mark}{place}")) is not None:
            return unit
    return next((unit for end, unit in _ENDINGS.items() if base.endswith(end)), "patients")
