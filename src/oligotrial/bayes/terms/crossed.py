"""Interactions: products of the columns of two terms or more."""

from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.bayes.terms.arrays import dot
from oligotrial.bayes.terms.base import Columns, Suitable, Values
from oligotrial.bayes.terms.pooled import shrunk_parameters

__all__ = ["Crossed"]


@dataclass(frozen=True)
class Crossed(Suitable):
    """An interaction, whose coefficients multiply the products of its parts' columns.

    Where no part shrinks, coefficients have independent priors. Where one does (a pooled factor,
    a spline), they are exchangeable: one standard deviation for all of them, towards 0.

    Parameters
    ----------
    parts : tuple of Columns
        Two terms or more. What a part estimates of its own columns (alpha/beta, a cut-point) it
        shares with the main effect, which the formula has to have.

    Notes
    -----
    Dixon and Simon (1991), Biometrics 47, 871-881, doi:10.2307/2532645: exchangeable
    treatment-by-subgroup interactions.
    """

    parts: tuple[Columns, ...]

    @property
    def column(self) -> str:
        """The first part's column."""
        return self.sources[0]

    @property
    def name(self) -> str:
        """The parts' names with colons between."""
        return ":".join(part.name for part in self.parts)

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that its parts need."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.sources))

    @property
    def reference(self) -> str:
        """Whoever is the reference patient of one part."""
        return " or ".join(part.reference for part in self.parts)

    @property
    def shrunk(self) -> bool:
        """Whether the coefficients are exchangeable."""
        return any(part.shrunk for part in self.parts)

    @property
    def fixed(self) -> bool:
        """Whether no parameter moves the parts' columns."""
        return all(part.fixed for part in self.parts)

    @property
    def labels(self) -> tuple[str, ...]:
        """The parts' labels with times signs between."""
        return tuple(" x ".join(each) for each in product(*(part.labels for part in self.parts)))

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Crossed":
        """Return the interaction of the parts as they are suited."""
        return replace(self, parts=tuple(part.suited(frame, event_times) for part in self.parts))

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the products where no parameter moves them, else what the parts need."""
        found = {name: each for part in self.parts for name, each in part.data(frame).items()}
        if not self.fixed:
            return found
        return {f"{self.name}_products": np.stack(_products(self.parts, {}, found))}

    def constants(self) -> dict[str, np.ndarray]:
        """Return what the parts need, where a parameter moves them."""
        parts = () if self.fixed else self.parts
        return {name: each for part in parts for name, each in part.constants().items()}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the coefficients of the products."""
        size = len(self.labels)
        if self.shrunk:
            ratios = "logs of ratios of hazard ratios"
            return shrunk_parameters(self.name, priors["interaction_sd"], size, of=ratios)
        between = "ratio of hazard ratios between {ratio_low:.2f} and {ratio_high:.2f} with 95%"
        prior = priors["interaction"]
        return (Parameter(f"{self.name}_effects", prior, size=size, implies=between),)

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the sum of coefficients times products."""
        if self.shrunk:
            sd = parameters[f"{self.name}_sd"]
            return sd * dot(parameters[f"{self.name}_z"], self._columns(parameters, data))
        return dot(parameters[f"{self.name}_effects"], self._columns(parameters, data))

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each coefficient: the log of a ratio of hazard ratios."""
        if self.shrunk:
            sd, effects = parameters[f"{self.name}_sd"], parameters[f"{self.name}_z"]
            return {label: sd * effects[k] for k, label in enumerate(self.labels)}
        effects = parameters[f"{self.name}_effects"]
        return {label: effects[k] for k, label in enumerate(self.labels)}

    def _columns(self, parameters: Values, data: Values) -> Any:
        if self.fixed:
            return data[f"{self.name}_products"]
        return _products(self.parts, parameters, data)


def _products(parts: tuple[Columns, ...], parameters: Values, data: Values) -> list[Any]:
    columns = []
    for part in parts:
        found = part.columns(parameters, data)
        columns.append([found[k] for k in range(len(part.labels))])
    return [prod(each) for each in product(*columns)]
