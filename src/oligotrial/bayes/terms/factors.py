"""Groups of patients: a factor with a reference, and an ordered one."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.bayes.terms.arrays import dot, spread_out
from oligotrial.bayes.terms.base import FORMULA, Columns, Values, learned
from oligotrial.bayes.terms.levels import (
    codes,
    is_level,
    known_levels,
    present_levels,
    stated_levels,
)
from oligotrial.checks import InputError, suggestion

__all__ = ["Factor", "Monotone"]


@dataclass(frozen=True)
class Factor(Columns):
    """A factor: each level's effect against a reference level, with priors of their own.

    Levels that nobody has are left out: of them there is nothing but the prior to tell, and
    predicting for them is refused.

    Parameters
    ----------
    column : str
        Column of texts or numbers, each value a level.
    reference_level : str, optional
        The level that others are compared with; the first one where it is left out.
    levels : tuple of str, optional
        The levels that patients have, in order; `suited` finds them.

    Examples
    --------
    >>> rows = pd.DataFrame({"line": ["first", "third", "second"]})
    >>> term = Factor("line", "second").suited(rows, np.array([]))
    >>> term.data(rows)["line_is"]
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """

    column: str
    reference_level: str = ""
    levels: tuple[str, ...] = learned(())

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    @property
    def base(self) -> str:
        """The reference level."""
        return self.reference_level or self.known[0]

    @property
    def others(self) -> tuple[str, ...]:
        """The levels with an effect, in order."""
        return tuple(level for level in self.known if level != self.base)

    @property
    def reference(self) -> str:
        """A patient of the reference level."""
        return f"{self.column} {self.base}"

    @property
    def labels(self) -> tuple[str, ...]:
        """The levels with an effect."""
        return self.others

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Factor":  # noqa: ARG002
        """Return the factor with the levels that patients have, or raise `InputError`."""
        if self.levels:
            return self
        levels = present_levels(frame, self.column)
        if self.reference_level and self.reference_level not in levels:
            raise InputError(
                f"no patient has {self.column} '{self.reference_level}', which factor() takes as "
                f"reference{suggestion(self.reference_level, levels)}; there are "
                f"{', '.join(levels)}",
                where=FORMULA,
            )
        spread_out(np.arange(len(levels)), self.column)
        return replace(self, levels=levels)

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return, for each level but the reference, who has it."""
        known = list(self.known)
        ranks = [known.index(level) for level in self.others]
        way_out = "; there are no patients of others"
        return {
            f"{self.name}_is": is_level(codes(frame, self.column, known, way_out=way_out), ranks)
        }

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return each level's log hazard ratio against the reference."""
        against = f"hazard ratio of each {self.column} against {self.base} between "
        return (
            Parameter(
                f"{self.name}_effects",
                priors["factor"],
                size=len(self.others),
                implies=against + "{ratio_low:.2f} and {ratio_high:.2f} with 95%",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the effect of each patient's level."""
        return dot(parameters[f"{self.name}_effects"], self.columns(parameters, data))

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each level against the reference."""
        effects = parameters[f"{self.name}_effects"]
        return {
            f"{level} against {self.base}": effects[rank] for rank, level in enumerate(self.others)
        }

    def columns(self, parameters: Values, data: Values) -> Any:  # noqa: ARG002
        """Return who has which level."""
        return data[f"{self.name}_is"]

    @property
    def known(self) -> tuple[str, ...]:
        """All levels that a patient or a profile may have, in order."""
        return tuple(known_levels(self.column, self.levels))


@dataclass(frozen=True)
class Monotone(Columns):
    """An ordered factor whose effect only rises or only falls from level to level.

    Parameters
    ----------
    column : str
        Column with an ordered factor.
    levels : tuple of str, optional
        Its levels in order; those that the cohort's schema knows when left out.

    Notes
    -----
    Bürkner and Charpentier (2020), British Journal of Mathematical and Statistical
    Psychology 73, 420-451, doi:10.1111/bmsp.12195: a total effect times the cumulative sum of
    shares from a Dirichlet distribution.

    Examples
    --------
    >>> Monotone("line").data(pd.DataFrame({"line": ["first", "third"]}))["line_above"]
    array([[0., 1.],
           [0., 1.],
           [0., 0.]])
    """

    column: str
    levels: tuple[str, ...] = learned(())

    fixed = False

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    @property
    def reference(self) -> str:
        """A patient of the first level."""
        return f"{self.column} {self.known[0]}"

    @property
    def labels(self) -> tuple[str, ...]:
        """The way from the first level to the last."""
        return (f"{self.column} from {self.known[0]} to {self.known[-1]}",)

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Monotone":  # noqa: ARG002
        """Return the term with the levels in order that the column states."""
        return self if self.levels else replace(self, levels=stated_levels(frame, self.column))

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return, for each step between levels, who is above it."""
        code = codes(frame, self.column, self.known)
        steps = np.arange(len(self.known) - 1)
        return {f"{self.name}_above": (code[None, :] > steps[:, None]).astype(float)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the total effect and the steps' shares of it."""
        levels = self.known
        implies = f"hazard ratio {levels[-1]} against {levels[0]} {self.column} between "
        return (
            Parameter(
                f"{self.name}_total",
                priors["monotone"],
                implies=implies + "{ratio_low:.2f} and {ratio_high:.2f} with 95%",
            ),
            Parameter(
                f"{self.name}_steps",
                priors["steps"],
                size=len(levels) - 1,
                implies="how the total effect is shared between the steps; 1 is uniform",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the total effect times the shares of the steps below."""
        return parameters[f"{self.name}_total"] * self.columns(parameters, data)[0]

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each level against the first."""
        levels = self.known
        steps = parameters[f"{self.name}_steps"]
        total = parameters[f"{self.name}_total"]
        return {
            f"{level} against {levels[0]}": total * sum(steps[1 : rank + 1], start=steps[0])
            for rank, level in enumerate(levels[1:])
        }

    def columns(self, parameters: Values, data: Values) -> Any:
        """Return the share of the total effect that each patient has."""
        return (dot(parameters[f"{self.name}_steps"], data[f"{self.name}_above"]),)

    @property
    def known(self) -> tuple[str, ...]:
        """All levels that a patient or a profile may have, in order."""
        return tuple(known_levels(self.column, self.levels))
