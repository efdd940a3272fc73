"""Worlds in which external controls are worth different things, weighed by the data: compiled.

Every kind of borrowing is a mixture of worlds: in each, external controls count at a discount,
and their hazards are the trial's times a ratio. Worlds are weighed by their marginal likelihoods,
which gamma hazards give in closed form.
"""

import math

import numpy as np
from numba import njit

__all__ = ["WORLD_NUMBERS", "average", "lend", "log_evidence", "pooled_rate"]

WORLD_NUMBERS = 5
"""A world's: log weight, discount, log ratio, the baseline's prior events, and whether the external
patients are data there (1) or part of the prior (0)."""


@njit(cache=True, nogil=True, error_model="numpy")
def lend(external, controls, discount, log_ratio):  # type: ignore[no-untyped-def]
    """Fill what external controls add to each piece's events and exposure."""
    scale = discount * np.exp(log_ratio)
    for j in range(external.shape[1]):
        external[0, j] = discount * controls[0, j]
        external[1, j] = scale * controls[2, j]


@njit(cache=True, nogil=True, error_model="numpy")
def pooled_rate(table):  # type: ignore[no-untyped-def]
    """Return all events over all exposure of the trial; a millionth where there are none."""
    events, exposure = 0.0, 0.0
    for j in range(table.shape[1]):
        events += table[0, j] + table[1, j]
        exposure += table[2, j] + table[3, j]
    return events / exposure if events > 0.0 else 1e-6 / max(exposure, 1e-6)


@njit(cache=True, nogil=True, error_model="numpy")
def log_evidence(table, external, setting, controls, rate):  # type: ignore[no-untyped-def]
    """Return a world's log marginal likelihood at a hazard ratio of 1.

    Of the trial's data, given external controls as part of the prior; or, in a world in which they
    are data, of both.

    Parameters
    ----------
    table : numpy.ndarray
        Events and exposures by arm, as `fill_table` fills it; shape (4, pieces).
    external : numpy.ndarray
        Events and exposure of external controls in the prior; shape (2, pieces).
    setting : numpy.ndarray
        The world's numbers, as `WORLD_NUMBERS` says.
    controls : numpy.ndarray
        Events and exposures of the external controls as they were seen, laid out as `table`.
    rate : float
        Mean of each hazard's prior.

    Returns
    -------
    float
        The log, but for what all worlds share.
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
def average(summary, summaries, weights):  # type: ignore[no-untyped-def]
    """Fill the summary over worlds, and their posterior weights.

    Parameters
    ----------
    summary : numpy.ndarray
        Filled as `fill_summary` does; shape (numbers,).
    summaries : numpy.ndarray
        Each world's summary and log of weight times evidence; shape (worlds, numbers + 1).
    weights : numpy.ndarray
        Filled; shape (worlds,).
    """
    last = summary.size
    highest, null_highest = -np.inf, -np.inf
    for w in range(summaries.shape[0]):
        highest = max(highest, summaries[w, last])
        null_highest = max(null_highest, summaries[w, last] - summaries[w, 2])
    total, null = 0.0, 0.0
    for w in range(summaries.shape[0]):
        null += np.exp(summaries[w, last] - summaries[w, 2] - null_highest)
        weights[w] = np.exp(summaries[w, last] - highest)
        total += weights[w]
    summary[:] = 0.0
    squares = 0.0
    for w in range(summaries.shape[0]):
        weights[w] /= total
        share = weights[w]
        for k in range(last):
            summary[k] += share * summaries[w, k]
        squares += share * (summaries[w, 1] ** 2 + summaries[w, 0] ** 2)
    summary[1] = np.sqrt(max(squares - summary[0] ** 2, 0.0))
    summary[2] = highest + np.log(total) - null_highest - np.log(null)
