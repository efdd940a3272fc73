"""Two arms with constant hazards and one day of analysis: all in closed form."""

from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError, non_negative, positive, probability
from oligotrial.hazard import PiecewiseExponential
from oligotrial.trial.expected import observed_events

__all__ = ["ExponentialTrial"]


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
