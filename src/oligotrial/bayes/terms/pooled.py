"""Groups whose effects are exchangeable: they shrink towards their average."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import HalfNormal, Normal, Parameter, Priors
from oligotrial.bayes.terms.arrays import dot, spread_out
from oligotrial.bayes.terms.base import FORMULA, Columns, Values, learned
from oligotrial.bayes.terms.levels import (
    codes,
    is_level,
    known_levels,
    present_levels,
    stated_levels,
)
from oligotrial.checks import InputError, positive
from oligotrial.cohort.levels import LEVELS

__all__ = ["NEW", "Pooled", "frailty", "shrunk_parameters"]

NEW = "new"
"""The level of a profile whose group no patient is of."""


@dataclass(frozen=True)
class Pooled(Columns):
    """A factor whose levels' effects are exchangeable and shrink towards their average.

    Parameters
    ----------
    column : str
        Column with a factor.
    levels : tuple of str, optional
        Its levels; those that the cohort's schema knows when left out.
    sd : float, optional
        Scale of the half-normal prior of the standard deviation between levels, in place of the
        model's prior.
    new_level : bool, optional
        Whether predictions may be for the level "new": one drawn from the population of levels
        (one and the same wherever it is written).
    prior : str, optional
        Which of the model's priors is of the standard deviation.

    Raises
    ------
    InputError
        If the scale is not above 0.

    Notes
    -----
    Non-centred: each effect is a standard deviation times a standard normal number (Gelman
    et al. 2013, Bayesian Data Analysis, 3rd edition, section 5.7). A new level is one more such
    number, of which no patient tells anything, so that its draws are the population's.

    Examples
    --------
    >>> Pooled("subtype").data(pd.DataFrame({"subtype": ["HER2+"]}))["subtype_is"].T
    array([[0., 0., 1., 0.]])
    """

    column: str
    levels: tuple[str, ...] = learned(())
    sd: float | None = None
    new_level: bool = False
    prior: str = "pooled_sd"

    shrunk = True

    def __post_init__(self) -> None:
        if self.sd is not None:
            positive(self.sd, "sd")

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    @property
    def reference(self) -> str:
        """A patient in the middle of the levels."""
        return f"{self.column} at the average of its levels"

    @property
    def labels(self) -> tuple[str, ...]:
        """The levels."""
        return self.known

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Pooled":  # noqa: ARG002
        """Return the term with the levels that the column states, or else has."""
        if self.levels:
            return self
        stated = stated_levels(frame, self.column)
        if not stated and self.column not in LEVELS:
            stated = present_levels(frame, self.column)
            spread_out(np.arange(len(stated)), self.column)
        if self.new_level and NEW in stated:
            raise InputError(
                f"a level of {self.column} is called '{NEW}', which stands for a level that no "
                "patient has; rename it",
                where=FORMULA,
            )
        return replace(self, levels=stated)

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return, for each level, who has it."""
        way_out = "; for others write new_level=True in the formula"
        if self.new_level:
            way_out = f"; '{NEW}' is one that no patient has"
        code = codes(frame, self.column, self.known, way_out=way_out)
        return {f"{self.name}_is": is_level(code, range(len(self.known)))}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the standard deviation between levels and the standardised effects."""
        sd = priors[self.prior] if self.sd is None else HalfNormal(self.sd)
        return shrunk_parameters(self.name, sd, len(self.known))

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the effect of each patient's level."""
        sd = parameters[f"{self.name}_sd"]
        return sd * dot(parameters[f"{self.name}_z"], self.columns(parameters, data))

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each level against the population's average level."""
        effects, sd = parameters[f"{self.name}_z"], parameters[f"{self.name}_sd"]
        return {f"{level} against average": sd * effects[k] for k, level in enumerate(self.known)}

    def columns(self, parameters: Values, data: Values) -> Any:  # noqa: ARG002
        """Return who has which level."""
        return data[f"{self.name}_is"]

    @property
    def known(self) -> tuple[str, ...]:
        """All levels that a patient or a profile may have, in order."""
        levels = tuple(known_levels(self.column, self.levels))
        return (*levels, NEW) if self.new_level else levels


def frailty(column: str) -> Pooled:
    """Return a shared frailty: each group multiplies the hazard by a log-normal number of its own.

    Parameters
    ----------
    column : str
        Column of groups, such as centres; any values.

    Returns
    -------
    Pooled
        A pooled factor with a prior of its own for the standard deviation of log frailties
        (`frailty_sd`) and with a new group in predictions: a patient of the group "new" has a
        frailty from the distribution of frailties. The median frailty is 1; hazard ratios of
        other terms are those within a group.

    Notes
    -----
    Duchateau and Janssen (2008), The Frailty Model, doi:10.1007/978-0-387-72835-3, section 4.3.

    Examples
    --------
    >>> rows = pd.DataFrame({"centre": [3, 1, 3]})
    >>> frailty("centre").suited(rows, np.array([])).labels
    ('1', '3', 'new')
    """
    return Pooled(column, new_level=True, prior="frailty_sd")


def shrunk_parameters(
    name: str, sd: Any, size: int, *, of: str = "log hazard ratios between levels"
) -> tuple[Parameter, Parameter]:
    """Return a standard deviation and effects in units of it.

    Parameters
    ----------
    name : str
        What they are called after.
    sd : Prior
        Prior of the standard deviation.
    size : int
        Number of effects.
    of : str, optional
        What it is the standard deviation of.

    Returns
    -------
    tuple of Parameter
        The two.
    """
    between = f"standard deviation of {of} up to {{high:.2f}}, "
    return (
        Parameter(f"{name}_sd", sd, implies=between + "a factor of {ratio_high:.2f}, with 97.5%"),
        Parameter(
            f"{name}_z",
            Normal(0.0, 1.0),
            size=size,
            implies="each level's effect in units of that standard deviation",
        ),
    )
