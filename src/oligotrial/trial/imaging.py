"""When patients are imaged: progression is seen at a visit and not before."""

from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError, non_negative, positive
from oligotrial.units import to_months

__all__ = ["Imaging"]


@dataclass(frozen=True)
class Imaging:
    """A calendar of imaging visits from randomisation on.

    Visits are planned at even intervals, which may change; each takes place within a window
    about its date, or is missed. Progression is seen at the first visit that takes place after
    it. Who is not seen to progress is censored at the last visit.

    Parameters
    ----------
    every_weeks : tuple of float
        Weeks between visits; several where they change.
    until_weeks : tuple of float, optional
        Weeks after randomisation at which they change, one fewer than there are intervals. A
        change takes effect after the first visit at or after it.
    window_weeks : float, optional
        Each visit is up to that much earlier or later than planned, evenly.
    missed : float, optional
        Probability that a visit doesn't take place.

    Raises
    ------
    InputError
        If an interval is not above 0, the changes don't ascend or don't fit the intervals,
        windows of two visits touch, or the probability is not at least 0 and below 1.

    Examples
    --------
    >>> Imaging((8.0, 12.0), (24.0,)).planned_weeks(4).tolist()
    [8.0, 16.0, 24.0, 36.0]
    """

    every_weeks: tuple[float, ...]
    until_weeks: tuple[float, ...] = ()
    window_weeks: float = 1.0
    missed: float = 0.0

    def __post_init__(self) -> None:
        for interval in self.every_weeks:
            positive(interval, "every_weeks")
        if len(self.every_weeks) != len(self.until_weeks) + 1:
            raise InputError(
                f"{len(self.every_weeks)} intervals for {len(self.until_weeks)} changes; "
                "give one interval more than there are changes",
                where="every_weeks",
            )
        if not (np.diff((0.0, *self.until_weeks)) > 0).all():
            raise InputError(
                f"the intervals change at weeks {self.until_weeks}, which don't ascend from above "
                "0; put them in order",
                where="until_weeks",
            )
        if non_negative(self.window_weeks, "window_weeks") * 2 >= min(self.every_weeks):
            raise InputError(
                f"visits every {min(self.every_weeks):g} weeks that are up to "
                f"{self.window_weeks:g} weeks early or late could change places; make the window "
                "less than half an interval",
                where="window_weeks",
            )
        if not 0 <= self.missed < 1:
            raise InputError(f"{self.missed} is not at least 0 and below 1", where="missed")

    def planned_weeks(self, visits: int) -> np.ndarray:
        """Return the planned times of the first visits, weeks; shape (visits,)."""
        planned = np.empty(visits)
        now, interval = 0.0, 0
        for visit in range(visits):
            while interval < len(self.until_weeks) and now >= self.until_weeks[interval] - 1e-9:
                interval += 1
            now += self.every_weeks[interval]
            planned[visit] = now
        return planned

    def planned_months(self, visits: int) -> np.ndarray:
        """Return the planned times of the first visits, months; shape (visits,)."""
        return self.planned_weeks(visits) * to_months(1.0, "weeks")

    @property
    def window_months(self) -> float:
        """Months that a visit may be early or late."""
        return to_months(self.window_weeks, "weeks")
