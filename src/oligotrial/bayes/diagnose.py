"""ArviZ's array functions, which have no annotations, with types: chains on the first axes."""

from typing import Any

import numpy as np
from arviz_stats.base.array import array_stats as _untyped

__all__ = ["bfmi", "ess_bulk", "ess_tail", "mcse", "mcse_mean", "mcse_quantile", "rhat"]

_arviz: Any = _untyped

unmoved = np.errstate(divide="ignore", invalid="ignore")
"""Draws that never move have no variance to divide by: their diagnostics are not numbers."""


@unmoved
def rhat(draws: np.ndarray) -> np.ndarray:
    """Return the rank-normalised split R-hat of draws shaped (..., chain, draw)."""
    return np.asarray(_arviz.rhat(draws))


@unmoved
def ess_bulk(draws: np.ndarray) -> np.ndarray:
    """Return the effective sample size for means of draws shaped (..., chain, draw)."""
    return np.asarray(_arviz.ess(draws, method="bulk"))


@unmoved
def ess_tail(draws: np.ndarray) -> np.ndarray:
    """Return the effective sample size for 5% and 95% quantiles of (..., chain, draw)."""
    return np.asarray(_arviz.ess(draws, method="tail", prob=(0.05, 0.95)))


@unmoved
def mcse(draws: np.ndarray) -> np.ndarray:
    """Return the Monte Carlo standard error of the mean of draws shaped (..., chain, draw)."""
    return np.asarray(_arviz.mcse(draws))


@unmoved
def bfmi(energy: np.ndarray) -> np.ndarray:
    """Return each chain's Bayesian fraction of missing information, of shape (chain, draw)."""
    return np.asarray(_arviz.bfmi(energy))


def mcse_mean(parts: np.ndarray) -> np.ndarray:
    """Return the Monte Carlo standard error of the mean of a mixture's draws, by batch means.

    Parameters
    ----------
    parts : numpy.ndarray
        Shape (..., cohort draw, chain, draw). The cohort draws are the mixture's parts, of equal
        weight: that they differ is no Monte Carlo error.

    Returns
    -------
    numpy.ndarray
        Shape (...).

    Notes
    -----
    Non-overlapping batches of the square root of a chain's length: Flegal, Haran and Jones
    (2008), Statistical Science 23, 250-260, doi:10.1214/08-STS257. Vectorised, where the
    estimate by effective sample size takes a call for each number.
    """
    length = parts.shape[-1]
    size = max(int(np.sqrt(length)), 1)
    count = length // size
    batches = parts[..., : count * size].reshape(*parts.shape[:-1], count, size).mean(axis=-1)
    within = batches.reshape(*parts.shape[:-2], -1)
    number = within.shape[-1]
    with np.errstate(invalid="ignore"):
        variances = within.var(axis=-1, ddof=1) / number
    return np.asarray(np.sqrt(variances.mean(axis=-1) / variances.shape[-1]))


def mcse_quantile(parts: np.ndarray, share: float) -> np.ndarray:
    """Return the Monte Carlo standard error of a quantile of a mixture's draws.

    Parameters
    ----------
    parts : numpy.ndarray
        Shape (..., cohort draw, chain, draw).
    share : float
        Which quantile, in (0, 1).

    Returns
    -------
    numpy.ndarray
        Shape (...): half of the distance between the quantiles a standard error of the
        distribution function to either side; NaN where one of them is infinite.

    Notes
    -----
    The indicator of being below the quantile has a mean, whose error is known, and the
    distribution function carries it over: Vehtari et al. (2021), Bayesian Analysis 16, 667-718,
    doi:10.1214/20-BA1221, section 4.2.
    """
    flat = np.sort(parts.reshape(*parts.shape[:-3], -1), axis=-1)
    middle = _order(flat, np.full(flat.shape[:-1], share))
    error = mcse_mean((parts <= middle[..., None, None, None]).astype(float))
    ends = [_order(flat, np.clip(share + sign * error, 0.0, 1.0)) for sign in (-1.0, 1.0)]
    with np.errstate(invalid="ignore"):
        width = (ends[1] - ends[0]) / 2.0
    return np.where(np.isfinite(width), width, np.nan)


def _order(ordered: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return quantiles of sorted draws, one share for each row."""
    place = share * (ordered.shape[-1] - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, ordered.shape[-1] - 1)
    low, high = (np.take_along_axis(ordered, at[..., None], -1)[..., 0] for at in (below, above))
    part = place - below
    with np.errstate(invalid="ignore"):
        return np.where(part > 0, low + part * (high - low), low)
