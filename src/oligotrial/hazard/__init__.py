"""Hazards: the currency between evidence, likelihood, posterior and simulation."""

from oligotrial.hazard.baseline import Exponential, MSpline, PiecewiseExponential, Weibull
from oligotrial.hazard.basis import Evaluated, MSplineBasis
from oligotrial.hazard.changing import Delayed, Stepped, Waning
from oligotrial.hazard.core import Hazard, log_likelihood, quantile, rmst, survival, taken
from oligotrial.hazard.mixture import Mixture
from oligotrial.hazard.modify import Accelerated, Crossing, Proportional
from oligotrial.hazard.parametric import GeneralisedGamma, Gompertz, LogLogistic, LogNormal
from oligotrial.hazard.population import Cure, WithBackground
from oligotrial.hazard.strata import Stratified

__all__ = [
    "Accelerated",
    "Crossing",
    "Cure",
    "Delayed",
    "Evaluated",
    "Exponential",
    "GeneralisedGamma",
    "Gompertz",
    "Hazard",
    "LogLogistic",
    "LogNormal",
    "MSpline",
    "MSplineBasis",
    "Mixture",
    "PiecewiseExponential",
    "Proportional",
    "Stepped",
    "Stratified",
    "Waning",
    "Weibull",
    "WithBackground",
    "log_likelihood",
    "quantile",
    "rmst",
    "survival",
    "taken",
]
