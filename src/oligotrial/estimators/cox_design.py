"""Covariates as a regression takes them: a named column for each coefficient."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from oligotrial.checks import InputError

__all__ = ["Covariates", "Design", "covariate_table", "design"]

type Covariates = pd.DataFrame | Mapping[str, ArrayLike] | ArrayLike


@dataclass(frozen=True)
class Design:
    """Covariates in columns of numbers.

    Parameters
    ----------
    columns : numpy.ndarray
        Shape (patient, coefficient).
    names : tuple of str
        Name of each column: the covariate's own, or ``covariate[category]`` for the indicator
        of a category.
    terms : tuple of str
        Shape (coefficient,): the covariate that each column belongs to.
    """

    columns: np.ndarray
    names: tuple[str, ...]
    terms: tuple[str, ...]

    def of_terms(self) -> dict[str, list[int]]:
        """Return the places of each covariate's columns."""
        places = groupby(range(len(self.terms)), key=lambda place: self.terms[place])
        return {term: list(columns) for term, columns in places}


def design(covariates: Covariates, patients: int) -> Design:
    """Return covariates as columns of numbers, or raise `InputError`.

    Parameters
    ----------
    covariates : pandas.DataFrame, mapping of columns, or array_like
        A column a covariate, or one plain list. Numbers and booleans are taken as they are;
        words and categories become an indicator for each value but the first (of a
        categorical column its first category, else the first in sorted order).
    patients : int
        Number of rows there must be.

    Returns
    -------
    Design
        Columns, named ``x1``, ``x2`` and so on where the covariates have no names.

    Raises
    ------
    InputError
        If rows are too many or too few, there are no columns, two have one name, or a value is
        missing or infinite.

    Examples
    --------
    >>> made = design(pd.DataFrame({"age": [61, 54], "cell": ["small", "large"]}), 2)
    >>> made.names, made.columns.tolist()
    (('age', 'cell[small]'), [[61.0, 1.0], [54.0, 0.0]])
    """
    table = covariate_table(covariates)
    if len(table) != patients:
        raise InputError(
            f"{len(table)} rows for {patients} times; give one a time", where="covariates"
        )
    if table.columns.empty or not table.columns.is_unique:
        raise InputError("give at least one column, and each a name of its own", where="covariates")
    parts = [_columns(table[name], str(name)) for name in table.columns]
    return Design(
        np.column_stack([column for part in parts for column in part.values()]),
        tuple(name for part in parts for name in part),
        tuple(str(term) for term, part in zip(table.columns, parts, strict=True) for _ in part),
    )


def covariate_table(covariates: Covariates) -> pd.DataFrame:
    """Return covariates as a data frame, whatever they were given as, or raise `InputError`."""
    if isinstance(covariates, pd.DataFrame):
        return covariates
    if isinstance(covariates, Mapping):
        if len({np.shape(column) for column in covariates.values()}) > 1:
            raise InputError("the columns differ in length", where="covariates")
        return pd.DataFrame({name: pd.Series(one).array for name, one in covariates.items()})
    if isinstance(covariates, pd.Series):
        return covariates.to_frame(covariates.name if covariates.name is not None else "x1")
    try:
        array = np.asarray(covariates)
    except ValueError as error:
        raise InputError("the rows differ in length", where="covariates") from error
    if array.ndim not in (1, 2):
        raise InputError(
            f"the values have {array.ndim} dimensions; give a row a patient, a column a covariate",
            where="covariates",
        )
    wide = array[:, None] if array.ndim == 1 else array
    return pd.DataFrame(wide, columns=[f"x{k + 1}" for k in range(wide.shape[1])])


def _columns(values: pd.Series, name: str) -> dict[str, np.ndarray]:
    missing = values.isna().to_numpy()
    if missing.any():
        raise InputError(
            "the value is missing; leave the patient out or give one",
            where=f"covariates, row {int(np.argmax(missing)) + 1}, column {name}",
        )
    if pd.api.types.is_any_real_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return {name: _finite(values.to_numpy(dtype=float), name)}
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = list(values.cat.remove_unused_categories().cat.categories)
    elif all(isinstance(value, str) for value in values):
        categories = sorted(set(values))
    else:
        raise InputError(
            "neither numbers nor words; give one kind of them", where=f"covariates, column {name}"
        )
    if len(categories) < 2:
        raise InputError(
            f"all patients have '{categories[0]}'; leave the covariate out",
            where=f"covariates, column {name}",
        )
    return {f"{name}[{one}]": (values == one).to_numpy(dtype=float) for one in categories[1:]}


def _finite(values: np.ndarray, name: str) -> np.ndarray:
    if not np.isfinite(values).all():
        raise InputError(
            "the value is infinite; give a finite one",
            where=f"covariates, row {int(np.argmin(np.isfinite(values))) + 1}, column {name}",
        )
    return values
