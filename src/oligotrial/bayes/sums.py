"""Patients with equal covariates, added up where the hazard lets their sums stand for them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from oligotrial.bayes.terms import Absent

if TYPE_CHECKING:
    from oligotrial.bayes.model import SurvivalModel

__all__ = ["summed"]


def summed(model: "SurvivalModel", arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Add up patients with equal covariates, if the likelihood stays what it was.

    With a hazard that is constant in pieces the likelihood of patients with equal covariates
    depends on their events and their time in each piece alone: Aitkin and Clayton (1980), Applied
    Statistics 29, 156-163, doi:10.2307/2986301. A registry of 100,000 patients becomes as many
    rows as there are combinations of covariates.

    Parameters
    ----------
    model : SurvivalModel
        A suited model.
    arrays : mapping
        What its `arrays` returns, patients on the last axis.

    Returns
    -------
    dict of str to numpy.ndarray
        Of the same names but for entry and weight, which are in the sums; the arrays as they are
        where no two patients are alike, or the model needs them one by one.
    """
    sums = model.baseline.sums
    mixed = any(isinstance(term, Absent) for term in model.formula.terms)  # averages of survival
    if sums is None or model.modifiers or mixed or "interval" in arrays:
        return dict(arrays)
    own = {"time", "event", "entry", "weight", sums.added, *sums.averaged}
    own |= {f"entry_{name}" for name in (sums.added, *sums.averaged)}
    patterns = {name: values for name, values in arrays.items() if name not in own}
    group = _groups(list(patterns.values()), len(arrays["time"]))
    if group.max() + 1 == len(group):
        return dict(arrays)
    weight = arrays.get("weight", np.ones(len(group)))
    events = weight * arrays["event"]
    counted = _added(events, group)
    exposure = arrays[sums.added]
    if "entry" in arrays:
        exposure = exposure - arrays["entry" if sums.added == "time" else f"entry_{sums.added}"]
    found = {"time": np.ones(len(counted)), "event": counted}
    found |= {
        name: _added(events * arrays[name], group) / np.where(counted > 0, counted, 1.0)
        for name in sums.averaged
    }
    found[sums.added] = _added(weight * exposure, group)
    first = np.unique(group, return_index=True)[1]
    return found | {name: values[..., first] for name, values in patterns.items()}


def _groups(patterns: list[np.ndarray], patients: int) -> np.ndarray:
    """Return the number of each patient's combination of covariates."""
    if not patterns:
        return np.zeros(patients, int)
    columns = np.vstack([np.atleast_2d(each) for each in patterns])
    group = np.zeros(patients, int)
    for column in columns:  # one by one: sorting numbers is quicker than sorting columns
        _, codes = np.unique(column, return_inverse=True)
        _, group = np.unique(group * (codes.max() + 1) + codes, return_inverse=True)
    return group


def _added(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return sums over groups on the last axis."""
    rows = [np.bincount(group, weights=row) for row in np.atleast_2d(values)]
    return np.array(rows) if values.ndim == 2 else rows[0]
