"""Modifiers: what is done to a hazard outside all effects of covariates."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.checks import InputError
from oligotrial.cohort.validate import complete
from oligotrial.hazard import Cure as CureHazard
from oligotrial.hazard import Exponential, Hazard, WithBackground
from oligotrial.hazard.functions import SHORTEST

if TYPE_CHECKING:
    from oligotrial.bayes.baselines import Baseline
    from oligotrial.bayes.effects import Effect

__all__ = ["MODIFIERS", "Background", "Cure", "Modifier", "check_combination"]

type Values = Mapping[str, Any]


class Modifier(Protocol):
    """What changes the hazard of a patient whose covariates are taken into account; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def label(self) -> str:
        """What reports call it."""
        ...

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the arrays it needs, patients on the last axis."""
        ...

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return what is to be estimated."""
        ...

    def apply(self, hazard: Hazard, parameters: Values, data: Values) -> Hazard:
        """Return the changed hazard; symbols, or draws of shape (samples, 1)."""
        ...


@dataclass(frozen=True)
class Cure:
    """Mixture cure: a share of patients never has the event, whatever their covariates.

    The baseline's median and all effects are then about those who aren't cured.

    Notes
    -----
    See `oligotrial.hazard.Cure`. The cured share is told by a plateau only: with follow-up that
    ends before it, the posterior is the prior, and a slow hazard does as well as a cure.

    Examples
    --------
    >>> Cure().parameters(Priors())[0].prior.words
    'beta(alpha 1, beta 3), mean 25%'
    """

    label: ClassVar[str] = "mixture cure"

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Return nothing: the share is the same for all patients."""
        return {}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the share of the cured."""
        implies = (
            "between {low:.1%} and {high:.0%} of patients never have the event with 95%; "
            "the baseline is of the others"
        )
        return (Parameter("cured", priors["cured"], implies=implies),)

    def apply(self, hazard: Hazard, parameters: Values, data: Values) -> Hazard:  # noqa: ARG002
        """Return the hazard of cured and uncured together."""
        return CureHazard(hazard, parameters["cured"])


@dataclass(frozen=True)
class Background:
    """Relative survival: the hazard that people of a patient's age and sex have is added.

    Baseline and effects are then about the excess hazard, that of the disease.

    Parameters
    ----------
    column : str, optional
        Column with each patient's background hazard, deaths per person-month, from a life table
        at the age at the time of the event or the end of follow-up.

    Notes
    -----
    See `oligotrial.hazard.WithBackground`. Only the rate at the time of the event matters to the
    likelihood; a prediction takes it as constant.

    Examples
    --------
    >>> rows = pd.DataFrame({"background_rate": [0.0, 0.001]})
    >>> Background().data(rows)["background_rate"].round(6)
    array([0.   , 0.001])
    """

    column: str = "background_rate"

    label: ClassVar[str] = "background hazard"

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return each patient's background hazard, per month."""
        values = complete(frame, self.column, where="key background.column")
        rates = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
        wrong = np.flatnonzero(~(np.isfinite(rates) & (rates >= 0) & (rates < 1)))
        if len(wrong):
            raise InputError(
                f"row {wrong[0] + 1} has {values.iloc[wrong[0]]}, which is no background hazard; "
                "give deaths per person-month, from 0 to below 1",
                where=f"column {self.column}",
            )
        return {"background_rate": np.maximum(rates, SHORTEST)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:  # noqa: ARG002
        """Return nothing: the background is known."""
        return ()

    def apply(self, hazard: Hazard, parameters: Values, data: Values) -> Hazard:  # noqa: ARG002
        """Return the excess and the background hazard together."""
        return WithBackground(hazard, Exponential(data["background_rate"]))


MODIFIERS: dict[str, type[Modifier]] = {"cure": Cure, "background": Background}
"""Every modifier by its table in a model's TOML; a stored fit knows it by its class's name."""


def check_combination(
    baseline: "Baseline", effect: "Effect", modifiers: Sequence[Modifier]
) -> None:
    """Raise `InputError` if the parts of a model don't make sense together.

    Parameters
    ----------
    baseline : Baseline
        The reference patient's hazard.
    effect : Effect
        What the linear predictor does to it.
    modifiers : sequence of Modifier
        What is done outside it, innermost first.

    Raises
    ------
    InputError
        If an accelerated baseline has knots or cut-points, a modifier is there twice, or the
        background hazard is inside another modifier: the cured die of other causes too.

    Examples
    --------
    >>> from oligotrial.bayes.baselines import MSpline
    >>> from oligotrial.bayes.effects import ProportionalHazards
    >>> check_combination(MSpline(), ProportionalHazards(), (Cure(), Background()))
    """
    effect.suits(baseline)
    kinds = [type(each) for each in modifiers]
    for modifier in modifiers:
        if kinds.count(type(modifier)) > 1:
            raise InputError(f"{modifier.label} is there twice; give it once", where="modifiers")
    if Background in kinds[:-1]:
        raise InputError(
            f"the background hazard has to be the last modifier, outside the "
            f"{modifiers[-1].label}: those who are cured have it too",
            where="modifiers",
        )
