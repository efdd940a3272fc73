"""Expected events by calendar time under hazards that are constant by piece, in closed form.

`oligotrial.simulate.forecast` does the same for any hazard from its tables; here nothing is
tabulated, so that a planner's constants give exact numbers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from oligotrial.checks import InputError, non_negative, positive, probability
from oligotrial.hazard import PiecewiseExponential

__all__ = ["AccrualPeriods", "event_probability", "events_by", "month_of_events"]


@dataclass(frozen=True)
class AccrualPeriods:
    """Accrual at a constant rate within each of some periods, starting at month 0.

    Parameters
    ----------
    ends_months : tuple of float
        Month at which each period ends, ascending.
    patients_per_month : tuple of float
        Accrual in each period, over both arms.

    Raises
    ------
    InputError
        If the ends don't ascend, a rate is negative, or there isn't one rate for each period.

    Examples
    --------
    >>> AccrualPeriods((6.0, 12.0), (5.0, 10.0)).patients
    90.0
    """

    ends_months: tuple[float, ...]
    patients_per_month: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.ends_months) != len(self.patients_per_month) or not self.ends_months:
            raise InputError(
                f"{len(self.patients_per_month)} rates for {len(self.ends_months)} periods; "
                "give one rate for each period",
                where="patients_per_month",
            )
        for rate in self.patients_per_month:
            non_negative(rate, "patients_per_month")
        if not (np.diff(self.edges_months) > 0).all():
            raise InputError(
                f"the periods end at months {self.ends_months}, which don't ascend from above 0",
                where="ends_months",
            )

    @property
    def edges_months(self) -> np.ndarray:
        """Months at which periods begin and end; shape (period + 1,)."""
        return np.array((0.0, *self.ends_months))

    @property
    def patients(self) -> float:
        """Patients enrolled over all periods."""
        return float(np.diff(self.edges_months) @ np.array(self.patients_per_month))


def event_probability(
    months: np.ndarray, hazard: PiecewiseExponential, *, dropout_per_month: float = 0.0
) -> np.ndarray:
    """Return the probability that a patient has had the event, under observation.

    Parameters
    ----------
    months : numpy.ndarray
        Follow-up that the patient would have without dropout; shape (time,).
    hazard : PiecewiseExponential
        Hazard of the event.
    dropout_per_month : float, optional
        Constant hazard of leaving the study.

    Returns
    -------
    numpy.ndarray
        Probabilities; shape (time,).

    Examples
    --------
    >>> hazard = PiecewiseExponential((0.1,), ())
    >>> event_probability(np.array([10.0]), hazard, dropout_per_month=0.1).round(6).tolist()
    [0.432332]
    """
    return observed_events(np.asarray(months, dtype=float), hazard, dropout_per_month)[0]


def events_by(
    months: np.ndarray,
    hazards: tuple[PiecewiseExponential, PiecewiseExponential],
    *,
    accrual: AccrualPeriods,
    experimental_share: float = 0.5,
    dropout_per_month: float = 0.0,
) -> np.ndarray:
    """Return the events expected by calendar times in the control and the experimental arm.

    Parameters
    ----------
    months : numpy.ndarray
        Months from the first day of accrual; shape (time,).
    hazards : tuple of PiecewiseExponential
        Hazards of the control and the experimental arm.
    accrual : AccrualPeriods
        How patients come in.
    experimental_share : float, optional
        Share of patients in the experimental arm.
    dropout_per_month : float, optional
        Constant hazard of leaving the study.

    Returns
    -------
    numpy.ndarray
        Expected events; shape (time, 2).

    Raises
    ------
    InputError
        If a share or a rate is out of its range.

    Notes
    -----
    Lachin and Foulkes (1986), Biometrics 42, 507-519, doi:10.2307/2531201, by piece.

    Examples
    --------
    >>> arms = PiecewiseExponential((0.10,), ()), PiecewiseExponential((0.06,), ())
    >>> accrual = AccrualPeriods((12.0,), (10.0,))
    >>> events_by(np.array([24.0]), arms, accrual=accrual).round(2).tolist()
    [[49.48, 39.18]]
    """
    share = probability(experimental_share, "experimental_share")
    edges = accrual.edges_months
    rates = np.array(accrual.patients_per_month)
    since = np.maximum(np.asarray(months, dtype=float)[:, None] - edges, 0.0)
    arms = []
    for hazard, arm_share in zip(hazards, (1 - share, share), strict=True):
        area = observed_events(since.ravel(), hazard, dropout_per_month)[1].reshape(since.shape)
        arms.append(arm_share * ((area[:, :-1] - area[:, 1:]) @ rates))
    return np.stack(arms, axis=-1)


def month_of_events(
    events: float,
    hazards: tuple[PiecewiseExponential, PiecewiseExponential],
    *,
    accrual: AccrualPeriods,
    experimental_share: float = 0.5,
    dropout_per_month: float = 0.0,
) -> float:
    """Return the month by which a number of events is expected over both arms.

    Parameters
    ----------
    events : float
        Events over both arms.
    hazards : tuple of PiecewiseExponential
        Hazards of the control and the experimental arm.
    accrual : AccrualPeriods
        How patients come in.
    experimental_share : float, optional
        Share of patients in the experimental arm.
    dropout_per_month : float, optional
        Constant hazard of leaving the study.

    Returns
    -------
    float
        Months from the first day of accrual.

    Raises
    ------
    InputError
        If the events never come.

    Examples
    --------
    >>> arms = PiecewiseExponential((0.10,), ()), PiecewiseExponential((0.06,), ())
    >>> round(month_of_events(60, arms, accrual=AccrualPeriods((12.0,), (10.0,))), 2)
    15.34
    """

    def excess(month: float) -> float:
        found = events_by(
            np.array([month]),
            hazards,
            accrual=accrual,
            experimental_share=experimental_share,
            dropout_per_month=dropout_per_month,
        )
        return float(found.sum()) - events

    positive(events, "events")
    last = accrual.ends_months[-1]
    while excess(last) < 0:
        last *= 2
        if last > 1e6:
            raise InputError(
                f"{events:g} events never come: {accrual.patients:g} patients give "
                f"{excess(1e6) + events:.1f}; enrol more or ask for fewer events",
                where="events",
            )
    return float(brentq(excess, 0.0, last, xtol=1e-10))


def observed_events(
    months: np.ndarray, hazard: PiecewiseExponential, dropout_per_month: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of an observed event by follow-up times, and its integral to them."""
    dropout = non_negative(dropout_per_month, "dropout_per_month")
    found, area = np.zeros_like(months), np.zeros_like(months)
    staying = 1.0  # probability of being under observation and free of the event at a cut-point
    cuts = (0.0, *hazard.cuts, np.inf)
    for rate, begin, end in zip(hazard.rates, cuts, cuts[1:], strict=False):
        leaving = rate + dropout
        within = np.clip(months - begin, 0.0, end - begin)
        gone = -np.expm1(-leaving * within)
        share = staying * rate / leaving if leaving > 0 else 0.0
        spent = within - gone / leaving if leaving > 0 else 0.0 * within
        area = area + share * spent
        found = found + share * gone
        if np.isfinite(end):
            # What happened in this piece counts at every later time.
            whole = share * -np.expm1(-leaving * (end - begin))
            area = area + whole * np.maximum(months - end, 0.0)
            staying *= np.exp(-leaving * (end - begin))
    return found, area
