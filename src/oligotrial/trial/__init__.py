"""What a protocol says: arms, strata, accrual, dropout, when to analyse and how to decide."""

from oligotrial.trial.accrual import (
    Accrual,
    Centre,
    CentreAccrual,
    PeriodAccrual,
    Recruitment,
    UncertainAccrual,
)
from oligotrial.trial.boundaries import Boundaries, Efficacy, Exits, exit_probabilities
from oligotrial.trial.classical import HaybittlePeto, OBrienFleming, Pocock, WangTsiatis
from oligotrial.trial.decide import LogRank
from oligotrial.trial.design import Design
from oligotrial.trial.expected import (
    AccrualPeriods,
    event_probability,
    events_by,
    month_of_events,
)
from oligotrial.trial.formulas import (
    compare_formulas,
    freedman_events,
    freedman_power,
    hsieh_freedman_events,
    hsieh_freedman_power,
    log_rank_information,
    schoenfeld_events,
    schoenfeld_power,
)
from oligotrial.trial.futility import BetaSpending, FixedFutility, Futility, NoFutility
from oligotrial.trial.imaging import Imaging
from oligotrial.trial.inference import FinalAnalysis, final_analysis
from oligotrial.trial.lachin_foulkes import (
    ExponentialTrial,
    compare_sizes,
    lachin_foulkes_log_patients,
    lachin_foulkes_patients,
)
from oligotrial.trial.monitoring import (
    LogNormalPrior,
    conditional_power,
    predictive_power,
    repeated_intervals,
)
from oligotrial.trial.off_protocol import OffProtocol
from oligotrial.trial.plan import SequentialLogRank, boundary_table, maximum_events
from oligotrial.trial.sequential import (
    GroupSequential,
    drift_for_power,
    find_boundaries,
    fixed_drift,
    inflation,
)
from oligotrial.trial.spending import (
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    Spending,
    UserSpending,
)
from oligotrial.trial.stopping import Repeated, Test, Thresholds, thresholds
from oligotrial.trial.when import AfterEnrolment, AtCalendar, AtEvents, Earlier, Later, When

__all__ = [
    "Accrual",
    "AccrualPeriods",
    "AfterEnrolment",
    "AtCalendar",
    "AtEvents",
    "BetaSpending",
    "Boundaries",
    "Centre",
    "CentreAccrual",
    "Design",
    "Earlier",
    "Efficacy",
    "Exits",
    "ExponentialTrial",
    "FinalAnalysis",
    "FixedFutility",
    "Futility",
    "GroupSequential",
    "HaybittlePeto",
    "HwangShihDeCani",
    "Imaging",
    "KimDeMets",
    "LanDeMetsOBrienFleming",
    "LanDeMetsPocock",
    "Later",
    "LogNormalPrior",
    "LogRank",
    "NoFutility",
    "OBrienFleming",
    "OffProtocol",
    "PeriodAccrual",
    "Pocock",
    "Recruitment",
    "Repeated",
    "SequentialLogRank",
    "Spending",
    "Test",
    "Thresholds",
    "UncertainAccrual",
    "UserSpending",
    "WangTsiatis",
    "When",
    "boundary_table",
    "compare_formulas",
    "compare_sizes",
    "conditional_power",
    "drift_for_power",
    "event_probability",
    "events_by",
    "exit_probabilities",
    "final_analysis",
    "find_boundaries",
    "fixed_drift",
    "freedman_events",
    "freedman_power",
    "hsieh_freedman_events",
    "hsieh_freedman_power",
    "inflation",
    "lachin_foulkes_log_patients",
    "lachin_foulkes_patients",
    "log_rank_information",
    "maximum_events",
    "month_of_events",
    "predictive_power",
    "repeated_intervals",
    "schoenfeld_events",
    "schoenfeld_power",
    "thresholds",
]
