"""Families of priors: distributions that PyMC can be given and a reader can judge.

Each is a frozen dataclass of the numbers a statistician would state; `numbers` translates them
for PyMC, `distribution` for scipy.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from scipy import stats
from scipy.special import expit, logit

from oligotrial.checks import InputError, positive

__all__ = [
    "FAMILIES",
    "KINDS",
    "POSITIVE",
    "REAL",
    "SIMPLEX",
    "UNIT",
    "Beta",
    "Dirichlet",
    "Exponential",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "InverseGamma",
    "LogNormal",
    "Normal",
    "Prior",
    "StudentT",
    "Support",
    "Univariate",
]


@dataclass(frozen=True)
class Support:
    """The values that a parameter can have, and how a sampler's free numbers become one.

    Parameters
    ----------
    name : str
        What it is called.
    constrained : callable
        Takes an array of free numbers, elements on the last axis; returns the values. The inverse
        of the transformation that PyMC has for the support by default.
    middle : callable
        Takes the ends of an interval of values; returns the free number in its middle.
    fewer : int, optional
        By how many the free numbers are fewer than the elements.
    """

    name: str
    constrained: Callable[[np.ndarray], np.ndarray] = field(repr=False, compare=False)
    middle: Callable[[float, float], float] = field(repr=False, compare=False)
    fewer: int = 0


def _shares(free: np.ndarray) -> np.ndarray:
    """Return the softmax of numbers and the negative of their sum, as PyMC has it."""
    logits = np.concatenate([free, -free.sum(axis=-1, keepdims=True)], axis=-1)
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


REAL = Support("real", np.asarray, lambda low, high: 0.5 * (low + high))
POSITIVE = Support("positive", np.exp, lambda low, high: 0.5 * float(np.log(low) + np.log(high)))
UNIT = Support("unit interval", expit, lambda low, high: 0.5 * float(logit(low) + logit(high)))
SIMPLEX = Support("shares that sum to 1", _shares, lambda _low, _high: 0.0, fewer=1)


class Prior(Protocol):
    """A distribution that PyMC can be given and a reader can judge; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    support: ClassVar[Support]

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        ...

    @property
    def words(self) -> str:
        """The distribution."""
        ...

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        ...

    def draw(self, rng: np.random.Generator, *, draws: int, size: int) -> np.ndarray:
        """Return draws of a parameter of some elements, shape (draws, size)."""
        ...


class Univariate(ABC):
    """A prior of single numbers: what follows from its scipy distribution."""

    in_units: ClassVar[tuple[str, ...]] = ()
    """The fields that change with the unit of what the prior is about, in proportion to it."""

    @property
    @abstractmethod
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        low, high = self.distribution.ppf([0.025, 0.975])
        return float(low), float(high)

    def draw(self, rng: np.random.Generator, *, draws: int, size: int) -> np.ndarray:
        """Return draws of a parameter of some elements, shape (draws, size)."""
        return np.asarray(self.distribution.rvs(size=(draws, size), random_state=rng))

    def times(self, factor: float) -> Self:
        """Return the prior of the same quantity in another unit.

        Parameters
        ----------
        factor : float
            What a number in the old unit is multiplied by: 12 from years to months.

        Returns
        -------
        Prior
            Of the same family.

        Raises
        ------
        InputError
            If a quantity with this kind of prior has no unit, as shares have none.
        """
        if not self.in_units:
            raise InputError(f"a {type(self).__name__} prior is about shares, without a unit")
        scaled = {name: getattr(self, name) * factor for name in self.in_units}
        return replace(self, **scaled)  # type: ignore[type-var]


def _finite(value: float, name: str) -> None:
    if not np.isfinite(value):
        raise InputError(f"{value} is not a finite number; give one", where=name)


@dataclass(frozen=True)
class Normal(Univariate):
    """A normal prior, for effects on the log hazard scale.

    Parameters
    ----------
    mean, sd : float
        Mean and standard deviation.

    Examples
    --------
    >>> Normal(0.0, 0.1).words
    'normal(mean 0, sd 0.1)'
    """

    mean: float
    sd: float

    support: ClassVar[Support] = REAL
    in_units: ClassVar[tuple[str, ...]] = ("mean", "sd")

    def __post_init__(self) -> None:
        _finite(self.mean, "mean")
        positive(self.sd, "sd")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"mu": self.mean, "sigma": self.sd}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.norm(self.mean, self.sd)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"normal(mean {self.mean:g}, sd {self.sd:g})"


@dataclass(frozen=True)
class StudentT(Univariate):
    """Student's t: as a normal prior, but far effects are held possible.

    Parameters
    ----------
    df : float
        Degrees of freedom; at 1 it is Cauchy's, above 30 nearly normal.
    centre, scale : float
        Its middle, and the unit of the distance from it.

    Examples
    --------
    >>> tuple(round(end, 2) for end in StudentT(4.0, 0.0, 0.2).interval)
    (-0.56, 0.56)
    """

    df: float
    centre: float
    scale: float

    support: ClassVar[Support] = REAL
    in_units: ClassVar[tuple[str, ...]] = ("centre", "scale")

    def __post_init__(self) -> None:
        positive(self.df, "df")
        _finite(self.centre, "centre")
        positive(self.scale, "scale")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"nu": self.df, "mu": self.centre, "sigma": self.scale}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.t(self.df, self.centre, self.scale)

    @property
    def words(self) -> str:
        """The distribution."""
        return f"Student's t(df {self.df:g}, centre {self.centre:g}, scale {self.scale:g})"


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
class Beta(Univariate):
    """A beta prior, for shares: what a share is after so many successes and failures.

    Parameters
    ----------
    alpha, beta : float
        Successes and failures; one of each for a uniform prior.

    Examples
    --------
    >>> Beta(1.0, 3.0).words
    'beta(alpha 1, beta 3), mean 25%'
    """

    alpha: float
    beta: float

    support: ClassVar[Support] = UNIT

    def __post_init__(self) -> None:
        positive(self.alpha, "alpha")
        positive(self.beta, "beta")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"alpha": self.alpha, "beta": self.beta}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.beta(self.alpha, self.beta)

    @property
    def words(self) -> str:
        """The distribution."""
        mean = self.alpha / (self.alpha + self.beta)
        return f"beta(alpha {self.alpha:g}, beta {self.beta:g}), mean {mean:.0%}"


@dataclass(frozen=True)
class Dirichlet:
    """A Dirichlet prior with equal concentrations, for shares that sum to 1.

    Parameters
    ----------
    concentration : float
        1 for uniform shares; above 1 they are drawn towards equality.

    Examples
    --------
    >>> Dirichlet(1.0).words
    'Dirichlet(concentration 1)'
    """

    concentration: float

    support: ClassVar[Support] = SIMPLEX

    def __post_init__(self) -> None:
        positive(self.concentration, "concentration")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"a": self.concentration}

    @property
    def words(self) -> str:
        """The distribution."""
        return f"Dirichlet(concentration {self.concentration:g})"

    @property
    def interval(self) -> tuple[float, float]:
        """The range of each share."""
        return 0.0, 1.0

    def draw(self, rng: np.random.Generator, *, draws: int, size: int) -> np.ndarray:
        """Return draws of shares, shape (draws, size)."""
        return rng.dirichlet(np.full(size, self.concentration), draws)


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


FAMILIES: Mapping[str, type[Any]] = {
    "normal": Normal,
    "student-t": StudentT,
    "log-normal": LogNormal,
    "half-normal": HalfNormal,
    "half-student-t": HalfStudentT,
    "half-cauchy": HalfCauchy,
    "gamma": Gamma,
    "inverse-gamma": InverseGamma,
    "exponential": Exponential,
    "beta": Beta,
    "dirichlet": Dirichlet,
}
"""Every family by its name in a model's TOML."""

KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in FAMILIES.values()}
"""Every family by the name under which a stored fit knows it."""
