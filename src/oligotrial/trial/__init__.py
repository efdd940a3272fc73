"""What a protocol says: arms, strata, accrual, dropout, when to analyse and how to decide."""

from oligotrial.trial.decide import LogRank
from oligotrial.trial.design import Accrual, Design
from oligotrial.trial.formulas import schoenfeld_events, schoenfeld_power
from oligotrial.trial.when import AtEvents

__all__ = ["Accrual", "AtEvents", "Design", "LogRank", "schoenfeld_events", "schoenfeld_power"]
