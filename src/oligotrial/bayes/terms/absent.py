"""Missing levels of a factor: the likelihood is averaged over the levels that there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Beta, Parameter, Priors
from oligotrial.bayes.terms.base import FORMULA, Suitable, Term, Values, learned
from oligotrial.bayes.terms.factors import Factor, Monotone
from oligotrial.bayes.terms.levels import codes
from oligotrial.bayes.terms.pooled import Pooled
from oligotrial.checks import InputError

__all__ = ["Absent", "alternatives"]


@dataclass(frozen=True)
class Absent(Suitable):
    """A factor some of whose levels are missing.

    A patient without a level is of each level with the probability that it has in the population,
    which is estimated: survival is averaged over the levels, so that no level has to be sampled.
    Whether a level is missing must not depend on the level itself, given follow-up and the other
    terms.

    Parameters
    ----------
    of : Factor, Monotone or Pooled
        The effect of the complete column.
    counts : tuple of float, optional
        How many patients have each level (in a draw of the cohort, on average); `suited` finds
        them, none where no level is missing.

    Notes
    -----
    Little and Rubin (2019), Statistical Analysis with Missing Data, 3rd edition,
    doi:10.1002/9781119482260, chapter 8. With a uniform prior and the known levels, shares have a
    Dirichlet distribution, which is written as independent beta distributions of each share of
    what the levels before it left, so that known levels need
    no likelihood of their own. The level is independent of other covariates. Shares are those at
    time 0: with delayed entry the known levels tell of those who entered, which is nearly the same
    where few are lost before.

    Examples
    --------
    >>> rows = pd.DataFrame({"grade": ["low", None, "high", "high"]})
    >>> Absent(Factor("grade")).suited(rows, np.array([])).counts
    (2.0, 1.0)
    """

    of: Factor | Monotone | Pooled
    counts: tuple[float, ...] = learned(())

    @property
    def name(self) -> str:
        """The column's name."""
        return self.of.name

    @property
    def column(self) -> str:
        """The column."""
        return self.of.column

    @property
    def reference(self) -> str:
        """As for the complete column."""
        return self.of.reference

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that a patient without one may be of."""
        new = isinstance(self.of, Pooled) and self.of.new_level
        return self.of.known[:-1] if new else self.of.known

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Absent":
        """Return the term with the levels' counts, or raise `InputError` if all are missing."""
        lacking = self._lacking(frame)
        if lacking.all():
            raise InputError(f"no patient has a value of {self.name}", where=FORMULA)
        seen = frame[~lacking]
        of = self.of.suited(seen, event_times)
        if self.counts or not lacking.any():
            return replace(self, of=of)
        draws = frame["draw"].nunique() if "draw" in frame else 1
        found = codes(seen, self.column, of.known)
        counts = np.bincount(found, minlength=len(replace(self, of=of).levels)) / draws
        return replace(self, of=of, counts=tuple(map(float, counts)))

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the complete column's arrays, and who lacks a level."""
        lacking = self._lacking(frame)
        if not self.counts:
            return self.of.data(frame)
        values = frame[self.column].astype(object).where(~lacking, self.of.known[0])
        filled = frame.assign(**{self.column: values})
        return {**self.of.data(filled), f"{self.name}_lacking": lacking.astype(float)}

    def constants(self) -> dict[str, np.ndarray]:
        """Return the arrays of a patient of each level."""
        if not self.counts:
            return {}
        levels = pd.DataFrame({self.column: list(self.levels)})
        return {f"{name}_levels": each for name, each in self.of.data(levels).items()}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the effects, and the levels' shares of the population."""
        return (*self.of.parameters(priors), *self._sticks())

    def log_ratio(self, parameters: Values, data: Values) -> Any:
        """Return the effect where no level is missing; elsewhere there are `alternatives`."""
        lacking = data.get(f"{self.name}_lacking", np.zeros(1))
        if not isinstance(lacking, np.ndarray) or lacking.any():
            raise InputError(
                "a row without a level has no one hazard ratio, but a mixture of them; give it a "
                "level",
                where=f"column {self.column}",
            )
        return self.of.log_ratio(parameters, data)

    def alternatives(self, parameters: Values, data: Values) -> list[tuple[Any, Any]]:
        """Return, for each level, its share and what is added to the log hazard.

        Parameters
        ----------
        parameters, data : mapping
            As for `log_ratio`.

        Returns
        -------
        list of tuple
            Shares sum to 1. A patient whose level is known has the same effect in all.
        """
        if not self.counts:
            return [(1.0, self.of.log_ratio(parameters, data))]
        lacking = data[f"{self.name}_lacking"]
        seen = self.of.log_ratio(parameters, data) * (1.0 - lacking)
        effects = self._effects(parameters, data)
        return [
            (share, seen + effect * lacking)
            for share, effect in zip(self.shares(parameters), effects, strict=True)
        ]

    def shares(self, parameters: Values) -> list[Any]:
        """Return the levels' shares of the population.

        Parameters
        ----------
        parameters : mapping
            Symbols or draws.

        Returns
        -------
        list of arrays
            One for each level.
        """
        left: Any = 1.0
        found = []
        for stick in self._sticks():
            found.append(left * parameters[stick.name])
            left = left * (1.0 - parameters[stick.name])
        return [*found, left]

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return those of the complete column."""
        return self.of.contrasts(parameters)

    def _effects(self, parameters: Values, data: Values) -> list[Any]:
        """Return the effect of each level."""
        (name, table), *_ = self.of.data(pd.DataFrame({self.column: list(self.levels)})).items()
        levels = data[f"{name}_levels"]
        return [
            self.of.log_ratio(parameters, {name: [levels[row][k] for row in range(len(table))]})
            for k in range(len(self.levels))
        ]

    def _sticks(self) -> tuple[Parameter, ...]:
        if not self.counts:
            return ()
        weights = np.array(self.counts) + 1.0
        return tuple(
            Parameter(
                f"{self.name}_share_{k + 1}",
                Beta(float(weights[k]), float(weights[k + 1 :].sum())),
                implies=f"share of {level} in those without the levels before it: between "
                "{low:.2f} and {high:.2f} with 95%",
            )
            for k, level in enumerate(self.levels[:-1])
        )

    def _lacking(self, frame: pd.DataFrame) -> np.ndarray:
        if self.column not in frame:
            raise InputError(
                f"there is no column '{self.column}'; there are {', '.join(map(str, frame))}",
                where=FORMULA,
            )
        return np.asarray(frame[self.column].isna())


def alternatives(terms: Sequence[Term], parameters: Values, data: Values) -> list[tuple[Any, Any]]:
    """Return linear predictors with the shares of patients that they hold for.

    Parameters
    ----------
    terms : sequence of Term
        Terms of proportional hazards.
    parameters, data : mapping
        As for `Term.log_ratio`.

    Returns
    -------
    list of tuple
        One (1.0, sum of log ratios) where no level is missing; else one for each combination of
        the levels of terms with missing ones.
    """
    found: list[tuple[Any, Any]] = [(1.0, 0.0)]
    for term in terms:
        if isinstance(term, Absent) and term.counts:
            options = term.alternatives(parameters, data)
        else:
            options = [(1.0, term.log_ratio(parameters, data))]
        found = [
            (share * times, total + added) for share, total in found for times, added in options
        ]
    return found
