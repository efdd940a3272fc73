"""The treatment effect: planned for, believed, its course over time, and by subgroup."""

from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from oligotrial.hazard import Crossing, Delayed, Hazard, Proportional, Stepped, Waning
from oligotrial.protocol.beliefs import IntervalSpec
from oligotrial.protocol.part import NonNegative, Part, Positive, different

__all__ = [
    "CrossingSpec",
    "DelayedSpec",
    "EffectComponentSpec",
    "EffectSpec",
    "ShapeSpec",
    "SteppedSpec",
    "SubgroupSpec",
    "WaningSpec",
    "experimental_hazard",
]


class DelayedSpec(Part):
    """The hazards are the same until the effect starts."""

    kind: Literal["delayed"]
    """Which course."""
    onset_months: Positive
    """Month at which the effect starts."""
    reason: str
    """Why this course."""

    def on(self, control: Hazard, log_ratio: np.ndarray) -> Hazard:
        """Return the experimental arm's hazard."""
        return Delayed(control, log_ratio, self.onset_months)

    @property
    def words(self) -> str:
        """The shape in words."""
        return f"none before month {self.onset_months:g}, the hazard ratio from there on"


class WaningSpec(Part):
    """The effect is lost between two times."""

    kind: Literal["waning"]
    """Which course."""
    start_months: NonNegative
    """Month until which the effect is whole."""
    end_months: Positive
    """Month from which nothing is left of it."""
    reason: str
    """Why this course."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.start_months < self.end_months:
            raise ValueError(
                f"the effect can't be lost between months {self.start_months:g} and "
                f"{self.end_months:g}; give an end after the start"
            )
        return self

    def on(self, control: Hazard, log_ratio: np.ndarray) -> Hazard:
        """Return the experimental arm's hazard."""
        return Waning(control, log_ratio, self.start_months, self.end_months)

    @property
    def words(self) -> str:
        """The shape in words."""
        return (
            f"the hazard ratio until month {self.start_months:g}, lost by month {self.end_months:g}"
        )


class CrossingSpec(Part):
    """The hazard ratio moves from the planned one to a late one as patients have the event."""

    kind: Literal["crossing"]
    """Which course."""
    late_hazard_ratio: Positive
    """Hazard ratio when all had the event; hazards cross where it and the early one lie on
    different sides of 1."""
    reason: str
    """Why this course."""

    def on(self, control: Hazard, log_ratio: np.ndarray) -> Hazard:
        """Return the experimental arm's hazard."""
        return Crossing(control, log_ratio, float(np.log(self.late_hazard_ratio)))

    @property
    def words(self) -> str:
        """The course in words."""
        return (
            f"the hazard ratio at first, moving to {self.late_hazard_ratio:g} as patients have the "
            "event"
        )


class SteppedSpec(Part):
    """The log hazard ratio is a share of the planned one between given times."""

    kind: Literal["stepped"]
    """Which course."""
    ends_months: tuple[Positive, ...] = Field(min_length=1)
    """Months at which the effect changes, ascending."""
    shares: tuple[Annotated[float, Field(allow_inf_nan=False)], ...]
    """Share of the log hazard ratio in each interval, one more than there are ends: 1 is the
    whole effect, 0 none, -1 its opposite."""
    reason: str
    """Why this course."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.shares) != len(self.ends_months) + 1:
            raise ValueError(
                f"{len(self.shares)} shares for {len(self.ends_months)} ends; give one share more "
                "than ends"
            )
        if list(self.ends_months) != sorted(set(self.ends_months)):
            raise ValueError(
                f"ends_months {list(self.ends_months)} don't ascend; put them in order"
            )
        return self

    def on(self, control: Hazard, log_ratio: np.ndarray) -> Hazard:
        """Return the experimental arm's hazard."""
        return Stepped(control, self.ends_months, [share * log_ratio for share in self.shares])

    @property
    def words(self) -> str:
        """The course in words."""
        spans = [
            f"{share:g} until month {end:g}"
            for share, end in zip(self.shares[:-1], self.ends_months, strict=True)
        ]
        return f"the log hazard ratio times {', '.join(spans)} and {self.shares[-1]:g} from there"


type ShapeSpec = Annotated[
    DelayedSpec | WaningSpec | CrossingSpec | SteppedSpec, Field(discriminator="kind")
]


class EffectComponentSpec(IntervalSpec):
    """One belief about the treatment's hazard ratio, with its weight."""

    name: str
    """What tables and figures call it."""
    weight: Positive
    """Its weight; weights are divided by their sum."""
    reason: str
    """Why it is believed."""


class SubgroupSpec(Part):
    """Patients in whom the effect is another one."""

    where: dict[str, str] = Field(min_length=1)
    """Who: a level of one of the strata's factors, or of several: `{ line = "second" }`."""
    ratio_of_hazard_ratios: Positive
    """Their hazard ratio over that of the others: 1.25 is less benefit, whatever is drawn or
    planned; where several subgroups hold, they are multiplied."""
    reason: str
    """Why it is assumed."""

    def members(self, strata: pd.DataFrame) -> np.ndarray:
        """Tell which strata are in the subgroup; shape (strata,)."""
        inside = np.ones(len(strata), dtype=bool)
        for factor, level in self.where.items():
            inside &= (strata[factor] == level).to_numpy()
        return inside

    @property
    def words(self) -> str:
        """The subgroup in words."""
        return " and ".join(f"{factor} {level}" for factor, level in self.where.items())


class EffectSpec(Part):
    """The treatment effect: planned for, and believed."""

    planning_hazard_ratio: Annotated[float, Field(gt=0, lt=1)]
    """Hazard ratio, radiotherapy against control, at which power is told."""
    reason: str
    """Why this one."""
    schedule: str
    """The course that the trial delivers; used in the sensitivity to dose only."""
    shape: ShapeSpec | None = None
    """How the effect changes with time; proportional hazards when left out."""
    subgroups: tuple[SubgroupSpec, ...] = ()
    """Patients in whom the effect is another one."""
    prior: tuple[EffectComponentSpec, ...] = Field(min_length=1)
    """What is believed of the hazard ratio, for assurance."""

    @field_validator("prior")
    @classmethod
    def _names_differ(
        cls, prior: tuple[EffectComponentSpec, ...]
    ) -> tuple[EffectComponentSpec, ...]:
        different([*(part.name for part in prior), "mixture"])  # what their sum is called
        return prior

    def log_ratios(self, strata: pd.DataFrame) -> np.ndarray:
        """Return what subgroups add to the log hazard ratio; shape (1, strata)."""
        added = np.zeros((1, len(strata)))
        for subgroup in self.subgroups:
            log_ratio = np.log(subgroup.ratio_of_hazard_ratios)
            added += np.where(subgroup.members(strata), log_ratio, 0.0)
        return added


def experimental_hazard(shape: ShapeSpec | None, control: Hazard, log_ratio: np.ndarray) -> Hazard:
    """Return the experimental arm's hazard: proportional unless a shape is given.

    Parameters
    ----------
    shape : ShapeSpec or None
        How the effect changes with time.
    control : Hazard
        The control arm's hazard.
    log_ratio : numpy.ndarray
        Log hazard ratio; broadcasts to (draws, strata).

    Returns
    -------
    Hazard
        The control arm's with the effect.
    """
    return Proportional(control, log_ratio) if shape is None else shape.on(control, log_ratio)
