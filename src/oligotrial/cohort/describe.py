"""Table 1 of a cohort: as numbers, and laid out for print."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.levels import plain_text
from oligotrial.cohort.rules import PARTS
from oligotrial.cohort.schema import Cohort
from oligotrial.cohort.validate import complete, endpoints_of
from oligotrial.estimators import Median, follow_up, median

__all__ = ["TO_EVENT", "TO_EVENT_CENSORED", "describe"]

MOST_LEVELS: Final = 30
"""A text column of more different values is a name or note, whose values aren't counted."""

TO_EVENT: Final = "median to event"
TO_EVENT_CENSORED: Final = "median to event, other causes censored"
"""The same where there are competing causes: what 1 - Kaplan-Meier tells, not an incidence."""

type _Row = tuple[str, str, str, float, float]
"""Variable, level, statistic, value, percent."""


def describe(cohort: Cohort, *, by: str | None = None) -> pd.DataFrame:
    """Return Table 1: counts of levels, numbers' means and quartiles, follow-up, missing values.

    Parameters
    ----------
    cohort : Cohort
        Patients, or draws of a reconstruction.
    by : str, optional
        A column whose groups are described apart, after all patients.

    Returns
    -------
    pandas.DataFrame
        One row a number: group ("all", then the levels of `by`), variable, level, statistic,
        value, low, high and percent. Statistics are "n" and "missing" (counts of patients; percent
        is of the group's patients, those with missing values included); "mean", "sd", "median",
        "lower quartile", "upper quartile", "least" and "greatest" of numbers (quartiles by linear
        interpolation, R's type 7); "median to event" (Kaplan-Meier; infinite where it isn't
        reached, missing where late entries leave it undefined), "median follow-up" (reverse
        Kaplan-Meier: what ends it is neither event nor competing cause), "shortest" and "longest"
        of times, in months. With competing causes the median is that of a world without them, and
        called "median to event, other causes censored"; `estimators.cumulative_incidence` is of
        this world. `value` is the mean over draws with its lowest and highest value (all equal for
        real patients). Weights don't count.

    Raises
    ------
    InputError
        If `by` is no column or has missing values.

    See Also
    --------
    table_one : Lays it out as a paper's Table 1.

    Examples
    --------
    >>> rows = pd.DataFrame({"time": [12.7, 3.1], "event": [1, 0], "line": ["first", None]})
    >>> table = describe(Cohort(rows, label="two patients", source="example"))
    >>> table[table["variable"] == "line"][["level", "statistic", "value", "percent"]]
         level statistic  value  percent
    1    first         n    1.0     50.0
    2   second         n    0.0      0.0
    3    third         n    0.0      0.0
    4  fourth+         n    0.0      0.0
    5            missing    1.0     50.0
    """
    groups = _groups(cohort.patients, by)
    rows = [
        (number, group, *row)
        for number, frame in enumerate(cohort.frames())
        for group in groups
        for row in _described(frame if group == "all" else _part(frame, by, group), cohort)
    ]
    names = ["group", "variable", "level", "statistic"]
    table = pd.DataFrame(rows, columns=["draw", *names, "value", "percent"])
    return _over_draws(table, names)


def _groups(patients: pd.DataFrame, by: str | None) -> list[str]:
    if by is None:
        return ["all"]
    levels = _levels(complete(patients, by, where="by"))
    if "all" in levels:
        raise InputError("a level is called 'all', as all patients are; rename it", where=by)
    return ["all", *levels]


def _part(frame: pd.DataFrame, by: str | None, group: str) -> pd.DataFrame:
    return frame[frame[by].map(plain_text).astype("str") == group]


def _over_draws(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    parts = table.groupby(names, sort=False, observed=True)
    value = parts["value"]
    return pd.DataFrame(
        {
            "value": value.mean(),
            "low": value.min(),
            "high": value.max(),
            "percent": parts["percent"].mean(),
        }
    ).reset_index()


def _described(frame: pd.DataFrame, cohort: Cohort) -> Iterator[_Row]:
    size = len(frame)
    yield "patients", "", "n", float(size), 100.0 if size else np.nan
    endpoints = ("", *(f"{name}_" for name in endpoints_of(cohort.patients)))
    follow_up_columns = {f"{prefix}{part}" for prefix in endpoints for part in PARTS}
    for name in cohort.patients:
        if name in {"draw", "patient"} | follow_up_columns:
            continue
        yield from _variable(frame, str(name), cohort.patients[name])
    for prefix in endpoints:
        yield from _follow_up(frame, prefix, cohort.patients)


def _variable(frame: pd.DataFrame, name: str, whole: "pd.Series[Any]") -> Iterator[_Row]:
    values = frame[name]
    if pd.api.types.is_numeric_dtype(whole) and not pd.api.types.is_bool_dtype(whole):
        yield from _numbers(name, values.dropna().to_numpy(dtype=float))
    elif not pd.api.types.is_datetime64_any_dtype(whole):
        levels = _levels(whole)
        if len(levels) <= MOST_LEVELS or isinstance(whole.dtype, pd.CategoricalDtype):
            yield from _counts(name, values, levels)
    if whole.isna().any():
        yield from _missing(name, values)


def _numbers(name: str, known: np.ndarray) -> Iterator[_Row]:
    values = known if len(known) else np.array([np.nan])
    statistics = {
        "mean": values.mean(),
        "sd": values.std(ddof=1) if len(known) > 1 else np.nan,
        "median": np.median(values),
        "lower quartile": np.quantile(values, 0.25),
        "upper quartile": np.quantile(values, 0.75),
        "least": values.min(),
        "greatest": values.max(),
    }
    for statistic, value in statistics.items():
        yield name, "", statistic, float(value), np.nan


def _levels(values: "pd.Series[Any]") -> list[str]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [plain_text(each) for each in values.cat.categories]
    return sorted({plain_text(each) for each in values.dropna()})


def _counts(name: str, values: "pd.Series[Any]", levels: list[str]) -> Iterator[_Row]:
    found = values.dropna().map(plain_text).astype("str").value_counts()
    for level in levels:
        n = float(found.get(level, 0))
        yield name, level, "n", n, 100.0 * n / len(values) if len(values) else np.nan


def _missing(name: str, values: "pd.Series[Any]") -> Iterator[_Row]:
    n = float(values.isna().sum())
    yield name, "", "missing", n, 100.0 * n / len(values) if len(values) else np.nan


def _follow_up(frame: pd.DataFrame, prefix: str, whole: pd.DataFrame) -> Iterator[_Row]:
    known = frame[frame[f"{prefix}time"].notna()]
    yield from _counts(f"{prefix}event", known[f"{prefix}event"], ["1", "0"])
    if f"{prefix}cause" in whole:
        causes = frame[f"{prefix}cause"]
        yield from _counts(f"{prefix}cause", causes, _levels(whole[f"{prefix}cause"]))
    name = f"{prefix}time"
    if whole[name].isna().any():
        yield from _missing(name, frame[name])
    for statistic, months in _times(known, prefix, whole).items():
        yield name, "", statistic, months, np.nan


def _times(known: pd.DataFrame, prefix: str, whole: pd.DataFrame) -> dict[str, float]:
    """Return medians and range; no medians where censoring is by intervals.

    Kaplan-Meier would take the last negative examination for the event's time.
    """
    cause = f"{prefix}cause"
    competing = cause in whole and bool(
        (whole[cause].notna() & (whole[f"{prefix}event"] == 0)).any()
    )
    names = [TO_EVENT_CENSORED if competing else TO_EVENT, "median follow-up"]
    upper = f"{prefix}time_upper"
    if upper in whole and np.isfinite(whole[upper]).any():
        names = []
    if known.empty:
        return dict.fromkeys([*names, "shortest", "longest"], np.nan)
    time, event = known[f"{prefix}time"].to_numpy(), known[f"{prefix}event"].to_numpy()
    entry = known[f"{prefix}entry"].fillna(0.0).to_numpy() if f"{prefix}entry" in known else None
    ended = event if cause not in known else np.where(known[cause].notna(), 1, event)
    medians = [_median(median, time, event, entry), _median(follow_up, time, ended, entry)]
    found = dict(zip(names, medians, strict=False))
    return found | {"shortest": float(time.min()), "longest": float(time.max())}


def _median(
    of: Callable[..., Median], time: np.ndarray, event: np.ndarray, entry: np.ndarray | None
) -> float:
    try:
        return of(time, event, entry=entry).value
    except InputError:  # everybody at risk early had the event: there is no curve beyond
        return np.nan
