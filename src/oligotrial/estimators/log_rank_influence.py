"""What each patient adds to a log-rank score: its robust covariance."""

import numpy as np

from oligotrial.estimators.arrays import RiskSets, rows_at_risk

__all__ = ["clustered_covariance", "score_influence"]


def score_influence(
    table: RiskSets,
    weights: np.ndarray,
    patients: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    groups: int,
) -> np.ndarray:
    """Return each patient's part of a log-rank score, for a weight of 1.

    Parameters
    ----------
    table : RiskSets
        Of the patients, a column a group.
    weights : numpy.ndarray
        Shape (row,): of the event times.
    patients : tuple of numpy.ndarray
        Times, events, groups and entries (or None), shape (patient,).
    groups : int
        How many there are.

    Returns
    -------
    numpy.ndarray
        Shape (patient, group).

    Notes
    -----
    Lin and Wei (1989), doi:10.1080/01621459.1989.10478874.
    """
    time, event, group, entry = patients
    total = table.at_risk.sum(axis=1)
    share = np.zeros((len(total), groups))
    share[:, : table.at_risk.shape[1]] = table.at_risk / total[:, None]
    hazard = weights * table.events.sum(axis=1) / total
    before = np.zeros((len(total) + 1, groups + 1))
    before[1:, :groups] = np.cumsum(hazard[:, None] * share, axis=0)
    before[1:, groups] = np.cumsum(hazard)
    since, until = rows_at_risk(table.times, time, entry)
    collected = before[until] - before[since]
    own = np.eye(groups)[group]
    residual: np.ndarray = collected[:, :groups] - collected[:, groups:] * own
    seen = event == 1
    row = until[seen] - 1
    residual[seen] += weights[row, None] * (own[seen] - share[row])
    return residual


def clustered_covariance(influence: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the covariance of a sum, from its parts, shape (patient, size), and clusters."""
    sums = np.zeros((int(cluster.max()) + 1, influence.shape[1]))
    np.add.at(sums, cluster, influence)
    return sums.T @ sums
