"""One draw of a cohort, with what several printed numbers need of it computed once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.columns import Columns
from oligotrial.cohort.endpoints import first_endpoint
from oligotrial.cohort.groupings import with_groupings
from oligotrial.cohort.groups import Groups
from oligotrial.cohort.models import Model
from oligotrial.cohort.target import LEVEL, Target
from oligotrial.cohort.targets import fitted
from oligotrial.estimators.cox import BRESLOW, Cox, cox
from oligotrial.estimators.scale import quantile_of
from oligotrial.evidence import Evidence

__all__ = ["Draw", "Regression", "covariate_codes"]

type Codes = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Regression:
    """A printed regression fitted to one draw.

    Parameters
    ----------
    fit : Cox
        As `oligotrial.estimators.cox.cox` returns it.
    """

    fit: Cox

    def estimate(self, covariate: str, what: str, level: float = LEVEL) -> float:
        """Return a number of the regression.

        Parameters
        ----------
        covariate : str
            Its name; empty for Harrell's C.
        what : str
            "value", "lower", "upper" or "p".
        level : float, optional
            Confidence level of the limits.

        Returns
        -------
        float
            A hazard ratio, a limit of it, its p-value, or the C-index or a limit of it.
        """
        if not covariate:
            return float(getattr(self.fit.concordance(level=level), what))
        table = self.fit.coefficients
        number = list(table.index).index(covariate)
        if what == "p":
            return float(table["p"].to_numpy(float)[number])
        ratio, error = table[["log_hazard_ratio", "std_error"]].to_numpy(float)[number]
        sign = {"value": 0.0, "lower": -1.0, "upper": 1.0}[what]
        return math.exp(ratio + sign * quantile_of(level) * error)


class Draw:
    """One draw of a cohort.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients.
    evidence : Evidence
        Whose endpoints and regressions.
    codes : mapping
        From `covariate_codes`, the same for all draws.
    """

    def __init__(self, frame: pd.DataFrame, evidence: Evidence, codes: Codes) -> None:
        self.frame = with_groupings(frame, evidence.groupings)
        self._first = first_endpoint(evidence)
        self._models = {each.name: each for each in fitted(evidence)}
        self._codes = codes
        self._groups: dict[str, Groups] = {}
        self._regressions: dict[str, Regression | None] = {}

    def groups(self, endpoint: str) -> Groups:
        """Return the patients with the times of an endpoint.

        Parameters
        ----------
        endpoint : str
            One of the source's.

        Returns
        -------
        Groups
            With the times in time and event.

        Raises
        ------
        InputError
            If the cohort has no columns for it.
        """
        if endpoint not in self._groups:
            rows = self.frame
            if endpoint != self._first:
                names = {f"{endpoint}_{part}": part for part in ("time", "event")}
                if missing := sorted(set(names) - set(rows)):
                    raise InputError(f"there is no column '{missing[0]}'")
                rows = rows.drop(columns=["time", "event"]).rename(columns=names)
            self._groups[endpoint] = Groups(rows)
        return self._groups[endpoint]

    @cached_property
    def all_codes(self) -> pd.DataFrame:
        """The code of every covariate of a regression, a column each."""
        groups = self.groups(self._first)
        return pd.DataFrame(
            {
                name: [code.get(level, np.nan) for level in groups.levels(name)]
                for name, code in self._codes.items()
            }
        )

    def regression(self, name: str) -> Regression | None:
        """Return a printed regression fitted to the draw.

        Parameters
        ----------
        name : str
            A model's; see `oligotrial.cohort.models`.

        Returns
        -------
        Regression or None
            None where it has no estimates, so that the draw agrees with none.
        """
        if name not in self._regressions:
            try:
                self._regressions[name] = self._fitted(self._models[name])
            except InputError:
                self._regressions[name] = None
        return self._regressions[name]

    def _fitted(self, model: Model) -> Regression:
        codes, groups = self.all_codes[list(model.ratios)], self.groups(model.endpoint)
        return Regression(cox(groups.time, groups.event, codes, ties=BRESLOW))


def covariate_codes(evidence: Evidence) -> dict[str, dict[str, float]]:
    """Return how the covariates of the printed regressions are coded, as far as it can be told.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    dict
        For each covariate, in the order of print, the code of each level.
    """
    names = list(dict.fromkeys(name for each in fitted(evidence) for name in each.ratios))
    wanted = [Target(name, Kind.LOG_HAZARD_RATIO, 1.0, 1.0, "", name) for name in names]
    columns = Columns(evidence, wanted)
    return {
        name: dict(zip(columns.source(name)[1], columns.codes(name), strict=True)) for name in names
    }
