"""Cohorts: patient rows read from a file, or reconstructed from a paper's printed numbers."""

from oligotrial.cohort import curves
from oligotrial.cohort.adam import read_adtte
from oligotrial.cohort.adtte import Conventions
from oligotrial.cohort.agreement import agreement, score
from oligotrial.cohort.convergence import convergence
from oligotrial.cohort.csv_format import Csv
from oligotrial.cohort.curves import (
    DigitisedCurve,
    DigitisedIncidence,
    HazardRatio,
    Precision,
    Reconstruction,
    RiskTable,
    guyot,
    read_curve,
    read_curves,
    read_incidence_curves,
    read_risk_table,
)
from oligotrial.cohort.curves import reconstruct as reconstruct_curves
from oligotrial.cohort.describe import describe
from oligotrial.cohort.formats import FORMS, Excel, Parquet, Sas
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.io import read, write
from oligotrial.cohort.publication_groups import PrintedCox, PrintedRisk, PrintedTest
from oligotrial.cohort.publication_times import (
    PrintedEvents,
    PrintedFollowUp,
    PrintedMean,
    PrintedMedian,
    PrintedRates,
)
from oligotrial.cohort.publish import publish
from oligotrial.cohort.reconstruct import reconstruct
from oligotrial.cohort.schema import COLUMNS, LEVELS, Cohort, complete
from oligotrial.cohort.table_one import table_one

__all__ = [
    "COLUMNS",
    "FORMS",
    "LEVELS",
    "Cohort",
    "Conventions",
    "Csv",
    "DigitisedCurve",
    "DigitisedIncidence",
    "Excel",
    "HazardRatio",
    "Parquet",
    "Precision",
    "PrintedCox",
    "PrintedEvents",
    "PrintedFollowUp",
    "PrintedMean",
    "PrintedMedian",
    "PrintedRates",
    "PrintedRisk",
    "PrintedTest",
    "Reconstruction",
    "RiskTable",
    "Sas",
    "agreement",
    "complete",
    "convergence",
    "curves",
    "describe",
    "guyot",
    "levels_of",
    "publish",
    "read",
    "read_adtte",
    "read_curve",
    "read_curves",
    "read_incidence_curves",
    "read_risk_table",
    "reconstruct",
    "reconstruct_curves",
    "score",
    "table_one",
    "write",
]
