"""The inverse of a small symmetric matrix, compiled for inner loops."""

import numpy as np
from numba import njit

__all__ = ["invert"]


@njit(cache=True, nogil=True, error_model="numpy")
def invert(matrix: np.ndarray, least: np.ndarray, inverse: np.ndarray) -> bool:
    """Fill the inverse of a symmetric matrix, and return whether it is positive definite.

    Parameters
    ----------
    matrix : numpy.ndarray
        Shape (size, size): symmetric; its lower half is overwritten.
    least : numpy.ndarray
        Shape (size,): what a pivot must exceed.
    inverse : numpy.ndarray
        Shape (size, size): filled if the matrix is positive definite.

    Returns
    -------
    bool
        False at the first pivot that doesn't exceed its least.

    Notes
    -----
    By Cholesky's factor. At these sizes LAPACK's overhead is longer than the work.

    Examples
    --------
    >>> inverse = np.empty((2, 2))
    >>> invert(np.array([[2.0, 1.0], [1.0, 1.0]]), np.zeros(2), inverse)
    True
    >>> inverse.round(12).tolist()
    [[1.0, -1.0], [-1.0, 2.0]]
    """
    size = matrix.shape[0]
    for k in range(size):
        for m in range(k + 1):
            value = matrix[k, m]
            for q in range(m):
                value -= matrix[k, q] * matrix[m, q]
            if m < k:
                matrix[k, m] = value / matrix[m, m]
            elif value > least[k]:
                matrix[k, k] = np.sqrt(value)
            else:
                return False
    for k in range(size):
        _fill_column(matrix, k, inverse)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_column(factor: np.ndarray, column: int, inverse: np.ndarray) -> None:
    size = factor.shape[0]
    for k in range(size):
        value = 1.0 if k == column else 0.0
        for q in range(k):
            value -= factor[k, q] * inverse[q, column]
        inverse[k, column] = value / factor[k, k]
    for k in range(size - 1, -1, -1):
        value = inverse[k, column]
        for q in range(k + 1, size):
            value -= factor[q, k] * inverse[q, column]
        inverse[k, column] = value / factor[k, k]
