"""Radiobiology: schedules of radiotherapy and their biologically effective dose."""

from oligotrial.radiobiology.dose import DoseLevel, DosePoints, LevelName
from oligotrial.radiobiology.effect import (
    at_least,
    bed_gy,
    bed_range_gy,
    eqd2_gy,
    schedule_bed_gy,
    schedule_eqd2_gy,
)
from oligotrial.radiobiology.schedule import Schedule
from oligotrial.radiobiology.table import bed_column, bed_table

__all__ = [
    "DoseLevel",
    "DosePoints",
    "LevelName",
    "Schedule",
    "at_least",
    "bed_column",
    "bed_gy",
    "bed_range_gy",
    "bed_table",
    "eqd2_gy",
    "schedule_bed_gy",
    "schedule_eqd2_gy",
]
