"""The inverted Kaplan-Meier equations of Guyot et al. (2012), as published.

Names follow the paper: S are the readings, n the numbers at risk, d events and c censorings
between one reading and the next. Its supplementary R code is the reference for what the text
leaves open: rounding is to even, and a censoring that falls on a reading counts before it.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Inversion", "invert"]

_MOST_ROUNDS = 10_000
_BREAK_FUZZ = 1e-7  # in median gaps between readings: R's hist does so


@dataclass(frozen=True, eq=False)
class Inversion:
    """Events and censorings at each reading.

    Parameters
    ----------
    events, censored : numpy.ndarray
        Shape (reading,): events at each reading, and patients censored between it and the next.
    at_risk : numpy.ndarray
        Shape (reading + 1,): patients at risk before each reading, and after the last.
    notes : tuple of str
        Where the published algorithm gave up.
    """

    events: np.ndarray
    censored: np.ndarray
    at_risk: np.ndarray
    notes: tuple[str, ...]


class _Work:
    """The arrays that the steps of the algorithm fill."""

    def __init__(
        self, time: np.ndarray, survival: np.ndarray, first: np.ndarray, at_risk: np.ndarray
    ) -> None:
        self.time, self.survival, self.first = time, survival, first
        self.given = at_risk.astype(np.int64)
        self.last = np.append(first[1:] - 1, len(time) - 1)
        self.events = np.zeros(len(time), dtype=np.int64)
        self.censored = np.zeros(len(time), dtype=np.int64)
        self.number = np.full(len(time) + 1, at_risk[0] + 1, dtype=np.int64)
        self.estimate = np.ones(len(time))
        self.losses = np.zeros(len(first), dtype=np.int64)
        self.step_before = np.zeros(len(first), dtype=np.int64)
        self.notes: list[str] = []

    def spread_censored(self, i: int, until: int) -> None:
        """Spread an interval's censorings evenly from its first reading to another."""
        start, count = self.first[i], self.losses[i]
        self.censored[start:until] = 0
        if count <= 0 or until <= start:
            self.losses[i] = 0
            return
        breaks = self.time[start : until + 1]
        times = breaks[0] + np.arange(1, count + 1) * (breaks[-1] - breaks[0]) / (count + 1)
        fuzz = _BREAK_FUZZ * np.median(np.diff(breaks))
        place = np.searchsorted(breaks[1:-1] + fuzz, times, side="left")
        self.censored[start:until] = np.bincount(place, minlength=until - start)

    def invert_interval(self, i: int) -> int:
        """Find an interval's events from its censorings; return the last reading with a step."""
        before = int(self.step_before[i])
        self.number[self.first[i]] = self.given[i]
        for k in range(self.first[i], self.last[i] + 1):
            level, number = self.estimate[before], self.number[k]
            fall = 1.0 - self.survival[k] / level if k > 0 and level > 0 else 0.0
            events = int(np.rint(number * fall))
            if events < 0:
                self.note(k, f"the published algorithm gives {events} events; taken as 0")
                events = 0
            self.events[k] = events
            self.estimate[k] = level * (1.0 - events / number) if number > 0 else level
            left = number - events - self.censored[k]
            if left < 0 and i == len(self.first) - 1:
                self.censored[k], left = number - events, 0
            self.number[k + 1] = left
            if events:
                before = k
        return before

    def note(self, k: int, text: str) -> None:
        message = f"at {self.time[k]:g} months {text}"
        if message not in self.notes:
            self.notes.append(message)


def invert(
    time: np.ndarray,
    survival: np.ndarray,
    *,
    first: np.ndarray,
    at_risk: np.ndarray,
    events: int | None,
) -> Inversion:
    """Solve the inverted Kaplan-Meier equations of all intervals.

    Parameters
    ----------
    time, survival : numpy.ndarray
        Shape (reading,): from (0, 1) on.
    first : numpy.ndarray
        Shape (interval,): the first reading not before each time of the risk table.
    at_risk : numpy.ndarray
        Shape (interval,): the printed numbers.
    events : int or None
        The printed total.

    Returns
    -------
    Inversion
        Which may miss the printed numbers; its notes say where the algorithm gave up.

    Notes
    -----
    Guyot, Ades, Ouwens and Welton (2012), doi:10.1186/1471-2288-12-9, steps 1 to 8.
    """
    work = _Work(time, survival, first, at_risk)
    for i in range(len(first) - 1):
        _meet_number_at_risk(work, i)
    _follow_to_the_end(work)
    if events is not None:
        _meet_events(work, events)
    return Inversion(work.events, work.censored, work.number, tuple(work.notes))


def _meet_number_at_risk(work: _Work, i: int) -> None:
    """Change an interval's censorings until the next number at risk is the printed one (2 to 6)."""
    start, after = work.first[i], work.first[i + 1]
    ratio = work.survival[after] / work.survival[start] if work.survival[start] > 0 else 0.0
    work.losses[i] = int(np.rint(work.given[i] * ratio - work.given[i + 1]))
    step, seen = int(work.step_before[i]), set()
    for _ in range(_MOST_ROUNDS):
        gap = work.number[after] - work.given[i + 1]
        if gap == 0 or (gap < 0 and work.losses[i] <= 0):
            break
        if int(work.losses[i]) in seen:
            work.note(start, "no number of evenly spread censorings meets the next number at risk")
            break
        seen.add(int(work.losses[i]))
        work.spread_censored(i, after)
        step = work.invert_interval(i)
        work.losses[i] += work.number[after] - work.given[i + 1]
    if work.number[after] < 0:
        _take_back_censored(work, i)
    if work.number[after] < work.given[i + 1]:
        work.note(after, f"{work.given[i + 1]} at risk can't be met; {work.number[after]} are left")
        work.given[i + 1] = work.number[after]
    work.step_before[i + 1] = step


def _take_back_censored(work: _Work, i: int) -> None:
    """Leave nobody at risk, where the published algorithm goes on with less than nobody."""
    after = work.first[i + 1]
    excess = -int(work.number[after])
    for k in range(after - 1, work.first[i] - 1, -1):
        taken = min(excess, int(work.censored[k]))
        work.censored[k] -= taken
        excess -= taken
    work.number[after] = 0


def _follow_to_the_end(work: _Work) -> None:
    """Censor in the last interval at the mean rate of those before (7)."""
    i, end = len(work.first) - 1, len(work.time) - 1
    span = work.time[work.last[i - 1]] - work.time[0] if i else 0.0
    if span > 0:
        rate = work.losses[:i].sum() / span
        expected = int(np.rint(rate * (work.time[end] - work.time[work.first[i]])))
        work.losses[i] = min(expected, work.given[i])
    work.spread_censored(i, end)
    work.invert_interval(i)


def _meet_events(work: _Work, events: int) -> None:
    """Change the last interval's censorings until the total of events is the printed one (8)."""
    i, end = len(work.first) - 1, len(work.time) - 1
    earlier = int(work.events[: work.first[i]].sum())
    if i and earlier >= events:
        # The paper: no events or censorings after that, whatever the curve does.
        work.events[work.first[i] :] = 0
        work.censored[work.first[i] :] = 0
        work.number[work.first[i] + 1 :] = work.given[i]
        return
    seen = set()
    for _ in range(_MOST_ROUNDS):
        excess = int(work.events.sum()) - events
        if excess == 0 or (excess < 0 and work.losses[i] <= 0):
            return
        work.losses[i] += excess
        if int(work.losses[i]) in seen:
            work.note(end, "no number of evenly spread censorings meets the total of events")
            return
        seen.add(int(work.losses[i]))
        work.spread_censored(i, end)
        work.invert_interval(i)
