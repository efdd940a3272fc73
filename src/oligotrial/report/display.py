"""Tables as they are read: numbers rounded, errors and intervals beside what they belong to."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from oligotrial.report.numbers import MISSING, heading, number, with_error, with_interval

__all__ = ["Cell", "Grid", "Part", "grid", "linked", "parts"]

_DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?\b(10\.\d{4,9}/[^\s;,\"'<>]*[^\s;,.:\"'<>])"
)
SHORT = 24
"""Texts of up to so many characters are not broken into lines."""
_ERRORS = {"estimate": "mc_se"}


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    Parameters
    ----------
    text : str
        The words or number.
    kind : str
        Class of its style: "number", "text", "short", "passed" or "failed".
    """

    text: str
    kind: str


@dataclass(frozen=True)
class Grid:
    """A table ready to be written.

    Parameters
    ----------
    headings : tuple of Cell
        One a column.
    rows : tuple of tuple of Cell
        The cells, row by row.
    """

    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Part:
    """A variable of a Table 1 with its lines.

    Parameters
    ----------
    title : str
        The variable, in words.
    lines : tuple of tuple of str
        The level, then the text of each group.
    """

    title: str
    lines: tuple[tuple[str, ...], ...]


def parts(table_one: pd.DataFrame) -> list[Part]:
    """Return a Table 1 by variable, as it is read.

    Parameters
    ----------
    table_one : pandas.DataFrame
        Texts: variable, level, and a column for each group.

    Returns
    -------
    list of Part
        In the order of the table.

    Examples
    --------
    >>> parts(pd.DataFrame({"variable": ["age_group"], "level": ["<40"], "all": ["5 (8.5)"]}))
    [Part(title='Age group', lines=(('<40', '5 (8.5)'),))]
    """
    return [
        Part(
            heading(str(variable)),
            tuple(
                tuple(map(str, line))
                for line in rows.drop(columns="variable").itertuples(index=False, name=None)
            ),
        )
        for variable, rows in table_one.groupby("variable", sort=False)
    ]


def grid(frame: pd.DataFrame) -> Grid:
    """Return a table of data as it is read.

    A column's standard error (``x_se``; ``mc_se`` of an estimate) and interval (``x_low``
    and ``x_high``; ``lower`` and ``upper`` after it) are written in the column itself.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.

    Returns
    -------
    Grid
        Headings and cells.

    Examples
    --------
    >>> table = pd.DataFrame({"patients": [90], "power": [0.8123], "power_se": [0.0039]})
    >>> [cell.text for cell in grid(table).rows[0]]
    ['90', '0.812 ± 0.004']
    """
    writers = _writers(frame)
    rows = tuple(
        tuple(write(row) for write in writers.values()) for row in frame.to_dict(orient="records")
    )
    kinds = [_side(frame[name]) for name in writers]
    heads = tuple(Cell(heading(name), kind) for name, kind in zip(writers, kinds, strict=True))
    return Grid(heads, rows)


def linked(text: str) -> Markup:
    """Return a text, escaped, with its DOIs as links.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    markupsafe.Markup
        Safe HTML.

    Examples
    --------
    >>> str(linked("see doi:10.1/x <b>")), "href" in linked("doi:10.3390/jpm14080805")
    ('see doi:10.1/x &lt;b&gt;', True)
    """
    parts, end = [], 0
    for match in _DOI.finditer(text):
        parts.append(escape(text[end : match.start()]))
        link = Markup('<a href="https://doi.org/{}">{}</a>')
        whole, doi = match.group(), match.group(1)
        closing = len(doi) - len(doi.rstrip(")")) if doi.count(")") > doi.count("(") else 0
        kept = len(doi) - closing
        parts.append(link.format(doi[:kept], whole[: len(whole) - closing]))
        end = match.end() - closing
    return Markup("").join([*parts, escape(text[end:])])


Writer = Callable[[dict[Any, Any]], Cell]


def _writers(frame: pd.DataFrame) -> dict[str, Writer]:
    """Return what writes each column that is shown."""
    columns, used = [str(name) for name in frame.columns], set[str]()
    writers: dict[str, Writer] = {}
    for place, name in enumerate(columns):
        if name in used or not _is_number(frame[name]):
            continue
        error, interval = _error(name, columns), _interval(name, columns, place)
        if {error, *interval} & used:
            error, interval = None, ()
        used |= {companion for companion in (error, *interval) if companion}
        if error or interval:
            writers[name] = _together(name, error, interval)
    return {
        name: writers.get(name) or _alone(name, frame[name]) for name in columns if name not in used
    }


def _error(name: str, columns: list[str]) -> str | None:
    stem = name.rpartition("_")[0]
    for candidate in (_ERRORS.get(name), f"{name}_se", f"{stem}_se"):
        if candidate in columns and candidate != name:
            return candidate
    return None


def _interval(name: str, columns: list[str], place: int) -> tuple[str, ...]:
    if columns[place + 1 : place + 3] == ["lower", "upper"]:
        return ("lower", "upper")
    for stem in (name, name.rpartition("_")[0]):
        ends = (f"{stem}_low", f"{stem}_high")
        if stem and set(ends) <= set(columns) and name not in ends:
            return ends
    return ()


def _together(name: str, error: str | None, interval: tuple[str, ...]) -> Writer:
    def write(row: dict[Any, Any]) -> Cell:
        value = _float(row[name])
        ends = tuple(_float(row[end]) for end in interval)
        if error is None:
            return Cell(with_interval(value, *ends, decimals=_decimals(name)), "number")
        text = with_error(value, _float(row[error]))
        between = (
            with_interval(value, *ends, decimals=_decimals(name)).partition(" (")[2] if ends else ""
        )
        return Cell(f"{text} ({between}" if between else text, "number")

    return write


def _decimals(name: str) -> int | None:
    """Months are written to a tenth: three days."""
    return 1 if name == "median" or name.endswith("_months") else None


def _alone(name: str, column: "pd.Series[Any]") -> Writer:
    if pd.api.types.is_bool_dtype(column):
        return lambda row: _verdict(bool(row[name]))
    if name == "distance_percent":
        return lambda row: _far(row[name])
    write = _FORMATS.get(name) or (_count if _is_whole(column) else number)
    return lambda row: _cell(row[name], write)


def _verdict(passed: bool) -> Cell:
    return Cell("✓ yes", "passed") if passed else Cell("✗ NO", "failed")


def _far(value: float) -> Cell:
    """Return a distance, which is no time: without an end it isn't "not reached"."""
    return Cell("∞", "number") if value == math.inf else _cell(value, number)


def _cell(value: Any, write: Callable[[float], str]) -> Cell:
    if value is None or value is pd.NA or value != value:
        return Cell(MISSING, "number")
    if isinstance(value, bool):
        return _verdict(value)
    if isinstance(value, int | float):
        return Cell(write(value) if math.isfinite(value) else number(value), "number")
    text = str(value)
    return Cell(text, "short" if len(text) <= SHORT else "text")


def _count(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


_FORMATS: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(("percent", "draws_percent"), "{:.1f}".format),
    "value": "{:.4g}".format,
    **dict.fromkeys(("n", "low", "high"), lambda value: f"{round(value, 2):g}"),
}
"""An R-hat of 1.003 must not be read as 1.00, nor a mixed column as counts; patients in a mean
over draws are 5 or 5.3, not 5.00."""


def _side(column: "pd.Series[Any]") -> str:
    return "number" if _is_number(column) else "text"


def _is_number(column: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _is_whole(column: "pd.Series[Any]") -> bool:
    """Tell whether all numbers of a column are whole: they are then counts."""
    if not _is_number(column):
        return False
    known = column.dropna()
    return bool(len(known)) and bool(((known % 1) == 0).all())


def _float(value: Any) -> float:
    return float("nan") if value is None or value is pd.NA else float(value)
