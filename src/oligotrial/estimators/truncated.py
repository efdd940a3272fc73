"""The Turnbull estimate with delayed entry, and the likelihood where survival is held."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from oligotrial.checks import InputError
from oligotrial.estimators.innermost import innermost, patterns
from oligotrial.estimators.observation import observation
from oligotrial.estimators.truncated_kernels import (
    Patterns,
    fill_expected,
    log_likelihood_of_hazards,
)
from oligotrial.estimators.truncated_maximum import climb

__all__ = ["Late", "Support", "fit_late", "held_log_likelihood", "support"]

_GAP: Final = 1e-11
_ACCEPTED_GAP: Final = 1e-8
_SLACK: Final = 1e-6
"""A hazard whose mean derivative is this far below 0 is 0 in the estimate."""
_NOTHING: Final = 1e-9
_EXHAUSTED: Final = 1e-6
_HELD_GAP: Final = 1e-8
"""Of a likelihood with survival held, of which limits need fewer digits."""


@dataclass(frozen=True)
class Support:
    """Intervals that can have mass, and the patients by them.

    Parameters
    ----------
    left, right : numpy.ndarray
        Shape (interval + 1,): the intervals, the last of which ends at infinity.
    patterns : Patterns
        The patients.
    before : int
        Intervals before the time at which survival is held; 0 where none is.
    """

    left: np.ndarray
    right: np.ndarray
    patterns: Patterns
    before: int


@dataclass(frozen=True)
class Late:
    """An estimate with delayed entry.

    Parameters
    ----------
    left, right : numpy.ndarray
        Shape (interval + 1,): the intervals, the last of which ends at infinity.
    hazard : numpy.ndarray
        Shape (interval,): probability of the event in each, for who is free of it before.
    log_likelihood, gap : float
        At the estimate, and about how far its mean is below its maximum.
    iterations : int
        Needed to get there.
    start : float
        The first entry.
    gaps : numpy.ndarray
        Shape (gap, 2): spans in which nobody was under observation.
    """

    left: np.ndarray
    right: np.ndarray
    hazard: np.ndarray
    log_likelihood: float
    gap: float
    iterations: int
    start: float
    gaps: np.ndarray


def support(
    lower: np.ndarray,
    upper: np.ndarray,
    entry: np.ndarray | None,
    weight: np.ndarray,
    *,
    at: float | None = None,
) -> Support:
    """Return the intervals that can have mass, with delayed entry or cut at a time.

    Parameters
    ----------
    lower, upper : numpy.ndarray
        Shape (patient,): valid ends.
    entry : numpy.ndarray or None
        Shape (patient,): valid entries.
    weight : numpy.ndarray
        Shape (patient,): above 0.
    at : float, optional
        Above the first entry: a time that no interval shall straddle.

    Returns
    -------
    Support
        Where a mass can raise the likelihood by lying: inside intervals, before entries.

    Notes
    -----
    Frydman (1994), JRSS B 56, 71-74: the innermost intervals of those of the patients and those up
    to each entry, since a likelihood falls with survival at entry.

    Examples
    --------
    >>> lower, upper, entry = np.array([[1.0, 4.0], [6.0, 5.0], [0.0, 3.0]])
    >>> found = support(lower, upper, entry, np.ones(2))
    >>> found.left.tolist(), found.right.tolist()
    ([1.0, 4.0, 6.0], [3.0, 5.0, inf])
    """
    patients = len(lower)
    start = 0.0 if entry is None else float(entry.min())
    late = np.array([]) if entry is None else np.unique(entry[entry > start])
    times = late if at is None else np.append(late, at)
    # Rows of nobody: up to each entry, up to the time asked for, and all that is left.
    lows = np.concatenate(
        [lower, np.full(len(times), start), [upper[np.isfinite(upper)].max(initial=start)]]
    )
    highs = np.concatenate([upper, times, [np.inf]])
    if at is not None:
        lows, highs = np.append(lows, at), np.append(highs, np.inf)
    left, right, first, last = innermost(lows, highs)
    done = last[patients : patients + len(times)] + 1
    since = np.zeros(patients, dtype=np.int64)
    if entry is not None:
        since = np.append(0, done)[np.searchsorted(late, entry, side="right")]
    last = np.where(np.isfinite(upper), last[:patients], first[:patients] - 1)
    rows = Patterns(*patterns(since, first[:patients], last, weight=weight))
    return Support(left, right, rows, 0 if at is None else int(done[-1]))


def fit_late(lower: np.ndarray, upper: np.ndarray, entry: np.ndarray, weight: np.ndarray) -> Late:
    """Return the nonparametric maximum likelihood estimate with delayed entry.

    Parameters
    ----------
    lower, upper, entry, weight : numpy.ndarray
        Shape (patient,): valid ends, entries and weights.

    Returns
    -------
    Late
        The hazards.

    Raises
    ------
    InputError
        If everybody at risk had the event before others entered, or the likelihood's maximum
        isn't reached.
    """
    found = support(lower, upper, entry, weight)
    rows, hazard = found.patterns, _even(found)
    gap, iterations = climb(hazard, rows, before=0, survival=1.0, tolerance=_GAP)
    _not_exhausted(found, hazard)
    if gap > _ACCEPTED_GAP:
        raise InputError(
            f"the estimate is still {gap:.1g} from the largest likelihood after {iterations} "
            "iterations; round the times, so that fewer intervals have to be told apart"
        )
    slope, at_risk = np.empty_like(hazard), np.empty_like(hazard)
    fill_expected(hazard, rows, slope, at_risk)
    # Where nobody can have had the event there is none: also in gaps, of which nothing is known.
    none = (slope == 0.0) | (slope - at_risk < -_SLACK * weight.sum()) | (hazard < _NOTHING)
    hazard = np.where(none, 0.0, hazard)
    ends = np.where(np.isfinite(upper), upper, lower)
    span = observation(ends, np.isfinite(upper), np.where(entry > 0.0, entry, -np.inf), 0.0)
    likelihood = log_likelihood_of_hazards(hazard, rows)
    start = float(entry.min())
    return Late(
        found.left, found.right, hazard, likelihood, max(gap, 0.0), iterations, start, span.gaps
    )


def held_log_likelihood(found: Support, survival: float) -> float:
    """Return the largest log-likelihood where survival at a time is held at a value.

    Parameters
    ----------
    found : Support
        Cut at the time.
    survival : float
        Above 0 and below 1.

    Returns
    -------
    float
        At its maximum.
    """
    hazard = _even(found)
    climb(hazard, found.patterns, before=found.before, survival=survival, tolerance=_HELD_GAP)
    return log_likelihood_of_hazards(hazard, found.patterns)


def _even(found: Support) -> np.ndarray:
    hazard: np.ndarray = 1.0 / np.arange(len(found.left), 1.0, -1.0)
    return hazard


def _not_exhausted(found: Support, hazard: np.ndarray) -> None:
    later = found.patterns.since.max()
    ended = np.flatnonzero(hazard[:later] > 1.0 - _EXHAUSTED)
    if ended.size:
        time = float(found.right[ended[0]])
        raise InputError(
            f"by {time:g} everybody at risk had the event, but others entered later, so that no "
            "curve can be drawn through it; for that of patients free of the event then give these "
            f"alone, with an entry of at least {time:g}",
            where="entry",
        )
