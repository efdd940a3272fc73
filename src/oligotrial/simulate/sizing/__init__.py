"""How large a trial has to be, by simulation, with its Monte Carlo error."""

from oligotrial.simulate.sizing.dimensions import AccrualRate, Dimension, Events, Patients
from oligotrial.simulate.sizing.evaluate import Evaluation
from oligotrial.simulate.sizing.grid import Target, smallest
from oligotrial.simulate.sizing.jobs import Means, Progress, TimeLeft
from oligotrial.simulate.sizing.measures import (
    AtLeast,
    AtMost,
    Cost,
    FinishedBy,
    HazardRatioBelow,
    Measure,
    Months,
    RestrictedMeanGain,
    Success,
    SuccessGiven,
)
from oligotrial.simulate.sizing.search import Precision, Sized, size
from oligotrial.simulate.sizing.sums import Estimate

__all__ = [
    "AccrualRate",
    "AtLeast",
    "AtMost",
    "Cost",
    "Dimension",
    "Estimate",
    "Evaluation",
    "Events",
    "FinishedBy",
    "HazardRatioBelow",
    "Means",
    "Measure",
    "Months",
    "Patients",
    "Precision",
    "Progress",
    "RestrictedMeanGain",
    "Sized",
    "Success",
    "SuccessGiven",
    "Target",
    "TimeLeft",
    "size",
    "smallest",
]
