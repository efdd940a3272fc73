"""One parameter of an ADTTE data set as times in months, events and causes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, one_of
from oligotrial.cohort.levels import plain_text
from oligotrial.cohort.rules import Problem, summary
from oligotrial.units import MONTHS_PER, to_months

__all__ = ["Conventions", "endpoint"]

_SLACK: Final = {
    "days": (0.01, 0.0),
    "weeks": (0.5, 0.0),
    "months": (0.5, 0.02),
    "years": (2.0, 0.02),
}
"""How far AVAL may be from its dates, days and share of the time: days are exact; weeks may be
rounded; a sponsor's month may be 30, 30.4 or 30.4375 days, and rounded."""

_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)


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


def endpoint(records: pd.DataFrame, code: str, conventions: Conventions) -> pd.DataFrame:
    """Return one parameter's follow-up.

    Parameters
    ----------
    records : pandas.DataFrame
        Its records by USUBJID, names in capitals; ROW is the number of each in its file.
    code : str
        PARAMCD, for messages.
    conventions : Conventions
        What the records don't say.

    Returns
    -------
    pandas.DataFrame
        By subject: time (months), event, and, where the records describe them, cause and censoring.

    Raises
    ------
    InputError
        If a variable is missing, or records have a problem: all are counted, the first 20 named by
        row and USUBJID.
    """
    if "CNSR" not in records:
        raise InputError(f"there is no variable CNSR; variables are {', '.join(map(str, records))}")
    problems: list[Problem] = []
    codes = _censoring_codes(records, problems)
    units = _units(records, conventions.unit, problems)
    days = _days_between(records, problems)
    values = _values(records, problems)
    _stop(problems)
    months = _months(records, values, units, days=days, code=code, conventions=conventions)
    event = codes == 0
    found = pd.DataFrame({"time": months, "event": event.astype(int)}, index=records.index)
    return found.join(_descriptions(records, codes, conventions.competing))


def _stop(problems: list[Problem]) -> None:
    if problems:
        raise InputError(summary(problems))


def _problem(records: pd.DataFrame, place: np.integer | int, column: str, text: str) -> Problem:
    subject = records.index[int(place)]
    return Problem(int(records["ROW"].iloc[int(place)]), column, f"{text} (USUBJID {subject})")


def _numbers(records: pd.DataFrame, name: str) -> np.ndarray:
    return pd.to_numeric(records[name], errors="coerce").to_numpy(dtype=float)


def _censoring_codes(records: pd.DataFrame, problems: list[Problem]) -> np.ndarray:
    codes = _numbers(records, "CNSR")
    wrong = ~((codes >= 0) & (codes == np.round(codes)))
    for place in np.flatnonzero(wrong):
        text = f"'{records['CNSR'].iloc[place]}' is no code; 0 is an event, 1 and more are censored"
        problems.append(_problem(records, place, "CNSR", text))
    return codes


def _values(records: pd.DataFrame, problems: list[Problem]) -> np.ndarray:
    if "AVAL" not in records:
        return np.full(len(records), np.nan)
    values, given = _numbers(records, "AVAL"), records["AVAL"].notna().to_numpy()
    for place in np.flatnonzero(given & ~((values >= 0) & np.isfinite(values))):
        text = f"'{records['AVAL'].iloc[place]}' is not a time of at least 0"
        problems.append(_problem(records, place, "AVAL", text))
    return values


def _units(records: pd.DataFrame, given: str | None, problems: list[Problem]) -> list[str | None]:
    """Return the unit of each record; None where neither AVALU nor the conventions say it."""
    units: list[str | None] = []
    stated = records["AVALU"] if "AVALU" in records else pd.Series([None] * len(records))
    for place, cell in enumerate(stated):
        unit = given if pd.isna(cell) else _unit(cell)
        if unit is None and not pd.isna(cell):
            text = f"'{cell}' is no unit that is known ({', '.join(MONTHS_PER)})"
            problems.append(_problem(records, place, "AVALU", text))
        elif given is not None and unit != given:
            text = f"'{cell}' is not {given}, which the conventions say; leave their unit out"
            problems.append(_problem(records, place, "AVALU", text))
        units.append(unit)
    return units


def _unit(cell: object) -> str | None:
    word = plain_text(cell).lower()
    return next((unit for unit in MONTHS_PER if word in (unit, unit.removesuffix("s"))), None)


def _days_between(records: pd.DataFrame, problems: list[Problem]) -> np.ndarray:
    """Return ADT - STARTDT; NaN where a date is missing."""
    days = {}
    for name in ("ADT", "STARTDT"):
        cells = records[name] if name in records else pd.Series([None] * len(records))
        days[name] = np.full(len(records), np.nan)
        for place, cell in enumerate(cells):
            try:
                days[name][place] = _day(cell)
            except ValueError:
                problems.append(_problem(records, place, name, f"'{cell}' is no date"))
    between: np.ndarray = days["ADT"] - days["STARTDT"]
    return between


def _day(cell: Any) -> float:
    """Return a date as a number of days: only differences are used."""
    if isinstance(cell, datetime | date):
        return np.nan if pd.isna(cell) else float(cell.toordinal())
    if cell is None or pd.isna(cell):
        return np.nan
    if isinstance(cell, str):
        sas = re.fullmatch(r"(\d\d?)([A-Za-z]{3})(\d{4})", cell.strip())
        if sas and sas[2].upper() in _MONTHS:
            month = _MONTHS.index(sas[2].upper()) + 1
            return float(date(int(sas[3]), month, int(sas[1])).toordinal())
        return float(date.fromisoformat(cell.strip()[:10]).toordinal())
    return float(cell)


def _months(
    records: pd.DataFrame,
    values: np.ndarray,
    units: list[str | None],
    *,
    days: np.ndarray,
    code: str,
    conventions: Conventions,
) -> np.ndarray:
    problems = [
        _problem(records, place, "AVALU", "there is no unit; give it: Conventions(unit='days')")
        for place, unit in enumerate(units)
        if unit is None and not np.isnan(values[place])
    ]
    _stop(problems)
    months = np.array(
        [
            np.nan if unit is None else to_months(v, unit)
            for v, unit in zip(values, units, strict=True)
        ]
    )
    seen = ~np.isnan(months) & ~np.isnan(days)
    beyond = months / to_months(1.0, "days") - days
    first_day = conventions.first_day
    if conventions.check_dates and seen.any():
        first_day = _first_day(records, beyond, days, units=units, said=first_day)
    lacking = np.isnan(months)
    if first_day is None and (lacking & ~np.isnan(days)).any():
        raise InputError(
            f"{code}: AVAL is missing and STARTDT may be day 0 or day 1; say which: "
            "Conventions(first_day=1) where AVAL is ADT - STARTDT + 1"
        )
    months[lacking] = to_months(1.0, "days") * (days[lacking] + (first_day or 0))
    for place in np.flatnonzero(~(months >= 0)):
        absent = np.isnan(months[place])
        text = "there is neither AVAL nor both dates" if absent else "ADT is before STARTDT"
        problems.append(_problem(records, place, "AVAL", text))
    _stop(problems)
    return months


def _first_day(
    records: pd.DataFrame,
    beyond: np.ndarray,
    days: np.ndarray,
    *,
    units: list[str | None],
    said: int | None,
) -> int | None:
    """Return which day STARTDT is by most records, or raise naming those that contradict it."""
    slack = np.array([_allowed(unit, day) for unit, day in zip(units, days, strict=True)])
    seen = np.flatnonzero(~np.isnan(beyond))
    exact = [place for place in seen if units[place] == "days"]
    fits = {day: [p for p in seen if abs(beyond[p] - day) <= slack[p]] for day in (0, 1)}
    best = said if said is not None else max((1, 0), key=lambda day: len(fits[day]))
    problems = [
        _problem(
            records, place, "AVAL",
            f"{records['AVAL'].iloc[place]:g} {units[place]} is not ADT - STARTDT"
            f"{' + 1' if best else ''} = {days[place] + best:g} days; correct one, or "
            "Conventions(check_dates=False)",
        )
        for place in seen
        if place not in set(fits[best])
    ]  # fmt: skip
    _stop(problems)
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
