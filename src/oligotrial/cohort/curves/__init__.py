"""Digitised curves: patients from points read off a published figure."""

from oligotrial.cohort.curves.digitised import DigitisedCurve, DigitisedIncidence
from oligotrial.cohort.curves.draws import Reconstruction, guyot, reconstruct
from oligotrial.cohort.curves.files import (
    read_curve,
    read_curves,
    read_incidence_curves,
    read_risk_table,
)
from oligotrial.cohort.curves.quality import HazardRatio
from oligotrial.cohort.curves.readings import Precision, RiskTable

__all__ = [
    "DigitisedCurve",
    "DigitisedIncidence",
    "HazardRatio",
    "Precision",
    "Reconstruction",
    "RiskTable",
    "guyot",
    "read_curve",
    "read_curves",
    "read_incidence_curves",
    "read_risk_table",
    "reconstruct",
]
