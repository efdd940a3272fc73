"""Groups of patients with hazards of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from oligotrial.checks import InputError
from oligotrial.hazard.core import Array, Hazard
from oligotrial.hazard.functions import combined

__all__ = ["Stratified"]


@dataclass(frozen=True)
class Stratified:
    """Each patient has the hazard of the stratum that he or she is of.

    Parameters
    ----------
    hazards : sequence of Hazard
        One a stratum.
    members : sequence of array
        For each stratum 1 where a patient is of it and 0 elsewhere.

    Raises
    ------
    InputError
        If there are not as many hazards as strata.

    Examples
    --------
    >>> import numpy as np
    >>> from oligotrial.hazard import Exponential
    >>> of = [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    >>> Stratified([Exponential(0.1), Exponential(0.2)], of).cumulative_hazard(5.0)
    array([0.5, 1. ])
    """

    hazards: Sequence[Hazard]
    members: Sequence[Array]

    def __post_init__(self) -> None:
        if len(self.hazards) != len(self.members):
            raise InputError(
                f"{len(self.hazards)} hazards don't go with {len(self.members)} strata; give one "
                "each",
                where="hazards",
            )

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return combined(self.members, [each.log_hazard(time) for each in self.hazards])

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return combined(self.members, [each.cumulative_hazard(time) for each in self.hazards])
