"""Rows become patients: every column read by its rule, every problem told at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.levels import Levels, LevelSet, level_sets, plain_text
from oligotrial.cohort.rules import PARTS, checked, contradictions, is_missing, slips
from oligotrial.cohort.sheet import Problem, refusal

__all__ = ["COLUMNS", "complete", "endpoints_of", "problems_of", "validated"]

COLUMNS: Final = (
    "draw", "patient", "arm", "age_group", "subtype", "line", "site", "schedule", "dose_level",
    "weight", "entry", "time", "time_upper", "event", "cause",
)  # fmt: skip
"""The columns that a cohort knows; only time and event are needed. Others are kept as they are."""

_NUMBERS: Final = ("weight", "entry", "time", "time_upper", "event")


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
    rows, sets, problems = _examined(patients, levels or {}, where=where)
    if problems:
        raise refusal(problems, where=where)
    return _typed(rows, ("", *(f"{name}_" for name in endpoints_of(rows))), sets)


def problems_of(
    patients: pd.DataFrame, *, where: str, levels: Levels | None = None
) -> list[Problem]:
    """Return everything for which `validated` would refuse patients.

    Parameters
    ----------
    patients : pandas.DataFrame
        As `Cohort` takes it.
    where : str
        What problems call it, for example the file's name.
    levels : mapping, optional
        Levels of the cohort's own, as `Cohort` takes them.

    Returns
    -------
    list of Problem
        Empty where patients are valid.

    Examples
    --------
    >>> problems_of(pd.DataFrame({"time": [-1.0], "event": [2]}), where="own.csv")[1].text
    "'2' is neither 1 (event) nor 0 (censored)"
    """
    found = _examined(patients, levels or {}, where=where)[-1]
    return [each if each.where else each._replace(where=where) for each in found]


def _examined(
    patients: pd.DataFrame, levels: Levels, *, where: str
) -> tuple[pd.DataFrame, dict[str, LevelSet], list[Problem]]:
    """Return rows as they were read, the levels of columns, and all that is wrong with them."""
    problems = _wrong_columns(patients)
    rows = _with_defaults(patients.reset_index(drop=True))
    endpoints = [name for name in endpoints_of(rows) if f"{name}_event" in rows]
    prefixes = ("", *(f"{name}_" for name in endpoints))
    sets = _levels(rows, levels, problems, where=where)
    for prefix in prefixes[1:]:
        if "cause" in sets and f"{prefix}cause" in rows:
            sets.setdefault(f"{prefix}cause", sets["cause"])
    parts = {f"{prefix}{part}": part for prefix in prefixes for part in PARTS}
    parts |= dict.fromkeys(sets, "") | {name: name for name in ("draw", "patient")}
    parts |= {name: name for name in ("schedule", "weight")}
    for name in [each for each in rows if each in parts]:
        rows[name], wrong = checked(rows[name], parts[name], sets.get(name))
        problems += wrong
    for own in [each for each in rows if each not in COLUMNS and each not in parts]:
        problems += slips(rows[own])
    problems += _unpaired(rows, endpoints)
    for prefix in prefixes:
        problems += contradictions(rows, prefix)
    problems += _repeated(rows)
    return rows, sets, problems


def _levels(
    rows: pd.DataFrame, own: Levels, problems: list[Problem], *, where: str
) -> dict[str, LevelSet]:
    """Return the levels of columns, with a problem for each of the cohort's own that are none."""
    sets = level_sets(rows, {}, where=where)
    for name, levels in own.items():
        try:
            sets[name] = level_sets(rows, {name: levels}, where=where)[name]
        except InputError as error:
            told = str(error).removeprefix(where).removeprefix(", ").removeprefix(": ")
            problems.append(Problem(0, "", told))
            sets.pop(name, None)  # not told as well: values that other levels don't have
    return sets


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


def _wrong_columns(patients: pd.DataFrame) -> list[Problem]:
    """Return what is wrong with the columns' names, and with there being no rows."""
    names = [str(name) for name in patients.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    texts = [f"column '{name}' is there twice; rename or drop one" for name in twice]
    missing = [name for name in ("time", "event") if name not in names]
    if missing:
        like = {each: name for each in names for name in missing if each.strip().lower() == name}
        hints = [f"is '{each}' {name}?" for each, name in like.items()]
        hint = f" ({'; '.join(hints)})" if hints else ""
        texts.append(
            f"there is no column {' or '.join(missing)}{hint}; a cohort needs both, columns are "
            f"{', '.join(names)}"
        )
    stems = {(name.rpartition("_")[0], name.rpartition("_")[2]) for name in names}
    for stem, part in sorted(stems):
        other = {"time": "event", "event": "time"}.get(part)
        if stem and other and (stem, other) not in stems:
            texts.append(
                f"there is a column {stem}_{part} but no {stem}_{other}; an endpoint has both, and "
                "a column that is no endpoint another name"
            )
    if patients.empty:
        texts.append("there are no patients; give at least one row")
    return [Problem(0, "", text) for text in texts]


def endpoints_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the names of the further endpoints that rows have columns of."""
    stems = (str(name).removesuffix("_time") for name in rows if str(name).endswith("_time"))
    return tuple(filter(None, stems))


def _with_defaults(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.rename(columns=str)
    rows = rows.loc[:, ~rows.columns.duplicated()]
    if "draw" not in rows:
        rows["draw"] = 0
    if "patient" not in rows:
        rows["patient"] = rows.groupby("draw", dropna=False).cumcount() + 1
    if "schedule" in rows and "dose_level" not in rows:
        rows["dose_level"] = "boost"
    return rows


def _unpaired(rows: pd.DataFrame, endpoints: Sequence[str]) -> list[Problem]:
    """Return the rows in which a further endpoint has a time but no event, or the reverse."""
    found = []
    for name in endpoints:
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
    kinds: dict[str, Any] = {"draw": int, "schedule": "str", "cause": "str"}
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
