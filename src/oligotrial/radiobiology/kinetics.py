"""What happens between fractions: repair of sublethal damage, and tumour regrowth."""

import math
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from oligotrial.checks import InputError, non_negative, positive

__all__ = [
    "CompleteRepair",
    "IncompleteRepair",
    "NoRepopulation",
    "Repair",
    "Repopulation",
    "Tumour",
    "unrepaired_factor",
]

HOURS_A_DAY: Final = 24.0


def unrepaired_factor(fractions: int, left: float) -> float:
    """Return Thames' ``h`` factor: how much damage that is left adds to the quadratic part.

    Parameters
    ----------
    fractions : int
        Equal fractions ``m`` in a row, with full repair before and after them.
    left : float
        Share ``phi`` of sublethal damage that is left when the next fraction comes, 0 to 1.

    Returns
    -------
    float
        ``h``, from 0 (none is left) to ``m - 1`` (all is left: one large fraction).

    Notes
    -----
    ``h = 2 / m * phi / (1 - phi) * (m - (1 - phi**m) / (1 - phi))``: Thames (1985), Int J
    Radiat Biol 47, 319-339, doi:10.1080/09553008514550461. Summed here as ``2 / m`` times the
    sum of ``(m - k) * phi**k``, the same without its 0/0 at ``phi = 1``.

    Examples
    --------
    >>> unrepaired_factor(2, 0.0625)
    0.0625
    """
    return 2.0 / fractions * sum((fractions - k) * left**k for k in range(1, fractions))


class Repair(Protocol):
    """Repair of sublethal damage between fractions."""

    def increase(self, fractions: int, per_day: int) -> float:
        """Return what the quadratic part of the effect is multiplied with, at least 1."""
        ...


@dataclass(frozen=True)
class CompleteRepair:
    """All sublethal damage is repaired before the next fraction, also at two or three a day.

    Examples
    --------
    >>> CompleteRepair().increase(14, 2)
    1.0
    """

    def increase(self, fractions: int, per_day: int) -> float:  # noqa: ARG002
        """Return 1: nothing is left."""
        return 1.0


@dataclass(frozen=True)
class IncompleteRepair:
    """Mono-exponential repair between the fractions of a day, complete overnight.

    Parameters
    ----------
    half_time_hours : float
        Time in which half of the sublethal damage is repaired, hours; 0 for at once.
    interval_hours : float, optional
        Time between fractions of the same day, hours.

    Raises
    ------
    InputError
        If the half-time is negative or the interval not above 0.

    Notes
    -----
    ``BED = D * (1 + (1 + h) * d / (alpha/beta))`` with `unrepaired_factor` for the ``m``
    fractions of a day and ``phi = 2**(-interval / half-time)``. A last day with fewer
    fractions has the factor of these; the mean over all fractions is taken.

    Examples
    --------
    >>> IncompleteRepair(half_time_hours=1.5, interval_hours=6.0).increase(14, 2)
    1.0625
    """

    half_time_hours: float
    interval_hours: float = 6.0

    def __post_init__(self) -> None:
        non_negative(self.half_time_hours, "half_time_hours")
        positive(self.interval_hours, "interval_hours")

    @property
    def left(self) -> float:
        """Share of sublethal damage that is left after the interval."""
        if self.half_time_hours == 0:
            return 0.0
        return float(2.0 ** (-self.interval_hours / self.half_time_hours))

    def increase(self, fractions: int, per_day: int) -> float:
        """Return one plus the mean factor over all fractions.

        Parameters
        ----------
        fractions : int
            Number of fractions.
        per_day : int
            Fractions a day.

        Returns
        -------
        float
            What the quadratic part is multiplied with.

        Raises
        ------
        InputError
            If that many fractions don't fit in a day.
        """
        if (per_day - 1) * self.interval_hours >= HOURS_A_DAY:
            raise InputError(
                f"{per_day} fractions {self.interval_hours:g} hours apart don't fit in a day; "
                "give a shorter interval",
                where="interval_hours",
            )
        days, rest = divmod(fractions, per_day)
        full = days * per_day * unrepaired_factor(per_day, self.left)
        return 1.0 + (full + rest * unrepaired_factor(max(rest, 1), self.left)) / fractions


class Tumour(Protocol):
    """What grows back meanwhile."""

    def loss_gy(self, days: Any) -> Any:
        """Return the BED, Gy, that regrowth undoes in so many days from first to last fraction."""
        ...


@dataclass(frozen=True)
class NoRepopulation:
    """Nothing grows back during the treatment.

    Examples
    --------
    >>> NoRepopulation().loss_gy(None)
    0.0
    """

    def loss_gy(self, days: Any) -> Any:  # noqa: ARG002
        """Return 0, whether the days are known or not."""
        return 0.0


@dataclass(frozen=True)
class Repopulation:
    """Regrowth at a constant rate after a delay.

    Parameters
    ----------
    onset_days : float
        ``Tk``: days after the first fraction when regrowth begins.
    gy_per_day : float
        BED that a day of it undoes, Gy; see `Repopulation.doubling`.

    Raises
    ------
    InputError
        If the onset is negative or the loss not above 0.

    Notes
    -----
    ``BED = D * (1 + d / (alpha/beta)) - K * max(T - Tk, 0)`` with ``K = log(2) / (alpha *
    Tp)``: Fowler (1989), Br J Radiol 62, 679-694, doi:10.1259/0007-1285-62-740-679.

    Examples
    --------
    >>> regrowth = Repopulation.doubling(onset_days=28, days=3, alpha_per_gy=0.35)
    >>> round(float(regrowth.loss_gy(46)), 2)
    11.88
    """

    onset_days: float
    gy_per_day: float

    def __post_init__(self) -> None:
        non_negative(self.onset_days, "onset_days")
        positive(self.gy_per_day, "gy_per_day")

    @staticmethod
    def doubling(*, onset_days: float, days: float, alpha_per_gy: float) -> "Repopulation":
        """Return the regrowth of clonogens with a doubling time.

        Parameters
        ----------
        onset_days : float
            ``Tk``: days after the first fraction when regrowth begins.
        days : float
            ``Tp``: their doubling time, days (the potential one, Tpot, where no cell is lost).
        alpha_per_gy : float
            Initial slope ``alpha`` of their log survival curve, per Gy.

        Returns
        -------
        Repopulation
            With ``log(2) / (alpha * Tp)`` Gy a day.
        """
        rate = positive(alpha_per_gy, "alpha_per_gy") * positive(days, "days")
        return Repopulation(onset_days, math.log(2.0) / rate)

    def loss_gy(self, days: Any) -> Any:
        """Return what regrowth undoes.

        Parameters
        ----------
        days : float, array or None
            Days from the first to the last fraction.

        Returns
        -------
        float or numpy.ndarray
            BED lost, Gy.

        Raises
        ------
        InputError
            If the days aren't known, or negative.
        """
        if days is None:
            raise InputError(
                "regrowth needs the days from the first to the last fraction; write "
                "'over 12 days' in the schedule, take Schedule.on_weekdays, or give days="
            )
        known = np.asarray(days, dtype=float)
        if not np.all(np.isfinite(known) & (known >= 0)):
            wrong = known[~(np.isfinite(known) & (known >= 0))].flat[0]
            raise InputError(f"{wrong:g} is not a number of days; give 0 or more", where="days")
        return self.gy_per_day * np.maximum(known - self.onset_days, 0.0)
