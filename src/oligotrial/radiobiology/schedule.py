"""Radiotherapy schedules: what was delivered, read from how people write it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Literal

import numpy as np

from oligotrial.checks import InputError, one_of, positive, positive_integer
from oligotrial.radiobiology import notation

__all__ = ["DoseLevel", "LevelName", "Schedule"]

type LevelName = Literal["boost", "base"]

LEVEL_NAMES: Final = ("boost", "base")

HIGHEST_DOSE_PER_FRACTION_GY: Final = 100.0
"""Above the largest in use (about 90 Gy, functional radiosurgery): a larger one is in cGy."""

LONGEST_SHOWN: Final = 80
"""Characters of a text that couldn't be read that its error message shows."""

MOST_STEPS: Final = 1000
"""Doses tried in a printed range at most: a step that needs more is a slip."""

_PER_DAY_TEXT: Final = {1: "", 2: " BID", 3: " TID"}


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
        steps = np.arange(self.high_gy, self.low_gy, -step_gy)
        inside = [float(dose) for dose in steps if dose > self.low_gy * (1 + 1e-9)]
        return [*inside, self.low_gy]

    def __str__(self) -> str:
        if not self.is_range:
            return _digits(self.high_gy)
        return f"{_digits(self.high_gy)}-{_digits(self.low_gy)}"


@dataclass(frozen=True)
class Schedule:
    """A radiotherapy course: dose levels, fractions and technique.

    A simultaneous integrated boost (SIB) has two levels, both given in all fractions. A
    level may be a printed range such as "50-35 Gy": that is no delivered course, and has no
    one biologically effective dose; `options` lists the courses it may stand for.

    Parameters
    ----------
    levels : tuple of DoseLevel
        Total doses from the boost (first, highest) to the base (last).
    fractions : int
        Number of fractions, at least 1.
    fractions_per_day : int, optional
        1, 2 (BID) or 3 (TID).
    technique : str, optional
        What is written beside the doses, for example "WB-SIB".

    Raises
    ------
    InputError
        If the levels don't decrease, or a number isn't possible.

    Examples
    --------
    >>> schedule = Schedule.parse("50/30 Gy in 10 fr (SIB)")
    >>> schedule.dose_per_fraction_gy("boost"), schedule.dose_per_fraction_gy("base")
    (5.0, 3.0)
    >>> print(schedule)
    SIB 50/30 Gy in 10 fr
    """

    levels: tuple[DoseLevel, ...]
    fractions: int
    fractions_per_day: int = 1
    technique: str = ""

    def __post_init__(self) -> None:
        positive_integer(self.fractions, "fractions")
        if self.fractions_per_day not in _PER_DAY_TEXT:
            raise InputError(
                f"{self.fractions_per_day} fractions a day are not possible; give 1, 2 or 3"
            )
        if not self.levels:
            raise InputError("a schedule needs a dose; give at least one dose level")
        for upper, lower in zip(self.levels, self.levels[1:], strict=False):
            if not upper.low_gy > lower.high_gy:
                raise InputError(
                    f"dose levels {upper}/{lower} don't decrease; "
                    "write them from boost to base, as in 50/30"
                )
        per_fraction = self.levels[0].high_gy / self.fractions
        if per_fraction > HIGHEST_DOSE_PER_FRACTION_GY:
            raise InputError(
                f"{per_fraction:g} Gy a fraction is not possible; give doses in Gy, not cGy"
            )
        notation.check_technique(self.technique)

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read a schedule as papers and people write it.

        Parameters
        ----------
        text : str
            For example "SBRT 25.5 Gy in 3 fr", "SIB 40-30/20 Gy in 5 fr", "16 Gy in 14 fr
            BID", "50/30 Gy in 10 fr (SIB)", "5 x 10 Gy", or "50/5" (dose/fractions where no
            unit is written). Hyphens may be dashes, "fr" may be "fractions" or "fx", and
            a decimal point may be a comma.

        Returns
        -------
        Schedule
            The course; `str` of it is read back as the same.

        Raises
        ------
        InputError
            If the text can't be read as one course.

        Examples
        --------
        >>> Schedule.parse("5 x 10 Gy") == Schedule.parse("50/5")
        True
        """
        try:
            written = notation.read(text)
            levels = tuple(DoseLevel(min(ends), max(ends)) for ends in written.doses_gy)
            return cls(levels, written.fractions, written.fractions_per_day, written.technique)
        except InputError as error:
            raise error.within(f"schedule '{_shown(text)}'") from None

    @property
    def is_range(self) -> bool:
        """Whether some dose level is a printed range, so that this is no delivered course."""
        return any(level.is_range for level in self.levels)

    def level(self, name: LevelName) -> DoseLevel:
        """Return the dose level of that name.

        Parameters
        ----------
        name : {"boost", "base"}
            The first or the last level; the same one where there is no boost.

        Returns
        -------
        DoseLevel
            The level.

        Raises
        ------
        InputError
            If the name is neither.
        """
        one_of(name, LEVEL_NAMES, "level")
        return self.levels[0] if name == "boost" else self.levels[-1]

    def dose_gy(self, level: LevelName = "boost") -> float:
        """Return the total dose of a level.

        Parameters
        ----------
        level : {"boost", "base"}, optional
            Which one.

        Returns
        -------
        float
            Total dose, Gy.

        Raises
        ------
        InputError
            If the level is a range and not one delivered dose.
        """
        wanted = self.level(level)
        if wanted.is_range:
            raise InputError(
                f"'{self}' is a printed range and not one delivered course; choose one, "
                f"such as '{next(self._delivered(5.0))}' (Schedule.options lists them)"
            )
        return wanted.high_gy

    def dose_per_fraction_gy(self, level: LevelName = "boost") -> float:
        """Return the dose of one fraction at a level.

        Parameters
        ----------
        level : {"boost", "base"}, optional
            Which one.

        Returns
        -------
        float
            Dose per fraction, Gy.

        Raises
        ------
        InputError
            If the level is a range and not one delivered dose.
        """
        return self.dose_gy(level) / self.fractions

    def options(self, *, step_gy: float = 5.0) -> tuple["Schedule", ...]:
        """Return the delivered courses that a printed range may stand for.

        Parameters
        ----------
        step_gy : float, optional
            Distance between the total doses tried, Gy; both ends of the range are among them.

        Returns
        -------
        tuple of Schedule
            From the highest to the lowest dose; the schedule itself where nothing is a range.

        Raises
        ------
        InputError
            If the step isn't above 0.

        Examples
        --------
        >>> [str(course) for course in Schedule.parse("SBRT 50-35 Gy in 5 fr").options(step_gy=7.5)]
        ['SBRT 50 Gy in 5 fr', 'SBRT 42.5 Gy in 5 fr', 'SBRT 35 Gy in 5 fr']
        """
        return tuple(self._delivered(step_gy))

    def _delivered(self, step_gy: float) -> Iterator["Schedule"]:
        for doses in product(*(level.doses_gy(step_gy) for level in self.levels)):
            yield replace(self, levels=tuple(DoseLevel(dose, dose) for dose in doses))

    def __str__(self) -> str:
        doses = "/".join(map(str, self.levels))
        course = f"{doses} Gy in {self.fractions} fr{_PER_DAY_TEXT[self.fractions_per_day]}"
        return f"{self.technique} {course}" if self.technique else course


def _shown(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."


def _digits(dose_gy: float) -> str:
    return np.format_float_positional(dose_gy, trim="-")
