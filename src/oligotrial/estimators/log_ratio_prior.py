"""Priors on a log hazard ratio: normal components, into which the others are taken apart.

A normal prior times the likelihood has one peak, whatever the data; a mixture's posterior is the
mixture of its components' posteriors. So every prior here is a list of normals, and a normal of
standard deviation 0 is a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.stats import gamma

from oligotrial.checks import InputError, non_negative, positive

__all__ = [
    "LogRatioPrior",
    "MixtureLogRatio",
    "NormalLogRatio",
    "PointLogRatio",
    "StudentTLogRatio",
    "components",
]

_FARTHEST = 20.0
"""No prior lies or spreads farther: a hazard ratio of exp(20) is 5e8."""

_TAIL = 1e-8  # probability that a t distribution's components leave out at either end


class LogRatioPrior(Protocol):
    """A mixture of normals on the log hazard ratio; `simulate.EffectPrior` is one, too."""

    @property
    def weights(self) -> np.ndarray:
        """Weights of the components, which sum to 1; shape (components,)."""
        ...

    @property
    def means(self) -> np.ndarray:
        """Their means; shape (components,)."""
        ...

    @property
    def sds(self) -> np.ndarray:
        """Their standard deviations, 0 for a point; shape (components,)."""
        ...


@dataclass(frozen=True)
class NormalLogRatio:
    """A normal prior on the log hazard ratio.

    Parameters
    ----------
    mean, sd : float
        Mean and standard deviation; 0 makes it a point.

    Raises
    ------
    InputError
        If the mean is beyond 20 either way, or the standard deviation negative or above 20.

    Examples
    --------
    >>> NormalLogRatio(0.0, 0.5).sds
    array([0.5])
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _near(self.mean, "mean")
        _near(non_negative(self.sd, "sd"), "sd")

    @property
    def weights(self) -> np.ndarray:
        """Its one weight."""
        return np.ones(1)

    @property
    def means(self) -> np.ndarray:
        """Its mean."""
        return np.array([float(self.mean)])

    @property
    def sds(self) -> np.ndarray:
        """Its standard deviation."""
        return np.array([float(self.sd)])


@dataclass(frozen=True)
class PointLogRatio:
    """All belief on one log hazard ratio, as a component of a `MixtureLogRatio`: 0 is no effect.

    Parameters
    ----------
    value : float
        The log hazard ratio.

    Raises
    ------
    InputError
        If it is beyond 20 either way.

    Examples
    --------
    >>> PointLogRatio(0.0).sds
    array([0.])
    """

    value: float

    def __post_init__(self) -> None:
        _near(self.value, "value")

    @property
    def weights(self) -> np.ndarray:
        """Its one weight."""
        return np.ones(1)

    @property
    def means(self) -> np.ndarray:
        """The value."""
        return np.array([float(self.value)])

    @property
    def sds(self) -> np.ndarray:
        """0."""
        return np.zeros(1)


@dataclass(frozen=True)
class StudentTLogRatio:
    """A t prior on the log hazard ratio, for effects that may be far larger than expected.

    Parameters
    ----------
    degrees : float
        Degrees of freedom, at least 3 so that there is a standard deviation.
    mean, scale : float
        Centre and scale.

    Raises
    ------
    InputError
        If a number is out of its range.

    Notes
    -----
    A t variable is a normal one whose precision is gamma distributed with shape and rate of
    half the degrees. That gamma is put on an even grid of the log precision, about 40 normals,
    which leave out 1e-8 of probability at either end and are exact to that order otherwise.

    Examples
    --------
    >>> prior = StudentTLogRatio(4.0, mean=0.0, scale=0.5)
    >>> round(float(prior.weights @ prior.sds**2), 3)  # scale**2 * degrees / (degrees - 2)
    0.5
    """

    degrees: float
    mean: float
    scale: float

    def __post_init__(self) -> None:
        if not self.degrees >= 3.0 or not np.isfinite(self.degrees):
            raise InputError(
                f"{self.degrees} is below 3 or not finite; give at least 3 degrees of freedom",
                where="degrees",
            )
        _near(self.mean, "mean")
        _near(positive(self.scale, "scale"), "scale")

    @property
    def weights(self) -> np.ndarray:
        """Weights of its normals."""
        precisions = self._precisions()
        weights = precisions * gamma.pdf(precisions, self._half, scale=1.0 / self._half)
        return np.asarray(weights / weights.sum())

    @property
    def means(self) -> np.ndarray:
        """Their means, all the same."""
        return np.full(self._precisions().size, float(self.mean))

    @property
    def sds(self) -> np.ndarray:
        """Their standard deviations."""
        return np.asarray(self.scale / np.sqrt(self._precisions()))

    @property
    def _half(self) -> float:
        return self.degrees / 2.0

    def _precisions(self) -> np.ndarray:
        ends = gamma.ppf([_TAIL, 1.0 - _TAIL], self._half, scale=1.0 / self._half)
        low, high = np.log(ends)
        step = min(0.4, 0.65 * np.sqrt(2.0 / self.degrees))
        return np.exp(np.arange(low, high + step, step))


@dataclass(frozen=True)
class MixtureLogRatio:
    """Several priors, each with its weight: sceptical and enthusiastic, or none and some effect.

    Parameters
    ----------
    parts : sequence of (float, LogRatioPrior)
        Weights above 0 that sum to 1, and the priors.

    Raises
    ------
    InputError
        If there are no parts, or the weights aren't above 0 or don't sum to 1.

    Examples
    --------
    >>> MixtureLogRatio([(0.3, PointLogRatio(0.0)), (0.7, NormalLogRatio(-0.3, 0.4))]).sds
    array([0. , 0.4])
    """

    parts: Sequence[tuple[float, LogRatioPrior]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        for number, (weight, _) in enumerate(self.parts, start=1):
            positive(weight, f"parts, weight {number}")
        total = float(sum(weight for weight, _ in self.parts))
        if not abs(total - 1.0) < 1e-9:
            raise InputError(f"the weights sum to {total:g}; make them sum to 1", where="parts")

    @property
    def weights(self) -> np.ndarray:
        """Weights of all components."""
        return np.concatenate([weight * prior.weights for weight, prior in self.parts])

    @property
    def means(self) -> np.ndarray:
        """Their means."""
        return np.concatenate([prior.means for _, prior in self.parts])

    @property
    def sds(self) -> np.ndarray:
        """Their standard deviations."""
        return np.concatenate([prior.sds for _, prior in self.parts])


def components(prior: LogRatioPrior) -> np.ndarray:
    """Return a prior as the kernels take it.

    Parameters
    ----------
    prior : LogRatioPrior
        Any of this module's, or `simulate.EffectPrior`.

    Returns
    -------
    numpy.ndarray
        Weights, means and standard deviations; shape (3, components). Components without
        weight are left out.

    Raises
    ------
    InputError
        If it isn't a prior, or its numbers are no mixture.

    Examples
    --------
    >>> components(NormalLogRatio(0.0, 0.5)).ravel().tolist()
    [1.0, 0.0, 0.5]
    """
    try:
        table = np.array([prior.weights, prior.means, prior.sds], dtype=float)
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            "this is no prior; give NormalLogRatio, StudentTLogRatio, PointLogRatio or a "
            "MixtureLogRatio of them",
            where="prior",
        ) from error
    weights, means, sds = table.reshape(3, -1)
    good = (weights >= 0).all() and np.isfinite(means).all() and (sds >= 0).all()
    if not (good and np.isfinite(sds).all() and abs(weights.sum() - 1.0) < 1e-9):
        raise InputError(
            "the components are no mixture of normals; give weights that sum to 1, finite means "
            "and standard deviations of at least 0",
            where="prior",
        )
    return np.ascontiguousarray(table.reshape(3, -1)[:, weights > 0])


def _near(value: float, name: str) -> None:
    if not abs(value) <= _FARTHEST:
        raise InputError(
            f"{value} isn't within -{_FARTHEST:g} and {_FARTHEST:g}; give a log hazard ratio, "
            "natural logarithm",
            where=name,
        )
