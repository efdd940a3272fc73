"""The levels of categorical columns: the default vocabulary, and a cohort's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final

import pandas as pd

from oligotrial.checks import InputError, suggestion

__all__ = ["LEVELS", "LevelSet", "Levels", "level_sets", "ordered_names", "plain_text"]

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "age_group": ("<40", "40-50", "51-70", ">70"),
    "subtype": ("luminal A-like", "luminal B-like", "HER2+", "triple negative"),
    "line": ("first", "second", "third", "fourth+"),
    "site": ("brain", "bone", "lung", "nodes", "primary", "liver"),
    "dose_level": ("boost", "base"),
}
"""The default levels of categorical columns, in order. `line` counts systemic therapies."""

type Levels = Mapping[str, Sequence[str] | Mapping[Any, str]]
"""By column: levels in order, or the level that each code of a file stands for, in order."""

WITHOUT: Final = ("draw", "patient", "weight", "entry", "time", "time_upper", "event", "schedule")
"""Columns that are numbers, names of patients or courses, and so have no levels."""


@dataclass(frozen=True)
class LevelSet:
    """What the values of one categorical column may be.

    Parameters
    ----------
    column : str
        The column.
    names : tuple of str
        The levels, in order.
    codes : mapping of str to str
        The level of each code that stands for one, codes as text.
    """

    column: str
    names: tuple[str, ...]
    codes: Mapping[str, str]

    def level(self, value: object) -> str:
        """Return the level that a value names or is the code of.

        Parameters
        ----------
        value : object
            A cell; whole numbers are the same code however they are written (1, 1.0, "1").

        Returns
        -------
        str
            One of `names`.

        Raises
        ------
        InputError
            If it is none of them.
        """
        text = plain_text(value)
        if text in self.names:
            return text
        if text in self.codes:
            return self.codes[text]
        allowed = ", ".join(f"'{name}'" for name in (*self.names, *self.codes))
        close = suggestion(text, self.names)
        way_out = f"; levels of your own are given by levels={{'{self.column}': (...)}}"
        raise InputError(f"'{value}' is not one of {allowed}{close}{way_out}")


def level_sets(rows: pd.DataFrame, own: Levels, *, where: str) -> dict[str, LevelSet]:
    """Return the levels of every categorical column that is there.

    Parameters
    ----------
    rows : pandas.DataFrame
        Patients. A column that is an ordered categorical brings its own levels.
    own : mapping
        The cohort's own levels; they come before all others.
    where : str
        What errors call the cohort.

    Returns
    -------
    dict of str to LevelSet
        By column.

    Raises
    ------
    InputError
        If levels are given for a column that is not there or has none, or are no levels.

    Examples
    --------
    >>> grades = {"grade": {1: "low", 2: "high"}}
    >>> level_sets(pd.DataFrame({"grade": [2.0]}), grades, where="example")["grade"].level(2.0)
    'high'
    """
    found = {name: LevelSet(name, names, {}) for name, names in LEVELS.items() if name in rows}
    for name in rows:
        brought = ordered_names(rows[name])
        if brought:
            found[str(name)] = LevelSet(str(name), brought, {})
    for name, levels in own.items():
        if name not in rows:
            names = [str(each) for each in rows]
            raise InputError(
                f"levels are given for column '{name}', which is not there"
                f"{suggestion(name, names)}; columns are {', '.join(names)}",
                where=where,
            )
        found[name] = _given(name, levels, where=f"{where}, levels of {name}")
    return found


def ordered_names(values: "pd.Series[Any]") -> tuple[str, ...]:
    """Return the levels that an ordered categorical column of texts brings, or nothing.

    Parameters
    ----------
    values : pandas.Series
        A column.

    Returns
    -------
    tuple of str
        Its levels in order; empty for any other column.
    """
    kind = values.dtype
    if not isinstance(kind, pd.CategoricalDtype) or not kind.ordered:
        return ()
    names = tuple(kind.categories)
    return names if all(isinstance(name, str) for name in names) else ()


def _given(column: str, levels: Sequence[str] | Mapping[Any, str], *, where: str) -> LevelSet:
    if column in WITHOUT:
        raise InputError("this column has no levels; take it out of levels=", where=where)
    if isinstance(levels, str):
        raise InputError(f"'{levels}' is one text; give a tuple of levels", where=where)
    named = levels.values() if isinstance(levels, Mapping) else levels
    names = tuple(dict.fromkeys(named))
    wrong = [name for name in names if not isinstance(name, str) or not name.strip()]
    if wrong or not names:
        what = repr(wrong[0]) if wrong else "nothing"
        raise InputError(f"{what} is no level; give names, such as ('low', 'high')", where=where)
    if not isinstance(levels, Mapping):
        if len(names) < len(levels):
            raise InputError("a level is given twice; give each once", where=where)
        return LevelSet(column, names, {})
    return LevelSet(column, names, {plain_text(code): name for code, name in levels.items()})


def plain_text(value: object) -> str:
    """Return a cell as text without blanks around it; whole numbers without a decimal point.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    str
        Its text.

    Examples
    --------
    >>> plain_text(2.0), plain_text(" brain ")
    ('2', 'brain')
    """
    whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if whole and not isinstance(value, bool):
        return str(int(value))  # type: ignore[call-overload]
    return str(value).strip()
