"""ArviZ's array functions, which have no annotations, with types: chains on the first axes."""

from typing import Any

import numpy as np
from arviz_stats.base.array import array_stats as _untyped

__all__ = ["bfmi", "ess_bulk", "ess_tail", "mcse", "rhat"]

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
