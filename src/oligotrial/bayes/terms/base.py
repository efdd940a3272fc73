"""What every term is, and the sums that symbols and draws share.

A term says which arrays it needs of a cohort, which parameters it has, and what it adds to the
log hazard. The last is written once with operations that numpy and PyTensor share: in the
likelihood parameters are symbols and data are columns of patients; in a prediction parameters
are posterior draws of shape (sample, 1) and data are columns of profiles.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.checks import InputError
from oligotrial.cohort.validate import complete

__all__ = [
    "FORMULA",
    "Columns",
    "Curve",
    "Quantity",
    "Term",
    "Values",
    "column",
    "dot",
    "elementwise",
    "learned",
    "numbers",
    "quantile_knots",
    "spread_out",
]

FORMULA = "key formula"
"""Where mistakes in a formula are said to be."""

_SEVERAL = (list, tuple)

LARGEST = 1e100
"""No measurement is beyond it, or differs from another by less than its inverse; squares and cubes
of larger or smaller numbers are not finite, or 0."""

type Values = Mapping[str, Any]
"""Arrays by name; one of several elements is a sequence of arrays."""


class Term(Protocol):
    """One effect on the log hazard; a frozen dataclass that inherits from `Suitable`."""

    @property
    def name(self) -> str:
        """What its parameters and data are called after."""
        ...

    @property
    def column(self) -> str:
        """The column of a cohort that it is of; of several the first."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it needs."""
        ...

    @property
    def reference(self) -> str:
        """Who has a log hazard ratio of 0, in words."""
        ...

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> Self:
        """Return the term with what it takes from patients, unless it has it already."""
        ...

    @property
    def state(self) -> dict[str, Any]:
        """What `suited` found, in types that JSON has."""
        ...

    def restored(self, state: Mapping[str, Any]) -> Self:
        """Return the term as it was when `state` was taken, `state` perhaps through JSON."""
        ...

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the arrays it needs, patients on the last axis."""
        ...

    def constants(self) -> dict[str, np.ndarray]:
        """Return arrays that don't depend on patients."""
        ...

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return what is to be estimated."""
        ...

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return what is added to the log hazard; `data` holds the constants too."""
        ...

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the log hazard ratios that a table of effects shows, by label."""
        ...


def learned(default: Any) -> Any:
    """Return a dataclass field that `suited` fills, and that a stored fit keeps."""
    return field(default=default, repr=False, metadata={"learned": True})


class Suitable:
    """What terms do by default: nothing is taken from patients but fields that are `learned`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it needs."""
        return (getattr(self, "column"),)  # noqa: B009 - a field of those that have one

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> Self:  # noqa: ARG002
        """Return the term itself."""
        return self

    @property
    def state(self) -> dict[str, Any]:
        """What `suited` found, here and in the terms that it is made of."""
        found: dict[str, Any] = {}
        for each in fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            if each.metadata.get("learned"):
                found[each.name] = value
            elif isinstance(value, Suitable):
                found[each.name] = value.state
            elif each.name == "parts":
                found[each.name] = [part.state for part in value]
        empty: tuple[Any, ...] = ((), {}, None)
        return {
            name: value
            for name, value in found.items()
            if value not in empty and not (name == "parts" and not any(value))
        }

    def restored(self, state: Mapping[str, Any]) -> Self:
        """Return the term as it was when `state` was taken, `state` perhaps through JSON."""
        found: dict[str, Any] = {}
        for name, value in state.items():
            own = getattr(self, name)
            if isinstance(own, Suitable):
                found[name] = own.restored(value)
            elif name == "parts":
                found[name] = tuple(
                    part.restored(each) for part, each in zip(own, value, strict=True)
                )
            else:
                found[name] = _tuples(value)
        return replace(self, **found)  # type: ignore[type-var]

    def constants(self) -> dict[str, np.ndarray]:
        """Return nothing: all numbers are of patients."""
        return {}


class Columns(Suitable):
    """A term that is a sum of coefficients times columns, so that it can be crossed with others."""

    shrunk = False
    """Whether its coefficients are exchangeable, and so those of its interactions."""

    fixed = True
    """Whether its columns are data alone, and no parameter moves them."""

    @property
    def name(self) -> str:
        """What its parameters and data are called after."""
        raise NotImplementedError

    @property
    def reference(self) -> str:
        """Who has a log hazard ratio of 0, in words."""
        raise NotImplementedError

    @property
    def labels(self) -> tuple[str, ...]:
        """What an interaction calls each of its columns."""
        raise NotImplementedError

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the arrays it needs, patients on the last axis."""
        raise NotImplementedError

    def columns(self, parameters: Values, data: Values) -> Sequence[Any]:
        """Return its columns, each of the shape of one patients' array."""
        raise NotImplementedError


class Quantity(Columns):
    """A term that is a slope times a number of each patient; curves are drawn over the number."""

    def value(self, parameters: Values, data: Values) -> Any:
        """Return the number, in the term's own unit and 0 in the reference patient."""
        raise NotImplementedError

    def middle(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the number with its own parameters, where it has any, at their priors' centre."""
        raise NotImplementedError

    def own(self, priors: Priors) -> tuple[Parameter, ...]:  # noqa: ARG002
        """Return the parameters of the number itself: none."""
        return ()

    @property
    def unit(self) -> float:
        """What 1 of the term's own unit is in the number's: such as 10 Gy."""
        raise NotImplementedError

    def told(self, value: float) -> str:
        """Return a number of `value`'s unit as a reader knows it."""
        raise NotImplementedError

    def columns(self, parameters: Values, data: Values) -> Sequence[Any]:
        """Return the number."""
        return (self.value(parameters, data),)


class Curve(Columns):
    """A term that is a curve over a number; it is called as the number is."""

    of: Quantity

    @property
    def name(self) -> str:
        """What the number is called."""
        return self.of.name

    @property
    def column(self) -> str:
        """The number's first column."""
        return self.of.sources[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """The number's columns."""
        return self.of.sources


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


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value
