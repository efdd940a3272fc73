"""Who may enter, who leaves, and how controls differ from the cohort."""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from oligotrial.protocol.part import (
    Different,
    NonNegative,
    Part,
    Positive,
    Probability,
    Rate,
    Share,
)
from oligotrial.trial import OffProtocol

__all__ = ["ControlSpec", "DropoutSpec", "OffProtocolSpec", "PopulationSpec"]


class StratumSpec(Part):
    """A stratum with its share of the trial's patients."""

    where: dict[str, str] = Field(min_length=1)
    """A level of each factor of `strata`: `{ line = "first", subtype = "HER2+" }`."""
    share: Share
    """Its share of the patients; shares are divided by their sum."""


class PopulationSpec(Part):
    """Who may enter, what stratifies them, and the schedule the posterior is read at."""

    lines: Different[tuple[str, ...]] = Field(min_length=1)
    """Lines of therapy that may enter."""
    strata: Different[tuple[str, ...]] = Field(min_length=1)
    """Columns of the cohort that stratify the randomisation, and the analysis if it is
    stratified."""
    schedule: str
    """Where on the dose axis the posterior is read."""
    mix: tuple[StratumSpec, ...] = ()
    """The strata's shares, where they aren't the cohort's."""

    @model_validator(mode="after")
    def _mix_has_the_factors(self) -> Self:
        for number, stratum in enumerate(self.mix, start=1):
            if set(stratum.where) != set(self.strata):
                raise ValueError(
                    f"mix[{number}] names {', '.join(stratum.where)}; name each of "
                    f"{', '.join(self.strata)} once"
                )
        places = [tuple(stratum.where[factor] for factor in self.strata) for stratum in self.mix]
        for place in places:
            if places.count(place) > 1:
                raise ValueError(f"mix has {', '.join(place)} twice; write each stratum once")
        return self


class ArmDropoutSpec(Part):
    """Patients of the experimental arm who leave before progression."""

    per_year: Rate
    """Share who leave within a year, if they don't progress."""


class DropoutSpec(Part):
    """Patients who leave before progression."""

    per_year: Rate
    """Share who leave within a year, if they don't progress: of both arms, or of the control arm
    where the experimental one has its own."""
    experimental: ArmDropoutSpec | None = None
    """The experimental arm's own."""
    reason: str
    """Where the number is from."""

    @property
    def per_month(self) -> float | tuple[float, float]:
        """The rate of leaving, a month; one for each arm where they differ."""
        if self.experimental is None:
            return _monthly(self.per_year)
        return _monthly(self.per_year), _monthly(self.experimental.per_year)

    @property
    def words(self) -> str:
        """The dropout in words."""
        own = f"{100 * self.per_year:g}% a year"
        if self.experimental is None:
            return f"{own} in both arms"
        return (
            f"{own} in the control arm, {100 * self.experimental.per_year:g}% in the experimental "
            "arm"
        )


def _monthly(per_year: float) -> float:
    return float(-np.log1p(-per_year) / 12)


class OffProtocolSpec(Part):
    """Controls who get the experimental treatment off protocol, as `OffProtocol` takes them."""

    share: Share
    """Share of controls who would, if they were event-free for long enough."""
    after_months: NonNegative = 0.0
    """Months from randomisation before which nobody does."""
    within_months: NonNegative = 0.0
    """Spread evenly over so many months from there."""
    mean_wait_months: NonNegative = 0.0
    """Or (and) with exponential waiting times of that mean from there."""
    reason: str
    """Where the numbers are from."""

    @property
    def rule(self) -> OffProtocol:
        """The rule."""
        return OffProtocol(self.share, self.after_months, self.within_months, self.mean_wait_months)

    @property
    def words(self) -> str:
        """The rule in words."""
        words = f"{self.share:.0%} of controls, at {self.after_months:g} to "
        words += f"{self.after_months + self.within_months:g} months while event-free"
        if self.mean_wait_months:
            words += f", and after {self.mean_wait_months:g} months on average from there"
        return words


class ControlSpec(Part):
    """How the control arm's hazard differs from what the cohort's posterior predicts.

    The hazard ratio of the trial's control arm against the cohort is log-normal; its central
    interval of the given level runs from 1 (no difference) to the ratio of two printed medians.
    """

    cohort_median: Positive | str
    """The cohort's median, months: a number, or `"evidence:key"`."""
    control_median: Positive | str
    """A control arm's median, months: a number, or `"evidence:key"`."""
    level: Probability = 0.95
    """Level of the interval."""
    reason: str
    """Why the control arm is taken to differ so."""
    compare: dict[str, str] = Field(default_factory=dict)
    """Published medians that the page shows beside the implied ones: names and `"evidence:key"`."""
