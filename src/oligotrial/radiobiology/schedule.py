"""Radiotherapy schedules: what was delivered, read from how people write it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final

from oligotrial.checks import InputError, non_negative, one_of, positive_integer
from oligotrial.radiobiology import notation
from oligotrial.radiobiology.dose import LEVEL_NAMES, DoseLevel, DosePoints, LevelName, digits

__all__ = ["Schedule"]

HIGHEST_DOSE_PER_FRACTION_GY: Final = 100.0
"""Above the largest in use (about 90 Gy, functional radiosurgery): a larger one is in cGy."""

LONGEST_SHOWN: Final = 80
"""Characters of a text that couldn't be read that its error message shows."""

_PER_DAY_TEXT: Final = {1: "", 2: " BID", 3: " TID"}

WEEKDAYS: Final = 5


@dataclass(frozen=True)
class Schedule:
    """A radiotherapy course: dose levels, fractions and technique; further courses after it.

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
    isodose_percent : float, optional
        The isodose that the highest level is prescribed to, percent of the maximum dose.
    points : DosePoints, optional
        Total doses to 2, 50 and 98% of the target volume.
    days : float, optional
        Days from the first to the last fraction.
    then : tuple of Schedule, optional
        Courses that follow, to the same volume. The other fields are of the first course
        alone; `courses` lists all.

    Raises
    ------
    InputError
        If the levels don't decrease, a number isn't possible, or the days don't hold the
        fractions.

    Examples
    --------
    >>> schedule = Schedule.parse("50/30 Gy in 10 fr (SIB)")
    >>> schedule.dose_per_fraction_gy("boost"), schedule.dose_per_fraction_gy("base")
    (5.0, 3.0)
    >>> print(schedule)
    SIB 50/30 Gy in 10 fr
    >>> Schedule.parse("40 Gy in 3 fr @80%, D50 42 Gy").dose_gy("maximum")
    50.0
    """

    levels: tuple[DoseLevel, ...]
    fractions: int
    fractions_per_day: int = 1
    technique: str = ""
    isodose_percent: float | None = None
    points: DosePoints = field(default_factory=DosePoints)
    days: float | None = None
    then: tuple["Schedule", ...] = ()

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
        self._check_isodose_and_points()
        if self.days is not None and non_negative(self.days, "days") < self._fewest_days:
            raise InputError(
                f"{self.fractions} fractions, {self.fractions_per_day} a day, take at least "
                f"{self._fewest_days} days from the first to the last, and {self.days:g} are "
                "given; mend one"
            )
        if any(course.then for course in self.then):
            raise InputError("a course that follows has courses of its own; list all in then")
        notation.check_technique(self.technique)

    def _check_isodose_and_points(self) -> None:
        if self.isodose_percent is not None and not 0 < self.isodose_percent <= 100:
            raise InputError(
                f"an isodose of {self.isodose_percent:g}% is not above 0 and at most 100"
            )
        if self.points.known and self.levels[0].is_range:
            raise InputError(
                "D2, D50 and D98 are of one delivered course and its dose is a range; give one"
            )
        maximum = [self.level("maximum").high_gy] if self.isodose_percent else []
        points = [dose for _, dose in self.points.known]
        highest = max([self.levels[0].high_gy, *maximum, *points])
        if highest / self.fractions > HIGHEST_DOSE_PER_FRACTION_GY:
            raise InputError(
                f"{highest / self.fractions:g} Gy a fraction is not possible; "
                "give doses in Gy, not cGy"
            )

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read a schedule as papers and people write it.

        Parameters
        ----------
        text : str
            For example "SBRT 25.5 Gy in 3 fr", "SIB 40-30/20 Gy in 5 fr", "16 Gy in 14 fr
            BID", "50/30 Gy in 10 fr (SIB)", "5 x 10 Gy", or "50/5" (dose/fractions where no
            unit is written). Hyphens may be dashes, "fr" may be "fractions" or "fx", and
            a decimal point may be a comma; the dose of a fraction may stand beside ("25
            fractions of 2 Gy") and has to agree. Beside that may stand the prescription isodose
            ("@80%", "prescribed to the 80% isodose"), doses to parts of the volume ("D2 50
            Gy", "D50% = 42 Gy", "D98: 36 Gy"), and the time from the first to the last
            fraction ("over 12 days", "in 5 weeks", a week being 7 days). Courses that follow
            one another are joined by "then", "followed by" or "+".

        Returns
        -------
        Schedule
            The course; `str` of it is read back as the same.

        Raises
        ------
        InputError
            If the text can't be read.

        Examples
        --------
        >>> Schedule.parse("5 x 10 Gy") == Schedule.parse("50/5")
        True
        >>> len(Schedule.parse("50 Gy in 25 fr + 10 Gy in 5 fr").courses)
        2
        """
        try:
            first, *others = [_course(written) for written in notation.read(text)]
            return replace(first, then=tuple(others)) if others else first
        except InputError as error:
            raise error.within(f"schedule '{_shown(text)}'") from None

    @property
    def _fewest_days(self) -> int:
        """Days from the first to the last fraction if no day is left out."""
        return -(-self.fractions // self.fractions_per_day) - 1

    @property
    def courses(self) -> tuple["Schedule", ...]:
        """The courses in sequence, each alone."""
        return (replace(self, then=()) if self.then else self, *self.then)

    @property
    def is_range(self) -> bool:
        """Whether some dose level is a printed range, so that this is no delivered course."""
        return any(level.is_range for course in self.courses for level in course.levels)

    @property
    def overall_days(self) -> float | None:
        """Days from first to last fraction where stated; courses in sequence don't state them."""
        return None if self.then else self.days

    def on_weekdays(self) -> "Schedule":
        """Return the course with the days it takes from a Monday on, without weekends.

        Returns
        -------
        Schedule
            The course, its `days` counted from the first to the last fraction.

        Raises
        ------
        InputError
            If these are courses in sequence: the time between them isn't known.

        Examples
        --------
        >>> Schedule.parse("70 Gy in 35 fr").on_weekdays().days
        46.0
        """
        self._one_course("the days they take depend on the time between them")
        weeks, day = divmod(self._fewest_days, WEEKDAYS)
        return replace(self, days=float(7 * weeks + day))

    def level(self, name: LevelName) -> DoseLevel:
        """Return the dose of that name, of the first course.

        Parameters
        ----------
        name : {"boost", "base", "maximum", "D2", "D50", "D98"}
            The first or the last level, which are the same where there is no boost; the
            maximum that the prescription isodose implies; or a recorded point.

        Returns
        -------
        DoseLevel
            The dose.

        Raises
        ------
        InputError
            If there is no such name, or nothing was recorded for it.
        """
        one_of(name, LEVEL_NAMES, "level")
        if name == "base":
            return self.levels[-1]
        if name == "boost":
            return self.levels[0]
        if name == "maximum":
            share = self._recorded(self.isodose_percent, "a prescription isodose", "@80%") / 100
            return DoseLevel(self.levels[0].low_gy / share, self.levels[0].high_gy / share)
        dose = self._recorded(dict(self.points.known).get(name), name, f"{name} 42 Gy")
        return DoseLevel(dose, dose)

    def dose_gy(self, level: LevelName = "boost") -> float:
        """Return the total dose of a level, over all courses.

        Parameters
        ----------
        level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
            Which one.

        Returns
        -------
        float
            Total dose, Gy.

        Raises
        ------
        InputError
            If the level is a range and not one delivered dose, or wasn't recorded.
        """
        wanted = [course.level(level) for course in self.courses]
        if any(each.is_range for each in wanted):
            raise InputError(
                f"'{self}' is a printed range and not one delivered course; choose one, "
                f"such as '{next(self._delivered(5.0))}' (Schedule.options lists them)"
            )
        return sum((each.high_gy for each in wanted[1:]), start=wanted[0].high_gy)

    def dose_per_fraction_gy(self, level: LevelName = "boost") -> float:
        """Return the dose of one fraction at a level.

        Parameters
        ----------
        level : {"boost", "base", "maximum", "D2", "D50", "D98"}, optional
            Which one.

        Returns
        -------
        float
            Dose per fraction, Gy.

        Raises
        ------
        InputError
            If the level is a range and not one delivered dose, or wasn't recorded, or these
            are courses in sequence.
        """
        self._one_course("each has its own dose per fraction")
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
            first = replace(self, levels=tuple(DoseLevel(dose, dose) for dose in doses))
            for others in product(*(course.options(step_gy=step_gy) for course in self.then)):
                yield replace(first, then=others)

    def _recorded(self, number: float | None, what: str, example: str) -> float:
        if number is None:
            raise InputError(
                f"'{self}' doesn't say {what}; write it as in '40 Gy in 3 fr {example}'"
            )
        return number

    def _one_course(self, why: str) -> None:
        if self.then:
            raise InputError(
                f"'{self}' are {len(self.courses)} courses and {why}; take them one by one "
                "(Schedule.courses lists them)"
            )

    def __str__(self) -> str:
        return " then ".join(map(_text, self.courses))


def _course(written: notation.Written) -> Schedule:
    return Schedule(
        tuple(DoseLevel(min(ends), max(ends)) for ends in written.doses_gy),
        written.fractions,
        written.fractions_per_day,
        written.technique,
        written.isodose_percent,
        DosePoints(**{f"{name.lower()}_gy": dose for name, dose in written.points_gy}),
        written.days,
    )


def _text(course: Schedule) -> str:
    doses = "/".join(map(str, course.levels))
    parts = [
        course.technique,
        f"{doses} Gy in {course.fractions} fr{_PER_DAY_TEXT[course.fractions_per_day]}",
        "" if course.isodose_percent is None else f"@{digits(course.isodose_percent)}%",
        str(course.points),
        "" if course.days is None else f"over {digits(course.days)} days",
    ]
    return " ".join(part for part in parts if part)


def _shown(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."
