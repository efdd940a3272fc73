"""A model's priors, by name: the defaults, and what was set instead of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from oligotrial.bayes.families import (
    FAMILIES,
    KINDS,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Normal,
    Prior,
    StudentT,
    Support,
)
from oligotrial.checks import InputError, suggestion

__all__ = [
    "DEFAULTS",
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
    "Parameter",
    "Prior",
    "Priors",
    "StudentT",
    "Support",
]


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
    "log_logistic_shape": LogNormal(1.4, 0.35),
    "sd_log": LogNormal(1.3, 0.35),
    "rise": Normal(0.0, 0.75),
    "sigma": LogNormal(1.0, 0.35),
    "q": Normal(0.5, 0.75),
    "smoothing": HalfNormal(0.5),
    "cured": Beta(1.0, 3.0),
    "bed": Normal(0.0, 0.1),
    "linear": Normal(0.0, 0.5),
    "monotone": Normal(0.0, 0.75),
    "steps": Dirichlet(1.0),
    "pooled_sd": HalfNormal(0.35),
    "frailty_sd": HalfNormal(0.35),
    "factor": Normal(0.0, 0.75),
    "interaction": Normal(0.0, 0.35),
    "interaction_sd": HalfNormal(0.25),
    "curve": Normal(0.0, 0.5),
    "curve_sd": HalfNormal(0.35),
    "threshold": Normal(0.0, 0.75),
    "cut": Beta(1.0, 1.0),
    "drift_sd": HalfNormal(0.35),
    "horseshoe_global": HalfCauchy(1.0),
    "horseshoe_local": HalfCauchy(1.0),
    "horseshoe_slab": InverseGamma(2.0, 1.0),
}
"""Weakly informative priors for oncology's progression-free survival in months: a median
between 2.5 and 58, hazard ratios of 0.82 to 1.22 per 10 Gy and 0.23 to 4.3 between the first
and the last line, subgroups that differ by a factor of 2 at most. Times' spread is held about as
wide by all baselines: a Weibull shape of 1 and a log-logistic one of 1.4 both have a standard
deviation of log time near 1.3. `rise` is the log ratio of Gompertz hazards at the median and at
the start, 0.23 to 4.3; `q` covers log-normal (0) and Weibull (1). The cured are 1% to 71%. An
interaction is a ratio of hazard ratios between 0.50 and 2.0. A spline has a slope, `curve`, per
standard deviation of its column, and `curve_sd` is how far it departs from a straight line; a
cut-point is anywhere in its range with equal probability; an effect drifts by a factor of 2 at
most from one interval to the next. A horseshoe's global scale is in units of the one that fits
the number of effects expected, its slab is the variance of large effects per standard deviation,
half of which are within a factor of 1.7. Each can be set in a model's TOML."""


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
        If a name is unknown, or a prior has another support than its default.

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
            if prior.support != DEFAULTS[name].support:
                raise InputError(
                    f"{prior.words} has the support '{prior.support.name}', but this prior's has "
                    f"to be '{DEFAULTS[name].support.name}', like that of {DEFAULTS[name].words}",
                    where=f"priors.{name}",
                )

    def __getitem__(self, name: str) -> Any:
        """Return the prior of a name."""
        return dict(self.given).get(name, DEFAULTS[name])
