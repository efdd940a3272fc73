"""Columns of numbers from a figure's files: every cell that is wrong is told by row and column."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, one_of
from oligotrial.cohort.formats import load
from oligotrial.cohort.io import renamed
from oligotrial.cohort.levels import plain_text
from oligotrial.cohort.rules import NUMBER, is_missing
from oligotrial.cohort.sheet import Problem
from oligotrial.units import MONTHS_PER

__all__ = ["numbers"]

_RULES: Final[Mapping[str, tuple[Callable[[float], bool], str]]] = {
    "time": (lambda time: 0 <= time < math.inf, "a time; give 0 or more"),
    "at_risk": (
        lambda number: number >= 0 and number.is_integer(),
        "a whole number of patients; give the printed numbers",
    ),
    "survival": (math.isfinite, "finite"),
    "incidence": (math.isfinite, "finite"),
}
"""What each cell of a column has to be."""

_ORDERS: Final[Mapping[str, tuple[tuple[str, Callable[[float, float], bool], str], ...]]] = {
    "survival": (("time", operator.lt, "comes after {:g}; sort the readings by time"),),
    "at_risk": (
        ("time", operator.le, "doesn't come after {:g}; give times in order, each once"),
        ("at_risk", operator.gt, "at risk are more than {:g} before; give the printed numbers"),
    ),
}
"""By the column that says what a file holds: which cell is wrong after that above it."""

_PERCENT: Final = (1.5, 101.0)
"""Between these the largest of the heights shows that they are percent."""


def numbers(
    path: str | Path,
    needed: tuple[str, ...],
    columns: Mapping[str, str] | None,
    unit: str,
    told: list[Problem],
    *,
    group: str | None = None,
) -> pd.DataFrame:
    """Return a file's columns of numbers, and the one that says whose they are.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    needed : tuple of str
        The columns of numbers; `time` is one.
    columns : mapping of str to str or None
        The name here of columns that the file calls otherwise.
    unit : {"months", "days", "weeks", "years"}
        The unit of its times.
    told : list of Problem
        Gets all that is wrong with the file.
    group : str, optional
        The column that says whose the numbers are.

    Returns
    -------
    pandas.DataFrame
        Times in months. Cells that are wrong are missing, and so is a column that isn't there.

    Raises
    ------
    InputError
        If there is no such unit.
    """
    where = str(path)
    one_of(unit, MONTHS_PER, f"{where}, unit")
    names = [*needed, *([group] if group else [])]
    try:
        rows = load(path).rows
        there = {old: new for old, new in (columns or {}).items() if old in rows}
        rows = renamed(rows, there, where=where)
    except InputError as error:
        told.append(Problem(0, "", error.problem, error.where or where))
        rows = pd.DataFrame(columns=names)
    found = {}
    for name in names:
        cells = rows[name] if name in rows else pd.Series(None, index=rows.index, dtype=object)
        if name in rows:
            wrong = dict(_wrong(cells, name if name in needed else None))
            told += [Problem(at + 1, name, text, where) for at, text in wrong.items()]
            kept = [None if at in wrong else cell for at, cell in enumerate(cells)]
            cells = pd.Series(kept, index=rows.index, dtype=object)
        else:
            text = (
                f"there is no column '{name}'; columns are {', '.join(map(str, rows))}, and "
                "columns= names those that are called otherwise"
            )
            told.append(Problem(0, "", text, where))
        found[name] = cells.astype(float) if name in needed else cells.map(str, na_action="ignore")
    frame = pd.DataFrame(found)
    for at, name, text in [*_wrong_heights(frame), *_out_of_order(frame, needed, group)]:
        told.append(Problem(at + 1, name, text, where))
        frame.loc[at, name] = math.nan
    return frame.assign(time=frame["time"] * MONTHS_PER[unit])


def _wrong(cells: "pd.Series", name: str | None) -> Iterator[tuple[int, str]]:
    """Yield the places of cells that are wrong, and why; None is a column of names."""
    empty = is_missing(cells)
    for at, cell in enumerate(cells):
        if empty[at]:
            yield at, "is empty; fill it in or delete the row"
        elif name and (text := _why_not(cell, name)):
            yield at, text


def _why_not(cell: object, name: str) -> str:
    """Return why a cell isn't what its column holds, or nothing where it is."""
    text = plain_text(cell)
    if not NUMBER.fullmatch(text) and text.lstrip("+-") != "inf":
        return f"'{cell}' is not a number"
    right, wanted = _RULES[name]
    return "" if right(float(text)) else f"{float(text):g} is not {wanted}"


def _wrong_heights(frame: pd.DataFrame) -> Iterator[tuple[int, str, str]]:
    """Yield the heights of a survival curve that are no proportions; of percent only the first."""
    if "survival" not in frame:
        return
    heights = frame["survival"]
    outside = np.flatnonzero((heights < 0) | (heights > 1))
    percent = _PERCENT[0] < heights.max() <= _PERCENT[1] and heights.min() >= 0
    remedy = "the heights look like percent: divide them by 100"
    for at in outside[:1] if percent else outside:
        text = remedy if percent else "cut readings to that range"
        yield int(at), "survival", f"{heights[at]:g} is not a proportion from 0 to 1; {text}"


def _out_of_order(
    frame: pd.DataFrame, needed: tuple[str, ...], group: str | None
) -> Iterator[tuple[int, str, str]]:
    """Yield the cells that can't stand below the one above them in the same curve."""
    curves = frame.groupby(group, sort=False) if group else [("", frame)]
    for _, own in curves:
        for name, wrong, text in _ORDERS.get(needed[-1], ()):
            cells = own[name].dropna()
            for (_, before), (at, cell) in pairwise(cells.items()):
                if wrong(cell, before):
                    yield int(str(at)), name, f"{cell:g} {text.format(before)}"
