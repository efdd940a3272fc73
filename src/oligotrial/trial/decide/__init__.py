"""How the data of a trial are analysed, and how an analysis is turned into a decision."""

from oligotrial.trial.decide.analysis import FIRST_COLUMNS, Analysis, succeeds
from oligotrial.trial.decide.curves import MilestoneDifference, RestrictedMeanDifference
from oligotrial.trial.decide.interval import FINKELSTEIN, SUN, IntervalLogRank
from oligotrial.trial.decide.log_rank import LogRank, MaxCombo, WeightedLogRank
from oligotrial.trial.decide.posterior import PosteriorProbability
from oligotrial.trial.decide.regression import SCORE, WALD, CoxTest
from oligotrial.trial.decide.weights import ModestWeight, StepWeight, TimeWeight

__all__ = [
    "FINKELSTEIN",
    "FIRST_COLUMNS",
    "SCORE",
    "SUN",
    "WALD",
    "Analysis",
    "CoxTest",
    "IntervalLogRank",
    "LogRank",
    "MaxCombo",
    "MilestoneDifference",
    "ModestWeight",
    "PosteriorProbability",
    "RestrictedMeanDifference",
    "StepWeight",
    "TimeWeight",
    "WeightedLogRank",
    "succeeds",
]
