"""How the data of a trial are analysed, and how an analysis is turned into a decision."""

from oligotrial.trial.decide.analysis import FIRST_COLUMNS, Analysis, succeeds
from oligotrial.trial.decide.borrowing import (
    Commensurate,
    ExternalPatients,
    PowerPrior,
    RobustMixture,
)
from oligotrial.trial.decide.curves import MilestoneDifference, RestrictedMeanDifference
from oligotrial.trial.decide.interval import (
    FINKELSTEIN,
    INFORMATION,
    PERMUTATION,
    SUN,
    IntervalLogRank,
)
from oligotrial.trial.decide.log_rank import LogRank, MaxCombo, WeightedLogRank
from oligotrial.trial.decide.mspline import MSplinePosterior
from oligotrial.trial.decide.outcomes import (
    CONSIDER,
    GO,
    OUTCOMES,
    STOP,
    AtLeast,
    Below,
    ThreeOutcomes,
    outcome_probabilities,
    outcomes,
    screening_rule,
)
from oligotrial.trial.decide.posterior import PosteriorProbability
from oligotrial.trial.decide.power import (
    BY_LIKELIHOOD,
    BY_SCORE,
    ConditionalPower,
    PredictiveProbability,
    final_score,
)
from oligotrial.trial.decide.regression import SCORE, WALD, CoxTest
from oligotrial.trial.decide.strata import (
    BY_BOTH_ARMS,
    BY_PRECISION,
    BY_SIZE,
    StratumWeights,
)
from oligotrial.trial.decide.weibull import WeibullPosterior
from oligotrial.trial.decide.weights import ModestWeight, StepWeight, TimeWeight

__all__ = [
    "BY_BOTH_ARMS",
    "BY_LIKELIHOOD",
    "BY_PRECISION",
    "BY_SCORE",
    "BY_SIZE",
    "CONSIDER",
    "FINKELSTEIN",
    "FIRST_COLUMNS",
    "GO",
    "INFORMATION",
    "OUTCOMES",
    "PERMUTATION",
    "SCORE",
    "STOP",
    "SUN",
    "WALD",
    "Analysis",
    "AtLeast",
    "Below",
    "Commensurate",
    "ConditionalPower",
    "CoxTest",
    "ExternalPatients",
    "IntervalLogRank",
    "LogRank",
    "MSplinePosterior",
    "MaxCombo",
    "MilestoneDifference",
    "ModestWeight",
    "PosteriorProbability",
    "PowerPrior",
    "PredictiveProbability",
    "RestrictedMeanDifference",
    "RobustMixture",
    "StepWeight",
    "StratumWeights",
    "ThreeOutcomes",
    "TimeWeight",
    "WeibullPosterior",
    "WeightedLogRank",
    "final_score",
    "outcome_probabilities",
    "outcomes",
    "screening_rule",
    "succeeds",
]
