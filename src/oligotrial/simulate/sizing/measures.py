"""What a trial's size is judged by: a number that each trial has."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from oligotrial.checks import InputError, non_negative, positive
from oligotrial.simulate.sizing.benefit import Benefit
from oligotrial.simulate.sizing.trials import Trials
from oligotrial.simulate.world import World

__all__ = [
    "Cost",
    "Enrolled",
    "FinishedBy",
    "Months",
    "Success",
    "SuccessGiven",
    "TrialMeasure",
]


class TrialMeasure(Protocol):
    """A number that each trial has, averaged over trials."""

    is_probability: ClassVar[bool]

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def of(self, trials: Trials) -> np.ndarray:
        """Return the number of each trial; shape (trials,)."""
        ...

    def among(self, world: World) -> np.ndarray | None:
        """Return which draws of the truth count, shape (draws,); None for all."""
        ...


class _OfAll:
    """A measure that is averaged over all draws of the truth."""

    def among(self, world: World) -> np.ndarray | None:  # noqa: ARG002
        """Return None: all draws count."""
        return None


class _Column(_OfAll):
    """A property of trials, by its name in `Trials`."""

    column: ClassVar[str]

    def of(self, trials: Trials) -> np.ndarray:
        """Return each trial's number; shape (trials,)."""
        return np.asarray(getattr(trials, self.column), dtype=float)


@dataclass(frozen=True)
class Success(_Column):
    """Probability of declaring a benefit.

    Power where the truth is fixed, assurance where it is drawn, type I error where the arms'
    hazards are the same.

    Examples
    --------
    >>> Success().name
    'success'
    """

    name: ClassVar[str] = "success"
    column: ClassVar[str] = "success"
    is_probability: ClassVar[bool] = True


@dataclass(frozen=True)
class SuccessGiven(_Column):
    """Probability of declaring a benefit, averaged over the draws of the truth that hold one.

    Parameters
    ----------
    benefit : HazardRatioBelow or RestrictedMeanGain
        What counts as a true benefit.

    Notes
    -----
    Expected power given benefit: Spiegelhalter, Abrams and Myles (2004), Bayesian Approaches to
    Clinical Trials and Health-Care Evaluation, section 6.5; Kunzmann et al. (2021), Am Stat 75,
    424-432, doi:10.1080/00031305.2021.1901782.

    Examples
    --------
    >>> from oligotrial.simulate.sizing.benefit import HazardRatioBelow
    >>> SuccessGiven(HazardRatioBelow(1.0)).name
    'success given a hazard ratio below 1'
    """

    benefit: Benefit
    column: ClassVar[str] = "success"
    is_probability: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"success given {self.benefit.words}"

    def among(self, world: World) -> np.ndarray | None:
        """Return which draws of the truth hold a benefit.

        Parameters
        ----------
        world : World
            The truth.

        Returns
        -------
        numpy.ndarray of bool
            Shape (draws,).

        Raises
        ------
        InputError
            If no draw does, or a single one of several.
        """
        holds = self.benefit.holds(world)
        if not holds.any():
            raise InputError(
                f"no draw of the truth holds a benefit, {self.benefit.words}; use another truth",
                where="target",
            )
        if holds.sum() == 1 < holds.size:
            raise InputError(
                f"only 1 of {holds.size} draws of the truth holds a benefit, {self.benefit.words}, "
                "so that no Monte Carlo error can be told; use more draws",
                where="target",
            )
        return holds


@dataclass(frozen=True)
class Months(_Column):
    """Months from the first day of accrual to the analysis.

    Examples
    --------
    >>> Months().name
    'months'
    """

    name: ClassVar[str] = "months"
    column: ClassVar[str] = "months"
    is_probability: ClassVar[bool] = False


@dataclass(frozen=True)
class Enrolled(_Column):
    """Patients enrolled by the end: its mean is the expected sample size.

    Examples
    --------
    >>> Enrolled().name
    'patients enrolled'
    """

    name: ClassVar[str] = "patients enrolled"
    column: ClassVar[str] = "enrolled"
    is_probability: ClassVar[bool] = False


@dataclass(frozen=True)
class FinishedBy(_OfAll):
    """Probability that the trial has its analysis by a month.

    Parameters
    ----------
    month : float
        Months from the first day of accrual.

    Raises
    ------
    InputError
        If the month is not above 0.

    Examples
    --------
    >>> FinishedBy(60.0).name
    'finished by month 60'
    """

    month: float
    is_probability: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.month, "month")

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"finished by month {self.month:g}"

    def of(self, trials: Trials) -> np.ndarray:
        """Return 1 for each trial that is finished in time."""
        return (trials.months <= self.month).astype(float)


@dataclass(frozen=True)
class Cost(_OfAll):
    """What a trial costs, in any currency.

    Parameters
    ----------
    fixed : float, optional
        Whatever its size.
    each_patient, each_month, each_event : float, optional
        For each patient enrolled, month to the analysis, and event.

    Raises
    ------
    InputError
        If a cost is negative, or all are 0.

    Examples
    --------
    >>> Cost(fixed=200_000, each_patient=9_000, each_month=4_000).each_patient
    9000
    """

    fixed: float = 0.0
    each_patient: float = 0.0
    each_month: float = 0.0
    each_event: float = 0.0
    name: ClassVar[str] = "cost"
    is_probability: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("fixed", "each_patient", "each_month", "each_event"):
            non_negative(getattr(self, name), name)
        if not (self.each_patient or self.each_month or self.each_event):
            raise InputError(
                "nothing costs anything; give each_patient or each_month", where="Cost"
            )

    def of(self, trials: Trials) -> np.ndarray:
        """Return each trial's cost."""
        return (
            self.fixed
            + self.each_patient * trials.enrolled
            + self.each_month * trials.months
            + self.each_event * trials.events
        )
