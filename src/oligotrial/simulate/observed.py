"""The probability that a patient's event has been seen, by follow-up: hazards, leaving, visits."""

import numpy as np
from scipy.signal import lfilter

from oligotrial.simulate.visits import VISITS
from oligotrial.simulate.world import World
from oligotrial.trial import Design, Imaging, OffProtocol

__all__ = ["DRAWS", "seen_events"]

DRAWS = 200
"""Draws of the truth that are averaged over at most."""

WAITS = 40
"""Times off protocol that stand for all, each as likely."""

NEGLIGIBLE = 1e-6
"""Probability of progression that need not be seen any more."""

MOST = 64 * VISITS
"""Visits that are counted with at most: 490 years of weekly ones."""

TIMES = np.r_[0.0, np.geomspace(1e-3, 1e4, 1200)]
"""Months of follow-up at which events are counted; 1.4% apart."""


def seen_events(design: Design, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return follow-up times and the probability that a patient's event was seen by them.

    Parameters
    ----------
    design : Design
        Allocation, dropout, imaging and treatment off protocol. Visits are on their planned days.
    world : World
        The truth.

    Returns
    -------
    times : numpy.ndarray
        Months from randomisation, ascending from 0; shape (times,).
    seen : numpy.ndarray
        By draw of the truth, of any arm and stratum in proportion to their shares; at most `DRAWS`
        draws, evenly spread over those there are; shape (draws, times).

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.simulate import Scenario
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.1)
    >>> world = Scenario("null", ("all",), np.ones(1), control, control).world()
    >>> times, seen = seen_events(Design(100, AtEvents(90), LogRank(0.1), Accrual(9.0)), world)
    >>> bool(np.isclose(np.interp(10.0, times, seen[0]), 1 - np.exp(-1), atol=1e-4))
    True
    """
    kept = range(0, world.draws, max(1, -(-world.draws // DRAWS)))
    progressed = np.stack([_progressed(design, world, draw) for draw in kept], axis=1)
    calendars = design.calendars or (None, None)
    control, experimental = (
        _before_leaving(share, rate) if calendar is None else _at_visits(share, rate, calendar)
        for share, rate, calendar in zip(progressed, design.dropouts, calendars, strict=True)
    )
    share = design.experimental_share
    return TIMES, np.asarray((1 - share) * control + share * experimental)


def _progressed(design: Design, world: World, draw: int) -> np.ndarray:
    """Return the probability of progression by arm, over strata; shape (2, times)."""
    curves = world.survival(TIMES, draw=draw)
    if design.off_protocol is not None:
        curves[0] = _diluted(curves[0], curves[1], design.off_protocol)
    shares = np.diff(world.truth.upto[draw], prepend=0.0)
    return np.asarray(1.0 - np.einsum("s,ast->at", shares, curves))


def _diluted(control: np.ndarray, experimental: np.ndarray, off: OffProtocol) -> np.ndarray:
    """Return controls' survival, some of whom have the other arm's hazard from some time on."""
    uniform = (np.arange(WAITS) + 0.5) / WAITS
    # With both parts of the waiting time, each quantile of one meets a scattered one of the other.
    scattered = uniform[(np.arange(WAITS) * 7) % WAITS]
    waits = off.after_months + off.within_months * uniform
    waits = waits - off.mean_wait_months * np.log(scattered)
    moved = np.zeros(control.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        for wait in waits:
            before = np.array([np.interp(wait, TIMES, curve) for curve in control])[:, None]
            after = np.array([np.interp(wait, TIMES, curve) for curve in experimental])[:, None]
            later = np.where(after > 0, before * experimental / after, 0.0)
            moved += np.where(wait > TIMES, control, later) / WAITS
    return np.asarray((1 - off.share) * control + off.share * moved)


def _before_leaving(progressed: np.ndarray, rate: float) -> np.ndarray:
    """Return the probability of an event before leaving, by follow-up times."""
    falls = np.diff(progressed, prepend=0.0)
    middle = 0.5 * (TIMES + np.r_[0.0, TIMES[:-1]])
    return np.asarray(np.cumsum(falls * np.exp(-rate * middle), axis=-1))


def _at_visits(progressed: np.ndarray, rate: float, calendar: Imaging) -> np.ndarray:
    """Return the probability that a visit before leaving has shown an event, by follow-up times."""
    visits = _visits_until(calendar, _last_month(progressed))
    upto = np.stack([np.interp(visits, TIMES, row) for row in progressed])
    fell = np.diff(upto, prepend=0.0)
    # Who waits for a visit: those who did and whose visit was missed, and those who fell since.
    waiting = lfilter([1.0], [1.0, -calendar.missed], fell, axis=-1)
    shown = (1 - calendar.missed) * waiting
    upto = np.cumsum(shown * np.exp(-rate * visits), axis=-1)
    upto = np.concatenate([np.zeros((len(upto), 1)), upto], axis=1)
    return np.asarray(upto[:, np.searchsorted(visits, TIMES, side="right")])


def _last_month(progressed: np.ndarray) -> float:
    """Return the month from which on hardly anybody progresses any more."""
    late = (progressed[:, -1:] - progressed > NEGLIGIBLE).any(axis=0)
    return float(TIMES[min(np.count_nonzero(late) + 1, TIMES.size - 1)])


def _visits_until(calendar: Imaging, month: float) -> np.ndarray:
    """Return planned visits, some of them after a month, as far as there is room."""
    planned = calendar.planned_months(VISITS)
    while planned[-1] < month and planned.size < MOST:
        planned = calendar.planned_months(min(2 * planned.size, MOST))
    return planned
