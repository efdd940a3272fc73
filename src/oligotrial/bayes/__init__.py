"""Bayesian survival models: the only package that knows PyMC, which it loads when it fits."""

from oligotrial.bayes.baselines import (
    GeneralisedGamma,
    Gompertz,
    LogLogistic,
    MSpline,
    PiecewiseExponential,
    Weibull,
)
from oligotrial.bayes.contrast import contrasts, hazard_ratios, marginal_draws
from oligotrial.bayes.effects import AcceleratedFailureTime, ProportionalHazards
from oligotrial.bayes.elicit import elicit
from oligotrial.bayes.families import (
    Beta,
    Dirichlet,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Normal,
    StudentT,
)
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
from oligotrial.bayes.modifiers import Background, Cure
from oligotrial.bayes.populations import Population, mix
from oligotrial.bayes.predict import draws_of
from oligotrial.bayes.prior_predictive import implied, prior_fit, prior_survival
from oligotrial.bayes.priors import Parameter, Priors

__all__ = [
    "DIFFERENCE",
    "MEDIAN",
    "RATIO",
    "AcceleratedFailureTime",
    "Background",
    "Beta",
    "CumulativeHazard",
    "Cure",
    "Dirichlet",
    "Fit",
    "Formula",
    "Gamma",
    "GeneralisedGamma",
    "Gompertz",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "HazardRate",
    "InverseGamma",
    "LogLogistic",
    "LogNormal",
    "MSpline",
    "Normal",
    "Parameter",
    "PiecewiseExponential",
    "Population",
    "Priors",
    "ProportionalHazards",
    "Quantile",
    "RestrictedMean",
    "Sampler",
    "StudentT",
    "Survival",
    "SurvivalModel",
    "Weibull",
    "contrasts",
    "draws_of",
    "elicit",
    "hazard_ratios",
    "implied",
    "marginal_draws",
    "mix",
    "prior_fit",
    "prior_survival",
    "survival_at",
]
