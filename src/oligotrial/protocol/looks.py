"""Looks of a group-sequential design: when they are made, and what stops the trial."""

from typing import Literal, Self

from pydantic import Field, model_validator

from oligotrial.protocol.moments import MomentSpec, at_fractions
from oligotrial.protocol.part import Part, Share
from oligotrial.protocol.spending import EfficacySpec, FutilitySpec
from oligotrial.trial import (
    GroupSequential,
    NoFutility,
    Observed,
    SequentialLogRank,
    SpendByInformation,
    SpendByMonths,
    When,
    find_boundaries,
)

__all__ = ["LooksSpec", "same_number"]

_MANY = 1_000_000
"""Events among which no two looks fall on one."""


class LooksSpec(Part):
    """Looks at shares of the information, with alpha spent over them."""

    fractions: tuple[Share, ...] = Field(min_length=2)
    """Each look's share of the information at the last, ascending to 1: of the events."""
    when: tuple[MomentSpec, ...] | None = Field(default=None, min_length=2)
    """When each look is made, where that isn't at its share of the events; alpha is spent as
    `fractions` say, unless `spend_by` says otherwise."""
    spend_by: Literal["events", "months"] | None = None
    """By what each trial's errors are spent, its boundaries being those of the events it has:
    "events" that were seen, of all, or "months" that passed, of those to the last look. When left
    out, all trials have the boundaries of `fractions`."""
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
        if self.spend_by == "months" and len(self._months) < len(self.fractions):
            raise ValueError(
                "to spend by months, give the month of each look: when = [{ month = 12 }, ...]; or "
                'take spend_by = "events"'
            )
        if self.spend_by is not None:
            self.observed(SequentialLogRank(self.rule(0.1), _MANY))  # classical shapes
        if not self.obey_futility and self.futility is None:
            raise ValueError("there is no futility to be disobeyed; leave out obey_futility")
        if not self.obey_futility and self.futility is not None and self.futility.binding:
            raise ValueError("binding futility has to be obeyed; leave out obey_futility")
        return self

    def rule(self, alpha: float) -> GroupSequential:
        """Return the group-sequential rule at a one-sided level."""
        futility = NoFutility() if self.futility is None else self.futility.rule
        return GroupSequential(self.fractions, alpha, self.efficacy.function, futility)

    def observed(self, plan: SequentialLogRank) -> Observed:
        """Return the rule by which each trial has boundaries of its own."""
        by_months = self.spend_by == "months"
        return Observed(plan, SpendByMonths(self._months) if by_months else SpendByInformation())

    @property
    def _months(self) -> tuple[float, ...]:
        return tuple(spec.month for spec in self.when or () if spec.month is not None)

    def moments(self, patients: int, events: int) -> tuple[When, ...]:
        """Return when a design of so many patients and events is looked at."""
        if self.when is None:
            return at_fractions(self.fractions, events)
        return tuple(spec.moment(patients, events) for spec in self.when)


def same_number(when: tuple[MomentSpec, ...] | None, looks: int, name: str) -> None:
    """Raise where there isn't one moment a look."""
    if when is not None and len(when) != looks:
        raise ValueError(f"{len(when)} moments in when for {looks} {name}; give one for each look")
