"""What a cohort is: patient rows with known columns and levels, and where they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from oligotrial.checks import InputError, one_of, suggestion
from oligotrial.cohort.levels import LEVELS, Levels, LevelSet, level_sets, ordered_names, plain_text
from oligotrial.cohort.rules import PARTS, Problem, checked, contradictions, is_missing, summary

__all__ = ["COLUMNS", "LEVELS", "Cohort", "complete", "validated"]

COLUMNS: Final = (
    "draw", "patient", "arm", "age_group", "subtype", "line", "site", "schedule", "dose_level",
    "weight", "entry", "time", "time_upper", "event", "cause",
)  # fmt: skip
"""The columns that a cohort knows; only time and event are needed. Others are kept as they are."""

_NUMBERS: Final = ("weight", "entry", "time", "time_upper", "event")


@dataclass(frozen=True)
class Cohort:
    """Patients, validated, with what is to be said of them wherever they are shown.

    Parameters
    ----------
    patients : pandas.DataFrame
        One row a patient. Needed are `time` (months) and `event` (1, or 0 for censored). These
        may be there and, but for draw and patient, may be missing (NaN) in some rows:

        - draw: the reconstruction, from 0; 0 where left out.
        - patient: number or name, once in each draw; 1 to n where left out.
        - entry: months at which follow-up began, before `time` (delayed entry); 0 where missing.
        - time_upper: months of the first positive examination where `time` is the last negative
          one (interval censoring); missing where the time is exact, infinite where censored.
        - cause: what ended follow-up, in words; missing where censored. `event` stays 1 only for
          the endpoint's own event: a competing event has event 0 and a cause.
        - weight: at least 0.
        - arm, and the columns of `LEVELS`, which are categorical.
        - schedule: a delivered course that `Schedule.parse` reads; dose_level: which level of a
          boosted course counts, "boost" where the column is left out.
        - further endpoints: `<endpoint>_time` and `<endpoint>_event`, and where wanted
          `<endpoint>_entry`, `<endpoint>_time_upper` and `<endpoint>_cause`; see `at`.

        Other columns are kept as they are.
    label : str
        What the cohort is, in words that can stand under a figure.
    source : str
        Where it came from: a file or a citation.
    draws : int
        1 for patients; the number of reconstructions otherwise.
    levels : mapping of str to sequence of str, or to mapping of codes to str
        By column, levels of the cohort's own, in order: in place of those in `LEVELS`, or for
        other columns. A mapping says which level each code in the rows stands for.

    Raises
    ------
    InputError
        If a row has a problem; all are counted and the first 20 named.

    Examples
    --------
    >>> rows = pd.DataFrame({"time": [12.7, 3.1], "event": [1, 0], "subtype": ["HR+", None]})
    >>> own = Cohort(rows, label="two patients", source="example", levels={"subtype": ("HR+",)})
    >>> own.size, own.endpoints
    (2, ())
    """

    patients: pd.DataFrame
    label: str
    source: str
    draws: int = 1
    levels: Levels = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = validated(self.patients, where=self.source, levels=self.levels)
        object.__setattr__(self, "patients", rows)
        object.__setattr__(self, "levels", _own_levels(rows))
        found = rows["draw"].nunique()
        if found != self.draws:
            raise InputError(f"draws is {self.draws} but the rows hold {found}", where=self.source)

    @property
    def size(self) -> int:
        """Patients in one draw."""
        return len(self.patients) // self.draws

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The further endpoints, which `at` takes."""
        return _endpoints(self.patients)

    def frames(self) -> list[pd.DataFrame]:
        """Return one DataFrame a draw.

        Returns
        -------
        list of pandas.DataFrame
            With the columns of `patients` and an index from 0.
        """
        return [rows.reset_index(drop=True) for _, rows in self.patients.groupby("draw", sort=True)]

    def at(self, endpoint: str) -> "Cohort":
        """Return the cohort with another endpoint in the columns time, event and their like.

        Parameters
        ----------
        endpoint : str
            One of `endpoints`.

        Returns
        -------
        Cohort
            Without the patients of whom the endpoint isn't known; its label says how many.

        Raises
        ------
        InputError
            If there is no such endpoint.

        Examples
        --------
        >>> rows = pd.DataFrame({"time": [3.0, 4.0], "event": [1, 1], "os_time": [9.5, None],
        ...                      "os_event": [0, None]})
        >>> survival = Cohort(rows, label="two patients", source="example").at("os")
        >>> survival.patients["time"].tolist(), survival.label
        ([9.5], 'two patients; os; 1 of 2 rows without it left out')
        """
        one_of(endpoint, self.endpoints, f"{self.source}, endpoint")
        theirs = {f"{endpoint}_{part}": part for part in PARTS}
        rows = self.patients.drop(columns=list(PARTS), errors="ignore").rename(columns=theirs)
        known = rows[rows["time"].notna()]
        lost = len(rows) - len(known)
        left_out = f"; {lost} of {len(rows)} rows without it left out" if lost else ""
        return Cohort(
            known,
            label=f"{self.label}; {endpoint}{left_out}",
            source=self.source,
            draws=max(known["draw"].nunique(), 1),
            levels={name: levels for name, levels in self.levels.items() if name in known},
        )


def validated(patients: pd.DataFrame, *, where: str, levels: Levels | None = None) -> pd.DataFrame:
    """Return patients with known columns first, in order and of the right type.

    Parameters
    ----------
    patients : pandas.DataFrame
        As `Cohort` takes it.
    where : str
        What errors call it, for example the file's name.
    levels : mapping, optional
        Levels of the cohort's own, as `Cohort` takes them.

    Returns
    -------
    pandas.DataFrame
        A new frame; columns with levels are ordered categories.

    Raises
    ------
    InputError
        If a column is missing or a row has a problem.

    Examples
    --------
    >>> validated(pd.DataFrame({"Time": [1.0]}), where="cohort.csv")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: cohort.csv: there is no column time or event (is 'Time' time?); \
a cohort needs both, columns are Time
    """
    _check_columns(patients, where=where)
    rows = _with_defaults(patients.reset_index(drop=True))
    prefixes = ("", *(f"{name}_" for name in _endpoints(rows)))
    sets = level_sets(rows, levels or {}, where=where)
    for prefix in prefixes[1:]:
        if "cause" in sets and f"{prefix}cause" in rows:
            sets.setdefault(f"{prefix}cause", sets["cause"])
    parts = {f"{prefix}{part}": part for prefix in prefixes for part in PARTS}
    parts |= dict.fromkeys(sets, "") | {name: name for name in ("draw", "patient")}
    parts |= {name: name for name in ("schedule", "weight")}
    problems: list[Problem] = []
    for name in [each for each in rows if each in parts]:
        rows[name], wrong = checked(rows[name], parts[name], sets.get(name))
        problems += wrong
    problems += _unpaired(rows)
    for prefix in prefixes:
        problems += contradictions(rows, prefix)
    problems += _repeated(rows)
    if problems:
        raise InputError(summary(problems), where=where)
    return _typed(rows, prefixes, sets)


def complete(frame: pd.DataFrame, name: str, *, where: str | None = None) -> "pd.Series[Any]":
    """Return a column that has a value in every row.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients or profiles.
    name : str
        The column.
    where : str, optional
        What asks for it, for messages.

    Returns
    -------
    pandas.Series
        The column.

    Raises
    ------
    InputError
        If there is no such column, or some rows have no value in it.

    Examples
    --------
    >>> complete(pd.DataFrame({"subtype": ["HER2+", None]}), "subtype")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: column subtype: row 2 has no value; complete it or take the row \
out
    """
    if name not in frame:
        names = [str(each) for each in frame.columns]
        raise InputError(
            f"there is no column '{name}' in the cohort{suggestion(name, names)}; columns are "
            f"{', '.join(names)}",
            where=where,
        )
    missing = is_missing(frame[name]).nonzero()[0] + 1
    if len(missing):
        rows = ", ".join(map(str, missing[:20])) + (" and others" if len(missing) > 20 else "")
        one = len(missing) == 1
        told = f"row {rows} has no value" if one else f"{len(missing)} rows ({rows}) have no value"
        place = f"column {name}"
        raise InputError(
            f"{told}; complete {'it or take the row' if one else 'them or take the rows'} out",
            where=f"{where}, {place}" if where else place,
        )
    return frame[name]


def _check_columns(patients: pd.DataFrame, *, where: str) -> None:
    names = [str(name) for name in patients.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"column '{twice[0]}' is there twice; rename or drop one", where=where)
    missing = [name for name in ("time", "event") if name not in names]
    if missing:
        like = {each: name for each in names for name in missing if each.strip().lower() == name}
        hints = [f"is '{each}' {name}?" for each, name in like.items()]
        hint = f" ({'; '.join(hints)})" if hints else ""
        raise InputError(
            f"there is no column {' or '.join(missing)}{hint}; a cohort needs both, columns are "
            f"{', '.join(names)}",
            where=where,
        )
    stems = {(name.rpartition("_")[0], name.rpartition("_")[2]) for name in names}
    for stem, part in sorted(stems):
        other = {"time": "event", "event": "time"}.get(part)
        if stem and other and (stem, other) not in stems:
            raise InputError(
                f"there is a column {stem}_{part} but no {stem}_{other}; an endpoint has both, and "
                "a column that is no endpoint another name",
                where=where,
            )
    if patients.empty:
        raise InputError("there are no patients; give at least one row", where=where)


def _endpoints(rows: pd.DataFrame) -> tuple[str, ...]:
    stems = (str(name).removesuffix("_time") for name in rows if str(name).endswith("_time"))
    return tuple(filter(None, stems))


def _with_defaults(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.rename(columns=str)
    if "draw" not in rows:
        rows["draw"] = 0
    if "patient" not in rows:
        rows["patient"] = rows.groupby("draw", dropna=False).cumcount() + 1
    if "schedule" in rows and "dose_level" not in rows:
        rows["dose_level"] = "boost"
    return rows


def _unpaired(rows: pd.DataFrame) -> list[Problem]:
    """Return the rows in which a further endpoint has a time but no event, or the reverse."""
    found = []
    for name in _endpoints(rows):
        missing = {part: rows[f"{name}_{part}"].isna() for part in ("time", "event")}
        for part, other in (("time", "event"), ("event", "time")):
            alone = missing[part] & ~missing[other]
            found += [
                Problem(
                    int(row) + 1, f"{name}_{part}", f"there is no value, but {name}_{other} has"
                )
                for row in alone.to_numpy().nonzero()[0]
            ]
    return found


def _repeated(rows: pd.DataFrame) -> list[Problem]:
    keys = [*zip(rows["draw"], rows["patient"].map(plain_text), strict=True)]
    first: dict[tuple[object, object], int] = {}
    found = []
    for row, key in enumerate(keys, start=1):
        if None in key or key[1] == "None":
            continue
        if key in first:
            text = f"patient '{key[1]}' is in row {first[key]} too; a patient has one row in a draw"
            found.append(Problem(row, "patient", text))
        first.setdefault(key, row)
    return found


def _typed(
    rows: pd.DataFrame, prefixes: Sequence[str], sets: Mapping[str, LevelSet]
) -> pd.DataFrame:
    known = [name for name in COLUMNS if name in rows]
    rows = rows[[*known, *(name for name in rows if name not in COLUMNS)]].copy()
    kinds: dict[str, object] = {"draw": int, "schedule": "str", "cause": "str"}
    kinds |= dict.fromkeys(_NUMBERS, float) | {"event": int, "patient": _patient_type(rows)}
    for prefix in filter(None, prefixes):
        kinds |= {f"{prefix}{part}": "str" if part == "cause" else float for part in PARTS}
    rows = rows.astype({name: kind for name, kind in kinds.items() if name in rows})
    for name, levels in sets.items():
        rows[name] = pd.Categorical(rows[name], categories=list(levels.names), ordered=True)
    return rows


def _patient_type(rows: pd.DataFrame) -> object:
    numbers = all(isinstance(value, int) and abs(value) < 2**63 for value in rows["patient"])
    return int if numbers else "str"


def _own_levels(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    levels = {str(name): ordered_names(rows[name]) for name in rows}
    return {name: names for name, names in levels.items() if names and LEVELS.get(name) != names}
