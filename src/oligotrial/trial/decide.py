"""How an analysis is turned into a decision."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from oligotrial.checks import probability

__all__ = ["LogRank"]


@dataclass(frozen=True)
class LogRank:
    """The log-rank test, one-sided in favour of the experimental arm.

    Parameters
    ----------
    alpha : float
        One-sided significance level.
    stratified : bool, optional
        Whether the test is stratified by the factors that stratify randomisation.

    Raises
    ------
    InputError
        If `alpha` is not between 0 and 1.

    Examples
    --------
    >>> bool(LogRank(0.10).succeeds(score=-6.0, variance=20.0))
    True
    """

    alpha: float
    stratified: bool = True

    def __post_init__(self) -> None:
        probability(self.alpha, "alpha")

    @property
    def critical(self) -> float:
        """Standardised score at or below which the trial succeeds."""
        return float(norm.ppf(self.alpha))

    def succeeds(self, score: np.ndarray | float, variance: np.ndarray | float) -> np.ndarray:
        """Tell whether the experimental arm is declared better.

        Parameters
        ----------
        score : numpy.ndarray or float
            Observed minus expected events in the experimental arm.
        variance : numpy.ndarray or float
            Variance of the score; 0 (no information) is never a success.

        Returns
        -------
        numpy.ndarray of bool
            One decision a trial.
        """
        informative = np.asarray(variance) > 0
        z = np.where(informative, score, 0.0) / np.sqrt(np.where(informative, variance, 1.0))
        return np.asarray(informative & (z <= self.critical))
