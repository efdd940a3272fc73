"""Control patients from elsewhere, and how much of them a Bayesian analysis borrows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from oligotrial.checks import InputError, non_negative, positive, positive_integer, probability

__all__ = [
    "Borrowing",
    "Commensurate",
    "ExternalPatients",
    "PowerPrior",
    "RobustMixture",
    "borrowing_words",
]


@dataclass(frozen=True)
class ExternalPatients:
    """Follow-up of control patients from elsewhere.

    Parameters
    ----------
    time : sequence of float
        Months under observation, at least 0.
    event : sequence of int
        1 where the event was seen, 0 where the time is censored.
    stratum : sequence of int, optional
        Number of each patient's stratum in the design, from 0; the first for all when left out.

    Raises
    ------
    InputError
        If lengths differ, there are no patients, or a number is out of its range.

    Examples
    --------
    >>> ExternalPatients([3.0, 8.0], [1, 0]).events
    1
    """

    time: Sequence[float]
    event: Sequence[int]
    stratum: Sequence[int] = field(default=())

    def __post_init__(self) -> None:
        times = tuple(
            non_negative(value, f"time, row {row}") for row, value in enumerate(self.time, start=1)
        )
        events = tuple(int(value) for value in self.event)
        strata = tuple(
            positive_integer(value, f"stratum, row {row}", least=0)
            for row, value in enumerate(self.stratum, start=1)
        )
        strata = strata or (0,) * len(times)
        if not len(times) == len(events) == len(strata) or not times:
            raise InputError(
                f"{len(times)} times, {len(events)} events and {len(strata)} strata; give one of "
                "each a patient",
                where="external",
            )
        for row, (given, value) in enumerate(zip(self.event, events, strict=True), start=1):
            if value not in (0, 1) or given != value:
                raise InputError(f"{given} is neither 0 nor 1", where=f"event, row {row}")
        object.__setattr__(self, "time", times)
        object.__setattr__(self, "event", events)
        object.__setattr__(self, "stratum", strata)

    @property
    def events(self) -> int:
        """How many events were seen."""
        return sum(self.event)


@dataclass(frozen=True)
class PowerPrior:
    """External controls count as a fixed share of a patient each.

    Parameters
    ----------
    patients : ExternalPatients
        Who.
    discount : float
        The power of their likelihood: 0 borrows nothing, 1 takes them for patients of the trial.

    Raises
    ------
    InputError
        If the discount isn't between 0 and 1.

    Notes
    -----
    Ibrahim and Chen (2000), Statistical Science 15, 46-60, doi:10.1214/ss/1009212673.

    Examples
    --------
    >>> PowerPrior(ExternalPatients([3.0, 8.0], [1, 0]), 0.5).discount
    0.5
    """

    patients: ExternalPatients
    discount: float

    def __post_init__(self) -> None:
        _discount(self.discount)


@dataclass(frozen=True)
class RobustMixture:
    """External controls count as patients of the trial, or not at all: the data tell which.

    Parameters
    ----------
    patients : ExternalPatients
        Who.
    weight : float
        Prior probability that they are like the trial's controls.
    discount : float, optional
        What each then counts.
    vague_events : float, optional
        Prior events in each piece if they are not; the fewer, the longer it takes to leave the
        external controls, for a prior spread wide is punished for it.

    Raises
    ------
    InputError
        If a number is out of its range.

    Notes
    -----
    Schmidli et al. (2014), Biometrics 70, 1023-1032, doi:10.1111/biom.12242, on the baseline
    hazards: the weights are updated by the marginal likelihoods, which are exact here.

    Examples
    --------
    >>> RobustMixture(ExternalPatients([3.0, 8.0], [1, 0]), 0.5).vague_events
    1.0
    """

    patients: ExternalPatients
    weight: float
    discount: float = 1.0
    vague_events: float = 1.0

    def __post_init__(self) -> None:
        probability(self.weight, "weight")
        _discount(self.discount)
        positive(self.vague_events, "vague_events")


@dataclass(frozen=True)
class Commensurate:
    """External controls' hazard is the trial's, times a ratio that is near 1.

    Parameters
    ----------
    patients : ExternalPatients
        Who.
    sd : float
        Standard deviation of the log of that ratio: 0.1 trusts them to about 20%, 1 hardly at
        all.

    Raises
    ------
    InputError
        If it isn't above 0 and at most 5.

    Notes
    -----
    Hobbs et al. (2011), Biometrics 67, 1047-1056, doi:10.1111/j.1541-0420.2011.01564.x, with a
    fixed standard deviation: a normal log ratio, common to all pieces, integrated numerically.

    Examples
    --------
    >>> Commensurate(ExternalPatients([3.0, 8.0], [1, 0]), 0.2).sd
    0.2
    """

    patients: ExternalPatients
    sd: float

    def __post_init__(self) -> None:
        if positive(self.sd, "sd") > 5.0:
            raise InputError(f"{self.sd} is above 5: borrow nothing instead", where="sd")


type Borrowing = PowerPrior | RobustMixture | Commensurate


def borrowing_words(borrowing: Borrowing) -> str:
    """Return what is borrowed in words, for a protocol."""
    who = (
        f"{len(borrowing.patients.time)} external controls with {borrowing.patients.events} events"
    )
    match borrowing:
        case PowerPrior(discount=discount):
            return f"{who} at a power of {discount:g}"
        case RobustMixture(weight=weight, discount=discount):
            return f"{who} at a power of {discount:g}, with probability {weight:g} beforehand"
        case Commensurate(sd=sd):
            return f"{who}, their hazards' log ratio to the trial's normal with sd {sd:g}"


def _discount(value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise InputError(f"{value} is not between 0 and 1", where="discount")
