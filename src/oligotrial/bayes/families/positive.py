"""Priors of positive quantities: times, shapes, rates, variances."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from oligotrial.bayes.families.base import POSITIVE, Support, Univariate
from oligotrial.checks import positive

__all__ = ["Gamma", "InverseGamma", "LogNormal"]


@dataclass(frozen=True)
class LogNormal(Univariate):
    """A log-normal prior, for positive quantities.

    Parameters
    ----------
    median : float
        Its median.
    sd_log : float
        Standard deviation of the log.

    Examples
    --------
    >>> tuple(round(end, 1) for end in LogNormal(12.0, 0.8).interval)
    (2.5, 57.6)
    """

    median: float
    sd_log: float

    support: ClassVar[Support] = POSITIVE
    in_units: ClassVar[tuple[str, ...]] = ("median",)

    def __post_init__(self) -> None:
        positive(self.median, "median")
        positive(self.sd_log, "sd_log")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"mu": float(np.log(self.median)), "sigma": self.sd_log}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.lognorm(self.sd_log, scale=self.median)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"log-normal(median {self.median:g}, sd of log {self.sd_log:g})"


@dataclass(frozen=True)
class Gamma(Univariate):
    """A gamma prior, for positive quantities such as rates.

    Parameters
    ----------
    shape : float
        Shape; 1 for an exponential.
    rate : float
        Rate: the mean is shape over rate.

    Examples
    --------
    >>> Gamma(2.0, 0.5).words
    'gamma(shape 2, rate 0.5)'
    """

    shape: float
    rate: float

    support: ClassVar[Support] = POSITIVE

    def __post_init__(self) -> None:
        positive(self.shape, "shape")
        positive(self.rate, "rate")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"alpha": self.shape, "beta": self.rate}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.gamma(self.shape, scale=1.0 / self.rate)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"gamma(shape {self.shape:g}, rate {self.rate:g})"

    def times(self, factor: float) -> "Gamma":
        """Return the prior of the same quantity in another unit: see `Univariate.times`."""
        return Gamma(self.shape, self.rate / factor)


@dataclass(frozen=True)
class InverseGamma(Univariate):
    """An inverse gamma prior, for variances such as the slab's of a regularised horseshoe.

    Parameters
    ----------
    shape, scale : float
        The inverse has a gamma distribution with this shape, and this scale as its rate.

    Notes
    -----
    Piironen and Vehtari (2017), Electronic Journal of Statistics 11, 5018-5051,
    doi:10.1214/17-EJS1337SI, equation 2.8 and after.

    Examples
    --------
    >>> InverseGamma(2.0, 1.0).words
    'inverse gamma(shape 2, scale 1)'
    """

    shape: float
    scale: float

    support: ClassVar[Support] = POSITIVE
    in_units: ClassVar[tuple[str, ...]] = ("scale",)

    def __post_init__(self) -> None:
        positive(self.shape, "shape")
        positive(self.scale, "scale")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"alpha": self.shape, "beta": self.scale}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.invgamma(self.shape, scale=self.scale)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"inverse gamma(shape {self.shape:g}, scale {self.scale:g})"
