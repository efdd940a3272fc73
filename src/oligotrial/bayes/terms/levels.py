"""Which levels a factor has, and who has which."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.terms.arrays import column
from oligotrial.bayes.terms.base import FORMULA
from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.levels import LEVELS, ordered_names, plain_text

__all__ = ["codes", "is_level", "known_levels", "present_levels", "stated_levels"]


def known_levels(name: str, levels: Sequence[str]) -> Sequence[str]:
    """Return a factor's levels, those of the cohort's schema where none are given.

    Parameters
    ----------
    name : str
        The column.
    levels : sequence of str
        What is known of it; may be empty.

    Returns
    -------
    sequence of str
        Its levels.

    Raises
    ------
    InputError
        If nothing is known.
    """
    if levels:
        return levels
    if name not in LEVELS:
        raise InputError(
            f"column '{name}' is not a factor that cohorts have"
            f"{suggestion(name, LEVELS)}; factors are {', '.join(LEVELS)}, and others of "
            f"which the cohort states the levels: read(..., levels={{'{name}': (...)}})",
            where=FORMULA,
        )
    return LEVELS[name]


def stated_levels(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Return the levels in order that an ordered column states, where the schema has others.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients.
    name : str
        The column.

    Returns
    -------
    tuple of str
        Levels; none where the column states none or those of the schema.
    """
    levels = ordered_names(column(frame, name))
    return () if levels == LEVELS.get(name) else levels


def present_levels(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Return the levels that patients have: in the order stated, else sorted.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients.
    name : str
        The column; any values, taken as texts.

    Returns
    -------
    tuple of str
        Levels, in the order of an ordered column or of the schema, else numbers by size and texts
        by the alphabet.
    """
    values = column(frame, name)
    there = {plain_text(value) for value in values.unique()}
    order = ordered_names(values) or LEVELS.get(name, ())
    if there <= set(order):
        return tuple(level for level in order if level in there)
    return tuple(sorted(there, key=_by_size))


def codes(
    frame: pd.DataFrame, name: str, levels: Sequence[str], *, way_out: str = ""
) -> np.ndarray:
    """Return each row's level by its number, or raise `InputError` at one that isn't known.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients or profiles.
    name : str
        The column.
    levels : sequence of str
        Its levels.
    way_out : str, optional
        What else may be written, for the message.

    Returns
    -------
    numpy.ndarray
        Shape (rows,), whole numbers from 0.

    Raises
    ------
    InputError
        If a value is missing or no level.
    """
    values = column(frame, name).map(plain_text)
    found = pd.Index(list(levels), dtype=object).get_indexer(pd.Index(values, dtype=object))
    if (found < 0).any():
        unknown = str(values[found < 0].iloc[0])
        raise InputError(
            f"'{unknown}' is not a level of {name}{suggestion(unknown, list(levels))}; levels are "
            f"{', '.join(levels)}{way_out}",
            where=f"column {name}",
        )
    return np.asarray(found)


def is_level(code: np.ndarray, ranks: Sequence[int]) -> np.ndarray:
    """Return who has which level.

    Parameters
    ----------
    code : numpy.ndarray
        Shape (rows,).
    ranks : sequence of int
        Numbers of levels.

    Returns
    -------
    numpy.ndarray
        Shape (levels, rows), 1 where the row has the level.
    """
    return np.asarray(code[None, :] == np.asarray(ranks)[:, None], dtype=float)


def _by_size(level: str) -> tuple[bool, float, Any]:
    try:
        return False, float(level), level
    except ValueError:
        return True, 0.0, level
