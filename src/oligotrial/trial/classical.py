"""The classical shapes of efficacy boundaries, which know how many looks there will be."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, positive
from oligotrial.trial.boundaries import Looks, exit_probabilities

__all__ = ["HaybittlePeto", "OBrienFleming", "Pocock", "WangTsiatis"]


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
