"""Room for evaluations of a reconstruction's chain, made once a chain."""

from typing import Final, NamedTuple

import numpy as np

from oligotrial.cohort.chain import Problem

__all__ = ["AT_RISK", "EVENTS", "ROWS", "SURVIVAL", "TIMES_OF", "VARIANCE", "Work", "new_work"]

TIMES_OF, SURVIVAL, VARIANCE, AT_RISK, EVENTS = range(5)
"""Rows of `Work.curve`: distinct event times, survival after them, its variance as a share of
survival squared, patients at risk and events.
"""

ROWS: Final = 5
"""Number of rows of `Work.curve`."""


class Work(NamedTuple):
    """Room for one evaluation, and what the chain knows of its state.

    Parameters
    ----------
    time : numpy.ndarray
        Shape (patient,): months of each patient.
    weights, new_weights : numpy.ndarray
        Shape (2, patient): of each risk set, kept at its first patient, what a log-rank test
        multiplies numbers at risk by; of the state and of a move that isn't decided yet.
    member_time, member_event : numpy.ndarray
        Shape (patient,): the patients of one level.
    curve : numpy.ndarray
        Shape (5, patient): the product-limit estimate of one level.
    at_risk : numpy.ndarray
        Shape (group,): patients of each group at risk.
    score, covariance : numpy.ndarray
        Shape (group,) and (group, group): of a log-rank test.
    covariates, regression : numpy.ndarray
        Shape (patient, covariate), and room for a regression.
    trial : numpy.ndarray
        Shape (statistic,): values after a move that isn't decided yet.
    width : numpy.ndarray
        Shape (statistic,): the scale of each statistic's distance, at present.
    energy, new_energy : numpy.ndarray
        Shape (grouping, 1 + level): of the test (or the regression) and of each level's other
        statistics, now and after the move.
    cells : numpy.ndarray of int
        Shape (cell, 2): places in `energy` that the move can change.
    """

    time: np.ndarray
    weights: np.ndarray
    new_weights: np.ndarray
    member_time: np.ndarray
    member_event: np.ndarray
    curve: np.ndarray
    at_risk: np.ndarray
    score: np.ndarray
    covariance: np.ndarray
    covariates: np.ndarray
    regression: np.ndarray
    trial: np.ndarray
    width: np.ndarray
    energy: np.ndarray
    new_energy: np.ndarray
    cells: np.ndarray


def new_work(problem: Problem, patients: int) -> Work:
    """Return room for evaluations.

    Parameters
    ----------
    problem : Problem
        What is evaluated.
    patients : int
        How many.

    Returns
    -------
    Work
        Not filled.
    """
    groupings, levels = problem.spans.shape[0], problem.spans.shape[1] - 1
    statistics, covariates = problem.statistics.shape[0], problem.cox_beta.shape[0]
    return Work(
        np.empty(patients),
        np.zeros((2, patients)),
        np.zeros((2, patients)),
        np.empty(patients),
        np.empty(patients, dtype=np.int64),
        np.empty((ROWS, patients)),
        np.empty(levels),
        np.empty(levels),
        np.empty((levels, levels)),
        np.empty((patients, covariates)),
        np.empty((2 + 2 * covariates, covariates)),
        np.empty(statistics),
        np.empty(statistics),
        np.zeros((groupings, 1 + levels)),
        np.zeros((groupings, 1 + levels)),
        np.empty((groupings * (1 + levels), 2), dtype=np.int64),
    )
