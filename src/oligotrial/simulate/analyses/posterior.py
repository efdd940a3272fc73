"""The exact posterior of a trial's hazard ratio, with external controls or without, compiled.

Given what external controls are worth the posterior is that of `estimators.piecewise_quadrature`;
where that is not known it is a mixture of several, one for each of `worlds`.
"""

from numba import njit

from oligotrial.estimators.piecewise_grids import GRID_COLUMNS, NODES
from oligotrial.estimators.piecewise_kernels import fill_event_cuts, fill_pieces, fill_table
from oligotrial.estimators.piecewise_quadrature import (
    SUMMARY,
    fill_summary,
    mixture_quantile,
    posterior_quantile,
)
from oligotrial.simulate.analyses.codes import EXTRA, START
from oligotrial.simulate.analyses.worlds import (
    WORLD_NUMBERS,
    average,
    lend,
    log_evidence,
    pooled_rate,
)

__all__ = ["analyse_posterior", "posterior_room"]

FIXED, INTERVALS, COMPONENTS, BOUNDS, QUANTILES, WORLDS, EXTERNAL = range(EXTRA, EXTRA + 7)
"""Integers of a posterior analysis: whether cuts are given, how many there are of each, and where
the external patients begin among the plan's integers (their number, events, arms, strata)."""

HEAD = 2
"""Its numbers begin with the baseline's events and rate; cuts, prior, log bounds, quantiles,
worlds and external times follow."""

_SUMMARY = len(SUMMARY)


def posterior_room(
    *, intervals: int, components: int, strata: int, worlds: int, bounds: int, quantiles: int
) -> int:
    """Return how many numbers a posterior analysis needs to work in."""
    pieces, kept = strata * intervals, _kept(worlds, quantiles)
    tables = (4 + 2 + 2 + 4 + 3 * kept) * pieces
    summaries = (worlds + 1) * (_SUMMARY + bounds + 1)
    return (
        intervals + tables + kept * (components * (NODES + GRID_COLUMNS) + 3) + summaries + worlds
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _kept(worlds: int, quantiles: int) -> int:
    """Return how many posteriors are kept: quantiles of several need all of them at once."""
    return max(worlds, 1) if quantiles > 0 else 1


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_posterior(  # type: ignore[no-untyped-def]
    out, order, count, time, event, arm, stratum, strata, code, numbers, integers, room
):
    """Fill a posterior analysis' columns.

    Parameters
    ----------
    out : numpy.ndarray
        Filled: probability below the first bound, mean, standard deviation, log Bayes factor,
        probabilities below further bounds, quantiles; then, where there is a place for it, the
        posterior weight of the first of several worlds.
    order, count, time, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code, numbers, integers : numpy.ndarray
        The analysis' row of codes; the plan's numbers and integers.
    room : numpy.ndarray
        Room to work in, of at least `posterior_room`.
    """
    intervals, components = code[INTERVALS], code[COMPONENTS]
    bounds, worlds = code[BOUNDS], code[WORLDS]
    places = _kept(worlds, code[QUANTILES])
    at = code[START] + HEAD
    events, rate = numbers[code[START]], numbers[code[START] + 1]
    size = strata * intervals
    cuts = room[: intervals - 1]
    place = intervals
    table = room[place : place + 4 * size].reshape(4, size)
    place += 4 * size
    beyond = room[place : place + 2 * size].reshape(2, size)
    place += 2 * size
    external = room[place : place + 2 * size].reshape(2, size)
    place += 2 * size
    pieces = room[place : place + places * 3 * size].reshape(places, 3, size)
    place += places * 3 * size
    tabulated = places * components
    density = room[place : place + tabulated * NODES].reshape(places, components, NODES)
    place += tabulated * NODES
    grids = room[place : place + tabulated * GRID_COLUMNS]
    grids = grids.reshape(places, components, GRID_COLUMNS)
    place += tabulated * GRID_COLUMNS
    slopes, kept = room[place : place + places], room[place + places : place + 2 * places]
    weights = room[place + 2 * places : place + 2 * places + max(worlds, 1)]
    place += 2 * places + max(worlds, 1)
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
        known = rate if rate > 0.0 else pooled_rate(table)
        for w in range(worlds):
            own = w if places > 1 else 0
            lend(external, controls, settings[w, 1], settings[w, 2])
            slope, used = fill_pieces(pieces[own], table, external, settings[w, 3], known)
            slopes[own], kept[own] = slope, used
            mine_too = summaries[w, : _SUMMARY + bounds]
            fill_summary(
                mine_too, log_bounds, density[own], grids[own], prior, slope, pieces[own], used
            )
            evidence = log_evidence(table, external, settings[w], controls, known)
            summaries[w, _SUMMARY + bounds] = settings[w, 0] + evidence + summaries[w, 2]
        average(summary, summaries, weights)
    else:
        if worlds == 1:
            lend(external, controls, numbers[at + 1], numbers[at + 2])
        slope, used = fill_pieces(pieces[0], table, external, events, rate)
        slopes[0], kept[0] = slope, used
        fill_summary(summary, log_bounds, density[0], grids[0], prior, slope, pieces[0], used)
    out[0] = summary[3]
    out[1] = summary[0]
    out[2] = summary[1]
    out[3] = summary[2]
    for k in range(1, bounds):
        out[3 + k] = summary[3 + k]
    for k in range(quantiles.size):
        if worlds > 1:
            out[3 + bounds + k] = mixture_quantile(
                quantiles[k], weights, density, grids, prior, slopes, pieces, kept
            )
        else:
            out[3 + bounds + k] = posterior_quantile(
                quantiles[k], density[0], grids[0], prior, slopes[0], pieces[0], int(kept[0])
            )
    if worlds > 1 and out.size > 3 + bounds + quantiles.size:
        out[3 + bounds + quantiles.size] = weights[0]
