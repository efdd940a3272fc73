"""Effects that come or go at stated times, on any hazard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError, non_negative, positive_integer
from oligotrial.hazard.basis import at_any_time
from oligotrial.hazard.core import Array, Hazard
from oligotrial.hazard.functions import indicator

__all__ = ["Delayed", "Stepped", "Waning"]


@dataclass(frozen=True)
class Delayed:
    """A hazard multiplied by a hazard ratio from a time on.

    Parameters
    ----------
    hazard : Hazard
        Hazard without the effect.
    log_ratio : array
        Log of the hazard ratio from `onset` on.
    onset : array
        Months at which the effect starts.

    Raises
    ------
    InputError
        If the hazard is known at stored times only.

    Notes
    -----
    An effect that stops at a time is ``Delayed(Proportional(hazard, b), -b, time)``.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> late = Delayed(Exponential(0.1), np.log(0.5), 3.0)
    >>> late.cumulative_hazard(np.array([3.0, 5.0])).round(12)
    array([0.3, 0.4])
    """

    hazard: Hazard
    log_ratio: Array
    onset: Array

    def __post_init__(self) -> None:
        at_any_time(self.hazard, "Delayed")

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return self.hazard.log_hazard(time) + self.log_ratio * indicator(time >= self.onset)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        change = np.exp(self.log_ratio) - 1.0
        return self.hazard.cumulative_hazard(time) + change * _since(self.hazard, self.onset, time)


@dataclass(frozen=True)
class Waning:
    """A hazard ratio that holds up to a time and wanes from there until nothing is left.

    The log hazard ratio falls in equal steps from its full value, which it has until `start`,
    to 0, which it has from `end` on. In each step it is that of a straight line at the middle.

    Parameters
    ----------
    hazard : Hazard
        Hazard without the effect.
    log_ratio : array
        Log of the hazard ratio until `start`.
    start, end : float
        Months between which the effect is lost.
    steps : int, optional
        Number of steps.

    Raises
    ------
    InputError
        If the times don't follow each other, there is no step, or the hazard is known at stored
        times only.

    Notes
    -----
    Waning of relative effects between two times is what appraisals of extrapolated survival
    ask for: NICE Decision Support Unit, Technical Support Document 21 (2020), section 4.2.
    Steps, not a line, because they have a closed form on any hazard. Waning in the time scale
    of the disease and not of the calendar is `Crossing` with ``late_log_ratio = 0``.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> waning = Waning(Exponential(0.1), np.log(0.5), start=12.0, end=36.0)
    >>> np.exp(waning.log_hazard(np.array([6.0, 24.0, 60.0]))).round(3)
    array([0.05 , 0.073, 0.1  ])
    """

    hazard: Hazard
    log_ratio: Array
    start: float
    end: float
    steps: int = 12

    def __post_init__(self) -> None:
        at_any_time(self.hazard, "Waning")
        non_negative(self.start, "start")
        positive_integer(self.steps, "steps")
        if not self.start < non_negative(self.end, "end"):
            raise InputError(
                f"the effect can't be lost between {self.start} and {self.end} months; give an "
                "end after the start"
            )

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        lost: Array = 0.0
        for cut, before, after in self._steps():
            lost = lost + (before - after) * indicator(time >= cut)
        return self.hazard.log_hazard(time) + self.log_ratio * (1.0 - lost)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        total = np.exp(self.log_ratio) * self.hazard.cumulative_hazard(time)
        for cut, before, after in self._steps():
            change = np.exp(after * self.log_ratio) - np.exp(before * self.log_ratio)
            total = total + change * _since(self.hazard, cut, time)
        return total

    def _steps(self) -> Sequence[tuple[float, float, float]]:
        """Return each time at which the effect steps down, its share before and after."""
        middles = 1.0 - (np.arange(self.steps) + 0.5) / self.steps
        shares = [1.0, *middles.tolist(), 0.0]
        cuts = np.linspace(self.start, self.end, self.steps + 1).tolist()
        return list(zip(cuts, shares[:-1], shares[1:], strict=True))


@dataclass(frozen=True)
class Stepped:
    """A hazard ratio that is constant between cut-points.

    Parameters
    ----------
    hazard : Hazard
        Hazard without the effect.
    cuts : sequence of array
        Months at which the hazard ratio changes, increasing.
    log_ratios : sequence of array
        Log of the hazard ratio in each interval, one more than there are cuts; from a cut on,
        its own included, that of the next interval holds.

    Raises
    ------
    InputError
        If there isn't one log hazard ratio more than cuts, or the hazard is known at stored
        times only.

    Notes
    -----
    Gamerman (1991), Applied Statistics 40, 63-79, doi:10.2307/2347905: effects on intervals.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> stepped = Stepped(Exponential(0.1), [6.0], [np.log(0.5), 0.0])
    >>> stepped.cumulative_hazard(np.array([6.0, 10.0]))
    array([0.3, 0.7])
    """

    hazard: Hazard
    cuts: Sequence[Array]
    log_ratios: Sequence[Array]

    def __post_init__(self) -> None:
        at_any_time(self.hazard, "Stepped")
        if len(self.log_ratios) != len(self.cuts) + 1:
            raise InputError(
                f"{len(self.log_ratios)} log hazard ratios don't go with {len(self.cuts)} cuts; "
                "give one for each interval",
                where="log_ratios",
            )

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        total = self.hazard.log_hazard(time) + self.log_ratios[0]
        for cut, before, after in self._changes():
            total = total + (after - before) * indicator(time >= cut)
        return total

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        total = np.exp(self.log_ratios[0]) * self.hazard.cumulative_hazard(time)
        for cut, before, after in self._changes():
            change = np.exp(after) - np.exp(before)
            total = total + change * _since(self.hazard, cut, time)
        return total

    def _changes(self) -> Sequence[tuple[Array, Array, Array]]:
        return list(zip(self.cuts, self.log_ratios[:-1], self.log_ratios[1:], strict=True))


def _since(hazard: Hazard, cut: Array, time: Array) -> Array:
    """Return the hazard integrated from a cut-point to each time, 0 before it."""
    later = indicator(time > cut)
    upto = (1.0 - later) * time + later * cut
    return hazard.cumulative_hazard(time) - hazard.cumulative_hazard(upto)
