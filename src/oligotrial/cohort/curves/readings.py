"""What is read off a figure: points of a curve, numbers at risk, and how exact they are."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError, non_negative, positive
from oligotrial.estimators.arrays import float_array, time_array

__all__ = ["Precision", "Readings", "RiskTable", "monotone"]


@dataclass(frozen=True)
class Precision:
    """How exactly a curve was read.

    Parameters
    ----------
    height : float
        Standard deviation of a reading's height, as a proportion: 0.005 is half a percentage
        point, one pixel where the axis from 0 to 100% has 200.
    time : float
        Standard deviation of a reading's time, in months.
    wiggle : float
        By how much readings may go the wrong way (a survival curve up) and be made monotone; 0
        refuses any.
    events_at_readings : bool
        Whether drops were read, so that events lie at the times of readings, as in Guyot et al.
        (2012). False where the curve was read anywhere, for example each month: events then lie
        somewhere between two readings. Readings far apart and taken for drops make events late, by
        half of their distance in the mean, and the other way round.

    Raises
    ------
    InputError
        If `height` is not positive, or another is negative.

    Examples
    --------
    >>> Precision(height=0.002, wiggle=0.004)
    Precision(height=0.002, time=0.0, wiggle=0.004, events_at_readings=True)
    """

    height: float = 0.005
    time: float = 0.0
    wiggle: float = 0.0
    events_at_readings: bool = True

    def __post_init__(self) -> None:
        positive(self.height, "precision.height")
        non_negative(self.time, "precision.time")
        non_negative(self.wiggle, "precision.wiggle")


@dataclass(frozen=True, eq=False)
class Readings:
    """Points read off one curve, in the order of time.

    Parameters
    ----------
    time : array_like
        Shape (reading,): months, not falling. A vertical drop may be read twice at its time, first
        where it starts and then where it ends.
    height : array_like
        Shape (reading,): proportions within 0 and 1.
    where : str
        Whose readings they are, for messages.

    Raises
    ------
    InputError
        If the lengths differ, a time is negative or before the one above it, there are three
        readings at one time, or a height is no proportion.
    """

    time: np.ndarray
    height: np.ndarray
    where: str = "curve"

    def __post_init__(self) -> None:
        try:
            time, height = time_array(self.time), float_array(self.height, "height")
        except InputError as error:
            raise error.within(self.where) from None
        if time.shape != height.shape:
            raise InputError(
                f"{height.size} heights for {time.size} times; give one a time", where=self.where
            )
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "height", height)
        self._check_order()
        self._check_heights()

    def _check_order(self) -> None:
        back = np.flatnonzero(np.diff(self.time) < 0)
        if back.size:
            row = back[0]
            raise InputError(
                f"time {self.time[row + 1]:g} comes after {self.time[row]:g}; sort the readings by "
                "time",
                where=f"{self.where}, reading {row + 2}",
            )
        thrice = np.flatnonzero(self.time[2:] == self.time[:-2])
        if thrice.size:
            raise InputError(
                f"a third reading at time {self.time[thrice[0]]:g}; keep two, where the drop "
                "starts and where it ends",
                where=f"{self.where}, reading {thrice[0] + 3}",
            )

    def _check_heights(self) -> None:
        wrong = np.flatnonzero(~((self.height >= 0) & (self.height <= 1)))
        if not wrong.size:
            return
        row, most = wrong[0], float(np.nanmax(self.height))
        remedy = (
            "the heights look like percent: divide them by 100"
            if 1.5 < most <= 101 and np.nanmin(self.height) >= 0
            else "cut readings to that range"
        )
        raise InputError(
            f"{self.height[row]:g} is not a proportion from 0 to 1; {remedy}",
            where=f"{self.where}, reading {row + 1}",
        )


@dataclass(frozen=True, eq=False)
class RiskTable:
    """Numbers at risk as printed below a curve.

    Parameters
    ----------
    time : array_like
        Shape (column,): months, rising.
    at_risk : array_like
        Shape (column,): patients whose time is not below it; never growing.
    where : str
        Whose numbers they are, for messages.

    Raises
    ------
    InputError
        If the lengths differ, times don't rise, or a number is not whole, negative or larger than
        the one before it.

    Examples
    --------
    >>> RiskTable([0, 6, 12], [40, 28, 11]).at_risk.tolist()
    [40, 28, 11]
    """

    time: np.ndarray
    at_risk: np.ndarray
    where: str = field(default="risk table")

    def __post_init__(self) -> None:
        try:
            time, number = time_array(self.time), float_array(self.at_risk, "at_risk")
        except InputError as error:
            raise error.within(self.where) from None
        if time.shape != number.shape:
            raise InputError(
                f"{number.size} numbers at risk for {time.size} times; give one a time",
                where=self.where,
            )
        for wrong, text in (
            (~((number >= 0) & (number == np.round(number))), "is not a whole number of patients"),
            (np.diff(number, prepend=np.inf) > 0, "at risk are more than at the time before"),
        ):
            if wrong.any():
                place = np.flatnonzero(wrong)[0]
                raise InputError(
                    f"{number[place]:g} {text}; give the printed numbers",
                    where=f"{self.where}, time {time[place]:g}",
                )
        if (np.diff(time) <= 0).any():
            raise InputError("times don't rise; give them in order, each once", where=self.where)
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "at_risk", number.astype(np.int64))


def monotone(height: ArrayLike, *, wiggle: float, where: str = "curve") -> np.ndarray:
    """Return the nearest heights that never fall, or raise where one falls by too much.

    Parameters
    ----------
    height : array_like
        Shape (reading,): readings of a rising curve.
    wiggle : float
        By how much a reading may be below an earlier one.
    where : str, optional
        Whose readings they are, for messages.

    Returns
    -------
    numpy.ndarray
        Shape (reading,): the least-squares fit by the pool-adjacent-violators algorithm. Taking
        the running maximum instead, as other software does, would shift the curve.

    Raises
    ------
    InputError
        If a reading is below an earlier one by more than `wiggle`.

    Examples
    --------
    >>> monotone([0.0, 0.1, 0.08, 0.3], wiggle=0.03).round(3).tolist()
    [0.0, 0.09, 0.09, 0.3]
    """
    heights = float_array(height, where)
    falls = np.maximum.accumulate(heights) - heights
    worst = int(np.argmax(falls))
    if falls[worst] > wiggle + 1e-9:
        raise InputError(
            f"the curve turns back by {falls[worst]:.3g}; correct the reading, or allow "
            f"the digitising error by Precision(wiggle={_next(falls[worst])})",
            where=f"{where}, reading {worst + 1}",
        )
    blocks: list[list[float]] = []  # mean, number of readings
    for value in heights:
        blocks.append([float(value), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, number = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * number) / (last[1] + number)
            last[1] += number
    return np.repeat([mean for mean, _ in blocks], [int(number) for _, number in blocks])


def _next(fall: float) -> float:
    """Return a fall rounded up to thousandths."""
    return float(np.ceil(fall * 1000) / 1000)
