"""A `trial.toml` as a whole, and what of it has to fit together."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oligotrial.protocol import (
    AccrualSpec,
    AnalysisSpec,
    ControlSpec,
    DesignSpec,
    DropoutSpec,
    EffectSpec,
    ImagingSpec,
    NamedTest,
    OffProtocolSpec,
    Part,
    PopulationSpec,
)
from oligotrial.protocol.analysis import IntervalLogRankSpec
from oligotrial.protocol.part import Different, Positive, Probability, Whole, different

__all__ = ["SensitivitySpec", "SimulationSpec", "TargetSpec", "TrialSpec"]

SEQUENTIAL = ("log-rank", "cox", "interval-log-rank")
"""Tests whose information grows with the events, as group-sequential boundaries ask for."""


class TargetSpec(Part):
    """What the trial has to reach."""

    scenario: Literal["power", "assurance"]
    """Whether success is counted at the planning hazard ratio, or averaged over its prior."""
    value: Probability
    """Probability of success to be reached."""


class SimulationSpec(Part):
    """Trials a design point, and the seed of all of them."""

    replicates: Whole
    """Simulated trials for each size and scenario."""
    seed: Annotated[int, Field(ge=0)]
    """Seed; the same one gives the same results."""


class ComparedSpec(Part):
    """A test that is compared with the trial's own on the same simulated trials."""

    name: str
    """What the table calls it."""
    analysis: AnalysisSpec
    """The test, as the table `analysis` states it."""

    @model_validator(mode="after")
    def _borrows_nothing(self) -> Self:
        if getattr(getattr(self.analysis, "posterior", None), "borrowing", None) is not None:
            raise ValueError("a test that is compared borrows nothing; take borrowing out")
        return self


class SensitivitySpec(Part):
    """What is varied around the recommended design."""

    hazard_ratios: Different[tuple[Positive, ...]] = Field(min_length=2)
    """True hazard ratios at which power is told; 1 is the type I error."""
    centres: Different[tuple[Whole, ...]] = ()
    """Numbers of centres at which the duration is told."""
    tests: Different[tuple[NamedTest, ...]] = ()
    """Tests to be compared with the trial's own, at its level."""
    analyses: tuple[ComparedSpec, ...] = ()
    """Further tests to be compared, with all they need."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        different([*self.tests, *(compared.name for compared in self.analyses)])
        return self


class TrialSpec(Part):
    """The content of a `trial.toml`."""

    title: str
    """What the trial is."""
    model: str
    """The survival model of the control arm: a folder with a `model.toml`, or that file."""
    population: PopulationSpec
    """Who may enter, and what stratifies them."""
    design: DesignSpec
    """Sizes, allocation, and when and how the trial is decided."""
    accrual: AccrualSpec
    """How patients come in."""
    dropout: DropoutSpec
    """Patients who leave."""
    imaging: ImagingSpec | None = None
    """Visits at which progression is seen; on its very day when left out."""
    off_protocol: OffProtocolSpec | None = None
    """Controls who get the experimental treatment."""
    analysis: AnalysisSpec
    """What decides the trial."""
    control: ControlSpec
    """How the control arm differs from the cohort."""
    effect: EffectSpec
    """The treatment effect: planned for, and believed."""
    target: TargetSpec
    """What the trial has to reach."""
    simulation: SimulationSpec
    """How many trials are simulated."""
    sensitivity: SensitivitySpec
    """What is varied around the recommended design."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for check in (_looks_fit, _visits_fit, _power_can_be_foretold, _factors_are_strata):
            check(self)
        if self.accrual.kind == "by-period" and self.sensitivity.centres:
            raise ValueError(
                "sensitivity.centres goes with accrual by centres, not by periods; take it out"
            )
        return self


def _looks_fit(spec: TrialSpec) -> None:
    if spec.design.looks is not None and spec.analysis.test not in SEQUENTIAL:
        raise ValueError(
            f"design.looks go with the tests {', '.join(SEQUENTIAL)}, not with "
            f"'{spec.analysis.test}', whose information doesn't grow with the events; use "
            "design.monitoring with thresholds of your own"
        )


def _visits_fit(spec: TrialSpec) -> None:
    if not isinstance(spec.analysis, IntervalLogRankSpec):
        return
    if spec.imaging is None:
        raise ValueError(
            "analysis.test 'interval-log-rank' is of progression seen at visits; add the table "
            "imaging"
        )
    if spec.imaging.experimental is not None and spec.analysis.variance == "permutation":
        raise ValueError(
            "analysis.variance 'permutation' permutes arms, which need the same visits; set it to "
            "'information' or take imaging.experimental out"
        )


def _power_can_be_foretold(spec: TrialSpec) -> None:
    """Refuse probabilities of a success that may never be told, for the final events don't come."""
    monitoring = spec.design.monitoring
    if monitoring is None or monitoring.statistic == "analysis":
        return
    if monitoring.when is not None and not monitoring.when[-1].waits_for_all_events:
        raise ValueError(
            f"design.monitoring.statistic '{monitoring.statistic}' is of success at all events; "
            "let the last look of when wait for them, as in { fraction_of_events = 1.0 }"
        )


def _factors_are_strata(spec: TrialSpec) -> None:
    for number, subgroup in enumerate(spec.effect.subgroups, start=1):
        for factor in subgroup.where:
            if factor not in spec.population.strata:
                raise ValueError(
                    f"effect.subgroups[{number}].where names '{factor}', which is none of "
                    f"population.strata: {', '.join(spec.population.strata)}"
                )
