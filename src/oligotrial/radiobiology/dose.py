"""Doses as they are written: the level of a target volume, and points of its dose-volume curve."""

import itertools
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from oligotrial.checks import InputError, positive

__all__ = ["DoseLevel", "DosePoints", "LevelName", "PointName"]

type LevelName = Literal["boost", "base", "maximum", "D2", "D50", "D98"]
type PointName = Literal["D2", "D50", "D98"]

LEVEL_NAMES: Final = ("boost", "base", "maximum", "D2", "D50", "D98")

MOST_STEPS: Final = 1000
"""Doses tried in a printed range at most: a step that needs more is a slip."""


@dataclass(frozen=True)
class DoseLevel:
    """The total dose of one target volume, or the range that a source printed for it.

    Parameters
    ----------
    low_gy, high_gy : float
        Ends of the range, Gy; equal where one dose was given.

    Raises
    ------
    InputError
        If a dose isn't above 0 or the range ends before it begins.

    Examples
    --------
    >>> print(DoseLevel(35.0, 50.0))
    50-35
    """

    low_gy: float
    high_gy: float

    def __post_init__(self) -> None:
        positive(self.low_gy, "dose (Gy)")
        positive(self.high_gy, "dose (Gy)")
        if self.low_gy > self.high_gy:
            raise InputError(
                f"a range from {self.low_gy:g} to {self.high_gy:g} Gy ends before it begins"
            )

    @property
    def is_range(self) -> bool:
        """Whether this is a printed range and not one delivered dose."""
        return self.low_gy < self.high_gy

    def doses_gy(self, step_gy: float) -> list[float]:
        """Return the doses of the range from high to low in steps, with both ends.

        Parameters
        ----------
        step_gy : float
            Distance between doses, Gy.

        Returns
        -------
        list of float
            Decreasing doses, Gy.

        Raises
        ------
        InputError
            If the step isn't above 0, or so small that there are over 1000 doses.
        """
        if (self.high_gy - self.low_gy) / positive(step_gy, "step_gy") > MOST_STEPS:
            raise InputError(f"{step_gy:g} Gy makes over {MOST_STEPS} doses; give a larger step")
        if not self.is_range:
            return [self.low_gy]
        steps = np.arange(self.high_gy, self.low_gy, -step_gy)[1:]
        inside = [float(dose) for dose in steps if dose > self.low_gy * (1 + 1e-9)]
        return [self.high_gy, *inside, self.low_gy]

    def __str__(self) -> str:
        if not self.is_range:
            return digits(self.high_gy)
        return f"{digits(self.high_gy)}-{digits(self.low_gy)}"


@dataclass(frozen=True)
class DosePoints:
    """Near-maximum, median and near-minimum total dose of the target volume.

    Parameters
    ----------
    d2_gy, d50_gy, d98_gy : float, optional
        The total dose, Gy, that at least 2, 50 or 98% of the volume receive; nothing where
        it isn't known.

    Raises
    ------
    InputError
        If a dose isn't above 0, or they don't decrease.

    Notes
    -----
    ICRU Report 91 (2014), J ICRU 14(2), whose names these are.

    Examples
    --------
    >>> print(DosePoints(d2_gy=49.3, d50_gy=42.4))
    D2 49.3 Gy D50 42.4 Gy
    """

    d2_gy: float | None = None
    d50_gy: float | None = None
    d98_gy: float | None = None

    def __post_init__(self) -> None:
        known = [(name, positive(dose, f"{name} (Gy)")) for name, dose in self.known]
        for (upper, higher), (lower, dose) in itertools.pairwise(known):
            if dose > higher:
                raise InputError(
                    f"{lower} of {dose:g} Gy is above {upper} of {higher:g} Gy; D2 is the "
                    "near-maximum and D98 the near-minimum dose"
                )

    @property
    def known(self) -> list[tuple[PointName, float]]:
        """The doses that are known, by name, from the near-maximum down."""
        named: list[tuple[PointName, float | None]] = [
            ("D2", self.d2_gy),
            ("D50", self.d50_gy),
            ("D98", self.d98_gy),
        ]
        return [(name, dose) for name, dose in named if dose is not None]

    def __str__(self) -> str:
        return " ".join(f"{name} {digits(dose)} Gy" for name, dose in self.known)


def digits(number: float) -> str:
    """Return a number without an exponent and with no more digits than it takes."""
    return np.format_float_positional(number, trim="-")
