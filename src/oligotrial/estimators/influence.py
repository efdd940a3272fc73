"""Robust variances of incidences and survival: the infinitesimal jackknife."""

import numpy as np
from numba import njit

from oligotrial.estimators.arrays import rows_at_risk

__all__ = ["Robust", "robust_variances"]

type Robust = tuple[np.ndarray, np.ndarray, float]


def robust_variances(
    times: np.ndarray,
    at_risk: np.ndarray,
    events: np.ndarray,
    *,
    time: np.ndarray,
    cause: np.ndarray,
    entry: np.ndarray | None,
    weight: np.ndarray,
    cluster: np.ndarray,
    until: float = 0.0,
) -> Robust:
    """Return variances of the incidences, of survival and of the area under it.

    Parameters
    ----------
    times, at_risk : numpy.ndarray
        Shape (row,): distinct times of events, and the weight at risk just before each.
    events : numpy.ndarray
        Shape (row, cause): the weight of events.
    time, cause : numpy.ndarray
        Shape (patient,): times, and the cause's number from 0, -1 for censored.
    entry : numpy.ndarray or None
        Shape (patient,), as `entry_array` returns it.
    weight, cluster : numpy.ndarray
        Shape (patient,): how many patients each row stands for, and the number of its cluster.
    until : float, optional
        Where the area ends.

    Returns
    -------
    tuple
        Shape (row, cause), of the incidences; shape (row,), of the proportion free of every event;
        and of the area.

    Notes
    -----
    Each patient's influence is the derivative of the estimate by the patient's weight; influences
    times weights are added up within clusters and their squares over clusters: Therneau and
    Grambsch (2000), Modeling Survival Data, section 7.3; R's ``survfit(robust = TRUE)``.
    """
    since, row_after = rows_at_risk(times, time, entry)
    row = np.where(cause >= 0, row_after - 1, -1)
    widths = np.diff(np.minimum(np.append(times, np.inf), until))
    clusters, place = np.unique(cluster, return_inverse=True)
    spread, free = np.empty_like(events), np.empty(len(times))
    area = _fill_spread(
        at_risk,
        events,
        np.column_stack([since, row_after, row, cause, place]).astype(np.int64),
        weight,
        np.maximum(widths, 0.0),
        np.zeros((len(clusters), events.shape[1] + 2)),
        spread,
        free,
    )
    return spread, free, area


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_spread(
    at_risk: np.ndarray,
    events: np.ndarray,
    patients: np.ndarray,
    weight: np.ndarray,
    widths: np.ndarray,
    sums: np.ndarray,
    spread: np.ndarray,
    free: np.ndarray,
) -> float:
    """Fill the variances and return that of the area.

    `patients` has columns first row, row after the last, row of the event (or -1), cause and
    cluster. The state of each is the influence on the incidences, survival and area.
    """
    causes, size = events.shape[1], patients.shape[0]
    state = np.zeros((size, causes + 2))
    standing = 1.0
    for row in range(at_risk.shape[0]):
        n, total = at_risk[row], 0.0
        for k in range(causes):
            total += events[row, k]
        sums[:, :] = 0.0
        for i in range(size):
            inside = patients[i, 0] <= row < patients[i, 1]
            own = patients[i, 3] if patients[i, 2] == row and inside else -1
            alive, gone = state[i, causes], 0.0
            for k in range(causes):
                share = events[row, k] / n
                step = ((1.0 if own == k else 0.0) - share) / n if inside else 0.0
                state[i, k] += alive * share + standing * step
                gone += step
            state[i, causes] = alive * (n - total) / n - standing * gone
            state[i, causes + 1] += state[i, causes] * widths[row]
            for k in range(causes + 2):
                sums[patients[i, 4], k] += weight[i] * state[i, k]
        for k in range(causes):
            spread[row, k] = np.sum(sums[:, k] ** 2)
        free[row] = np.sum(sums[:, causes] ** 2)
        standing *= (n - total) / n
    return float(np.sum(sums[:, causes + 1] ** 2)) if at_risk.shape[0] else 0.0
