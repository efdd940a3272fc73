"""Missing values of a numeric column, as parameters of the fit."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Gamma, Normal, Parameter, Priors
from oligotrial.bayes.terms.arrays import dot
from oligotrial.bayes.terms.base import FORMULA, Quantity, Values, learned
from oligotrial.bayes.terms.numeric import Linear
from oligotrial.checks import InputError

__all__ = ["Imputed"]

FEWEST = 3
"""Known values without which a mean and a standard deviation can't be told."""


@dataclass(frozen=True)
class Imputed(Quantity):
    """A linear effect of a column some of whose values are missing.

    Each missing value is a parameter, with a normal distribution whose mean and standard deviation
    are parameters too, of which the known values tell. It is estimated with everything else, so
    that a patient's survival tells of it too. Whether a value is missing must not depend on the
    value itself, given follow-up and the other terms.

    Parameters
    ----------
    of : Linear
        The effect of the complete column.
    mean, sd : float, optional
        Mean and standard deviation of the known values, in steps of `of`; `suited` finds them.
    known : int, optional
        Number of known values.
    rows : tuple of (int, tuple of int), optional
        For each draw of the cohort its number of rows, and which of them lack the value.

    Notes
    -----
    With the prior p(mean, sd) proportional to 1 / sd, the known values give the inverse of the
    variance a gamma distribution, and given that the mean a normal one (Gelman et al. 2013,
    Bayesian Data Analysis, 3rd edition, section 3.2): these are the priors here, so that known
    values need no likelihood of their own. A missing value is independent of other covariates.

    Examples
    --------
    >>> rows = pd.DataFrame({"age": [50, None, 60, 70]})
    >>> term = Imputed(Linear("age", centre=60, per=10)).suited(rows, np.array([]))
    >>> term.mean, term.sd, term.slots
    (0.0, 1.0, 1)
    """

    of: Linear
    mean: float = learned(0.0)
    sd: float = learned(0.0)
    known: int = learned(0)
    rows: tuple[tuple[int, tuple[int, ...]], ...] = learned(())

    @property
    def name(self) -> str:
        """The column's name."""
        return self.of.name

    @property
    def column(self) -> str:
        """The column."""
        return self.of.column

    @property
    def slots(self) -> int:
        """How many values are parameters: the most that a draw of the cohort lacks."""
        return max((len(lacking) for _, lacking in self.rows), default=0)

    @property
    def unit(self) -> float:
        """The column's step."""
        return self.of.unit

    @property
    def fixed(self) -> bool:  # type: ignore[override]
        """Whether no value is missing."""
        return not self.slots

    @property
    def reference(self) -> str:
        """A patient at the centre."""
        return self.of.reference

    @property
    def labels(self) -> tuple[str, ...]:
        """The step."""
        return self.of.labels

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Imputed":
        """Return the term with what the known values tell, or raise `InputError`."""
        if self.known:
            return self
        values = self.middle(frame)
        if len(values) < FEWEST:
            raise InputError(
                f"{len(values)} patients have a value of {self.name}, too few to tell those that "
                f"are missing; at least {FEWEST} are needed",
                where=FORMULA,
            )
        complete = pd.DataFrame({self.column: values * self.of.per + self.of.centre})
        return replace(
            self,
            of=self.of.suited(complete, event_times),
            mean=float(values.mean()),
            sd=float(values.std(ddof=1)),
            known=len(values),
            rows=tuple(dict.fromkeys(_gaps(frame, self.column).values())),
        )

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return known values, who lacks one, and which parameter stands for it."""
        lacking = _lacking(frame, self.column)
        seen = np.zeros(len(frame))
        seen[~lacking] = self.middle(frame)
        if self.fixed and not lacking.any():
            return {f"{self.name}_seen": seen}
        return {
            f"{self.name}_seen": seen,
            f"{self.name}_lacking": lacking.astype(float),
            f"{self.name}_slots": self._slots(frame, lacking),
        }

    def constants(self) -> dict[str, np.ndarray]:
        """Return mean and standard deviation of the known values, and the mean's error."""
        if self.fixed:
            return {}
        return {
            f"{self.name}_mean": np.array(self.mean),
            f"{self.name}_spread": np.array(self.sd),
            f"{self.name}_error": np.array(self.sd / np.sqrt(self.known)),
        }

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the log hazard ratio a step, and the missing values."""
        return (*self.of.parameters(priors), *self.own(priors))

    def own(self, priors: Priors) -> tuple[Parameter, ...]:  # noqa: ARG002
        """Return the distribution of the missing values, and each of them, standardised."""
        if self.fixed:
            return ()
        half = (self.known - 1) / 2.0
        return (
            Parameter(
                f"{self.name}_location",
                Normal(0.0, 1.0),
                implies=f"mean of {self.name}, in standard errors from that of the known values",
            ),
            Parameter(
                f"{self.name}_precision",
                Gamma(half, half),
                implies=f"precision of {self.name} against that of the known values: between "
                "{low:.2f} and {high:.2f} with 95%",
            ),
            Parameter(
                f"{self.name}_imputed",
                Normal(0.0, 1.0),
                size=self.slots,
                implies=f"missing values of {self.name} in standard deviations from the mean",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return slope times value."""
        return parameters[self.name] * self.value(parameters, data)

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effect of a step."""
        return self.of.contrasts(parameters)

    def value(self, parameters: Values, data: Values) -> Any:
        """Return the steps from the centre, known or imputed."""
        seen = data[f"{self.name}_seen"]
        if self.fixed:
            return seen
        wider = parameters[f"{self.name}_precision"] ** -0.5
        error = data[f"{self.name}_error"] * wider * parameters[f"{self.name}_location"]
        mean = data[f"{self.name}_mean"] + error
        apart = dot(parameters[f"{self.name}_imputed"], data[f"{self.name}_slots"])
        spread = data[f"{self.name}_spread"] * wider
        return seen + mean * data[f"{self.name}_lacking"] + spread * apart

    def middle(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the known values only, as steps from the centre."""
        return self.of.middle(frame[~_lacking(frame, self.column)])

    def told(self, value: float) -> str:
        """Return the column's own number."""
        return self.of.told(value)

    def _slots(self, frame: pd.DataFrame, lacking: np.ndarray) -> np.ndarray:
        """Return, for each parameter, whose value it is."""
        slots = np.zeros((self.slots, len(frame)))
        if lacking.any():
            for positions, gaps in _gaps(frame, self.column).items():
                if gaps not in self.rows:
                    raise InputError(
                        f"row {np.flatnonzero(lacking)[0] + 1} has no value; missing values are "
                        "estimated for the patients that the model was fitted to, others need one",
                        where=f"column {self.column}",
                    )
                for slot, row in enumerate(gaps[1]):
                    slots[slot, positions[row]] = 1.0
        return slots


def _lacking(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return which rows have no value, or raise `InputError` where there is no such column."""
    if name not in frame:
        raise InputError(
            f"there is no column '{name}'; there are {', '.join(map(str, frame))}", where=FORMULA
        )
    return np.asarray(frame[name].isna())


def _gaps(frame: pd.DataFrame, name: str) -> dict[tuple[int, ...], tuple[int, tuple[int, ...]]]:
    """Return, by the rows of each draw of a cohort, their number and which of them lack a value."""
    draw = frame["draw"].to_numpy() if "draw" in frame else np.zeros(len(frame))
    lacking = _lacking(frame, name)
    found = {}
    for each in dict.fromkeys(draw):
        rows = np.flatnonzero(draw == each)
        gaps = np.flatnonzero(lacking[rows])
        found[tuple(map(int, rows))] = (len(rows), tuple(map(int, gaps)))
    return found
