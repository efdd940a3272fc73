"""Classical estimators of times to an event: one compiled kernel for each formula."""

from oligotrial.estimators.chi_squared import ChiSquaredTest
from oligotrial.estimators.concordance import Concordance, harrell_c, uno_c
from oligotrial.estimators.cox import BRESLOW, EFRON, Cox, Ties, cox
from oligotrial.estimators.cumulative_incidence import (
    CumulativeIncidence,
    cause_specific,
    cumulative_incidence,
)
from oligotrial.estimators.fine_gray import FineGray, fine_gray
from oligotrial.estimators.gray import Gray, gray_test
from oligotrial.estimators.incidence_at import Incidence, incidence_at
from oligotrial.estimators.incidence_variance import AALEN, GREENWOOD, IncidenceVariance
from oligotrial.estimators.kaplan_meier import KaplanMeier, Rate, kaplan_meier, rate_at
from oligotrial.estimators.landmark import landmark
from oligotrial.estimators.log_rank import LogRank, Trend, log_rank, log_rank_trend
from oligotrial.estimators.log_ratio_prior import (
    LogRatioPrior,
    MixtureLogRatio,
    NormalLogRatio,
    PointLogRatio,
    StudentTLogRatio,
)
from oligotrial.estimators.median import Median, MedianSet, follow_up, median, median_set
from oligotrial.estimators.numbers_at_risk import number_at_risk, weight_at_risk
from oligotrial.estimators.piecewise_posterior import PiecewisePosterior, piecewise_posterior
from oligotrial.estimators.piecewise_table import (
    EventQuantiles,
    ExternalControls,
    GammaBaseline,
    external_controls,
)
from oligotrial.estimators.proportion import Proportion, proportion
from oligotrial.estimators.proportionality import (
    BY_KAPLAN_MEIER,
    BY_LOG_TIME,
    BY_RANK,
    BY_TIME,
    Proportionality,
    TimeScale,
    proportionality,
    scaled_schoenfeld_residuals,
    schoenfeld_residuals,
)
from oligotrial.estimators.restricted_groups import (
    COMMON,
    INDIVIDUAL,
    Comparison,
    RestrictedMeans,
    Restriction,
    compare_restricted_means,
    group_restricted_means,
)
from oligotrial.estimators.restricted_mean import RestrictedMean, restricted_mean
from oligotrial.estimators.scale import LOG, LOG_LOG, PLAIN, Scale
from oligotrial.estimators.toxicity import toxicity_table, worst_grades
from oligotrial.estimators.turnbull import Turnbull, turnbull
from oligotrial.estimators.turnbull_limits import (
    IntervalMedian,
    turnbull_limits,
    turnbull_median,
)
from oligotrial.estimators.weight import (
    EVEN,
    GEHAN,
    PETO_PETO,
    TARONE_WARE,
    FlemingHarrington,
    Weight,
)

__all__ = [
    "AALEN",
    "BRESLOW",
    "BY_KAPLAN_MEIER",
    "BY_LOG_TIME",
    "BY_RANK",
    "BY_TIME",
    "COMMON",
    "EFRON",
    "EVEN",
    "GEHAN",
    "GREENWOOD",
    "INDIVIDUAL",
    "LOG",
    "LOG_LOG",
    "PETO_PETO",
    "PLAIN",
    "TARONE_WARE",
    "ChiSquaredTest",
    "Comparison",
    "Concordance",
    "Cox",
    "CumulativeIncidence",
    "EventQuantiles",
    "ExternalControls",
    "FineGray",
    "FlemingHarrington",
    "GammaBaseline",
    "Gray",
    "Incidence",
    "IncidenceVariance",
    "IntervalMedian",
    "KaplanMeier",
    "LogRank",
    "LogRatioPrior",
    "Median",
    "MedianSet",
    "MixtureLogRatio",
    "NormalLogRatio",
    "PiecewisePosterior",
    "PointLogRatio",
    "Proportion",
    "Proportionality",
    "Rate",
    "RestrictedMean",
    "RestrictedMeans",
    "Restriction",
    "Scale",
    "StudentTLogRatio",
    "Ties",
    "TimeScale",
    "Trend",
    "Turnbull",
    "Weight",
    "cause_specific",
    "compare_restricted_means",
    "cox",
    "cumulative_incidence",
    "external_controls",
    "fine_gray",
    "follow_up",
    "gray_test",
    "group_restricted_means",
    "harrell_c",
    "incidence_at",
    "kaplan_meier",
    "landmark",
    "log_rank",
    "log_rank_trend",
    "median",
    "median_set",
    "number_at_risk",
    "piecewise_posterior",
    "proportion",
    "proportionality",
    "rate_at",
    "restricted_mean",
    "scaled_schoenfeld_residuals",
    "schoenfeld_residuals",
    "toxicity_table",
    "turnbull",
    "turnbull_limits",
    "turnbull_median",
    "uno_c",
    "weight_at_risk",
    "worst_grades",
]
