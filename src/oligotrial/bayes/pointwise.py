"""Each patient's log-likelihood at each posterior draw, computed after sampling."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import predict
from oligotrial.checks import InputError
from oligotrial.hazard import log_likelihood

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Block", "cohort_frames", "log_likelihoods", "pointwise", "total_log_likelihood"]


@dataclass(frozen=True, eq=False)
class Block:
    """Log-likelihoods of some patients of one draw of a cohort.

    Parameters
    ----------
    cohort_draw : int
        Which draw.
    patients : numpy.ndarray
        Row numbers; shape (patient,).
    values : numpy.ndarray
        Shape (patient, chain, draw).
    weights : numpy.ndarray
        The power to which each patient's likelihood is raised; shape (patient,).
    """

    cohort_draw: int
    patients: np.ndarray
    values: np.ndarray
    weights: np.ndarray


def cohort_frames(fit: "Fit", cohort: "Cohort") -> list[pd.DataFrame]:
    """Return the cohort's draws, or raise `InputError` if the fit isn't of as many."""
    frames, fitted = cohort.frames(), int(fit.posterior["cohort_draw"].max()) + 1
    if len(frames) != fitted:
        raise InputError(
            f"the cohort has {len(frames)} draws and the fit was made of {fitted}; give the "
            "cohort that was fitted",
            where=cohort.source,
        )
    return frames


def pointwise(fit: "Fit", cohort: "Cohort") -> Iterator[Block]:
    """Return log-likelihoods in blocks of patients, each at the draws of its own cohort draw.

    Parameters
    ----------
    fit : Fit
        The posterior.
    cohort : Cohort
        The patients that were fitted.

    Yields
    ------
    Block
        Patients in order, draw of the cohort by draw.

    Raises
    ------
    InputError
        If the cohort has another number of draws than what was fitted.
    """
    frames = cohort_frames(fit, cohort)
    each = fit.samples // len(frames)
    size = max(predict.CELLS // each, 1)
    for number, frame in enumerate(frames):
        own = predict.selected(fit, slice(number * each, (number + 1) * each))
        for start in range(0, len(frame), size):
            rows = frame.iloc[start : start + size]
            values = log_likelihoods(own, rows).T
            shape = (len(rows), -1, fit.posterior.sizes["draw"])
            weights = _weights(rows)
            yield Block(number, np.arange(start, start + len(rows)), values.reshape(shape), weights)


def log_likelihoods(fit: "Fit", rows: pd.DataFrame) -> np.ndarray:
    """Return each patient's log-likelihood at each draw, not weighted.

    Parameters
    ----------
    fit : Fit
        The posterior.
    rows : pandas.DataFrame
        Patients.

    Returns
    -------
    numpy.ndarray
        Shape (samples, patients).
    """
    formula = fit.model.formula
    time, event = (rows[name].to_numpy(dtype=float) for name in (formula.time, formula.event))
    entry = rows["entry"].fillna(0.0).to_numpy(dtype=float) if "entry" in rows else None
    values = log_likelihood(fit.hazard(rows), time, event, entry)
    return np.array(np.broadcast_to(values, (fit.samples, len(rows))))


def total_log_likelihood(fit: "Fit", cohort: "Cohort") -> np.ndarray:
    """Return the log-likelihood of all patients, weighted, at each draw.

    Parameters
    ----------
    fit : Fit
        The posterior.
    cohort : Cohort
        The patients that were fitted.

    Returns
    -------
    numpy.ndarray
        Shape (cohort draw, chain, draw).
    """
    totals = np.zeros_like(predict.parts_of(fit, np.zeros(fit.samples)))
    for block in pointwise(fit, cohort):
        totals[block.cohort_draw] += np.einsum("p,pcd->cd", block.weights, block.values)
    return totals


def _weights(rows: pd.DataFrame) -> np.ndarray:
    if "weight" not in rows:
        return np.ones(len(rows))
    return rows["weight"].fillna(1.0).to_numpy(dtype=float)
