"""Tests whose statistic is chi-squared."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from oligotrial.estimators.score_kernels import quadratic_form

__all__ = ["ChiSquaredTest", "chi_squared_test", "quadratic_test"]


@dataclass(frozen=True)
class ChiSquaredTest:
    """A test whose statistic is chi-squared if the hypothesis is true.

    Parameters
    ----------
    chi_squared : float
        The statistic.
    df : int
        Degrees of freedom.
    p : float
        Probability of a statistic at least as large.
    """

    chi_squared: float
    df: int
    p: float


def chi_squared_test(chi_squared: float, df: int) -> ChiSquaredTest:
    """Return the test of a statistic; p is 1 where there are no degrees of freedom."""
    return ChiSquaredTest(chi_squared, df, float(chi2.sf(chi_squared, df)) if df else 1.0)


def quadratic_test(vector: np.ndarray, matrix: np.ndarray, *, known: int = 0) -> ChiSquaredTest:
    """Return the test of the quadratic form of a vector in the inverse of its covariance.

    Parameters
    ----------
    vector : numpy.ndarray
        Shape (size,).
    matrix : numpy.ndarray
        Shape (size, size): its covariance, positive semidefinite.
    known : int, optional
        How many of the vector's elements are 0 for certain, and take no degree of freedom.

    Returns
    -------
    ChiSquaredTest
        Degrees of freedom are the covariance's rank, less those of the known elements.

    Examples
    --------
    >>> quadratic_test(np.array([2.0, 0.0]), np.diag([4.0, 1.0])).chi_squared
    1.0
    """
    # In units of the diagonal, so that no element is too small beside another to count.
    unit = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    unit[unit == 0.0] = 1.0
    chi_squared, rank = quadratic_form(vector / unit, matrix / np.outer(unit, unit))
    return chi_squared_test(chi_squared, rank - known)
