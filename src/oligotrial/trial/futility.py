"""Rules that stop a trial for want of effect."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, probability
from oligotrial.trial import recursion
from oligotrial.trial.boundaries import Boundaries, Efficacy, Looks
from oligotrial.trial.spending import Spending

__all__ = ["BetaSpending", "FixedFutility", "Futility", "NoFutility"]


type Finder = Callable[[float], tuple[np.ndarray, np.ndarray]]
"""Lower and upper boundaries at a drift."""


class Futility(Protocol):
    """What completes efficacy boundaries by futility boundaries."""

    @property
    def binding(self) -> bool:
        """Whether alpha is kept only if the trial does stop at its futility boundaries."""
        ...

    def boundaries(self, efficacy: Efficacy, looks: Looks) -> Boundaries:
        """Return boundaries of both kinds; `looks` comes without lower ones."""
        ...


@dataclass(frozen=True)
class NoFutility:
    """The trial never stops for futility."""

    @property
    def binding(self) -> bool:
        """There is nothing to bind."""
        return False

    def boundaries(self, efficacy: Efficacy, looks: Looks) -> Boundaries:
        """Return the efficacy boundaries; what misses the last one is futile."""
        upper = efficacy.upper(looks)
        if looks.two_sided:
            return looks.bounded(upper)
        return _closed(looks, np.array(looks.lower), upper)


@dataclass(frozen=True)
class FixedFutility:
    """Futility boundaries written down by the planner.

    Parameters
    ----------
    bounds : tuple of float
        Standardised statistics at or below which the trial stops, one for each interim look;
        0 stops at an observed hazard ratio of 1 or more, minus infinity never stops.
    binding : bool, optional
        Whether the trial must stop there. If so the efficacy boundaries are lowered until
        alpha is used up; if not, alpha is kept whether it stops or not.

    Raises
    ------
    InputError
        If a bound is not a number, or at or above the efficacy boundary, or if there isn't one
        for each interim look.

    Examples
    --------
    >>> from oligotrial.trial.spending import LanDeMetsOBrienFleming
    >>> looks = Looks((0.5, 1.0), 0.10, (-np.inf, -np.inf))
    >>> found = FixedFutility((0.0,)).boundaries(LanDeMetsOBrienFleming(), looks)
    >>> [round(bound, 4) for bound in found.futility]
    [0.0, 1.3165]
    """

    bounds: tuple[float, ...]
    binding: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", tuple(map(float, self.bounds)))
        if np.isnan(self.bounds).any():
            raise InputError("a futility bound is not a number", where="bounds")

    def boundaries(self, efficacy: Efficacy, looks: Looks) -> Boundaries:
        """Return boundaries of both kinds."""
        interim = len(looks.fractions) - 1
        if len(self.bounds) != interim:
            raise InputError(
                f"{len(self.bounds)} futility bounds for {interim} interim looks; give one for "
                "each look but the last",
                where="bounds",
            )
        lower = (*self.bounds, -np.inf)
        bound = replace(looks, lower=lower) if self.binding else looks
        return _closed(looks, np.array(lower), efficacy.upper(bound))


@dataclass(frozen=True)
class BetaSpending:
    """Futility boundaries that spend the type II error, so that the last two boundaries meet.

    The planned effect is the one at which the design has power ``1 - beta``; its boundaries
    and its maximum information follow from each other.

    Parameters
    ----------
    spending : Spending
        How beta is spent over the information.
    beta : float
        Type II error, 1 minus the power.
    binding : bool, optional
        Whether the trial must stop there. If so the efficacy boundaries are lowered until
        alpha is used up, which needs alpha-spending; if not, alpha is kept either way.

    Raises
    ------
    InputError
        If `beta` is not between 0 and 1, or can't be spent.

    Notes
    -----
    Pampallona, Tsiatis and Kim (2001), Drug Inf J 35, 1113-1121,
    doi:10.1177/009286150103500408.

    Examples
    --------
    >>> from oligotrial.trial.spending import HwangShihDeCani
    >>> looks = Looks((0.5, 1.0), 0.025, (-np.inf, -np.inf))
    >>> futility = BetaSpending(HwangShihDeCani(-2.0), 0.1)
    >>> found = futility.boundaries(HwangShihDeCani(-4.0), looks)
    >>> [round(bound, 4) for bound in found.futility]
    [0.4122, 1.9811]
    """

    spending: Spending
    beta: float
    binding: bool = False

    def __post_init__(self) -> None:
        probability(self.beta, "beta")

    def boundaries(self, efficacy: Efficacy, looks: Looks) -> Boundaries:
        """Return boundaries of both kinds."""
        return _closed(looks, *self._planned(efficacy, looks)[1:])

    def drift(self, efficacy: Efficacy, looks: Looks) -> float:
        """Return the expected z at full information at which the last two boundaries meet.

        Parameters
        ----------
        efficacy : Efficacy
            The efficacy boundaries.
        looks : Looks
            Without lower boundaries.

        Returns
        -------
        float
            That of the planned effect, for which beta is spent.

        Raises
        ------
        InputError
            If the boundaries meet before the last look.
        """
        return self._planned(efficacy, looks)[0]

    def _planned(self, efficacy: Efficacy, looks: Looks) -> tuple[float, np.ndarray, np.ndarray]:
        if 1 - self.beta <= looks.alpha:
            raise InputError(
                f"power {1 - self.beta:g} is not above alpha, {looks.alpha:g}; lower beta",
                where="beta",
            )
        steps = self.spending.increments(looks.clock, self.beta)
        if self.binding:
            return self._binding(efficacy, looks, steps)
        upper = efficacy.upper(looks)

        def one(drift: float) -> tuple[np.ndarray, np.ndarray]:
            return _spent(looks, steps, upper, drift), upper

        return _meeting(one, looks, self.beta)

    def _binding(
        self, efficacy: Efficacy, looks: Looks, steps: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray]:
        if not isinstance(efficacy, Spending):
            raise InputError(
                f"binding beta-spending needs alpha-spending, not {type(efficacy).__name__}; "
                "use a spending function such as LanDeMetsOBrienFleming, or binding=False",
                where="futility",
            )
        upper_steps = efficacy.increments(looks.clock, looks.alpha)
        root = np.sqrt(looks.times)

        def both(drift: float) -> tuple[np.ndarray, np.ndarray]:
            lower, upper = recursion.spend_both(looks.times, upper_steps, steps, drift)
            return lower / root, upper / root

        return _meeting(both, looks, self.beta)


def _spent(looks: Looks, steps: np.ndarray, upper: np.ndarray, drift: float) -> np.ndarray:
    """Return lower boundaries that spend beta: upper ones of the motion seen upside down."""
    root = np.sqrt(looks.times)
    mirrored = recursion.spend(looks.times, steps, -root * upper, -drift, False)
    return np.asarray(-mirrored / root)


def _meeting(find: Finder, looks: Looks, beta: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the drift at which the last two boundaries meet, and the boundaries at it."""

    def gap(drift: float) -> float:
        lower, upper = find(drift)
        crossed = not (lower[:-1] < upper[:-1]).all()
        return 40.0 if crossed else float(np.clip(lower[-1] - upper[-1], -40.0, 40.0))

    low = float(norm.isf(looks.alpha) + norm.isf(beta)) * 0.5
    high = 2.0 * low + 0.5
    while gap(low) > 0:
        low -= 0.5
    while gap(high) < 0:
        high += 0.5
    drift = float(brentq(gap, low, high, xtol=1e-13, rtol=1e-14))
    lower, upper = find(drift)
    if not (lower[:-1] < upper[:-1]).all() or abs(lower[-1] - upper[-1]) > 1e-6:
        raise InputError(
            "the futility boundaries meet the efficacy boundaries before the last look; "
            "spend beta later or have fewer looks",
            where="futility",
        )
    return drift, lower, upper


def _closed(looks: Looks, lower: np.ndarray, upper: np.ndarray) -> Boundaries:
    """Return one-sided boundaries whose last look decides either way."""
    crossed = lower[:-1] >= upper[:-1]
    if crossed.any():
        look = int(crossed.argmax())
        raise InputError(
            f"at look {look + 1} the futility bound {lower[look]:.4g} is not below the efficacy "
            f"boundary {upper[look]:.4g}; lower it",
            where="futility",
        )
    lower = np.append(lower[:-1], upper[-1])
    return Boundaries(looks.fractions, tuple(upper.tolist()), tuple(lower.tolist()))
