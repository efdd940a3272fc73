"""Looks of a group-sequential design: when they are made, and what stops the trial."""

from typing import Self

from pydantic import Field, model_validator

from oligotrial.protocol.moments import MomentSpec, at_fractions
from oligotrial.protocol.part import Part, Share
from oligotrial.protocol.spending import EfficacySpec, FutilitySpec
from oligotrial.trial import GroupSequential, NoFutility, When, find_boundaries

__all__ = ["LooksSpec", "same_number"]


class LooksSpec(Part):
    """Looks at shares of the information, with alpha spent over them."""

    fractions: tuple[Share, ...] = Field(min_length=2)
    """Each look's share of the information at the last, ascending to 1: of the events."""
    when: tuple[MomentSpec, ...] | None = Field(default=None, min_length=2)
    """When each look is made, where that isn't at its share of the events; alpha is spent as
    `fractions` say."""
    efficacy: EfficacySpec = EfficacySpec()
    """The efficacy boundaries."""
    futility: FutilitySpec | None = None
    """How the trial stops for futility; it doesn't when left out."""
    obey_futility: bool = True
    """False: simulated trials go on past interim futility boundaries, which non-binding ones
    allow."""
    reason: str
    """Why these looks."""

    @model_validator(mode="after")
    def _makes_a_rule(self) -> Self:
        find_boundaries(self.rule(0.1))  # looks out of order, bounds that cross
        same_number(self.when, len(self.fractions), "fractions")
        if not self.obey_futility and self.futility is None:
            raise ValueError("there is no futility to be disobeyed; leave out obey_futility")
        if not self.obey_futility and self.futility is not None and self.futility.binding:
            raise ValueError("binding futility has to be obeyed; leave out obey_futility")
        return self

    def rule(self, alpha: float) -> GroupSequential:
        """Return the group-sequential rule at a one-sided level."""
        futility = NoFutility() if self.futility is None else self.futility.rule
        return GroupSequential(self.fractions, alpha, self.efficacy.function, futility)

    def moments(self, patients: int, events: int) -> tuple[When, ...]:
        """Return when a design of so many patients and events is looked at."""
        if self.when is None:
            return at_fractions(self.fractions, events)
        return tuple(spec.moment(patients, events) for spec in self.when)


def same_number(when: tuple[MomentSpec, ...] | None, looks: int, name: str) -> None:
    """Raise where there isn't one moment a look."""
    if when is not None and len(when) != looks:
        raise ValueError(f"{len(when)} moments in when for {looks} {name}; give one for each look")
