"""Sample size for the log-rank test from accrual, follow-up and dropout, in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError, non_negative, positive, probability
from oligotrial.hazard import PiecewiseExponential
from oligotrial.trial.drift import alpha_below
from oligotrial.trial.expected import observed_events
from oligotrial.trial.formulas import compare_formulas

__all__ = [
    "ExponentialTrial",
    "compare_sizes",
    "lachin_foulkes_log_patients",
    "lachin_foulkes_patients",
]


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
        areas = observed_events(ends, piece, self.dropout_per_month)[1]
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


def compare_sizes(
    trials: Sequence[ExponentialTrial], *, power: float, alpha: float
) -> pd.DataFrame:
    """Tabulate the events and patients that every formula asks for.

    Parameters
    ----------
    trials : sequence of ExponentialTrial
        Hazards, accrual, follow-up and dropout of each trial.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.

    Returns
    -------
    pandas.DataFrame
        A row per trial and formula: `trial` (its number from 0), `hazard_ratio`,
        `experimental_share`, `formula`, `events`, `patients`, and `against_schoenfeld`, the
        events over Schoenfeld's, minus 1.

    Raises
    ------
    InputError
        If the power is not above alpha.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0, experimental_share=2 / 3)
    >>> table = compare_sizes([trial], power=0.8, alpha=0.1).set_index("formula")
    >>> table["events"].round(1).tolist()
    [109.3, 97.3, 112.7, 106.4, 106.2]
    """
    return pd.concat(
        [_sizes(trial, power, alpha).assign(trial=number) for number, trial in enumerate(trials)],
        ignore_index=True,
    )[list(_COLUMNS)]


def _sizes(trial: ExponentialTrial, power: float, alpha: float) -> pd.DataFrame:
    share = trial.experimental_share
    table = compare_formulas(
        (trial.hazard_ratio,), power=power, alpha=alpha, experimental_share=share
    )
    by_events = table.drop(columns=["hazard_ratio", "apart"]).iloc[0].to_dict()
    by_accrual = {
        name: trial.events(size(trial, power, alpha=alpha)) for name, size in _BY_ACCRUAL.items()
    }
    found = by_events | by_accrual
    events = np.array(list(found.values()))
    return pd.DataFrame(
        {
            "hazard_ratio": trial.hazard_ratio,
            "experimental_share": share,
            "formula": list(found),
            "events": events,
            "patients": events / trial.events(1.0),
            "against_schoenfeld": events / found["schoenfeld"] - 1,
        }
    )


def _patients(effect: float, variances: tuple[float, float], power: float, alpha: float) -> float:
    """Return the patients that separate an effect from 0, given variances of one patient."""
    z = norm.isf(alpha_below(power, alpha)), norm.ppf(power)
    return float(np.sum(np.array(z) * np.sqrt(variances)) ** 2 / effect**2)


_BY_ACCRUAL = {
    "lachin_foulkes": lachin_foulkes_patients,
    "lachin_foulkes_log": lachin_foulkes_log_patients,
}

_COLUMNS = (
    "trial",
    "hazard_ratio",
    "experimental_share",
    "formula",
    "events",
    "patients",
    "against_schoenfeld",
)
