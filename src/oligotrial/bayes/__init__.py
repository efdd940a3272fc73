"""Bayesian survival models: the only package that knows PyMC, which it loads when it fits."""

from oligotrial.bayes.baselines import MSpline, Weibull
from oligotrial.bayes.fit import Fit
from oligotrial.bayes.formula import Formula
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.bayes.priors import Dirichlet, HalfNormal, LogNormal, Normal, Parameter, Priors

__all__ = [
    "Dirichlet",
    "Fit",
    "Formula",
    "HalfNormal",
    "LogNormal",
    "MSpline",
    "Normal",
    "Parameter",
    "Priors",
    "Sampler",
    "SurvivalModel",
    "Weibull",
]
