"""How many patients each row stands for, and what that does to standard errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import float_array, numbered

__all__ = ["Weighting", "weight_array", "weighting"]


@dataclass(frozen=True)
class Weighting:
    """The rows' weights, and the clusters that robust standard errors add up by.

    Parameters
    ----------
    weight : numpy.ndarray or None
        Shape (patient,): above 0; None if each row is one patient.
    cluster : numpy.ndarray of int or None
        Shape (patient,): the cluster's number; None if standard errors are the model's.
    """

    weight: np.ndarray | None
    cluster: np.ndarray | None

    @property
    def fractional(self) -> bool:
        """Whether some weights aren't counts."""
        return self.weight is not None and bool((self.weight % 1.0).any())

    def of(self, patients: int) -> np.ndarray:
        """Return the weights, 1 where none were given."""
        return np.ones(patients) if self.weight is None else self.weight

    def among(self, inside: np.ndarray) -> "Weighting":
        """Return the weighting of some of the patients."""
        return Weighting(
            None if self.weight is None else self.weight[inside],
            None if self.cluster is None else self.cluster[inside],
        )


def weight_array(weights: ArrayLike | None, patients: int) -> np.ndarray:
    """Return one positive weight a patient, 1 where none is given, or raise `InputError`."""
    if weights is None:
        return np.ones(patients)
    values = float_array(weights, "weights")
    if values.shape != (patients,):
        raise InputError(
            f"{values.size} values for {patients} times; give one a time", where="weights"
        )
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{values[row]:g} is not a positive number; leave out who shall not count",
            where=f"weights, row {row + 1}",
        )
    return values


def weighting(
    weights: ArrayLike | None,
    patients: int,
    *,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
) -> Weighting:
    """Return how rows are weighted and by what clusters errors are robust.

    Parameters
    ----------
    weights : array_like or None
        Shape (patient,): how many patients each row stands for, above 0.
    patients : int
        Rows.
    cluster : array_like or None, optional
        Shape (patient,): rows that belong together.
    robust : bool or None, optional
        Whether errors are robust; when left out they are if there are clusters, or weights that
        aren't counts, as in R's ``survfit``.

    Returns
    -------
    Weighting
        Without weights if none are given.

    Raises
    ------
    InputError
        If weights or clusters are not valid, all rows are one cluster, or clusters are given and
        robust errors refused.

    Examples
    --------
    >>> weighting([1, 2], 2).cluster is None
    True
    >>> weighting([1, 0.5], 2).cluster.tolist()
    [0, 1]
    """
    values = None if weights is None else weight_array(weights, patients)
    if cluster is not None:
        if robust is False:
            raise InputError(
                "errors that aren't robust can't use clusters; leave out robust=False or the "
                "clusters",
                where="robust",
            )
        groups = numbered(cluster, patients, "cluster")[1]
        if not groups.any():
            raise InputError(
                "all rows are one cluster; robust errors need several", where="cluster"
            )
        return Weighting(values, groups)
    found = Weighting(values, None)
    if found.fractional if robust is None else robust:
        return Weighting(values, np.arange(patients))
    return found
