"""An effect of a number that only rises or only falls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.bayes.terms.arrays import dot, quantile_knots, spread_out
from oligotrial.bayes.terms.base import FORMULA, Curve, Quantity, Values, learned
from oligotrial.checks import InputError, positive_integer
from oligotrial.hazard.functions import shared

__all__ = ["Rising"]


@dataclass(frozen=True)
class Rising(Curve):
    """A piecewise straight effect of a number that only rises or only falls.

    It is `Monotone` for a number: a total effect, shared between the pieces from one knot to the
    next. Beyond the outer knots, at the 5% and 95% quantiles of the patients, it is constant.

    Parameters
    ----------
    of : Quantity
        The number, a `Linear` column or a BED.
    pieces : int, optional
        Pieces, of the same number of patients.
    knots : tuple of float, optional
        Where pieces meet, in `of`'s own unit; `suited` finds them.

    Raises
    ------
    InputError
        If there is no piece.

    Notes
    -----
    After Bürkner and Charpentier (2020), doi:10.1111/bmsp.12195: shares from a Dirichlet
    distribution.

    Examples
    --------
    >>> from oligotrial.bayes.terms import Linear
    >>> rows = pd.DataFrame({"age": np.arange(30, 91)})
    >>> Rising(Linear("age")).suited(rows, np.array([])).knots
    (33.0, 46.5, 60.0, 73.5, 87.0)
    """

    of: Quantity
    pieces: int = 4
    knots: tuple[float, ...] = learned(())

    fixed = False

    def __post_init__(self) -> None:
        positive_integer(self.pieces, "pieces")

    @property
    def reference(self) -> str:
        """A patient with the first knot's number, or less."""
        return f"{self.name} {self._ends[0]} or less"

    @property
    def labels(self) -> tuple[str, ...]:
        """The way from the first knot to the last."""
        low, high = self._ends
        return (f"{self.name} from {low} to {high}",)

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Rising":
        """Return the term with knots at quantiles of the patients, or raise `InputError`."""
        if self.knots:
            return self
        values = self.of.middle(frame)
        spread_out(values, self.name)
        knots = quantile_knots(values, self.pieces + 1)
        if len(knots) < 2:
            raise InputError(
                f"nearly all patients have the same {self.name}; write factor() or a linear effect",
                where=FORMULA,
            )
        of = self.of.suited(frame, event_times)
        return replace(self, of=of, knots=tuple(map(float, knots)))

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return how much of each piece is below, or what the number needs."""
        found = self.of.data(frame)
        if not self.of.fixed:
            return found
        ramps = self._ramps(self.of.value({}, found), np.array(self.knots))
        return {f"{self.name}_ramps": np.stack(ramps)}

    def constants(self) -> dict[str, np.ndarray]:
        """Return the knots, where a parameter moves the number."""
        if self.of.fixed:
            return {}
        return {**self.of.constants(), f"{self.name}_knots": np.array(self.knots)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the total effect and the pieces' shares of it."""
        low, high = self._ends
        return (
            *self.of.own(priors),
            Parameter(
                f"{self.name}_total",
                priors["monotone"],
                implies=f"hazard ratio at {high} against {low} between "
                "{ratio_low:.2f} and {ratio_high:.2f} with 95%",
            ),
            Parameter(
                f"{self.name}_steps",
                priors["steps"],
                size=len(self.knots) - 1,
                implies="how the total effect is shared between the pieces; 1 is uniform",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the total effect times the share that the number has reached."""
        return parameters[f"{self.name}_total"] * self.columns(parameters, data)[0]

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each knot against the first."""
        steps, total = parameters[f"{self.name}_steps"], parameters[f"{self.name}_total"]
        first = self.of.told(self.knots[0])
        return {
            f"{self.of.told(knot)} against {first}": total * sum(steps[1 : k + 1], start=steps[0])
            for k, knot in enumerate(self.knots[1:])
        }

    def columns(self, parameters: Values, data: Values) -> Sequence[Any]:
        """Return the share of the total effect that each patient has."""
        if self.of.fixed:
            ramps = data[f"{self.name}_ramps"]
        else:
            ramps = self._ramps(self.of.value(parameters, data), data[f"{self.name}_knots"])
        return (dot(parameters[f"{self.name}_steps"], ramps),)

    def _ramps(self, value: Any, knots: Any) -> list[Any]:
        """Return how much of each piece is below a number, from 0 to 1."""
        ramps = []
        for k in range(len(self.knots) - 1):
            share = (value - knots[k]) / (knots[k + 1] - knots[k])
            ramps.append(shared("minimum", shared("maximum", share, 0.0), 1.0))
        return ramps

    @property
    def _ends(self) -> tuple[str, str]:
        return self.of.told(self.knots[0]), self.of.told(self.knots[-1])
