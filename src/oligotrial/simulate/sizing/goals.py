"""What a measure of a trial has to reach."""

from dataclasses import dataclass
from typing import ClassVar

from oligotrial.checks import positive, probability
from oligotrial.simulate.sizing.measures import TrialMeasure

__all__ = ["Goal", "Maximum", "Minimum"]


@dataclass(frozen=True)
class Goal:
    """A measure and the value it has to reach, from one side or the other.

    Parameters
    ----------
    measure : TrialMeasure
        What is judged.
    value : float
        The least or the most that is good enough.

    Raises
    ------
    InputError
        If the value is out of the measure's range.
    """

    measure: TrialMeasure
    value: float
    sign: ClassVar[float]
    words: ClassVar[str]

    def __post_init__(self) -> None:
        (probability if self.measure.is_probability else positive)(self.value, "target.value")

    def __str__(self) -> str:
        return f"{self.measure.name} of at {self.words} {self.value:g}"


@dataclass(frozen=True)
class Minimum(Goal):
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
    >>> from oligotrial.simulate.sizing.measures import Success
    >>> print(Minimum(Success(), 0.80))
    success of at least 0.8
    """

    sign: ClassVar[float] = 1.0
    words: ClassVar[str] = "least"


@dataclass(frozen=True)
class Maximum(Goal):
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
    >>> from oligotrial.simulate.sizing.measures import Months
    >>> print(Maximum(Months(), 48))
    months of at most 48
    """

    sign: ClassVar[float] = -1.0
    words: ClassVar[str] = "most"
