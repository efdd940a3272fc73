"""What all analyses of a two-arm trial have in common: columns, and a threshold for success."""

from typing import Protocol

import numpy as np

__all__ = ["FIRST_COLUMNS", "LOG_HAZARD_RATIO", "Analysis", "succeeds"]

FIRST_COLUMNS = ("statistic", "estimate", "std_error")
"""What every analysis yields first; see `Analysis`."""

LOG_HAZARD_RATIO = "log hazard ratio"


class Analysis(Protocol):
    """An analysis as a protocol states it: what is computed, and what counts as success.

    `oligotrial.simulate.analyses` computes it, for one trial or within a simulation. Every
    analysis yields a row of numbers that begins with

    - `statistic`: the larger, the better for the experimental arm; a standardised statistic, a
      probability, or a power;
    - `estimate` and `std_error`: of the effect that `measure` names.

    Where something can't be computed, as without events, it is NaN, which is never a success.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what it yields, `statistic`, `estimate` and `std_error` first."""
        ...

    @property
    def threshold(self) -> float:
        """Statistic at or above which the experimental arm is declared better."""
        ...

    @property
    def measure(self) -> str:
        """What `estimate` is an estimate of, with its unit."""
        ...

    @property
    def words(self) -> str:
        """A sentence for a protocol: what is computed, and when it is a success."""
        ...


def succeeds(analysis: Analysis, rows: np.ndarray) -> np.ndarray:
    """Tell of each trial whether the experimental arm is declared better.

    Parameters
    ----------
    analysis : Analysis
        Any.
    rows : numpy.ndarray
        What it yields; its columns last, shape (..., columns).

    Returns
    -------
    numpy.ndarray of bool
        Shape (...).

    Examples
    --------
    >>> from oligotrial.trial.decide import LogRank
    >>> succeeds(LogRank(0.10), np.array([[1.5, -0.4, 0.2], [np.nan, np.nan, np.nan]]))
    array([ True, False])
    """
    return np.asarray(rows[..., 0] >= analysis.threshold)
