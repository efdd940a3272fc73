"""Sizes to try, allocation, and when and how the trial is decided."""

from typing import Self

from pydantic import Field, model_validator

from oligotrial.protocol.looks import LooksSpec
from oligotrial.protocol.moments import MomentSpec
from oligotrial.protocol.monitoring import MonitoringSpec, ScreeningSpec
from oligotrial.protocol.part import Different, Part, Positive, Share, Whole
from oligotrial.trial import AtEvents, When

__all__ = ["DesignSpec"]

_RULES = ("looks", "monitoring", "screening")


class DesignSpec(Part):
    """Sizes to try, how patients are allocated, and when the trial is analysed."""

    patients: Different[tuple[Whole, ...]] = Field(min_length=1)
    """Numbers of patients to try."""
    events_per_patient: Share
    """Events that the (last) analysis waits for, as a share of the patients."""
    allocation: tuple[Whole, Whole] = (1, 1)
    """Control and experimental patients, in the smallest whole numbers: `[1, 2]` is 1:2."""
    block_size: Whole = 4
    """Patients in a randomisation block, a multiple of the allocation's sum."""
    longest_months: Positive = 120.0
    """Months within which the events have to be expected; a trial that can't is refused."""
    when: MomentSpec | None = None
    """When a trial with one look is analysed, where that isn't at all of its events."""
    looks: LooksSpec | None = None
    """Group-sequential looks."""
    monitoring: MonitoringSpec | None = None
    """Or looks with thresholds of their own."""
    screening: ScreeningSpec | None = None
    """Or one look with three outcomes."""

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        given = [name for name in _RULES if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of {' and '.join(given)}")
        if self.when is not None and given and given[0] != "screening":
            raise ValueError(f"with {given[0]}, say when in design.{given[0]}.when")
        return self

    def moments(self, patients: int, events: int) -> When | tuple[When, ...]:
        """Return when a design of so many patients and events is analysed."""
        several = self.looks or self.monitoring
        if several is not None:
            return several.moments(patients, events)
        return AtEvents(events) if self.when is None else self.when.moment(patients, events)
