"""Classical estimators of times to an event: one compiled kernel for each formula."""

from oligotrial.estimators.cumulative_incidence import (
    CumulativeIncidence,
    cause_specific,
    cumulative_incidence,
)
from oligotrial.estimators.incidence_variance import AALEN, GREENWOOD, IncidenceVariance
from oligotrial.estimators.kaplan_meier import KaplanMeier, Rate, kaplan_meier, rate_at
from oligotrial.estimators.log_rank import LogRank, log_rank
from oligotrial.estimators.median import Median, MedianSet, follow_up, median, median_set
from oligotrial.estimators.numbers_at_risk import number_at_risk
from oligotrial.estimators.restricted_mean import RestrictedMean, restricted_mean
from oligotrial.estimators.scale import LOG, LOG_LOG, PLAIN, Scale

__all__ = [
    "AALEN",
    "GREENWOOD",
    "LOG",
    "LOG_LOG",
    "PLAIN",
    "CumulativeIncidence",
    "IncidenceVariance",
    "KaplanMeier",
    "LogRank",
    "Median",
    "MedianSet",
    "Rate",
    "RestrictedMean",
    "Scale",
    "cause_specific",
    "cumulative_incidence",
    "follow_up",
    "kaplan_meier",
    "log_rank",
    "median",
    "median_set",
    "number_at_risk",
    "rate_at",
    "restricted_mean",
]
