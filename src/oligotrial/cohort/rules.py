"""The rules that a cohort's cells obey, by column and between columns of a row."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from numbers import Real
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from pydantic import PlainValidator, TypeAdapter, ValidationError

from oligotrial.checks import InputError
from oligotrial.cohort.levels import LevelSet, plain_text
from oligotrial.cohort.sheet import Problem
from oligotrial.radiobiology import Schedule

__all__ = ["NUMBER", "PARTS", "checked", "contradictions", "is_missing", "slips"]

NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
"""A number as files have it: no blanks, underscores or commas in it."""

PARTS: Final = ("entry", "time", "time_upper", "event", "cause")
"""The columns of one endpoint; a further endpoint's are called `<endpoint>_time` and so on."""

NEEDED: Final = ("draw", "patient", "time", "event")
"""Columns that have a value in every row."""

MOST_SLIPS: Final = 0.1
FEWEST_NUMBERS: Final = 10
"""Up to this share of text in a column with so many different numbers is a slip."""


def is_missing(values: "pd.Series[Any]") -> np.ndarray:
    """Return which cells hold nothing: None, NaN, NA, NaT, or text of blanks only.

    Parameters
    ----------
    values : pandas.Series
        A column.

    Returns
    -------
    numpy.ndarray of bool
        Shape (row,).
    """
    blank = [isinstance(value, str) and not value.strip() for value in values]
    missing: np.ndarray = values.isna().to_numpy(dtype=bool) | np.array(blank, dtype=bool)
    return missing


def checked(
    values: "pd.Series[Any]", part: str, levels: LevelSet | None
) -> tuple["pd.Series[Any]", list[Problem]]:
    """Return a column with its values read, and what is wrong with the others.

    Parameters
    ----------
    values : pandas.Series
        A column with an index from 0.
    part : str
        The rule it obeys, which is its name without that of an endpoint.
    levels : LevelSet or None
        Its levels, if it is categorical.

    Returns
    -------
    values : pandas.Series
        Of objects; None where a cell is missing or wrong.
    problems : list of Problem
        One a wrong cell.
    """
    name, missing = str(values.name), is_missing(values)
    present = np.flatnonzero(~missing)
    cells = values.iloc[present].tolist()
    problems = []
    if name in NEEDED:
        problems = [
            Problem(int(row) + 1, name, f"there is no value; {_WANTED[name]}")
            for row in np.flatnonzero(missing)
        ]
    read = np.full(len(values), None, dtype=object)
    try:
        read[present] = _filled(_adapter(part, levels).validate_python(cells))
    except ValidationError as error:
        wrong = {
            int(mistake["loc"][0]): str(mistake["ctx"]["error"])
            for mistake in error.errors(include_url=False)
        }
        problems += [Problem(int(present[k]) + 1, name, text) for k, text in wrong.items()]
        right = [k for k in range(len(cells)) if k not in wrong]
        kept = _adapter(part, levels).validate_python([cells[k] for k in right])
        read[present[right]] = _filled(kept)
    return pd.Series(read, index=values.index, name=name), problems


def _filled(cells: list[Any]) -> np.ndarray:
    filled = np.empty(len(cells), dtype=object)
    filled[:] = cells
    return filled


def _adapter(part: str, levels: LevelSet | None) -> TypeAdapter[list[Any]]:
    if levels is not None:
        return TypeAdapter(list[Annotated[str, PlainValidator(levels.level)]])
    return _COLUMNS[part]


def contradictions(rows: pd.DataFrame, prefix: str) -> Iterator[Problem]:
    """Yield what can't be true of one endpoint's columns together.

    Parameters
    ----------
    rows : pandas.DataFrame
        Read columns, None where there is no value.
    prefix : str
        What the endpoint's columns begin with; "" for the main one.

    Yields
    ------
    Problem
        At the cell that is the likeliest to be wrong.
    """
    time, event = _floats(rows, f"{prefix}time"), _floats(rows, f"{prefix}event")
    upper, entry = _floats(rows, f"{prefix}time_upper"), _floats(rows, f"{prefix}entry")
    seen = np.isfinite(upper)
    late = (entry > 0) & ((entry > time) | ((entry == time) & ~seen))
    laws = {
        "entry": (late, "is not before the time {time:g}; entry is when follow-up began"),
        "time_upper": (
            upper < time,
            "is before the time {time:g}; time is the last negative, time_upper the first positive",
        ),
    }
    for part, (broken, rule) in laws.items():
        for row in np.flatnonzero(broken):
            shown = rows[f"{prefix}{part}"].iloc[row]
            text = f"{shown:g} {rule.format(time=time[row])}"
            yield Problem(int(row) + 1, f"{prefix}{part}", text)
    yield from _at(
        seen & (event == 0), f"{prefix}time_upper", "a first positive, but event is 0; make it 1"
    )
    yield from _at(
        np.isposinf(upper) & (event == 1),
        f"{prefix}time_upper",
        "no first positive (inf), but event is 1; make it 0",
    )


def _at(broken: np.ndarray, column: str, text: str) -> Iterator[Problem]:
    return (Problem(int(row) + 1, column, text) for row in np.flatnonzero(broken))


def _floats(rows: pd.DataFrame, name: str) -> np.ndarray:
    if name not in rows:
        return np.full(len(rows), np.nan)
    return np.array([math.nan if value is None else value for value in rows[name]], dtype=float)


def slips(column: "pd.Series[Any]") -> list[Problem]:
    """Return the cells of a covariate that can't be meant: infinite, or a slip in a number.

    Parameters
    ----------
    column : pandas.Series
        A column that the cohort keeps as it is.

    Returns
    -------
    list of Problem
        Infinite numbers; and text in a column that otherwise holds many different numbers, some
        of them twice, such as "6O" among ages.
    """
    known = column[~is_missing(column)]
    if known.empty or pd.api.types.is_bool_dtype(column):
        return []
    numbers = known.map(_number)
    infinite = np.isinf(numbers.to_numpy(dtype=float)) & pd.api.types.is_numeric_dtype(column)
    found = [
        Problem(int(row) + 1, str(column.name), f"'{known[row]}' is not finite; leave it empty")
        for row in known.index[infinite]
    ]
    words = numbers.isna().to_numpy(dtype=bool)
    names = known.map(plain_text).is_unique  # such as a number of the hospital's
    many = numbers.nunique() >= FEWEST_NUMBERS
    if words.any() and words.mean() <= MOST_SLIPS and many and not names:
        found += [
            Problem(
                int(row) + 1,
                str(column.name),
                f"'{plain_text(known[row])}' is not a number as the others are; mend it, or leave "
                "it empty",
            )
            for row in known.index[words]
        ]
    return found


def _number(value: object) -> float:
    """Return a number, or NaN for whatever isn't one."""
    if isinstance(value, str):
        text = value.strip()
        if NUMBER.fullmatch(text) or text.lower() in ("inf", "+inf"):
            return float(text)
        return math.nan
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _months(value: object) -> float:
    months = _months_or_never(value)
    if math.isinf(months):
        raise InputError("the time is infinite; give months")
    return months


def _months_or_never(value: object) -> float:
    months = _number(value)
    if math.isnan(months):
        raise InputError(f"'{value}' is not a number of months")
    if months < 0:
        raise InputError(f"{months:g} is negative; give months of at least 0")
    return months


def _event(value: object) -> int:
    number = float(value) if isinstance(value, bool | np.bool_) else _number(value)
    if number not in (0.0, 1.0):
        raise InputError(f"'{value}' is neither 1 (event) nor 0 (censored)")
    return int(number)


def _whole(value: object) -> int:
    number = _number(value)
    if not (0 <= number < 2**31 and number == int(number)):
        raise InputError(f"'{value}' is not a whole number from 0")
    return int(number)


def _weight(value: object) -> float:
    weight = _number(value)
    if not (math.isfinite(weight) and weight >= 0):
        raise InputError(f"'{value}' is not a weight; give a number of at least 0")
    return weight


def _patient(value: object) -> int | str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not plain_text(value).lstrip("-").isdigit():
        raise InputError(f"'{value}' is no patient's number or name")
    return int(plain_text(value))


def _cause(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(
            f"'{value}' is a code; give the cause in words, or what each code means by levels="
        )
    if value.strip().lower() in ("censored", "none"):
        raise InputError(f"'{value}' is no cause; leave the cell of a censored patient empty")
    return value.strip()


def _schedule(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"'{value}' is no text; write the course, such as '50 Gy in 5 fr'")
    return _course(value.strip())


@lru_cache(maxsize=4096)
def _course(text: str) -> str:
    if Schedule.parse(text).is_range:
        raise InputError(f"'{text}' is a range; give the one course that was delivered")
    return text


def _column(kind: type, read: Callable[[object], object]) -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[Annotated[kind, PlainValidator(read)]])  # type: ignore[valid-type]


_COLUMNS: Final[Mapping[str, TypeAdapter[list[Any]]]] = {
    "draw": _column(int, _whole),
    "patient": _column(object, _patient),
    "schedule": _column(str, _schedule),
    "weight": _column(float, _weight),
    "entry": _column(float, _months),
    "time": _column(float, _months),
    "time_upper": _column(float, _months_or_never),
    "event": _column(int, _event),
    "cause": _column(str, _cause),
}

_WANTED: Final = {
    "draw": "give a whole number from 0",
    "patient": "give a number or name, or leave the column out",
    "time": "give the months of follow-up, or take the row out",
    "event": "give 1 (event) or 0 (censored), or take the row out",
}
