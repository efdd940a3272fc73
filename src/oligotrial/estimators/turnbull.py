"""The Turnbull estimator: survival where times are known only to lie in intervals."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.innermost import entry_before, innermost, interval_ends, patterns
from oligotrial.estimators.patient_weight import weight_array
from oligotrial.estimators.truncated import Late, fit_late
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
    start : float
        Survival is that of patients free of the event at this time: 0, or with delayed entry the
        first entry.
    gaps : numpy.ndarray
        Shape (gap, 2): spans in which nobody was under observation, as in `KaplanMeier`.
    """

    left: np.ndarray
    right: np.ndarray
    mass: np.ndarray
    survival: np.ndarray
    log_likelihood: float
    gap: float
    iterations: int
    start: float
    gaps: np.ndarray

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


def turnbull(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Turnbull:
    """Return the Turnbull estimate of survival from interval-censored times.

    Parameters
    ----------
    lower : array_like
        Shape (patient,): the last time at which each was known to be free of the event, for example
        the last negative scan; 0 if the event was there at the first look (left-censored).
    upper : array_like
        Shape (patient,): the first time at which the event was known to have happened; infinite if
        it was never seen (right-censored), equal to `lower` if the time is exact.
    entry : array_like, optional
        Shape (patient,): when each came under observation, free of the event: at most `lower`; 0
        for who was followed from the origin. All were when left out.
    weights : array_like, optional
        Shape (patient,): how many patients each row stands for, above 0; one when left out.

    Returns
    -------
    Turnbull
        The intervals with mass.

    Raises
    ------
    InputError
        If the lengths differ, a time is negative or missing, `lower` is above `upper` or before
        the entry, a weight isn't above 0, or everybody at risk had the event before others entered.

    See Also
    --------
    turnbull_limits : Confidence limits.

    Notes
    -----
    Turnbull (1976), JRSS B 38, 290-295, doi:10.1111/j.2517-6161.1976.tb01597.x. The event lies in
    ``(lower, upper]``. The masses are unique; their places within the intervals are not.

    With delayed entry a patient's likelihood is divided by survival at entry. Mass can then also
    lie just before an entry (Frydman 1994, JRSS B 56, 71-74), and the estimate need not exist
    (Hudgens 2005, JRSS B 67, 573-587, doi:10.1111/j.1467-9868.2005.00516.x): where survival would
    be 0 before others enter, that is an error, as for `kaplan_meier`.

    Examples
    --------
    >>> curve = turnbull([0, 2, 4, 5], [3, 4, 6, float("inf")])
    >>> curve.left.tolist(), curve.right.tolist(), curve.mass.round(6).tolist()
    ([2.0, 5.0], [3.0, 6.0], [0.5, 0.5])
    """
    lows, highs = interval_ends(lower, upper)
    weight = weight_array(weights, len(lows))
    late = entry_before(entry, lows, highs)
    if late is None:
        return _from_masses(lows, highs, weight)
    return _from_hazards(fit_late(lows, highs, late, weight))


def _from_masses(lower: np.ndarray, upper: np.ndarray, weight: np.ndarray) -> Turnbull:
    left, right, first, last = innermost(lower, upper)
    first, last, count = patterns(first, last, weight=weight)
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
        0.0,
        np.empty((0, 2)),
    )


def _from_hazards(found: Late) -> Turnbull:
    after = np.append(np.cumprod(1.0 - found.hazard), 0.0)
    mass = -np.diff(after, prepend=1.0)
    kept = mass > 0.0
    return Turnbull(
        found.left[kept],
        found.right[kept],
        mass[kept],
        after[kept],
        found.log_likelihood,
        found.gap,
        found.iterations,
        found.start,
        found.gaps,
    )


def _derivatives(
    cumulated: np.ndarray, first: np.ndarray, last: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Return the log-likelihood's derivative by each mass, as a mean over patients."""
    slope, curvature = np.empty_like(cumulated), np.empty_like(cumulated)
    fill_slopes(cumulated, first, last, count, slope, curvature)
    mean: np.ndarray = np.cumsum(slope[:-1]) / count.sum()
    return mean
