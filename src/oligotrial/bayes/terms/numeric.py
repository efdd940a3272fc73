"""Numbers with a straight effect: a numeric column, and the biologically effective dose."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.bayes.terms.arrays import column, numbers, spread_out
from oligotrial.bayes.terms.base import Quantity, Values
from oligotrial.checks import InputError, positive
from oligotrial.radiobiology import LINEAR_QUADRATIC, BedModel, bed_column

__all__ = ["PER_10_GY", "Bed", "Linear", "courses"]

PER_10_GY = "hazard ratio per 10 Gy between {ratio_low:.2f} and {ratio_high:.2f} with 95%"
"""What the prior of a slope on BED implies."""


@dataclass(frozen=True)
class Linear(Quantity):
    """A numeric column with a linear effect.

    Parameters
    ----------
    column : str
        The column.
    centre : float, optional
        Its value in the reference patient, whom the prior of the median is about.
    per : float, optional
        The step that the hazard ratio and its prior are of, such as 10 years.

    Raises
    ------
    InputError
        If the step is not above 0 or the centre not a number.

    Examples
    --------
    >>> Linear("age", centre=60, per=10).data(pd.DataFrame({"age": [57, 61]}))
    {'age_value': array([-0.3,  0.1])}
    """

    column: str
    centre: float = 0.0
    per: float = 1.0

    def __post_init__(self) -> None:
        positive(self.per, "per")
        if not np.isfinite(self.centre):
            raise InputError(f"{self.centre} is not a finite number; give one", where="centre")

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    @property
    def reference(self) -> str:
        """A patient at the centre."""
        return f"{self.column} {self.centre:g}"

    @property
    def labels(self) -> tuple[str, ...]:
        """The step."""
        return (f"{self.column} per {self._step}",)

    @property
    def unit(self) -> float:
        """The step."""
        return self.per

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Linear":  # noqa: ARG002
        """Return the term itself, or raise `InputError` where all have the same value."""
        spread_out(self.middle(frame), self.column)
        return self

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the column in steps from the centre."""
        return {f"{self.name}_value": self.middle(frame)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the log hazard ratio a step."""
        between = "between {ratio_low:.2f} and {ratio_high:.2f} with 95%"
        implies = f"hazard ratio per {self._step} {between}"
        return (Parameter(self.name, priors["linear"], implies=implies),)

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return slope times value."""
        return parameters[self.name] * self.value(parameters, data)

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect of a step."""
        return {f"per {self._step}": parameters[self.name]}

    def value(self, parameters: Values, data: Values) -> Any:  # noqa: ARG002
        """Return the steps from the centre."""
        return data[f"{self.name}_value"]

    def middle(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the steps from the centre."""
        return (numbers(column(frame, self.column), self.column) - self.centre) / self.per

    def told(self, value: float) -> str:
        """Return the column's own number."""
        return f"{self.centre + self.per * value:.4g}"

    @property
    def _step(self) -> str:
        return "unit" if self.per == 1.0 else f"{self.per:g}"


@dataclass(frozen=True)
class Bed(Quantity):
    """A log-linear effect of the biologically effective dose (BED), per 10 Gy.

    Parameters
    ----------
    column : str
        Column of radiotherapy schedules; of courses with several dose levels the column
        `dose_level`, where there is one, says which counts.
    alpha_beta : float, optional
        The alpha/beta ratio, Gy, taken as known (`UncertainBed` estimates it).
    reference_gy : float, optional
        BED of the reference patient.
    model : BedModel, optional
        How BED follows from a course; linear-quadratic where it is left out.

    Raises
    ------
    InputError
        If alpha/beta or the reference is not above 0.

    Examples
    --------
    >>> Bed("schedule").data(pd.DataFrame({"schedule": ["50 Gy in 5 fr", "30 Gy in 10 fr"]}))
    {'bed_dose': array([10.  , -2.25])}
    """

    column: str
    alpha_beta: float = 4.0
    reference_gy: float = 75.0
    model: BedModel = LINEAR_QUADRATIC

    def __post_init__(self) -> None:
        positive(self.alpha_beta, "alpha_beta")
        positive(self.reference_gy, "reference_gy")

    @property
    def name(self) -> str:
        """Always "bed"."""
        return "bed"

    @property
    def reference(self) -> str:
        """A patient with the reference BED."""
        return f"BED {self.reference_gy:g} Gy"

    @property
    def labels(self) -> tuple[str, ...]:
        """The step."""
        return ("BED per 10 Gy",)

    @property
    def unit(self) -> float:
        """10 Gy."""
        return 10.0

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the BED above the reference, in units of 10 Gy."""
        return {"bed_dose": self.middle(frame)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the log hazard ratio per 10 Gy."""
        return (Parameter(self.name, priors["bed"], implies=PER_10_GY),)

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return slope times dose."""
        return parameters["bed"] * self.value(parameters, data)

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect of 10 Gy."""
        return {f"per 10 Gy (alpha/beta {self.alpha_beta:g} Gy)": parameters[self.name]}

    def value(self, parameters: Values, data: Values) -> Any:  # noqa: ARG002
        """Return the BED above the reference, in units of 10 Gy."""
        return data["bed_dose"]

    def middle(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the BED above the reference, in units of 10 Gy."""
        schedules, levels = courses(frame, self.column)
        bed_gy = bed_column(schedules, self.alpha_beta, levels=levels, model=self.model)
        return (np.asarray(bed_gy) - self.reference_gy) / 10.0

    def told(self, value: float) -> str:
        """Return a BED, Gy."""
        return f"{self.reference_gy + 10.0 * value:.4g} Gy"


def courses(frame: pd.DataFrame, name: str) -> "tuple[pd.Series[Any], pd.Series[Any] | None]":
    """Return a column of schedules, and the column that says which of their doses counts.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients or profiles.
    name : str
        The column of schedules.

    Returns
    -------
    tuple of pandas.Series
        Schedules, and the column `dose_level` where there is one.

    Raises
    ------
    InputError
        If there is no column of schedules, or a row has no value.
    """
    levels = column(frame, "dose_level") if "dose_level" in frame else None
    return column(frame, name), levels
