"""Radiobiology: schedules of radiotherapy and their biologically effective dose."""

from oligotrial.radiobiology.effect import (
    at_least,
    bed_gy,
    bed_range_gy,
    eqd2_gy,
    schedule_bed_gy,
    schedule_eqd2_gy,
)
from oligotrial.radiobiology.schedule import DoseLevel, LevelName, Schedule
from oligotrial.radiobiology.table import bed_column, bed_table

__all__ = [
    "DoseLevel",
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
