"""How large a trial has to be, by simulation, with its Monte Carlo error."""

from oligotrial.simulate.jobs import Means, Progress, TimeLeft
from oligotrial.simulate.sizing.bands import forecast_counts, forecast_months
from oligotrial.simulate.sizing.benefit import HazardRatioBelow, RestrictedMeanGain
from oligotrial.simulate.sizing.beside import (
    compare_with_formulas,
    formula_powers,
    why_they_part,
)
from oligotrial.simulate.sizing.calibrate import Critical, Threshold, critical_value
from oligotrial.simulate.sizing.differences import compare_designs
from oligotrial.simulate.sizing.dimensions import AccrualRate, Dimension, Events, FollowUp, Patients
from oligotrial.simulate.sizing.evaluate import Evaluation
from oligotrial.simulate.sizing.every_point import surface
from oligotrial.simulate.sizing.goals import Maximum, Minimum
from oligotrial.simulate.sizing.measures import (
    Cost,
    Enrolled,
    FinishedBy,
    Months,
    Success,
    SuccessGiven,
    TrialMeasure,
)
from oligotrial.simulate.sizing.search import size
from oligotrial.simulate.sizing.sized import Certainty, Sized
from oligotrial.simulate.sizing.sums import Estimate

__all__ = [
    "AccrualRate",
    "Certainty",
    "Cost",
    "Critical",
    "Dimension",
    "Enrolled",
    "Estimate",
    "Evaluation",
    "Events",
    "FinishedBy",
    "FollowUp",
    "HazardRatioBelow",
    "Maximum",
    "Means",
    "Minimum",
    "Months",
    "Patients",
    "Progress",
    "RestrictedMeanGain",
    "Sized",
    "Success",
    "SuccessGiven",
    "Threshold",
    "TimeLeft",
    "TrialMeasure",
    "compare_designs",
    "compare_with_formulas",
    "critical_value",
    "forecast_counts",
    "forecast_months",
    "formula_powers",
    "size",
    "surface",
    "why_they_part",
]
