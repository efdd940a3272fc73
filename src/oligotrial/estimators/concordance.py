"""How well a risk score tells who has the event earlier: Harrell's and Uno's C."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from oligotrial import checks
from oligotrial.checks import InputError
from oligotrial.estimators.arrays import entry_array, float_array, numbered, survival_arrays
from oligotrial.estimators.concordance_kernels import fill_pairs
from oligotrial.estimators.patient_weight import weight_array
from oligotrial.estimators.scale import PLAIN

__all__ = ["Concordance", "harrell_c", "uno_c"]


@dataclass(frozen=True)
class Concordance:
    """The probability that of two patients the one with the higher risk has the event earlier.

    Parameters
    ----------
    value : float
        Concordant pairs as a share of those that can be compared, of which pairs with equal
        scores count half. 0.5 is no better than chance.
    std_error, lower, upper : float
        Standard error by the infinitesimal jackknife, and normal limits within 0 and 1.
    concordant, discordant, tied : float
        Pairs that can be compared, by their scores; weighted where pairs are.
    """

    value: float
    std_error: float
    lower: float
    upper: float
    concordant: float
    discordant: float
    tied: float


@dataclass(frozen=True)
class _Scored:
    """Patients sorted by stratum, time, and events before censored; entry is -inf if not late."""

    time: np.ndarray
    event: np.ndarray
    entry: np.ndarray
    rank: np.ndarray
    stratum: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray

    def strata(self) -> list[slice]:
        """Return each stratum's patients."""
        ends = np.flatnonzero(np.diff(self.stratum)) + 1
        bounds = [0, *ends.tolist(), len(self.time)]
        return [slice(*pair) for pair in pairwise(bounds)]


def harrell_c(
    time: ArrayLike,
    event: ArrayLike,
    *,
    risk: ArrayLike,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Concordance:
    """Return Harrell's C of a risk score.

    Two patients can be compared if one has the event while the other is at risk and known to
    outlast it. How often that is depends on the censoring, and so does this C: see `uno_c`.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored. A patient
        censored at another's event time outlasts it.
    risk : array_like
        Shape (patient,): a higher score means an earlier event, such as the linear predictor of
        a Cox regression. Give minus the score where higher is better.
    entry : array_like, optional
        Shape (patient,): when each came under observation; 0 is the origin.
    strata : array_like, optional
        Shape (patient,): pairs are made within strata.
    weights : array_like, optional
        Shape (patient,): how many patients each stands for; a pair counts their product.
    cluster : array_like, optional
        Shape (patient,): rows that belong together, for the standard error.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    Concordance
        C with its interval.

    Raises
    ------
    InputError
        If an array or the level is not valid, or no two patients can be compared.

    Notes
    -----
    Harrell, Lee and Mark (1996), doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>
    3.0.CO;2-4. R's ``concordance(Surv(entry, time, event) ~ risk + strata(strata), weights,
    cluster, reverse = TRUE)``.

    Examples
    --------
    >>> harrell_c([5, 8, 9, 12], [1, 1, 0, 1], risk=[3, 1, 2, 0]).value
    0.8
    """
    checks.probability(level, "level")
    scored = _scored(time, event, risk, entry, strata, weights, cluster)
    return _concordance(scored, np.ones(len(scored.time)), level)


def uno_c(
    time: ArrayLike,
    event: ArrayLike,
    *,
    risk: ArrayLike,
    until: float | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Concordance:
    """Return Uno's C of a risk score, which doesn't depend on the censoring.

    A pair weighs as many as its kind would be without censoring: one over the squared
    probability of still being observed just before the earlier event.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    risk : array_like
        Shape (patient,): a higher score means an earlier event.
    until : float, optional
        Events later than this don't count. It should leave a fair number under observation,
        since the weights of the last few events are otherwise huge; no limit when left out.
    strata : array_like, optional
        Shape (patient,): pairs are made, and the censoring is estimated, within strata.
    weights : array_like, optional
        Shape (patient,): how many patients each stands for; a pair counts their product.
    cluster : array_like, optional
        Shape (patient,): rows that belong together, for the standard error.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    Concordance
        C with its interval.

    Raises
    ------
    InputError
        If an array, `until` or the level is not valid, or no two patients can be compared.

    Notes
    -----
    Uno, Cai, Pencina, D'Agostino and Wei (2011), doi:10.1002/sim.4154, equation 6, with the
    Kaplan-Meier estimate of the censoring. The standard error takes the censoring as known.
    R's ``concordance(Surv(time, event) ~ risk + strata(strata), weights, cluster, timewt =
    "n/G2", ymax = until, reverse = TRUE)``.

    Examples
    --------
    >>> round(uno_c([5, 8, 9, 12], [1, 1, 0, 1], risk=[3, 1, 2, 0]).value, 3)
    0.8
    """
    checks.probability(level, "level")
    end = np.inf if until is None else checks.positive(until, "until")
    scored = _scored(time, event, risk, None, strata, weights, cluster)
    time_weight = np.empty(len(scored.time))
    for part in scored.strata():
        time_weight[part] = _observed(scored.time[part], scored.event[part], scored.weight[part])
    return _concordance(scored, np.where(scored.time <= end, time_weight**-2.0, 0.0), level)


def _scored(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    entry: ArrayLike | None,
    strata: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> _Scored:
    times, events = survival_arrays(time, event)
    size = len(times)
    scores = float_array(risk, "risk")
    if scores.shape != times.shape:
        raise InputError(f"{scores.size} values for {size} times; give one a time", where="risk")
    if not np.isfinite(scores).all():
        row = int(np.argmin(np.isfinite(scores)))
        raise InputError("the score is not a finite number", where=f"risk, row {row + 1}")
    entries = entry_array(entry, times)
    stratum = np.zeros(size, np.int64) if strata is None else numbered(strata, size, "strata")[1]
    of_cluster = np.arange(size) if cluster is None else numbered(cluster, size, "cluster")[1]
    order = np.lexsort((1 - events, times, stratum))
    return _Scored(
        times[order],
        events[order],
        np.full(size, -np.inf) if entries is None else entries[order],
        np.unique(scores, return_inverse=True)[1][order] + 1,
        stratum[order],
        weight_array(weights, size)[order],
        of_cluster[order],
    )


def _observed(time: np.ndarray, event: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the probability of not being censored before each time, events going first."""
    at_risk = np.cumsum(weight[::-1])[::-1]
    lost = (1 - event) * weight
    first = np.searchsorted(time, time, side="left")
    # Of patients censored at one time, each leaves the others at risk: the product telescopes.
    kept = np.cumprod(1.0 - lost / at_risk)
    return np.concatenate([[1.0], kept])[first]


def _concordance(scored: _Scored, time_weight: np.ndarray, level: float) -> Concordance:
    leading, trailing = (np.empty((len(scored.time), 3)) for _ in range(2))
    for part in scored.strata():
        entry = scored.entry[part]
        late = np.flatnonzero(np.isfinite(entry))
        fill_pairs(
            scored.time[part],
            scored.event[part],
            entry,
            late[np.argsort(entry[late], kind="stable")],
            np.unique(scored.rank[part], return_inverse=True)[1] + 1,
            scored.weight[part],
            time_weight[part],
            leading[part],
            trailing[part],
        )
    concordant, discordant, tied = (float(pairs) for pairs in scored.weight @ leading)
    pairs = concordant + discordant + tied
    if not pairs > 0.0:
        raise InputError(
            "no two patients can be compared: none has the event while another is at risk",
            where="time",
        )
    value = (concordant + 0.5 * tied) / pairs
    of_patient = leading + trailing
    change = scored.weight * (of_patient @ [1.0, 0.0, 0.5] - value * of_patient.sum(axis=1)) / pairs
    error = float(np.sqrt(np.sum(np.bincount(scored.cluster, change) ** 2)))
    lower, upper = PLAIN.limits(np.array([value]), np.array([error]), level=level)
    return Concordance(value, error, float(lower[0]), float(upper[0]), concordant, discordant, tied)
