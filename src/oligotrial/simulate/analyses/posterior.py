"""The exact posterior of a trial's hazard ratio, with external controls or without, compiled.

Every kind of borrowing is a mixture of worlds: in each, external controls count at a discount,
and their hazards are the trial's times a ratio. Given the world the posterior is that of
`estimators.piecewise_kernels`; worlds are weighed by their marginal likelihoods, which gamma
hazards give in closed form.
"""

import math

import numpy as np
from numba import njit

from oligotrial.estimators.piecewise_kernels import (
    GRID_COLUMNS,
    NODES,
    fill_event_cuts,
    fill_pieces,
    fill_summary,
    fill_table,
    posterior_quantile,
)
from oligotrial.simulate.analyses.codes import EXTRA, START

__all__ = ["WORLD_NUMBERS", "analyse_posterior", "posterior_room"]

FIXED, INTERVALS, COMPONENTS, BOUNDS, QUANTILES, WORLDS, EXTERNAL = range(EXTRA, EXTRA + 7)
"""Integers of a posterior analysis: whether cuts are given, how many there are of each, and where
the external patients begin among the plan's integers (their number, events, arms, strata)."""

HEAD = 2
"""Its numbers begin with the baseline's events and rate; cuts, prior, log bounds, quantiles,
worlds and external times follow."""

WORLD_NUMBERS = 5
"""A world's: log weight, discount, log ratio, the baseline's prior events, and whether the external
patients are data there (1) or part of the prior (0)."""

_SUMMARY = 3


def posterior_room(
    *, intervals: int, components: int, strata: int, worlds: int, bounds: int
) -> int:
    """Return how many numbers a posterior analysis needs to work in."""
    pieces = strata * intervals
    tables = (4 + 2 + 3 + 2 + 4) * pieces
    summaries = (worlds + 1) * (_SUMMARY + bounds + 1)
    return intervals + tables + components * (NODES + GRID_COLUMNS) + summaries


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_posterior(  # type: ignore[no-untyped-def]
    out, order, count, time, event, arm, stratum, strata, code, numbers, integers, room
):
    """Fill a posterior analysis' columns.

    Parameters
    ----------
    out : numpy.ndarray
        Filled: probability below the first bound, mean, standard deviation, log Bayes factor,
        probabilities below further bounds, quantiles; with several worlds, the posterior weight
        of the first one instead of quantiles.
    order, count, time, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code, numbers, integers : numpy.ndarray
        The analysis' row of codes; the plan's numbers and integers.
    room : numpy.ndarray
        Room to work in, of at least `posterior_room`.
    """
    intervals, components = code[INTERVALS], code[COMPONENTS]
    bounds, worlds = code[BOUNDS], code[WORLDS]
    at = code[START] + HEAD
    events, rate = numbers[code[START]], numbers[code[START] + 1]
    size = strata * intervals
    cuts = room[: intervals - 1]
    place = intervals
    table = room[place : place + 4 * size].reshape(4, size)
    place += 4 * size
    beyond = room[place : place + 2 * size].reshape(2, size)
    place += 2 * size
    pieces = room[place : place + 3 * size].reshape(3, size)
    place += 3 * size
    external = room[place : place + 2 * size].reshape(2, size)
    place += 2 * size
    density = room[place : place + components * NODES].reshape(components, NODES)
    place += components * NODES
    grids = room[place : place + components * GRID_COLUMNS].reshape(components, GRID_COLUMNS)
    place += components * GRID_COLUMNS
    summary = room[place : place + _SUMMARY + bounds]
    place += _SUMMARY + bounds
    if code[FIXED]:
        cuts[:] = numbers[at : at + intervals - 1]
        at += intervals - 1
    else:
        fill_event_cuts(cuts, order, time, event, count)
    prior = numbers[at : at + 3 * components].reshape(3, components)
    at += 3 * components
    log_bounds = numbers[at : at + bounds]
    at += bounds
    quantiles = numbers[at : at + code[QUANTILES]]
    at += code[QUANTILES]
    external[:] = 0.0
    controls = room[place : place + 4 * size].reshape(4, size)
    if worlds > 0:
        first = code[EXTERNAL]
        patients = integers[first]
        times = numbers[at + worlds * WORLD_NUMBERS : at + worlds * WORLD_NUMBERS + patients]
        mine = integers[first + 1 : first + 1 + 3 * patients].reshape(3, patients)
        fill_table(controls, beyond, times, mine[0], mine[1], mine[2], cuts, patients)
        place += 4 * size
    fill_table(table, beyond, time, event, arm, stratum, cuts, count)
    if worlds > 1:
        settings = numbers[at : at + worlds * WORLD_NUMBERS].reshape(worlds, WORLD_NUMBERS)
        summaries = room[place : place + worlds * (_SUMMARY + bounds + 1)].reshape(
            worlds, _SUMMARY + bounds + 1
        )
        known = rate if rate > 0.0 else _pooled_rate(table)
        for w in range(worlds):
            _lend(external, controls, settings[w, 1], settings[w, 2])
            slope, kept = fill_pieces(pieces, table, external, settings[w, 3], known)
            mine_too = summaries[w, : _SUMMARY + bounds]
            fill_summary(mine_too, log_bounds, density, grids, prior, slope, pieces, kept)
            evidence = _log_evidence(table, external, settings[w], controls, known)
            summaries[w, _SUMMARY + bounds] = settings[w, 0] + evidence + summaries[w, 2]
        first_weight = _average(summary, summaries)
    else:
        if worlds == 1:
            _lend(external, controls, numbers[at + 1], numbers[at + 2])
        slope, kept = fill_pieces(pieces, table, external, events, rate)
        fill_summary(summary, log_bounds, density, grids, prior, slope, pieces, kept)
    out[0] = summary[3]
    out[1] = summary[0]
    out[2] = summary[1]
    out[3] = summary[2]
    for k in range(1, bounds):
        out[3 + k] = summary[3 + k]
    if worlds > 1:
        if out.size > 3 + bounds:
            out[3 + bounds] = first_weight
    else:
        for k in range(quantiles.size):
            out[3 + bounds + k] = posterior_quantile(
                quantiles[k], density, grids, prior, slope, pieces, kept
            )


@njit(cache=True, nogil=True, error_model="numpy")
def _lend(external, controls, discount, log_ratio):  # type: ignore[no-untyped-def]
    """Fill what external controls add to each piece's events and exposure."""
    scale = discount * np.exp(log_ratio)
    for j in range(external.shape[1]):
        external[0, j] = discount * controls[0, j]
        external[1, j] = scale * controls[2, j]


@njit(cache=True, nogil=True, error_model="numpy")
def _pooled_rate(table):  # type: ignore[no-untyped-def]
    """Return all events over all exposure of the trial; a millionth where there are none."""
    events, exposure = 0.0, 0.0
    for j in range(table.shape[1]):
        events += table[0, j] + table[1, j]
        exposure += table[2, j] + table[3, j]
    return events / exposure if events > 0.0 else 1e-6 / max(exposure, 1e-6)


@njit(cache=True, nogil=True, error_model="numpy")
def _log_evidence(table, external, setting, controls, rate):  # type: ignore[no-untyped-def]
    """Return a world's log marginal likelihood at a hazard ratio of 1.

    Of the trial's data, given external controls as part of the prior; or, in a world in which they
    are data, of both.
    """
    total = 0.0
    own, own_rate = setting[3], setting[3] / rate
    for j in range(table.shape[1]):
        shape, inverse = own + external[0, j], own_rate + external[1, j]
        events = table[0, j] + table[1, j]
        exposure = table[2, j] + table[3, j]
        total += math.lgamma(shape + events) - (shape + events) * math.log(inverse + exposure)
        if setting[4] != 0.0:
            total += own * math.log(own_rate) - math.lgamma(own) + controls[0, j] * setting[2]
        else:
            total += shape * math.log(inverse) - math.lgamma(shape)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _average(summary, summaries):  # type: ignore[no-untyped-def]
    """Fill the summary over worlds; return the posterior weight of the first one."""
    last = summary.size
    highest, null_highest = -np.inf, -np.inf
    for w in range(summaries.shape[0]):
        highest = max(highest, summaries[w, last])
        null_highest = max(null_highest, summaries[w, last] - summaries[w, 2])
    total, null = 0.0, 0.0
    for w in range(summaries.shape[0]):
        null += np.exp(summaries[w, last] - summaries[w, 2] - null_highest)
        summaries[w, last] = np.exp(summaries[w, last] - highest)
        total += summaries[w, last]
    summary[:] = 0.0
    squares = 0.0
    for w in range(summaries.shape[0]):
        share = summaries[w, last] / total
        for k in range(last):
            summary[k] += share * summaries[w, k]
        squares += share * (summaries[w, 1] ** 2 + summaries[w, 0] ** 2)
    summary[1] = np.sqrt(max(squares - summary[0] ** 2, 0.0))
    summary[2] = highest + np.log(total) - null_highest - np.log(null)
    return summaries[0, last] / total
