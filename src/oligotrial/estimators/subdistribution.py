"""Rows whose risk sets are those of a subdistribution: who had another event stays, and fades.

Who had an event of another cause can't have the one of interest any more, but stays in the risk set
of its subdistribution hazard, with the probability of still being under observation by then.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from oligotrial.checks import InputError

__all__ = ["Expanded", "expand"]

_LATE = 5e-324  # the smallest number above 0: an entry of 0 wouldn't be one


@dataclass(frozen=True)
class Expanded:
    """Rows of a regression, of patients and of times after other events.

    Parameters
    ----------
    patient : numpy.ndarray of int
        Shape (row,): whose row it is.
    entry, time : numpy.ndarray
        Shape (row,): at risk after the first and up to the second.
    event : numpy.ndarray of int
        Shape (row,): 1 for an event of the cause of interest.
    weight : numpy.ndarray
        Shape (row,).
    """

    patient: np.ndarray
    entry: np.ndarray
    time: np.ndarray
    event: np.ndarray
    weight: np.ndarray


def expand(
    time: np.ndarray,
    kind: np.ndarray,
    entry: np.ndarray | None,
    weight: np.ndarray,
    stratum: np.ndarray,
) -> Expanded:
    """Return the rows of a subdistribution's regression.

    Parameters
    ----------
    time : numpy.ndarray
        Shape (patient,): valid times.
    kind : numpy.ndarray of int
        Shape (patient,): 0 censored, 1 an event of the cause of interest, 2 of another.
    entry : numpy.ndarray or None
        Shape (patient,), as `entry_array` returns it.
    weight : numpy.ndarray
        Shape (patient,): above 0.
    stratum : numpy.ndarray of int
        Shape (patient,): the probability of being under observation is estimated in each.

    Returns
    -------
    Expanded
        Each patient's own row, and further ones for those of kind 2.

    Raises
    ------
    InputError
        If nobody was under observation for a while, after an event of another cause.

    Notes
    -----
    Geskus (2011), doi:10.1111/j.1541-0420.2010.01420.x, section 2: after an event of another cause
    at X the weight at t is ``G(t-) H(t-) / (G(X-) H(X-))``, with G the probability of not being
    censored and H that of having entered; R's ``survival::finegray``.

    Examples
    --------
    >>> rows = expand(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2, 0, 1, 1]), None,
    ...               np.ones(4), np.zeros(4, dtype=int))
    >>> rows.patient.tolist(), rows.weight.tolist()
    ([0, 1, 2, 3, 0], [1.0, 1.0, 1.0, 1.0, 0.6666666666666667])
    """
    own = np.zeros(len(time)) if entry is None else np.maximum(entry, 0.0)
    event = (kind == 1).astype(np.int64)
    parts = [(np.arange(len(time)), own, time, event, weight)]
    for member in range(int(stratum.max()) + 1):
        inside = np.flatnonzero(stratum == member)
        late = None if entry is None else entry[inside]
        found = _after_others(time[inside], kind[inside], late, weight[inside])
        parts.append((inside[found[0]], *found[1:]))
    return Expanded(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _after_others(
    time: np.ndarray, kind: np.ndarray, entry: np.ndarray | None, weight: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return patient, entry, time, event and weight of rows after events of other causes."""
    events, others = np.unique(time[kind == 1]), np.flatnonzero(kind == 2)
    others = others[time[others] < events.max(initial=-np.inf)]
    observed = _observed(time, kind, entry, weight, np.concatenate([events, time[others]]))
    later, at_exit = observed[: len(events)], observed[len(events) :]
    next_event = np.searchsorted(events, time[others], side="right")
    # Events between which the probability stays the same share a row, up to the last of them.
    last = np.flatnonzero(np.append(np.diff(later) != 0.0, [True])[: len(events)])
    first_row = np.searchsorted(last, next_event)
    counts = len(last) - first_row
    whose = np.repeat(np.arange(len(others)), counts)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    place = last[row + first_row[whose]]
    before = np.append(-np.inf, events[last])[row + first_row[whose]]
    patient = others[whose]
    start = np.maximum(np.maximum(before, time[patient]), _LATE)
    carried = (later[place] > 0.0) & (at_exit[whose] > 0.0)
    if not carried.all():
        raise _unobserved(float(time[patient[int(np.argmin(carried))]]))
    none = np.zeros(len(patient), dtype=np.int64)
    share = later[place] / at_exit[whose]
    return patient, start, events[place], none, weight[patient] * share


def _observed(
    time: np.ndarray,
    kind: np.ndarray,
    entry: np.ndarray | None,
    weight: np.ndarray,
    at: np.ndarray,
) -> np.ndarray:
    """Return the probability of being under observation just before some times, but for events."""
    late = np.full(len(time), -np.inf) if entry is None else entry
    lost = np.unique(time[kind == 0])
    # Events go before who is censored at the same time, and entries after both.
    staying = _sums(time, weight, lost, "left") - _sums(late, weight, lost, "left")
    had_event = kind > 0
    staying -= _exactly(time[had_event], weight[had_event], lost)
    gone = _exactly(time[kind == 0], weight[kind == 0], lost)
    kept = np.cumprod(np.append(1.0, 1.0 - _share(gone, staying)))
    probability = kept[np.searchsorted(lost, at, side="left")]
    come = np.unique(late[np.isfinite(late)])
    if come.size:
        present = _sums(time, weight, come, "right") - _sums(late, weight, come, "right")
        entered = np.cumprod(
            np.append(1.0, 1.0 - _share(_exactly(late, weight, come), present)[::-1])
        )
        probability = probability * entered[::-1][np.searchsorted(come, at, side="left")]
    observed: np.ndarray = probability
    return observed


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    # Sums of weights are rounded: all of those there are all.
    return np.where(np.isclose(part, whole, rtol=1e-12, atol=0.0), 1.0, part / whole)


def _sums(
    values: np.ndarray, weight: np.ndarray, at: np.ndarray, side: Literal["left", "right"]
) -> np.ndarray:
    """Return the weight of the values that are not below (or, from the right, above) each time."""
    order = np.argsort(values, kind="stable")
    sums = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    ordered = values[order]
    found: np.ndarray = sums[np.searchsorted(ordered, at, side=side)]
    return found


def _exactly(values: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    here = np.isin(values, at)
    sums = np.bincount(np.searchsorted(at, values[here]), weight[here], minlength=len(at))
    return sums.astype(float)


def _unobserved(time: float) -> InputError:
    return InputError(
        f"after the other event at {time:g} there is a time at which nobody was under observation, "
        "across which no weight can be carried; leave out who had left before it",
        where="entry",
    )
