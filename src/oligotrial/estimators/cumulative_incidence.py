"""The cumulative incidence of each of several causes, with delayed entry."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import (
    entry_array,
    label_array,
    numbered,
    risk_sets,
    time_array,
)
from oligotrial.estimators.incidence_variance import (
    GREENWOOD,
    IncidenceVariance,
    fill_incidence,
)
from oligotrial.estimators.influence import robust_variances
from oligotrial.estimators.observation import not_exhausted, observation
from oligotrial.estimators.patient_weight import weighting
from oligotrial.estimators.scale import PLAIN, Scale

__all__ = [
    "CumulativeIncidence",
    "cause_numbers",
    "cause_specific",
    "cumulative_incidence",
    "place_of",
]


@dataclass(frozen=True)
class CumulativeIncidence:
    """The Aalen-Johansen estimate at each distinct time at which an event was seen.

    Parameters
    ----------
    time : numpy.ndarray
        Shape (row,): distinct times of events of any cause, ascending.
    causes : tuple
        The causes, sorted.
    at_risk : numpy.ndarray
        Shape (row,): patients at risk just before each time; sums of weights where patients have
        them, as `events`.
    events : numpy.ndarray
        Shape (row, cause): events at it.
    incidence, std_error : numpy.ndarray
        Shape (row, cause): the proportion that had the event of each cause, and its standard error.
    event_free : numpy.ndarray
        Shape (row,): the proportion free of every event; with `incidence` it adds up to 1.
    longest : float
        The largest time observed.
    start : float
        Patients were free of every event just before this time: 0, or with delayed entry the
        first entry, or the `after` asked for if that is later.
    censored : numpy.ndarray
        Distinct times at which patients were censored, ascending.
    gaps : numpy.ndarray
        Shape (gap, 2): spans in which nobody was at risk, as in `KaplanMeier`.
    """

    time: np.ndarray
    causes: tuple[Hashable, ...]
    at_risk: np.ndarray
    events: np.ndarray
    incidence: np.ndarray
    std_error: np.ndarray
    event_free: np.ndarray
    longest: float
    start: float
    censored: np.ndarray
    gaps: np.ndarray

    def at(self, time: ArrayLike) -> np.ndarray:
        """Return the incidences at each of some times.

        Parameters
        ----------
        time : array_like
            Times in the unit the curves were made from.

        Returns
        -------
        numpy.ndarray
            Shaped as `time` with one more axis for the causes; NaN beyond the largest observed
            time unless nobody was left free of every event.
        """
        return self._step(self.incidence, time)

    def std_error_at(self, time: ArrayLike) -> np.ndarray:
        """Return the standard errors of `at`.

        Parameters
        ----------
        time : array_like
            Times in the unit the curves were made from.

        Returns
        -------
        numpy.ndarray
            Shaped as `at` returns.
        """
        return self._step(self.std_error, time)

    def limits(self, *, level: float = 0.95, scale: Scale = PLAIN) -> tuple[np.ndarray, np.ndarray]:
        """Return the pointwise confidence limits at the curves' event times.

        Parameters
        ----------
        level : float, optional
            Confidence level, in (0, 1).
        scale : Scale, optional
            `PLAIN`, `LOG` (R's default) or `LOG_LOG`, of the incidence itself.

        Returns
        -------
        tuple of numpy.ndarray
            Lower and upper limits, shape (row, cause); NaN where the scale leaves them undefined.

        Raises
        ------
        InputError
            If the level is not valid.
        """
        return scale.limits(self.incidence, self.std_error, level=level)

    def _step(self, heights: np.ndarray, time: ArrayLike) -> np.ndarray:
        asked = np.asarray(time, dtype=float)
        row = np.searchsorted(self.time, asked, side="right")
        unknown = (asked > self.longest) & ~np.any(self.event_free == 0.0)
        steps = np.concatenate([np.zeros((1, len(self.causes))), heights])
        return np.where((unknown | np.isnan(asked))[..., None], np.nan, steps[row])


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    censored: Hashable = 0,
    entry: ArrayLike | None = None,
    after: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    variance: IncidenceVariance = GREENWOOD,
) -> CumulativeIncidence:
    """Return the Aalen-Johansen estimate of the cumulative incidence of each cause.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the first event or to censoring, in any unit, at least 0.
    cause : array_like
        Shape (patient,): what the event was, as numbers or words.
    censored : hashable, optional
        The value of `cause` for patients without an event.
    entry : array_like, optional
        Shape (patient,): delayed entry, as for `kaplan_meier`.
    after : float, optional
        The curves are those of patients free of every event just before this time.
    weights, cluster, robust : optional
        As for `kaplan_meier`.
    variance : IncidenceVariance, optional
        `GREENWOOD` as R's ``etm``, or `AALEN` as R's ``cmprsk``, of errors that aren't robust. They
        agree in large samples. Robust errors are those of R's ``survfit``.

    Returns
    -------
    CumulativeIncidence
        One row for each distinct time of an event of any cause, one column a cause.

    Raises
    ------
    InputError
        If an array is not valid or the lengths differ, or as `kaplan_meier` says.

    Notes
    -----
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150; Kalbfleisch and
    Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition, section 8.2.
    Patients whose event has another cause stay in the denominator, unlike in 1 minus a
    Kaplan-Meier curve that censors them, which overstates the incidence.

    Examples
    --------
    >>> curves = cumulative_incidence([1, 2, 3, 4], ["local", "death", "none", "local"],
    ...                               censored="none")
    >>> curves.causes
    ('death', 'local')
    >>> curves.incidence[-1].tolist()
    [0.25, 0.75]
    """
    times = time_array(time)
    causes, numbers = cause_numbers(cause, len(times), censored)
    entries, seen = entry_array(entry, times), numbers >= 0
    rows = weighting(weights, len(times), cluster=cluster, robust=robust)
    span = observation(times, seen, entries, after)
    table = risk_sets(times, seen.astype(np.int64), entry=entries, weight=rows.weight)
    table = table.starting(after)
    counts = np.zeros((len(table.times), len(causes)))
    counted = seen & (times >= after)
    place = np.searchsorted(table.times, times[counted])
    np.add.at(counts, (place, numbers[counted]), rows.of(len(times))[counted])
    free, incidence, spread = np.empty(len(counts)), np.empty_like(counts), np.empty_like(counts)
    # Sums of weights are rounded in an order of their own: nobody is left if nobody was.
    last = table.at_risk[:, 0] == table.events[:, 0]
    at_risk = np.where(last, counts.sum(axis=1), table.at_risk[:, 0])
    fill_incidence(at_risk, counts, variance.noise(at_risk, counts), free, incidence, spread)
    not_exhausted(table.times, free, span.longest)
    if rows.cluster is not None:
        spread, _, _ = robust_variances(
            table.times,
            at_risk,
            counts,
            time=times,
            cause=numbers,
            entry=entries,
            weight=rows.of(len(times)),
            cluster=rows.cluster,
        )
    return CumulativeIncidence(
        table.times,
        tuple(causes),
        at_risk,
        counts,
        incidence,
        np.sqrt(spread),
        free,
        span.longest,
        span.start,
        span.censored,
        span.gaps,
    )


def cause_specific(cause: ArrayLike, *, of: Hashable) -> np.ndarray:
    """Return the events of one cause, those of every other taken as censored.

    With them `log_rank` and Cox regression are cause-specific: they compare how fast the event
    comes among patients still free of all. A curve of proportions needs `cumulative_incidence`.

    Parameters
    ----------
    cause : array_like
        Shape (patient,): what the event was, as numbers or words.
    of : hashable
        The cause of interest.

    Returns
    -------
    numpy.ndarray of int
        Shape (patient,): 1 where the event was of that cause, else 0.

    Raises
    ------
    InputError
        If a value is missing or no patient has that cause.

    Examples
    --------
    >>> cause_specific(["local", "death", "none"], of="local").tolist()
    [1, 0, 0]
    """
    causes, numbers = numbered(cause, label_array(cause, "cause").size, "cause")
    event: np.ndarray = numbers == place_of(of, causes)
    return event.astype(np.int64)


def place_of(cause: Hashable, causes: list[Hashable]) -> int:
    """Return the place of a cause among those that patients have, or raise `InputError`."""
    if cause not in causes:
        raise InputError(
            f"no patient has {cause!r}; there are {', '.join(map(repr, causes))}", where="of"
        )
    return causes.index(cause)


def cause_numbers(
    cause: ArrayLike, patients: int, censored: Hashable
) -> tuple[list[Hashable], np.ndarray]:
    """Return the causes and each patient's number among them, -1 for censored."""
    values, numbers = numbered(cause, patients, "cause")
    events = [value for value in values if value != censored]
    place = np.array([events.index(v) if v != censored else -1 for v in values], dtype=np.int64)
    return events, place[numbers]
