"""What a trial's size is judged by, and what it has to reach."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from oligotrial.checks import InputError, non_negative, positive, probability
from oligotrial.simulate.sizing.trials import Trials
from oligotrial.simulate.world import World

__all__ = [
    "Cost",
    "Enrolled",
    "FinishedBy",
    "Goal",
    "HazardRatioBelow",
    "Maximum",
    "Minimum",
    "Months",
    "RestrictedMeanGain",
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


@dataclass(frozen=True)
class Success(_OfAll):
    """Probability of declaring a benefit.

    Power where the truth is fixed, assurance where it is drawn, type I error where the arms'
    hazards are the same.

    Examples
    --------
    >>> Success().name
    'success'
    """

    is_probability: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """What tables call it."""
        return "success"

    def of(self, trials: Trials) -> np.ndarray:
        """Return 1 for each trial that declares a benefit."""
        return trials.success.astype(float)


class Benefit(Protocol):
    """What counts as a true benefit."""

    def holds(self, world: World) -> np.ndarray:
        """Tell for each draw of the truth whether there is one; shape (draws,)."""
        ...


@dataclass(frozen=True)
class HazardRatioBelow:
    """A true hazard ratio below a bound, in every stratum; for proportional hazards only.

    Parameters
    ----------
    bound : float, optional
        1 for any benefit.

    Raises
    ------
    InputError
        If the bound is not above 0; from `holds`, if the arms' hazards are not proportional.

    Examples
    --------
    >>> HazardRatioBelow(0.8).bound
    0.8
    """

    bound: float = 1.0

    def __post_init__(self) -> None:
        positive(self.bound, "bound")

    def holds(self, world: World) -> np.ndarray:
        """Tell for each draw of the truth whether there is a benefit; shape (draws,)."""
        truth = world.truth
        if not np.array_equal(truth.table_of[:, 0], truth.table_of[:, 1]):
            raise InputError(
                "the arms' hazards are not proportional, so that there is no one hazard ratio; "
                "use RestrictedMeanGain(months)",
                where="benefit",
            )
        ratio = truth.log_ratio[:, 1] - truth.log_ratio[:, 0]
        return np.asarray((ratio < np.log(self.bound)).all(axis=-1))


@dataclass(frozen=True)
class RestrictedMeanGain:
    """A gain in restricted mean survival over the whole population, for any hazards.

    Parameters
    ----------
    months : float
        Time to which means are restricted.
    least : float, optional
        Months that have to be gained.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> RestrictedMeanGain(24.0, least=1.0).least
    1.0
    """

    months: float
    least: float = 0.0

    def __post_init__(self) -> None:
        positive(self.months, "months")
        non_negative(self.least, "least")

    def holds(self, world: World) -> np.ndarray:
        """Tell for each draw of the truth whether there is a benefit; shape (draws,)."""
        times = np.linspace(0.0, self.months, 241)
        shares = np.diff(world.truth.upto, axis=1, prepend=0.0)
        gains = np.empty(world.draws)
        for draw in range(world.draws):
            control, experimental = world.survival(times, draw=draw)
            gains[draw] = shares[draw] @ np.trapezoid(experimental - control, times, axis=-1)
        return gains > self.least


@dataclass(frozen=True)
class SuccessGiven:
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
    >>> SuccessGiven(HazardRatioBelow(1.0)).name
    'success given benefit'
    """

    benefit: Benefit
    is_probability: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """What tables call it."""
        return "success given benefit"

    def of(self, trials: Trials) -> np.ndarray:
        """Return 1 for each trial that declares a benefit."""
        return trials.success.astype(float)

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
            If no draw does.
        """
        holds = self.benefit.holds(world)
        if not holds.any():
            raise InputError(
                f"no draw of the truth holds a benefit ({self.benefit}); use another truth",
                where="target",
            )
        return holds


@dataclass(frozen=True)
class Months(_OfAll):
    """Months from the first day of accrual to the analysis.

    Examples
    --------
    >>> Months().name
    'months'
    """

    is_probability: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What tables call it."""
        return "months"

    def of(self, trials: Trials) -> np.ndarray:
        """Return each trial's months."""
        return trials.months


@dataclass(frozen=True)
class Enrolled(_OfAll):
    """Patients enrolled by the end: its mean is the expected sample size.

    Examples
    --------
    >>> Enrolled().name
    'patients enrolled'
    """

    is_probability: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What tables call it."""
        return "patients enrolled"

    def of(self, trials: Trials) -> np.ndarray:
        """Return each trial's patients."""
        return trials.enrolled


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
    is_probability: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("fixed", "each_patient", "each_month", "each_event"):
            non_negative(getattr(self, name), name)
        if not (self.each_patient or self.each_month or self.each_event):
            raise InputError(
                "nothing costs anything; give each_patient or each_month", where="Cost"
            )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "cost"

    def of(self, trials: Trials) -> np.ndarray:
        """Return each trial's cost."""
        return (
            self.fixed
            + self.each_patient * trials.enrolled
            + self.each_month * trials.months
            + self.each_event * trials.events
        )


@dataclass(frozen=True)
class Minimum:
    """A measure has to reach a value.

    Parameters
    ----------
    measure : TrialMeasure
        What is judged.
    value : float
        The least that is good enough.

    Raises
    ------
    InputError
        If the value is out of the measure's range.

    Examples
    --------
    >>> print(Minimum(Success(), 0.80))
    success of at least 0.8
    """

    measure: TrialMeasure
    value: float
    sign: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        _in_range(self.measure, self.value)

    def __str__(self) -> str:
        return f"{self.measure.name} of at least {self.value:g}"


@dataclass(frozen=True)
class Maximum:
    """A measure may not exceed a value.

    Parameters
    ----------
    measure : TrialMeasure
        What is judged.
    value : float
        The most that is good enough.

    Raises
    ------
    InputError
        If the value is out of the measure's range.

    Examples
    --------
    >>> print(Maximum(Months(), 48))
    months of at most 48
    """

    measure: TrialMeasure
    value: float
    sign: ClassVar[float] = -1.0

    def __post_init__(self) -> None:
        _in_range(self.measure, self.value)

    def __str__(self) -> str:
        return f"{self.measure.name} of at most {self.value:g}"


type Goal = Minimum | Maximum


def _in_range(measure: TrialMeasure, value: float) -> None:
    (probability if measure.is_probability else positive)(value, "target.value")
