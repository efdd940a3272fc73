"""Error spending: how much of alpha or beta may be used up by a fraction of the information."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtr, ndtri

from oligotrial.checks import InputError, positive
from oligotrial.trial import recursion
from oligotrial.trial.boundaries import Looks

__all__ = [
    "HwangShihDeCani",
    "KimDeMets",
    "LanDeMetsOBrienFleming",
    "LanDeMetsPocock",
    "Spending",
    "UserSpending",
]


class Spending(ABC):
    """A function of the information that says how much error may have been spent.

    It spends alpha as an efficacy boundary, and beta within `BetaSpending`.
    """

    @abstractmethod
    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:
        """Return the error spent by fractions of the information.

        Parameters
        ----------
        fractions : numpy.ndarray
            Fractions of the planned information, above 0 and at most 1; shape (look,).
        total : float
            Error spent at the end: alpha of one side, or beta.

        Returns
        -------
        numpy.ndarray
            Cumulative error; shape (look,).
        """

    def increments(self, fractions: np.ndarray, total: float) -> np.ndarray:
        """Return the error spent at each look.

        Parameters
        ----------
        fractions : numpy.ndarray
            Fractions of the planned information; shape (look,).
        total : float
            Error spent at the end.

        Returns
        -------
        numpy.ndarray
            Error of each look; shape (look,).

        Raises
        ------
        InputError
            If the spending decreases or doesn't end at the total.
        """
        spent = np.asarray(self.spent(np.asarray(fractions), total))
        steps = np.diff(spent, prepend=0.0)
        if not (steps >= 0).all():
            look = int(np.argmin(steps >= 0)) + 1
            raise InputError(
                f"the error spent decreases at look {look}, to {spent[look - 1]:g}; "
                "spending starts at 0 or more and never decreases",
                where="spending",
            )
        if not np.isclose(spent[-1], total, rtol=1e-9, atol=0.0):
            raise InputError(
                f"the error spent ends at {spent[-1]:g} instead of {total:g}, the error of the "
                "design (of one side, if it has two); make them equal",
                where="spending",
            )
        return steps

    def upper(self, looks: Looks) -> np.ndarray:
        """Return upper boundaries on the z scale that spend alpha; shape (look,)."""
        times = looks.times
        steps = self.increments(looks.clock, looks.alpha)
        root = np.sqrt(times)
        found = recursion.spend(times, steps, root * looks.lower, 0.0, looks.two_sided) / root
        if np.isneginf(found).any():
            raise InputError(
                f"at look {int(np.isneginf(found).argmax()) + 1} the binding futility boundaries "
                "leave less than the error to be spent there; lower them or call them non-binding",
                where="futility",
            )
        return np.asarray(found)


@dataclass(frozen=True)
class LanDeMetsOBrienFleming(Spending):
    """Spends little early: ``2 - 2 Phi(z(1 - total/2) / sqrt(t))``, like O'Brien-Fleming.

    Notes
    -----
    Lan and DeMets (1983), Biometrika 70, 659-663, doi:10.1093/biomet/70.3.659.

    Examples
    --------
    >>> LanDeMetsOBrienFleming().spent(np.array([0.5, 1.0]), 0.025).round(6).tolist()
    [0.001525, 0.025]
    """

    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:
        """Return the error spent by fractions of the information; shape (look,)."""
        return np.asarray(2 * ndtr(ndtri(total / 2) / np.sqrt(fractions)))


@dataclass(frozen=True)
class LanDeMetsPocock(Spending):
    """Spends early: ``total * log(1 + (e - 1) t)``, like Pocock's boundaries.

    Notes
    -----
    Lan and DeMets (1983), Biometrika 70, 659-663, doi:10.1093/biomet/70.3.659.

    Examples
    --------
    >>> LanDeMetsPocock().spent(np.array([0.5, 1.0]), 0.025).round(6).tolist()
    [0.015503, 0.025]
    """

    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:
        """Return the error spent by fractions of the information; shape (look,)."""
        return np.asarray(total * np.log1p(np.expm1(1.0) * fractions))


@dataclass(frozen=True)
class HwangShihDeCani(Spending):
    """``total * (1 - exp(-gamma t)) / (1 - exp(-gamma))``; at gamma 0, ``total * t``.

    Parameters
    ----------
    gamma : float
        -4 is like O'Brien-Fleming, 1 like Pocock; from -40 to 40.

    Raises
    ------
    InputError
        If `gamma` is out of its range.

    Notes
    -----
    Hwang, Shih and De Cani (1990), Stat Med 9, 1439-1445, doi:10.1002/sim.4780091207.

    Examples
    --------
    >>> HwangShihDeCani(-4.0).spent(np.array([0.5, 1.0]), 0.025).round(6).tolist()
    [0.00298, 0.025]
    """

    gamma: float

    def __post_init__(self) -> None:
        if not -40 <= self.gamma <= 40:
            raise InputError(
                f"{self.gamma} is not from -40 to 40; -4 is like O'Brien-Fleming, 1 like Pocock",
                where="gamma",
            )

    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:
        """Return the error spent by fractions of the information; shape (look,)."""
        if self.gamma == 0:
            return np.asarray(total * fractions)
        return np.asarray(total * np.expm1(-self.gamma * fractions) / np.expm1(-self.gamma))


@dataclass(frozen=True)
class KimDeMets(Spending):
    """``total * t ** rho``.

    Parameters
    ----------
    rho : float
        Above 0; 3 is like O'Brien-Fleming, 1 spends evenly.

    Raises
    ------
    InputError
        If `rho` is not above 0.

    Notes
    -----
    Kim and DeMets (1987), Biometrika 74, 149-154, doi:10.1093/biomet/74.1.149.

    Examples
    --------
    >>> KimDeMets(3.0).spent(np.array([0.5, 1.0]), 0.024).round(6).tolist()
    [0.003, 0.024]
    """

    rho: float

    def __post_init__(self) -> None:
        positive(self.rho, "rho")

    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:
        """Return the error spent by fractions of the information; shape (look,)."""
        return np.asarray(total * fractions**self.rho)


@dataclass(frozen=True)
class UserSpending(Spending):
    """Spending given at some fractions of the information, and on straight lines between them.

    Parameters
    ----------
    fractions : tuple of float
        Ascending fractions of the information, ending in 1.
    cumulative : tuple of float
        Error spent by them, never decreasing; the last is the whole. In a two-sided design
        this is the error of one side.

    Raises
    ------
    InputError
        If the fractions are out of order or don't end in 1, the spending decreases, or their
        numbers differ.

    Examples
    --------
    >>> UserSpending((0.5, 1.0), (0.001, 0.025)).spent(np.array([0.25, 0.5]), 0.025).tolist()
    [0.0005, 0.001]
    """

    fractions: tuple[float, ...]
    cumulative: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "fractions", ascending_fractions(self.fractions, "fractions"))
        object.__setattr__(self, "cumulative", tuple(map(float, self.cumulative)))
        if len(self.fractions) != len(self.cumulative):
            raise InputError(
                f"{len(self.cumulative)} errors for {len(self.fractions)} fractions; "
                "give one error for each fraction",
                where="cumulative",
            )
        self.increments(np.array(self.fractions), self.cumulative[-1])

    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:  # noqa: ARG002
        """Return the error spent by fractions of the information; shape (look,)."""
        known, error = (0.0, *self.fractions), (0.0, *self.cumulative)
        return np.asarray(np.interp(fractions, known, error))


def ascending_fractions(fractions: tuple[float, ...], name: str) -> tuple[float, ...]:
    """Return information fractions that rise from above 0 to 1, or raise `InputError`."""
    given = tuple(map(float, fractions))
    if not given or not given[0] > 0 or given[-1] != 1.0:
        raise InputError(
            f"{given} don't run from above 0 to 1; give each look's share of the information at "
            "the last one, such as (0.5, 1)",
            where=name,
        )
    for look, (before, after) in enumerate(pairwise(given), start=2):
        if not after - before > 1e-6:
            raise InputError(
                f"look {look} at {after:g} does not come after look {look - 1} at {before:g}; "
                "put the looks in order",
                where=name,
            )
    return given
