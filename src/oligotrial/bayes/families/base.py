"""What every prior offers, and the values it can be about."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import Field, dataclass, field, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from scipy.special import expit, logit

from oligotrial.checks import InputError

__all__ = ["POSITIVE", "REAL", "SIMPLEX", "UNIT", "Prior", "Support", "Univariate", "finite"]


@dataclass(frozen=True)
class Support:
    """The values that a parameter can have, and how a sampler's free numbers become one.

    Parameters
    ----------
    name : str
        What it is called.
    constrained : callable
        Takes an array of free numbers, elements on the last axis; returns the values. The inverse
        of the transformation that PyMC has for the support by default.
    middle : callable
        Takes the ends of an interval of values; returns the free number in its middle.
    fewer : int, optional
        By how many the free numbers are fewer than the elements.
    """

    name: str
    constrained: Callable[[np.ndarray], np.ndarray] = field(repr=False, compare=False)
    middle: Callable[[float, float], float] = field(repr=False, compare=False)
    fewer: int = 0


def _shares(free: np.ndarray) -> np.ndarray:
    """Return the softmax of numbers and the negative of their sum, as PyMC has it."""
    logits = np.concatenate([free, -free.sum(axis=-1, keepdims=True)], axis=-1)
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


REAL = Support("real", np.asarray, lambda low, high: 0.5 * (low + high))
POSITIVE = Support("positive", np.exp, lambda low, high: 0.5 * float(np.log(low) + np.log(high)))
UNIT = Support("unit interval", expit, lambda low, high: 0.5 * float(logit(low) + logit(high)))
SIMPLEX = Support("shares that sum to 1", _shares, lambda _low, _high: 0.0, fewer=1)


class Prior(Protocol):
    """A distribution that PyMC can be given and a reader can judge; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    support: ClassVar[Support]

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        ...

    @property
    def words(self) -> str:
        """The distribution."""
        ...

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        ...

    def draw(self, rng: np.random.Generator, *, draws: int, size: int) -> np.ndarray:
        """Return draws of a parameter of some elements, shape (draws, size)."""
        ...


class Univariate(ABC):
    """A prior of single numbers: what follows from its scipy distribution."""

    in_units: ClassVar[tuple[str, ...]] = ()
    """The fields that change with the unit of what the prior is about, in proportion to it."""

    @property
    @abstractmethod
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        low, high = self.distribution.ppf([0.025, 0.975])
        return float(low), float(high)

    def draw(self, rng: np.random.Generator, *, draws: int, size: int) -> np.ndarray:
        """Return draws of a parameter of some elements, shape (draws, size)."""
        return np.asarray(self.distribution.rvs(size=(draws, size), random_state=rng))

    def times(self, factor: float) -> Self:
        """Return the prior of the same quantity in another unit.

        Parameters
        ----------
        factor : float
            What a number in the old unit is multiplied by: 12 from years to months.

        Returns
        -------
        Prior
            Of the same family.

        Raises
        ------
        InputError
            If a quantity with this kind of prior has no unit, as shares have none.
        """
        if not self.in_units:
            raise InputError(f"a {type(self).__name__} prior is about shares, without a unit")
        scaled = {name: getattr(self, name) * factor for name in self.in_units}
        return replace(self, **scaled)  # type: ignore[type-var]


def finite(value: float, name: str) -> None:
    """Raise `InputError` naming a number that isn't finite."""
    if not np.isfinite(value):
        raise InputError(f"{value} is not a finite number; give one", where=name)
