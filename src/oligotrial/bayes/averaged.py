"""The hazard of a patient of whom it isn't known which of several hazards is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from oligotrial.hazard import Hazard
from oligotrial.hazard.functions import shared

__all__ = ["Averaged", "averaged"]


@dataclass(frozen=True)
class Averaged:
    """Survival averaged over hazards with given shares.

    Parameters
    ----------
    hazards : tuple of Hazard
        The hazards that there may be.
    shares : tuple of array
        The probability of each at time 0, summing to 1.

    Notes
    -----
    Survival is ``sum_k share_k S_k(t)``, the hazard its slope over itself: those who are still
    event-free are more and more of the lower hazards.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> mixed = Averaged((Exponential(0.1), Exponential(0.3)), (0.5, 0.5))
    >>> round(float(np.exp(-mixed.cumulative_hazard(5.0))), 4)
    0.4148
    """

    hazards: tuple[Hazard, ...]
    shares: tuple[Any, ...]

    def log_hazard(self, time: Any) -> Any:
        """Return the log hazard of those still event-free."""
        alive, _ = self._alive(time)
        logs = [hazard.log_hazard(time) for hazard in self.hazards]
        highest = _extreme("maximum", logs)
        dying = [one * np.exp(log - highest) for one, log in zip(alive, logs, strict=True)]
        return highest + np.log(_sum(dying)) - np.log(_sum(alive))

    def cumulative_hazard(self, time: Any) -> Any:
        """Return minus the log of the averaged survival."""
        alive, least = self._alive(time)
        return least - np.log(_sum(alive))

    def _alive(self, time: Any) -> tuple[list[Any], Any]:
        """Return survivors of each hazard, relative to those that the lowest would have.

        So they don't all vanish in floating point, however late the time.
        """
        cumulative = [hazard.cumulative_hazard(time) for hazard in self.hazards]
        least = _extreme("minimum", cumulative)
        pairs = zip(self.shares, cumulative, strict=True)
        return [share * np.exp(least - each) for share, each in pairs], least


def averaged(alternatives: Sequence[tuple[Any, Hazard]]) -> Hazard:
    """Return the one hazard that there is, or the average of several.

    Parameters
    ----------
    alternatives : sequence of (array, Hazard)
        Shares and hazards.

    Returns
    -------
    Hazard
        The hazard.
    """
    if len(alternatives) == 1:
        return alternatives[0][1]
    shares, hazards = zip(*alternatives, strict=True)
    return Averaged(tuple(hazards), tuple(shares))


def _extreme(name: str, values: Sequence[Any]) -> Any:
    found = values[0]
    for each in values[1:]:
        found = shared(name, found, each)
    return found


def _sum(values: Sequence[Any]) -> Any:
    return sum(values[1:], start=values[0])
