"""How large a trial has to be, by simulation, with its Monte Carlo error."""

from oligotrial.simulate.sizing.bands import forecast_counts, forecast_months
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
from oligotrial.simulate.sizing.grid import Target, smallest
from oligotrial.simulate.sizing.jobs import Means, Progress, TimeLeft
from oligotrial.simulate.sizing.measures import (
    AtLeast,
    AtMost,
    Cost,
    Enrolled,
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
    "Critical",
    "Dimension",
    "Enrolled",
    "Estimate",
    "Evaluation",
    "Events",
    "FinishedBy",
    "FollowUp",
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
    "Threshold",
    "TimeLeft",
    "compare_designs",
    "compare_with_formulas",
    "critical_value",
    "forecast_counts",
    "forecast_months",
    "formula_powers",
    "size",
    "smallest",
    "surface",
    "why_they_part",
]
