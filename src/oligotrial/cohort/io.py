"""Cohorts as CSV files."""

from pathlib import Path

import pandas as pd

from oligotrial.checks import InputError, readable_file
from oligotrial.cohort.schema import Cohort

__all__ = ["read", "write"]


def read(path: str | Path, *, label: str | None = None) -> Cohort:
    """Read a cohort from a CSV file.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with a header and the columns age_group, subtype, line, site, schedule, time
        (months) and event; draw, patient and dose_level may be there, other columns are kept.
    label : str, optional
        What the cohort is called; the file's name when left out. The label that `write` put
        into a file's first line counts before the file's name.

    Returns
    -------
    Cohort
        The patients, validated.

    Raises
    ------
    InputError
        If there is no such file, it is no CSV, or a row has a problem: each is named by row
        (counted from 1 below the header) and column.

    Examples
    --------
    >>> read("nowhere.csv")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: cohort: there is no file 'nowhere.csv'; give the path of an \
existing one
    """
    file = readable_file(Path(path), "cohort")
    try:
        with file.open(encoding="utf-8-sig") as stream:
            first = stream.readline()
        written = first.removeprefix("# ").strip() if first.startswith("#") else None
        rows = pd.read_csv(
            file,
            encoding="utf-8-sig",
            skiprows=1 if written else 0,
            keep_default_na=False,
            na_values=[""],
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"can't be read as CSV ({error})", where=str(path)) from None
    draws = rows["draw"].nunique() if "draw" in rows else 1
    return Cohort(rows, label=label or written or file.name, source=file.name, draws=max(draws, 1))


def write(cohort: Cohort, path: str | Path) -> None:
    """Write a cohort as a CSV file whose first line is a comment with its label.

    Parameters
    ----------
    cohort : Cohort
        What to write.
    path : str or pathlib.Path
        The file; replaced where it exists.
    """
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        stream.write(f"# {cohort.label}\n")
        cohort.patients.to_csv(stream, index=False)
