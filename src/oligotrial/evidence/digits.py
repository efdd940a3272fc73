"""How a number is printed: its decimals, and the values that print as it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

__all__ = ["Print", "decimals_of", "meets", "overlap", "written_decimals"]

MOST_DECIMALS: Final = 12
"""Decimals looked at: below them a float has no more to tell."""

_SLACK: Final = 1e-9


@dataclass(frozen=True)
class Print:
    """A printed number and what it may stand for.

    Parameters
    ----------
    value : float
        The number.
    decimals : int
        Decimals it is printed with.
    scale : float, optional
        What a unit of it is in the unit compared in, for example 12 for years in months.

    Examples
    --------
    >>> Print(2.5, 0).either
    (2.0, 3.5)
    """

    value: float
    decimals: int
    scale: float = 1.0

    @property
    def step(self) -> float:
        """One unit of the last decimal."""
        return 10.0**-self.decimals

    @property
    def rounded(self) -> tuple[float, float]:
        """Values that are rounded to it."""
        return self._between(-0.5, 0.5)

    @property
    def either(self) -> tuple[float, float]:
        """Values that are rounded to it or cut off to it."""
        return self._between(-0.5, 1.0) if self.value >= 0 else self._between(-1.0, 0.5)

    def __str__(self) -> str:
        return f"{self.value:.{self.decimals}f}"

    def _between(self, low: float, high: float) -> tuple[float, float]:
        ends = (self.value + low * self.step) * self.scale, (self.value + high * self.step)
        return ends[0], ends[1] * self.scale


def decimals_of(number: float) -> int:
    """Return how many decimals a number needs, at most 12."""
    text = np.format_float_positional(number, trim="-", precision=MOST_DECIMALS)
    return len(text.partition(".")[2])


def written_decimals(raw: object) -> int:
    """Return the decimals with which a number stands in a TOML file, read as `Decimal`.

    Parameters
    ----------
    raw : object
        A `Decimal` for a number with a point; whole numbers and absent ones have none.

    Returns
    -------
    int
        From 0 to 12.

    Examples
    --------
    >>> written_decimals(Decimal("13.970"))
    3
    """
    if not isinstance(raw, Decimal):
        return 0
    exponent = raw.as_tuple().exponent
    return min(max(-exponent, 0), MOST_DECIMALS) if isinstance(exponent, int) else 0


def meets(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Return whether two ranges have a value in common, but for rounding error."""
    slack = _SLACK * max(1.0, *map(abs, (*first, *second)))
    return first[0] <= second[1] + slack and second[0] <= first[1] + slack


def overlap(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Return whether two ranges have more than an end in common."""
    slack = _SLACK * max(1.0, *map(abs, (*first, *second)))
    return first[0] < second[1] - slack and second[0] < first[1] - slack
