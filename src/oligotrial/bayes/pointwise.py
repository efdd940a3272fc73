"""Each patient's log-likelihood at each posterior draw, computed after sampling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import predict
from oligotrial.bayes.records import follow_up
from oligotrial.checks import InputError
from oligotrial.hazard import Hazard, log_likelihood

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
    for number, frame in enumerate(frames):
        own = predict.selected(fit, slice(number * each, (number + 1) * each))
        records = _records(fit, frame)
        # Rows are kept together as long as memory allows: missing values belong to their rows.
        size = len(frame) if len(frame) * each <= LARGEST else max(predict.CELLS // each, 1)
        for start in range(0, len(frame), size):
            rows = slice(start, start + size)
            part = {name: values[rows] for name, values in records.items()}
            values = _of_rows(own, frame.iloc[rows], part)
            yield Block(
                number,
                np.arange(len(frame))[rows],
                values.reshape(len(values), -1, fit.posterior.sizes["draw"]),
                part.get("weight", np.ones(len(values))),
            )


LARGEST = 8_000_000
"""Patients by draws that are held at once: 64 MB."""


def _of_rows(fit: "Fit", rows: pd.DataFrame, records: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return log-likelihoods, shape (patients, samples), computed in blocks of draws."""
    found = np.empty((len(rows), fit.samples))
    start = 0
    for part in predict.blocks(fit, profiles=len(rows)):
        stop = start + part.samples
        values = _log_likelihoods(part.hazard(rows), records)
        found[:, start:stop] = np.broadcast_to(values, (part.samples, len(rows))).T
        start = stop
    return found


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
    values = _log_likelihoods(fit.hazard(rows), _records(fit, rows))
    return np.array(np.broadcast_to(values, (fit.samples, len(rows))))


def _records(fit: "Fit", rows: pd.DataFrame) -> dict[str, np.ndarray]:
    formula = fit.model.formula
    return follow_up(rows, time=formula.time, event=formula.event)


def _log_likelihoods(hazard: Hazard, records: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what the likelihood holds of each patient, whatever kind of censoring there is."""
    names = ("time", "event", "entry", "lower", "interval")
    time, event, entry, lower, interval = (records.get(name) for name in names)
    found = log_likelihood(hazard, time, event, entry, lower=lower, interval=interval)
    return np.asarray(found)


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
