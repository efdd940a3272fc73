"""What is believed of a treatment's hazard ratio before the trial."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError, positive

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

    Raises
    ------
    InputError
        If there isn't one number each a component, a weight is negative, a mean is not finite, or a
        standard deviation is not above 0; from all but `only`, if the weights don't sum to 1.

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

    def __post_init__(self) -> None:
        numbers = {name: np.asarray(getattr(self, name)) for name in ("weights", "means", "sds")}
        for name, given in numbers.items():
            if given.shape != (len(self.names),) or not np.isfinite(given).all():
                raise InputError(
                    f"{given.tolist()} are not finite numbers, one for each of "
                    f"{len(self.names)} components",
                    where=name,
                )
        if (numbers["weights"] < 0).any():
            raise InputError(
                f"{numbers['weights'].tolist()} are not all 0 or more", where="weights"
            )
        if not (numbers["sds"] > 0).all():
            raise InputError(f"{numbers['sds'].tolist()} are not all above 0", where="sds")

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

        Raises
        ------
        InputError
            If the weights don't sum to 1.
        """
        component = rng.choice(self.weights.size, size=size, p=self._shares())
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
        upto = norm.cdf(np.log(positive(hazard_ratio, "hazard_ratio")), self.means, self.sds)
        return float(np.sum(self._shares() * upto))

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
            self._shares()[:, None]
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

    def _shares(self) -> np.ndarray:
        """Return the weights, which a sampler and a probability need as shares."""
        weights = np.asarray(self.weights, dtype=float)
        if not np.isclose(weights.sum(), 1.0):
            raise InputError(
                f"{weights.tolist()} sum to {weights.sum():g}; give shares that sum to 1",
                where="weights",
            )
        return weights
