"""Baselines with two or three parameters, besides the exponential and the Weibull.

Times enter by their logs, so that hours and 10^6 months lose no digits.
"""

from dataclasses import dataclass, field

import numpy as np

from oligotrial.hazard.core import Array
from oligotrial.hazard.functions import (
    at_most,
    bend,
    growth,
    indicator,
    log_time,
    shared,
    softplus,
    stirling_error,
)
from oligotrial.hazard.tail import Tail, mills_ratio

__all__ = ["GeneralisedGamma", "Gompertz", "LogLogistic", "LogNormal"]

LARGEST_EXPONENT = 600.0
"""Where exponentials stop growing: 10^260, far from overflow, survival long 0 as a number."""

HALF_LOG_2_PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True)
class Gompertz:
    """A hazard that grows or falls exponentially, ``h(t) = rate * exp(shape * t)``.

    Parameters
    ----------
    shape : array
        Rise of the log hazard, per month. Below 0 a share ``exp(rate / shape)`` never has
        the event; at 0 the hazard is constant.
    rate : array
        Hazard at time 0, per month.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, table 2.2 (there `alpha` for
    `shape`, `theta` for `rate`); flexsurv's and VGAM's parameters have the same meaning.

    Examples
    --------
    >>> round(float(Gompertz(0.1, 0.05).cumulative_hazard(10.0)), 6)
    0.859141
    """

    shape: Array
    rate: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        return np.log(self.rate) + self.shape * time

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return self.rate * time * growth(at_most(self.shape * time, LARGEST_EXPONENT))


@dataclass(frozen=True)
class LogLogistic:
    """The log-logistic hazard, ``H(t) = log(1 + (t / scale) ** shape)``.

    Parameters
    ----------
    shape : array
        Above 1 the hazard rises to a peak and falls, else it falls from the start.
    scale : array
        The median, months.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, table 2.2, with
    ``lambda = scale ** -shape``; flexsurv's parameters.

    Examples
    --------
    >>> round(float(np.exp(-LogLogistic(1.5, 9.0).cumulative_hazard(9.0))), 12)
    0.5
    """

    shape: Array
    scale: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        log_odds = self._log_odds(time)
        return np.log(self.shape) - log_time(time) + log_odds - softplus(log_odds)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        return softplus(self._log_odds(time)) * indicator(time > 0.0)

    def _log_odds(self, time: Array) -> Array:
        """Return the log odds of having had the event."""
        return self.shape * (log_time(time) - np.log(self.scale))


@dataclass(frozen=True)
class LogNormal:
    """The log-normal hazard: log time is normal. It rises to a peak and falls.

    Parameters
    ----------
    mu : array
        Mean of the log of the time in months; the median is ``exp(mu)``.
    sigma : array
        Standard deviation of the log of the time.

    Notes
    -----
    Klein and Moeschberger (2003), Survival Analysis, 2nd edition, table 2.2. The normal tail is
    taken from the scaled complementary error function, so that no time is too late for it.

    Examples
    --------
    >>> round(float(np.exp(-LogNormal(np.log(9.0), 0.8).cumulative_hazard(9.0))), 12)
    0.5
    """

    mu: Array
    sigma: Array

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        score = self._score(time)
        early, late = _halves(score)
        density = -0.5 * early**2 - HALF_LOG_2_PI - np.log(self.sigma) - log_time(time)
        return density - _log_before(early) - _log_scaled_after(late) - np.log(2.0)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        early, late = _halves(self._score(time))
        after_median = np.log(2.0) - 0.5 * late**2 + _log_scaled_after(late)
        return -(_log_before(early) + after_median * indicator(late > 0.0))

    def _score(self, time: Array) -> Array:
        return (log_time(time) - self.mu) / self.sigma


def _halves(score: Array) -> tuple[Array, Array]:
    """Return a score's negative and positive part; the other of the two is 0."""
    return 0.5 * (score - np.abs(score)), 0.5 * (score + np.abs(score))


def _log_before(early: Array) -> Array:
    """Return the log of normal survival at scores of at most 0."""
    return np.log1p(-0.5 * shared("erfc", -early / np.sqrt(2.0)))


def _log_scaled_after(late: Array) -> Array:
    """Return the log of normal survival times ``exp(late ** 2 / 2)``, scores of at least 0."""
    return np.log(0.5 * shared("erfcx", late / np.sqrt(2.0)))


@dataclass(frozen=True)
class GeneralisedGamma:
    """Prentice's generalised gamma hazard, which holds several others.

    ``w = (log(t) - mu) / sigma`` has the density
    ``|q| (q^-2)^(q^-2) exp(q^-2 (q w - exp(q w))) / Gamma(q^-2)``, and at ``q = 0`` the normal
    one: log-normal. ``q = 1`` is Weibull (shape ``1 / sigma``, scale ``exp(mu)``),
    ``q = sigma`` gamma, ``q = -1`` inverse Weibull.

    Parameters
    ----------
    mu : array
        Location of the log of the time in months.
    sigma : array
        Scale of the log of the time.
    q : array
        Shape, of either sign; between -5 and 5 cumulative hazards have twelve correct digits.
    tail : callable, optional
        What works out the area beyond a time, where there is a quicker way for a kind of arrays.

    Notes
    -----
    Prentice (1974), Biometrika 61, 539-544, doi:10.1093/biomet/61.3.539, in the form of Cox,
    Chu, Schneider and Munoz (2007), Statistics in Medicine 26, 4352-4374,
    doi:10.1002/sim.2836; flexsurv's ``gengamma``. Survival is an incomplete gamma function of
    ``q^-2``, which loses its digits, and its slope in `q` altogether, as q tends to 0. Here the
    density's log is written in functions that are smooth there, and the area beyond a time is
    found by Mori's rule for integrands that fall exponentially (Takahasi and Mori 1974,
    Publications of RIMS 9, 721-741, doi:10.2977/prims/1195192451) on a scale of its slope.
    Early times are the late ones of ``-q``.

    Examples
    --------
    >>> from oligotrial.hazard import Weibull
    >>> prentices = GeneralisedGamma(np.log(10.0), 0.5, 1.0).cumulative_hazard(5.0)
    >>> round(float(prentices - Weibull(2.0, 10.0).cumulative_hazard(5.0)), 12) + 0.0
    0.0
    """

    mu: Array
    sigma: Array
    q: Array
    tail: Tail = field(default=mills_ratio, repr=False, compare=False)

    def log_hazard(self, time: Array) -> Array:
        """Return the log of the hazard at each time."""
        late, log_density, log_ratio = self._tail(time)
        early_part = log_density + _early(late, log_density, log_ratio)
        each = (1.0 - late) * early_part - late * log_ratio
        return each - np.log(self.sigma) - log_time(time)

    def cumulative_hazard(self, time: Array) -> Array:
        """Return the hazard integrated from 0 to each time."""
        late, log_density, log_ratio = self._tail(time)
        early = (1.0 - late) * _early(late, log_density, log_ratio)
        return (early - late * (log_density + log_ratio)) * indicator(time > 0.0)

    def _tail(self, time: Array) -> tuple[Array, Array, Array]:
        """Return which times are late, the log density, and the log of the tail over it."""
        score = (log_time(time) - self.mu) / self.sigma
        late = indicator(score > 0.0)
        sign = 2.0 * late - 1.0
        distance, q = sign * score, sign * self.q
        exponent = at_most(q * distance, LARGEST_EXPONENT / 2.0)
        log_density = -(distance**2) * bend(exponent) - stirling_error(q**2) - HALF_LOG_2_PI
        return late, log_density, np.log(self.tail(distance, q, exponent))


def _early(late: Array, log_density: Array, log_ratio: Array) -> Array:
    """Return the cumulative hazard from the area before a time; 0 where times are late."""
    before = (1.0 - late) * (log_density + log_ratio) - LARGEST_EXPONENT * late
    return -np.log1p(-np.exp(before))
