"""A trial as a TOML file: read, checked against the evidence, and turned into objects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os.path import normpath
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field, field_validator, model_validator
from scipy.stats import norm

from oligotrial import evidence, toml
from oligotrial.checks import InputError
from oligotrial.evidence import Statistic
from oligotrial.protocol import (
    AnalysisSpec,
    ImagingSpec,
    LooksSpec,
    OffProtocolSpec,
    Part,
    ShapeSpec,
    analysis_words,
)
from oligotrial.radiobiology import Schedule
from oligotrial.simulate import EffectPrior, Target
from oligotrial.trial import Accrual, AtEvents, Design, Repeated, SequentialLogRank, Test, When

__all__ = ["Study", "TrialSpec", "read_study", "statistic"]

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type Whole = Annotated[int, Field(ge=1)]
type Probability = Annotated[float, Field(gt=0, lt=1)]
type Different[Values: Sequence[object]] = Annotated[Values, AfterValidator(_different)]


def _different(values: Sequence[object]) -> Sequence[object]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} is there twice; write each once")
    return values


class PopulationSpec(Part):
    """Who may enter, what stratifies them, and the schedule the posterior is read at."""

    lines: Different[tuple[str, ...]] = Field(min_length=1)
    strata: Different[tuple[str, ...]] = Field(min_length=1)
    schedule: str


class DesignSpec(Part):
    """Sizes to try and how patients are allocated."""

    patients: Different[tuple[Whole, ...]] = Field(min_length=1)
    events_per_patient: Annotated[float, Field(gt=0, le=1)]
    allocation: tuple[Whole, Whole] = (1, 1)
    block_size: Whole = 4
    longest_months: Positive = 120.0
    looks: LooksSpec | None = None


class AccrualSpec(Part):
    """A centre's rate times a number of centres.

    Patients and months are references to printed numbers, of which the share of the lines that
    may enter is kept, or numbers: of patients who may enter.
    """

    centres: Whole
    patients: str | Positive
    months: str | Positive
    pattern: Literal["poisson", "even"] = "poisson"


class DropoutSpec(Part):
    """Patients who leave before progression."""

    per_year: Annotated[float, Field(ge=0, lt=1)]
    reason: str


class ControlSpec(Part):
    """How the control arm's hazard differs from what the cohort's posterior predicts.

    The hazard ratio of the trial's control arm against the cohort is log-normal; its central
    interval of the given level runs from 1 (no difference) to the ratio of two printed medians.
    """

    cohort_median: str | Positive
    control_median: str | Positive
    level: Probability = 0.95
    reason: str
    compare: dict[str, str] = Field(default_factory=dict)


class EffectComponentSpec(Part):
    """One belief about the treatment's hazard ratio, with its weight."""

    name: str
    weight: Positive
    evidence: str | None = None
    hazard_ratio: Positive | None = None
    lower: Positive | None = None
    upper: Positive | None = None
    level: Probability = 0.95
    reason: str

    @model_validator(mode="after")
    def _one_source(self) -> "EffectComponentSpec":
        written = [self.hazard_ratio, self.lower, self.upper]
        if self.evidence is None and None in written:
            raise ValueError("give either evidence, or hazard_ratio with lower and upper")
        if self.evidence is not None and any(number is not None for number in written):
            raise ValueError("give evidence or hazard_ratio with lower and upper, not both")
        if (
            self.lower and self.upper and self.hazard_ratio
        ) and not self.lower < self.hazard_ratio < self.upper:
            raise ValueError(
                f"{self.hazard_ratio} is not between lower {self.lower} and upper {self.upper}"
            )
        return self


class EffectSpec(Part):
    """The treatment effect: planned for, and believed."""

    planning_hazard_ratio: Annotated[float, Field(gt=0, lt=1)]
    reason: str
    schedule: str
    shape: ShapeSpec | None = None
    prior: tuple[EffectComponentSpec, ...] = Field(min_length=1)

    @field_validator("prior")
    @classmethod
    def _names_differ(
        cls, prior: tuple[EffectComponentSpec, ...]
    ) -> tuple[EffectComponentSpec, ...]:
        _different([*(part.name for part in prior), "mixture"])  # what their sum is called
        return prior


class TargetSpec(Part):
    """What the trial has to reach."""

    scenario: Literal["power", "assurance"]
    value: Probability


class SimulationSpec(Part):
    """Trials a design point, and the seed of all of them."""

    replicates: Whole
    seed: Annotated[int, Field(ge=0)]


class SensitivitySpec(Part):
    """What is varied around the recommended design."""

    hazard_ratios: Different[tuple[Positive, ...]] = Field(min_length=2)
    centres: Different[tuple[Whole, ...]] = ()
    tests: Different[tuple[Literal["log-rank", "max-combo"], ...]] = ()


class TrialSpec(Part):
    """The content of a `trial.toml`."""

    title: str
    model: str
    population: PopulationSpec
    design: DesignSpec
    accrual: AccrualSpec
    dropout: DropoutSpec
    imaging: ImagingSpec | None = None
    off_protocol: OffProtocolSpec | None = None
    analysis: AnalysisSpec
    control: ControlSpec
    effect: EffectSpec
    target: TargetSpec
    simulation: SimulationSpec
    sensitivity: SensitivitySpec

    @model_validator(mode="after")
    def _looks_have_a_test(self) -> "TrialSpec":
        if self.design.looks is not None and self.analysis.test != "log-rank":
            raise ValueError(
                f"design.looks go with the log-rank test, not with '{self.analysis.test}'"
            )
        return self


@dataclass(frozen=True)
class Study:
    """A checked trial specification and what follows from it.

    Parameters
    ----------
    path : pathlib.Path
        The `trial.toml`.
    spec : TrialSpec
        Its content.
    """

    path: Path
    spec: TrialSpec

    @property
    def name(self) -> str:
        """Name of the study: of its folder."""
        return self.path.resolve().parent.name

    @property
    def model_path(self) -> Path:
        """The model's TOML file."""
        path = Path(normpath(self.path.parent / self.spec.model))
        return path / "model.toml" if path.is_dir() else path

    @cached_property
    def centre_rate(self) -> float:
        """First- and second-line (or whichever lines may enter) patients a month at a centre."""
        accrual = self.spec.accrual
        patients, months = self._value("accrual.patients"), self._value("accrual.months")
        if not isinstance(accrual.patients, str):
            return patients / months
        source = evidence.load(accrual.patients.partition(":")[0])
        lines = source.count("line")
        for line in self.spec.population.lines:
            if line not in lines:
                raise InputError(
                    f"line '{line}' is not one of {', '.join(map(repr, lines))}",
                    where=self.where("population.lines"),
                )
        share = sum(lines[line] for line in self.spec.population.lines) / sum(lines.values())
        if share == 0:
            raise InputError(
                f"'{source.id}' has nobody in these lines, so that nobody is accrued",
                where=self.where("population.lines"),
            )
        return patients * share / months

    def accrual(self, centres: int) -> Accrual:
        """Return the accrual of a number of centres."""
        return Accrual(self.centre_rate * centres, poisson=self.spec.accrual.pattern == "poisson")

    @cached_property
    def designs(self) -> tuple[Design, ...]:
        """One design for each size to try."""
        spec = self.spec
        share = spec.design.events_per_patient
        sizes = [(patients, round(share * patients)) for patients in spec.design.patients]
        accrual = self.accrual(spec.accrual.centres)
        try:
            patients, events = sizes[0]
            analysis, test = self._decision(events)
            first = Design(
                *(patients, analysis, test),
                accrual=accrual,
                allocation=spec.design.allocation,
                block_size=spec.design.block_size,
                dropout_per_month=-np.log1p(-spec.dropout.per_year) / 12,
                strata=spec.population.strata,
                imaging=spec.imaging.calendars if spec.imaging else None,
                off_protocol=spec.off_protocol.rule if spec.off_protocol else None,
            )
            return tuple(first.resized(patients, events) for patients, events in sizes)
        except InputError as error:
            events = error.where == "events"
            key = "events_per_patient" if events else error.where
            problem = f"of the events that follow from it, {error.problem}"
            raise InputError(
                problem if events else error.problem, where=self.where(f"design.{key}")
            ) from None

    @property
    def analysis_words(self) -> str:
        """What decides the trial, in words that a protocol could carry."""
        return analysis_words(self.spec.analysis, self.spec.design.looks)

    def _decision(self, events: int) -> tuple[When | tuple[When, ...], Test]:
        """Return when the trial is analysed, and what decides it."""
        spec = self.spec.analysis
        if self.spec.design.looks is None:
            return AtEvents(events), spec.analysis
        control, experimental = self.spec.design.allocation
        share = experimental / (control + experimental)
        rule = self.spec.design.looks.rule(spec.alpha)
        plan = SequentialLogRank(rule, events, share)
        return plan.looks, plan if spec.stratified else Repeated(spec.analysis, rule)

    @cached_property
    def control_shift(self) -> tuple[float, float]:
        """Mean and standard deviation of the log hazard ratio, control arm against cohort."""
        furthest = np.log(
            self._value("control.cohort_median") / self._value("control.control_median")
        )
        z = norm.ppf(0.5 + self.spec.control.level / 2)
        return float(furthest / 2), float(abs(furthest) / (2 * z))

    @cached_property
    def effect_prior(self) -> EffectPrior:
        """The mixture prior of the treatment's log hazard ratio."""
        parts = self.spec.effect.prior
        weights = np.array([part.weight for part in parts])
        means, sds = np.transpose([self._component(number) for number in range(len(parts))])
        names = tuple(part.name for part in parts)
        return EffectPrior(names, weights / weights.sum(), means, sds)

    @property
    def target(self) -> Target:
        """What the trial has to reach."""
        return Target(self.spec.target.scenario, self.spec.target.value)

    @property
    def sources(self) -> set[str]:
        """Names of the evidence that the trial's assumptions refer to."""
        spec = self.spec
        control = spec.control
        given = [spec.accrual.patients, spec.accrual.months]
        given += [control.cohort_median, control.control_median, *control.compare.values()]
        references = [each for each in given if isinstance(each, str)]
        references += [part.evidence for part in spec.effect.prior if part.evidence]
        return {reference.partition(":")[0] for reference in references}

    @cached_property
    def compared(self) -> dict[str, Statistic]:
        """Published medians to show beside the implied ones, by what they are called."""
        return {
            name: statistic(reference, self.where(f"control.compare.{name}"))
            for name, reference in self.spec.control.compare.items()
        }

    def quick(self) -> "Study":
        """Return a try-out with a tenth of the trials, at every third size.

        Returns
        -------
        Study
            A new study; this one is unchanged.
        """
        spec = self.spec
        sizes = spec.design.patients
        fewer = {*sizes[::3], sizes[-1]}
        design = spec.design.model_copy(update={"patients": tuple(sorted(fewer))})
        trials = spec.simulation.model_copy(
            update={"replicates": max(spec.simulation.replicates // 10, 100)}
        )
        update = {"design": design, "simulation": trials}
        return replace(self, spec=spec.model_copy(update=update))

    def where(self, key: str) -> str:
        """Name a key of this study's file in a message."""
        return f"{self.path}, key {key}"

    def _component(self, number: int) -> tuple[float, float]:
        part = self.spec.effect.prior[number]
        ratio, lower, upper, level = part.hazard_ratio, part.lower, part.upper, part.level
        if part.evidence is not None:
            printed = statistic(part.evidence, self.where(f"effect.prior[{number + 1}].evidence"))
            ratio, lower, upper = printed.value, printed.lower, printed.upper
            level = printed.level or level
        if not (ratio and lower and upper):
            raise InputError(
                f"'{part.evidence}' has no estimate with an interval to make a prior from",
                where=self.where(f"effect.prior[{number + 1}].evidence"),
            )
        z = norm.ppf(0.5 + level / 2)
        return float(np.log(ratio)), float((np.log(upper) - np.log(lower)) / (2 * z))

    def _value(self, key: str) -> float:
        part, name = key.split(".")
        given: str | float = getattr(getattr(self.spec, part), name)
        if not isinstance(given, str):
            return given
        printed = statistic(given, self.where(key))
        if not printed.value or printed.value <= 0:
            raise InputError(f"'{printed.key}' is not a positive number", where=self.where(key))
        return printed.value


def statistic(reference: str, where: str) -> Statistic:
    """Look up a printed number.

    Parameters
    ----------
    reference : str
        Evidence and key, as ``marazzi2024:pfs_ar.median``.
    where : str
        Who asks, for the message.

    Returns
    -------
    Statistic
        The number with its interval and place.

    Raises
    ------
    InputError
        If there is no such evidence or key.
    """
    source, colon, key = reference.partition(":")
    if not colon:
        raise InputError(
            f"'{reference}' is not of the form evidence:key, as in marazzi2024:pfs_ar.median",
            where=where,
        )
    try:
        return evidence.load(source)[key]
    except InputError as error:
        raise error.within(where) from None


def read_study(path: Path) -> Study:
    """Read a trial and check all that can be checked before anything runs.

    Parameters
    ----------
    path : pathlib.Path
        A study's folder, or its `trial.toml`.

    Returns
    -------
    Study
        The study.

    Raises
    ------
    InputError
        If a file is missing, or a key is unknown, missing or out of its range.
    """
    file = path / "trial.toml" if path.is_dir() else path
    study = Study(file, toml.read(file, TrialSpec))
    if not study.model_path.is_file():
        raise InputError(
            f"there is no model at '{study.model_path}'; give the path of a folder with a "
            "model.toml, from this file's folder",
            where=study.where("model"),
        )
    _check_schedules(study, ("population.schedule", "effect.schedule"))
    _check_accrual(study)
    _ = study.control_shift, study.effect_prior, study.compared
    return study


def _check_schedules(study: Study, keys: Sequence[str]) -> None:
    for key in keys:
        part, name = key.split(".")
        written = getattr(getattr(study.spec, part), name)
        try:
            schedule = Schedule.parse(written)
        except InputError as error:
            raise error.within(study.where(key)) from None
        if schedule.is_range:
            raise InputError(
                f"'{written}' is a range; give the one course that is meant",
                where=study.where(key),
            )


def _check_accrual(study: Study) -> None:
    """Refuse, before anything is fitted, a trial that can't even enrol as many as it needs."""
    months, centres = study.spec.design.longest_months, study.spec.accrual.centres
    enrolled = months * study.accrual(centres).rate_per_month
    for design in study.designs:
        needed = design.events
        if needed > enrolled:
            raise InputError(
                f"{centres} centre{'s' if centres > 1 else ''} enrol about {enrolled:.0f} patients "
                f"in {months:g} months, fewer than the {needed} events that the design with "
                f"{design.patients} patients needs; add centres, ask for fewer events or raise "
                "design.longest_months",
                where=study.where("accrual.centres"),
            )
