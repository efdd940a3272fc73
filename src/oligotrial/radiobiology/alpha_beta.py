"""The alpha/beta ratio as a distribution, and what the literature says of it."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError, non_negative, positive, probability, suggestion

__all__ = ["AlphaBeta", "alpha_beta_table", "sourced_alpha_beta"]

LEVEL: Final = 0.95


@dataclass(frozen=True)
class AlphaBeta:
    """A distribution of alpha/beta: log-normal, or a point mass where it is taken as known.

    A ratio is positive, and a normal distribution cut off at 0 would give BEDs of infinite
    mean, since BED goes with its inverse; the log-normal gives finite ones.

    Parameters
    ----------
    median_gy : float
        Its median, Gy.
    sd_log : float, optional
        Standard deviation of its log; 0 for a point mass.
    tissue : str, optional
        What it is of.
    place : str, optional
        Where it comes from.

    Raises
    ------
    InputError
        If the median isn't above 0 or the standard deviation negative.

    Examples
    --------
    >>> AlphaBeta(4.0).words
    '4 Gy, taken as known'
    >>> AlphaBeta(4.0, 0.3).words
    'log-normal, median 4 Gy, 95% from 2.22 to 7.2 Gy'
    """

    median_gy: float
    sd_log: float = 0.0
    tissue: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        positive(self.median_gy, "median")
        non_negative(self.sd_log, "sd_log")

    @staticmethod
    def from_estimate(
        estimate_gy: float,
        interval_gy: tuple[float, float],
        *,
        level: float = LEVEL,
        tissue: str = "",
        place: str = "",
    ) -> "AlphaBeta":
        """Return the distribution that an estimate and its symmetric interval stand for.

        Parameters
        ----------
        estimate_gy : float
            The estimate, Gy.
        interval_gy : tuple of float
            Its confidence interval; the lower end may be negative.
        level : float, optional
            The interval's level.
        tissue, place : str, optional
            As of the class.

        Returns
        -------
        AlphaBeta
            The log-normal distribution with the mean and standard deviation of the estimate's
            normal distribution restricted to positive values.

        Raises
        ------
        InputError
            If the estimate isn't inside its interval.

        Notes
        -----
        With ``a = -estimate / se`` and ``r = pdf(a) / (1 - cdf(a))`` of the standard normal,
        the restricted mean is ``estimate + se * r`` and the variance
        ``se**2 * (1 + a * r - r**2)``: Johnson, Kotz and Balakrishnan (1994), Continuous
        Univariate Distributions 1, 2nd edition, section 13.10.1.

        Examples
        --------
        >>> AlphaBeta.from_estimate(5.0, (-2.7, 12.7)).words
        'log-normal, median 5.01 Gy, 95% from 1.76 to 14.2 Gy'
        """
        low, high = interval_gy
        if not low < estimate_gy < high:
            raise InputError(
                f"an estimate of {estimate_gy:g} is not inside its interval {low:g} to {high:g}"
            )
        error = (high - low) / (2.0 * norm.ppf((1.0 + probability(level, "level")) / 2.0))
        cut = -estimate_gy / error
        ratio = float(np.exp(norm.logpdf(cut) - norm.logsf(cut)))
        mean = estimate_gy + error * ratio
        variance = error**2 * (1.0 + cut * ratio - ratio**2)
        relative = variance / mean**2
        median = mean / math.sqrt(1.0 + relative)
        return AlphaBeta(float(median), math.sqrt(math.log1p(relative)), tissue, place)

    @property
    def is_known(self) -> bool:
        """Whether it is a point mass."""
        return self.sd_log == 0

    def quantile(self, shares: Any) -> np.ndarray:
        """Return the ratios, Gy, below which these shares of the distribution lie."""
        return np.asarray(self.median_gy * np.exp(self.sd_log * norm.ppf(shares)))

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 95% interval, Gy."""
        low, high = self.quantile([(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
        return float(low), float(high)

    @property
    def words(self) -> str:
        """The distribution, in words."""
        if self.is_known:
            return f"{self.median_gy:g} Gy, taken as known"
        low, high = self.interval
        return f"log-normal, median {self.median_gy:.3g} Gy, 95% from {low:.3g} to {high:.3g} Gy"

    def draws(self, size: int, *, seed: int | np.random.Generator) -> np.ndarray:
        """Return random ratios.

        Parameters
        ----------
        size : int
            How many.
        seed : int or numpy.random.Generator
            Where the randomness comes from.

        Returns
        -------
        numpy.ndarray
            Gy, shape (size, 1), so that `BedParts.bed_gy` gives a row a draw.

        Examples
        --------
        >>> AlphaBeta(4.0).draws(2, seed=1)
        array([[4.],
               [4.]])
        """
        normal = np.random.default_rng(seed).standard_normal((size, 1))
        return np.asarray(self.median_gy * np.exp(self.sd_log * normal))


def sourced_alpha_beta(name: str) -> AlphaBeta:
    """Return a distribution of alpha/beta that the literature gives.

    Parameters
    ----------
    name : str
        A name in `alpha_beta_table`.

    Returns
    -------
    AlphaBeta
        The distribution, with its tissue and place.

    Raises
    ------
    InputError
        If there is none of that name.

    Examples
    --------
    >>> sourced_alpha_beta("breast").median_gy
    4.0
    """
    sourced = _sourced()
    if name not in sourced:
        raise InputError(
            f"there is no alpha/beta called '{name}'{suggestion(name, sourced)}; there are "
            f"{', '.join(sourced)}",
            where="alpha_beta",
        )
    return sourced[name]


def alpha_beta_table() -> pd.DataFrame:
    """Return what the literature says of alpha/beta.

    Returns
    -------
    pandas.DataFrame
        One row a source: name, tissue, median_gy, lower_gy and upper_gy (95% of the
        distribution that is made of it), known (whether it is a point mass) and place.

    Examples
    --------
    >>> alpha_beta_table()["name"].tolist()
    ['breast', 'metastasis', 'breast_start_a', 'breast_start_pooled']
    """
    rows = [
        (name, each.tissue, each.median_gy, *each.interval, each.is_known, each.place)
        for name, each in _sourced().items()
    ]
    columns = ["name", "tissue", "median_gy", "lower_gy", "upper_gy", "known", "place"]
    return pd.DataFrame(rows, columns=columns)


@cache
def _sourced() -> dict[str, AlphaBeta]:
    text = (files("oligotrial.radiobiology") / "alpha_beta.toml").read_text(encoding="utf-8")
    return {name: _made(row) for name, row in tomllib.loads(text).items()}


def _made(row: dict[str, Any]) -> AlphaBeta:
    about = {"tissue": row["tissue"], "place": row["place"]}
    if "interval" not in row:
        return AlphaBeta(row["value"], **about)
    low, high = row["interval"]
    return AlphaBeta.from_estimate(row["value"], (low, high), level=row["level"], **about)
