"""What proportional hazards leave out: effects that change over time, baselines of strata."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from oligotrial.bayes.priors import Normal, Parameter, Priors
from oligotrial.bayes.terms.arrays import dot, spread_out
from oligotrial.bayes.terms.base import FORMULA, Columns, Suitable, Values, learned
from oligotrial.bayes.terms.levels import codes, is_level, known_levels, present_levels
from oligotrial.checks import InputError, positive_integer

__all__ = ["Strata", "TimeVarying", "varying"]


@dataclass(frozen=True)
class TimeVarying(Suitable):
    """An effect that changes from one interval of follow-up to the next, by a random walk.

    In the first interval it is the effect of the term that it is made of; each further interval
    adds a normal step to every coefficient, all of one standard deviation.

    Parameters
    ----------
    of : Columns
        A linear, factor or BED term.
    intervals : int, optional
        Intervals, with the same number of events in each, where no cuts are given.
    cuts_months : tuple of float, optional
        Where one interval ends and the next begins, months; quantiles of the event times, which
        `suited` finds, where none are given.

    Raises
    ------
    InputError
        If there are fewer than two intervals, or cuts don't rise from above 0.

    Notes
    -----
    Gamerman (1991), Applied Statistics 40, 63-79, doi:10.2307/2347905: dynamic effects on
    intervals. The hazard is not proportional, so that there is no one log hazard ratio:
    `log_ratio_in` has that of each interval.

    Examples
    --------
    >>> from oligotrial.bayes.terms import Linear
    >>> rows = pd.DataFrame({"arm": [0, 1, 1]})
    >>> TimeVarying(Linear("arm")).suited(rows, np.arange(1.0, 8.0)).cuts_months
    (3.0, 5.0)
    """

    of: Columns
    intervals: int = 3
    cuts_months: tuple[float, ...] = learned(())

    def __post_init__(self) -> None:
        positive_integer(self.intervals, "intervals", least=2)
        cuts = np.array((0.0, *self.cuts_months))
        if not (np.all(np.isfinite(cuts)) and np.all(np.diff(cuts) > 0)):
            raise InputError("cuts have to rise, the first above 0", where="cuts")

    @property
    def name(self) -> str:
        """What the effect is of."""
        return self.of.name

    @property
    def column(self) -> str:
        """The column."""
        return self.of.sources[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it needs."""
        return self.of.sources

    @property
    def reference(self) -> str:
        """As for the constant effect."""
        return self.of.reference

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "TimeVarying":
        """Return the term with cuts at quantiles of the event times, or raise `InputError`."""
        of = self.of.suited(frame, event_times)
        if self.cuts_months:
            return replace(self, of=of)
        times = np.unique(event_times)
        if len(times) < 2 * self.intervals:
            raise InputError(
                f"{len(times)} different event times are too few for {self.intervals} intervals of "
                f"a time-varying effect of {self.name}; give fewer, or the cuts",
                where=FORMULA,
            )
        shares = np.linspace(0.0, 1.0, self.intervals + 1)[1:-1]
        cuts = np.unique(np.quantile(event_times, shares))
        return replace(self, of=of, cuts_months=tuple(map(float, cuts)))

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the arrays of the constant effect."""
        return self.of.data(frame)

    def constants(self) -> dict[str, np.ndarray]:
        """Return the cuts, months, and what the constant effect needs."""
        return {**self.of.constants(), f"{self.name}_cuts": np.array(self.cuts_months)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the effect in the first interval, and the random walk's steps."""
        drift = "steps of the log hazard ratio from one interval to the next up to {high:.2f}, "
        own: tuple[Parameter, ...] = self.of.parameters(priors)  # type: ignore[attr-defined]
        return (
            *own,
            Parameter(
                f"{self.name}_drift",
                priors["drift_sd"],
                implies=drift + "a factor of {ratio_high:.2f}, with 97.5%",
            ),
            Parameter(
                f"{self.name}_moves",
                Normal(0.0, 1.0),
                size=len(self.of.labels) * len(self.cuts_months),
                implies="each step in units of the drift",
            ),
        )

    def log_ratio(self, parameters: Values, data: Values) -> Any:  # noqa: ARG002
        """Refuse: the log hazard ratio depends on time."""
        raise InputError(
            f"the effect of {self.name} varies over time; ask for its hazard ratio in an interval",
            where=FORMULA,
        )

    def log_ratio_in(self, interval: int, parameters: Values, data: Values) -> Any:
        """Return what is added to the log hazard in an interval.

        Parameters
        ----------
        interval : int
            From 0, up to the number of cuts.
        parameters, data : mapping
            As for `log_ratio`.

        Returns
        -------
        array
            Of the shape of one patients' array.
        """
        first = self.of.log_ratio(parameters, data)  # type: ignore[attr-defined]
        moved = self._moved(interval, parameters)
        if not moved:
            return first
        columns = self.of.columns(parameters, data)
        return first + parameters[f"{self.name}_drift"] * dot(moved, columns)

    def contrasts(self, parameters: Values) -> dict[str, Any]:
        """Return the effects in each interval."""
        ends = [f"{each:.3g}" for each in self.cuts_months]
        spans = [f"months {a} to {b}" for a, b in zip(["0", *ends], ends, strict=False)]
        first = self.of.contrasts(parameters)  # type: ignore[attr-defined]
        found = {}
        for interval, span in enumerate([*spans, f"after month {ends[-1]}"]):
            moved = self._moved(interval, parameters) or [0.0] * len(first)
            for (label, effect), move in zip(first.items(), moved, strict=True):
                found[f"{label}, {span}"] = effect + parameters[f"{self.name}_drift"] * move
        return found

    def _moved(self, interval: int, parameters: Values) -> list[Any]:
        """Return how far each coefficient has moved up to an interval, in units of the drift."""
        if interval == 0:
            return []
        moves, cuts = parameters[f"{self.name}_moves"], len(self.cuts_months)
        if not 0 < interval <= cuts:
            raise InputError(f"there is no interval {interval}; there are {cuts + 1}, from 0 on")
        firsts = range(0, len(self.of.labels) * cuts, cuts)
        return [sum(moves[k + 1 : k + interval], start=moves[k]) for k in firsts]


@dataclass(frozen=True)
class Strata(Suitable):
    """Groups that each have a baseline hazard of their own; nothing is said of their ratio.

    Parameters
    ----------
    column : str
        Column of groups.
    levels : tuple of str, optional
        The groups that patients are of; `suited` finds them.

    Examples
    --------
    >>> rows = pd.DataFrame({"centre": ["b", "a", "b"]})
    >>> Strata("centre").suited(rows, np.array([])).codes(rows)
    array([1, 0, 1])
    """

    column: str
    levels: tuple[str, ...] = learned(())

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    @property
    def reference(self) -> str:
        """Each stratum has its own."""
        return f"a patient of each {self.column}"

    def suited(self, frame: pd.DataFrame, event_times: np.ndarray) -> "Strata":  # noqa: ARG002
        """Return the term with the groups that patients are of, or raise `InputError`."""
        if self.levels:
            return self
        levels = present_levels(frame, self.column)
        spread_out(np.arange(len(levels)), self.column)
        return replace(self, levels=levels)

    def codes(self, frame: pd.DataFrame) -> np.ndarray:
        """Return each row's stratum by its number.

        Parameters
        ----------
        frame : pandas.DataFrame
            Patients or profiles.

        Returns
        -------
        numpy.ndarray
            Shape (rows,), whole numbers from 0.

        Raises
        ------
        InputError
            If a value is missing, or no patient is of that stratum.
        """
        way_out = "; a stratum without patients has no baseline"
        levels = known_levels(self.column, self.levels)
        return codes(frame, self.column, levels, way_out=way_out)

    def data(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return, for each stratum, who is of it."""
        ranks = range(len(known_levels(self.column, self.levels)))
        return {f"{self.name}_stratum": is_level(self.codes(frame), ranks)}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:  # noqa: ARG002
        """Return nothing: baselines have the parameters."""
        return ()

    def log_ratio(self, parameters: Values, data: Values) -> Any:  # noqa: ARG002
        """Refuse: strata differ in their baselines, not by a ratio."""
        raise InputError(
            f"the strata of {self.name} have baselines of their own, no hazard ratio", where=FORMULA
        )

    def contrasts(self, parameters: Values) -> dict[str, Any]:  # noqa: ARG002
        """Return nothing."""
        return {}


def varying(of: Columns, intervals: int | None, cuts: Sequence[float]) -> TimeVarying:
    """Return a time-varying effect with as many intervals as were asked for or its cuts make.

    Parameters
    ----------
    of : Columns
        The constant effect.
    intervals : int or None
        Intervals of equally many events.
    cuts : sequence of float
        Months; none for quantiles.

    Returns
    -------
    TimeVarying
        The term.

    Raises
    ------
    InputError
        If both are given.
    """
    if intervals is not None and cuts:
        raise InputError("give intervals or cuts, not both", where="cuts")
    if cuts:
        return TimeVarying(of, len(cuts) + 1, tuple(cuts))
    return TimeVarying(of) if intervals is None else TimeVarying(of, intervals)
