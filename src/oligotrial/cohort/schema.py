"""What a cohort is: patient rows with known columns and levels, and where they came from."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.radiobiology import Schedule

__all__ = ["COLUMNS", "LEVELS", "Cohort", "validated"]

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "age_group": ("<40", "40-50", "51-70", ">70"),
    "subtype": ("luminal A-like", "luminal B-like", "HER2+", "triple negative"),
    "line": ("first", "second", "third", "fourth+"),
    "site": ("brain", "bone", "lung", "nodes", "primary", "liver"),
    "dose_level": ("boost", "base"),
}
"""The levels of each categorical column, in order. `line` counts systemic therapies."""

COLUMNS: Final = (
    "draw", "patient", "age_group", "subtype", "line", "site",
    "schedule", "dose_level", "time", "event",
)  # fmt: skip
"""A cohort's own columns; time is in months. Other columns are kept and not looked at."""

REQUIRED: Final = tuple(each for each in COLUMNS if each not in ("draw", "patient", "dose_level"))

_SHOWN: Final = 20


@dataclass(frozen=True)
class Cohort:
    """Patients, validated, with what is to be said of them wherever they are shown.

    Parameters
    ----------
    patients : pandas.DataFrame
        One row a patient: draw (int, 0 for real patients), patient, age_group, subtype, line,
        site (see `LEVELS`), schedule (a delivered course that `Schedule.parse` reads),
        dose_level ("boost" or "base": which level of a boosted course counts), time (months)
        and event (1 or 0).
    label : str
        What the cohort is, in words that can stand under a figure.
    source : str
        Where it came from: a file or a citation.
    draws : int
        1 for patients; the number of reconstructions otherwise.

    Raises
    ------
    InputError
        If a row has a problem; all are counted and the first 20 named.

    Examples
    --------
    >>> row = {"age_group": "51-70", "subtype": "HER2+", "line": "first", "site": "lung",
    ...        "schedule": "50 Gy in 5 fr", "time": 12.7, "event": 1}
    >>> Cohort(pd.DataFrame([row]), label="one patient", source="example").size
    1
    """

    patients: pd.DataFrame
    label: str
    source: str
    draws: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "patients", validated(self.patients, where=self.source))
        found = self.patients["draw"].nunique()
        if found != self.draws:
            raise InputError(f"draws is {self.draws} but the rows hold {found}", where=self.source)

    @property
    def size(self) -> int:
        """Patients in one draw."""
        return len(self.patients) // self.draws

    def frames(self) -> list[pd.DataFrame]:
        """Return one DataFrame a draw.

        Returns
        -------
        list of pandas.DataFrame
            With the columns of `patients` and an index from 0.
        """
        return [rows.reset_index(drop=True) for _, rows in self.patients.groupby("draw", sort=True)]


def validated(patients: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return patients with all columns, in order and of the right type.

    Parameters
    ----------
    patients : pandas.DataFrame
        As `Cohort` takes it; draw, patient and dose_level may be left out.
    where : str
        What errors call it, for example the file's name.

    Returns
    -------
    pandas.DataFrame
        A new frame; levels are ordered categories.

    Raises
    ------
    InputError
        If a column is missing or a row has a problem.

    Examples
    --------
    >>> validated(pd.DataFrame({"time": [1.0]}), where="cohort.csv")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: cohort.csv: there is no column age_group, subtype, line, site, \
schedule or event; a cohort needs them all
    """
    missing = [name for name in REQUIRED if name not in patients.columns]
    if missing:
        named = " or ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
        raise InputError(f"there is no column {named}; a cohort needs them all", where=where)
    if patients.empty:
        raise InputError("there are no patients; give at least one row", where=where)
    rows = patients.reset_index(drop=True)
    defaults: dict[str, Any] = {
        "draw": 0,
        "patient": range(1, len(rows) + 1),
        "dose_level": "boost",
    }
    for name, value in defaults.items():
        if name not in rows:
            rows[name] = value
    problems = list(_problems(rows))
    if problems:
        raise InputError(_summary(problems), where=where)
    return _typed(rows)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[[*COLUMNS, *(name for name in rows if name not in COLUMNS)]].copy()
    for name, levels in LEVELS.items():
        rows[name] = pd.Categorical(rows[name], categories=list(levels), ordered=True)
    return rows.astype({"draw": int, "time": float, "event": int, "schedule": str})


def _summary(problems: list[str]) -> str:
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return f"{count}: {'; '.join(problems[:_SHOWN])}{more}"


def _problems(rows: pd.DataFrame) -> Iterator[str]:
    checks: dict[str, Callable[[object], str]] = {
        "draw": _whole,
        "time": _time,
        "event": _event,
        "schedule": _schedule,
    }
    checks |= {name: _level(name) for name in LEVELS}
    for name in COLUMNS:
        if name not in checks:
            continue
        verdicts = {value: checks[name](value) for value in rows[name].unique()}
        nothing = checks[name](None)
        for row, value in enumerate(rows[name], start=1):
            problem = nothing if pd.isna(value) else verdicts[value]
            if problem:
                yield f"row {row}, column {name}: {problem}"


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def _time(value: object) -> str:
    months = _number(value)
    if math.isnan(months):
        return f"'{value}' is not a number of months"
    if months < 0:
        return f"{months:g} is negative; give months of at least 0"
    return "" if math.isfinite(months) else "the time is infinite; give months"


def _event(value: object) -> str:
    return (
        "" if _number(value) in (0.0, 1.0) else f"'{value}' is neither 1 (event) nor 0 (censored)"
    )


def _whole(value: object) -> str:
    number = _number(value)
    whole = math.isfinite(number) and number >= 0 and number == int(number)
    return "" if whole else f"'{value}' is not a whole number from 0"


def _schedule(value: object) -> str:
    try:
        schedule = Schedule.parse(value)  # type: ignore[arg-type]
    except InputError as error:
        return str(error)
    if schedule.is_range:
        return f"'{value}' is a range; give the one course that was delivered"
    return ""


def _level(name: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value in LEVELS[name]:
            return ""
        allowed = ", ".join(f"'{level}'" for level in LEVELS[name])
        return f"'{value}' is not one of {allowed}{suggestion(str(value), LEVELS[name])}"

    return check
