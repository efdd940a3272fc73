"""The Turnbull estimator: survival where times are known only to lie in intervals."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import float_array, time_array
from oligotrial.estimators.turnbull_kernels import fill_slopes, fit_masses, log_likelihood

__all__ = ["Turnbull", "turnbull"]

_GAP: Final = 1e-11  # rounding of sums over patients leaves about 1e-15 times their number
_ACCEPTED_GAP: Final = 1e-8
_MOST_ITERATIONS: Final = 20_000
_SLACK: Final = 1e-6
"""A mass whose mean derivative is this far below 1 is 0 in the estimate."""
_TIE: Final = 1e-9


@dataclass(frozen=True)
class Turnbull:
    """The nonparametric maximum likelihood estimate from intervals.

    Mass lies in intervals ``(left, right]``, but where inside them the data can't tell: the curve
    is known before and after each interval and only bounded within. `bounds` says so.

    Parameters
    ----------
    left, right : numpy.ndarray
        Shape (interval,): the intervals with mass, ascending. Equal where times are exact; the last
        `right` is infinite if the last patients were censored.
    mass : numpy.ndarray
        Shape (interval,): probability of the event in each, adding up to 1.
    survival : numpy.ndarray
        Shape (interval,): survival at `right`, after each interval.
    log_likelihood : float
        At the estimate.
    gap : float
        Bound on how far the mean log-likelihood is below its maximum.
    iterations : int
        Needed to get there.
    """

    left: np.ndarray
    right: np.ndarray
    mass: np.ndarray
    survival: np.ndarray
    log_likelihood: float
    gap: float
    iterations: int

    def bounds(self, time: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest survival that the masses leave open at times.

        They are not confidence limits: between the intervals both are the estimate.

        Parameters
        ----------
        time : array_like
            Times in the unit of the intervals.

        Returns
        -------
        tuple of numpy.ndarray
            Shaped as `time`; NaN where it is NaN.
        """
        asked = np.asarray(time, dtype=float)
        exact = self.left == self.right
        # An interval that is open at its left end can hold an event from just after it on.
        begun = np.searchsorted(
            np.where(exact, self.left, np.nextafter(self.left, np.inf)), asked, side="right"
        )
        ended = np.searchsorted(self.right, asked, side="right")
        steps = np.concatenate([[1.0], self.survival])
        lowest = np.where(np.isnan(asked), np.nan, steps[begun])
        return lowest, np.where(np.isnan(asked), np.nan, steps[ended])

    def median_bounds(self) -> tuple[float, float]:
        """Return the ends of the interval in which survival comes down to 1/2.

        Returns
        -------
        tuple of float
            The median is above the first and at most the second, or both if they are equal.
        """
        row = int(np.argmax(self.survival <= 0.5 + _TIE))
        return float(self.left[row]), float(self.right[row])


def turnbull(lower: ArrayLike, upper: ArrayLike) -> Turnbull:
    """Return the Turnbull estimate of survival from interval-censored times.

    Parameters
    ----------
    lower : array_like
        Shape (patient,): the last time at which each was known to be free of the event, for example
        the last negative scan; 0 if the event was there at the first look (left-censored).
    upper : array_like
        Shape (patient,): the first time at which the event was known to have happened; infinite if
        it was never seen (right-censored), equal to `lower` if the time is exact.

    Returns
    -------
    Turnbull
        The intervals with mass.

    Raises
    ------
    InputError
        If the lengths differ, a time is negative or missing, or `lower` is above `upper`.

    Notes
    -----
    Turnbull (1976), JRSS B 38, 290-295, doi:10.1111/j.2517-6161.1976.tb01597.x. The event lies in
    ``(lower, upper]``. The masses are unique; their places within the intervals are not.

    The estimate converges at a rate slower than the root of the number of patients and has no
    Greenwood variance, so no limits are given. Delayed entry isn't taken: the estimate then need
    not exist (Hudgens 2005, JRSS B 67, 573-587, doi:10.1111/j.1467-9868.2005.00516.x).

    Examples
    --------
    >>> curve = turnbull([0, 2, 4, 5], [3, 4, 6, float("inf")])
    >>> curve.left.tolist(), curve.right.tolist(), curve.mass.round(6).tolist()
    ([2.0, 5.0], [3.0, 6.0], [0.5, 0.5])
    """
    lows, highs = _intervals(lower, upper)
    left, right, first, last = _innermost(lows, highs)
    first, last, count = _patterns(first, last)
    cumulated = np.linspace(0.0, 1.0, len(left) + 1)
    gap, iterations = fit_masses(cumulated, first, last, count, _GAP, _MOST_ITERATIONS)
    if gap > _ACCEPTED_GAP:
        raise InputError(
            f"the estimate is still {gap:.1g} from the largest likelihood after {iterations} "
            "iterations; round the times, so that fewer intervals have to be told apart"
        )
    active = _derivatives(cumulated, first, last, count) > 1.0 - _SLACK
    mass = np.where(active, np.diff(cumulated), 0.0)
    mass /= mass.sum()
    kept = mass > 0.0
    after = 1.0 - np.cumsum(mass[kept])
    after[-1] = 0.0
    return Turnbull(
        left[kept],
        right[kept],
        mass[kept],
        after,
        log_likelihood(np.concatenate([[0.0], np.cumsum(mass)]), first, last, count),
        float(max(gap, 0.0)),
        iterations,
    )


def _intervals(lower: ArrayLike, upper: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    lows, highs = time_array(lower, "lower"), float_array(upper, "upper")
    if highs.shape != lows.shape:
        raise InputError(f"{highs.size} values of upper for {lows.size} of lower; give one each")
    bad = ~(highs >= lows)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{highs[row]:g} is not at least the lower end, {lows[row]:g}; give the first time at "
            "which the event was known, or infinity (inf) if it never was",
            where=f"upper, row {row + 1}",
        )
    return lows, highs


def _innermost(
    lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the innermost intervals and the first and last one that each patient's holds.

    They run from a left end to the right end that follows it with no other end between (Peto 1973,
    doi:10.2307/2346307). At one time, an exact time's left end comes before every right end, and
    the open left end of an interval after them.
    """
    patients = len(lower)
    kind = np.concatenate([np.where(lower == upper, -1, 1), np.zeros(patients, dtype=int)])
    value = np.concatenate([lower, upper])
    order = np.lexsort((kind, value))
    value, kind = value[order], kind[order]
    changed = np.concatenate([[False], (value[1:] != value[:-1]) | (kind[1:] != kind[:-1])])
    rank = np.empty(2 * patients, dtype=np.int64)
    rank[order] = np.cumsum(changed)
    begin = np.flatnonzero((kind[:-1] != 0) & (kind[1:] == 0))
    ranks = rank[order]
    first = np.searchsorted(ranks[begin], rank[:patients], side="left")
    last = np.searchsorted(ranks[begin + 1], rank[patients:], side="right") - 1
    return value[begin], value[begin + 1], first, last


def _patterns(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    both, count = np.unique(np.column_stack([first, last]), axis=0, return_counts=True)
    return both[:, 0].copy(), both[:, 1].copy(), count.astype(float)


def _derivatives(
    cumulated: np.ndarray, first: np.ndarray, last: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Return the log-likelihood's derivative by each mass, as a mean over patients."""
    slope, curvature = np.empty_like(cumulated), np.empty_like(cumulated)
    fill_slopes(cumulated, first, last, count, slope, curvature)
    mean: np.ndarray = np.cumsum(slope[:-1]) / count.sum()
    return mean
