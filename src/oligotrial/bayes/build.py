"""From a survival model to PyMC: the only place where random variables are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm

from oligotrial.bayes.priors import (
    Dirichlet,
    HalfNormal,
    LogNormal,
    Normal,
    Parameter,
)
from oligotrial.hazard import Proportional, log_likelihood

if TYPE_CHECKING:
    from oligotrial.bayes.model import SurvivalModel

__all__ = ["build", "inputs"]

type Maker = Callable[[str, Mapping[str, Any], int | None], Any]

VARIABLES: dict[type, Maker] = {
    Normal: lambda name, numbers, shape: pm.Normal(name, **numbers, shape=shape),
    LogNormal: lambda name, numbers, shape: pm.LogNormal(name, **numbers, shape=shape),
    HalfNormal: lambda name, numbers, shape: pm.HalfNormal(name, **numbers, shape=shape),
    Dirichlet: lambda name, numbers, shape: pm.Dirichlet(name, numbers["a"] * np.ones(shape or 1)),
}
"""How each kind of prior is made of its name, its numbers as symbols, and its elements."""


@dataclass(frozen=True)
class _AtPatients:
    """A hazard that is known at the patients' own times only."""

    log_values: Any
    cumulative_values: Any

    def log_hazard(self, time: Any) -> Any:  # noqa: ARG002
        """Return the log hazard at the patients' times."""
        return self.log_values

    def cumulative_hazard(self, time: Any) -> Any:  # noqa: ARG002
        """Return the cumulative hazard at the patients' times."""
        return self.cumulative_values


def build(model: "SurvivalModel", patients: pd.DataFrame) -> pm.Model:
    """Build the PyMC model of a suited survival model: see `SurvivalModel.build`."""
    arrays = inputs(model, patients)
    with pm.Model(check_bounds=False) as built:  # priors' numbers have been checked
        data = {name: pm.Data(name, values) for name, values in arrays.items()}
        parts = {
            name: [data[name][k] for k in range(len(values))] if values.ndim == 2 else data[name]
            for name, values in arrays.items()
        }
        parameters = {each.name: _variable(each, data) for each in model.parameters}
        baseline = model.baseline.hazard(parameters, parts)
        hazard = Proportional(baseline, model.log_ratio(parameters, parts))
        pm.CustomDist(
            "follow_up",
            data["event"],
            hazard.log_hazard(data["time"]),
            hazard.cumulative_hazard(data["time"]),
            logp=_log_probability,
            observed=data["time"],
        )
    return built


def inputs(model: "SurvivalModel", patients: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return all data of a suited model's graph: the patients' arrays and the priors' numbers.

    Parameters
    ----------
    model : SurvivalModel
        The model.
    patients : pandas.DataFrame
        One draw of a cohort.

    Returns
    -------
    dict of str to numpy.ndarray
        By name.
    """
    numbers = {
        _number(each, keyword): np.array(value, float)
        for each in model.parameters
        for keyword, value in each.prior.numbers.items()
    }
    return model.arrays(patients) | numbers


def _number(parameter: Parameter, keyword: str) -> str:
    return f"prior_{parameter.name}_{keyword}"


def _variable(parameter: Parameter, data: Mapping[str, Any]) -> Any:
    make = VARIABLES[type(parameter.prior)]
    numbers = {each: data[_number(parameter, each)] for each in parameter.prior.numbers}
    variable = make(parameter.name, numbers, parameter.size or None)
    return [variable[k] for k in range(parameter.size)] if parameter.size else variable


def _log_probability(time: Any, event: Any, log_hazard: Any, cumulative_hazard: Any) -> Any:
    return log_likelihood(_AtPatients(log_hazard, cumulative_hazard), time, event)
