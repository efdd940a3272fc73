"""Assignments of printed counts and numbers to patients that keep to what is joint in them.

Levels are shared out such that every assignment that has the printed counts and keeps to all
restrictions is as likely as any other, exactly: patients with the same allowed levels are alike,
so that assignments are counted by how many of each kind of patient have a level. Numbers in an
order are matched to patients one-sidedly, where counting is simpler still.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import comb, prod

import numpy as np
import pandas as pd

from oligotrial.evidence import Evidence, Restriction

__all__ = [
    "ImpossibleError",
    "allowed_levels",
    "assigned",
    "largest",
    "matched",
    "restrictions_of",
]

_SLACK = 1e-9


class ImpossibleError(Exception):
    """No assignment keeps to what is joint, given what was assigned before."""


def restrictions_of(evidence: Evidence, frame: pd.DataFrame, name: str) -> list[Restriction]:
    """Return the restrictions between a variable and those that a frame has already.

    Parameters
    ----------
    evidence : Evidence
        The source.
    frame : pandas.DataFrame
        Patients.
    name : str
        The variable.

    Returns
    -------
    list of Restriction
        Of the variable, or within it.
    """
    return [
        each
        for each in evidence.restrictions
        if (each.variable == name and each.within_variable in frame)
        or (each.within_variable == name and each.variable in frame)
    ]


def allowed_levels(
    frame: pd.DataFrame, name: str, levels: Sequence[str], restrictions: Sequence[Restriction]
) -> np.ndarray:
    """Return which levels each patient may have.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients, with the other variables of the restrictions.
    name : str
        The variable.
    levels : sequence of str
        Its levels.
    restrictions : sequence of Restriction
        From `restrictions_of`.

    Returns
    -------
    numpy.ndarray of bool
        Shape (patient, level); whoever's other variable isn't known may have any.
    """
    may = np.ones((len(frame), len(levels)), dtype=bool)
    for each in restrictions:
        if each.variable == name:
            other = frame[each.within_variable].astype(object)
            outside = (other.notna() & ~other.isin(each.within)).to_numpy(bool)
            may[outside, list(levels).index(each.level)] = False
        else:
            held = (frame[each.variable].astype(object) == each.level).to_numpy(bool)
            inside = np.isin(list(levels), each.within)
            may[held] &= inside
    return may


def assigned(
    counts: Sequence[int], allowed: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Give every patient a level, all assignments that are allowed being equally likely.

    Parameters
    ----------
    counts : sequence of int
        Patients of each level; they add up to the patients.
    allowed : numpy.ndarray of bool
        Shape (patient, level).
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray of int
        Shape (patient,): the number of each one's level.

    Raises
    ------
    ImpossibleError
        If there is no such assignment.

    Examples
    --------
    >>> may = np.array([[True, True], [False, True], [True, True]])
    >>> bool(assigned([2, 1], may, np.random.default_rng(1))[1])
    True
    """
    kinds, of = np.unique(allowed, axis=0, return_inverse=True)
    left = tuple(int(n) for n in np.bincount(of.ravel(), minlength=len(kinds)))
    ways = _Ways(tuple(counts), tuple(map(tuple, kinds.tolist())))
    if sum(counts) != sum(left) or not ways.after(0, left):
        raise ImpossibleError
    level = np.full(len(allowed), -1)
    for number in range(len(counts)):
        shares = list(ways.shares(number, left))
        total = sum(weight for _, weight in shares)
        chosen = int(generator.choice(len(shares), p=[weight / total for _, weight in shares]))
        for kind, many in enumerate(shares[chosen][0]):
            free = np.flatnonzero((of.ravel() == kind) & (level < 0))
            level[generator.permutation(free)[:many]] = number
        left = tuple(a - b for a, b in zip(left, shares[chosen][0], strict=True))
    return level


class _Ways:
    """Counts assignments by how many patients of each kind are left at each level."""

    def __init__(self, counts: tuple[int, ...], kinds: tuple[tuple[bool, ...], ...]) -> None:
        self._counts = counts
        self._kinds = kinds
        self.after = lru_cache(maxsize=None)(self._after)

    def _after(self, level: int, left: tuple[int, ...]) -> int:
        """Return in how many ways the levels from one on can be given to those who are left."""
        if level == len(self._counts):
            return int(sum(left) == 0)
        return sum(weight for _, weight in self.shares(level, left))

    def shares(self, level: int, left: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], int]]:
        """Yield how many of each kind have a level, and the number of assignments with that."""
        rooms = [
            range(min(many, self._counts[level]) + 1 if may[level] else 1)
            for many, may in zip(left, self._kinds, strict=True)
        ]
        for part in product(*rooms):
            if sum(part) == self._counts[level]:
                rest = tuple(a - b for a, b in zip(left, part, strict=True))
                weight = prod(comb(a, b) for a, b in zip(left, part, strict=True))
                if ways := self.after(level + 1, rest):
                    yield part, weight * ways


def matched(values: np.ndarray, most: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Give numbers to patients of whom each has a largest one, all ways being equally likely.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (patient,): the numbers.
    most : numpy.ndarray
        Shape (patient,): the largest that each may have.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Shape (patient,): each one's number.

    Raises
    ------
    ImpossibleError
        If there is no way.

    Notes
    -----
    Whoever may have a number may have all smaller ones. From the largest number on, each has as
    many patients to go to as may have it, less those who have one already, whoever they are: so
    drawing uniformly at each step makes every way equally likely.
    """
    made = np.full(len(values), np.nan)
    for value in np.sort(values)[::-1]:
        free = np.flatnonzero((most >= value - _SLACK) & np.isnan(made))
        if not len(free):
            raise ImpossibleError
        made[generator.choice(free)] = value
    return made


def largest(values: Mapping[str, np.ndarray], above: Sequence[str], patients: int) -> np.ndarray:
    """Return the largest number that each patient may have, under those that are known.

    Parameters
    ----------
    values : mapping of str to numpy.ndarray
        Numbers by variable, shape (patient,), NaN where unknown.
    above : sequence of str
        The variables that are at least as large.
    patients : int
        How many.

    Returns
    -------
    numpy.ndarray
        Shape (patient,): infinite where none of them is known.
    """
    bounds = [np.full(patients, np.inf), *(values[name] for name in above)]
    return np.asarray(np.fmin.reduce(bounds))
