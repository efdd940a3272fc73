"""Classical estimators of right-censored times: one compiled kernel for each formula."""

from oligotrial.estimators.kaplan_meier import KaplanMeier, Rate, kaplan_meier, rate_at
from oligotrial.estimators.log_rank import LogRank, log_rank
from oligotrial.estimators.median import Median, MedianSet, median, median_set
from oligotrial.estimators.restricted_mean import RestrictedMean, restricted_mean
from oligotrial.estimators.scale import LOG_LOG, PLAIN, Scale

__all__ = [
    "LOG_LOG",
    "PLAIN",
    "KaplanMeier",
    "LogRank",
    "Median",
    "MedianSet",
    "Rate",
    "RestrictedMean",
    "Scale",
    "kaplan_meier",
    "log_rank",
    "median",
    "median_set",
    "rate_at",
    "restricted_mean",
]
