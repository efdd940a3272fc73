"""What counts as a true benefit of the experimental arm."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oligotrial.checks import InputError, non_negative, positive
from oligotrial.simulate.world import World

__all__ = ["Benefit", "HazardRatioBelow", "RestrictedMeanGain"]


class Benefit(Protocol):
    """What counts as a true benefit."""

    @property
    def words(self) -> str:
        """What tables call it."""
        ...

    def holds(self, world: World) -> np.ndarray:
        """Tell for each draw of the truth whether there is one; shape (draws,)."""
        ...


@dataclass(frozen=True)
class HazardRatioBelow:
    """A true hazard ratio below a bound, in every stratum; for proportional hazards only.

    Parameters
    ----------
    bound : float, optional
        1 for any benefit.

    Raises
    ------
    InputError
        If the bound is not above 0; from `holds`, if the arms' hazards are not proportional.

    Examples
    --------
    >>> HazardRatioBelow(0.8).bound
    0.8
    """

    bound: float = 1.0

    def __post_init__(self) -> None:
        positive(self.bound, "bound")

    @property
    def words(self) -> str:
        """What tables call it."""
        return f"a hazard ratio below {self.bound:g}"

    def holds(self, world: World) -> np.ndarray:
        """Tell for each draw of the truth whether there is a benefit; shape (draws,)."""
        truth = world.truth
        if not np.array_equal(truth.table_of[:, 0], truth.table_of[:, 1]):
            raise InputError(
                "the arms' hazards are not proportional, so that there is no one hazard ratio; "
                "use RestrictedMeanGain(months)",
                where="benefit",
            )
        ratio = truth.log_ratio[:, 1] - truth.log_ratio[:, 0]
        return np.asarray((ratio < np.log(self.bound)).all(axis=-1))


@dataclass(frozen=True)
class RestrictedMeanGain:
    """A gain in restricted mean survival over the whole population, for any hazards.

    Parameters
    ----------
    months : float
        Time to which means are restricted.
    least : float, optional
        Months that have to be gained.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> RestrictedMeanGain(24.0, least=1.0).least
    1.0
    """

    months: float
    least: float = 0.0

    def __post_init__(self) -> None:
        positive(self.months, "months")
        non_negative(self.least, "least")

    @property
    def words(self) -> str:
        """What tables call it."""
        return f"a gain of more than {self.least:g} in {self.months:g} months"

    def holds(self, world: World) -> np.ndarray:
        """Tell for each draw of the truth whether there is a benefit; shape (draws,)."""
        times = np.linspace(0.0, self.months, 241)
        shares = np.diff(world.truth.upto, axis=1, prepend=0.0)
        gains = np.empty(world.draws)
        for draw in range(world.draws):
            control, experimental = world.survival(times, draw=draw)
            gains[draw] = shares[draw] @ np.trapezoid(experimental - control, times, axis=-1)
        return gains > self.least
