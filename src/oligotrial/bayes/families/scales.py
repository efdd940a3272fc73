"""Priors of standard deviations: halves of distributions around 0, and the exponential."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from oligotrial.bayes.families.base import POSITIVE, Support, Univariate
from oligotrial.checks import positive

__all__ = ["Exponential", "HalfCauchy", "HalfNormal", "HalfStudentT"]


@dataclass(frozen=True)
class HalfNormal(Univariate):
    """A half-normal prior, for standard deviations.

    Parameters
    ----------
    sd : float
        Scale: the standard deviation of the normal that is folded.

    Examples
    --------
    >>> HalfNormal(0.5).words
    'half-normal(sd 0.5)'
    """

    sd: float

    support: ClassVar[Support] = POSITIVE
    in_units: ClassVar[tuple[str, ...]] = ("sd",)

    def __post_init__(self) -> None:
        positive(self.sd, "sd")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"sigma": self.sd}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.halfnorm(scale=self.sd)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"half-normal(sd {self.sd:g})"


@dataclass(frozen=True)
class HalfStudentT(Univariate):
    """Student's t, folded: for standard deviations that may be large.

    Parameters
    ----------
    df : float
        Degrees of freedom.
    scale : float
        Scale of the distribution that is folded.

    Notes
    -----
    Gelman (2006), Bayesian Analysis 1, 515-534, doi:10.1214/06-BA117A, section 3.2.

    Examples
    --------
    >>> HalfStudentT(4.0, 0.5).words
    "half-Student's t(df 4, scale 0.5)"
    """

    df: float
    scale: float

    support: ClassVar[Support] = POSITIVE
    in_units: ClassVar[tuple[str, ...]] = ("scale",)

    def __post_init__(self) -> None:
        positive(self.df, "df")
        positive(self.scale, "scale")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"nu": self.df, "sigma": self.scale}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return _Folded(stats.t(self.df, scale=self.scale))

    @property
    def words(self) -> str:
        """The distribution."""
        return f"half-Student's t(df {self.df:g}, scale {self.scale:g})"


@dataclass(frozen=True)
class HalfCauchy(Univariate):
    """Cauchy's distribution, folded: half of it is below the scale, a tenth above six times it.

    Parameters
    ----------
    scale : float
        Its median.

    Notes
    -----
    The scales of a horseshoe: Carvalho, Polson and Scott (2010), Biometrika 97, 465-480,
    doi:10.1093/biomet/asq017.

    Examples
    --------
    >>> HalfCauchy(0.1).words
    'half-Cauchy(scale 0.1)'
    """

    scale: float

    support: ClassVar[Support] = POSITIVE
    in_units: ClassVar[tuple[str, ...]] = ("scale",)

    def __post_init__(self) -> None:
        positive(self.scale, "scale")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"beta": self.scale}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.halfcauchy(scale=self.scale)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"half-Cauchy(scale {self.scale:g})"


@dataclass(frozen=True)
class Exponential(Univariate):
    """An exponential prior, for standard deviations.

    Parameters
    ----------
    mean : float
        Its mean.

    Examples
    --------
    >>> round(Exponential(0.3).interval[1], 2)
    1.11
    """

    mean: float

    support: ClassVar[Support] = POSITIVE
    in_units: ClassVar[tuple[str, ...]] = ("mean",)

    def __post_init__(self) -> None:
        positive(self.mean, "mean")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"scale": self.mean}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.expon(scale=self.mean)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"exponential(mean {self.mean:g})"


@dataclass(frozen=True)
class _Folded:
    """A symmetric distribution around 0, folded there."""

    whole: Any

    def ppf(self, probability: Any) -> Any:
        """Return quantiles."""
        return self.whole.ppf(0.5 * (1.0 + np.asarray(probability)))

    def cdf(self, values: Any) -> Any:
        """Return the probability of no more than each value."""
        return 2.0 * self.whole.cdf(np.maximum(values, 0.0)) - 1.0

    def logpdf(self, values: Any) -> Any:
        """Return the log density at values above 0."""
        return np.log(2.0) + self.whole.logpdf(values)

    def rvs(self, size: Any, random_state: np.random.Generator) -> np.ndarray:
        """Return random numbers."""
        return np.asarray(np.abs(self.whole.rvs(size=size, random_state=random_state)))
