"""A cut-point that isn't known: the honest form of a dichotomised number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.bayes.terms.arrays import spread_out
from oligotrial.bayes.terms.base import Curve, Quantity, Values, learned
from oligotrial.checks import positive

__all__ = ["Threshold"]

MIDDLE = (0.1, 0.9)
"""Quantiles of the patients between which the cut-point lies: with fewer than a tenth of them on
one side there is hardly anything to compare."""

WIDTH = 0.1
"""The step's width as a share of that range, where none is given."""


@dataclass(frozen=True)
class Threshold(Curve):
    """A step at an unknown cut-point.

    The cut-point has a prior over the range between the patients' 10% and 90% quantiles. A sharp
    step has no slope by which a sampler could find it, so that it is made a steep ramp: a logistic
    curve that rises from 5% to 95% of the effect over a stated width, a tenth of that range where
    it isn't given. Between two patients further apart than the width it is a sharp step.

    Parameters
    ----------
    of : Quantity
        The number, a `Linear` column or a BED.
    width : float, optional
        Over how much of the number (years, Gy) the effect rises from 5% to 95%.
    low, high : float, optional
        The ends of the cut-point's range, in `of`'s own unit; `suited` finds them.

    Raises
    ------
    InputError
        If the width is not above 0.

    Notes
    -----
    Royston, Altman and Sauerbrei (2006), Statistics in Medicine 25, 127-141,
    doi:10.1002/sim.2331, tell what a cut-point chosen by the data does to p values. Here its
    uncertainty is part of the posterior.

    Examples
    --------
    >>> from oligotrial.bayes.terms import Linear
    >>> rows = pd.DataFrame({"age": np.arange(30, 91)})
    >>> term = Threshold(Linear("age")).suited(rows, np.array([]))
    >>> term.low, term.high, round(term.step_width, 2)
    (36.0, 84.0, 4.8)
    """

    of: Quantity
    width: float | None = None
    low: float = learned(0.0)
    high: float = learned(0.0)

    fixed = False

    def __post_init__(self) -> None:
        if self.width is not None:
            positive(self.width, "width")

    @property
    def step_width(self) -> float:
        """Over how much of `of`'s own unit the effect rises from 5% to 95%."""
        if self.width is None:
            return WIDTH * (self.high - self.low)
        return self.width / self.of.unit

    @property
    def reference(self) -> str:
        """A patient below the cut-point."""
        return f"{self.name} below the cut-point"

    @property
    def labels(self) -> tuple[str, ...]:
        """The upper side."""
        return (f"{self.name} above the cut-point",)

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Threshold":
        """Return the term with the cut-point's range, or raise `InputError`."""
        if self.low < self.high:
            return self
        values = self.of.middle(frame)
        spread_out(values, self.name)
        low, high = np.quantile(values, MIDDLE)
        if low == high:
            low, high = values.min(), values.max()
        of = self.of.suited(frame, event_times)
        return replace(self, of=of, low=float(low), high=float(high))

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return what the number needs."""
        return self.of.data(frame)

    def constants(self) -> dict[str, np.ndarray]:
        """Return the cut-point's range and the steepness."""
        return {
            **self.of.constants(),
            f"{self.name}_low": np.array(self.low),
            f"{self.name}_range": np.array(self.high - self.low),
            f"{self.name}_steepness": np.array(2.0 * log(19.0) / self.step_width),
        }

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the effect, and where in its range the cut-point is."""
        between = "hazard ratio above against below the cut-point between "
        low, high = self.of.told(self.low), self.of.told(self.high)
        return (
            *self.of.own(priors),
            Parameter(
                f"{self.name}_step",
                priors["threshold"],
                implies=between + "{ratio_low:.2f} and {ratio_high:.2f} with 95%",
            ),
            Parameter(
                f"{self.name}_cut",
                priors["cut"],
                implies=f"where the cut-point lies from {low} (0) to {high} (1): between "
                "{low:.3f} and {high:.3f} with 95%",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the effect times how far above the cut-point the number is."""
        return parameters[f"{self.name}_step"] * self.columns(parameters, data)[0]

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect; its label says the posterior of the cut-point."""
        cuts = self.low + (self.high - self.low) * parameters[f"{self.name}_cut"]
        low, middle, high = (self.of.told(each) for each in np.quantile(cuts, [0.025, 0.5, 0.975]))
        label = f"above against below the cut-point ({middle}, 95% {low} to {high})"
        return {label: parameters[f"{self.name}_step"]}

    def columns(self, parameters: Values, data: Values) -> Sequence[Any]:
        """Return how far above the cut-point the number is, from 0 to 1."""
        cut = data[f"{self.name}_low"] + data[f"{self.name}_range"] * parameters[f"{self.name}_cut"]
        steepness = data[f"{self.name}_steepness"]
        distance = self.of.value(parameters, data) - cut
        return (0.5 * (1.0 + np.tanh(0.5 * steepness * distance)),)
