"""Priors as values: each says what it implies in words a statistician can judge."""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.special import expit
from scipy.stats import halfnorm, norm

from oligotrial.checks import InputError, positive, suggestion

__all__ = [
    "DEFAULTS",
    "POSITIVE",
    "REAL",
    "SIMPLEX",
    "UNIT",
    "Dirichlet",
    "HalfNormal",
    "LogNormal",
    "Normal",
    "Parameter",
    "Prior",
    "Priors",
    "Support",
]

Z95 = float(norm.ppf(0.975))


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
    fewer : int, optional
        By how many the free numbers are fewer than the elements.
    """

    name: str
    constrained: Callable[[np.ndarray], np.ndarray] = field(repr=False, compare=False)
    fewer: int = 0


def _shares(free: np.ndarray) -> np.ndarray:
    """Return the softmax of numbers and the negative of their sum, as PyMC has it."""
    logits = np.concatenate([free, -free.sum(axis=-1, keepdims=True)], axis=-1)
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


REAL = Support("real", np.asarray)
POSITIVE = Support("positive", np.exp)
UNIT = Support("unit interval", expit)
SIMPLEX = Support("shares that sum to 1", _shares, fewer=1)


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


@dataclass(frozen=True)
class Normal:
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

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean):
            raise InputError(f"{self.mean} is not a finite number; give one", where="mean")
        positive(self.sd, "sd")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"mu": self.mean, "sigma": self.sd}

    @property
    def words(self) -> str:
        """The distribution."""
        return f"normal(mean {self.mean:g}, sd {self.sd:g})"

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        return self.mean - Z95 * self.sd, self.mean + Z95 * self.sd


@dataclass(frozen=True)
class LogNormal:
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

    def __post_init__(self) -> None:
        positive(self.median, "median")
        positive(self.sd_log, "sd_log")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"mu": float(np.log(self.median)), "sigma": self.sd_log}

    @property
    def words(self) -> str:
        """The distribution."""
        return f"log-normal(median {self.median:g}, sd of log {self.sd_log:g})"

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        factor = float(np.exp(Z95 * self.sd_log))
        return self.median / factor, self.median * factor


@dataclass(frozen=True)
class HalfNormal:
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

    def __post_init__(self) -> None:
        positive(self.sd, "sd")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"sigma": self.sd}

    @property
    def words(self) -> str:
        """The distribution."""
        return f"half-normal(sd {self.sd:g})"

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval."""
        return float(halfnorm.ppf(0.025) * self.sd), float(halfnorm.ppf(0.975) * self.sd)


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


@dataclass(frozen=True)
class Parameter:
    """One quantity to be estimated.

    Parameters
    ----------
    name : str
        Its name in the posterior.
    prior : Prior
        Its prior.
    size : int, optional
        Number of elements; 0 for a single number.
    implies : str, optional
        A sentence on the prior, with {low} and {high} for the ends of its 95% interval,
        {ratio_low} and {ratio_high} for their exponentials.
    """

    name: str
    prior: Prior
    size: int = 0
    implies: str = ""

    @property
    def sentence(self) -> str:
        """What the prior implies, in words."""
        low, high = self.prior.interval
        ratios = {"ratio_low": np.exp(low), "ratio_high": np.exp(high)}
        return self.implies.format(low=low, high=high, **ratios)


DEFAULTS: Mapping[str, Prior] = {
    "median": LogNormal(12.0, 0.8),
    "shape": LogNormal(1.0, 0.35),
    "smoothing": HalfNormal(0.5),
    "bed": Normal(0.0, 0.1),
    "linear": Normal(0.0, 0.5),
    "monotone": Normal(0.0, 0.75),
    "steps": Dirichlet(1.0),
    "pooled_sd": HalfNormal(0.35),
}
"""Weakly informative priors for oncology's progression-free survival in months: a median
between 2.5 and 58, hazard ratios of 0.82 to 1.22 per 10 Gy and 0.23 to 4.3 between the first
and the last line, subgroups that differ by a factor of 2 at most. Each can be set in a model's
TOML."""


@dataclass(frozen=True)
class Priors:
    """The priors of a model: the defaults, and what was set instead.

    Parameters
    ----------
    given : tuple of (str, Prior)
        Priors that replace the defaults, by name.

    Raises
    ------
    InputError
        If a name is unknown, or a prior is of another kind than its default.

    Examples
    --------
    >>> Priors((("bed", Normal(0.0, 0.2)),))["bed"].sd
    0.2
    """

    given: tuple[tuple[str, Prior], ...] = ()

    def __post_init__(self) -> None:
        for name, prior in self.given:
            if name not in DEFAULTS:
                raise InputError(
                    f"there is no prior '{name}'{suggestion(name, DEFAULTS)}; there are "
                    f"{', '.join(DEFAULTS)}",
                    where="priors",
                )
            if type(prior) is not type(DEFAULTS[name]):
                raise InputError(
                    f"this prior has to be like {DEFAULTS[name].words}", where=f"priors.{name}"
                )

    def __getitem__(self, name: str) -> Any:
        """Return the prior of a name."""
        return dict(self.given).get(name, DEFAULTS[name])


KINDS = {kind.__name__: kind for kind in (Normal, LogNormal, HalfNormal, Dirichlet)}
"""Priors by the name under which a stored fit knows them."""
