"""One trial's interval-censored times as places on a row of elementary intervals: compiled.

`estimators.turnbull_kernels` estimates the masses of these, within given room.
"""

from numba import njit

__all__ = ["innermost", "sort_ends", "spans"]


@njit(cache=True, nogil=True, error_model="numpy")
def sort_ends(ends, member, time, lower, event, stratum, s):  # type: ignore[no-untyped-def]
    """Fill the distinct ends of a stratum's intervals, 0 first; return how many there are.

    Parameters
    ----------
    ends : numpy.ndarray
        Filled; shape (at least 2 * patients + 1,).
    member : numpy.ndarray of int64
        The patients.
    time, lower, event, stratum : numpy.ndarray
        As for `analyse`.
    s : int
        The stratum.

    Returns
    -------
    int
        Ends from here on are not filled.
    """
    ends[0] = 0.0
    filled = 1
    for i in range(member.size):
        p = member[i]
        if stratum[p] == s:
            ends[filled] = lower[p] if event[p] else time[p]
            filled += 1
            if event[p]:
                ends[filled] = time[p]
                filled += 1
    ends[:filled].sort()
    distinct = 1
    for k in range(1, filled):
        if ends[k] > ends[distinct - 1]:
            ends[distinct] = ends[k]
            distinct += 1
    return distinct


@njit(cache=True, nogil=True, error_model="numpy")
def _place(value, ends, count):  # type: ignore[no-untyped-def]
    """Return the place of a value among sorted ends; it is one of them."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        if ends[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def spans(first, last, treated, member, ends, distinct, time, lower, event, arm, stratum, s):  # type: ignore[no-untyped-def]
    """Fill each patient's first and last elementary interval and arm; return how many patients.

    Elementary interval k lies between end k and the next one; the last has no end. An exact time
    is the end of the interval before it.

    Parameters
    ----------
    first, last, treated : numpy.ndarray of int64
        Filled; shape (at least patients,).
    member, time, lower, event, stratum, s : numpy.ndarray and int
        As for `sort_ends`.
    ends, distinct : numpy.ndarray, int
        From `sort_ends`.
    arm : numpy.ndarray
        As for `analyse`.

    Returns
    -------
    int
        Patients in the stratum.
    """
    patients = 0
    for i in range(member.size):
        p = member[i]
        if stratum[p] == s:
            if event[p]:
                stop = max(_place(time[p], ends, distinct) - 1, 0)
                begin = _place(lower[p], ends, distinct)
                first[patients] = min(begin, stop)
                last[patients] = stop
            else:
                first[patients] = _place(time[p], ends, distinct)
                last[patients] = distinct - 1
            treated[patients] = arm[p]
            patients += 1
    return patients


@njit(cache=True, nogil=True, error_model="numpy")
def innermost(first, last, patients, distinct, rank):  # type: ignore[no-untyped-def]
    """Renumber intervals, keeping those in which the estimate can have mass; return how many.

    They begin where somebody's interval begins and end where somebody's ends (Turnbull 1976,
    JRSS B 38, 290-295, doi:10.1111/j.2517-6161.1976.tb01597.x).

    Parameters
    ----------
    first, last : numpy.ndarray of int64
        From `spans`; overwritten by places among the kept ones.
    patients, distinct : int
        How many patients and ends there are.
    rank : numpy.ndarray of int64
        Room to work in; shape (at least distinct + 1,).

    Returns
    -------
    int
        Intervals kept.
    """
    begins, ends = 1, 2
    rank[: distinct + 1] = 0
    for i in range(patients):
        rank[first[i]] |= begins
        rank[last[i]] |= ends
    kept = 0
    for k in range(distinct):
        both = rank[k] == begins | ends
        rank[k] = kept
        if both:
            kept += 1
    rank[distinct] = kept
    for i in range(patients):
        first[i] = rank[first[i]]
        last[i] = rank[last[i] + 1] - 1
    return kept
