"""Boundaries on the z scale, and the chance of crossing them."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.stats import norm

from oligotrial.trial import recursion

__all__ = ["Boundaries", "Efficacy", "Exits", "Looks", "exit_probabilities"]

_START = (0.0, 0.0)


@dataclass(frozen=True)
class Looks:
    """What an efficacy boundary is found for.

    Parameters
    ----------
    fractions : tuple of float
        Fractions of the planned information at the looks.
    alpha : float
        Significance level of one side.
    lower : tuple of float
        Binding lower boundaries on the z scale, minus infinity where there are none.
    two_sided : bool, optional
        Whether the lower boundary mirrors the upper one instead.
    spent_at : tuple of float or None, optional
        Shares, such as of the time, by which errors are spent; `fractions` when left out.

    Examples
    --------
    >>> Looks((0.5, 1.0), 0.025, (-np.inf, -np.inf)).times.tolist()
    [0.5, 1.0]
    """

    fractions: tuple[float, ...]
    alpha: float
    lower: tuple[float, ...]
    two_sided: bool = False
    spent_at: tuple[float, ...] | None = None

    @property
    def times(self) -> np.ndarray:
        """Fractions as an array; shape (look,)."""
        return np.array(self.fractions)

    @property
    def clock(self) -> np.ndarray:
        """Shares by which errors are spent; shape (look,)."""
        return np.array(self.spent_at or self.fractions)

    def bounded(self, upper: np.ndarray) -> "Boundaries":
        """Return boundaries of these looks with given upper ones, shape (look,)."""
        lower = tuple((-upper).tolist()) if self.two_sided else self.lower
        return Boundaries(self.fractions, tuple(upper.tolist()), lower, self.two_sided)


class Efficacy(Protocol):
    """What finds efficacy boundaries: a spending function or a classical shape."""

    def upper(self, looks: Looks) -> np.ndarray:
        """Return upper boundaries on the z scale; shape (look,)."""
        ...


@dataclass(frozen=True)
class Boundaries:
    """At which standardised statistic a trial stops, look by look.

    A positive statistic favours the experimental arm. An infinite boundary can't be crossed.

    Parameters
    ----------
    fractions : tuple of float
        Fractions of the planned information at the looks.
    efficacy : tuple of float
        The trial stops for efficacy at or above these; shape (look,).
    futility : tuple of float
        The trial stops for futility at or below these, or for harm in a two-sided trial;
        shape (look,).
    two_sided : bool, optional
        Whether the lower boundary is the other side of a two-sided test.

    Examples
    --------
    >>> Boundaries((0.5, 1.0), (2.8, 1.98), (0.0, 1.98)).p_values.round(4).tolist()
    [0.0026, 0.0239]
    """

    fractions: tuple[float, ...]
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]
    two_sided: bool = False

    @property
    def p_values(self) -> np.ndarray:
        """One-sided p-values at or below which the trial stops for efficacy; shape (look,)."""
        return np.asarray(norm.sf(self.efficacy))

    @property
    def futility_p_values(self) -> np.ndarray:
        """One-sided p-values at or above which the trial stops for futility; shape (look,)."""
        return np.asarray(norm.sf(self.futility))

    def without_futility(self) -> "Boundaries":
        """Return the same with futility boundaries that nobody obeys, as non-binding ones are.

        Returns
        -------
        Boundaries
            New boundaries; those of a two-sided trial are unchanged.
        """
        if self.two_sided:
            return self
        return replace(self, futility=(-np.inf,) * len(self.fractions))


@dataclass(frozen=True)
class Exits:
    """Where trials stop.

    Parameters
    ----------
    fractions : numpy.ndarray
        Fractions of the planned information at the looks; shape (look,).
    efficacy : numpy.ndarray
        Probability of stopping at each look with efficacy shown; shape (look,).
    futility : numpy.ndarray
        Probability of stopping at each look at or below the lower boundary; shape (look,).
    """

    fractions: np.ndarray
    efficacy: np.ndarray
    futility: np.ndarray

    @property
    def power(self) -> float:
        """Probability that efficacy is shown."""
        return float(self.efficacy.sum())

    @property
    def expected_fraction(self) -> float:
        """Expected information at the end, as a fraction of that planned."""
        early = (self.efficacy + self.futility)[:-1]
        return float(early @ self.fractions[:-1] + self.fractions[-1] * (1 - early.sum()))


def exit_probabilities(boundaries: Boundaries, drift: float) -> Exits:
    """Return the probability of each way out of a trial at each look.

    Parameters
    ----------
    boundaries : Boundaries
        When it stops; futility is obeyed (see `Boundaries.without_futility`).
    drift : float
        Expected z at full information, ``-log(hazard ratio) * sqrt(information)``; 0 under the
        null hypothesis.

    Returns
    -------
    Exits
        Probabilities by recursive integration.

    Notes
    -----
    Jennison and Turnbull (2000), Group Sequential Methods with Applications to Clinical
    Trials, doi:10.1201/9780367805326, chapter 19; see `oligotrial.trial.recursion`.

    Examples
    --------
    >>> pocock = Boundaries((0.5, 1.0), (2.178273, 2.178273), (-np.inf, -np.inf))
    >>> round(exit_probabilities(pocock, 0.0).power, 6)
    0.025
    """
    times = np.array(boundaries.fractions)
    root = np.sqrt(times)
    lower, upper = root * boundaries.futility, root * boundaries.efficacy
    up, down = recursion.exits(times, lower, upper, float(drift), _START)
    return Exits(times, up, down)
