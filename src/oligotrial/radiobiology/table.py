"""Biologically effective doses of many schedules: as a table, and for a cohort's column."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive
from oligotrial.radiobiology.dose import DoseLevel
from oligotrial.radiobiology.effect import at_least
from oligotrial.radiobiology.kinetics import NoRepopulation
from oligotrial.radiobiology.model import LINEAR_QUADRATIC, BedModel, BedParts
from oligotrial.radiobiology.rows import Rows
from oligotrial.radiobiology.schedule import Schedule

__all__ = ["bed_column", "bed_parts", "bed_table"]


def bed_table(
    schedules: Schedule | str | Iterable[Schedule | str],
    alpha_betas: Sequence[float] = (4.0, 10.0),
    *,
    cutoffs_gy: Sequence[float] = (75.0, 100.0),
    step_gy: float = 5.0,
    model: BedModel = LINEAR_QUADRATIC,
) -> pd.DataFrame:
    """Return the biologically effective dose of every level of every schedule.

    Parameters
    ----------
    schedules : Schedule, str, or iterable of these
        The courses; a printed range stands for its `Schedule.options`. Courses in sequence
        are one schedule, whose doses and BEDs are summed.
    alpha_betas : sequence of float, optional
        The alpha/beta ratios, Gy.
    cutoffs_gy : sequence of float, optional
        Cut-offs of the BED, Gy; one column each.
    step_gy : float, optional
        Distance between the doses of a range, Gy.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.

    Returns
    -------
    pandas.DataFrame
        Columns schedule, level ("boost", "middle", "base", or "single" where there is one),
        dose_gy, fractions, dose_per_fraction_gy (missing for courses in sequence),
        alpha_beta, bed_gy, eqd2_gy and, for each cut-off, at_least_<cutoff>_gy.

    Raises
    ------
    InputError
        If a schedule can't be read, or a ratio or cut-off isn't above 0.

    Examples
    --------
    >>> bed_table("50 Gy in 5 fr", [4.0])[["bed_gy", "eqd2_gy", "at_least_100_gy"]]
       bed_gy     eqd2_gy  at_least_100_gy
    0   175.0  116.666667             True
    """
    rows = [
        {
            **row,
            "alpha_beta": float(alpha_beta),
            "bed_gy": model.bed_gy(course, alpha_beta),
            "eqd2_gy": model.eqd2_gy(course, alpha_beta),
        }
        for schedule in _each(schedules)
        for option in schedule.options(step_gy=step_gy)
        for row, course in _level_rows(option)
        for alpha_beta in alpha_betas
    ]
    columns = ["schedule", "level", "dose_gy", "fractions", "dose_per_fraction_gy", "alpha_beta"]
    table = pd.DataFrame(rows, columns=[*columns, "bed_gy", "eqd2_gy"])
    for cutoff in cutoffs_gy:
        table[f"at_least_{cutoff:g}_gy"] = at_least(table["bed_gy"], positive(cutoff, "cutoffs_gy"))
    return table


def bed_column(
    schedules: pd.Series,
    alpha_beta: float,
    *,
    levels: pd.Series | None = None,
    model: BedModel = LINEAR_QUADRATIC,
    days: pd.Series | None = None,
) -> np.ndarray:
    """Return the biologically effective dose of each row of a column of schedules.

    Each distinct text is read once, so a million rows take about as long as their look-up.

    Parameters
    ----------
    schedules : pandas.Series of str
        Delivered courses as `Schedule.parse` reads them.
    alpha_beta : float
        The alpha/beta ratio, Gy.
    levels : pandas.Series of str, optional
        The dose that is meant in each row, such as "boost", "base" or "D50"; "boost" where it
        is missing or left out.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.
    days : pandas.Series of float, optional
        Days from the first to the last fraction of each row; what the schedules say where it
        is left out or missing.

    Returns
    -------
    numpy.ndarray
        BED, Gy, shape (rows,).

    Raises
    ------
    InputError
        If schedules are missing, can't be read, are a range or lack the level, or days are wrong
        or lacking: all mistakes are told at once, the first 20 in full, each with its first row
        (counted from 1, with its label where rows have labels); or if `alpha_beta` isn't one
        number above 0.

    Examples
    --------
    >>> bed_column(pd.Series(["50 Gy in 5 fr", "50/30 Gy in 10 fr"]), 10.0)
    array([100.,  75.])
    """
    if np.ndim(alpha_beta):
        raise InputError(
            "one number is needed for all rows; for one a row or for draws use bed_parts",
            where="alpha_beta",
        )
    kept = replace(model, repopulation=NoRepopulation())
    rows = Rows.of(schedules, levels)
    killed = rows.results(lambda course, level: [kept.bed_gy(course, alpha_beta, level=level)])[0]
    elapsed = rows.days(days)
    loss = rows.loss_gy(model, elapsed)
    for at in np.flatnonzero(killed < loss):
        rows.attempt(at, partial(model.after_regrowth, float(killed[at]), float(elapsed[at])))
    rows.refuse()
    return np.asarray(killed - loss)


def bed_parts(
    schedules: pd.Series,
    *,
    levels: pd.Series | None = None,
    model: BedModel = LINEAR_QUADRATIC,
    days: pd.Series | None = None,
) -> BedParts:
    """Return the BED of each row of a column of schedules, with alpha/beta left open.

    Parameters
    ----------
    schedules : pandas.Series of str
        Delivered courses as `Schedule.parse` reads them.
    levels : pandas.Series of str, optional
        The dose that is meant in each row; "boost" where it is missing or left out.
    model : BedModel, optional
        Linear-quadratic, with complete repair also at two a day, where none is given.
    days : pandas.Series of float, optional
        Days from the first to the last fraction of each row; what the schedules say where it
        is left out or missing.

    Returns
    -------
    BedParts
        Two arrays of shape (rows,); at draws of alpha/beta of shape (draws, 1) their BED has
        shape (draws, rows).

    Raises
    ------
    InputError
        As `bed_column`, or if the model fixes alpha/beta.

    Examples
    --------
    >>> parts = bed_parts(pd.Series(["50 Gy in 5 fr", "24 Gy in 2 fr"]))
    >>> parts.bed_gy(np.array([[4.0], [3.5]])).round(1)
    array([[175. ,  96. ],
           [192.9, 106.3]])
    """
    kept = replace(model, repopulation=NoRepopulation())
    rows = Rows.of(schedules, levels)
    linear, quadratic = rows.results(lambda course, level: kept.parts(course, level=level))
    loss = rows.loss_gy(model, rows.days(days))
    rows.refuse()
    return BedParts(linear - loss, quadratic)


def _each(schedules: Schedule | str | Iterable[Schedule | str]) -> Iterator[Schedule]:
    several = [schedules] if isinstance(schedules, Schedule | str) else schedules
    for schedule in several:
        yield schedule if isinstance(schedule, Schedule) else Schedule.parse(schedule)


def _level_rows(option: Schedule) -> Iterator[tuple[dict[str, object], Schedule]]:
    """Yield what is shown of each dose level, with the schedule that has this level alone."""
    text, several = str(option), len(option.courses) > 1
    for name, course in _single_levels(option):
        fractions = sum(each.fractions for each in course.courses)
        dose_gy = course.dose_gy()
        shown = {
            "schedule": text,
            "level": name,
            "dose_gy": dose_gy,
            "fractions": fractions,
            "dose_per_fraction_gy": np.nan if several else dose_gy / fractions,
        }
        yield shown, course


def _single_levels(option: Schedule) -> Iterator[tuple[str, Schedule]]:
    most = max(len(course.levels) for course in option.courses)
    if most == 1:
        yield "single", option
    elif option.then:
        yield "boost", _only([(each, each.levels[0]) for each in option.courses])
        yield "base", _only([(each, each.levels[-1]) for each in option.courses])
    else:
        names = {0: "boost", most - 1: "base"}
        for number, level in enumerate(option.levels):
            yield names.get(number, "middle"), _only([(option, level)])


def _only(chosen: Sequence[tuple[Schedule, DoseLevel]]) -> Schedule:
    first, *others = (replace(course, levels=(level,), then=()) for course, level in chosen)
    return replace(first, then=tuple(others))
