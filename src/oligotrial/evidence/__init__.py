"""Evidence: every number that a paper printed, with its place in the paper."""

from oligotrial.evidence.audit import audit, audit_sentence
from oligotrial.evidence.consistency.finding import Severity
from oligotrial.evidence.joint import Order, Restriction
from oligotrial.evidence.printed import (
    BedGroup,
    Comparison,
    Count,
    Grouping,
    PrintedSchedule,
    RiskTable,
    Span,
    Statistic,
)
from oligotrial.evidence.published import Evidence
from oligotrial.evidence.source import available, load
from oligotrial.evidence.studies import Study

__all__ = [
    "BedGroup",
    "Comparison",
    "Count",
    "Evidence",
    "Grouping",
    "Order",
    "PrintedSchedule",
    "Restriction",
    "RiskTable",
    "Severity",
    "Span",
    "Statistic",
    "Study",
    "audit",
    "audit_sentence",
    "available",
    "load",
]
