"""Compiled counts of concordant pairs, in patients times the logarithm of distinct scores.

Two passes over time with a Fenwick tree of scores: backwards over those still at risk, for the
pairs of which a patient has the earlier event, and forwards over events that have been, for
those that the patient outlasts. Fenwick (1994), doi:10.1002/spe.4380240306.
"""

import numpy as np
from numba import njit

__all__ = ["fill_pairs"]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_pairs(
    time: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray,
    late: np.ndarray,
    rank: np.ndarray,
    weight: np.ndarray,
    time_weight: np.ndarray,
    leading: np.ndarray,
    trailing: np.ndarray,
) -> None:
    """Fill each patient's pairs in which the other is concordant, discordant or of equal score.

    Parameters
    ----------
    time, event, entry : numpy.ndarray
        Shape (patient,): times in ascending order, and among equal times events first; 1 for
        an event; entries, minus infinity for those who weren't late.
    late : numpy.ndarray of int
        Patients whose entry is finite, sorted by it.
    rank : numpy.ndarray of int
        Shape (patient,): rank of the risk score from 1; equal scores have one rank.
    weight : numpy.ndarray
        Shape (patient,): what a patient counts in the pairs of others.
    time_weight : numpy.ndarray
        Shape (patient,): what a pair counts whose earlier event is this patient's.
    leading, trailing : numpy.ndarray
        Shape (patient, 3): filled with the weight of pairs that are concordant, discordant and
        of equal score, of which the patient has the event, and which the patient outlasts.
    """
    _fill_leading(time, event, entry, late, rank, weight, time_weight, leading)
    _fill_trailing(time, event, entry, late, rank, weight, time_weight, trailing)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_leading(
    time: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray,
    late: np.ndarray,
    rank: np.ndarray,
    weight: np.ndarray,
    time_weight: np.ndarray,
    leading: np.ndarray,
) -> None:
    tree = np.zeros(rank.max() + 1)
    leading[:] = 0.0
    total, entering, last = 0.0, len(late) - 1, len(time)
    while last > 0:
        now, first = time[last - 1], last
        while first > 0 and time[first - 1] == now and not event[first - 1]:
            first -= 1
            _add(tree, rank[first], weight[first])
            total += weight[first]
        while entering >= 0 and entry[late[entering]] >= now:
            who = int(late[entering])
            _add(tree, rank[who], -weight[who])
            total -= weight[who]
            entering -= 1
        last = first
        while first > 0 and time[first - 1] == now:
            first -= 1
            below, upto = _sum(tree, rank[first] - 1), _sum(tree, rank[first])
            leading[first, 0] = time_weight[first] * below
            leading[first, 1] = time_weight[first] * (total - upto)
            leading[first, 2] = time_weight[first] * (upto - below)
        for i in range(first, last):
            _add(tree, rank[i], weight[i])
            total += weight[i]
        last = first


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_trailing(
    time: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray,
    late: np.ndarray,
    rank: np.ndarray,
    weight: np.ndarray,
    time_weight: np.ndarray,
    trailing: np.ndarray,
) -> None:
    tree = np.zeros(rank.max() + 1)
    trailing[:] = 0.0
    total, entering, first = 0.0, 0, 0
    while first < len(time):
        now, last = time[first], first
        while entering < late.shape[0] and entry[late[entering]] < now:
            _tell(tree, rank, total, int(late[entering]), -1.0, trailing)
            entering += 1
        while last < time.shape[0] and time[last] == now and event[last]:
            _tell(tree, rank, total, last, 1.0, trailing)
            last += 1
        for i in range(first, last):
            amount = weight[i] * time_weight[i]
            _add(tree, rank[i], amount)
            total += amount
        while last < time.shape[0] and time[last] == now:
            _tell(tree, rank, total, last, 1.0, trailing)
            last += 1
        first = last


@njit(cache=True, nogil=True, error_model="numpy")
def _tell(
    tree: np.ndarray,
    rank: np.ndarray,
    total: float,
    patient: int,
    sign: float,
    trailing: np.ndarray,
) -> None:
    below, upto = _sum(tree, rank[patient] - 1), _sum(tree, rank[patient])
    trailing[patient, 0] += sign * (total - upto)
    trailing[patient, 1] += sign * below
    trailing[patient, 2] += sign * (upto - below)


@njit(cache=True, nogil=True, error_model="numpy")
def _add(tree: np.ndarray, place: int, amount: float) -> None:
    while place < tree.shape[0]:
        tree[place] += amount
        place += place & -place


@njit(cache=True, nogil=True, error_model="numpy")
def _sum(tree: np.ndarray, place: int) -> float:
    total = 0.0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total
