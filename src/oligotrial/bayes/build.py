"""From a survival model to PyMC: the only place where random variables are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm

from oligotrial.bayes import families
from oligotrial.bayes.priors import Parameter
from oligotrial.bayes.records import TIMES
from oligotrial.bayes.sums import summed
from oligotrial.hazard import log_likelihood

if TYPE_CHECKING:
    from oligotrial.bayes.model import SurvivalModel

__all__ = ["build", "inputs"]

type Maker = Callable[[str, Mapping[str, Any], int | None], Any]


def _named(distribution: Any) -> Maker:
    return lambda name, numbers, shape: distribution(name, **numbers, shape=shape)


VARIABLES: dict[type, Maker] = {
    families.Normal: _named(pm.Normal),
    families.StudentT: _named(pm.StudentT),
    families.LogNormal: _named(pm.LogNormal),
    families.HalfNormal: _named(pm.HalfNormal),
    families.HalfStudentT: _named(pm.HalfStudentT),
    families.HalfCauchy: _named(pm.HalfCauchy),
    families.Gamma: _named(pm.Gamma),
    families.InverseGamma: _named(pm.InverseGamma),
    families.Exponential: _named(pm.Exponential),
    families.Beta: _named(pm.Beta),
    families.Dirichlet: lambda name, numbers, shape: pm.Dirichlet(
        name, numbers["a"] * np.ones(shape or 1)
    ),
}
"""How each kind of prior is made of its name, its numbers as symbols, and its elements."""


@dataclass(frozen=True)
class _AtPatients:
    """A hazard that is known at the patients' own times only, by the times' names."""

    log_values: Any
    cumulative_values: Mapping[str, Any]

    def log_hazard(self, time: Any) -> Any:  # noqa: ARG002
        """Return the log hazard at the patients' last times."""
        return self.log_values

    def cumulative_hazard(self, time: Any) -> Any:
        """Return the cumulative hazard at the patients' times of that name."""
        return self.cumulative_values[time]


def build(model: "SurvivalModel", patients: pd.DataFrame) -> pm.Model:
    """Build the PyMC model of a suited survival model: see `SurvivalModel.build`."""
    arrays, numbers = summed(model, model.arrays(patients)), _numbers(model)
    packed = _packed(arrays, numbers)
    coords = {
        "row": _labels({name: len(np.atleast_2d(each)) for name, each in arrays.items()}),
        "number": _labels({name: each.size for name, each in numbers.items()}),
    }
    with pm.Model(coords=coords, check_bounds=False) as built:  # the priors have been checked
        rows = pm.Data("patients", packed["patients"], dims=("row", "patient"))
        flat = pm.Data("numbers", packed["numbers"], dims="number")
        parts = _unpacked(rows, arrays) | _constants(flat, numbers)
        parameters = {each.name: _variable(each, parts) for each in model.parameters}
        times = [name for name in TIMES if name in arrays]
        hazards = {name: model.hazard(parameters, parts, at=_at(parts, name)) for name in times}
        given = {f"h:{name}": hazards[name].cumulative_hazard(parts[name]) for name in times}
        given |= {name: parts[name] for name in ("event", "interval", "weight") if name in arrays}
        given["log_hazard"] = hazards["time"].log_hazard(parts["time"])
        pm.CustomDist(
            "follow_up",
            *given.values(),
            logp=partial(_log_probability, tuple(given)),
            observed=pm.Data("time", packed["time"]),
        )
    return built


def _log_probability(names: tuple[str, ...], time: Any, *values: Any) -> Any:  # noqa: ARG001
    given = dict(zip(names, values, strict=True))
    known = {name.removeprefix("h:"): each for name, each in given.items() if name[:2] == "h:"}
    hazard = _AtPatients(given["log_hazard"], known)
    found = log_likelihood(
        hazard,
        "time",
        given["event"],
        "entry" if "entry" in known else None,
        lower="lower" if "lower" in known else None,
        interval=given.get("interval"),
    )
    return given.get("weight", 1.0) * found


def _at(parts: Mapping[str, Any], time: str) -> dict[str, Any]:
    """Return the data under the names that a baseline knows, at one of the times."""
    prefix = "" if time == "time" else f"{time}_"
    moved = {
        name.removeprefix(prefix): each for name, each in parts.items() if name.startswith(prefix)
    }
    return dict(parts) | moved


def inputs(model: "SurvivalModel", patients: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return all data of a suited model's graph.

    Few arrays, since a compiled function's time to compile grows with the number it is given.

    Parameters
    ----------
    model : SurvivalModel
        The model.
    patients : pandas.DataFrame
        One draw of a cohort.

    Returns
    -------
    dict of str to numpy.ndarray
        `patients`, what `SurvivalModel.arrays` returns, a row below the other, with patients
        added up where they can be (`sums`); `numbers`, the constants and the priors' numbers one
        after another; `time`.
    """
    return _packed(summed(model, model.arrays(patients)), _numbers(model))


def _packed(
    arrays: Mapping[str, np.ndarray], numbers: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    return {
        "patients": np.vstack([np.atleast_2d(each) for each in arrays.values()]).astype(float),
        "numbers": np.concatenate([np.ravel(each) for each in numbers.values()]),
        "time": arrays["time"],
    }


def _numbers(model: "SurvivalModel") -> dict[str, np.ndarray]:
    priors = {
        _number(each, keyword): np.array(value, float)
        for each in model.parameters
        for keyword, value in each.prior.numbers.items()
    }
    return {name: np.asarray(each, float) for name, each in model.constants.items()} | priors


def _labels(sizes: Mapping[str, int]) -> list[str]:
    return [name if n == 1 else f"{name} {k}" for name, n in sizes.items() for k in range(n)]


def _unpacked(rows: Any, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return a symbol of each array, of those with several rows a list."""
    found: dict[str, Any] = {}
    start = 0
    for name, each in arrays.items():
        several = each.ndim == 2
        stop = start + (len(each) if several else 1)
        found[name] = [rows[k] for k in range(start, stop)] if several else rows[start]
        start = stop
    return found


def _constants(flat: Any, numbers: Mapping[str, np.ndarray]) -> dict[str, Any]:
    found, start = {}, 0
    for name, each in numbers.items():
        part = flat[start : start + each.size] if each.ndim else flat[start]
        found[name] = part.reshape(each.shape) if each.ndim == 2 else part
        start += each.size
    return found


def _number(parameter: Parameter, keyword: str) -> str:
    return f"prior_{parameter.name}_{keyword}"


def _variable(parameter: Parameter, data: Mapping[str, Any]) -> Any:
    make = VARIABLES[type(parameter.prior)]
    numbers = {each: data[_number(parameter, each)] for each in parameter.prior.numbers}
    variable = make(parameter.name, numbers, parameter.size or None)
    return [variable[k] for k in range(parameter.size)] if parameter.size else variable
