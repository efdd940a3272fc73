"""From a survival model to PyMC: the only place where random variables are made."""

from collections.abc import Callable
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

__all__ = ["build"]

VARIABLES: dict[type, Callable[[str, Any, Any], Any]] = {
    Normal: lambda name, prior, shape: pm.Normal(name, prior.mean, prior.sd, shape=shape),
    LogNormal: lambda name, prior, shape: pm.LogNormal(
        name, np.log(prior.median), prior.sd_log, shape=shape
    ),
    HalfNormal: lambda name, prior, shape: pm.HalfNormal(name, prior.sd, shape=shape),
    Dirichlet: lambda name, prior, shape: pm.Dirichlet(name, np.full(shape, prior.concentration)),
}
"""How each kind of prior is made."""


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
    arrays = model.arrays(patients)
    with pm.Model() as built:
        data = {name: pm.Data(name, values) for name, values in arrays.items()}
        parts = {
            name: [data[name][k] for k in range(len(values))] if values.ndim == 2 else data[name]
            for name, values in arrays.items()
        }
        parameters = {each.name: _variable(each) for each in model.parameters}
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


def _variable(parameter: Parameter) -> Any:
    make = VARIABLES[type(parameter.prior)]
    variable = make(parameter.name, parameter.prior, parameter.size or None)
    return [variable[k] for k in range(parameter.size)] if parameter.size else variable


def _log_probability(time: Any, event: Any, log_hazard: Any, cumulative_hazard: Any) -> Any:
    return log_likelihood(_AtPatients(log_hazard, cumulative_hazard), time, event)
