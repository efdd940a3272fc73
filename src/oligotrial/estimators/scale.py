"""The scale on which a survival curve's pointwise confidence limits are symmetric."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from oligotrial.estimators.arrays import RiskSets
from oligotrial.estimators.kernels import fill_log_log_distance, fill_plain_distance

__all__ = ["LOG_LOG", "PLAIN", "Scale"]


@dataclass(frozen=True)
class Scale:
    """How far survival lies from 1/2 in standard errors.

    Parameters
    ----------
    name : str
        What R's ``conf.type`` calls it.
    fill : callable
        The kernel that computes it from events, survival and variance.
    """

    name: str
    fill: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], None] = field(repr=False)

    def distance(self, table: RiskSets, survival: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Return standard errors above 1/2 at each event time of a table of one group.

        Parameters
        ----------
        table : RiskSets
            The table.
        survival, variance : numpy.ndarray
            Shape (row,): its product-limit estimate and Greenwood variance.

        Returns
        -------
        numpy.ndarray
            Shape (row,); NaN where the estimate is 0.
        """
        distance = np.empty(len(table.times))
        self.fill(table.events[:, 0], survival, variance, distance)
        return distance


PLAIN: Final = Scale("plain", fill_plain_distance)
"""Symmetric in the proportion itself: Klein and Moeschberger (2003), equation 4.5.5."""

LOG_LOG: Final = Scale("log-log", fill_log_log_distance)
"""Symmetric in log(-log S): Klein and Moeschberger (2003), equation 4.5.6."""
