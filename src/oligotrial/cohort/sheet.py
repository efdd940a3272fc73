"""Rows of a file as they are there, before any rule is applied to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.levels import Levels
from oligotrial.cohort.rules import Problem, summary

__all__ = ["Sheet", "framed", "named", "shaped"]


@dataclass(frozen=True)
class Sheet:
    """What a file holds.

    Parameters
    ----------
    rows : pandas.DataFrame
        The rows as they are in the file, columns typed.
    label : str, optional
        What the file says that the rows are.
    levels : mapping, optional
        Levels that the file states.
    """

    rows: pd.DataFrame
    label: str | None = None
    levels: Levels = field(default_factory=dict)


def shaped(
    lines: Sequence[Sequence[Any]], *, hint: str = ""
) -> tuple[list[str], list[Sequence[Any]]]:
    """Part lines into a header and rows of its length.

    Parameters
    ----------
    lines : sequence of sequences
        Cells as they were read.
    hint : str, optional
        What may be the cause where lengths differ.

    Returns
    -------
    header : list of str
        Names of columns, without empty columns at the end.
    rows : list of sequences
        The cells below, without empty rows at the end.

    Raises
    ------
    InputError
        If a row has too many or too few cells, or a column has no name or another's.
    """
    if not lines:
        raise InputError("is empty; give a header and at least one row")
    rows = list(lines[1:])
    while rows and not any(map(_words, rows[-1])):
        rows.pop()
    header = [_words(name) for name in lines[0]]
    width = max((_extent(row) for row in rows), default=0)
    while header and not header[-1] and len(header) > width:
        header.pop()
    if len(header) == 1:
        raise InputError(f"there is one column only, '{header[0]}'{hint}")
    wrong = [
        Problem(number, "last", f"there are {len(row)} cells under {len(header)} names of columns")
        for number, row in enumerate(rows, start=1)
        if len(row) < len(header) or _extent(row) > len(header)
    ]
    if wrong:
        raise InputError(f"{summary(wrong)}{hint}; quote a text that holds a separator")
    return named(header), [row[: len(header)] for row in rows]


def _words(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _extent(row: Sequence[Any]) -> int:
    """Return how many cells a row has up to its last one that holds something."""
    return max((place for place, cell in enumerate(row, start=1) if _words(cell)), default=0)


def named(names: Iterable[object]) -> list[str]:
    """Return the columns' names, or raise `InputError` if one is empty or there twice."""
    found = [str(name) for name in names]
    if "" in found:
        raise InputError(
            f"column {found.index('') + 1} has no name; name it or leave it out (R: row.names = "
            "FALSE, pandas: index=False)"
        )
    twice = [name for name in found if found.count(name) > 1]
    if twice:
        raise InputError(f"column '{twice[0]}' is there twice; rename or drop one")
    return found


def framed(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    column: Callable[[list[Any], str], "pd.Series[Any]"],
) -> pd.DataFrame:
    """Put rows of cells into columns.

    Parameters
    ----------
    header : sequence of str
        The columns' names.
    rows : sequence of sequences
        As long as the header.
    column : callable
        Makes a column of its cells and its name.

    Returns
    -------
    pandas.DataFrame
        One row for each.
    """
    return pd.DataFrame(
        {name: column([row[place] for row in rows], name) for place, name in enumerate(header)}
    )
