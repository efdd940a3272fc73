"""One parameter of an ADTTE data set as times in months, events and causes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, listed, one_of
from oligotrial.cohort.levels import plain_text
from oligotrial.cohort.sheet import Problem
from oligotrial.units import MONTHS_PER, to_months

__all__ = ["ROW", "Conventions", "endpoint"]

_SLACK: Final = {
    "days": (0.01, 0.0),
    "weeks": (0.5, 0.0),
    "months": (0.5, 0.02),
    "years": (2.0, 0.02),
}
"""How far AVAL may be from its dates, days and share of the time: days are exact; weeks may be
rounded; a sponsor's month may be 30, 30.4 or 30.4375 days, and rounded."""

_MONTHS: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip

ROW: Final = "row"
"""The column with the number of a record in its file: small, as no variable's name is."""


@dataclass(frozen=True)
class Conventions:
    """What has to be known of an ADTTE data set and isn't in it.

    Parameters
    ----------
    unit : {"days", "weeks", "months", "years"}, optional
        AVAL's unit where AVALU is missing.
    first_day : {0, 1}, optional
        What AVAL is, in days, on STARTDT itself: 1 where AVAL = ADT - STARTDT + 1. Needed where no
        record has both AVAL and the dates.
    competing : mapping of int to str
        The competing event that each code of CNSR stands for: {2: "death"}. Others are censored.
    check_dates : bool
        Whether AVAL has to agree with ADT and STARTDT.

    Raises
    ------
    InputError
        If the unit, the first day or a code is none.
    """

    unit: str | None = None
    first_day: int | None = None
    competing: Mapping[int, str] = field(default_factory=dict)
    check_dates: bool = True

    def __post_init__(self) -> None:
        if self.unit is not None:
            one_of(self.unit, MONTHS_PER, "unit")
        if self.first_day not in (None, 0, 1):
            raise InputError(f"{self.first_day} is neither 0 nor 1", where="first_day")
        for code in self.competing:
            if not isinstance(code, int) or code < 1:
                raise InputError(f"{code} is no code of CNSR from 1", where="competing")


def endpoint(
    records: pd.DataFrame, code: str, conventions: Conventions
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return one parameter's follow-up, and everything that is wrong with its records.

    Parameters
    ----------
    records : pandas.DataFrame
        Its records by USUBJID, names in capitals; `ROW` is the number of each in its file.
    code : str
        PARAMCD, for messages.
    conventions : Conventions
        What the records don't say.

    Returns
    -------
    follow_up : pandas.DataFrame
        By subject: time (months), event, and, where the records describe them, cause and censoring.
        Times and events that can't be told are missing.
    problems : list of Problem
        Each mistake once: what only follows from another one isn't told.
    """
    told = _Told(records)
    codes = _censoring_codes(told)
    months = _months(told, code, conventions)
    event = np.where(np.isnan(codes), np.nan, codes == 0)
    found = pd.DataFrame({"time": months, "event": event}, index=records.index)
    described = _descriptions(records, codes, conventions.competing)
    return pd.concat([found, described], axis=1), told.problems


@dataclass(frozen=True, eq=False)
class _Told:
    """Records, and what is wrong with them so far."""

    records: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)

    def cells(self, name: str) -> "pd.Series[Any]":
        """Return a variable, empty where there is no such."""
        if name in self.records:
            return self.records[name]
        return pd.Series(None, index=self.records.index, dtype=object)

    def given(self, name: str) -> np.ndarray:
        """Return which records have a value."""
        return self.cells(name).notna().to_numpy(dtype=bool)

    def numbers(self, name: str) -> np.ndarray:
        """Return a variable as numbers, NaN for whatever is none."""
        numbers = pd.to_numeric(self.cells(name), errors="coerce")
        return numbers.to_numpy(dtype=float, na_value=np.nan)

    def tell(self, place: np.integer | int, column: str, text: str) -> None:
        """Add a problem of one record."""
        subject = self.records.index[int(place)]
        named = "" if pd.isna(subject) else f" (USUBJID {subject})"
        self.problems.append(
            Problem(int(self.records[ROW].iloc[int(place)]), column, f"{text}{named}")
        )


def _censoring_codes(told: _Told) -> np.ndarray:
    """Return CNSR, NaN where it is no code."""
    codes, cells = told.numbers("CNSR"), told.cells("CNSR")
    right = (codes >= 0) & (codes == np.round(codes))
    for place in np.flatnonzero(~right) if "CNSR" in told.records else ():
        text = f"'{cells.iloc[place]}' is no code; 0 is an event, 1 and more are censored"
        told.tell(place, "CNSR", text)
    return np.where(right, codes, np.nan)


def _values(told: _Told) -> np.ndarray:
    """Return AVAL, NaN where it is missing or can't be a time."""
    values, cells = told.numbers("AVAL"), told.cells("AVAL")
    right = (values >= 0) & np.isfinite(values)
    for place in np.flatnonzero(told.given("AVAL") & ~right):
        told.tell(place, "AVAL", f"'{cells.iloc[place]}' is not a time of at least 0")
    return np.where(right, values, np.nan)


def _units(told: _Told, said: str | None) -> list[str | None]:
    """Return the unit of each record; None where it isn't known."""
    units: list[str | None] = []
    given = told.given("AVAL")
    for place, cell in enumerate(told.cells("AVALU")):
        unit = said if pd.isna(cell) else _unit(cell)
        text = ""
        if pd.isna(cell):
            if unit is None and given[place]:
                text = "there is no unit; give it: Conventions(unit='days')"
        elif unit is None:
            text = f"'{cell}' is no unit that is known ({', '.join(MONTHS_PER)})"
        elif said not in (None, unit):
            text = f"'{cell}' is not {said}, which the conventions say; leave their unit out"
        if text:
            told.tell(place, "AVALU", text)
        units.append(None if text else unit)
    return units


def _unit(cell: object) -> str | None:
    word = plain_text(cell).lower()
    return next((unit for unit in MONTHS_PER if word in (unit, unit.removesuffix("s"))), None)


def _days_between(told: _Told) -> np.ndarray:
    """Return ADT - STARTDT; NaN where a date is missing or is none."""
    days = {}
    for name in ("ADT", "STARTDT"):
        days[name] = np.full(len(told.records), np.nan)
        for place, cell in enumerate(told.cells(name)):
            try:
                days[name][place] = _day(cell)
            except ValueError:
                told.tell(place, name, f"'{cell}' is no date")
    between: np.ndarray = days["ADT"] - days["STARTDT"]
    return between


def _day(cell: Any) -> float:
    """Return a date as a number of days: only differences are used."""
    if cell is None or pd.isna(cell):
        return np.nan
    if isinstance(cell, datetime | date):
        return float(cell.toordinal())
    if not isinstance(cell, str):
        return _finite(cell)
    text = cell.strip()
    sas = re.fullmatch(r"(\d\d?)([A-Za-z]{3})(\d{4})", text)
    if sas and sas[2].upper() in _MONTHS:
        month = _MONTHS.index(sas[2].upper()) + 1
        return float(date(int(sas[3]), month, int(sas[1])).toordinal())
    if re.fullmatch(r"-?\d{1,6}(\.0*)?", text):  # a number, in a column that holds a text too
        return float(text)
    return float(date.fromisoformat(text[:10]).toordinal())


def _finite(number: Any) -> float:
    if not np.isfinite(day := float(number)):
        raise ValueError
    return day


def _months(told: _Told, code: str, conventions: Conventions) -> np.ndarray:
    """Return the time of each record, by AVAL or else by its dates; NaN where neither tells it."""
    values, units, days = _values(told), _units(told, conventions.unit), _days_between(told)
    factors = [np.nan if unit is None else to_months(1.0, unit) for unit in units]
    months = values * np.array(factors, dtype=float)
    given, dated = told.given("AVAL"), told.given("ADT") & told.given("STARTDT")
    seen = ~np.isnan(months) & ~np.isnan(days)
    first_day = conventions.first_day
    if conventions.check_dates and seen.any():
        first_day = _first_day(told, months, days, units=units, said=first_day)
    by_dates = ~given & ~np.isnan(days)
    # Records whose AVAL, unit or dates are to be mended may yet tell the first day.
    mended = conventions.check_dates and (given & dated & ~seen).any()
    if first_day is None and by_dates.any() and not mended:
        told.problems.append(_unsaid_day(told, code, by_dates))
    by_days = to_months(1.0, "days") * (days + (first_day or 0))
    for place in np.flatnonzero(np.isnan(months) & (by_days < 0)):
        told.tell(place, "ADT", "it is before STARTDT")
    for place in np.flatnonzero(~given & ~dated):
        told.tell(place, "AVAL", "there is neither AVAL nor both dates")
    return np.where(by_dates & (by_days >= 0), by_days, months)


def _unsaid_day(told: _Told, code: str, lacking: np.ndarray) -> Problem:
    rows = told.records[ROW][lacking].tolist()
    which = f"row{'s' if len(rows) > 1 else ''} {listed(rows)}"
    text = (
        f"{code}: AVAL is missing ({which}) and STARTDT may be day 0 or day 1; say which: "
        "Conventions(first_day=1) where AVAL is ADT - STARTDT + 1"
    )
    return Problem(0, "", text)


def _first_day(
    told: _Told, months: np.ndarray, days: np.ndarray, *, units: list[str | None], said: int | None
) -> int | None:
    """Return which day STARTDT is by most records, and tell of those that contradict it."""
    beyond = months / to_months(1.0, "days") - days
    slack = np.array([_allowed(unit, day) for unit, day in zip(units, days, strict=True)])
    seen = np.flatnonzero(~np.isnan(beyond))
    exact = any(units[place] == "days" for place in seen)
    fits = {day: {int(p) for p in seen if abs(beyond[p] - day) <= slack[p]} for day in (0, 1)}
    best = said if said is not None else max((1, 0), key=lambda day: len(fits[day]))
    values = told.numbers("AVAL")
    for place in set(map(int, seen)) - fits[best]:
        text = (
            f"{values[place]:g} {units[place]} is not ADT - STARTDT{' + 1' if best else ''} = "
            f"{days[place] + best:g} days; correct one, or Conventions(check_dates=False)"
        )
        told.tell(place, "AVAL", text)
    return best if exact or said is not None else None


def _allowed(unit: str | None, days: float) -> float:
    fixed, share = _SLACK.get(unit or "", (np.nan, np.nan))
    return fixed + share * abs(days)


def _descriptions(
    records: pd.DataFrame, codes: np.ndarray, competing: Mapping[int, str]
) -> pd.DataFrame:
    cause = pd.Series(None, index=records.index, dtype=object)
    reason = cause.copy()
    event = codes == 0
    if "EVNTDESC" in records:
        cause[event] = records["EVNTDESC"][event]
        reason[~event] = records["EVNTDESC"][~event]
    if "CNSDTDSC" in records:
        told = ~event & records["CNSDTDSC"].notna().to_numpy()
        reason[told] = records["CNSDTDSC"][told]
    for code, name in competing.items():
        cause[codes == code] = name
        reason[codes == code] = None
    both = {"cause": cause, "censoring": reason}
    return pd.DataFrame(
        {name: values.astype("str") for name, values in both.items() if values.notna().any()},
        index=records.index,
    )
