"""Biologically effective doses of many schedules: as a table, and for a cohort's column."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive
from oligotrial.radiobiology.dose import LevelName
from oligotrial.radiobiology.effect import at_least, bed_gy, eqd2_gy, schedule_bed_gy
from oligotrial.radiobiology.schedule import Schedule

__all__ = ["bed_column", "bed_table"]


def bed_table(
    schedules: Schedule | str | Iterable[Schedule | str],
    alpha_betas: Sequence[float] = (4.0, 10.0),
    *,
    cutoffs_gy: Sequence[float] = (75.0, 100.0),
    step_gy: float = 5.0,
) -> pd.DataFrame:
    """Return the biologically effective dose of every level of every schedule.

    Parameters
    ----------
    schedules : Schedule, str, or iterable of these
        The courses; a printed range stands for its `Schedule.options`.
    alpha_betas : sequence of float, optional
        The alpha/beta ratios, Gy.
    cutoffs_gy : sequence of float, optional
        Cut-offs of the BED, Gy; one column each.
    step_gy : float, optional
        Distance between the doses of a range, Gy.

    Returns
    -------
    pandas.DataFrame
        Columns schedule, level ("boost", "middle", "base", or "single" where there is one),
        dose_gy, fractions, dose_per_fraction_gy, alpha_beta, bed_gy, eqd2_gy and, for each
        cut-off, at_least_<cutoff>_gy. Repair between fractions is taken as complete.

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
        {**row, "alpha_beta": float(alpha_beta)}
        for schedule in _each(schedules)
        for course in schedule.options(step_gy=step_gy)
        for row in _level_rows(course)
        for alpha_beta in alpha_betas
    ]
    columns = ["schedule", "level", "dose_gy", "fractions", "dose_per_fraction_gy", "alpha_beta"]
    table = pd.DataFrame(rows, columns=columns)
    doses = table["dose_gy"], table["fractions"], table["alpha_beta"]
    table["bed_gy"], table["eqd2_gy"] = bed_gy(*doses), eqd2_gy(*doses)
    for cutoff in cutoffs_gy:
        table[f"at_least_{cutoff:g}_gy"] = at_least(table["bed_gy"], positive(cutoff, "cutoffs_gy"))
    return table


def bed_column(
    schedules: pd.Series, alpha_beta: float, *, levels: pd.Series | None = None
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
        "boost" or "base" for each row; "boost" where it is missing or left out.

    Returns
    -------
    numpy.ndarray
        BED, Gy, shape (rows,).

    Raises
    ------
    InputError
        If a schedule can't be read or is a range; the first such row is named.

    Examples
    --------
    >>> bed_column(pd.Series(["50 Gy in 5 fr", "50/30 Gy in 10 fr"]), 10.0)
    array([100.,  75.])
    """
    texts, level_names = schedules, _level_column(schedules, levels)
    text_codes, distinct = pd.factorize(texts, use_na_sentinel=True)
    level_codes, distinct_levels = pd.factorize(level_names)
    if np.any(text_codes < 0):
        row = schedules.index[int(np.argmin(text_codes))]
        raise InputError(
            "the schedule is missing; give one like '50 Gy in 5 fr'", where=f"row {row}"
        )
    pairs = text_codes * len(distinct_levels) + level_codes
    used, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    doses = np.empty(len(used))
    for number, (pair, row) in enumerate(zip(used, first, strict=True)):
        text, level = divmod(int(pair), len(distinct_levels))
        doses[number] = _bed_of_row(
            distinct[text], alpha_beta, level=distinct_levels[level], row=schedules.index[row]
        )
    return doses[inverse]


def _level_column(schedules: pd.Series, levels: pd.Series | None) -> pd.Series:
    if levels is None:
        return pd.Series("boost", index=schedules.index, dtype=object)
    if len(levels) != len(schedules):
        raise InputError(f"{len(levels)} levels for {len(schedules)} schedules; give one a row")
    return levels.astype(object).where(levels.notna(), "boost")


def _bed_of_row(text: str, alpha_beta: float, *, level: LevelName, row: object) -> float:
    try:
        return schedule_bed_gy(Schedule.parse(text), alpha_beta, level=level)
    except InputError as error:
        raise error.within(f"row {row}") from None


def _each(schedules: Schedule | str | Iterable[Schedule | str]) -> Iterator[Schedule]:
    several = [schedules] if isinstance(schedules, Schedule | str) else schedules
    for schedule in several:
        yield schedule if isinstance(schedule, Schedule) else Schedule.parse(schedule)


def _level_rows(course: Schedule) -> Iterator[dict[str, object]]:
    last = len(course.levels) - 1
    names = {0: "boost" if last else "single", last: "base" if last else "single"}
    for number, level in enumerate(course.levels):
        yield {
            "schedule": str(course),
            "level": names.get(number, "middle"),
            "dose_gy": level.high_gy,
            "fractions": course.fractions,
            "dose_per_fraction_gy": level.high_gy / course.fractions,
        }
