"""Expected events by calendar time, in closed form: what a design can reach at all."""

import numpy as np

from oligotrial.checks import InputError
from oligotrial.simulate.operating import months_to_enrol
from oligotrial.simulate.world import World
from oligotrial.trial import Design, Imaging, OffProtocol

__all__ = ["check_reachable", "expected_events"]

DRAWS = 200
"""Draws of the truth that are averaged over at most."""

WAITS = 40
"""Times off protocol that stand for all, each as likely."""


def expected_events(design: Design, world: World, months: np.ndarray) -> np.ndarray:
    """Return the events expected to be seen by calendar times, over draws, arms and strata.

    Parameters
    ----------
    design : Design
        Arms, accrual, dropout, imaging and treatment off protocol; arrivals are taken at their
        expected rates.
    world : World
        The truth.
    months : numpy.ndarray
        Months from the first day of accrual; shape (times,).

    Returns
    -------
    numpy.ndarray
        Expected events; shape (times,).

    Notes
    -----
    Lachin and Foulkes (1986), Biometrics 42, 507-519, doi:10.2307/2531201, with the
    tabulated hazards in place of exponential ones. Visits are taken on their planned days.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.simulate import Scenario
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.1)
    >>> world = Scenario("null", ("all",), np.ones(1), control, control).world()
    >>> design = Design(100, AtEvents(90), LogRank(0.1), Accrual(10.0))
    >>> expected_events(design, world, np.array([10.0, 600.0])).round(1).tolist()
    [36.8, 100.0]
    """
    times, follow_up = _seen(design, world)
    starts = design.accrual.starts_months
    ends = np.r_[starts[1:], np.inf]
    last = months_to_enrol(design, design.patients)
    reached = np.zeros(np.shape(months))
    for place, month in enumerate(np.asarray(months, dtype=float)):
        for start, end, rate in zip(starts, ends, design.accrual.expected_rates, strict=True):
            entered = np.linspace(start, max(min(month, last, end), start), 201)
            share = np.interp(month - entered, times, follow_up)
            reached[place] += rate * np.trapezoid(share, entered)
    return reached


def check_reachable(design: Design, world: World, *, within_months: float) -> float:
    """Return the month at which the last look's events are expected, or say that they never come.

    Parameters
    ----------
    design : Design
        The design.
    world : World
        The truth.
    within_months : float
        Longest duration that is let through.

    Returns
    -------
    float
        Months from the first day of accrual; 0 if the last look waits for no events.

    Raises
    ------
    InputError
        If the accrual, the hazard or the dropout keep the events from coming in time.
    """
    months = np.linspace(0.0, within_months, 601)
    expected = expected_events(design, world, months)
    needed = design.events
    if expected[-1] < needed:
        rate = design.accrual.expected_rates[-1]
        enrolled = min(design.patients, expected_enrolment(design, within_months))
        raise InputError(
            f"accrual of {rate:.3g} patients a month never reaches the "
            f"{needed} events of the design with {design.patients} patients: by month "
            f"{within_months:g}, {enrolled:.0f} patients and {expected[-1]:.1f} events are "
            "expected; add centres, ask for fewer events or allow a longer trial"
        )
    return float(np.interp(needed, expected, months))


def expected_enrolment(design: Design, month: float) -> float:
    """Return the patients expected by a month, if the trial's number didn't end accrual."""
    starts, rates = design.accrual.starts_months, design.accrual.expected_rates
    ends = np.r_[starts[1:], np.inf]
    return float(np.clip(np.minimum(ends, month) - starts, 0.0, None) @ rates)


def _seen(design: Design, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return follow-up times and the probability that an event was seen by them."""
    times = np.r_[0.0, np.geomspace(1e-3, 1e3, 1024)]
    progressed = 1.0 - _average_survival(design, world, times)
    arm_share = np.array([1 - design.experimental_share, design.experimental_share])
    calendars = design.calendars or (None, None)
    seen = [
        _before_leaving(times, share, rate)
        if calendar is None
        else _at_visits(times, share, rate, calendar)
        for share, rate, calendar in zip(progressed, design.dropouts, calendars, strict=True)
    ]
    return times, arm_share @ seen


def _average_survival(design: Design, world: World, times: np.ndarray) -> np.ndarray:
    """Return survival by arm over draws and strata, diluted as the design says; (2, times)."""
    shares = np.diff(world.truth.upto, axis=1, prepend=0.0)
    draws = range(0, world.draws, max(1, world.draws // DRAWS))
    average = np.zeros((2, times.size))
    for draw in draws:
        curves = world.survival(times, draw=draw)
        if design.off_protocol is not None:
            curves[0] = _diluted(curves[0], curves[1], times, design.off_protocol)
        average += np.einsum("s,ast->at", shares[draw], curves) / len(draws)
    return average


def _diluted(
    control: np.ndarray, experimental: np.ndarray, times: np.ndarray, off: OffProtocol
) -> np.ndarray:
    """Return controls' survival, some of whom have the other arm's hazard from some time on."""
    uniform = (np.arange(WAITS) + 0.5) / WAITS
    # With both parts of the waiting time, each quantile of one meets a scattered one of the other.
    scattered = uniform[(np.arange(WAITS) * 7) % WAITS]
    waits = off.after_months + off.within_months * uniform
    waits = waits - off.mean_wait_months * np.log(scattered)
    moved = np.zeros(control.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        for wait in waits:
            before = np.array([np.interp(wait, times, curve) for curve in control])[:, None]
            after = np.array([np.interp(wait, times, curve) for curve in experimental])[:, None]
            later = np.where(after > 0, before * experimental / after, 0.0)
            moved += np.where(times < wait, control, later) / WAITS
    return np.asarray((1 - off.share) * control + off.share * moved)


def _before_leaving(times: np.ndarray, progressed: np.ndarray, rate: float) -> np.ndarray:
    """Return the probability of an event before leaving, by follow-up times."""
    falls = np.diff(progressed, prepend=0.0)
    return np.asarray(np.cumsum(falls * np.exp(-rate * 0.5 * (times + np.r_[0.0, times[:-1]]))))


def _at_visits(
    times: np.ndarray, progressed: np.ndarray, rate: float, calendar: Imaging
) -> np.ndarray:
    """Return the probability that a visit before leaving has shown an event, by follow-up times."""
    visits = calendar.planned_months(400)
    fell = np.diff(np.interp(visits, times, progressed), prepend=0.0)
    shown, waiting = np.empty(visits.size), 0.0
    for visit, new in enumerate(fell):
        waiting += new
        shown[visit] = (1 - calendar.missed) * waiting
        waiting -= shown[visit]
    upto = np.r_[0.0, np.cumsum(shown * np.exp(-rate * visits))]
    return np.asarray(upto[np.searchsorted(visits, times, side="right")])
