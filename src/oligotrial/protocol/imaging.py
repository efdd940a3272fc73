"""When patients are imaged."""

from typing import Self

from pydantic import Field, model_validator

from oligotrial.protocol.part import NonNegative, Part, Positive, Rate
from oligotrial.trial import Imaging

__all__ = ["CalendarSpec", "ImagingSpec"]


class CalendarSpec(Part):
    """Visits at which progression is seen."""

    every_weeks: tuple[Positive, ...] = Field(min_length=1)
    """Weeks between visits; several where they change."""
    until_weeks: tuple[Positive, ...] = ()
    """Weeks after randomisation at which they change, one fewer than there are intervals."""
    window_weeks: NonNegative = 1.0
    """Weeks that a visit may be early or late, less than half an interval."""
    missed: Rate = 0.0
    """Probability that a visit doesn't take place."""

    @property
    def calendar(self) -> Imaging:
        """The calendar."""
        return Imaging(self.every_weeks, self.until_weeks, self.window_weeks, self.missed)

    @property
    def words(self) -> str:
        """The calendar in words."""
        spans = [f"{weeks:g} weeks" for weeks in self.every_weeks]
        spans[:-1] = [
            f"{span} until week {week:g}"
            for span, week in zip(spans, self.until_weeks, strict=False)
        ]
        missed = f", {100 * self.missed:g}% of them missed" if self.missed else ""
        return f"every {', then '.join(spans)}, each up to {self.window_weeks:g} weeks off{missed}"


class ImagingSpec(CalendarSpec):
    """Visits of both arms, or of the control arm where the experimental one has its own."""

    experimental: CalendarSpec | None = None
    """The experimental arm's own visits."""
    reason: str
    """Why this calendar."""

    @model_validator(mode="after")
    def _makes_calendars(self) -> Self:
        _ = self.calendars  # intervals that don't fit their changes, windows that touch
        return self

    @property
    def calendars(self) -> Imaging | tuple[Imaging, Imaging]:
        """The calendar, or one for each arm."""
        if self.experimental is None:
            return self.calendar
        return self.calendar, self.experimental.calendar
