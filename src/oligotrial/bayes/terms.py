"""Terms of the linear predictor; none knows the others, the baseline or PyMC.

A term says which arrays it needs of a cohort, which parameters it has, and what it adds to the
log hazard. The last is written once with operations that numpy and PyTensor share: in the
likelihood parameters are symbols and data are columns of patients; in a prediction parameters
are posterior draws of shape (sample, 1) and data are columns of profiles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Normal, Parameter, Priors
from oligotrial.checks import InputError, positive, suggestion
from oligotrial.cohort.levels import LEVELS, ordered_names
from oligotrial.cohort.validate import complete
from oligotrial.radiobiology import LINEAR_QUADRATIC, BedModel, bed_column

__all__ = ["Bed", "Linear", "Monotone", "Pooled", "Term"]

type Values = Mapping[str, Any]
"""Arrays by name; one of several elements is a sequence of arrays."""

PER_10_GY = "hazard ratio per 10 Gy between {ratio_low:.2f} and {ratio_high:.2f} with 95%"
"""What the prior of a slope on BED implies."""


class Term(Protocol):
    """One effect on the log hazard."""

    @property
    def name(self) -> str:
        """What its parameters and data are called after."""
        ...

    @property
    def column(self) -> str:
        """The column of a cohort that it is of."""
        ...

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the arrays it needs, patients on the last axis."""
        ...

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return what is to be estimated."""
        ...

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return what is added to the log hazard."""
        ...

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the log hazard ratios that a table of effects shows, by label."""
        ...


@dataclass(frozen=True)
class Linear:
    """A numeric column with a linear effect.

    Parameters
    ----------
    column : str
        The column. The reference patient, whom the prior of the median is about, has a 0 in
        it: centre a column before, and scale it so that a unit is a step worth talking of.

    Examples
    --------
    >>> Linear("age").data(pd.DataFrame({"age": [57, 61]}))
    {'age_value': array([57., 61.])}
    """

    column: str

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the column as numbers."""
        values = pd.to_numeric(column(frame, self.column), errors="coerce").to_numpy(dtype=float)
        if not np.all(np.isfinite(values)):
            raise InputError(
                f"column '{self.column}' has values that are not numbers; a plain column is a "
                "linear effect, for groups write pooled() or monotone()",
                where="key formula",
            )
        return {f"{self.name}_value": values}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the log hazard ratio a unit."""
        implies = "hazard ratio per unit between {ratio_low:.2f} and {ratio_high:.2f} with 95%"
        return (Parameter(self.name, priors["linear"], implies=implies),)

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return slope times value."""
        return parameters[self.name] * data[f"{self.name}_value"]

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect of a unit."""
        return {"per unit": parameters[self.name]}


@dataclass(frozen=True)
class Bed:
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

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the BED above the reference, in units of 10 Gy."""
        schedules, levels = courses(frame, self.column)
        bed_gy = bed_column(schedules, self.alpha_beta, levels=levels, model=self.model)
        return {"bed_dose": (bed_gy - self.reference_gy) / 10.0}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the log hazard ratio per 10 Gy."""
        return (Parameter(self.name, priors["bed"], implies=PER_10_GY),)

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return slope times dose."""
        return parameters["bed"] * data["bed_dose"]

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect of 10 Gy."""
        return {f"per 10 Gy (alpha/beta {self.alpha_beta:g} Gy)": parameters[self.name]}


@dataclass(frozen=True)
class Monotone:
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
    levels: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return, for each step between levels, who is above it."""
        code = _codes(frame, self)
        steps = np.arange(len(_levels(self)) - 1)
        return {f"{self.name}_above": (code[None, :] > steps[:, None]).astype(float)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the total effect and the steps' shares of it."""
        levels = _levels(self)
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
        shares, above = parameters[f"{self.name}_steps"], data[f"{self.name}_above"]
        return parameters[f"{self.name}_total"] * _dot(shares, above)

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each level against the first."""
        levels = _levels(self)
        steps = parameters[f"{self.name}_steps"]
        total = parameters[f"{self.name}_total"]
        return {
            f"{level} against {levels[0]}": total * sum(steps[1 : rank + 1], start=steps[0])
            for rank, level in enumerate(levels[1:])
        }


@dataclass(frozen=True)
class Pooled:
    """A factor whose levels' effects are exchangeable and shrink towards their average.

    Parameters
    ----------
    column : str
        Column with a factor.
    levels : tuple of str, optional
        Its levels; those that the cohort's schema knows when left out.

    Notes
    -----
    Non-centred: each effect is a standard deviation times a standard normal number (Gelman
    et al. 2013, Bayesian Data Analysis, 3rd edition, section 5.7).

    Examples
    --------
    >>> Pooled("subtype").data(pd.DataFrame({"subtype": ["HER2+"]}))["subtype_is"].T
    array([[0., 0., 1., 0.]])
    """

    column: str
    levels: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return, for each level, who has it."""
        code = _codes(frame, self)
        ranks = np.arange(len(_levels(self)))
        return {f"{self.name}_is": (code[None, :] == ranks[:, None]).astype(float)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the standard deviation between levels and the standardised effects."""
        between = "standard deviation of log hazard ratios between levels up to {high:.2f}, "
        return (
            Parameter(
                f"{self.name}_sd",
                priors["pooled_sd"],
                implies=between + "a factor of {ratio_high:.2f}, with 97.5%",
            ),
            Parameter(
                f"{self.name}_z",
                Normal(0.0, 1.0),
                size=len(_levels(self)),
                implies="each level's effect in units of that standard deviation",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the effect of each patient's level."""
        effects = parameters[f"{self.name}_z"]
        return parameters[f"{self.name}_sd"] * _dot(effects, data[f"{self.name}_is"])

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return each level against the population's average level."""
        effects, sd = parameters[f"{self.name}_z"], parameters[f"{self.name}_sd"]
        levels = _levels(self)
        return {f"{level} against average": sd * effects[k] for k, level in enumerate(levels)}


def column(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column of a cohort, or raise `InputError` naming what there is.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients or profiles.
    name : str
        The column.

    Returns
    -------
    pandas.Series
        The column.

    Raises
    ------
    InputError
        If there is no such column, or a row has no value in it.
    """
    return complete(frame, name, where="key formula")


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


def with_levels(term: Term, frame: pd.DataFrame) -> Term:
    """Return a term that takes its levels from an ordered categorical column.

    Parameters
    ----------
    term : Term
        Any term; one that is no factor is returned as it is.
    frame : pandas.DataFrame
        Patients.

    Returns
    -------
    Term
        With the column's levels where they aren't those that the cohort's schema knows.
    """
    if not isinstance(term, Monotone | Pooled) or term.column not in frame:
        return term
    levels = ordered_names(frame[term.column])
    return term if levels in ((), LEVELS.get(term.column)) else replace(term, levels=levels)


def _levels(term: Monotone | Pooled) -> Sequence[str]:
    if term.levels:
        return term.levels
    if term.column not in LEVELS:
        raise InputError(
            f"column '{term.column}' is not a factor that cohorts have"
            f"{suggestion(term.column, LEVELS)}; factors are {', '.join(LEVELS)}, and others of "
            f"which the cohort states the levels: read(..., levels={{'{term.column}': (...)}})",
            where="key formula",
        )
    return LEVELS[term.column]


def _codes(frame: pd.DataFrame, term: Monotone | Pooled) -> np.ndarray:
    levels, name = list(_levels(term)), term.column
    values = column(frame, name)
    codes = pd.Index(levels, dtype=object).get_indexer(pd.Index(values, dtype=object))
    if (codes < 0).any():
        unknown = str(values[codes < 0].iloc[0])
        raise InputError(
            f"'{unknown}' is not a level of {name}{suggestion(unknown, levels)}; levels are "
            f"{', '.join(levels)}",
            where=f"column {name}",
        )
    return np.asarray(codes)


def _dot(parameters: Sequence[Any], columns: Sequence[Any]) -> Any:
    total: Any = 0.0
    for parameter, values in zip(parameters, columns, strict=True):
        total = total + parameter * values
    return total
