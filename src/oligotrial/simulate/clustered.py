"""Means and quantiles over trials, some of which share a draw of the truth, with their errors."""

import numpy as np

__all__ = ["mean_and_error", "quantile_and_error"]


def mean_and_error(
    totals: np.ndarray, counts: np.ndarray, squares: float | None
) -> tuple[float, float]:
    """Return a mean over trials and its Monte Carlo standard error.

    Parameters
    ----------
    totals, counts : numpy.ndarray
        Sum over trials, and trials, by draw of the truth; shape (draws,).
    squares : float or None
        Sum of squares over these trials; None where it isn't known.

    Returns
    -------
    tuple of float
        Mean and standard error; not numbers where there is no trial, and no error where the trials
        of a single draw have no sum of squares.

    Notes
    -----
    Trials that share a draw of the truth are not independent. Where there is more than one draw,
    the standard error is that of a ratio of two sums over draws as clusters: Cochran (1977),
    Sampling Techniques, 3rd edition, section 6.4. With one trial a draw it is the usual one.

    Examples
    --------
    >>> mean_and_error(np.array([2.0]), np.array([4]), 2.0)
    (0.5, 0.25)
    """
    trials = float(counts.sum())
    if trials == 0:
        return np.nan, np.nan
    mean = float(totals.sum() / trials)
    clusters = int(np.count_nonzero(counts))
    if clusters > 1:
        spread = clusters / (clusters - 1) * np.sum((totals - mean * counts) ** 2)
        return mean, float(np.sqrt(spread) / trials)
    if squares is None:
        return mean, np.nan
    return mean, float(np.sqrt(max(squares / trials - mean**2, 0.0) / trials))


def quantile_and_error(
    frequencies: np.ndarray, share: float, *, values: np.ndarray, inflation: float = 1.0
) -> tuple[float, float]:
    """Return a quantile over trials and its Monte Carlo standard error.

    Parameters
    ----------
    frequencies : numpy.ndarray
        Trials by bin; shape (bins,).
    share : float
        Proportion of trials that are no higher.
    values : numpy.ndarray
        Ascending, one a bin; shape (bins,).
    inflation : float, optional
        How many times the variance of a mean is what it would be if trials were independent.

    Returns
    -------
    tuple of float
        Quantile and standard error; 0 where trials without end would give the same value as far as
        can be told.

    Notes
    -----
    Woodruff (1952), J Am Stat Assoc 47, 635-646, doi:10.1080/01621459.1952.10483443.

    Examples
    --------
    >>> quantile_and_error(np.array([10, 80, 10]), 0.5, values=np.array([1.0, 2.0, 3.0]))
    (2.0, 0.0)
    """
    upto = np.cumsum(frequencies)
    trials = float(upto[-1])

    def quantile(part: float) -> float:
        return float(values[min(int(np.searchsorted(upto, part * trials)), values.size - 1)])

    error = np.sqrt(share * (1 - share) / trials * inflation)
    low, high = quantile(max(share - error, 0.0)), quantile(min(share + error, 1.0))
    return quantile(share), 0.0 if low == high else (high - low) / 2
