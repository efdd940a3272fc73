"""The likelihood of one log hazard ratio under piecewise-constant hazards: compiled.

Hazards are piecewise constant in each stratum and proportional between two arms. Given the log
hazard ratio every piece's gamma-distributed hazard integrates out in closed form; what is left is
made here from patients, and integrated in `piecewise_quadrature`. Nothing is validated here,
nothing is allocated: work arrays come in.
"""

import numpy as np
from numba import njit

__all__ = ["fill_event_cuts", "fill_pieces", "fill_table", "log_likelihood"]

_NOTHING = 1e-100  # a share of exposure below this would ask for hazard ratios beyond any number


@njit(cache=True, nogil=True, error_model="numpy")
def fill_event_cuts(cuts, order, time, event, count):  # type: ignore[no-untyped-def]
    """Fill the cut points with quantiles of the event times.

    Parameters
    ----------
    cuts : numpy.ndarray
        Filled; shape (intervals - 1,). Cut k is the time of event number
        ``ceil(k * events / intervals)``; without events all are 0, and the last interval,
        which they leave, is the only one.
    order : numpy.ndarray of int64
        Indices that sort `time` upwards; at least as many as `count`.
    time, event : numpy.ndarray
        Follow-up, and 1 for an event or 0 for censored.
    count : int
        Number of patients.
    """
    total = 0
    for i in range(count):
        total += event[order[i]]
    intervals = cuts.size + 1
    cuts[:] = 0.0
    seen, k = 0, 1
    for i in range(count):
        patient = order[i]
        seen += event[patient]
        while k < intervals and event[patient] and seen * intervals >= k * total:
            cuts[k - 1] = time[patient]
            k += 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_table(table, beyond, time, event, arm, stratum, cuts, count):  # type: ignore[no-untyped-def]
    """Fill the events and exposure of each arm in each piece.

    Parameters
    ----------
    table : numpy.ndarray
        Filled; shape (4, strata * intervals): events of the control and of the experimental
        arm, then their exposures. Piece ``stratum * intervals + interval``.
    beyond : numpy.ndarray
        Room to work in; shape (2, strata * intervals).
    time, event, arm, stratum : numpy.ndarray
        Follow-up in any unit and order, 1 for an event, 1 for the experimental arm, stratum
        from 0.
    cuts : numpy.ndarray
        Ascending ends of all intervals but the last, which has none; shape (intervals - 1,).
        An interval holds its right end.
    count : int
        Number of patients.
    """
    inner = cuts.size
    intervals = inner + 1
    table[:] = 0.0
    beyond[:] = 0.0
    for i in range(count):
        now, a, piece, k = time[i], arm[i], stratum[i] * intervals, 0
        while k < inner and now > cuts[k]:
            k += 1
        piece += k
        table[a, piece] += event[i]
        table[2 + a, piece] += now - cuts[k - 1] if k > 0 else now
        beyond[a, piece] += 1.0
    for a in range(2):
        for first in range(0, table.shape[1], intervals):
            passed = 0.0
            for k in range(inner - 1, -1, -1):
                passed += beyond[a, first + k + 1]
                width = cuts[k] - cuts[k - 1] if k > 0 else cuts[k]
                table[2 + a, first + k] += passed * width


@njit(cache=True, nogil=True, error_model="numpy")
def fill_pieces(pieces, table, external, events, rate):  # type: ignore[no-untyped-def]
    """Fill what the likelihood of the log hazard ratio needs; return its slope and length.

    Parameters
    ----------
    pieces : numpy.ndarray
        Filled; shape (3, strata * intervals): prior and observed events, and the control's
        and the experimental arm's shares of prior and observed exposure. A piece in which
        only one of them has exposure, the prior's counted as control's, tells nothing of the
        hazard ratio and is left out.
    table : numpy.ndarray
        Shape (4, strata * intervals), as `fill_table` fills it.
    external : numpy.ndarray
        Events and exposure, discounted, of external controls; shape (2, strata * intervals).
    events, rate : float
        Each hazard's gamma prior: its shape, and its mean in events per unit of time; a rate
        of 0 stands for the data's own, both arms and external controls together.

    Returns
    -------
    slope : float
        What the log-likelihood is linear in.
    kept : int
        Pieces kept. None with a rate of 0 if there are no events or an arm has no exposure:
        the prior then is the posterior.
    """
    observed, exposure, seen, compared = 0.0, 0.0, 0.0, 0.0
    for j in range(table.shape[1]):
        observed += table[0, j] + table[1, j] + external[0, j]
        exposure += table[2, j] + table[3, j] + external[1, j]
        seen += table[3, j]
        compared += table[2, j] + external[1, j]
    if rate == 0.0:
        if observed == 0.0 or seen == 0.0 or compared == 0.0:
            return 0.0, 0
        rate = observed / exposure
    slope, kept = 0.0, 0
    for j in range(table.shape[1]):
        power = events + external[0, j] + table[0, j] + table[1, j]
        control = events / rate + external[1, j] + table[2, j]
        both = control + table[3, j]
        if power > 0.0 and min(control, table[3, j]) > _NOTHING * both:
            slope += table[1, j]
            pieces[0, kept] = power
            pieces[1, kept] = control / both
            pieces[2, kept] = table[3, j] / both
            kept += 1
    return slope, kept


@njit(cache=True, nogil=True, error_model="numpy")
def log_likelihood(theta, slope, pieces, kept):  # type: ignore[no-untyped-def]
    """Return the log-likelihood of a log hazard ratio, less that of 0.

    Parameters
    ----------
    theta : float
        Log hazard ratio.
    slope, pieces, kept : float, numpy.ndarray, int
        From `fill_pieces`.

    Returns
    -------
    float
        Log of the likelihood with the hazards integrated out; 0 at 0, concave.
    """
    ratio = np.exp(theta)
    total = slope * theta
    for j in range(kept):
        total -= pieces[0, j] * np.log(pieces[1, j] + pieces[2, j] * ratio)
    return total
