"""Which times a weighted log-rank test listens to."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from oligotrial import checks

__all__ = [
    "EVEN",
    "GEHAN",
    "PETO_PETO",
    "TARONE_WARE",
    "AtRiskPower",
    "FlemingHarrington",
    "PetoPeto",
    "Weight",
]


class Weight(Protocol):
    """A weight for each event time, from the numbers of all groups together."""

    def weights(self, at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Return the weights of a stratum's event times.

        Parameters
        ----------
        at_risk, events : numpy.ndarray
            Shape (row,): patients at risk just before each event time and events at it, in all
            groups.

        Returns
        -------
        numpy.ndarray
            Shape (row,).
        """
        ...


@dataclass(frozen=True)
class FlemingHarrington:
    """Weights ``S^rho (1 - S)^gamma`` of survival just before each time.

    Parameters
    ----------
    rho : float, optional
        At least 0: above 0 it weighs early differences more.
    gamma : float, optional
        At least 0: above 0 it weighs late differences more, as a delayed effect asks for.

    Raises
    ------
    InputError
        If either is negative.

    Notes
    -----
    Fleming and Harrington (1991), Counting Processes and Survival Analysis, section 7.2; S is the
    Kaplan-Meier estimate of all groups together. With gamma 0, R's ``survdiff(rho = rho)``.

    Examples
    --------
    >>> FlemingHarrington(rho=1.0).weights(np.array([4.0, 2.0]), np.array([2.0, 1.0])).tolist()
    [1.0, 0.5]
    """

    rho: float = 0.0
    gamma: float = 0.0

    def __post_init__(self) -> None:
        checks.non_negative(self.rho, "rho")
        checks.non_negative(self.gamma, "gamma")

    def weights(self, at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Return the weights, from survival just before each time."""
        survival = _before(np.cumprod((at_risk - events) / at_risk))
        return survival**self.rho * (1.0 - survival) ** self.gamma


@dataclass(frozen=True)
class AtRiskPower:
    """Weights that are a power of the number at risk.

    Parameters
    ----------
    power : float
        At least 0: 1 for Gehan's and Breslow's test, 1/2 for Tarone's and Ware's.

    Raises
    ------
    InputError
        If it is negative.

    Notes
    -----
    Gehan (1965), Biometrika 52, 203-223, doi:10.1093/biomet/52.1-2.203; Tarone and Ware (1977),
    Biometrika 64, 156-160, doi:10.1093/biomet/64.1.156. Early times weigh more; how much more
    depends on the censoring, which `FlemingHarrington` avoids.

    Examples
    --------
    >>> AtRiskPower(0.5).weights(np.array([4.0, 1.0]), np.array([1.0, 1.0])).tolist()
    [2.0, 1.0]
    """

    power: float

    def __post_init__(self) -> None:
        checks.non_negative(self.power, "power")

    def weights(self, at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Return the weights, from the numbers at risk."""
        del events
        return at_risk**self.power


@dataclass(frozen=True)
class PetoPeto:
    """Weights equal to Peto's and Peto's estimate of survival at each time.

    Notes
    -----
    Peto and Peto (1972), JRSS A 135, 185-207, doi:10.2307/2344317, as in Klein and Moeschberger
    (2003), table 7.3: the product of ``1 - d / (n + 1)``. R's ``survdiff(rho = 1)``, which is
    sometimes called by the same name, is `FlemingHarrington` with rho 1.

    Examples
    --------
    >>> PetoPeto().weights(np.array([3.0, 1.0]), np.array([1.0, 1.0])).tolist()
    [0.75, 0.375]
    """

    def weights(self, at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Return the weights, from survival at each time."""
        return np.cumprod(1.0 - events / (at_risk + 1.0))


EVEN: Final[Weight] = FlemingHarrington()
"""The log-rank test itself: every event weighs the same."""

GEHAN: Final[Weight] = AtRiskPower(1.0)
"""Gehan's and Breslow's generalisation of Wilcoxon's and Kruskal's and Wallis's tests."""

TARONE_WARE: Final[Weight] = AtRiskPower(0.5)
"""Between the log-rank test and Gehan's."""

PETO_PETO: Final[Weight] = PetoPeto()
"""Peto's and Peto's generalisation of Wilcoxon's test."""


def _before(survival: np.ndarray) -> np.ndarray:
    return np.concatenate([[1.0], survival[:-1]])[: len(survival)]
