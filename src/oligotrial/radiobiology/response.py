"""How one fraction's effect rises with its dose: the linear-quadratic law and its corrections.

Each gives the relative effectiveness of a dose per fraction, BED over dose, as a constant plus a
part over alpha/beta; that is what repair and several courses act on.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from oligotrial.checks import InputError, positive

__all__ = [
    "DoseResponse",
    "Effectiveness",
    "LinearQuadratic",
    "LinearQuadraticLinear",
    "UniversalSurvivalCurve",
]

RATIO_TOLERANCE = 0.01
"""Relative: a curve's own alpha/beta of 8.605 is the 8.6 that is printed with it."""


class Effectiveness(NamedTuple):
    """Relative effectiveness, ``constant + by_ratio / (alpha/beta)``.

    Parameters
    ----------
    constant : float or numpy.ndarray
        What doesn't depend on alpha/beta.
    by_ratio : float or numpy.ndarray
        What is divided by alpha/beta, Gy.
    """

    constant: Any
    by_ratio: Any

    def at(self, alpha_beta: Any) -> Any:
        """Return BED over dose at a ratio."""
        return self.constant + self.by_ratio / alpha_beta


class DoseResponse(Protocol):
    """The effect of one fraction."""

    @property
    def transition_gy(self) -> float:
        """Dose per fraction up to which it is the linear-quadratic law."""
        ...

    @property
    def alpha_beta(self) -> float | None:
        """The only alpha/beta it is for, or nothing where it is for any."""
        ...

    def effectiveness(self, dose_per_fraction_gy: Any) -> Effectiveness:
        """Return the relative effectiveness of a dose per fraction, repair complete."""
        ...


@dataclass(frozen=True)
class LinearQuadratic:
    """The linear-quadratic law at every dose per fraction.

    Notes
    -----
    Relative effectiveness ``1 + d / (alpha/beta)``: Barendsen (1982), Int J Radiat Oncol Biol
    Phys 8, 1981-1997, doi:10.1016/0360-3016(82)90459-X.

    Examples
    --------
    >>> LinearQuadratic().effectiveness(10.0).at(4.0)
    3.5
    """

    @property
    def transition_gy(self) -> float:
        """Infinite."""
        return float("inf")

    @property
    def alpha_beta(self) -> float | None:
        """Nothing: it is for any ratio."""
        return None

    def effectiveness(self, dose_per_fraction_gy: Any) -> Effectiveness:
        """Return a constant of 1 and the dose per fraction."""
        return Effectiveness(1.0, dose_per_fraction_gy)


@dataclass(frozen=True)
class LinearQuadraticLinear:
    """The linear-quadratic law up to a transition dose, a straight line above it (LQ-L).

    Parameters
    ----------
    transition_gy : float
        The dose per fraction where the line begins, Gy. Astrahan proposes about twice
        alpha/beta where it isn't known.
    final_slope : float, optional
        Slope of the line, as BED per Gy (gamma/alpha, at least 1). Where it isn't given, the
        line is the tangent at the transition, ``1 + 2 * transition / (alpha/beta)``.

    Raises
    ------
    InputError
        If the transition isn't above 0 or the slope is below 1.

    Notes
    -----
    BED of one fraction above the transition ``t``: ``t * (1 + t / (alpha/beta)) + slope *
    (d - t)``. Astrahan (2008), Med Phys 35, 4161-4172, doi:10.1118/1.2969065; Guerrero and Li
    (2004), Phys Med Biol 49, 4825-4835, doi:10.1088/0031-9155/49/20/012.

    Examples
    --------
    >>> float(10.0 * LinearQuadraticLinear(8.0).effectiveness(10.0).at(4.0))
    34.0
    """

    transition_gy: float
    final_slope: float | None = None

    def __post_init__(self) -> None:
        positive(self.transition_gy, "transition_gy")
        if self.final_slope is not None and positive(self.final_slope, "final_slope") < 1.0:
            raise InputError(
                f"{self.final_slope:g} is below 1, the slope at small doses; give 1 or more",
                where="final_slope",
            )

    @property
    def alpha_beta(self) -> float | None:
        """Nothing: it is for any ratio."""
        return None

    def effectiveness(self, dose_per_fraction_gy: Any) -> Effectiveness:
        """Return that of the curve up to the transition plus the line's, over the dose."""
        dose = np.asarray(dose_per_fraction_gy, dtype=float)
        bent = np.minimum(dose, self.transition_gy)
        straight = dose - bent
        with np.errstate(invalid="ignore"):
            share = np.where(dose > 0, bent / dose, 1.0)
        if self.final_slope is None:
            return Effectiveness(1.0, share * (bent + 2.0 * straight))
        constant = share + self.final_slope * (1.0 - share)
        return Effectiveness(constant, share * bent)


@dataclass(frozen=True)
class UniversalSurvivalCurve:
    """The linear-quadratic law joined smoothly to the multitarget model's final line (USC).

    Parameters
    ----------
    alpha_per_gy : float
        Initial slope ``alpha`` of the log survival curve, per Gy.
    d0_gy : float
        ``D0``: inverse of its final slope, Gy.
    dq_gy : float
        ``Dq``: dose at which the final line, drawn back, meets full survival, Gy.

    Raises
    ------
    InputError
        If a number isn't above 0, or the final slope isn't steeper than the initial one.

    Notes
    -----
    BED of one fraction above the transition: ``(d - Dq) / (alpha * D0)``. That the curves meet
    with the same slope fixes ``beta = (1 - alpha * D0)**2 / (4 * D0 * Dq)`` and the
    transition, ``2 * Dq / (1 - alpha * D0)``. So the curve has an alpha/beta of its own, and
    is the LQ-L with a tangent, told in other parameters. Park, Papiez, Zhang, Story and
    Timmerman (2008), Int J Radiat Oncol Biol Phys 70, 847-852,
    doi:10.1016/j.ijrobp.2007.10.059.

    Examples
    --------
    >>> curve = UniversalSurvivalCurve(alpha_per_gy=0.33, d0_gy=1.25, dq_gy=1.8)
    >>> round(curve.alpha_beta, 1), round(curve.transition_gy, 1)
    (8.6, 6.1)
    """

    alpha_per_gy: float
    d0_gy: float
    dq_gy: float

    def __post_init__(self) -> None:
        for name in ("alpha_per_gy", "d0_gy", "dq_gy"):
            positive(getattr(self, name), name)
        if self._bend <= 0:
            raise InputError(
                f"the final slope 1/{self.d0_gy:g} per Gy isn't steeper than the initial one, "
                f"{self.alpha_per_gy:g}; give alpha_per_gy times d0_gy below 1",
                where="d0_gy",
            )

    @property
    def _bend(self) -> float:
        return 1.0 - self.alpha_per_gy * self.d0_gy

    @property
    def transition_gy(self) -> float:
        """Dose per fraction where the line begins, Gy."""
        return 2.0 * self.dq_gy / self._bend

    @property
    def alpha_beta(self) -> float | None:
        """The ratio that smoothness implies, Gy."""
        return 4.0 * self.alpha_per_gy * self.d0_gy * self.dq_gy / self._bend**2

    def effectiveness(self, dose_per_fraction_gy: Any) -> Effectiveness:
        """Return the linear-quadratic law's up to the transition, the line's above it."""
        dose = np.asarray(dose_per_fraction_gy, dtype=float)
        above = dose > self.transition_gy
        safe = np.where(above, dose, 1.0)
        line = (1.0 - self.dq_gy / safe) / (self.alpha_per_gy * self.d0_gy)
        return Effectiveness(np.where(above, line, 1.0), np.where(above, 0.0, dose))


def ratio_for(response: DoseResponse, alpha_beta: Any) -> Any:
    """Return the ratio to use with a response: the given one, or its own if that is the same.

    Parameters
    ----------
    response : DoseResponse
        The response.
    alpha_beta : float or array
        What was asked for, Gy.

    Returns
    -------
    float or array
        The ratio.

    Raises
    ------
    InputError
        If the response has another ratio of its own.
    """
    own = response.alpha_beta
    if own is None:
        return alpha_beta
    if not np.all(np.abs(np.asarray(alpha_beta, dtype=float) - own) <= RATIO_TOLERANCE * own):
        raise InputError(
            f"this survival curve has an alpha/beta of {own:.4g} Gy of its own; give that one "
            "(its alpha_beta), or a LinearQuadraticLinear for another",
            where="alpha_beta",
        )
    return own
