"""A cohort's description laid out as a paper's Table 1."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.describe import TO_EVENT, TO_EVENT_CENSORED

__all__ = ["table_one"]


def table_one(described: pd.DataFrame, *, decimals: int = 1) -> pd.DataFrame:
    """Lay a description out for print.

    Parameters
    ----------
    described : pandas.DataFrame
        What `describe` returned.
    decimals : int, optional
        Decimals of numbers and percentages.

    Returns
    -------
    pandas.DataFrame
        Texts: variable, level, and a column for each group, headed by its patients. Levels are
        "n (%)"; numbers "median (range)" and "mean (SD)"; times their median and
        range in months. Of a reconstruction a count is its mean over draws, with the lowest
        and highest in brackets where they differ.

    Raises
    ------
    InputError
        If the table isn't one of `describe`.

    Examples
    --------
    >>> from oligotrial.cohort import Cohort, describe
    >>> rows = pd.DataFrame({"time": [12.7, 3.1], "event": [1, 0], "age": [57, 61]})
    >>> cohort = Cohort(rows, label="two patients", source="example")
    >>> table_one(describe(cohort)).head(3)
      variable           level          all (n = 2)
    0      age  median (range)  59.0 (57.0 to 61.0)
    1      age       mean (SD)           59.0 (2.8)
    2    event               1             1 (50.0)
    """
    needed = {"group", "variable", "level", "statistic", "value", "low", "high", "percent"}
    if not needed <= set(described.columns):
        raise InputError("this is no table of describe(); give what it returns", where="described")
    columns: dict[str, dict[tuple[str, str], str]] = {}
    for group, rows in described.groupby("group", sort=False):
        size = rows.loc[rows["variable"] == "patients"].iloc[0]
        columns[f"{group} (n = {_count(size)})"] = dict(_cells(rows, decimals))
    keys = list(dict.fromkeys(key for cells in columns.values() for key in cells))
    table = pd.DataFrame(keys, columns=["variable", "level"])
    for head, cells in columns.items():
        table[head] = [cells.get(key, "") for key in keys]
    return table


def _cells(rows: pd.DataFrame, decimals: int) -> Iterator[tuple[tuple[str, str], str]]:
    for variable, part in rows.groupby("variable", sort=False):
        name = str(variable)
        if name == "patients":
            continue
        text = {
            str(row["statistic"]): _number(row["value"], decimals)
            for row in part[part["level"] == ""].to_dict("records")
        }
        if "mean" in text:
            yield (name, "median (range)"), _ranged(text, "median", "least", "greatest")
            yield (name, "mean (SD)"), f"{text['mean']} ({text['sd']})"
        for median in (TO_EVENT, TO_EVENT_CENSORED, "median follow-up"):
            if median in text:
                yield (name, f"{median}, months"), text[median]
        if "longest" in text:
            yield (name, "range, months"), f"{text['shortest']} to {text['longest']}"
        for _, row in part[part["statistic"].isin(["n", "missing"])].iterrows():
            level = row["level"] if row["statistic"] == "n" else "missing"
            share = _number(row["percent"], decimals)
            yield (name, str(level)), f"{_count(row)} ({share})" if share else _count(row)


def _ranged(text: dict[str, str], middle: str, low: str, high: str) -> str:
    return f"{text[middle]} ({text[low]} to {text[high]})"


def _count(row: "pd.Series[Any]") -> str:
    n, low, high = row["value"], row["low"], row["high"]
    return f"{n:g}" if low == high else f"{n:.1f} [{low:g} to {high:g}]"


def _number(value: float, decimals: int) -> str:
    if math.isnan(value):
        return ""
    return "not reached" if math.isinf(value) else f"{value:.{decimals}f}"
