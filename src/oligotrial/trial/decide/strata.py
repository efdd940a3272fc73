"""How differences within strata are put together."""

from dataclasses import dataclass
from typing import Final

__all__ = ["BY_BOTH_ARMS", "BY_PRECISION", "BY_SIZE", "StratumWeights"]


@dataclass(frozen=True)
class StratumWeights:
    """What the strata's differences are weighed by.

    Parameters
    ----------
    name : str
        In words.
    """

    name: str


BY_SIZE: Final = StratumWeights("number of patients")
"""The effect in patients as they are in the trial."""

BY_BOTH_ARMS: Final = StratumWeights("n0 n1 / (n0 + n1)")
"""As `BY_SIZE` where arms are balanced; strata with few patients in an arm count less. Cochran
(1954), Biometrics 10, 417-451, doi:10.2307/3001616."""

BY_PRECISION: Final = StratumWeights("inverse variance")
"""The least variance if all strata's effects are the same. Weights are estimated, and so depend on
the effect's estimate in small strata; a stratum without events has none and is left out."""
