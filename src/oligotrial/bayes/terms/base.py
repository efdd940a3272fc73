"""What every term is.

A term says which arrays it needs of a cohort, which parameters it has, and what it adds to the
log hazard. The last is written once with operations that numpy and PyTensor share: in the
likelihood parameters are symbols and data are columns of patients; in a prediction parameters
are posterior draws of shape (sample, 1) and data are columns of profiles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors

__all__ = [
    "FORMULA",
    "Columns",
    "Curve",
    "Quantity",
    "Term",
    "Values",
    "learned",
]

FORMULA = "key formula"
"""Where mistakes in a formula are said to be."""

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


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value
