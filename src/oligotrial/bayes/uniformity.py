"""Whether ranks are uniform: simultaneous bands of their distribution function, and chi-squared."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from oligotrial.checks import InputError

__all__ = ["Uniformity", "bands", "uniformity"]

SIMULATIONS = 10_000
BINS = 20
CHUNK = 1_000


@dataclass(frozen=True)
class Uniformity:
    """Two tests that ranks are uniform.

    Parameters
    ----------
    distribution : float
        P-value of the distribution function's largest departure.
    chi_squared : float
        P-value of counts in bins.
    """

    distribution: float
    chi_squared: float


def uniformity(ranks: np.ndarray, levels: int) -> Uniformity:
    """Test whether ranks are uniform on 0 to `levels`.

    Parameters
    ----------
    ranks : numpy.ndarray of int
        One rank a data set.
    levels : int
        The highest possible rank: the number of posterior draws.

    Returns
    -------
    Uniformity
        P-values.

    Raises
    ------
    InputError
        If there is no rank, or one is beyond its range.

    Notes
    -----
    The first test is that of Säilynoja, Bürkner and Vehtari (2022), Statistics and Computing 32,
    32, doi:10.1007/s11222-022-10090-6: the count of ranks up to each level is binomial, the
    statistic is the smallest of its tail probabilities over all levels, and its distribution is
    simulated. It sees slopes, smiles and frowns that bins would blur.

    Examples
    --------
    >>> even = uniformity(np.arange(100), 99)
    >>> even.distribution > 0.5, even.chi_squared
    (True, 1.0)
    """
    found = np.asarray(ranks)
    if found.size == 0 or found.min() < 0 or found.max() > levels:
        raise InputError(f"ranks have to be there, and from 0 to {levels}", where="ranks")
    smallest = _smallest_tails(_counts(found[None], levels), found.size, levels)[0]
    null = _null(found.size, levels)
    p_value = (1 + int(np.sum(null <= smallest * (1 + 1e-9)))) / (1 + len(null))
    return Uniformity(p_value, _chi_squared(found, levels))


def bands(size: int, levels: int, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return bands that hold the whole distribution function of uniform ranks.

    Parameters
    ----------
    size : int
        Number of ranks.
    levels : int
        The highest possible rank.
    level : float, optional
        Probability that all of it is inside.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper shares of ranks of at most 0, 1, ..., `levels` - 1; shape (levels,).
    """
    tail = np.quantile(_null(size, levels), 1.0 - level)
    binomial = stats.binom(size, _shares(levels))
    return binomial.ppf(tail / 2.0) / size, binomial.isf(tail / 2.0) / size


def _shares(levels: int) -> np.ndarray:
    return np.arange(1, levels + 1) / (levels + 1)


def _counts(ranks: np.ndarray, levels: int) -> np.ndarray:
    """Return how many ranks are at most 0, 1, ..., levels - 1; a row a set of ranks."""
    found = np.zeros((len(ranks), levels + 1), dtype=int)
    np.add.at(found, (np.arange(len(ranks))[:, None], ranks), 1)
    return found.cumsum(axis=1)[:, :-1]


def _smallest_tails(counts: np.ndarray, size: int, levels: int) -> np.ndarray:
    """Return twice the smallest binomial tail probability over all levels."""
    places, table = np.arange(levels), _below(size, levels)
    below, above = table[counts + 1, places], 1.0 - table[counts, places]
    return np.asarray(2.0 * np.minimum(below, above).min(axis=1))


@lru_cache(maxsize=8)
def _below(size: int, levels: int) -> np.ndarray:
    """Return the probabilities of at most -1, 0, ..., `size` ranks up to each level."""
    counts = np.arange(-1, size + 1)[:, None]
    return np.asarray(stats.binom.cdf(counts, size, _shares(levels)))


@lru_cache(maxsize=8)
def _null(size: int, levels: int) -> np.ndarray:
    rng = np.random.default_rng(20220317)
    parts = []
    for _ in range(SIMULATIONS // CHUNK):
        ranks = rng.integers(0, levels + 1, size=(CHUNK, size))
        parts.append(_smallest_tails(_counts(ranks, levels), size, levels))
    return np.concatenate(parts)


def _chi_squared(ranks: np.ndarray, levels: int) -> float:
    bins = np.arange(levels + 1) * min(BINS, levels + 1) // (levels + 1)
    expected = np.bincount(bins) * ranks.size / (levels + 1)
    counts = np.bincount(bins[ranks], minlength=len(expected))
    return float(stats.chisquare(counts, expected).pvalue)
