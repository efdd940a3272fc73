"""Radiobiology: schedules of radiotherapy and their biologically effective dose."""

from oligotrial.radiobiology.alpha_beta import AlphaBeta, alpha_beta_table, sourced_alpha_beta
from oligotrial.radiobiology.dose import DoseLevel, DosePoints, LevelName
from oligotrial.radiobiology.effect import (
    at_least,
    bed_gy,
    bed_range_gy,
    eqd2_gy,
    schedule_bed_gy,
    schedule_eqd2_gy,
)
from oligotrial.radiobiology.kinetics import (
    CompleteRepair,
    IncompleteRepair,
    NoRepopulation,
    Repopulation,
    unrepaired_factor,
)
from oligotrial.radiobiology.model import LINEAR_QUADRATIC, BedModel, BedParts
from oligotrial.radiobiology.response import (
    LinearQuadratic,
    LinearQuadraticLinear,
    UniversalSurvivalCurve,
)
from oligotrial.radiobiology.schedule import Schedule
from oligotrial.radiobiology.sites import Maximum, Mean, Minimum, PerLesion, bed_by_patient
from oligotrial.radiobiology.table import bed_column, bed_parts, bed_table

__all__ = [
    "LINEAR_QUADRATIC",
    "AlphaBeta",
    "BedModel",
    "BedParts",
    "CompleteRepair",
    "DoseLevel",
    "DosePoints",
    "IncompleteRepair",
    "LevelName",
    "LinearQuadratic",
    "LinearQuadraticLinear",
    "Maximum",
    "Mean",
    "Minimum",
    "NoRepopulation",
    "PerLesion",
    "Repopulation",
    "Schedule",
    "UniversalSurvivalCurve",
    "alpha_beta_table",
    "at_least",
    "bed_by_patient",
    "bed_column",
    "bed_gy",
    "bed_parts",
    "bed_range_gy",
    "bed_table",
    "eqd2_gy",
    "schedule_bed_gy",
    "schedule_eqd2_gy",
    "sourced_alpha_beta",
    "unrepaired_factor",
]
