"""Hazards: the currency between evidence, likelihood, posterior and simulation."""

from oligotrial.hazard.baseline import Exponential, MSpline, PiecewiseExponential, Weibull
from oligotrial.hazard.basis import Evaluated, MSplineBasis
from oligotrial.hazard.core import Hazard, log_likelihood, quantile, rmst, survival, taken
from oligotrial.hazard.mixture import Mixture
from oligotrial.hazard.modify import Proportional

__all__ = [
    "Evaluated",
    "Exponential",
    "Hazard",
    "MSpline",
    "MSplineBasis",
    "Mixture",
    "PiecewiseExponential",
    "Proportional",
    "Weibull",
    "log_likelihood",
    "quantile",
    "rmst",
    "survival",
    "taken",
]
