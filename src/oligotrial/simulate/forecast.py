"""Expected events by calendar time and the chance of reaching a number of them, in closed form."""

import warnings
from collections.abc import Iterator

import numpy as np
from scipy.special import gammainc
from scipy.stats import qmc

from oligotrial.checks import InputError, positive_integer
from oligotrial.simulate.counts import Future, months_spent
from oligotrial.simulate.observed import DRAWS, seen_events
from oligotrial.simulate.world import World
from oligotrial.trial import Design, Earlier, Later, Recruitment
from oligotrial.trial.when import When

__all__ = ["check_reachable", "expected_events", "reach_probability"]

LEAST = 0.001
"""Designs that reach their events in fewer trials than that are taken as a mistake."""

UNLIKELY = 0.5
"""Designs that reach their events in fewer trials than that are warned of."""


def expected_events(design: Design, world: World, months: np.ndarray) -> np.ndarray:
    """Return the events expected to be seen by calendar times, over draws, arms and strata.

    Parameters
    ----------
    design : Design
        Patients, accrual, dropout, imaging and treatment off protocol; its looks end nothing here.
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
    ``integral of F(month - a(s)) P(N(s) < patients) ds`` over numbers s of patients expected, who
    are there at month a(s), with F the probability that an event was seen after so much follow-up
    and N(s) a Poisson number: Lachin and Foulkes (1986), Biometrics 42, 507-519,
    doi:10.2307/2531201, with tabulated hazards in place of exponential ones and the patients'
    number kept to. Evenly spaced patients are added up. Uncertain rates are averaged over, 200
    of a Latin hypercube at most; visits are taken on their planned days.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.simulate import Scenario
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.1)
    >>> world = Scenario("null", ("all",), np.ones(1), control, control).world()
    >>> design = Design(100, AtEvents(90), LogRank(0.1), Accrual(10.0))
    >>> expected_events(design, world, np.array([10.0, 600.0])).round(1).tolist()
    [36.6, 100.0]
    """
    calendar = np.asarray(months, dtype=float)
    each = [
        [future.expected(month) for month in calendar]
        for future in _futures(design, world, average=True)
    ]
    return np.asarray(np.mean(each, axis=0)).reshape(calendar.shape)


def reach_probability(
    design: Design, world: World, months: np.ndarray, *, events: int | None = None
) -> np.ndarray:
    """Return the probability that a trial has seen a number of events by calendar times.

    Parameters
    ----------
    design : Design
        Patients, accrual, dropout, imaging and treatment off protocol; its looks end nothing here.
    world : World
        The truth.
    months : numpy.ndarray
        Months from the first day of accrual; shape (times,).
    events : int, optional
        Events over both arms; those of the last look when left out.

    Returns
    -------
    numpy.ndarray
        Probabilities, averaged over draws of the truth and of uncertain rates; shape (times,).

    Raises
    ------
    InputError
        If there are no events to be reached, or more than patients.

    Notes
    -----
    Given how many came in of a Poisson process, or when the last one came, patients' entries are
    independent, so that events are binomial: an integral over the gamma time of the last entry, and
    a sum over smaller numbers. With evenly spaced patients events are Poisson-binomial, convolved
    exactly up to 2,000 patients and normal beyond. Arms and strata are taken as drawn patient by
    patient: blocks make the number of events vary a little less.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.simulate import Scenario
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.1)
    >>> world = Scenario("null", ("all",), np.ones(1), control, control).world()
    >>> all_of_them = Design(60, AtEvents(60), LogRank(0.1), Accrual(5.0))
    >>> reach_probability(all_of_them, world, np.array([36.0, 60.0, 120.0])).round(3).tolist()
    [0.038, 0.746, 0.999]
    """
    wanted = positive_integer(design.events if events is None else events, "events")
    if wanted > design.patients:
        raise InputError(
            f"{wanted} events can't come from {design.patients} patients; give fewer",
            where="events",
        )
    calendar = np.asarray(months, dtype=float)
    each = [
        [future.reaches(wanted, month) for month in calendar] for future in _futures(design, world)
    ]
    return np.asarray(np.mean(each, axis=0)).reshape(calendar.shape)


def check_reachable(design: Design, world: World, *, within_months: float) -> float:
    """Return the probability that a trial has its last look in time, or say that none will.

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
        Probability that a trial has the events, and the patients, that its last look can't do
        without; 1 if it waits for neither.

    Raises
    ------
    InputError
        If fewer than 1 trial in 1,000 has them: accrual, hazard or dropout keep them from coming.

    Warns
    -----
    UserWarning
        If fewer than half of the trials have them. Simulated ones then take longer, or are
        analysed with fewer events once nobody is left to have one; tables tell the share that
        `reached` them.
    """
    chance = reachable(design, world, within_months=within_months)
    if chance < UNLIKELY:
        warnings.warn(
            f"the last look of the design with {design.patients} patients comes in {chance:.1%} of "
            f"trials by month {within_months:g}; the others take longer, or end with fewer events",
            stacklevel=2,
        )
    return chance


def reachable(design: Design, world: World, *, within_months: float) -> float:
    """Return what `check_reachable` does, without a warning."""
    look = design.looks[-1]
    events, patients = _needed(look, "events"), _needed(look, "patients")
    if _enrolled(design, patients, within_months) < LEAST:
        raise InputError(_unreachable(design, world, f"{patients} patients", within_months))
    if events == 0:
        return _enrolled(design, patients, within_months)
    month = np.array([within_months])
    chance = float(reach_probability(design, world, month, events=events)[0])
    if chance < LEAST:
        raise InputError(_unreachable(design, world, f"{events} events", within_months))
    return chance


def _unreachable(design: Design, world: World, what: str, month: float) -> str:
    came = min(design.patients, expected_enrolment(design, month))
    seen = expected_events(design, world, np.array([month]))[0]
    more = "add centres" if came < design.patients else "enrol more patients"
    return (
        f"accrual of {design.accrual.expected_rates[-1]:.3g} patients a month never reaches the "
        f"{what} of the design with {design.patients} patients: by month {month:g}, {came:.0f} "
        f"patients and {seen:.1f} events are expected, and fewer than 1 trial in {1 / LEAST:,.0f} "
        f"has what it waits for; {more}, ask for fewer events or allow a longer trial"
    )


def expected_enrolment(design: Design, month: float) -> float:
    """Return the patients expected by a month, if the trial's number didn't end accrual."""
    return float(months_spent(design.accrual.starts_months, month) @ design.accrual.expected_rates)


def _needed(moment: When, what: str) -> int:
    """Return the events or patients without which a look never comes."""
    if isinstance(moment, Earlier):
        return min(_needed(part, what) for part in moment.moments)
    if isinstance(moment, Later):
        return max(_needed(part, what) for part in moment.moments)
    return int(getattr(moment, what))


def _enrolled(design: Design, patients: int, month: float) -> float:
    """Return the probability that patients have come in by a month; 1 for none of them."""
    if patients == 0:
        return 1.0
    upto = drawn_rates(design.accrual, DRAWS) @ months_spent(design.accrual.starts_months, month)
    if not design.accrual.poisson:
        return float(np.mean(upto >= patients - 1e-9))
    return float(np.mean(gammainc(patients, upto)))


def _futures(design: Design, world: World, *, average: bool = False) -> Iterator[Future]:
    """Yield what may come, each as likely: draws of the truth and of uncertain rates in pairs."""
    times, seen = seen_events(design, world)
    rates = drawn_rates(design.accrual, len(seen) if len(seen) > 1 else DRAWS)
    if average and len(rates) == 1:
        seen = seen.mean(axis=0, keepdims=True)
    for number in range(max(len(seen), len(rates))):
        yield Future(
            times,
            seen[number % len(seen)],
            design.accrual.starts_months,
            rates[number % len(rates)],
            patients=design.patients,
            poisson=design.accrual.poisson,
        )


def drawn_rates(accrual: Recruitment, draws: int) -> np.ndarray:
    """Return rates by draw and period; one draw where they are known."""
    if accrual.unknowns == 0:
        return accrual.rates(np.empty((1, 0)))
    rng = np.random.default_rng(1)
    return accrual.rates(
        qmc.LatinHypercube(accrual.unknowns, scramble=False, rng=rng).random(draws)
    )
