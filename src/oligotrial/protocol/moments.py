"""When a trial is looked at: at a share of its events, in a month, or the later of some."""

import math
from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from oligotrial.checks import InputError
from oligotrial.protocol.part import NonNegative, Part, Positive, Share
from oligotrial.trial import AfterEnrolment, AtCalendar, AtEvents, Earlier, Later, When

__all__ = ["MomentSpec", "at_fractions", "awaited_events", "listed"]

_KINDS = ("fraction_of_events", "month", "months_after_enrolment", "later", "earlier")


class MomentSpec(Part):
    """One moment: exactly one of its first five keys."""

    fraction_of_events: Share | None = None
    """Share of the design's events, both arms: on the day of that event."""
    month: Positive | None = None
    """Months from the first day of accrual."""
    months_after_enrolment: NonNegative | None = None
    """Months after the last patient entered, or the one that `fraction_of_patients` says."""
    later: tuple["MomentSpec", ...] | None = Field(default=None, min_length=2)
    """Two moments or more, of which the last counts."""
    earlier: tuple["MomentSpec", ...] | None = Field(default=None, min_length=2)
    """Two moments or more, of which the first counts."""
    fraction_of_patients: Share | None = None
    """Goes with `months_after_enrolment`: share of the patients after whose entry months count;
    all of them when left out."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in _KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            told = " and ".join(given) or "none"
            raise ValueError(f"give exactly one of {', '.join(_KINDS)}; here is {told}")
        if self.fraction_of_patients is not None and self.months_after_enrolment is None:
            raise ValueError("fraction_of_patients goes with months_after_enrolment")
        return self

    def moment(self, patients: int, events: int) -> When:
        """Return the moment of a design of so many patients and events."""
        if self.fraction_of_events is not None:
            return AtEvents(_counted(self.fraction_of_events, events))
        if self.month is not None:
            return AtCalendar(self.month)
        if self.months_after_enrolment is not None:
            entered = _counted(self.fraction_of_patients or 1.0, patients)
            return AfterEnrolment(entered, self.months_after_enrolment)
        several = Later if self.later is not None else Earlier
        parts = self.later or self.earlier or ()
        return several(tuple(part.moment(patients, events) for part in parts))

    @property
    def words(self) -> str:
        """The moment in words, whatever the size."""
        if self.fraction_of_events is not None:
            return f"{100 * self.fraction_of_events:g}% of the events"
        if self.month is not None:
            return f"month {self.month:g}"
        if self.months_after_enrolment is not None:
            share = self.fraction_of_patients or 1.0
            last = "the last patient's entry"
            who = last if share == 1 else f"entry of {100 * share:g}% of the patients"
            return f"{self.months_after_enrolment:g} months after {who}"
        name = "later" if self.later is not None else "earlier"
        return f"the {name} of {listed([part.words for part in self.later or self.earlier or ()])}"

    @property
    def waits_for_all_events(self) -> bool:
        """Whether the look is never made before all events have come."""
        if self.later is not None:
            return any(part.waits_for_all_events for part in self.later)
        if self.earlier is not None:
            return all(part.waits_for_all_events for part in self.earlier)
        return self.fraction_of_events == 1.0


def at_fractions(fractions: tuple[float, ...], events: int) -> tuple[AtEvents, ...]:
    """Return looks at shares of the events, rounded up, or say that two fall on one event."""
    counts = [_counted(share, events) for share in fractions]
    if len(set(counts)) < len(counts):
        raise InputError(
            f"with {events} events the looks fall on events {counts}, two on the same; have fewer "
            "looks or more events",
            where="events",
        )
    return tuple(map(AtEvents, counts))


def awaited_events(moment: When) -> int:
    """Return the events without which a look is not made; 0 if a date makes it anyway."""
    if isinstance(moment, Earlier):
        return min(map(awaited_events, moment.moments))
    return moment.events


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: commas, and "and" before the last."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _counted(share: float, whole: int) -> int:
    return max(1, math.ceil(share * whole - 1e-9))
