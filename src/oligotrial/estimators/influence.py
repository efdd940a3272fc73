"""Robust variances of incidences and survival: the infinitesimal jackknife."""

import numpy as np
from numba import njit

from oligotrial.estimators.arrays import rows_at_risk

__all__ = ["Robust", "robust_variances"]

_ROUNDING = 1e-13  # a variance this small beside its parts is what they were rounded by

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
    since, until_row = rows_at_risk(times, time, entry)
    followed = np.flatnonzero(since < until_row)
    clusters, place = np.unique(cluster, return_inverse=True)
    rows, causes = events.shape
    spread, free = np.empty((rows, causes)), np.empty(rows)
    patients = np.column_stack([since, until_row - 1, cause, place]).astype(np.int64)
    area = _fill_spread(
        at_risk,
        events,
        patients,
        np.asarray(weight, dtype=float),
        followed[np.argsort(since[followed], kind="stable")],
        followed[np.argsort(until_row[followed], kind="stable")],
        np.maximum(np.diff(np.minimum(np.append(times, np.inf), until)), 0.0),
        np.zeros((len(clusters), causes + 3)),
        spread,
        free,
    )
    return spread, free, area


# The influence of a patient who left is ``alpha + beta F`` for each incidence F, and ``beta S`` for
# survival; the area under survival is like an incidence. Of a patient at risk it is that of one who
# was there from the beginning, less what that one had at the patient's entry, which is of the same
# form. A cluster therefore is a vector: alpha of each incidence and of the area, beta, and the
# weight at risk; and a variance is a quadratic form in the vectors' second moments.


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_spread(
    at_risk: np.ndarray,
    events: np.ndarray,
    patients: np.ndarray,
    weight: np.ndarray,
    coming: np.ndarray,
    leaving: np.ndarray,
    widths: np.ndarray,
    vectors: np.ndarray,
    spread: np.ndarray,
    free: np.ndarray,
) -> float:
    """Fill the variances and return that of the area.

    `patients` has columns first and last row at risk, cause (-1 for censored) and cluster; the
    orders in which they come and leave are numbers of patients.
    """
    causes = events.shape[1]
    area, beta, staying = causes, causes + 1, causes + 2
    # The curves, and the influence on them of a patient at risk from the beginning.
    level, influence = np.zeros(causes + 1), np.zeros(causes + 1)
    standing, of_standing = 1.0, 0.0
    moments = np.zeros((causes + 3, causes + 3))
    change = np.zeros(causes + 3)
    came, left = 0, 0
    for row in range(at_risk.shape[0]):
        while came < coming.shape[0] and patients[coming[came], 0] <= row:
            i = coming[came]
            _fill_form(level, influence, standing, of_standing, change)
            change *= -weight[i]
            change[staying] = weight[i]
            _add(vectors, moments, patients[i, 3], change)
            came += 1
        n, total, before, of_before = at_risk[row], 0.0, standing, of_standing
        for k in range(causes):
            share = events[row, k] / n
            total += share
            influence[k] += of_before * share - before * share / n
            level[k] += before * share
        of_standing = of_before * (1.0 - total) + before * total / n
        standing = before * (1.0 - total) if total < 1.0 else 0.0
        while left < leaving.shape[0] and patients[leaving[left], 1] <= row:
            i = leaving[left]
            _fill_form(level, influence, standing, of_standing, change)
            if patients[i, 2] >= 0:
                own = -before / (n * standing) if standing > 0.0 else 0.0
                for k in range(causes + 1):
                    change[k] -= own * level[k]
                change[patients[i, 2]] += before / n
                change[beta] += own
            change *= weight[i]
            change[staying] = -weight[i]
            _add(vectors, moments, patients[i, 3], change)
            left += 1
        for k in range(causes):
            spread[row, k] = _variance(moments, k, level, influence)
        free[row] = _sum(
            standing**2 * moments[beta, beta],
            of_standing**2 * moments[staying, staying],
            2.0 * standing * of_standing * moments[beta, staying],
        )
        level[area] += standing * widths[row]
        influence[area] += of_standing * widths[row]
    return _variance(moments, area, level, influence)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _fill_form(
    level: np.ndarray,
    influence: np.ndarray,
    standing: float,
    of_standing: float,
    form: np.ndarray,
) -> None:
    # Nobody is left where survival is 0: then nothing is carried on, and no slope is needed.
    slope = of_standing / standing if standing > 0.0 else 0.0
    for k in range(level.shape[0]):
        form[k] = influence[k] - slope * level[k]
    form[level.shape[0]] = slope
    form[level.shape[0] + 1] = 0.0


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _add(vectors: np.ndarray, moments: np.ndarray, cluster: int, change: np.ndarray) -> None:
    size = moments.shape[0]
    for k in range(size):
        for m in range(size):
            moments[k, m] += (
                vectors[cluster, k] * change[m]
                + change[k] * vectors[cluster, m]
                + change[k] * change[m]
            )
    for k in range(size):
        vectors[cluster, k] += change[k]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _variance(moments: np.ndarray, alpha: int, levels: np.ndarray, influences: np.ndarray) -> float:
    beta, staying = levels.shape[0], levels.shape[0] + 1
    level, influence = levels[alpha], influences[alpha]
    return _sum(
        moments[alpha, alpha] + level**2 * moments[beta, beta],
        influence**2 * moments[staying, staying] + 2.0 * level * moments[alpha, beta],
        2.0 * influence * (moments[alpha, staying] + level * moments[beta, staying]),
    )


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _sum(one: float, two: float, three: float) -> float:
    total = one + two + three
    return total if total > _ROUNDING * (abs(one) + abs(two) + abs(three)) else 0.0
