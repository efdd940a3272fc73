"""Events and exposure in each stratum and interval: all that piecewise hazards need."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError, non_negative, positive, positive_integer
from oligotrial.estimators.arrays import numbered, survival_arrays
from oligotrial.estimators.piecewise_kernels import fill_event_cuts, fill_table

__all__ = [
    "EventQuantiles",
    "ExternalControls",
    "GammaBaseline",
    "cut_points",
    "external_controls",
    "piecewise_table",
]


@dataclass(frozen=True)
class EventQuantiles:
    """Intervals that hold about the same number of events each.

    Parameters
    ----------
    intervals : int
        How many.

    Raises
    ------
    InputError
        If it isn't a whole number of at least 1.

    Examples
    --------
    >>> cut_points(EventQuantiles(2), np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, int))
    array([2.])
    """

    intervals: int

    def __post_init__(self) -> None:
        positive_integer(self.intervals, "intervals")


@dataclass(frozen=True)
class GammaBaseline:
    """The prior of every piece's hazard: as if events had been seen at a rate before the trial.

    Parameters
    ----------
    events : float, optional
        Prior events in each piece, the gamma's shape: the default is worth a
        hundredth of an event.
    rate : float, optional
        The gamma's mean: events of the control arm per unit of the times given. When left
        out, that of the data themselves, both arms, all strata and what is borrowed together,
        so that no unit has to be known and the posterior is the same in days and in months.

    Raises
    ------
    InputError
        If either isn't above 0.

    Examples
    --------
    >>> GammaBaseline(events=1.0, rate=0.08).rate
    0.08
    """

    events: float = 0.01
    rate: float | None = None

    def __post_init__(self) -> None:
        positive(self.events, "events")
        if self.rate is not None:
            positive(self.rate, "rate")


@dataclass(frozen=True, eq=False)
class ExternalControls:
    """Control patients from elsewhere, by stratum and interval, and what they are worth.

    Parameters
    ----------
    events, exposure : numpy.ndarray
        Events, and time under observation in the trial's unit; shape (strata, intervals).
    discount : float
        The power of their likelihood: 0 borrows nothing, 1 takes them for patients of the
        trial.

    Raises
    ------
    InputError
        If the shapes differ, a number is negative or not finite, there are events without
        exposure, or the discount isn't between 0 and 1.

    Notes
    -----
    The power prior of Ibrahim and Chen (2000), Statistical Science 15, 46-60,
    doi:10.1214/ss/1009212673. With gamma hazards it adds discounted events and exposure to
    the prior's.

    Examples
    --------
    >>> ExternalControls([[10.0, 4.0]], [[100.0, 80.0]], discount=0.5).borrowed[0]
    array([5., 2.])
    """

    events: ArrayLike
    exposure: ArrayLike
    discount: float

    def __post_init__(self) -> None:
        for name in ("events", "exposure"):
            object.__setattr__(self, name, _table(getattr(self, name), f"external, {name}"))
        events, exposure = np.asarray(self.events), np.asarray(self.exposure)
        if events.shape != exposure.shape:
            raise InputError(
                f"events are of shape {events.shape} and exposure of {exposure.shape}; give both "
                "by stratum and interval",
                where="external",
            )
        if ((events > 0) & (exposure == 0)).any():
            raise InputError("there are events without exposure; give both", where="external")
        if not 0.0 <= self.discount <= 1.0:
            raise InputError(f"{self.discount} is not between 0 and 1", where="discount")

    @property
    def borrowed(self) -> np.ndarray:
        """Discounted events and exposure by piece; shape (2, strata * intervals)."""
        return self.discount * np.array([np.ravel(self.events), np.ravel(self.exposure)])

    def discounted(self, discount: float) -> "ExternalControls":
        """Return the same patients at another discount."""
        return replace(self, discount=discount)


def external_controls(
    time: ArrayLike,
    event: ArrayLike,
    *,
    cuts: Sequence[float],
    discount: float,
    strata: ArrayLike | None = None,
) -> ExternalControls:
    """Cut external control patients into the trial's pieces.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): follow-up in the trial's unit, and 1 for an event or 0.
    cuts : sequence of float
        The trial's cut points.
    discount : float
        What they are worth, 0 to 1.
    strata : array_like, optional
        Shape (patient,): their strata, which have to be all those of the trial.

    Returns
    -------
    ExternalControls
        Events and exposure by stratum and interval.

    Raises
    ------
    InputError
        If a row, the cut points or the discount are impossible.

    Examples
    --------
    >>> external_controls([2, 4, 7], [1, 0, 1], cuts=[3], discount=1.0).exposure
    array([[8., 5.]])
    """
    times, events = survival_arrays(time, event)
    ends = cut_points(cuts, times, events)
    names, stratum = numbered(
        np.zeros(times.size) if strata is None else strata, times.size, "strata"
    )
    table = piecewise_table(times, events, np.zeros_like(events), stratum=stratum, cuts=ends)
    shape = (len(names), ends.size + 1)
    return ExternalControls(table[0].reshape(shape), table[2].reshape(shape), discount)


def cut_points(
    cuts: EventQuantiles | Sequence[float], time: np.ndarray, event: np.ndarray
) -> np.ndarray:
    """Return where one interval ends and the next begins.

    Parameters
    ----------
    cuts : EventQuantiles or sequence of float
        A rule, or ascending times above 0; none for one interval.
    time, event : numpy.ndarray
        Valid times and events, for the rule.

    Returns
    -------
    numpy.ndarray
        Shape (intervals - 1,); fewer than the rule asked for where event times are tied.

    Raises
    ------
    InputError
        If times aren't finite, above 0 and ascending.

    Examples
    --------
    >>> cut_points([3, 6], np.ones(1), np.ones(1, int))
    array([3., 6.])
    """
    if isinstance(cuts, EventQuantiles):
        ends = np.empty(int(cuts.intervals) - 1)
        fill_event_cuts(ends, np.argsort(time, kind="stable"), time, event, time.size)
        return np.unique(ends[ends > 0])
    try:
        ends = np.asarray(cuts, dtype=float).reshape(-1)
    except (TypeError, ValueError) as error:
        raise InputError(
            "not a list of times; give one, or EventQuantiles", where="cuts"
        ) from error
    before = 0.0
    for number, end in enumerate(ends, start=1):
        if not (np.isfinite(end) and end > before):
            raise InputError(
                f"{end:g} doesn't come after {before:g}; give finite times above 0, ascending",
                where=f"cuts, number {number}",
            )
        before = end
    return ends


def piecewise_table(
    time: np.ndarray, event: np.ndarray, arm: np.ndarray, *, stratum: np.ndarray, cuts: np.ndarray
) -> np.ndarray:
    """Return events and exposure of each arm in each piece.

    Parameters
    ----------
    time, event, arm, stratum : numpy.ndarray
        Shape (patient,): valid times and events, 1 for the experimental arm, stratum from 0.
    cuts : numpy.ndarray
        As `cut_points` returns them.

    Returns
    -------
    numpy.ndarray
        Shape (4, strata * intervals): control and experimental events, then exposures. An
        interval holds its right end.

    Examples
    --------
    >>> one = np.array([0])
    >>> piecewise_table(np.array([5.0]), one + 1, one, stratum=one, cuts=np.array([3.0]))
    array([[0., 1.],
           [0., 0.],
           [3., 2.],
           [0., 0.]])
    """
    table = np.empty((4, (int(stratum.max()) + 1) * (cuts.size + 1)))
    fill_table(table, np.empty((2, table.shape[1])), time, event, arm, stratum, cuts, time.size)
    return table


def _table(values: ArrayLike, name: str) -> np.ndarray:
    try:
        table = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("not a table of numbers; give one", where=name) from error
    if table.ndim != 2:
        raise InputError(
            f"the values have {table.ndim} dimensions; give one row a stratum and one column an "
            "interval",
            where=name,
        )
    for value in table.ravel():
        non_negative(value, name)
    return table
