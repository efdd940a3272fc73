"""Evidence: every number that a paper printed, with its place in the paper."""

from oligotrial.evidence.audit import audit
from oligotrial.evidence.printed import (
    BedGroup,
    Comparison,
    Count,
    PrintedSchedule,
    RiskTable,
    Statistic,
)
from oligotrial.evidence.published import Evidence
from oligotrial.evidence.source import available, load

__all__ = [
    "BedGroup",
    "Comparison",
    "Count",
    "Evidence",
    "PrintedSchedule",
    "RiskTable",
    "Statistic",
    "audit",
    "available",
    "load",
]
