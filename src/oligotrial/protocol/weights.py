"""Weights of a weighted log-rank test, as a file states them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.protocol.part import NonNegative, Part, Positive
from oligotrial.trial import ModestWeight, StepWeight
from oligotrial.trial.decide import TimeWeight

__all__ = ["WeightSpec"]


class FlemingHarringtonSpec(Part):
    """Weights `S^rho (1 - S)^gamma` of survival: early or late differences weigh more."""

    kind: Literal["fleming-harrington"]
    """Which weights."""
    rho: NonNegative = 0.0
    """Above 0, early differences weigh more."""
    gamma: NonNegative = 0.0
    """Above 0, late differences weigh more."""

    @property
    def weight(self) -> TimeWeight:
        """The weight."""
        return FlemingHarrington(self.rho, self.gamma)


class ModestSpec(Part):
    """Modest weights: 1 over survival, until a time or up to a largest weight."""

    kind: Literal["modest"]
    """Which weights."""
    until_months: NonNegative | None = None
    """Time from which weights rise no more."""
    most: Annotated[float, Field(gt=1)] | None = None
    """Largest weight; 2 stops at the median."""

    @model_validator(mode="after")
    def _ends(self) -> Self:
        _ = self.weight
        return self

    @property
    def weight(self) -> TimeWeight:
        """The weight."""
        infinite = float("inf")
        until = infinite if self.until_months is None else self.until_months
        return ModestWeight(until, infinite if self.most is None else self.most)


class StepsSpec(Part):
    """Weights that are constant between given times."""

    kind: Literal["steps"]
    """Which weights."""
    ends_months: tuple[Positive, ...] = Field(min_length=1)
    """Where one weight ends and the next begins."""
    values: tuple[NonNegative, ...]
    """The weights, one more than there are ends."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _ = self.weight
        return self

    @property
    def weight(self) -> TimeWeight:
        """The weight."""
        return StepWeight(self.ends_months, self.values)


type WeightSpec = Annotated[
    FlemingHarringtonSpec | ModestSpec | StepsSpec, Field(discriminator="kind")
]
