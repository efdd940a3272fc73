"""All analyses of one trial, compiled: dispatch by integer codes, so that no design recompiles."""

from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.estimators.two_arm import stratified_logrank_score
from oligotrial.simulate.analyses.codes import (
    COLUMN,
    COX,
    EXTRA,
    INTERVAL_SCORE,
    KIND,
    LOG_RANK,
    MAX_COMBO,
    MILESTONE,
    MSPLINE,
    POSTERIOR,
    POWER,
    RESTRICTED_MEAN,
    START,
    STRATIFIED,
    WEIBULL,
    WEIGHTED,
    WIDTH,
)
from oligotrial.simulate.analyses.cox import analyse_cox
from oligotrial.simulate.analyses.curves import analyse_milestone, analyse_restricted_mean
from oligotrial.simulate.analyses.interval_score import analyse_interval_score
from oligotrial.simulate.analyses.largest import SETS, largest_below
from oligotrial.simulate.analyses.mspline import analyse_mspline
from oligotrial.simulate.analyses.normal import all_below, normal_below, normal_quantile
from oligotrial.simulate.analyses.posterior import analyse_posterior
from oligotrial.simulate.analyses.power import (
    ASIDE,
    FINAL_EVENTS,
    FINAL_ROW,
    FINAL_THRESHOLD,
    SEEN_ROW,
    analyse_power,
)
from oligotrial.simulate.analyses.risk_rows import fill_risk_rows
from oligotrial.simulate.analyses.weibull import analyse_weibull
from oligotrial.simulate.analyses.weighted import fill_weights, weighted_scores

__all__ = ["Plan", "Room", "analyse", "meets"]

MOST_EXACT = 4
"""Weights of a MaxCombo whose probability is exact; of more it is that of `lattice`."""


class Plan(NamedTuple):
    """Analyses as compiled functions need them.

    Parameters
    ----------
    codes : numpy.ndarray of int64
        Shape (analyses, CODE_WIDTH): kind, whether it is stratified, columns, and so on.
    numbers : numpy.ndarray
        Shape (numbers,): what the codes point into.
    integers : numpy.ndarray of int64
        Shape (integers,): likewise.
    beside : numpy.ndarray of int64
        As `codes`, of analyses that others make on the way.
    """

    codes: np.ndarray
    numbers: np.ndarray
    integers: np.ndarray
    beside: np.ndarray


class Room(NamedTuple):
    """Where analyses are worked out, made once for many trials.

    Parameters
    ----------
    rows : numpy.ndarray
        Table of risk sets; shape (patients, ROW_COLUMNS).
    weights : numpy.ndarray
        Shape (patients, at least the weights of an analysis, and 2).
    counts : numpy.ndarray
        Shape (4, strata).
    numbers : numpy.ndarray
        For whatever else; shape (numbers,).
    whole : numpy.ndarray of int64
        Zeros, a stratum for each patient of an unstratified analysis; shape (patients,).
    """

    rows: np.ndarray
    weights: np.ndarray
    counts: np.ndarray
    numbers: np.ndarray
    whole: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def analyse(row, order, count, time, lower, event, arm, stratum, strata, plan, room, first, last):  # type: ignore[no-untyped-def]
    """Fill a trial's columns of some of a plan's analyses.

    Parameters
    ----------
    row : numpy.ndarray
        Shape (columns of the whole plan,); columns of analyses `first` to `last` are filled.
    order : numpy.ndarray of int64
        Indices that sort `time` of the `count` patients upwards; at least `count`.
    count : int
        Patients in the analysis: the first ones of the arrays that follow.
    time : numpy.ndarray
        Follow-up, months: time of the event, or until when there was none.
    lower : numpy.ndarray
        Until when there was no event for certain, so that an event lies in (lower, time]; `time`
        itself where events are seen when they happen. Only the interval-censored test reads it.
    event, arm, stratum : numpy.ndarray of int64
        1 for an event; 1 for the experimental arm; stratum from 0.
    strata : int
        Number of strata.
    plan : Plan
        From `compile_analyses`.
    room : Room
        From `CompiledAnalyses.room`, for at least as many patients and strata.
    first, last : int
        Analyses `first` to `last - 1`, so that looks can have analyses of their own.
    """
    codes = plan.codes
    made, top = -1, 0
    for a in range(first, last):
        code = codes[a]
        out = row[code[COLUMN] : code[COLUMN] + code[WIDTH]]
        if code[KIND] == LOG_RANK or code[KIND] == POWER:
            groups = strata if code[STRATIFIED] else 1
            label = stratum if code[STRATIFIED] else room.whole
            _log_rank(out[:3], order[:count], time, event, arm, label, groups)
            if code[KIND] == POWER:
                data = (order, count, time, lower, event, arm, stratum)
                made, top = _look_ahead(out, code, data, strata, plan, room, made, top)
            continue
        made, top = _one(
            out, code, order, count, time, lower, event, arm, stratum, strata, plan, room, made, top
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _look_ahead(out, code, data, strata, plan, room, made, top):  # type: ignore[no-untyped-def]
    """Turn the log-rank's columns into a power's; at the final analysis' events, make that.

    Returns what `_one` does.
    """
    order, count, time, lower, event, arm, stratum = data
    events = 0
    for i in range(count):
        events += event[order[i]]
    start, estimate = code[START], out[1]
    ended = events >= plan.numbers[start + FINAL_EVENTS]
    number = code[FINAL_ROW] if ended else code[SEEN_ROW]
    found = room.numbers[room.numbers.size - ASIDE :]
    if number >= 0:
        other = plan.beside[number]
        made, top = _one(
            found[: other[WIDTH]],
            other,
            order,
            count,
            time,
            lower,
            event,
            arm,
            stratum,
            strata,
            plan,
            room,
            made,
            top,
        )
    if ended:
        out[3], out[4] = out[0], events
        success = 1.0 if found[0] >= plan.numbers[start + FINAL_THRESHOLD] else 0.0
        out[0] = np.nan if np.isnan(found[0]) else success
        return made, top
    if number >= 0:
        # What the likelihood alone says, its prior a standard normal.
        estimate = found[1] / (1.0 - found[2] ** 2) if found[2] < 1.0 else 0.0
    analyse_power(out, events, estimate, code, plan.numbers)
    return made, top


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _one(  # type: ignore[no-untyped-def]
    out, code, order, count, time, lower, event, arm, stratum, strata, plan, room, made, top
):
    """Fill one analysis' columns, but not a power's.

    Returns for how many strata the table of risk sets is made, and where it begins. Written into
    its callers: a call with as many arrays takes a third of a log-rank's time.
    """
    numbers = plan.numbers
    kind = code[KIND]
    groups = strata if code[STRATIFIED] else 1
    label = stratum if code[STRATIFIED] else room.whole
    if kind == LOG_RANK:
        _log_rank(out[:3], order[:count], time, event, arm, label, groups)
    elif kind == POSTERIOR:
        analyse_posterior(
            out,
            order,
            count,
            time,
            event,
            arm,
            label,
            groups,
            code,
            numbers,
            plan.integers,
            room.numbers,
        )
    elif kind in (WEIBULL, MSPLINE):
        _by_importance(
            out, kind, count, time, event, arm, label, groups, code, numbers, room.numbers
        )
    elif kind == INTERVAL_SCORE:
        analyse_interval_score(
            out, order, count, time, lower, event, arm, label, groups, code, room.numbers
        )
    else:
        counts = room.counts[:, :groups]
        if made != groups:
            top = fill_risk_rows(room.rows, counts, order, count, time, event, arm, label)
            made = groups
        _from_rows(
            out, kind, code, numbers, room, counts, top, order, count, time, arm, label, groups
        )
    return made, top


@njit(cache=True, nogil=True, error_model="numpy")
def _from_rows(  # type: ignore[no-untyped-def]
    out, kind, code, numbers, room, counts, top, order, count, time, arm, label, groups
):
    if kind in (WEIGHTED, MAX_COMBO):
        _weighted(out, kind, code, numbers, room, counts, top)
    elif kind == COX:
        analyse_cox(out, room.rows, top, code, numbers)
    elif kind == RESTRICTED_MEAN:
        analyse_restricted_mean(
            out,
            order,
            count,
            time,
            arm,
            label,
            groups,
            room.rows,
            top,
            room.weights,
            code,
            numbers,
            room.numbers,
        )
    elif kind == MILESTONE:
        analyse_milestone(
            out,
            order,
            count,
            time,
            arm,
            label,
            groups,
            room.rows,
            top,
            code,
            numbers,
            room.numbers,
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _by_importance(out, kind, count, time, event, arm, label, groups, code, numbers, room):  # type: ignore[no-untyped-def]
    if kind == WEIBULL:
        analyse_weibull(out, count, time, event, arm, label, groups, code, numbers, room)
    else:
        analyse_mspline(out, count, time, event, arm, label, groups, code, numbers, room)


@njit(cache=True, nogil=True, error_model="numpy")
def _log_rank(out, order, time, event, arm, stratum, strata):  # type: ignore[no-untyped-def]
    score, variance = stratified_logrank_score(order, time, event, arm, stratum, strata)
    if variance > 0.0:
        out[0] = -score / np.sqrt(variance)
        out[1] = score / variance
        out[2] = 1.0 / np.sqrt(variance)
    else:
        out[:] = np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _weighted(out, kind, code, numbers, room, counts, top):  # type: ignore[no-untyped-def]
    kinds = code[EXTRA]
    start = code[START]
    for k in range(kinds):
        fill_weights(room.weights, k, room.rows, top, numbers, start, counts[1])
        start += int(numbers[start + 1])
    score, information = room.numbers[:kinds], room.numbers[kinds : 2 * kinds]
    place = 2 * kinds
    covariance = room.numbers[place : place + kinds * kinds].reshape(kinds, kinds)
    weighted_scores(score, information, covariance, room.weights, room.rows, top)
    if not covariance[0, 0] > 0.0:
        out[:] = np.nan
        return
    out[0] = -score[0] / np.sqrt(covariance[0, 0])
    out[1] = score[0] / information[0]
    out[2] = np.sqrt(covariance[0, 0]) / information[0]
    if kind == MAX_COMBO:
        each = code[EXTRA + 1] * (kinds - 1)
        points = numbers[start : start + SETS * each].reshape(SETS, code[EXTRA + 1], kinds - 1)
        _largest(out, score, covariance, points, room.numbers[place + kinds * kinds :])


@njit(cache=True, nogil=True, error_model="numpy")
def _largest(out, score, covariance, points, room):  # type: ignore[no-untyped-def]
    """Fill the p-value of the largest of several statistics; overwrites the covariance."""
    kinds = score.size
    largest, which = -np.inf, 0
    for k in range(kinds):
        # A weight without information, such as a late one before any late event, has no say.
        z = -score[k] / np.sqrt(covariance[k, k]) if covariance[k, k] > 0.0 else -np.inf
        if z > largest:
            largest, which = z, k
    for k in range(kinds):
        for m in range(k):
            product = covariance[k, k] * covariance[m, m]
            r = covariance[k, m] / np.sqrt(product) if product > 0.0 else 0.0
            covariance[k, m] = r
            covariance[m, k] = r
    if kinds <= MOST_EXACT:
        below = all_below(largest, covariance)
    else:
        for k in range(kinds):
            covariance[k, k] = 1.0
        below, out[6] = largest_below(largest, covariance, points, room)
    p = max(1.0 - below, normal_below(-largest))
    out[0] = -normal_quantile(p)
    out[3] = p
    out[4] = largest
    out[5] = which


@njit(cache=True, nogil=True, error_model="numpy")
def meets(row, criteria):  # type: ignore[no-untyped-def]
    """Return a rule's outcome for a trial: 1 to go, -1 to stop, 0 to consider or go on.

    Parameters
    ----------
    row : numpy.ndarray
        The columns of the rule's analysis, `row[compiled.columns_of(k)]`.
    criteria : numpy.ndarray
        `ThreeOutcomes.criteria`; shape (criteria, 4).

    Returns
    -------
    int
        1 if all criteria of a go hold and not all of a stop, -1 the other way round, else 0. NaN
        meets none.
    """
    go, stop = False, False
    for outcome in (1.0, -1.0):
        asked, hold = False, True
        for k in range(criteria.shape[0]):
            if criteria[k, 0] == outcome:
                asked = True
                value = row[int(criteria[k, 1])]
                above = criteria[k, 2] > 0.0
                hold = hold and (value >= criteria[k, 3] if above else value < criteria[k, 3])
        if outcome > 0.0:
            go = asked and hold
        else:
            stop = asked and hold
    return int(go) - int(stop)
