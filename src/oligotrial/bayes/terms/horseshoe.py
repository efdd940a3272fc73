"""Many columns, few of which matter: the regularised horseshoe."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Normal, Parameter, Priors
from oligotrial.bayes.terms.arrays import column, dot, elementwise, numbers, spread_out
from oligotrial.bayes.terms.base import FORMULA, Suitable, Values, learned
from oligotrial.checks import InputError

__all__ = ["Horseshoe"]


@dataclass(frozen=True)
class Horseshoe(Suitable):
    """Linear effects of many numeric columns, most of which are near 0 before data are seen.

    Columns are taken per standard deviation of the patients, from their means.

    Parameters
    ----------
    wanted : tuple of str
        Two columns or more.
    relevant : float, optional
        How many of them are expected to matter; a quarter where it is left out.
    means, sds : tuple of float, optional
        The columns' means and standard deviations; `suited` finds them.
    events : int, optional
        Events among the patients.

    Raises
    ------
    InputError
        If columns are fewer than two, or twice the same, or not more than are relevant.

    Notes
    -----
    Piironen and Vehtari (2017), Electronic Journal of Statistics 11, 5018-5051,
    doi:10.1214/17-EJS1337SI. A coefficient is z times tau times the local scale, which is
    regularised by the slab c (equation 2.8). The unit of tau is that of equation 3.12,
    relevant / (columns - relevant) / sqrt(events): a log hazard ratio per standard deviation has a
    standard error near 1 / sqrt(events) (Schoenfeld 1983, Biometrics 39, 499-503,
    doi:10.2307/2531021), which stands for sigma / sqrt(n) there.
    """

    wanted: tuple[str, ...]
    relevant: float | None = None
    means: tuple[float, ...] = learned(())
    sds: tuple[float, ...] = learned(())
    events: int = learned(0)

    def __post_init__(self) -> None:
        if len(set(self.wanted)) < max(len(self.wanted), 2):
            raise InputError("a horseshoe needs two columns or more, each once", where="columns")
        if not 0.0 < self.expected < len(self.wanted):
            raise InputError(
                f"{self.relevant} is not above 0 and below the {len(self.wanted)} columns",
                where="relevant",
            )

    @property
    def name(self) -> str:
        """Always "horseshoe"."""
        return "horseshoe"

    @property
    def column(self) -> str:
        """The first column."""
        return self.wanted[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns."""
        return self.wanted

    @property
    def expected(self) -> float:
        """How many columns are expected to matter."""
        return len(self.wanted) / 4.0 if self.relevant is None else self.relevant

    @property
    def unit(self) -> float:
        """The unit of the global scale."""
        odds = self.expected / (len(self.wanted) - self.expected)
        return float(odds / np.sqrt(max(self.events, 1)))

    @property
    def reference(self) -> str:
        """A patient at the mean of every column."""
        return f"{', '.join(self.wanted)} at their means"

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Horseshoe":
        """Return the term with the columns' means and standard deviations."""
        if self.sds:
            return self
        for name, values in zip(self.wanted, self._values(frame), strict=True):
            spread_out(values, name)
        values = self._values(frame)
        return replace(
            self,
            means=tuple(map(float, values.mean(axis=1))),
            sds=tuple(map(float, values.std(axis=1))),
            events=len(event_times),
        )

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the columns from their means, in standard deviations."""
        if not self.sds:
            raise InputError("a horseshoe has to be suited to patients before", where=FORMULA)
        means, sds = np.array(self.means)[:, None], np.array(self.sds)[:, None]
        return {"horseshoe_columns": (self._values(frame) - means) / sds}

    def constants(self) -> dict[str, np.ndarray]:
        """Return the unit of the global scale."""
        return {"horseshoe_unit": np.array(self.unit)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the global scale, the slab, the local scales and the standardised effects."""
        size = len(self.wanted)
        return (
            Parameter(
                "horseshoe_global",
                priors["horseshoe_global"],
                implies=f"in units of {self.unit:.3g}, with which {self.expected:g} of {size} "
                "columns matter: between {low:.2f} and {high:.2f} with 95%",
            ),
            Parameter(
                "horseshoe_slab",
                priors["horseshoe_slab"],
                implies="variance of large log hazard ratios per standard deviation between "
                "{low:.2f} and {high:.2f} with 95%",
            ),
            Parameter(
                "horseshoe_local",
                priors["horseshoe_local"],
                size=size,
                implies="how far each column departs from the global scale: between {low:.2f} and "
                "{high:.1f} times it with 95%",
            ),
            Parameter(
                "horseshoe_z",
                Normal(0.0, 1.0),
                size=size,
                implies="each effect in units of its scale",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the sum of effects times columns."""
        effects = self._effects(parameters, data["horseshoe_unit"])
        return dot(effects, data["horseshoe_columns"])

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each column's effect per standard deviation."""
        effects = self._effects(parameters, self.unit)
        return {
            f"{name} per {sd:.3g}": effect
            for name, sd, effect in zip(self.wanted, self.sds, effects, strict=True)
        }

    def _effects(self, parameters: Values, unit: Any) -> Any:
        """Return z tau lambda / sqrt(1 + tau^2 lambda^2 / c^2)."""
        tau, slab = unit * parameters["horseshoe_global"], parameters["horseshoe_slab"]

        def effect(z: Any, local: Any) -> Any:
            return z * tau * local / np.sqrt(1.0 + (tau * local) ** 2 / slab)

        return elementwise(effect, parameters["horseshoe_z"], parameters["horseshoe_local"])

    def _values(self, frame: pd.DataFrame) -> np.ndarray:
        return np.stack([numbers(column(frame, name), name) for name in self.wanted])
