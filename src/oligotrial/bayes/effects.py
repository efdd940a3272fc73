"""Effects: how a patient's linear predictor changes the hazard of the reference patient."""

from dataclasses import Field, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from oligotrial.checks import InputError
from oligotrial.hazard import Accelerated, Hazard, Proportional

if TYPE_CHECKING:
    from oligotrial.bayes.baselines import Baseline

__all__ = ["EFFECTS", "AcceleratedFailureTime", "Effect", "ProportionalHazards"]


class Effect(Protocol):
    """What the linear predictor is the log of; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def words(self) -> str:
        """What a report calls the model: "proportional hazards"."""
        ...

    @property
    def ratio(self) -> str:
        """What the exponential of the linear predictor is: "hazard ratio"."""
        ...

    def suits(self, baseline: "Baseline") -> None:
        """Raise `InputError` if a baseline can't have this effect."""
        ...

    def apply(self, hazard: Hazard, log_ratio: Any) -> Hazard:
        """Return the hazard of patients with a linear predictor."""
        ...

    def said(self, sentence: str) -> str:
        """Return a sentence on hazard ratios in the words of this effect."""
        ...


@dataclass(frozen=True)
class ProportionalHazards:
    """The linear predictor is a log hazard ratio, the same at all times.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> halved = ProportionalHazards().apply(Exponential(0.1), -0.6931472)
    >>> round(float(halved.cumulative_hazard(10.0)), 6)
    0.5
    """

    words: ClassVar[str] = "proportional hazards"
    ratio: ClassVar[str] = "hazard ratio"

    def suits(self, baseline: "Baseline") -> None:
        """Return: any hazard can be multiplied."""

    def apply(self, hazard: Hazard, log_ratio: Any) -> Hazard:
        """Return the hazard times the exponential of the linear predictor."""
        return Proportional(hazard, log_ratio)

    def said(self, sentence: str) -> str:
        """Return the sentence as it is."""
        return sentence


@dataclass(frozen=True)
class AcceleratedFailureTime:
    """The linear predictor is a log time ratio: every quantile of time is multiplied by it.

    Above 0 patients live longer: the sign of R's ``survreg``, and the other one than a log
    hazard ratio has.

    Notes
    -----
    Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition,
    section 2.3.3. For exponential and Weibull baselines it is the proportional hazards model in
    other parameters: the log hazard ratio is minus shape times the log time ratio.

    Examples
    --------
    >>> from oligotrial.hazard import LogLogistic, quantile
    >>> doubled = AcceleratedFailureTime().apply(LogLogistic(1.5, 9.0), 0.6931472)
    >>> round(float(quantile(doubled, 0.5)), 5)
    18.0
    """

    words: ClassVar[str] = "accelerated failure time"
    ratio: ClassVar[str] = "time ratio"

    def suits(self, baseline: "Baseline") -> None:
        """Raise `InputError` for a baseline that is tied to knots or cut-points."""
        if not baseline.accelerable:
            raise InputError(
                f"an accelerated failure time model needs a baseline that is a formula in time, "
                f"not a {baseline.label}, whose knots would move with every patient; use the "
                "generalised gamma baseline, or proportional hazards",
                where="key effect",
            )

    def apply(self, hazard: Hazard, log_ratio: Any) -> Hazard:
        """Return the hazard with times divided by the exponential of the linear predictor."""
        return Accelerated(hazard, log_ratio)

    def said(self, sentence: str) -> str:
        """Return the sentence with time ratios in place of hazard ratios."""
        return sentence.replace("hazard ratio", "time ratio")


EFFECTS: dict[str, type[Effect]] = {
    "proportional-hazards": ProportionalHazards,
    "accelerated-failure-time": AcceleratedFailureTime,
}
"""Every effect by its name in a model's TOML; a stored fit knows it by its class's name."""
