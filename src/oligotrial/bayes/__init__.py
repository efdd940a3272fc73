"""Bayesian survival models: the only package that knows PyMC, which it loads when it fits."""

from oligotrial.bayes.baselines import MSpline, Weibull
from oligotrial.bayes.contrast import contrasts, hazard_ratios, marginal_draws
from oligotrial.bayes.fit import Fit
from oligotrial.bayes.formula import Formula
from oligotrial.bayes.measures import (
    DIFFERENCE,
    MEDIAN,
    RATIO,
    CumulativeHazard,
    HazardRate,
    Quantile,
    RestrictedMean,
    Survival,
    survival_at,
)
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.bayes.populations import Population, mix
from oligotrial.bayes.predict import draws_of
from oligotrial.bayes.priors import Dirichlet, HalfNormal, LogNormal, Normal, Parameter, Priors

__all__ = [
    "DIFFERENCE",
    "MEDIAN",
    "RATIO",
    "CumulativeHazard",
    "Dirichlet",
    "Fit",
    "Formula",
    "HalfNormal",
    "HazardRate",
    "LogNormal",
    "MSpline",
    "Normal",
    "Parameter",
    "Population",
    "Priors",
    "Quantile",
    "RestrictedMean",
    "Sampler",
    "Survival",
    "SurvivalModel",
    "Weibull",
    "contrasts",
    "draws_of",
    "hazard_ratios",
    "marginal_draws",
    "mix",
    "survival_at",
]
