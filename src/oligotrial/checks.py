"""One function per rule of validation; its message names value, rule and remedy."""

import math
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

__all__ = [
    "InputError",
    "fraction",
    "known_keys",
    "non_negative",
    "one_of",
    "positive",
    "positive_integer",
    "probability",
    "readable_file",
    "suggestion",
]


class InputError(ValueError):
    """A mistake in what a user supplied, told in one sentence.

    Parameters
    ----------
    problem : str
        What is wrong, what was expected and how to mend it, without a final full stop.
    where : str, optional
        The file, and the row or key in it, that the problem is in.

    Examples
    --------
    >>> str(InputError("-3 months is negative", where="cohort.csv, row 7, column time"))
    'cohort.csv, row 7, column time: -3 months is negative'
    """

    def __init__(self, problem: str, *, where: str | None = None) -> None:
        self.problem = problem
        self.where = where
        super().__init__(f"{where}: {problem}" if where else problem)

    def within(self, where: str) -> "InputError":
        """Return the same error with an outer place put before its own.

        Parameters
        ----------
        where : str
            The enclosing place, for example a file.

        Returns
        -------
        InputError
            A new error; this one is unchanged.
        """
        return InputError(self.problem, where=f"{where}, {self.where}" if self.where else where)


def positive(value: float, name: str) -> float:
    """Return a finite number above 0, or raise `InputError` naming it."""
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{value} is not a positive number; give one above 0", where=name)
    return float(value)


def non_negative(value: float, name: str) -> float:
    """Return a finite number of at least 0, or raise `InputError` naming it."""
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"{value} is negative or not finite; give 0 or more", where=name)
    return float(value)


def probability(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1, or raise `InputError` naming it."""
    if not 0 < value < 1:
        raise InputError(f"{value} is not between 0 and 1 (both excluded)", where=name)
    return float(value)


def fraction(value: float, name: str) -> float:
    """Return a number above 0 and at most 1, or raise `InputError` naming it."""
    if not 0 < value <= 1:
        raise InputError(f"{value} is not above 0 and at most 1", where=name)
    return float(value)


def positive_integer(value: float, name: str, *, least: int = 1) -> int:
    """Return a whole number of at least `least`, or raise `InputError` naming it."""
    if not math.isfinite(value) or int(value) != value or value < least:
        raise InputError(f"{value} is not a whole number of at least {least}", where=name)
    return int(value)


def one_of(value: str, allowed: Collection[str], name: str) -> str:
    """Return a value that is among the allowed ones, or raise `InputError` listing them."""
    if value not in allowed:
        raise InputError(
            f"'{value}' is not one of {', '.join(map(repr, allowed))}{suggestion(value, allowed)}",
            where=name,
        )
    return value


def known_keys(given: Mapping[str, object], allowed: Collection[str], name: str) -> None:
    """Raise `InputError` at the first key that is not allowed."""
    for key in given:
        if key not in allowed:
            names = ", ".join(sorted(allowed))
            raise InputError(
                f"unknown key{suggestion(key, allowed)}; allowed here: {names}",
                where=f"{name}.{key}" if name else key,
            )


def readable_file(path: Path, name: str) -> Path:
    """Return the path of an existing file, or raise `InputError` naming who asked for it."""
    if not path.is_file():
        raise InputError(f"there is no file '{path}'; give the path of an existing one", where=name)
    return path


def suggestion(value: str, allowed: Collection[str]) -> str:
    """Return " (did you mean '...'?)" where an allowed word is close to the value, else ""."""
    close = get_close_matches(str(value), list(map(str, allowed)), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
