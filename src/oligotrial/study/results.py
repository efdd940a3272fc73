"""All that a study's stages made."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from oligotrial.spec import Study
from oligotrial.trial import Design

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Results"]


@dataclass(frozen=True, eq=False)
class Results:
    """All that a study's stages made.

    Parameters
    ----------
    study : Study
        The study.
    cohort : Cohort
        The patients fitted.
    source : str or None
        Name of the evidence that the cohort was reconstructed from, if it was.
    fits : dict of str to Fit
        Posteriors by baseline, the main one first.
    strata : pandas.DataFrame
        The trial's population.
    operating, sensitivity, looks : pandas.DataFrame
        Simulated figures.
    design : Design
        The design that is recommended, or the largest one: changed assumptions and looks are of it.
    inputs : dict of str to str
        Digests of the input files.
    quick : bool
        Whether this was a try-out with few draws and trials.
    """

    study: Study
    cohort: "Cohort"
    source: str | None
    fits: "dict[str, Fit]"
    strata: pd.DataFrame
    operating: pd.DataFrame
    sensitivity: pd.DataFrame
    looks: pd.DataFrame
    design: Design
    inputs: dict[str, str]
    quick: bool

    @property
    def main(self) -> "Fit":
        """The fit that drives the simulation."""
        return next(iter(self.fits.values()))
