"""What single trials came to, by name, whatever the kernel's columns are."""

from dataclasses import dataclass

import numpy as np

from oligotrial.simulate.engine import Batch, simulate_rows
from oligotrial.simulate.tally import reached
from oligotrial.simulate.trials import COLUMNS
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
    def events(self) -> np.ndarray:
        """Events analysed."""
        return self.rows[:, COLUMNS.index("events")]

    @property
    def months(self) -> np.ndarray:
        """Months from the first day of accrual to the analysis."""
        return self.rows[:, COLUMNS.index("month")]

    @property
    def enrolled(self) -> np.ndarray:
        """Patients enrolled by the analysis."""
        return self.rows[:, COLUMNS.index("enrolled")]

    @property
    def reached(self) -> np.ndarray:
        """Whether the last look's events were there, or the trial ended before."""
        return reached(self.rows, self.design)

    @property
    def success(self) -> np.ndarray:
        """Whether a benefit was declared."""
        return np.asarray(self.rows[:, COLUMNS.index("decision")] == 1)

    @property
    def statistic(self) -> np.ndarray:
        """The test's statistic, larger in favour of the experimental arm; NaN without one."""
        return self.rows[:, len(COLUMNS)]


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
