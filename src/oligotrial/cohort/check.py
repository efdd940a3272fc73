"""One printed number, and how it is recomputed from a cohort's rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oligotrial.cohort.draw import Draw
from oligotrial.cohort.target import printed_interval
from oligotrial.evidence import Statistic

__all__ = ["Check", "exactly", "of_statistic"]


@dataclass(frozen=True)
class Check:
    """One printed number and how it is recomputed.

    Parameters
    ----------
    key : str
        What it is.
    printed : float
        The number; infinite where a median isn't reached.
    interval : tuple of float
        The values that print so.
    tolerance : float
        Half a unit of the printed rounding; 0 for counts.
    place : str
        Where it is printed.
    compute : callable
        From a `Draw`.
    """

    key: str
    printed: float
    interval: tuple[float, float]
    tolerance: float
    place: str
    compute: Callable[[Draw], float]

    def agrees(self, value: float) -> bool:
        """Return whether a recomputed number prints as this one."""
        low, high = self.interval
        return low <= value <= high


def exactly(key: str, printed: float, place: str, compute: Callable[[Draw], float]) -> Check:
    """Return a check that only the printed number itself passes.

    Parameters
    ----------
    key : str
        What it is.
    printed : float
        The number.
    place : str
        Where it is printed.
    compute : callable
        From a `Draw`.

    Returns
    -------
    Check
        With a tolerance of 0.
    """
    return Check(key, printed, (printed, printed), 0.0, place, compute)


def of_statistic(each: Statistic, which: int, compute: Callable[[Draw], float]) -> Iterator[Check]:
    """Yield the check of a statistic's value or of an end of its interval, where it is printed.

    Parameters
    ----------
    each : Statistic
        As printed.
    which : int
        0 for the value, 1 and 2 for the ends of its interval.
    compute : callable
        From a `Draw`.

    Yields
    ------
    Check
        One at most.
    """
    number = (each.value, each.lower, each.upper)[which]
    if number is not None:
        interval = printed_interval(each, which)
        yield Check(
            each.key + ("", ".lower", ".upper")[which], number, interval,
            (interval[1] - interval[0]) / 3.0, each.place, compute,
        )  # fmt: skip
