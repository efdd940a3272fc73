"""Digitised curves from files: readings in one, numbers at risk in another."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, one_of
from oligotrial.cohort.curves.columns import numbers
from oligotrial.cohort.curves.digitised import DigitisedCurve
from oligotrial.cohort.curves.readings import Precision, RiskTable
from oligotrial.cohort.sheet import Problem, refusal

__all__ = ["read_curve", "read_curves", "read_incidence_curves", "read_risk_table"]

_ARM: Final = "arm"


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
        If a file can't be read, lacks a column, or holds what is no survival curve: all cells that
        are wrong, of both files, are told at once, by row (counted from 1 below the header).

    Examples
    --------
    >>> read_curve("nowhere.csv")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: cohort: there is no file 'nowhere.csv'; give the path of an \
existing one
    """
    told: list[Problem] = []
    rows = numbers(path, ("time", "survival"), columns, unit, told)
    printed = _Printed(None, patients, events)
    if risk_table is not None:
        at_risk = numbers(risk_table, ("time", "at_risk"), columns, unit, told)
        printed = printed.with_table(_table(at_risk, str(risk_table), told))
    curve = _curve(rows, printed, precision, str(path), told)
    if curve is None or told:
        raise refusal(told)
    return curve


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
    told: list[Problem] = []
    rows = numbers(path, ("time", "survival"), columns, unit, told, group=_ARM)
    tables = {}
    if risk_table is not None:
        at_risk = numbers(risk_table, ("time", "at_risk"), columns, unit, told, group=_ARM)
        tables = {
            str(arm): _table(own, f"{risk_table}, {arm}", told)
            for arm, own in at_risk.groupby(_ARM, sort=False)
        }
    arms = {str(arm): own for arm, own in rows.groupby(_ARM, sort=False)}
    for what, given in (("risk table", tables), ("patients", patients), ("events", events)):
        for arm in (given or ()) if arms else ():
            _tried(partial(one_of, arm, list(arms), f"{path}, {what}"), told)
    curves = {}
    for arm, own in arms.items():
        printed = _Printed(None, (patients or {}).get(arm), (events or {}).get(arm))
        if arm in tables:
            printed = printed.with_table(tables[arm])
        curves[arm] = _curve(own, printed, precision, f"{path}, {arm}", told)
    if told:
        raise refusal(told)
    return {arm: curve for arm, curve in curves.items() if curve is not None}


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
    told: list[Problem] = []
    rows = numbers(path, ("time", "incidence"), columns, unit, told, group="cause")
    if told:
        raise refusal(told)
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
    told: list[Problem] = []
    table = _table(numbers(path, ("time", "at_risk"), columns, unit, told), str(path), told)
    if table is None:
        raise refusal(told)
    return table


class _Printed(NamedTuple):
    """What is printed beside a curve."""

    table: RiskTable | None
    patients: int | None
    events: int | None

    def with_table(self, table: RiskTable | None) -> "_Printed":
        """Return it with the numbers at risk; None are those that are wrong."""
        # A curve whose table is wrong is looked at too, without what a right one would tell of it.
        return _Printed(None, 1, None) if table is None else self._replace(table=table)


def _curve(
    rows: pd.DataFrame,
    printed: _Printed,
    precision: Precision | None,
    where: str,
    told: list[Problem],
) -> DigitisedCurve | None:
    """Return a curve; None where `told` got what is wrong with it."""
    if _lacks(rows, ("time", "survival"), told):
        return None
    time, survival = rows["time"].to_numpy(), rows["survival"].to_numpy()
    return _tried(
        lambda: DigitisedCurve(time, survival, *printed, precision or Precision(), where), told
    )


def _table(rows: pd.DataFrame, where: str, told: list[Problem]) -> RiskTable | None:
    """Return numbers at risk; None where `told` got what is wrong with them."""
    if _lacks(rows, ("time", "at_risk"), told):
        return None
    return _tried(
        lambda: RiskTable(rows["time"].to_numpy(), rows["at_risk"].to_numpy(), where), told
    )


def _tried[T](make: Callable[[], T], told: list[Problem]) -> T | None:
    try:
        return make()
    except InputError as error:
        told.append(Problem(0, "", error.problem, error.where or ""))
        return None


def _lacks(rows: pd.DataFrame, names: tuple[str, ...], told: list[Problem]) -> bool:
    """Return whether cells of a curve or table are missing, which was told."""
    unread = rows.empty and bool(told)
    return unread or bool(rows[list(names)].isna().any(axis=None))
