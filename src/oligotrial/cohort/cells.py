"""Cells of files as typed columns: what is a number, a text, nothing."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from oligotrial.cohort.levels import plain_text
from oligotrial.cohort.rules import NUMBER

__all__ = ["MISSING", "column", "text_column", "trimmed"]

MISSING: Final = ("", "NA", "NaN", ".")
"""Texts that stand for no value: what spreadsheets, R, Python and SAS write."""


def column(cells: Sequence[object]) -> "pd.Series[Any]":
    """Return typed cells as a column of one type.

    Parameters
    ----------
    cells : sequence
        Numbers, texts, truth values, dates; None where there is nothing.

    Returns
    -------
    pandas.Series
        Of whole numbers, numbers, truth values, dates or texts; where kinds are mixed, of texts.

    Examples
    --------
    >>> column([1, None, 3]).dtype, column([1, 2.5]).dtype, column(["a", 1]).tolist()
    (Int64Dtype(), dtype('float64'), ['a', '1'])
    """
    found = _of_one_kind(cells)
    if found is not None:
        return found
    if any(isinstance(cell, bool | int | float | str) for cell in cells):
        return pd.Series(
            [None if cell is None else plain_text(cell) for cell in cells], dtype="str"
        )
    return pd.Series(cells)


def text_column(texts: Sequence[str | None]) -> "pd.Series[Any]":
    """Return the texts of a file as numbers or truth values if all are, else as they are.

    Parameters
    ----------
    texts : sequence of str or None
        Cells; None where there is nothing.

    Returns
    -------
    pandas.Series
        Texts where one of them is no number that can be held: "007" is a name, "1e999" too big.

    Examples
    --------
    >>> text_column(["1", None]).dtype, text_column(["1.5", "2"]).tolist()
    (Int64Dtype(), [1.5, 2.0])
    >>> text_column(["1.50", "007"]).tolist(), text_column(["TRUE", "false"]).tolist()
    (['1.50', '007'], [True, False])
    """
    found = _of_one_kind([None if text is None else _value(text) for text in texts])
    return pd.Series(texts, dtype="str") if found is None else found


def trimmed(cell: object) -> object:
    """Return a cell without blanks around it, and None for a text that stands for no value."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    return None if text in MISSING else text


def _of_one_kind(cells: Sequence[object]) -> "pd.Series[Any] | None":
    """Return numbers or truth values as a column, or None where some are something else."""
    kinds = {type(cell) for cell in cells if cell is not None}
    missing = any(cell is None for cell in cells)
    if not kinds:
        return pd.Series(np.full(len(cells), np.nan))
    if kinds == {bool}:
        return pd.Series(cells, dtype="boolean" if missing else "bool")
    if kinds == {int} and all(_within(cell, 2**63 - 1) for cell in cells):
        return pd.Series(cells, dtype="Int64" if missing else "int64")
    if kinds <= {int, float} and all(_within(cell, 2**53) for cell in cells):
        return pd.Series(cells, dtype=float)
    return None


def _within(cell: object, bound: int) -> bool:
    return not isinstance(cell, int) or abs(cell) <= bound


def _value(text: str) -> bool | int | float | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text in ("inf", "-inf"):
        return float(text)
    digits = text.lstrip("+-")
    if not NUMBER.fullmatch(text) or (digits[:1] == "0" and digits[1:2].isdigit()):
        return text
    if digits.isdigit():
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else text
