"""What is believed of a hazard ratio, as a file states it: a centre and a central interval."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator
from scipy.stats import norm, t

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import (
    LogRatioPrior,
    MixtureLogRatio,
    NormalLogRatio,
    PointLogRatio,
    StudentTLogRatio,
)
from oligotrial.protocol.part import Part, Positive, Probability, usually
from oligotrial.protocol.references import statistic

__all__ = ["BeliefSpec", "IntervalSpec", "mixture"]


class IntervalSpec(Part):
    """A hazard ratio with a central interval, written down or printed by a source."""

    evidence: str | None = None
    """A printed hazard ratio with its interval, as `"tsai2024:pfs.hazard_ratio"`."""
    hazard_ratio: Positive | None = None
    """The centre (the median); with `lower` and `upper`, in place of `evidence`."""
    lower: Positive | None = None
    """Lower end of the central interval."""
    upper: Positive | None = None
    """Upper end of the central interval."""
    level: Probability = 0.95
    """Level of the interval, where the source doesn't print one."""

    @field_validator("evidence")
    @classmethod
    def _printed(cls, reference: str | None) -> str | None:
        if reference is not None:
            printed = statistic(reference)
            if not (printed.value and printed.lower and printed.upper):
                raise InputError(
                    f"'{reference}' has no estimate with an interval to make a prior from"
                )
        return reference

    @model_validator(mode="after")
    def _one_source(self) -> Self:
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

    @property
    def log_numbers(self) -> tuple[float, float, float]:
        """Log of the centre, log of the interval's upper over its lower end, and its level."""
        ratio, lower, upper, level = self.hazard_ratio, self.lower, self.upper, self.level
        if self.evidence is not None:
            printed = statistic(self.evidence)
            ratio, lower, upper = printed.value, printed.lower, printed.upper
            level = printed.level or level
        centre, low, high = np.log([ratio or 1.0, lower or 1.0, upper or 1.0])
        return float(centre), float(high - low), level

    @property
    def moments(self) -> tuple[float, float]:
        """Mean and standard deviation of a normal log hazard ratio with that interval."""
        centre, width, level = self.log_numbers
        return centre, float(width / (2 * norm.ppf(0.5 + level / 2)))

    @property
    def normal(self) -> NormalLogRatio:
        """The normal log hazard ratio with that interval."""
        return NormalLogRatio(*self.moments)


class NormalSpec(IntervalSpec):
    """A normal distribution of the log hazard ratio."""

    kind: Literal["normal"] = "normal"
    """Which distribution."""

    @property
    def distribution(self) -> LogRatioPrior:
        """The distribution."""
        return self.normal


class StudentTSpec(IntervalSpec):
    """A t distribution of the log hazard ratio, for effects that may be far larger."""

    kind: Literal["student-t"]
    """Which distribution."""
    degrees: Annotated[float, Field(ge=3, allow_inf_nan=False)]
    """Degrees of freedom."""

    @property
    def distribution(self) -> LogRatioPrior:
        """The distribution."""
        centre, width, level = self.log_numbers
        scale = width / (2 * t.ppf(0.5 + level / 2, self.degrees))
        return StudentTLogRatio(self.degrees, centre, float(scale))


class PointSpec(Part):
    """All belief on one hazard ratio: 1 is no effect."""

    kind: Literal["point"]
    """Which distribution."""
    hazard_ratio: Positive
    """The hazard ratio."""

    @property
    def distribution(self) -> LogRatioPrior:
        """The distribution."""
        return PointLogRatio(float(np.log(self.hazard_ratio)))


class WeighedNormalSpec(NormalSpec):
    """A normal component of a mixture."""

    weight: Positive
    """Weight of the component; weights are divided by their sum."""


class WeighedStudentTSpec(StudentTSpec):
    """A t component of a mixture."""

    weight: Positive
    """Weight of the component; weights are divided by their sum."""


class WeighedPointSpec(PointSpec):
    """A point of a mixture."""

    weight: Positive
    """Weight of the component; weights are divided by their sum."""


type BeliefSpec = Annotated[
    Annotated[
        WeighedNormalSpec | WeighedStudentTSpec | WeighedPointSpec, Field(discriminator="kind")
    ],
    usually("kind", "normal"),
]
"""A component of a mixture prior."""


def mixture(parts: tuple[BeliefSpec, ...]) -> LogRatioPrior:
    """Return the prior that components make: one is itself, several are a mixture."""
    if len(parts) == 1:
        return parts[0].distribution
    total = sum(part.weight for part in parts)
    return MixtureLogRatio([(part.weight / total, part.distribution) for part in parts])
