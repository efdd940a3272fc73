"""Boundaries on the z scale, the chance of crossing them, and the classical shapes."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, positive
from oligotrial.trial import recursion

__all__ = [
    "Boundaries",
    "Efficacy",
    "Exits",
    "HaybittlePeto",
    "Looks",
    "OBrienFleming",
    "Pocock",
    "WangTsiatis",
    "exit_probabilities",
]

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

    Examples
    --------
    >>> Looks((0.5, 1.0), 0.025, (-np.inf, -np.inf)).times.tolist()
    [0.5, 1.0]
    """

    fractions: tuple[float, ...]
    alpha: float
    lower: tuple[float, ...]
    two_sided: bool = False

    @property
    def times(self) -> np.ndarray:
        """Fractions as an array; shape (look,)."""
        return np.array(self.fractions)

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


@dataclass(frozen=True)
class WangTsiatis:
    """Boundaries ``c * t**(shape - 1/2)`` at fractions t of the information.

    Parameters
    ----------
    shape : float
        0 is O'Brien and Fleming's, 0.5 is Pocock's; at most 0.5.

    Raises
    ------
    InputError
        If `shape` is above 0.5 or not a number.

    Notes
    -----
    Wang and Tsiatis (1987), Biometrics 43, 193-199, doi:10.2307/2531959.

    Examples
    --------
    >>> WangTsiatis(0.25).upper(Looks((0.5, 1.0), 0.025, (-np.inf,) * 2)).round(4).tolist()
    [2.4239, 2.0382]
    """

    shape: float

    def __post_init__(self) -> None:
        if not -10 <= self.shape <= 0.5:
            raise InputError(
                f"{self.shape} is not from -10 to 0.5; 0 is O'Brien-Fleming, 0.5 is Pocock",
                where="shape",
            )

    def upper(self, looks: Looks) -> np.ndarray:
        """Return upper boundaries on the z scale; shape (look,)."""
        shape = looks.times ** (self.shape - 0.5)

        def excess(constant: float) -> float:
            crossed = exit_probabilities(looks.bounded(constant * shape), 0.0)
            return crossed.power - looks.alpha

        least, most = norm.isf(looks.alpha), norm.isf(looks.alpha / len(shape))
        if excess(float(least)) <= 0:  # one look, or futility that binds
            least = -10.0
        if excess(float(least)) <= 0:
            raise InputError(
                "the binding futility boundaries leave less than alpha to be spent; lower them "
                "or call them non-binding",
                where="futility",
            )
        return np.asarray(brentq(excess, least, most + 1e-9, xtol=1e-13, rtol=1e-14) * shape)


@dataclass(frozen=True)
class OBrienFleming:
    """O'Brien and Fleming's classical boundaries, ``c / sqrt(t)``.

    Notes
    -----
    O'Brien and Fleming (1979), Biometrics 35, 549-556, doi:10.2307/2530245.

    Examples
    --------
    >>> OBrienFleming().upper(Looks((0.5, 1.0), 0.025, (-np.inf,) * 2)).round(3).tolist()
    [2.797, 1.977]
    """

    def upper(self, looks: Looks) -> np.ndarray:
        """Return upper boundaries on the z scale; shape (look,)."""
        return WangTsiatis(0.0).upper(looks)


@dataclass(frozen=True)
class Pocock:
    """Pocock's classical boundaries, the same at each look.

    Notes
    -----
    Pocock (1977), Biometrika 64, 191-199, doi:10.1093/biomet/64.2.191.

    Examples
    --------
    >>> Pocock().upper(Looks((0.5, 1.0), 0.025, (-np.inf,) * 2)).round(3).tolist()
    [2.178, 2.178]
    """

    def upper(self, looks: Looks) -> np.ndarray:
        """Return upper boundaries on the z scale; shape (look,)."""
        return WangTsiatis(0.5).upper(looks)


@dataclass(frozen=True)
class HaybittlePeto:
    """One high boundary at each interim look; the last spends what is left.

    Parameters
    ----------
    interim : float, optional
        Boundary of the interim looks on the z scale.

    Raises
    ------
    InputError
        If `interim` is not above 0.

    Notes
    -----
    Haybittle (1971), Br J Radiol 44, 793-797, doi:10.1259/0007-1285-44-526-793; Peto et al.
    (1976), Br J Cancer 34, 585-612, doi:10.1038/bjc.1976.220.

    Examples
    --------
    >>> HaybittlePeto().upper(Looks((0.5, 1.0), 0.025, (-np.inf,) * 2)).round(4).tolist()
    [3.0, 1.9673]
    """

    interim: float = 3.0

    def __post_init__(self) -> None:
        positive(self.interim, "interim")

    def upper(self, looks: Looks) -> np.ndarray:
        """Return upper boundaries on the z scale; shape (look,)."""
        upper = np.full(len(looks.fractions), self.interim)
        if upper.size == 1:
            return np.array([norm.isf(looks.alpha)])

        def excess(last: float) -> float:
            upper[-1] = last
            return exit_probabilities(looks.bounded(upper), 0.0).power - looks.alpha

        if excess(40.0) >= 0:
            raise InputError(
                f"the interim looks at z = {self.interim:g} already spend alpha, "
                f"{looks.alpha:g}; raise their boundary",
                where="interim",
            )
        upper[-1] = brentq(excess, -10.0, 40.0, xtol=1e-13, rtol=1e-14)
        return upper
