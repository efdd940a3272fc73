"""Expected events by calendar time under hazards that are constant by piece, in closed form.

`oligotrial.simulate.forecast` does the same for any hazard from its tables; here nothing is
tabulated, so that a planner's constants give exact numbers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, non_negative, positive, probability
from oligotrial.hazard import PiecewiseExponential
from oligotrial.trial.formulas import alpha_below

__all__ = [
    "AccrualPeriods",
    "ExponentialTrial",
    "event_probability",
    "events_by",
    "lachin_foulkes_log_patients",
    "lachin_foulkes_patients",
    "month_of_events",
]


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
    return _probability(np.asarray(months, dtype=float), hazard, dropout_per_month)[0]


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
        area = _probability(since.ravel(), hazard, dropout_per_month)[1].reshape(since.shape)
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


@dataclass(frozen=True)
class ExponentialTrial:
    """Two arms with constant hazards, enrolled evenly and followed to one calendar day.

    Parameters
    ----------
    control_hazard : float
        Events per patient-month in the control arm.
    hazard_ratio : float
        Experimental against control arm; below 1.
    accrual_months : float
        Months in which patients come in, at a constant rate.
    follow_up_months : float
        Months from the last patient's entry to the analysis.
    dropout_per_month : float, optional
        Constant hazard of leaving the study, in both arms.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> [round(float(found), 3) for found in trial.event_probabilities]
    [0.83, 0.694]
    """

    control_hazard: float
    hazard_ratio: float
    accrual_months: float
    follow_up_months: float
    dropout_per_month: float = 0.0
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        positive(self.control_hazard, "control_hazard")
        if positive(self.hazard_ratio, "hazard_ratio") >= 1:
            raise InputError(
                f"{self.hazard_ratio} is not below 1: no trial shows a benefit that isn't there",
                where="hazard_ratio",
            )
        positive(self.accrual_months, "accrual_months")
        non_negative(self.follow_up_months, "follow_up_months")
        non_negative(self.dropout_per_month, "dropout_per_month")
        probability(self.experimental_share, "experimental_share")

    @property
    def hazards(self) -> np.ndarray:
        """Hazards of the control and the experimental arm; shape (arm,)."""
        return self.control_hazard * np.array((1.0, self.hazard_ratio))

    @property
    def shares(self) -> np.ndarray:
        """Shares of the control and the experimental arm; shape (arm,)."""
        return np.array((1 - self.experimental_share, self.experimental_share))

    @property
    def event_probabilities(self) -> np.ndarray:
        """Probability of an event by the analysis in each arm; shape (arm,)."""
        return np.array([self.observed(rate) for rate in self.hazards])

    def observed(self, hazard: float) -> float:
        """Return the probability that a patient with a constant hazard has had the event.

        Parameters
        ----------
        hazard : float
            Events per patient-month.

        Returns
        -------
        float
            Averaged over the times of entry.
        """
        ends = np.array((self.follow_up_months, self.follow_up_months + self.accrual_months))
        piece = PiecewiseExponential((hazard,), ())
        areas = _probability(ends, piece, self.dropout_per_month)[1]
        return float(np.diff(areas)[0] / self.accrual_months)

    def events(self, patients: float) -> float:
        """Return the events expected of a number of patients over both arms.

        Parameters
        ----------
        patients : float
            Patients over both arms.

        Returns
        -------
        float
            Expected events by the analysis.
        """
        return float(patients * (self.shares @ self.event_probabilities))


def lachin_foulkes_patients(trial: ExponentialTrial, power: float, *, alpha: float) -> float:
    """Return the patients at which a test of the difference in hazards has a given power.

    Parameters
    ----------
    trial : ExponentialTrial
        Hazards, accrual, follow-up and dropout.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.

    Returns
    -------
    float
        Patients over both arms, not rounded; `ExponentialTrial.events` gives their events.

    Raises
    ------
    InputError
        If the power is not above alpha.

    Notes
    -----
    Lachin and Foulkes (1986), Biometrics 42, 507-519, doi:10.2307/2531201, with their
    different variances under the two hypotheses; `nSurvival(type = "rd")` of R's gsDesign.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> patients = lachin_foulkes_patients(trial, 0.80, alpha=0.10)
    >>> round(patients, 1), round(trial.events(patients), 1)
    (131.2, 99.9)
    """
    pooled = float(trial.shares @ trial.hazards)
    under_null = pooled**2 / (trial.observed(pooled) * np.prod(trial.shares))
    real = np.sum(trial.hazards**2 / (trial.event_probabilities * trial.shares))
    difference = trial.hazards[0] - trial.hazards[1]
    return _patients(difference, (float(under_null), float(real)), power, alpha)


def lachin_foulkes_log_patients(trial: ExponentialTrial, power: float, *, alpha: float) -> float:
    """Return the patients at which a test of the log hazard ratio has a given power.

    Parameters
    ----------
    trial : ExponentialTrial
        Hazards, accrual, follow-up and dropout.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.

    Returns
    -------
    float
        Patients over both arms, not rounded.

    Raises
    ------
    InputError
        If the power is not above alpha.

    Notes
    -----
    Lachin and Foulkes (1986), Biometrics 42, 507-519, doi:10.2307/2531201, on the log scale;
    `nSurvival(type = "rr")` of R's gsDesign, its default.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> round(lachin_foulkes_log_patients(trial, 0.80, alpha=0.10), 1)
    126.9
    """
    pooled = float(trial.shares @ trial.hazards)
    under_null = 1 / (trial.observed(pooled) * np.prod(trial.shares))
    real = np.sum(1 / (trial.event_probabilities * trial.shares))
    return _patients(-np.log(trial.hazard_ratio), (float(under_null), float(real)), power, alpha)


def _patients(effect: float, variances: tuple[float, float], power: float, alpha: float) -> float:
    """Return the patients that separate an effect from 0, given variances of one patient."""
    z = norm.isf(alpha_below(power, alpha)), norm.ppf(power)
    return float(np.sum(np.array(z) * np.sqrt(variances)) ** 2 / effect**2)


def _probability(
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
