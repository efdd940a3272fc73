"""A smooth effect: a straight line and a penalised departure from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Normal, Parameter, Priors
from oligotrial.bayes.terms.arrays import dot, quantile_knots, spread_out
from oligotrial.bayes.terms.base import FORMULA, Curve, Quantity, Values, learned
from oligotrial.checks import InputError, positive_integer
from oligotrial.hazard.functions import shared

__all__ = ["Spline"]


@dataclass(frozen=True)
class Spline(Curve):
    """A smooth effect of a number: a natural cubic spline that shrinks towards a straight line.

    Beyond the outer knots, at the 5% and 95% quantiles of the patients, it goes on as a straight
    line.

    Parameters
    ----------
    of : Quantity
        The number, a `Linear` column or a BED.
    inner : int, optional
        Knots between the outer ones, at even quantiles.
    at : float, optional
        The number, in `of`'s own unit, of the reference patient; the patients' median where it is
        left out.
    knots : tuple of float, optional
        All knots, in `of`'s own unit; `suited` finds them.
    spread : float, optional
        The standard deviation of the patients' numbers.
    weights : tuple of float, optional
        How truncated cubes make up the bends: for each bend, one for each cube, then one for the
        line that is taken out.

    Raises
    ------
    InputError
        If there are no inner knots.

    Notes
    -----
    The departure from the line has a normal prior whose precision is the integral of its squared
    second derivative (Wahba 1978, JRSS B 40, 364-372, doi:10.1111/j.2517-6161.1978.tb01050.x;
    Wood 2017, Generalized Additive Models, 2nd edition, doi:10.1201/9781315370279, section 5.8).
    It is written as independent standard normal coefficients of bends, which are orthogonal to
    the line over the patients, and scaled so that their common standard deviation is the
    root mean square of the departure over the patients, on the log hazard scale.

    Examples
    --------
    >>> from oligotrial.bayes.terms import Linear
    >>> rows = pd.DataFrame({"age": np.arange(30, 91)})
    >>> Spline(Linear("age")).suited(rows, np.array([])).knots
    (33.0, 46.5, 60.0, 73.5, 87.0)
    """

    of: Quantity
    inner: int = 3
    at: float | None = learned(None)
    knots: tuple[float, ...] = learned(())
    spread: float = learned(0.0)
    weights: tuple[float, ...] = learned(())

    shrunk = True

    def __post_init__(self) -> None:
        positive_integer(self.inner, "knots")

    @property
    def reference(self) -> str:
        """A patient with the reference number."""
        if self.at is None:
            return f"{self.name} at the patients' median"
        return f"{self.name} {self.of.told(self.at)}"

    @property
    def fixed(self) -> bool:  # type: ignore[override]
        """Whether no parameter moves the number."""
        return self.of.fixed

    @property
    def labels(self) -> tuple[str, ...]:
        """The line and the bends."""
        bends = range(1, len(self.knots) - 1)
        return (f"{self.name} line", *(f"{self.name} bend {each}" for each in bends))

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Spline":
        """Return the spline with knots at quantiles of the patients, or raise `InputError`."""
        if self.knots:
            return self
        values = self.of.middle(frame)
        spread_out(values, self.name)
        knots = quantile_knots(values, self.inner + 2)
        if len(knots) < 3:
            raise InputError(
                f"{self.name} has too few different values for a spline, or nearly all are close "
                "together; write a linear effect, factor() or monotone()",
                where=FORMULA,
            )
        at = float(np.median(values)) if self.at is None else self.at
        spread = float(np.std(values))
        weights = _weights((values - at) / spread, (knots - at) / spread)
        return replace(
            self,
            of=self.of.suited(frame, event_times),
            at=at,
            knots=tuple(map(float, knots)),
            spread=spread,
            weights=tuple(map(float, weights.ravel())),
        )

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the line and the bends; the number's own arrays where a parameter moves it."""
        found = self.of.data(frame)
        if not self.fixed:
            return found
        return {
            f"{self.name}_basis": np.stack(self._basis(self.of.value({}, found), self._numbers))
        }

    def constants(self) -> dict[str, np.ndarray]:
        """Return what the basis is made with, where a parameter moves the number."""
        if self.fixed:
            return {}
        return {**self.of.constants(), **{f"{self.name}_{k}": v for k, v in self._numbers.items()}}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the slope, the departure from the line and its shape."""
        ratio = "between {ratio_low:.2f} and {ratio_high:.2f} with 95%"
        return (
            *self.of.own(priors),
            Parameter(
                f"{self.name}_slope",
                priors["curve"],
                implies=f"hazard ratio per standard deviation of {self.name} {ratio}",
            ),
            Parameter(
                f"{self.name}_sd",
                priors["curve_sd"],
                implies="departure from a straight line up to {high:.2f} in log hazard, a factor "
                "of {ratio_high:.2f}, with 97.5%",
            ),
            Parameter(
                f"{self.name}_z",
                Normal(0.0, 1.0),
                size=len(self.knots) - 2,
                implies="each bend in units of the departure",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the line and the departure from it."""
        return self._curve(parameters, self.columns(parameters, data))

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the curve at each knot against the reference patient."""
        found = {}
        for knot in self.knots:
            there, here = self.of.told(knot), self.of.told(self.at or 0.0)
            if there != here:
                basis = self._basis(np.array(knot), self._numbers)
                found[f"{there} against {here}"] = self._curve(parameters, basis)
        return found

    def columns(self, parameters: Values, data: Values) -> Sequence[Any]:
        """Return the line and the bends."""
        if self.fixed:
            basis: Sequence[Any] = data[f"{self.name}_basis"]
            return basis
        numbers = {name: data[f"{self.name}_{name}"] for name in self._numbers}
        return self._basis(self.of.value(parameters, data), numbers)

    def _basis(self, value: Any, numbers: Values) -> list[Any]:
        """Return line and bends at a number, in operations that symbols and draws share."""
        knots, weights = numbers["knots"], numbers["weights"]
        size = len(self.knots) - 2
        away = (value - numbers["at"]) / numbers["spread"]
        here, there = _cubes(away, knots, size), _cubes(0.0, knots, size)
        cubes = [one - other for one, other in zip(here, there, strict=True)]
        basis = [away]
        for bend in range(size):
            first = bend * (size + 1)
            line = weights[first + size] * away
            basis.append(dot([weights[first + k] for k in range(size)], cubes) - line)
        return basis

    def _curve(self, parameters: Values, basis: Sequence[Any]) -> Any:
        line, bends = basis[0], basis[1:]
        departure = dot(parameters[f"{self.name}_z"], bends)
        return parameters[f"{self.name}_slope"] * line + parameters[f"{self.name}_sd"] * departure

    @property
    def _numbers(self) -> dict[str, np.ndarray]:
        return {
            "knots": (np.array(self.knots) - (self.at or 0.0)) / (self.spread or 1.0),
            "weights": np.array(self.weights),
            "at": np.array(self.at or 0.0),
            "spread": np.array(self.spread),
        }


def _cubes(value: Any, knots: Any, size: int) -> list[Any]:
    """Return cubes that are straight beyond the outer knots (Harrell 2015, section 2.4.5)."""
    last, before = knots[size + 1], knots[size]
    unit = (last - knots[0]) ** 2
    ends = [shared("maximum", value - each, 0.0) ** 3 / unit for each in (before, last)]
    cubes = []
    for k in range(size):
        cube = shared("maximum", value - knots[k], 0.0) ** 3 / unit
        down, up = (last - knots[k]) / (last - before), (before - knots[k]) / (last - before)
        cubes.append(cube - down * ends[0] + up * ends[1])
    return cubes


def _weights(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return for each bend the weights of the cubes and of the line that is taken out."""
    size = len(knots) - 2
    precision, axes = np.linalg.eigh(_roughness(knots))
    bends = (axes / np.sqrt(precision)).T
    curves = bends @ np.stack(_cubes(values, knots, size))
    centred = values - values.mean()
    lines = curves @ centred / (centred @ centred)
    left = curves - curves.mean(axis=1, keepdims=True) - lines[:, None] * centred
    unit = np.sqrt(np.sum(np.mean(left**2, axis=1)))
    return np.asarray(np.column_stack([bends, lines]) / unit)


def _roughness(knots: np.ndarray) -> np.ndarray:
    """Return the integrals of products of the cubes' second derivatives, exact by Simpson's rule.

    Second derivatives are straight between knots, their products parabolas.
    """
    size, last, before = len(knots) - 2, knots[-1], knots[-2]
    unit = (last - knots[0]) ** 2
    middles = (knots[1:] + knots[:-1]) / 2.0

    def second(x: np.ndarray) -> np.ndarray:
        down = (last - knots[:size]) / (last - before)
        first = np.maximum(x[None, :] - knots[:size, None], 0.0)
        return np.asarray(6.0 * (first - down[:, None] * np.maximum(x - before, 0.0)) / unit)

    total = np.zeros((size, size))
    widths = np.diff(knots)
    for points, share in ((knots[:-1], 1.0), (middles, 4.0), (knots[1:], 1.0)):
        slopes = second(points)
        total += (slopes * widths * share / 6.0) @ slopes.T
    return total
