"""Priors of shares: of one, and of several that sum to 1."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from oligotrial.bayes.families.base import SIMPLEX, UNIT, Support, Univariate
from oligotrial.checks import positive

__all__ = ["Beta", "Dirichlet"]


@dataclass(frozen=True)
class Beta(Univariate):
    """A beta prior, for shares: what a share is after so many successes and failures.

    Parameters
    ----------
    alpha, beta : float
        Successes and failures; one of each for a uniform prior.

    Examples
    --------
    >>> Beta(1.0, 3.0).words
    'beta(alpha 1, beta 3), mean 25%'
    """

    alpha: float
    beta: float

    support: ClassVar[Support] = UNIT

    def __post_init__(self) -> None:
        positive(self.alpha, "alpha")
        positive(self.beta, "beta")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"alpha": self.alpha, "beta": self.beta}

    @property
    def distribution(self) -> Any:
        """The distribution, as scipy has it."""
        return stats.beta(self.alpha, self.beta)

    @property
    def words(self) -> str:
        """The distribution."""
        mean = self.alpha / (self.alpha + self.beta)
        return f"beta(alpha {self.alpha:g}, beta {self.beta:g}), mean {mean:.0%}"


@dataclass(frozen=True)
class Dirichlet:
    """A Dirichlet prior with equal concentrations, for shares that sum to 1.

    Parameters
    ----------
    concentration : float
        1 for uniform shares; above 1 they are drawn towards equality.

    Examples
    --------
    >>> Dirichlet(1.0).words
    'Dirichlet(concentration 1)'
    """

    concentration: float

    support: ClassVar[Support] = SIMPLEX

    def __post_init__(self) -> None:
        positive(self.concentration, "concentration")

    @property
    def numbers(self) -> dict[str, float]:
        """What PyMC is given, by the keywords of its distribution."""
        return {"a": self.concentration}

    @property
    def words(self) -> str:
        """The distribution."""
        return f"Dirichlet(concentration {self.concentration:g})"

    @property
    def interval(self) -> tuple[float, float]:
        """The range of each share."""
        return 0.0, 1.0

    def draw(self, rng: np.random.Generator, *, draws: int, size: int) -> np.ndarray:
        """Return draws of shares, shape (draws, size)."""
        return rng.dirichlet(np.full(size, self.concentration), draws)
