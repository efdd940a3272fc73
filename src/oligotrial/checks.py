"""One function per rule of validation; its message names value, rule and remedy."""

import math
import sys
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from numbers import Integral, Real
from pathlib import Path
from typing import Final

__all__ = [
    "SHOWN",
    "InputError",
    "fraction",
    "known_keys",
    "listed",
    "non_negative",
    "one_of",
    "positive",
    "positive_integer",
    "probability",
    "readable_file",
    "suggestion",
]

_LARGEST: Final = sys.float_info.max
_LONGEST: Final = 60
"""Characters of a mistaken value that are shown."""

SHOWN: Final = 20
"""Mistakes, or rows with one, that are told in full."""


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
    number = _number(value, name, "one above 0")
    if not 0 < number <= _LARGEST:
        raise InputError(f"{value} is not a positive number; give one above 0", where=name)
    return float(number)


def non_negative(value: float, name: str) -> float:
    """Return a finite number of at least 0, or raise `InputError` naming it."""
    number = _number(value, name, "0 or more")
    if not 0 <= number <= _LARGEST:
        raise InputError(f"{value} is negative or not finite; give 0 or more", where=name)
    return float(number)


def probability(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1, or raise `InputError` naming it."""
    number = _number(value, name, "one between 0 and 1 (both excluded)")
    if not 0 < number < 1:
        raise InputError(f"{value} is not between 0 and 1 (both excluded)", where=name)
    return float(number)


def fraction(value: float, name: str) -> float:
    """Return a number above 0 and at most 1, or raise `InputError` naming it."""
    number = _number(value, name, "one above 0 and at most 1")
    if not 0 < number <= 1:
        raise InputError(f"{value} is not above 0 and at most 1", where=name)
    return float(number)


def positive_integer(value: float, name: str, *, least: int = 1) -> int:
    """Return a whole number of at least `least`, or raise `InputError` naming it.

    Parameters
    ----------
    value : float
        The number. 5.0 is 5: columns, grids and text that was read give whole numbers so.
    name : str
        What the number is.
    least : int, optional
        The smallest that will do.

    Returns
    -------
    int
        Python's own, whatever type was given: what to go on with.

    Raises
    ------
    InputError
        If it is no number, isn't whole or is too small.

    Examples
    --------
    >>> positive_integer(5.0, "draws")
    5
    >>> positive_integer("5", "draws")
    Traceback (most recent call last):
    ...
    oligotrial.checks.InputError: draws: '5' is a text; give a whole number of at least 1
    """
    number = _number(value, name, f"a whole number of at least {least}")
    if not number.is_integer() or number < least:
        raise InputError(f"{value} is not a whole number of at least {least}", where=name)
    return int(number)


def _number(value: object, name: str, wanted: str) -> int | float:
    """Return a number as Python's own, or raise `InputError` for what is none."""
    # numpy's numbers, and arrays of a single one
    item = getattr(value, "item", None) if getattr(value, "ndim", None) == 0 else None
    plain = value if item is None else item()
    # Python counts with True and False, but who gives one has mistaken what is asked for.
    if isinstance(plain, bool) or not isinstance(plain, Real | Decimal):
        kind = "a text" if isinstance(plain, str) else "no number"
        raise InputError(f"{_shortened(repr(plain))} is {kind}; give {wanted}", where=name)
    try:
        return int(plain) if isinstance(plain, Integral) else float(plain)
    except OverflowError:  # a fraction of whole numbers that are too large
        return math.inf


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def listed(texts: Sequence[object], separator: str = ", ", *, total: int | None = None) -> str:
    """Return the first `SHOWN` texts, and how many more there are.

    Parameters
    ----------
    texts : sequence
        What is told.
    separator : str, optional
        What stands between.
    total : int, optional
        How many there are, where only the first were made.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> listed([1, 2])
    '1, 2'
    >>> listed(range(25), "; ")[-18:]
    '18; 19; and 5 more'
    """
    more = (len(texts) if total is None else total) - SHOWN
    told = separator.join(map(str, texts[:SHOWN]))
    return f"{told}{separator.rstrip(', ')} and {more} more" if more > 0 else told


def one_of(value: str, allowed: Collection[str], name: str) -> str:
    """Return a value that is among the allowed ones, or raise `InputError` listing them."""
    # What isn't text may not even be looked for: a list in a set raises.
    if not isinstance(value, str) or value not in allowed:
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
