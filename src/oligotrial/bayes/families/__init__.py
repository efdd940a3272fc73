"""Families of priors: distributions that PyMC can be given and a reader can judge.

Each is a frozen dataclass of the numbers a statistician would state; `numbers` translates them
for PyMC, `distribution` for scipy.
"""

from collections.abc import Mapping
from typing import Any

from oligotrial.bayes.families.base import (
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Prior,
    Support,
    Univariate,
)
from oligotrial.bayes.families.positive import Gamma, InverseGamma, LogNormal
from oligotrial.bayes.families.real import Normal, StudentT
from oligotrial.bayes.families.scales import Exponential, HalfCauchy, HalfNormal, HalfStudentT
from oligotrial.bayes.families.shares import Beta, Dirichlet

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
