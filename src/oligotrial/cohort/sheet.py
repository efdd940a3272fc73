"""Rows of a file as they are there, and how all that is wrong with their cells is told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from oligotrial.checks import InputError, listed
from oligotrial.cohort.levels import Levels

__all__ = ["Problem", "Sheet", "framed", "named", "refusal", "shaped", "summary"]


class Problem(NamedTuple):
    """What is wrong with one cell; `row` counts from 1 below the header, 0 is the whole file."""

    row: int
    column: str
    text: str
    where: str = ""

    def __str__(self) -> str:
        row, column = f"row {self.row}", f"column {self.column}"
        parts = (self.where, row if self.row else "", column if self.column else "")
        place = ", ".join(filter(None, parts))
        return f"{place}: {self.text}" if place else self.text


def summary(problems: Iterable[Problem]) -> str:
    """Return all problems in one sentence, the first 20 in full, in the order of files and rows."""
    told = list(dict.fromkeys(problems))
    places = {where: place for place, where in enumerate(dict.fromkeys(p.where for p in told))}
    told.sort(key=lambda problem: (places[problem.where], problem.row))
    count = f"{len(told)} problem{'s' if len(told) > 1 else ''}"
    return f"{count}: {listed(told, '; ')}"


def refusal(problems: Iterable[Problem], *, where: str = "") -> InputError:
    """Return the one error that tells all problems of a file, or of files that belong together.

    Parameters
    ----------
    problems : iterable of Problem
        At least one.
    where : str, optional
        The file of those that don't say theirs.

    Returns
    -------
    InputError
        Its place is the file, if it is one; each problem's own otherwise.

    Examples
    --------
    >>> str(refusal([Problem(2, "time", "there is no value")], where="own.csv"))
    'own.csv: 1 problem: row 2, column time: there is no value'
    """
    told = [each if each.where else each._replace(where=where) for each in problems]
    files = {each.where for each in told}
    if len(files) > 1:
        return InputError(summary(told))
    bare = [each._replace(where="") for each in told]
    alone = len(bare) == 1 and not bare[0].row
    return InputError(str(bare[0]) if alone else summary(bare), where=files.pop() or None)


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
