"""What a `trial.toml` may say, a module for each kind of table, and the objects it stands for."""

from oligotrial.protocol.accrual import AccrualSpec, CentresSpec, PeriodsSpec
from oligotrial.protocol.analysis import AnalysisSpec, NamedTest, PosteriorAnalysisSpec, by_name
from oligotrial.protocol.beliefs import BeliefSpec
from oligotrial.protocol.design import DesignSpec
from oligotrial.protocol.effect import (
    CrossingSpec,
    DelayedSpec,
    EffectComponentSpec,
    EffectSpec,
    ShapeSpec,
    SteppedSpec,
    SubgroupSpec,
    WaningSpec,
    experimental_hazard,
)
from oligotrial.protocol.imaging import CalendarSpec, ImagingSpec
from oligotrial.protocol.looks import LooksSpec
from oligotrial.protocol.moments import MomentSpec
from oligotrial.protocol.monitoring import MonitoringSpec, ScreeningSpec
from oligotrial.protocol.part import Part
from oligotrial.protocol.patients import (
    ControlSpec,
    DropoutSpec,
    OffProtocolSpec,
    PopulationSpec,
)
from oligotrial.protocol.posterior import BorrowingSpec, HazardsSpec, PosteriorSpec
from oligotrial.protocol.references import statistic
from oligotrial.protocol.spending import EfficacySpec, FutilitySpec, SpendingSpec
from oligotrial.protocol.weights import WeightSpec
from oligotrial.protocol.words import analysis_words, decision_words

__all__ = [
    "AccrualSpec",
    "AnalysisSpec",
    "BeliefSpec",
    "BorrowingSpec",
    "CalendarSpec",
    "CentresSpec",
    "ControlSpec",
    "CrossingSpec",
    "DelayedSpec",
    "DesignSpec",
    "DropoutSpec",
    "EffectComponentSpec",
    "EffectSpec",
    "EfficacySpec",
    "FutilitySpec",
    "HazardsSpec",
    "ImagingSpec",
    "LooksSpec",
    "MomentSpec",
    "MonitoringSpec",
    "NamedTest",
    "OffProtocolSpec",
    "Part",
    "PeriodsSpec",
    "PopulationSpec",
    "PosteriorAnalysisSpec",
    "PosteriorSpec",
    "ScreeningSpec",
    "ShapeSpec",
    "SpendingSpec",
    "SteppedSpec",
    "SubgroupSpec",
    "WaningSpec",
    "WeightSpec",
    "analysis_words",
    "by_name",
    "decision_words",
    "experimental_hazard",
    "statistic",
]
