"""The smallest trial of a grid that reaches a target."""

from dataclasses import dataclass

import pandas as pd

from oligotrial.checks import InputError, one_of, probability

__all__ = ["Target", "smallest"]


@dataclass(frozen=True)
class Target:
    """What a trial has to reach.

    Parameters
    ----------
    scenario : str
        Name of the scenario whose probability of success counts, "power" or "assurance".
    value : float
        The probability to reach.

    Raises
    ------
    InputError
        If the value is not a probability.

    Examples
    --------
    >>> Target("power", 0.80).value
    0.8
    """

    scenario: str
    value: float

    def __post_init__(self) -> None:
        one_of(self.scenario, ("power", "assurance"), "target.scenario")
        probability(self.value, "target.value")


def smallest(operating: pd.DataFrame, target: Target) -> "pd.Series[float] | None":
    """Return the row of the smallest trial from which on every larger one reaches the target.

    Asking it of every larger size too keeps one lucky size from being chosen. Sizes share
    their random numbers, so that neighbours differ by less than their Monte Carlo errors
    suggest, and luck common to all moves the whole curve by about its Monte Carlo error.

    Parameters
    ----------
    operating : pandas.DataFrame
        Operating characteristics, one row a scenario and size.
    target : Target
        What to reach.

    Returns
    -------
    pandas.Series or None
        The row, or nothing when the largest trial of the grid falls short.

    Raises
    ------
    InputError
        If the table lacks the target's scenario.
    """
    rows = operating[operating["scenario"] == target.scenario].sort_values("patients")
    if rows.empty:
        raise InputError(f"there is no scenario '{target.scenario}' among the simulated ones")
    short = rows.index[rows["estimate"] < target.value]
    enough = rows.loc[rows["patients"] > rows.loc[short, "patients"].max()] if len(short) else rows
    return None if enough.empty else enough.iloc[0]
