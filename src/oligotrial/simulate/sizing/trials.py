"""What single trials came to, by name, whatever the kernel's columns are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oligotrial.simulate.engine import Batch, simulate_rows
from oligotrial.trial import Design

__all__ = ["Trials", "simulated"]


@dataclass(frozen=True, eq=False)
class Trials:
    """Consecutive replicates of a design, one number a trial and property.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (trials, columns), as the kernel fills them.
    design : Design
        What was simulated; its test decides.
    draw : numpy.ndarray of int
        Draw of the truth that each trial had; shape (trials,).
    """

    rows: np.ndarray
    design: Design
    draw: np.ndarray

    @property
    def score(self) -> np.ndarray:
        """Log-rank score of the experimental arm."""
        return self.rows[:, 0]

    @property
    def variance(self) -> np.ndarray:
        """Variance of the score."""
        return self.rows[:, 1]

    @property
    def events(self) -> np.ndarray:
        """Events analysed."""
        return self.rows[:, 2]

    @property
    def months(self) -> np.ndarray:
        """Months from the first day of accrual to the analysis."""
        return self.rows[:, 3]

    @property
    def enrolled(self) -> np.ndarray:
        """Patients enrolled by the analysis."""
        return self.rows[:, 4]

    @cached_property
    def success(self) -> np.ndarray:
        """Whether a benefit was declared."""
        return self.design.test.succeeds(self.score, self.variance)

    @cached_property
    def statistic(self) -> np.ndarray:
        """The test's statistic, larger in favour of the experimental arm; NaN without one."""
        informative = self.variance > 0
        z = -self.score / np.sqrt(np.where(informative, self.variance, 1.0))
        return np.where(informative, z, np.nan)


def simulated(batch: Batch, first: int, count: int) -> Trials:
    """Simulate some replicates of a batch.

    Parameters
    ----------
    batch : Batch
        Design, world and seed.
    first, count : int
        The first replicate's number, and how many.

    Returns
    -------
    Trials
        One row a replicate.
    """
    draw = np.arange(first, first + count) % batch.world.draws
    return Trials(simulate_rows(batch, first, count), batch.design, draw)
