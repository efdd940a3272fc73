"""Group-sequential designs in information time: the rule as data, and what follows from it."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, probability
from oligotrial.trial.boundaries import Boundaries, Efficacy, Looks, exit_probabilities
from oligotrial.trial.futility import Futility, NoFutility
from oligotrial.trial.spending import LanDeMetsOBrienFleming, ascending_fractions

__all__ = ["GroupSequential", "drift_for_power", "find_boundaries", "fixed_drift", "inflation"]


@dataclass(frozen=True)
class GroupSequential:
    """When a trial is looked at, in fractions of its information, and how it may stop.

    Parameters
    ----------
    fractions : tuple of float
        Each look's share of the information at the last, ascending to 1; (1,) is a fixed
        design.
    alpha : float
        Significance level: of one side, or of both sides together if `two_sided`.
    efficacy : Efficacy, optional
        A spending function, or a classical shape.
    futility : Futility, optional
        How it stops for futility.
    two_sided : bool, optional
        Whether the test has two sides, with mirrored boundaries and half of alpha each.

    Raises
    ------
    InputError
        If looks are out of order or don't end in 1, alpha is not between 0 and 1, or a
        two-sided design has futility boundaries.

    Examples
    --------
    >>> design = GroupSequential((0.5, 0.75, 1.0), 0.025)
    >>> [round(bound, 4) for bound in find_boundaries(design).efficacy]
    [2.9626, 2.359, 2.0141]
    """

    fractions: tuple[float, ...]
    alpha: float
    efficacy: Efficacy = field(default_factory=LanDeMetsOBrienFleming)
    futility: Futility = field(default_factory=NoFutility)
    two_sided: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "fractions", ascending_fractions(self.fractions, "fractions"))
        probability(self.alpha, "alpha")
        if self.two_sided and not isinstance(self.futility, NoFutility):
            raise InputError(
                "a two-sided design has no futility boundaries here; make it one-sided with half "
                "of alpha, or use NoFutility()",
                where="futility",
            )

    @property
    def alpha_of_one_side(self) -> float:
        """Significance level of the side that favours the experimental arm."""
        return self.alpha / 2 if self.two_sided else self.alpha


@lru_cache(maxsize=1024)
def find_boundaries(design: GroupSequential) -> Boundaries:
    """Return the boundaries of a design, on the z scale.

    Parameters
    ----------
    design : GroupSequential
        The rule.

    Returns
    -------
    Boundaries
        Exact but for rounding.

    Raises
    ------
    InputError
        If no boundaries keep the rule: spending that decreases or doesn't end at alpha,
        futility above efficacy.

    Examples
    --------
    >>> from oligotrial.trial.classical import Pocock
    >>> found = find_boundaries(GroupSequential((0.5, 1.0), 0.1, Pocock()))
    >>> [round(bound, 3) for bound in found.efficacy]
    [1.527, 1.527]
    """
    nothing = (-np.inf,) * len(design.fractions)
    looks = Looks(design.fractions, design.alpha_of_one_side, nothing, design.two_sided)
    return design.futility.boundaries(design.efficacy, looks)


def drift_for_power(design: GroupSequential, power: float) -> float:
    """Return the expected z at full information at which a design has a given power.

    Parameters
    ----------
    design : GroupSequential
        The rule; its futility boundaries are obeyed.
    power : float
        Probability of stopping for efficacy.

    Returns
    -------
    float
        ``-log(hazard ratio) * sqrt(information)``.

    Raises
    ------
    InputError
        If `power` is not between alpha and 1.

    Examples
    --------
    >>> round(drift_for_power(GroupSequential((0.5, 1.0), 0.025), 0.9), 4)
    3.2471
    """
    start = fixed_drift(design, power)
    found = find_boundaries(design)

    def excess(drift: float) -> float:
        return exit_probabilities(found, drift).power - power

    low, high = start - 1e-6, 1.5 * start + 0.5
    while excess(low) > 0:
        low -= 0.5
    while excess(high) < 0:
        high += 1.0
        if high > start + 60:
            raise InputError(
                f"no effect gives power {power:g}: the futility boundaries stop too many trials",
                where="power",
            )
    return float(brentq(excess, low, high, xtol=1e-13, rtol=1e-14))


def fixed_drift(design: GroupSequential, power: float) -> float:
    """Return the expected z at which one test at the same alpha has a given power.

    Parameters
    ----------
    design : GroupSequential
        The rule.
    power : float
        Probability of a significant benefit.

    Returns
    -------
    float
        ``z(1 - alpha) + z(power)``, alpha of one side.

    Raises
    ------
    InputError
        If `power` is not between alpha and 1.
    """
    alpha = design.alpha_of_one_side
    if probability(power, "power") <= alpha:
        raise InputError(f"{power} is not above alpha, {alpha}", where="power")
    return float(norm.isf(alpha) + norm.ppf(power))


def inflation(design: GroupSequential, power: float) -> float:
    """Return the maximum information, as a multiple of what a fixed design needs.

    Parameters
    ----------
    design : GroupSequential
        The rule.
    power : float
        Power of both.

    Returns
    -------
    float
        1 for a design with one look.

    Raises
    ------
    InputError
        If `power` is not between alpha and 1.

    Examples
    --------
    >>> from oligotrial.trial.classical import Pocock
    >>> pocock = GroupSequential((0.2, 0.4, 0.6, 0.8, 1.0), 0.05, Pocock(), two_sided=True)
    >>> round(inflation(pocock, 0.9), 3)
    1.207
    """
    return (drift_for_power(design, power) / fixed_drift(design, power)) ** 2
