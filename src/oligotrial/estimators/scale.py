"""The scale on which an estimated proportion's pointwise confidence limits are symmetric."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.stats import norm

from oligotrial import checks
from oligotrial.estimators.kernels import fill_log_log_distance, fill_plain_distance

__all__ = ["LOG", "LOG_LOG", "PLAIN", "Scale", "quantile_of"]

type Limits = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Scale:
    """How limits follow from an estimate and its standard error.

    Parameters
    ----------
    name : str
        What R's ``conf.type`` calls it.
    fill_distance : callable
        Fills how many standard errors survival lies above 1/2, from events, survival and
        variance.
    make_limits : callable
        Lower and upper limits from an estimate, its standard error and a normal quantile.
    """

    name: str
    fill_distance: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], None] = field(
        repr=False
    )
    make_limits: Callable[[np.ndarray, np.ndarray, float], Limits] = field(repr=False)

    def distance(
        self, events: np.ndarray, survival: np.ndarray, variance: np.ndarray
    ) -> np.ndarray:
        """Return standard errors above 1/2 at each event time.

        Parameters
        ----------
        events, survival, variance : numpy.ndarray
            Shape (row,): events, the product-limit estimate and its Greenwood variance.

        Returns
        -------
        numpy.ndarray
            Shape (row,); NaN where the estimate is 0.
        """
        distance = np.empty(len(events))
        self.fill_distance(events, survival, variance, distance)
        return distance

    def limits(self, value: np.ndarray, std_error: np.ndarray, *, level: float = 0.95) -> Limits:
        """Return the confidence limits of estimated proportions.

        Parameters
        ----------
        value, std_error : numpy.ndarray
            Estimates in [0, 1] and their standard errors, of one shape.
        level : float, optional
            Confidence level, in (0, 1).

        Returns
        -------
        tuple of numpy.ndarray
            Lower and upper limits, within 0 and 1. NaN where the scale leaves them undefined:
            an estimate of 0 on the log scale, of 0 or 1 on the log-log scale, and where the
            standard error is NaN.

        Raises
        ------
        InputError
            If the level is not valid.

        Notes
        -----
        As R's ``survfit`` does, for survival and for cumulative incidence.

        Examples
        --------
        >>> lower, upper = PLAIN.limits(np.array([0.5]), np.array([0.1]))
        >>> round(float(lower[0]), 3), round(float(upper[0]), 3)
        (0.304, 0.696)
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self.make_limits(value, std_error, quantile_of(level))


def quantile_of(level: float) -> float:
    """Return the normal quantile of a two-sided confidence level, or raise `InputError`."""
    return float(norm.isf((1.0 - checks.probability(level, "level")) / 2.0))


def _plain_limits(value: np.ndarray, std_error: np.ndarray, z: float) -> Limits:
    return np.maximum(value - z * std_error, 0.0), np.minimum(value + z * std_error, 1.0)


def _log_limits(value: np.ndarray, std_error: np.ndarray, z: float) -> Limits:
    factor = np.exp(z * std_error / np.where(value > 0.0, value, np.nan))
    return value / factor, np.minimum(value * factor, 1.0)


def _log_log_limits(value: np.ndarray, std_error: np.ndarray, z: float) -> Limits:
    inside = np.where((value > 0.0) & (value < 1.0), value, np.nan)
    power = np.exp(-z * std_error / (inside * np.log(inside)))
    return inside**power, inside ** (1.0 / power)


def _fill_log_distance(
    events: np.ndarray, survival: np.ndarray, variance: np.ndarray, distance: np.ndarray
) -> None:
    del events  # every row is evaluated: the compiled kernels skip those without events
    with np.errstate(divide="ignore", invalid="ignore"):
        distance[:] = (np.log(survival) + np.log(2.0)) * survival / np.sqrt(variance)


PLAIN: Final = Scale("plain", fill_plain_distance, _plain_limits)
"""Symmetric in the proportion itself: Klein and Moeschberger (2003), equation 4.5.5."""

LOG: Final = Scale("log", _fill_log_distance, _log_limits)
"""Symmetric in log S: Kalbfleisch and Prentice (2002), section 1.4; R's default."""

LOG_LOG: Final = Scale("log-log", fill_log_log_distance, _log_log_limits)
"""Symmetric in log(-log S): Klein and Moeschberger (2003), equation 4.5.6."""
