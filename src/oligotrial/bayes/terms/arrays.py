"""Columns of patients as arrays, and the sums that symbols and draws share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.terms.base import FORMULA
from oligotrial.checks import InputError
from oligotrial.cohort.validate import complete

__all__ = ["column", "dot", "elementwise", "numbers", "quantile_knots", "spread_out"]

LARGEST = 1e100
"""No measurement is beyond it, or differs from another by less than its inverse; squares and cubes
of larger or smaller numbers are not finite, or 0."""

_SEVERAL = (list, tuple)


def column(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column of a cohort, or raise `InputError` naming what there is.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients or profiles.
    name : str
        The column.

    Returns
    -------
    pandas.Series
        The column.

    Raises
    ------
    InputError
        If there is no such column, or a row has no value in it.
    """
    return complete(frame, name, where=FORMULA)


def numbers(values: "pd.Series[Any]", name: str) -> np.ndarray:
    """Return a column as finite numbers, or raise `InputError`.

    Parameters
    ----------
    values : pandas.Series
        The column.
    name : str
        What it is called.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    InputError
        If a value is no finite number.
    """
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    if not np.all(np.abs(found) < LARGEST):
        raise InputError(
            f"column '{name}' has values that are not numbers; a plain column is a "
            "linear effect, for groups write factor(), pooled() or monotone()",
            where=FORMULA,
        )
    return np.asarray(found)


def spread_out(values: np.ndarray, name: str) -> None:
    """Raise `InputError` if all patients have the same number, of which no effect can be told.

    Parameters
    ----------
    values : numpy.ndarray
        The numbers.
    name : str
        What they are of.

    Raises
    ------
    InputError
        If all are equal.
    """
    if len(values) and np.ptp(values) < 1.0 / LARGEST:
        raise InputError(
            f"all patients have the same {name}, so that its effect can't be told from the "
            "baseline; take it out of the formula",
            where=FORMULA,
        )


def dot(coefficients: Any, columns: Any) -> Any:
    """Return the sum of coefficients times columns.

    Parameters
    ----------
    coefficients : sequence of arrays, or array
        One for each column; or one array of them, with a matrix of columns.
    columns : sequence of arrays, or array
        Each of shape (patients,); or a matrix of shape (columns, patients).

    Returns
    -------
    array
        The sum.
    """
    if not isinstance(coefficients, _SEVERAL) and getattr(columns, "ndim", 1) == 2:
        return coefficients @ columns
    known = coefficients if isinstance(coefficients, _SEVERAL) else columns
    total: Any = 0.0
    for k in range(len(known)):
        total = total + coefficients[k] * columns[k]
    return total


def quantile_knots(values: np.ndarray, count: int) -> np.ndarray:
    """Return knots at even quantiles of the patients, the outer ones at 5% and 95%.

    Parameters
    ----------
    values : numpy.ndarray
        The patients' numbers.
    count : int
        Knots wanted.

    Returns
    -------
    numpy.ndarray
        As many, or fewer: of few different values each is a knot, and of knots closer together
        than a hundredth of their range the first is kept.

    Notes
    -----
    Harrell (2015), Regression Modeling Strategies, 2nd edition, doi:10.1007/978-3-319-19425-7,
    table 2.3, for 5 knots.
    """
    knots = np.unique(values)
    if len(knots) > count:
        knots = np.unique(np.quantile(values, np.linspace(0.05, 0.95, count)))
    apart = np.diff(knots, prepend=-np.inf) > 0.01 * (knots[-1] - knots[0])
    return np.asarray(knots[apart])


def elementwise(function: Callable[..., Any], *parameters: Any) -> Any:
    """Return a function of parameters of several elements, each element by itself.

    Parameters
    ----------
    function : callable
        Takes one element of each.
    *parameters : sequence of arrays, or array
        Lists of as many elements; or arrays.

    Returns
    -------
    list of arrays, or array
        As the parameters are.
    """
    if isinstance(parameters[0], _SEVERAL):
        return [function(*each) for each in zip(*parameters, strict=True)]
    return function(*parameters)
