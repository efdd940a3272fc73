"""Wrappers for patients who are cured, and for deaths that everybody risks."""

from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError
from oligotrial.hazard.core import Array, Hazard
from oligotrial.hazard.functions import SHORTEST, indicator, shared

__all__ = ["Cure", "WithBackground"]


@dataclass(frozen=True)
class Cure:
    """Mixture cure: a share never has the event, ``S(t) = cured + (1 - cured) * S_0(t)``.

    Parameters
    ----------
    hazard : Hazard
        Hazard of those who aren't cured.
    cured : array
        Share who never have the event, from 0 to below 1.

    Raises
    ------
    InputError
        If a share that is known is not between 0 and 1.

    Notes
    -----
    Farewell (1982), Biometrics 38, 1041-1046, doi:10.2307/2529885. Effects inside act on the
    patients who aren't cured: ``Cure(Proportional(hazard, b), cured)`` has no constant hazard
    ratio, and keeps the plateau; ``Proportional(Cure(hazard, cured), b)`` has, and moves it.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential, survival
    >>> survival(Cure(Exponential(0.1), 0.25), np.array([0.0, 10.0, 1e6])).round(4)
    array([1.    , 0.5259, 0.25  ])
    """

    hazard: Hazard
    cured: Array

    def __post_init__(self) -> None:
        known = isinstance(self.cured, int | float | np.ndarray)  # not a symbol of a model
        if known and not np.all((self.cured >= 0) & (self.cured <= 1)):
            raise InputError(
                f"{self.cured} is not between 0 and 1, as the share who never have the event is",
                where="cured",
            )

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard of all, cured or not, who are event-free."""
        uncured = self.hazard.cumulative_hazard(time)
        share_left = np.log1p(-self.cured) - uncured + self._mixed(uncured)
        return self.hazard.log_hazard(time) + share_left

    def cumulative_hazard(self, time: Array) -> Array:
        """Return minus the log of survival of all."""
        return self._mixed(self.hazard.cumulative_hazard(time))

    def _mixed(self, uncured: Array) -> Array:
        """Return minus the log of survival, early from those who had the event, for the digits."""
        early = indicator(uncured < 1.0)
        events = early * (1.0 - self.cured) * np.expm1(-uncured)
        alive = self.cured + (1.0 - self.cured) * np.exp(-uncured)
        return -(np.log1p(events) + (1.0 - early) * np.log(alive + SHORTEST))


@dataclass(frozen=True)
class WithBackground:
    """Relative survival: a known hazard that everybody has is added to that of the disease.

    Parameters
    ----------
    hazard : Hazard
        Excess hazard, of the disease.
    background : Hazard
        Hazard of people of the same age, sex and year, by time since a patient's entry; as from a
        life table, `PiecewiseExponential`.

    Notes
    -----
    Esteve, Benhamou, Croasdale and Raymond (1990), Statistics in Medicine 9, 529-538,
    doi:10.1002/sim.4780090506. Effects inside act on the excess hazard only.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> both = WithBackground(Exponential(0.1), Exponential(0.002))
    >>> round(float(both.cumulative_hazard(10.0)), 12)
    1.02
    """

    hazard: Hazard
    background: Hazard

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the sum of both hazards."""
        excess, background = self.hazard.log_hazard(time), self.background.log_hazard(time)
        return shared("logaddexp", excess, background)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the sum of both cumulative hazards."""
        return self.hazard.cumulative_hazard(time) + self.background.cumulative_hazard(time)
