"""ArviZ's array functions, which have no annotations, with types: chains on the first axes."""

from typing import Any

import numpy as np
from arviz_stats.base.array import array_stats as _untyped

__all__ = [
    "bfmi",
    "ess_bulk",
    "ess_tail",
    "good_k",
    "mcse",
    "mcse_mean",
    "mcse_quantile",
    "power_scale_distance",
    "power_scale_weights",
    "psis",
    "rhat",
]

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
    with np.errstate(over="ignore"):  # of a chain that is stuck where the energy is enormous
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


def psis(log_ratios: np.ndarray, *, relative_ess: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return Pareto-smoothed log importance weights, and how heavy their tails are.

    Parameters
    ----------
    log_ratios : numpy.ndarray
        Shape (..., draw): logs of the target's density over that of the draws.
    relative_ess : float, optional
        Effective over actual number of draws.

    Returns
    -------
    tuple of numpy.ndarray
        Log weights, which sum to 1 once raised, of the same shape; Pareto k, of shape (...).

    Notes
    -----
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), Journal of Machine Learning Research 25, 72.
    """
    weights, k = np.zeros(log_ratios.shape), np.zeros(log_ratios.shape[:-1])
    moved = np.ptp(log_ratios, axis=-1) > 0  # ratios that are all equal have no tail
    if moved.any():
        weights[moved], k[moved] = _arviz.psislw(-log_ratios[moved], r_eff=relative_ess)
    total = np.logaddexp.reduce(weights, axis=-1, keepdims=True)
    return weights - total, k


def good_k(draws: int) -> float:
    """Return the Pareto k up to which smoothed weights of so many draws can be relied on.

    ``min(1 - 1 / log10(draws), 0.7)``: Vehtari et al. (2024), Journal of Machine Learning
    Research 25, 72.

    Parameters
    ----------
    draws : int
        Draws that the weights are of.

    Returns
    -------
    float
        The limit.
    """
    return float(min(1.0 - 1.0 / np.log10(draws), 0.7))


def power_scale_weights(log_density: np.ndarray, power: float) -> np.ndarray:
    """Return weights, summing to 1, that raise a part of the posterior to a power.

    Parameters
    ----------
    log_density : numpy.ndarray
        Log of that part at each draw; shape (chain, draw).
    power : float
        Near 1.

    Returns
    -------
    numpy.ndarray
        Shape (chain, draw).
    """
    if np.ptp(log_density) == 0.0:
        return np.full(log_density.shape, 1.0 / log_density.size)
    weights = np.exp(_arviz.power_scale_lw(log_density, alpha=power, axis=(-2, -1)))
    return np.asarray(weights / weights.sum())


def power_scale_distance(
    draws: np.ndarray, lower: np.ndarray, upper: np.ndarray, powers: tuple[float, float]
) -> float:
    """Return how far a marginal posterior moves for each doubling of a power.

    Parameters
    ----------
    draws, lower, upper : numpy.ndarray
        Draws of one quantity, and their weights at both powers; shape (chain, draw).
    powers : tuple of float
        Below and above 1.

    Returns
    -------
    float
        Cumulative Jensen-Shannon distance: Kallioinen, Paananen, Bürkner and Vehtari (2024),
        Statistics and Computing 34, 57, doi:10.1007/s11222-023-10366-5.
    """
    if np.ptp(draws) == 0.0:
        return 0.0
    given = {"lower_w": lower, "upper_w": upper}
    alphas = {"lower_alpha": powers[0], "upper_alpha": powers[1]}
    return float(_arviz.power_scale_sense(draws, **given, **alphas))
