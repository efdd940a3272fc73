"""Populations to predict for: covariate rows and the share of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.checks import InputError

__all__ = ["Population", "mix"]

ROUNDING = 1e-6
"""What a sum of shares may differ from 1 by."""


@dataclass(frozen=True, eq=False)
class Population:
    """Covariate rows and the share of patients who have each.

    Parameters
    ----------
    profiles : pandas.DataFrame
        One row a kind of patient; or the rows of a cohort, to standardise over its patients.
    shares : array-like, optional
        Share of each row, summing to 1; equal where left out.

    Raises
    ------
    InputError
        If there is no row, or shares are negative, not one a row or don't sum to 1.

    Examples
    --------
    >>> Population(pd.DataFrame({"line": ["first", "second"]})).shares.tolist()
    [0.5, 0.5]
    """

    profiles: pd.DataFrame
    shares: np.ndarray = field(default_factory=lambda: np.array([]))

    def __post_init__(self) -> None:
        size = len(self.profiles)
        if size == 0:
            raise InputError("a population needs at least one covariate row", where="profiles")
        given = np.asarray(self.shares, dtype=float).ravel()
        shares = given if given.size else np.full(size, 1.0 / size)
        if shares.size != size:
            raise InputError(
                f"there are {shares.size} shares for {size} covariate rows; give one a row",
                where="shares",
            )
        if not (np.all(shares >= 0) and abs(shares.sum() - 1.0) < ROUNDING):
            raise InputError(
                f"shares from {shares.min():g} on with the sum {shares.sum():g}; they have to be "
                "at least 0 and to sum to 1",
                where="shares",
            )
        object.__setattr__(self, "profiles", self.profiles.reset_index(drop=True))
        object.__setattr__(self, "shares", shares / shares.sum())

    def assigned(self, values: Mapping[str, object]) -> "Population":
        """Return the population with a column set to one value for everybody.

        Parameters
        ----------
        values : mapping of str to object
            Values by column: what is the same for all, such as a schedule that all are given.

        Returns
        -------
        Population
            With the same shares.
        """
        return Population(self.profiles.assign(**dict[str, Any](values)), self.shares)


def mix(columns: Mapping[str, object]) -> Population:
    """Return a population with its own mix of each factor, independent of the others.

    Parameters
    ----------
    columns : mapping of str to (mapping of level to share, or a value)
        By column, the share of each level, or what is the same for all.

    Returns
    -------
    Population
        One row for each combination of levels.

    Raises
    ------
    InputError
        If the shares of a column are negative or don't sum to 1.

    Examples
    --------
    >>> half = mix({"line": {"first": 0.7, "second": 0.3}, "schedule": "30 Gy in 5 fr"})
    >>> half.profiles["line"].tolist(), half.shares.tolist()
    (['first', 'second'], [0.7, 0.3])
    """
    levels = {name: _levels(name, given) for name, given in columns.items()}
    rows = list(product(*levels.values()))
    table = [[level for level, _ in row] for row in rows]
    shares = np.array([np.prod([share for _, share in row]) for row in rows])
    return Population(pd.DataFrame(table, columns=list(levels)), shares)


def _levels(name: str, given: object) -> Sequence[tuple[object, float]]:
    if not isinstance(given, Mapping):
        return [(given, 1.0)]
    total = float(sum(given.values()))
    if min(given.values(), default=-1) < 0 or abs(total - 1.0) > ROUNDING:
        raise InputError(
            f"the shares of {', '.join(map(str, given))} sum to {total:g}; they have to be at "
            "least 0 and to sum to 1",
            where=f"mix, column {name}",
        )
    return [(level, float(share) / total) for level, share in given.items()]
