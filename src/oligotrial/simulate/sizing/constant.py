"""A design with constant hazards as the closed forms of accrual and follow-up know it."""

from typing import NamedTuple

import numpy as np

from oligotrial.checks import InputError
from oligotrial.hazard import PiecewiseExponential
from oligotrial.simulate.forecast import expected_events
from oligotrial.simulate.operating import months_to_enrol
from oligotrial.simulate.world import World
from oligotrial.trial import (
    Accrual,
    AccrualPeriods,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    Design,
    ExponentialTrial,
    month_of_events,
)
from oligotrial.trial.when import When

__all__ = ["Exponentials", "events_at", "exponentials"]


class Exponentials(NamedTuple):
    """A trial with constant hazards at its one analysis, and the patients enrolled by then."""

    trial: ExponentialTrial
    patients: float


def events_at(moment: When, design: Design, world: World) -> float:
    """Return the events of a look: those it waits for, or those expected on its day.

    Parameters
    ----------
    moment : When
        The look.
    design : Design
        The design.
    world : World
        The truth.

    Returns
    -------
    float
        Events over both arms.

    Raises
    ------
    InputError
        If the look has no one day or number of events.
    """
    if isinstance(moment, AtEvents):
        return float(moment.events)
    month = _month(moment, design)
    if month is None:
        raise InputError(
            "closed forms are for looks at given events, on a date or a time after an enrolment; "
            f"{type(moment).__name__} is none of those",
            where="analysis",
        )
    return float(expected_events(design, world, np.array([month]))[0])


def _month(moment: When, design: Design) -> float | None:
    if isinstance(moment, AtCalendar):
        return moment.months
    if isinstance(moment, AfterEnrolment):
        return months_to_enrol(design, moment.patients) + moment.months
    return None


def exponentials(design: Design, world: World) -> Exponentials | None:
    """Return a trial as Lachin and Foulkes know it; None where it isn't one.

    Parameters
    ----------
    design : Design
        One look, one rate of accrual, the same dropout in both arms, events seen on their day, and
        everybody treated as allocated.
    world : World
        One truth and stratum, with constant hazards and a hazard ratio below 1.

    Returns
    -------
    Exponentials or None
        Accrual is even and ends with the last patient, or on the day of the analysis if that is
        earlier; the day of an event-driven analysis is the one on which its events are expected.
    """
    hazards = _hazards(world)
    plain = len(design.looks) == 1 and isinstance(design.accrual, Accrual)
    as_planned = design.calendars is None and design.off_protocol is None
    one_dropout = design.dropouts[0] == design.dropouts[1]
    if hazards is None or not (plain and as_planned and one_dropout):
        return None
    rate = float(design.accrual.expected_rates[0])
    enrolled = design.patients / rate
    month = _day(design, hazards, rate)
    if month is None:
        return None
    trial = ExponentialTrial(
        hazards[0],
        hazards[1] / hazards[0],
        min(enrolled, month),
        max(month - enrolled, 0.0),
        dropout_per_month=design.dropouts[0],
        experimental_share=design.experimental_share,
    )
    return Exponentials(trial, rate * min(enrolled, month))


def _hazards(world: World) -> tuple[float, float] | None:
    """Return both arms' constant hazards where that is what they are, the second the lower."""
    truth = world.truth
    if world.draws > 1 or truth.upto.shape[1] > 1 or truth.plateau.max() > 0:
        return None
    first, step = truth.grid
    logs = first + step * np.arange(truth.log_times.shape[1]) - truth.log_times
    if np.ptp(logs, axis=1).max() > 1e-6:  # log cumulative hazard minus log time
        return None
    control, experimental = np.exp(logs[truth.table_of[0, :, 0], 0] + truth.log_ratio[0, :, 0])
    return (float(control), float(experimental)) if experimental < control else None


def _day(design: Design, hazards: tuple[float, float], rate: float) -> float | None:
    """Return the month of the analysis."""
    moment = design.looks[0]
    if not isinstance(moment, AtEvents):
        return _month(moment, design)
    arms = PiecewiseExponential((hazards[0],), ()), PiecewiseExponential((hazards[1],), ())
    try:
        return month_of_events(
            moment.events,
            arms,
            accrual=AccrualPeriods((design.patients / rate,), (rate,)),
            experimental_share=design.experimental_share,
            dropout_per_month=design.dropouts[0],
        )
    except InputError:  # as many events as patients, or more than dropout leaves: never expected
        return None
