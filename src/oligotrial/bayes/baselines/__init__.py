"""Baselines: which hazard the reference patient has, and with which parameters.

As the terms, a baseline is written once for symbols and draws: `hazard` makes an
`oligotrial.hazard` object from parameters, whatever kind of arrays they are.
"""

from oligotrial.bayes.baselines.core import Baseline, Sums, middle, restored
from oligotrial.bayes.baselines.parametric import (
    Exponential,
    GeneralisedGamma,
    Gompertz,
    LogLogistic,
    LogNormal,
    Weibull,
)
from oligotrial.bayes.baselines.piecewise import PiecewiseExponential
from oligotrial.bayes.baselines.spline import MSpline

__all__ = [
    "BASELINES",
    "Baseline",
    "Exponential",
    "GeneralisedGamma",
    "Gompertz",
    "LogLogistic",
    "LogNormal",
    "MSpline",
    "PiecewiseExponential",
    "Sums",
    "Weibull",
    "middle",
    "restored",
]

BASELINES: dict[str, type[Baseline]] = {
    "exponential": Exponential,
    "weibull": Weibull,
    "gompertz": Gompertz,
    "log-normal": LogNormal,
    "log-logistic": LogLogistic,
    "generalised-gamma": GeneralisedGamma,
    "piecewise-exponential": PiecewiseExponential,
    "m-spline": MSpline,
}
"""Every baseline by its name in a model's TOML; a stored fit knows it by its class's name."""
