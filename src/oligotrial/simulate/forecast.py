"""Expected events by calendar time, in closed form: what a design can reach at all."""

import numpy as np

from oligotrial.checks import InputError
from oligotrial.simulate.operating import months_to_enrol
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["check_reachable", "expected_events"]


def expected_events(design: Design, world: World, months: np.ndarray) -> np.ndarray:
    """Return the events expected by calendar times, over draws, arms and strata.

    Parameters
    ----------
    design : Design
        Arms, accrual and dropout; arrivals are taken as evenly spread.
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
    tabulated hazards in place of exponential ones.

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
    times, follow_up = _progressed(design, world)
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
    """Return the month at which the events are expected, or say that they never come.

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
        Months from the first day of accrual.

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


def _progressed(design: Design, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return follow-up times and the probability of an event, before dropout, by them."""
    times = np.r_[0.0, np.geomspace(1e-3, 1e3, 1024)]
    arm_share = np.array([1 - design.experimental_share, design.experimental_share])
    shares = np.diff(world.truth.upto, axis=1, prepend=0.0)
    draws = range(0, world.draws, max(1, world.draws // 200))
    falls = np.zeros((2, times.size))
    for draw in draws:
        fall = -np.diff(world.survival(times, draw=draw), axis=-1, prepend=1.0)
        falls += np.einsum("a,s,ast->at", arm_share, shares[draw], fall) / len(draws)
    middles = 0.5 * (times + np.r_[0.0, times[:-1]])
    stayed = np.exp(-np.outer(design.dropouts, middles))
    return times, np.cumsum((falls * stayed).sum(axis=0))
