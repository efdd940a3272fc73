"""The effect of fractionated radiotherapy: BED and EQD2.

Unless another model is given, fractions are taken to be full days apart in effect: sublethal
damage is completely repaired between them, also where two or three are given a day, and no
tumour grows meanwhile.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from oligotrial.checks import InputError
from oligotrial.radiobiology.dose import LevelName
from oligotrial.radiobiology.model import (
    EQUIVALENT_FRACTION_GY,
    LINEAR_QUADRATIC,
    BedModel,
)
from oligotrial.radiobiology.response import LinearQuadratic
from oligotrial.radiobiology.schedule import Schedule

__all__ = [
    "at_least",
    "bed_gy",
    "bed_range_gy",
    "eqd2_gy",
    "schedule_bed_gy",
    "schedule_eqd2_gy",
]

CUTOFF_TOLERANCE: Final = 1e-9
"""Relative: far above rounding error (1e-15), far below what a dose is known to."""

_ENDS_ONLY_GY: Final = 1e6
"""A step so large that the options of a range are its two ends."""


def bed_gy(
    dose_gy: npt.ArrayLike, fractions: npt.ArrayLike, alpha_beta: npt.ArrayLike
) -> np.ndarray:
    """Return the biologically effective dose, ``D * (1 + d / (alpha/beta))``.

    Parameters
    ----------
    dose_gy : array_like
        Total dose ``D``, Gy.
    fractions : array_like
        Number of equal fractions; ``d = D / fractions``.
    alpha_beta : array_like
        The tissue's alpha/beta ratio, Gy; above 0, and infinite where fractionation has no
        effect.

    Returns
    -------
    numpy.ndarray
        BED, Gy, broadcast over the arguments.

    Raises
    ------
    InputError
        If a dose is negative, there is less than one fraction, or alpha/beta isn't above 0.

    Notes
    -----
    Barendsen (1982), Int J Radiat Oncol Biol Phys 8, 1981-1997,
    doi:10.1016/0360-3016(82)90459-X; Fowler (1989), Br J Radiol 62, 679-694,
    doi:10.1259/0007-1285-62-740-679. Repair between fractions is taken as complete, also at
    two or three fractions a day, and repopulation as nil.

    Examples
    --------
    >>> bed_gy(50.0, 5, [4.0, 10.0])
    array([175., 100.])
    """
    dose, count, ratio = (
        np.asarray(each, dtype=float) for each in (dose_gy, fractions, alpha_beta)
    )
    _check(dose, np.isfinite(dose) & (dose >= 0), "dose_gy", "a number of at least 0")
    _check(count, np.isfinite(count) & (count >= 1), "fractions", "a number of at least 1")
    _check(ratio, ratio > 0, "alpha_beta", "a number above 0")
    return np.asarray(dose * LinearQuadratic().effectiveness(dose / count).at(ratio))


def eqd2_gy(
    dose_gy: npt.ArrayLike, fractions: npt.ArrayLike, alpha_beta: npt.ArrayLike
) -> np.ndarray:
    """Return the dose in 2 Gy fractions of equal effect, ``D * (d + a) / (2 + a)``.

    Parameters
    ----------
    dose_gy : array_like
        Total dose ``D``, Gy.
    fractions : array_like
        Number of equal fractions; ``d = D / fractions``.
    alpha_beta : array_like
        The tissue's alpha/beta ratio ``a``, Gy.

    Returns
    -------
    numpy.ndarray
        EQD2, Gy, broadcast over the arguments.

    Raises
    ------
    InputError
        As `bed_gy`.

    Notes
    -----
    Withers, Thames and Peters (1983), Radiother Oncol 1, 187-191,
    doi:10.1016/S0167-8140(83)80021-8; named EQD2 by Bentzen et al. (2012), Radiother Oncol
    105, 266-268, doi:10.1016/j.radonc.2012.10.006. Repair as for `bed_gy`.

    Examples
    --------
    >>> float(eqd2_gy(20.0, 5, 4.0))
    26.666666666666668
    """
    same = LinearQuadratic().effectiveness(EQUIVALENT_FRACTION_GY)
    bed = bed_gy(dose_gy, fractions, alpha_beta)
    return np.asarray(bed / same.at(np.asarray(alpha_beta, dtype=float)))


def schedule_bed_gy(
    schedule: Schedule,
    alpha_beta: float,
    *,
    level: LevelName = "boost",
    model: BedModel = LINEAR_QUADRATIC,
) -> float:
    """Return the biologically effective dose of a delivered course.

    Parameters
    ----------
    schedule : Schedule
        The course, or courses in sequence, whose BEDs are added.
    alpha_beta : float
        The alpha/beta ratio, Gy.
    level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
        The dose that is meant.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.

    Returns
    -------
    float
        BED, Gy.

    Raises
    ------
    InputError
        If the level is a printed range or not recorded, or alpha/beta isn't above 0.

    Examples
    --------
    >>> schedule_bed_gy(Schedule.parse("SIB 50/30 Gy in 10 fr"), 10.0, level="base")
    39.0
    """
    return model.bed_gy(schedule, alpha_beta, level=level)


def schedule_eqd2_gy(
    schedule: Schedule,
    alpha_beta: float,
    *,
    level: LevelName = "boost",
    model: BedModel = LINEAR_QUADRATIC,
) -> float:
    """Return the equivalent dose in 2 Gy fractions of a delivered course.

    Parameters
    ----------
    schedule : Schedule
        The course, or courses in sequence.
    alpha_beta : float
        The alpha/beta ratio, Gy.
    level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
        The dose that is meant.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.

    Returns
    -------
    float
        EQD2, Gy.

    Raises
    ------
    InputError
        If the level is a printed range or not recorded, or alpha/beta isn't above 0.

    Examples
    --------
    >>> schedule_eqd2_gy(Schedule.parse("50 Gy in 25 fr"), 4.0)
    50.0
    """
    return model.eqd2_gy(schedule, alpha_beta, level=level)


def bed_range_gy(
    schedule: Schedule,
    alpha_beta: float,
    *,
    level: LevelName = "boost",
    model: BedModel = LINEAR_QUADRATIC,
) -> tuple[float, float]:
    """Return the lowest and highest biologically effective dose of a printed range.

    Parameters
    ----------
    schedule : Schedule
        The course; its two BEDs are equal where the level is no range.
    alpha_beta : float
        The alpha/beta ratio, Gy.
    level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
        The dose that is meant.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.

    Returns
    -------
    tuple of float
        BED at the low and at the high end, Gy.

    Raises
    ------
    InputError
        If the level isn't recorded, or alpha/beta isn't above 0.

    Examples
    --------
    >>> bed_range_gy(Schedule.parse("SBRT 50-35 Gy in 5 fr"), 10.0)
    (59.5, 100.0)
    """
    ends = schedule.options(step_gy=_ENDS_ONLY_GY)
    beds = [model.bed_gy(course, alpha_beta, level=level) for course in ends]
    return min(beds), max(beds)


def at_least(dose_gy: npt.ArrayLike, cutoff_gy: float) -> np.ndarray:
    """Return whether doses reach a cut-off, rounding error aside.

    A BED that equals its cut-off on paper may come out a hair below it in floating-point
    arithmetic; it counts as reaching it.

    Parameters
    ----------
    dose_gy : array_like
        Doses, BEDs or EQD2s, Gy.
    cutoff_gy : float
        The cut-off, Gy.

    Returns
    -------
    numpy.ndarray of bool
        Shaped as the doses.

    Examples
    --------
    >>> bool(at_least(75.0 - 1e-12, 75.0)), bool(at_least(74.99, 75.0))
    (True, False)
    """
    return np.asarray(np.asarray(dose_gy, dtype=float) >= cutoff_gy * (1.0 - CUTOFF_TOLERANCE))


def _check(values: np.ndarray, valid: np.ndarray, name: str, rule: str) -> None:
    if not np.all(valid):
        first = values[~valid].flat[0] if values.ndim else values
        raise InputError(f"{first:g} is not {rule}; give one that is", where=name)
