"""Compiled sums over risk sets: weighted, stratified, with delayed entry.

A row is one step through the events. Each distinct event time of a stratum has one row
(Breslow), or as many as events, of which the later ones count those who have the event at a
falling share (Efron). Any sum over risk sets is a sum over rows, and any sum over the time a
patient is at risk is a difference of cumulated rows, so that all is linear in patients.

Such differences would lose the digits of a small hazard beside a large one that has come and
gone. What each sum was rounded by is therefore carried along with it: Knuth's two-sum, The Art
of Computer Programming, volume 2, section 4.2.2, theorem B.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["Rows", "fill_at_risk", "fill_rows", "rows_until", "two_sum"]


class Rows(NamedTuple):
    """Who is at risk in which rows, of patients sorted by stratum and time.

    Parameters
    ----------
    event, tie, stratum : numpy.ndarray
        Shape (patient,): 1 for an event, the number of the distinct time in its stratum, and
        the stratum's number, from 0.
    since, until : numpy.ndarray of int
        Shape (patient,): the rows in which each is at risk, the last excluded.
    late : numpy.ndarray of int
        Patients who are at risk, but not in the first row of their stratum, sorted by `since`.
    begin : numpy.ndarray of int
        Shape (tie + 1,): where each distinct time's rows begin, and the number of rows.
    first : numpy.ndarray of int
        Shape (stratum + 1,): where each stratum's rows begin, and the number of rows.
    share : numpy.ndarray
        Shape (row,): how much of those who have the event is left out in the row.
    """

    event: np.ndarray
    tie: np.ndarray
    stratum: np.ndarray
    since: np.ndarray
    until: np.ndarray
    late: np.ndarray
    begin: np.ndarray
    first: np.ndarray
    share: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def rows_until(
    time: np.ndarray, stratum: np.ndarray, row_time: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """Return the number of rows in earlier strata and, up to a time, in the own stratum.

    Parameters
    ----------
    time, stratum : numpy.ndarray
        Shape (patient,): a time, and the stratum's number from 0.
    row_time : numpy.ndarray
        Shape (row,): times of the rows, ascending within strata.
    first : numpy.ndarray of int
        Shape (stratum + 1,): where each stratum's rows begin, and the number of rows.

    Returns
    -------
    numpy.ndarray of int
        Shape (patient,).
    """
    rows = np.empty(time.shape[0], dtype=np.int64)
    for i in range(time.shape[0]):
        low, high = first[stratum[i]], first[stratum[i] + 1]
        while low < high:
            middle = (low + high) // 2
            if row_time[middle] <= time[i]:
                low = middle + 1
            else:
                high = middle
        rows[i] = low
    return rows


@njit(cache=True, nogil=True, error_model="numpy")
def fill_rows(
    rows: Rows, risk: np.ndarray, covariates: np.ndarray, total: np.ndarray, mean: np.ndarray
) -> None:
    """Fill the hazard at risk and the mean covariates at risk in each row.

    Parameters
    ----------
    rows : Rows
        Who is at risk when.
    risk : numpy.ndarray
        Shape (patient,): weight times relative hazard.
    covariates : numpy.ndarray
        Shape (patient, covariate).
    total : numpy.ndarray
        Shape (row,): filled with the sum of `risk`.
    mean : numpy.ndarray
        Shape (row, covariate): filled with the mean of `covariates` weighted by `risk`.
    """
    tie, stratum, since, late = rows.tie, rows.stratum, rows.since, rows.late
    # Of all at risk, of those who have the event now, and what the former was rounded by.
    sums = np.zeros((3, covariates.shape[1] + 1))
    at_risk, entering, last = 0, late.shape[0] - 1, tie.shape[0]
    while last > 0:
        now, here = tie[last - 1], stratum[last - 1]
        begin, end = rows.begin[now], rows.begin[now + 1]
        if last < tie.shape[0] and stratum[last] != here:
            at_risk = 0
        first = last
        while first > 0 and tie[first - 1] == now:
            first -= 1
        at_risk = _add_tie(rows, risk, covariates, first, last, sums, at_risk)
        while begin < end and entering >= 0 and since[late[entering]] >= end:
            _add(sums, risk, covariates, late[entering], -1.0)
            at_risk -= 1
            entering -= 1
        _fill_means(sums, rows.share, begin, end, total, mean)
        last = first


@njit(cache=True, nogil=True, error_model="numpy")
def _add_tie(
    rows: Rows,
    risk: np.ndarray,
    covariates: np.ndarray,
    first: int,
    last: int,
    sums: np.ndarray,
    at_risk: int,
) -> int:
    if at_risk == 0:  # what is left of those who went is rounding
        for k in range(sums.shape[1]):
            sums[0, k] = 0.0
            sums[2, k] = 0.0
    for k in range(sums.shape[1]):
        sums[1, k] = 0.0
    for i in range(first, last):
        if rows.since[i] < rows.until[i]:
            at_risk += 1
            _add(sums, risk, covariates, i, 1.0)
            if rows.event[i]:
                _add_event(sums, risk, covariates, i)
    return at_risk


@njit(cache=True, nogil=True, error_model="numpy")
def _add(
    sums: np.ndarray, risk: np.ndarray, covariates: np.ndarray, patient: int, sign: float
) -> None:
    amount, size = sign * risk[patient], covariates.shape[1]
    for k in range(size):
        sums[0, k], rounded = two_sum(sums[0, k], amount * covariates[patient, k])
        sums[2, k] += rounded
    sums[0, size], rounded = two_sum(sums[0, size], amount)
    sums[2, size] += rounded


@njit(cache=True, nogil=True, error_model="numpy")
def _add_event(sums: np.ndarray, risk: np.ndarray, covariates: np.ndarray, patient: int) -> None:
    size = covariates.shape[1]
    for k in range(size):
        sums[1, k] += risk[patient] * covariates[patient, k]
    sums[1, size] += risk[patient]


@njit(cache=True, nogil=True, error_model="numpy")
def two_sum(one: float, other: float) -> tuple[float, float]:
    """Return a rounded sum and what it was rounded by, so that both add up exactly.

    Parameters
    ----------
    one, other : float
        The larger one first.

    Returns
    -------
    tuple of float
        The sum and its error, after Knuth.

    Examples
    --------
    >>> two_sum(1e16, 1.0)
    (1e+16, 1.0)
    """
    total = one + other
    shadow = total - one
    return total, (one - (total - shadow)) + (other - shadow)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_means(
    sums: np.ndarray,
    share: np.ndarray,
    begin: int,
    end: int,
    total: np.ndarray,
    mean: np.ndarray,
) -> None:
    size = mean.shape[1]
    for row in range(begin, end):
        total[row] = (sums[0, size] - share[row] * sums[1, size]) + sums[2, size]
        for k in range(size):
            mean[row, k] = ((sums[0, k] - share[row] * sums[1, k]) + sums[2, k]) / total[row]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_at_risk(rows: Rows, values: np.ndarray, sums: np.ndarray) -> None:
    """Fill the sum of some values over the rows in which each patient is at risk.

    Parameters
    ----------
    rows : Rows
        Who is at risk when.
    values : numpy.ndarray
        Shape (row, value).
    sums : numpy.ndarray
        Shape (patient, value): filled. A row counts for a patient who has the event in it as
        much as the patient counts in the row.
    """
    strata, size = rows.first.shape[0] - 1, values.shape[1]
    # Cumulated in each stratum from 0, which takes one more place a stratum.
    cumulated = np.zeros((values.shape[0] + strata, size))
    rounded = np.zeros((values.shape[0] + strata, size))
    for s in range(strata):
        for row in range(rows.first[s], rows.first[s + 1]):
            for k in range(size):
                cumulated[row + s + 1, k], error = two_sum(cumulated[row + s, k], values[row, k])
                rounded[row + s + 1, k] = rounded[row + s, k] + error
    spared = np.zeros((rows.begin.shape[0] - 1, size))
    for now in range(spared.shape[0]):
        for row in range(rows.begin[now], rows.begin[now + 1]):
            for k in range(size):
                spared[now, k] += rows.share[row] * values[row, k]
    for i in range(sums.shape[0]):
        end, start = rows.until[i] + rows.stratum[i], rows.since[i] + rows.stratum[i]
        for k in range(size):
            sums[i, k] = cumulated[end, k] - cumulated[start, k]
            sums[i, k] += rounded[end, k] - rounded[start, k]
            if rows.event[i]:
                sums[i, k] -= spared[rows.tie[i], k]
