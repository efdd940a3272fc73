"""What is believed of a treatment's hazard ratio before the trial."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

__all__ = ["EffectPrior"]


@dataclass(frozen=True)
class EffectPrior:
    """A mixture of normal distributions on the log hazard ratio.

    Parameters
    ----------
    names : tuple of str
        What the components are called.
    weights, means, sds : numpy.ndarray
        Weight (summing to 1), mean and standard deviation of each component's log hazard
        ratio; shape (components,).

    Examples
    --------
    >>> prior = EffectPrior(("null",), np.ones(1), np.zeros(1), np.full(1, 0.2))
    >>> round(prior.probability_below(1.0), 3)
    0.5
    """

    names: tuple[str, ...]
    weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draw log hazard ratios.

        Parameters
        ----------
        size : int
            How many.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        numpy.ndarray
            Shape (size,).
        """
        component = rng.choice(self.weights.size, size=size, p=self.weights)
        return np.asarray(rng.normal(self.means[component], self.sds[component]))

    def only(self, component: int) -> "EffectPrior":
        """Return the prior made of a single component.

        Parameters
        ----------
        component : int
            Its number.

        Returns
        -------
        EffectPrior
            A prior of weight 1.
        """
        part = slice(component, component + 1)
        return EffectPrior(self.names[part], np.ones(1), self.means[part], self.sds[part])

    def probability_below(self, hazard_ratio: float) -> float:
        """Return the probability that the hazard ratio is below a value."""
        upto = norm.cdf(np.log(hazard_ratio), self.means, self.sds)
        return float(np.sum(self.weights * upto))

    def density(self, hazard_ratios: np.ndarray) -> pd.DataFrame:
        """Return the density of the hazard ratio, for each component and the mixture.

        Parameters
        ----------
        hazard_ratios : numpy.ndarray
            Where.

        Returns
        -------
        pandas.DataFrame
            Columns hazard_ratio, density (weighted for the components), component.
        """
        each = (
            self.weights[:, None]
            * norm.pdf(np.log(hazard_ratios), self.means[:, None], self.sds[:, None])
            / hazard_ratios
        )
        curves = {**dict(zip(self.names, each, strict=True)), "mixture": each.sum(axis=0)}
        return pd.concat(
            [
                pd.DataFrame({"hazard_ratio": hazard_ratios, "density": y, "component": name})
                for name, y in curves.items()
            ],
            ignore_index=True,
        )
