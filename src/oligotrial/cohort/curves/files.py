"""Digitised curves from files: readings in one, numbers at risk in another."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, one_of
from oligotrial.cohort.curves.digitised import DigitisedCurve
from oligotrial.cohort.curves.readings import Precision, RiskTable
from oligotrial.cohort.formats import load
from oligotrial.cohort.io import renamed
from oligotrial.units import MONTHS_PER

__all__ = ["read_curve", "read_curves", "read_incidence_curves", "read_risk_table"]

_ARM = "arm"


def read_curve(
    path: str | Path,
    *,
    risk_table: str | Path | None = None,
    patients: int | None = None,
    events: int | None = None,
    columns: Mapping[str, str] | None = None,
    unit: str = "months",
    precision: Precision | None = None,
) -> DigitisedCurve:
    """Read a survival curve that was digitised into a file.

    Parameters
    ----------
    path : str or pathlib.Path
        A CSV, Excel, Parquet or SAS file with columns time and survival.
    risk_table : str or pathlib.Path, optional
        A file with columns time and at_risk.
    patients : int, optional
        At the start; needed without a risk table from time 0.
    events : int, optional
        The printed total.
    columns : mapping of str to str, optional
        The name here of columns that the files call otherwise: {"x": "time", "Curve1": "survival"}.
    unit : {"months", "days", "weeks", "years"}, optional
        The unit of the files' times.
    precision : Precision, optional
        How exactly it was read, in months.

    Returns
    -------
    DigitisedCurve
        The curve; times in months.

    Raises
    ------
    InputError
        If a file can't be read, lacks a column, or holds what is no survival curve.

    Examples
    --------
    >>> read_curve("nowhere.csv")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: cohort: there is no file 'nowhere.csv'; give the path of an \
existing one
    """
    rows = _numbers(path, ("time", "survival"), columns, unit)
    return DigitisedCurve(
        rows["time"].to_numpy(),
        rows["survival"].to_numpy(),
        read_risk_table(risk_table, columns=columns, unit=unit) if risk_table else None,
        patients,
        events,
        precision or Precision(),
        str(path),
    )


def read_curves(
    path: str | Path,
    *,
    risk_table: str | Path | None = None,
    patients: Mapping[str, int] | None = None,
    events: Mapping[str, int] | None = None,
    columns: Mapping[str, str] | None = None,
    unit: str = "months",
    precision: Precision | None = None,
) -> dict[str, DigitisedCurve]:
    """Read the survival curves of all arms of one figure.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with columns arm, time and survival.
    risk_table : str or pathlib.Path, optional
        A file with columns arm, time and at_risk.
    patients, events : mapping of str to int, optional
        By arm, patients at the start and the printed total of events.
    columns : mapping of str to str, optional
        As for `read_curve`.
    unit : {"months", "days", "weeks", "years"}, optional
        The unit of the files' times.
    precision : Precision, optional
        How exactly they were read, in months.

    Returns
    -------
    dict of str to DigitisedCurve
        By arm, in the file's order.

    Raises
    ------
    InputError
        As for `read_curve`, or if an arm has no curve.
    """
    rows = _numbers(path, ("time", "survival"), columns, unit, _ARM)
    tables = {}
    if risk_table is not None:
        numbers = _numbers(risk_table, ("time", "at_risk"), columns, unit, _ARM)
        tables = {
            str(arm): RiskTable(
                own["time"].to_numpy(), own["at_risk"].to_numpy(), f"{risk_table}, {arm}"
            )
            for arm, own in numbers.groupby(_ARM, sort=False)
        }
    arms = {str(arm): own for arm, own in rows.groupby(_ARM, sort=False)}
    for what, given in (("risk table", tables), ("patients", patients), ("events", events)):
        for arm in given or ():
            one_of(arm, list(arms), f"{path}, {what}")
    return {
        arm: DigitisedCurve(
            own["time"].to_numpy(),
            own["survival"].to_numpy(),
            tables.get(arm),
            (patients or {}).get(arm),
            (events or {}).get(arm),
            precision or Precision(),
            f"{path}, {arm}",
        )
        for arm, own in arms.items()
    }


def read_incidence_curves(
    path: str | Path, *, columns: Mapping[str, str] | None = None, unit: str = "months"
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read cumulative incidence curves by cause, as `DigitisedIncidence` takes them.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with columns cause, time and incidence.
    columns : mapping of str to str, optional
        As for `read_curve`.
    unit : {"months", "days", "weeks", "years"}, optional
        The unit of the file's times.

    Returns
    -------
    dict of str to (numpy.ndarray, numpy.ndarray)
        By cause, in the file's order: times in months and incidence.

    Raises
    ------
    InputError
        If the file can't be read or lacks a column.
    """
    rows = _numbers(path, ("time", "incidence"), columns, unit, "cause")
    return {
        str(cause): (own["time"].to_numpy(), own["incidence"].to_numpy())
        for cause, own in rows.groupby("cause", sort=False)
    }


def read_risk_table(
    path: str | Path, *, columns: Mapping[str, str] | None = None, unit: str = "months"
) -> RiskTable:
    """Read numbers at risk.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with columns time and at_risk.
    columns : mapping of str to str, optional
        As for `read_curve`.
    unit : {"months", "days", "weeks", "years"}, optional
        The unit of the file's times.

    Returns
    -------
    RiskTable
        The numbers; times in months.

    Raises
    ------
    InputError
        If the file can't be read, lacks a column, or holds what are no numbers at risk.
    """
    rows = _numbers(path, ("time", "at_risk"), columns, unit)
    return RiskTable(rows["time"].to_numpy(), rows["at_risk"].to_numpy(), str(path))


def _numbers(
    path: str | Path,
    needed: tuple[str, ...],
    columns: Mapping[str, str] | None,
    unit: str,
    group: str | None = None,
) -> pd.DataFrame:
    """Return a file's columns of numbers, and the one that says whose they are."""
    one_of(unit, MONTHS_PER, f"{path}, unit")
    rows = load(path).rows
    there = {old: new for old, new in (columns or {}).items() if old in rows}
    rows = renamed(rows, there, where=str(path))
    for name in (*needed, *([group] if group else [])):
        if name not in rows:
            raise InputError(
                f"there is no column '{name}'; columns are {', '.join(map(str, rows))}, and "
                "columns= names those that are called otherwise",
                where=str(path),
            )
        empty = np.flatnonzero(rows[name].isna())
        if empty.size:
            raise InputError(
                "is empty; fill it in or delete the row",
                where=f"{path}, row {empty[0] + 1}, {name}",
            )
    for name in needed:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            bad = next(cell for cell in rows[name] if not _is_number(cell))
            raise InputError(f"'{bad}' is not a number", where=f"{path}, column {name}")
    if group:
        rows = rows.assign(**{group: rows[group].astype(str)})
    return rows.assign(time=rows["time"].astype(float) * MONTHS_PER[unit])


def _is_number(cell: object) -> bool:
    try:
        float(str(cell))
    except ValueError:
        return False
    return True
