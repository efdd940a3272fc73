"""How many patients each row stands for."""

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import float_array

__all__ = ["weight_array"]


def weight_array(weights: ArrayLike | None, patients: int) -> np.ndarray:
    """Return one positive weight a patient, 1 where none is given, or raise `InputError`."""
    if weights is None:
        return np.ones(patients)
    values = float_array(weights, "weight")
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
