"""How the data of a trial are analysed, and how an analysis is turned into a decision."""

from oligotrial.trial.decide.analysis import FIRST_COLUMNS, Analysis, succeeds
from oligotrial.trial.decide.log_rank import LogRank, MaxCombo, WeightedLogRank
from oligotrial.trial.decide.posterior import PosteriorProbability
from oligotrial.trial.decide.weights import ModestWeight, StepWeight, TimeWeight

__all__ = [
    "FIRST_COLUMNS",
    "Analysis",
    "LogRank",
    "MaxCombo",
    "ModestWeight",
    "PosteriorProbability",
    "StepWeight",
    "TimeWeight",
    "WeightedLogRank",
    "succeeds",
]
