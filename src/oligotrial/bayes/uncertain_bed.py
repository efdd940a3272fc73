"""The effect of a dose whose alpha/beta is itself estimated."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import LogNormal, Parameter, Priors
from oligotrial.bayes.terms.base import Quantity, Values
from oligotrial.bayes.terms.numeric import PER_10_GY, courses
from oligotrial.checks import InputError, positive
from oligotrial.radiobiology import LINEAR_QUADRATIC, AlphaBeta, BedModel, bed_parts

__all__ = ["UncertainBed"]


@dataclass(frozen=True)
class UncertainBed(Quantity):
    """A log-linear effect of BED, per 10 Gy, with a prior for alpha/beta.

    BED is linear in the inverse of alpha/beta: ``A + B / (alpha/beta)``. A and B are data,
    alpha/beta is a parameter, so that its uncertainty reaches whatever is predicted.

    Parameters
    ----------
    column : str
        Column of radiotherapy schedules; the column `dose_level`, where there is one, says
        which of their doses counts.
    alpha_beta : AlphaBeta
        Its prior; a point mass is what `Bed` is for.
    reference_gy : float, optional
        BED of the reference patient.
    model : BedModel, optional
        How BED follows from a course; one whose survival curve has an alpha/beta of its own
        can't be used.

    Raises
    ------
    InputError
        If the prior is a point mass, the reference not above 0, or the model fixes alpha/beta.

    Examples
    --------
    >>> term = UncertainBed("schedule", AlphaBeta(4.0, 0.3))
    >>> term.data(pd.DataFrame({"schedule": ["50 Gy in 5 fr"]}))
    {'bed_linear': array([-2.5]), 'bed_quadratic': array([50.])}
    """

    column: str
    alpha_beta: AlphaBeta
    reference_gy: float = 75.0
    model: BedModel = LINEAR_QUADRATIC

    fixed = False

    def __post_init__(self) -> None:
        positive(self.reference_gy, "reference_gy")
        if self.alpha_beta.is_known:
            raise InputError(
                f"this prior is a point mass at {self.alpha_beta.median_gy:g} Gy; give the number",
                where="alpha_beta",
            )
        own = self.model.response.alpha_beta
        if own is not None:
            raise InputError(
                f"its survival curve has an alpha/beta of its own, which can't have a prior; "
                f"write alpha_beta={own:.4g}, or take another response",
                where="response",
            )

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
        """Return A less the reference and B, in units of 10 Gy."""
        schedules, levels = courses(frame, self.column)
        parts = bed_parts(schedules, levels=levels, model=self.model)
        return {
            "bed_linear": (parts.linear_gy - self.reference_gy) / 10.0,
            "bed_quadratic": parts.quadratic_gy2 / 10.0,
        }

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the log hazard ratio per 10 Gy, and alpha/beta."""
        return (Parameter(self.name, priors["bed"], implies=PER_10_GY), *self.own(priors))

    def own(self, priors: Priors) -> tuple[Parameter, ...]:  # noqa: ARG002
        """Return alpha/beta."""
        prior = self.alpha_beta
        about = " ".join(part for part in (prior.tissue, f"({prior.place})") if len(part) > 2)
        implies = "alpha/beta between {low:.2f} and {high:.2f} Gy with 95%"
        told = f"{implies}: {about.replace('{', '{{').replace('}', '}}')}" if about else implies
        return (Parameter("alpha_beta", LogNormal(prior.median_gy, prior.sd_log), implies=told),)

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return slope times dose at the parameter's alpha/beta."""
        return parameters["bed"] * self.value(parameters, data)

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect of 10 Gy; its label says the posterior of alpha/beta."""
        low, middle, high = np.quantile(parameters["alpha_beta"], [0.025, 0.5, 0.975])
        ratio = f"alpha/beta {middle:.3g} Gy, 95% {low:.3g} to {high:.3g}"
        return {f"per 10 Gy ({ratio})": parameters[self.name]}

    def value(self, parameters: Values, data: Values) -> Any:
        """Return the BED above the reference at the parameter's alpha/beta, units of 10 Gy."""
        return data["bed_linear"] + data["bed_quadratic"] / parameters["alpha_beta"]

    def middle(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the BED above the reference at the prior median of alpha/beta."""
        parameters = {"alpha_beta": self.alpha_beta.median_gy}
        return np.asarray(self.value(parameters, self.data(frame)))

    def told(self, value: float) -> str:
        """Return a BED, Gy."""
        return f"{self.reference_gy + 10.0 * value:.4g} Gy"
