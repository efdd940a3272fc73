"""A sample arranged for Cox regression: sorted, validated, and with its risk sets' rows."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import entry_array, numbered, survival_arrays
from oligotrial.estimators.cox_design import Covariates, Design, design
from oligotrial.estimators.patient_weight import weight_array
from oligotrial.estimators.risk_rows import Rows, fill_at_risk, fill_rows, rows_until

__all__ = ["BRESLOW", "EFRON", "Sample", "Ties", "arrange"]


@dataclass(frozen=True)
class Ties:
    """How events at one time share the hazard.

    Parameters
    ----------
    name : str
        What R's ``ties`` calls it.
    split : bool
        Whether the events of a tie are stepped through one by one.
    """

    name: str
    split: bool


EFRON: Final = Ties("efron", split=True)
"""Efron (1977), doi:10.1080/01621459.1977.10480613: R's default, close to untied times."""

BRESLOW: Final = Ties("breslow", split=False)
"""Breslow (1974), doi:10.2307/2529620: the default of SAS and Stata."""


@dataclass(frozen=True)
class Sample:
    """Patients sorted by stratum and time, and the rows of their risk sets.

    Parameters
    ----------
    order : numpy.ndarray of int
        Shape (patient,): the place of each in the sample that was given.
    time, entry, weight : numpy.ndarray
        Shape (patient,); entry is minus infinity for those who weren't late.
    rows : Rows
        Who is at risk when.
    row_time, mass : numpy.ndarray
        Shape (row,): times of the rows, and the weight of events in each.
    design : Design
        Covariates as they were given, in this order of patients.
    centre : numpy.ndarray
        Shape (stratum, coefficient): mean covariates of those in each stratum who are ever at
        risk when there is an event.
    centred : numpy.ndarray
        Shape (patient, coefficient): covariates less the mean of their stratum.
    strata : tuple
        Names of the strata.
    """

    order: np.ndarray
    time: np.ndarray
    entry: np.ndarray
    weight: np.ndarray
    rows: Rows
    row_time: np.ndarray
    mass: np.ndarray
    design: Design
    centre: np.ndarray
    centred: np.ndarray
    strata: tuple[Hashable, ...]

    @property
    def counts(self) -> np.ndarray:
        """Shape (patient,): whether each is ever at risk when there is an event."""
        counts: np.ndarray = self.rows.since < self.rows.until
        return counts

    @property
    def event(self) -> np.ndarray:
        """Shape (patient,): 1 for an event."""
        return self.rows.event

    def at_risk(self, values: np.ndarray) -> np.ndarray:
        """Return what each patient collects while at risk, of values of shape (row, value)."""
        sums = np.empty((len(self.time), values.shape[1]))
        fill_at_risk(self.rows, np.ascontiguousarray(values), sums)
        return sums

    def means(self, risk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the hazard at risk and the mean centred covariates at risk in each row."""
        total, mean = np.empty(len(self.mass)), np.empty((len(self.mass), self.centre.shape[1]))
        fill_rows(self.rows, risk, self.centred, total, mean)
        return total, mean

    def given_order(self, values: np.ndarray) -> np.ndarray:
        """Return values of the sorted patients in the order in which they were given."""
        unsorted = np.empty_like(values)
        unsorted[self.order] = values
        return unsorted


def arrange(
    time: ArrayLike,
    event: ArrayLike,
    covariates: Covariates,
    *,
    entry: ArrayLike | None,
    strata: ArrayLike | None,
    weights: ArrayLike | None,
    ties: Ties,
) -> Sample:
    """Return a validated sample with its rows, or raise `InputError`.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    covariates : pandas.DataFrame, mapping of columns, or array_like
        As `design` takes them.
    entry, strata, weights : array_like or None
        Shape (patient,): when patients came under observation, the stratum, and how many
        patients each stands for.
    ties : Ties
        `EFRON` or `BRESLOW`.

    Returns
    -------
    Sample
        At least one event is in it.

    Raises
    ------
    InputError
        If an array is not valid or there are no events.
    """
    times, events = survival_arrays(time, event)
    if not events.any():
        raise InputError("there are no events; a regression needs at least one", where="event")
    entries = entry_array(entry, times)
    names: list[Hashable] = [None]
    stratum = np.zeros(len(times), dtype=np.int64)
    if strata is not None:
        names, stratum = numbered(strata, len(times), "strata")
    weight = weight_array(weights, len(times))
    made = design(covariates, len(times))
    order = np.lexsort((times, stratum))
    made = Design(np.ascontiguousarray(made.columns[order]), made.names, made.terms)
    late = np.full(len(times), -np.inf) if entries is None else entries[order]
    sorted_weight = weight[order]
    rows, row_time, mass = _rows(
        times[order], events[order], late, stratum[order], sorted_weight, ties
    )
    counted = sorted_weight * (rows.since < rows.until)
    centre = _centre(made.columns, counted, rows.stratum)
    return Sample(
        order,
        times[order],
        late,
        sorted_weight,
        rows,
        row_time,
        mass,
        made,
        centre,
        made.columns - centre[rows.stratum],
        tuple(names),
    )


def _rows(
    time: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray,
    stratum: np.ndarray,
    weight: np.ndarray,
    ties: Ties,
) -> tuple[Rows, np.ndarray, np.ndarray]:
    new = np.ones(len(time), dtype=bool)
    new[1:] = (time[1:] != time[:-1]) | (stratum[1:] != stratum[:-1])
    tie = np.cumsum(new) - 1
    events = np.bincount(tie, event).astype(np.int64)
    steps = events if ties.split else np.minimum(events, 1)
    begin = np.concatenate([[0], np.cumsum(steps)])
    of_row = np.repeat(np.arange(len(steps)), steps)
    share = (np.arange(len(of_row)) - begin[of_row]) / events[of_row]
    mass = np.bincount(tie, event * weight)[of_row] / steps[of_row]
    row_time, row_stratum = time[new][of_row], stratum[new][of_row]
    first = np.searchsorted(row_stratum, np.arange(stratum[-1] + 2))
    since, until = (rows_until(until, stratum, row_time, first) for until in (entry, time))
    late = np.flatnonzero((since > first[stratum]) & (since < until))
    late = late[np.argsort(since[late], kind="stable")]
    rows = Rows(event, tie, stratum, since, until, late, begin, first, share)
    return rows, row_time, mass


def _centre(columns: np.ndarray, weight: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    total = np.bincount(stratum, weight)
    sums = [np.bincount(stratum, weight * column) for column in columns.T]
    return np.column_stack(sums) / np.where(total > 0.0, total, 1.0)[:, None]
