"""The exact posterior of a trial's hazard ratio, as the trial kernel calls it."""

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

__all__ = ["analyse_posterior", "posterior_room"]

FIXED, INTERVALS, COMPONENTS, BOUNDS, QUANTILES = range(EXTRA, EXTRA + 5)
"""Integers of a posterior analysis: whether cuts are given, and how many there are of each."""

BASELINE_EVENTS, BASELINE_RATE = range(2)
HEAD = 2
"""Its numbers begin with the baseline's; cuts, prior, log bounds and quantiles follow."""


def posterior_room(intervals: int, components: int, strata: int) -> int:
    """Return how many numbers a posterior analysis needs to work in."""
    pieces = strata * intervals
    return intervals + (4 + 2 + 3 + 2) * pieces + components * (NODES + GRID_COLUMNS) + 64


@njit(cache=True, nogil=True, error_model="numpy")
def analyse_posterior(out, order, count, time, event, arm, stratum, strata, code, numbers, room):  # type: ignore[no-untyped-def]
    """Fill a posterior analysis' columns.

    Parameters
    ----------
    out : numpy.ndarray
        Filled: probability below the first bound, mean, standard deviation, log Bayes factor,
        probabilities below further bounds, quantiles.
    order, count, time, event, arm, stratum, strata : numpy.ndarray and int
        As for `analyse`.
    code, numbers : numpy.ndarray
        The analysis' integers, and the plan's numbers.
    room : numpy.ndarray
        Room to work in, of at least `posterior_room`.
    """
    intervals, components = code[INTERVALS], code[COMPONENTS]
    bounds, quantiles = code[BOUNDS], code[QUANTILES]
    at = code[START] + HEAD
    events, rate = numbers[code[START]], numbers[code[START] + 1]
    pieces_count = strata * intervals
    cuts = room[: intervals - 1]
    place = intervals
    table = room[place : place + 4 * pieces_count].reshape(4, pieces_count)
    place += 4 * pieces_count
    beyond = room[place : place + 2 * pieces_count].reshape(2, pieces_count)
    place += 2 * pieces_count
    pieces = room[place : place + 3 * pieces_count].reshape(3, pieces_count)
    place += 3 * pieces_count
    external = room[place : place + 2 * pieces_count].reshape(2, pieces_count)
    place += 2 * pieces_count
    density = room[place : place + components * NODES].reshape(components, NODES)
    place += components * NODES
    grids = room[place : place + components * GRID_COLUMNS].reshape(components, GRID_COLUMNS)
    place += components * GRID_COLUMNS
    summary = room[place : place + 3 + bounds]
    external[:] = 0.0
    if code[FIXED]:
        cuts[:] = numbers[at : at + intervals - 1]
        at += intervals - 1
    else:
        fill_event_cuts(cuts, order, time, event, count)
    prior = numbers[at : at + 3 * components].reshape(3, components)
    at += 3 * components
    log_bounds = numbers[at : at + bounds]
    at += bounds
    fill_table(table, beyond, time, event, arm, stratum, cuts, count)
    slope, kept = fill_pieces(pieces, table, external, events, rate)
    fill_summary(summary, log_bounds, density, grids, prior, slope, pieces, kept)
    out[0] = summary[3]
    out[1] = summary[0]
    out[2] = summary[1]
    out[3] = summary[2]
    for k in range(1, bounds):
        out[3 + k] = summary[3 + k]
    for k in range(quantiles):
        share = numbers[at + k]
        out[3 + bounds + k] = posterior_quantile(share, density, grids, prior, slope, pieces, kept)
