"""Cohorts from files and as CSV files."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from oligotrial.checks import InputError, one_of, suggestion
from oligotrial.cohort.cells import MISSING, text_column
from oligotrial.cohort.formats import FORMS, Csv, Form, load
from oligotrial.cohort.levels import Levels
from oligotrial.cohort.schema import Cohort
from oligotrial.cohort.sheet import Problem, refusal
from oligotrial.files import replacing
from oligotrial.units import MONTHS_PER, to_months

__all__ = ["in_months", "read", "renamed", "write"]


def read(
    path: str | Path,
    *,
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    levels: Levels | None = None,
    unit: str = "months",
    form: Form | None = None,
) -> Cohort:
    """Read a cohort from a CSV, Excel, Parquet or SAS file.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with a header and the columns that `Cohort` describes; time and event are needed.
    label : str, optional
        What the cohort is called; the file's name when left out. The label that `write` put
        into a file's first line counts before the file's name.
    columns : mapping of str to str, optional
        The cohort's name of columns that the file calls otherwise: {"pfs_days": "time"}.
    levels : mapping, optional
        Levels of the cohort's own, or what codes stand for, as `Cohort` takes them.
    unit : {"months", "days", "weeks", "years"}, optional
        The unit of the file's times.
    form : Form, optional
        How to read the file, for example ``Csv(";", decimal=",")`` or ``Excel(sheet="data")``; by
        the ending of its name (`FORMS`) when left out.

    Returns
    -------
    Cohort
        The patients, validated; times in months.

    Raises
    ------
    InputError
        If there is no such file, it can't be read, or a row has a problem: each is named by row
        (counted from 1 below the header) and column.

    Examples
    --------
    >>> read("nowhere.csv")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: cohort: there is no file 'nowhere.csv'; give the path of an \
existing one
    """
    where = str(path)
    one_of(unit, MONTHS_PER, f"{where}, unit")
    sheet = load(path, form)
    rows = renamed(sheet.rows, columns or {}, where=where)
    draws = rows["draw"].nunique() if "draw" in rows else 1
    cohort = Cohort(
        rows,
        label=label or sheet.label or Path(path).name,
        source=where,
        draws=max(draws, 1),
        levels=dict(sheet.levels) | dict(levels or {}),
    )
    return cohort if unit == "months" else in_months(cohort, unit)


def write(cohort: Cohort, path: str | Path) -> None:
    """Write a cohort as a CSV file, from which `read` makes the same cohort.

    The first line is a comment with its label. A second one is written if the rows alone
    don't say which levels there are, or that a column that looks like numbers is text.

    Parameters
    ----------
    cohort : Cohort
        What to write.
    path : str or pathlib.Path
        The file, with the ending .csv; replaced where it exists.

    Raises
    ------
    InputError
        If the ending is that of another format, or the file can't be written.
    """
    file = Path(path)
    if not isinstance(FORMS.get(file.suffix.lower(), Csv()), Csv) or file.suffix == ".tsv":
        raise InputError(
            f"cohorts are written as CSV, not as {file.suffix}; give a name that ends in .csv",
            where=str(path),
        )
    told = _told(cohort)
    with replacing(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
        stream.write(f"# {' '.join(cohort.label.split())}\n")
        if told:
            stream.write(f"# columns: {json.dumps(told, ensure_ascii=False)}\n")
        cohort.patients.to_csv(stream, index=False)


def _told(cohort: Cohort) -> dict[str, object]:
    """Return what the rows alone don't say about their columns."""
    rows = cohort.patients
    texts = [str(name) for name in rows if _is_text(rows[name])]
    cells = {name: rows[name].dropna().astype(str) for name in texts}
    for name, each in cells.items():
        if each.str.contains("\x00", regex=False).any():
            raise InputError("there is a NUL character in it; take it out", where=f"column {name}")
    told: dict[str, object] = {}
    if cohort.levels:
        told["levels"] = {name: list(levels) for name, levels in cohort.levels.items()}
    if numbers := [name for name in texts if not _is_text(text_column(cells[name].tolist()))]:
        told["text"] = numbers
    if any((each.isin(MISSING) | (each != each.str.strip())).any() for each in cells.values()):
        told["verbatim"] = True
    return told


def _is_text(column: "pd.Series") -> bool:
    return pd.api.types.is_string_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype)


def renamed(rows: pd.DataFrame, columns: Mapping[str, str], *, where: str) -> pd.DataFrame:
    """Return rows whose columns have the cohort's names.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of a file.
    columns : mapping of str to str
        The new name by the file's name; case doesn't count where only one column fits.
    where : str
        The file, for messages.

    Returns
    -------
    pandas.DataFrame
        The same rows.

    Raises
    ------
    InputError
        If a column is not there, or two would have one name.

    Examples
    --------
    >>> renamed(pd.DataFrame({"DAYS": [3]}), {"days": "time"}, where="own.csv").columns.tolist()
    ['time']
    """
    names = [str(name) for name in rows]
    old, absent = {}, []
    for given, new in columns.items():
        like = [given] if given in names else [n for n in names if n.lower() == given.lower()]
        if len(like) == 1:
            old[like[0]] = new
        else:
            text = (
                f"columns= names '{given}', which is not there{suggestion(given, names)}; columns "
                f"are {', '.join(names)}"
            )
            absent.append(Problem(0, "", text))
    if absent:
        raise refusal(absent, where=where)
    changed = [old.get(name, name) for name in names]
    twice = [name for name in changed if changed.count(name) > 1]
    if twice:
        raise InputError(f"columns= gives two columns the name '{twice[0]}'", where=where)
    return rows.set_axis(changed, axis=1)


def in_months(cohort: Cohort, unit: str) -> Cohort:
    """Return a cohort whose times, taken as being in another unit, are in months.

    Parameters
    ----------
    cohort : Cohort
        With all times in the unit.
    unit : {"days", "weeks", "years"}
        The unit.

    Returns
    -------
    Cohort
        With times of months.

    Examples
    --------
    >>> days = Cohort(pd.DataFrame({"time": [60.875], "event": [1]}), label="", source="example")
    >>> in_months(days, "days").patients["time"].tolist()
    [2.0]
    """
    prefixes = ("", *(f"{name}_" for name in cohort.endpoints))
    rows = cohort.patients.copy()
    for prefix in prefixes:
        for part in ("entry", "time", "time_upper"):
            if f"{prefix}{part}" in rows:
                rows[f"{prefix}{part}"] *= to_months(1.0, unit)
    return replace(cohort, patients=rows)
