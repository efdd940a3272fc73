"""Positive definite systems of a few equations, within given room: compiled."""

import math

from numba import njit

__all__ = ["cholesky", "factored", "solve"]


@njit(cache=True, nogil=True, error_model="numpy")
def cholesky(matrix, lower):  # type: ignore[no-untyped-def]
    """Fill the lower factor of a matrix; return whether it is positive definite."""
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= lower[i, k] * lower[j, k]
            if i == j:
                if not rest > 0.0:
                    return False
                lower[i, i] = math.sqrt(rest)
            else:
                lower[i, j] = rest / lower[j, j]
                lower[j, i] = 0.0
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def factored(matrix, lower):  # type: ignore[no-untyped-def]
    """Fill the lower factor, of a matrix raised until it is definite; return if it was at once."""
    if cholesky(matrix, lower):
        return True
    ridge = 1e-3
    while ridge < 1e12:
        for j in range(matrix.shape[0]):
            matrix[j, j] += ridge
        if cholesky(matrix, lower):
            break
        ridge *= 4.0
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def solve(lower, vector):  # type: ignore[no-untyped-def]
    """Overwrite a vector with the solution of the factored system."""
    size = lower.shape[0]
    for i in range(size):
        for k in range(i):
            vector[i] -= lower[i, k] * vector[k]
        vector[i] /= lower[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            vector[i] -= lower[k, i] * vector[k]
        vector[i] /= lower[i, i]
