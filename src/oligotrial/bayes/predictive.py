"""Posterior predictive checks: whether the model's own patients would look like the cohort's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import predict
from oligotrial.bayes.pointwise import cohort_frames
from oligotrial.bayes.replicate import FollowUp, Seen
from oligotrial.checks import InputError, positive_integer, probability, suggestion
from oligotrial.estimators import kaplan_meier, number_at_risk

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit
    from oligotrial.cohort import Cohort

__all__ = ["PredictiveCheck", "predictive_check"]

GRID = 60
"""Times at which curves are compared."""

FEWEST_AT_RISK = 5
"""Curves are compared while at least so many patients are at risk."""

P_LIMIT = 0.01
"""Predictive p-values below it are told: they are not uniform but crowd around a half, so that
a small one is rarer than it looks (Meng 1994, Annals of Statistics 22, 1142-1160)."""


@dataclass(frozen=True, eq=False)
class PredictiveCheck:
    """Kaplan-Meier curves of replicated cohorts beside the cohort's own.

    Parameters
    ----------
    curves : pandas.DataFrame
        One row a group and time: group, time, observed (Kaplan-Meier, averaged over the draws of
        the cohort), lower, median, upper (of replicates).
    statistics : pandas.DataFrame
        One row a group and statistic: group, statistic, observed, lower, median, upper, p_value
        and mcse (its Monte Carlo standard error).
    level : float
        Probability of the bands, pointwise.
    replicates : int
        Replicated cohorts, over all draws of the cohort.

    Notes
    -----
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-760. Each replicate has the cohort's
    own patients, with parameters from one draw of the posterior, entered and censored as they
    were. Events that are seen at examinations count from the first positive one, in replicates
    as in the cohort.
    """

    curves: pd.DataFrame
    statistics: pd.DataFrame
    level: float
    replicates: int

    @property
    def failures(self) -> tuple[str, ...]:
        """What the model doesn't reproduce, and what to try."""
        low = self.statistics[self.statistics["p_value"] < P_LIMIT]
        return tuple(_sentence(row) for _, row in low.iterrows())

    def joined(self, other: "PredictiveCheck") -> "PredictiveCheck":
        """Return both checks as one.

        Parameters
        ----------
        other : PredictiveCheck
            Of other groups, with the same bands.

        Returns
        -------
        PredictiveCheck
            With the groups of both.
        """
        curves = pd.concat([self.curves, other.curves], ignore_index=True)
        statistics = pd.concat([self.statistics, other.statistics], ignore_index=True)
        return PredictiveCheck(curves, statistics, self.level, self.replicates)


def predictive_check(
    fit: "Fit",
    cohort: "Cohort",
    *,
    by: str | None = None,
    replicates: int = 200,
    level: float = 0.95,
    seed: int = 1,
) -> PredictiveCheck:
    """Replicate a cohort from a fit and compare Kaplan-Meier curves.

    Parameters
    ----------
    fit : Fit
        The posterior.
    cohort : Cohort
        The patients that were fitted. Each draw of a reconstruction is replicated from its own
        posterior and compared with itself; curves and p-values are then averaged.
    by : str, optional
        A column whose levels are compared apart.
    replicates : int, optional
        Replicated cohorts, over all draws of the cohort.
    level : float, optional
        Probability of the pointwise bands.
    seed : int, optional
        Seed.

    Returns
    -------
    PredictiveCheck
        Bands and p-values.

    Raises
    ------
    InputError
        If the cohort has another number of draws than what was fitted, or no column `by`.

    Examples
    --------
    >>> from oligotrial.bayes import SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> from oligotrial.cohort import Cohort
    >>> rows = pd.DataFrame({"time": [3.0, 8.0, 11.0], "event": [1, 0, 1], "x": [0.0, 1.0, 0.5]})
    >>> cohort = Cohort(rows, label="three patients", source="example")
    >>> predictive_check(fit, cohort, replicates=20).replicates
    20
    """
    tail = (1.0 - probability(level, "level")) / 2.0
    frames = cohort_frames(fit, cohort)
    each = -(-positive_integer(replicates, "replicates") // len(frames))
    groups = [_groups(frame, by, cohort.source) for frame in frames]
    rng = np.random.default_rng(seed)
    pairs = [_pair(fit, frames, number, each, rng) for number in range(len(frames))]
    found = [
        _Group(name, tuple(_of(pair, own == name) for pair, own in zip(pairs, groups, strict=True)))
        for name in _order(frames[0], by, groups[0])
    ]
    curves = pd.concat([group.curves(tail) for group in found], ignore_index=True)
    rows = [row for group in found for row in group.rows(tail)]
    return PredictiveCheck(curves, pd.DataFrame(rows), level, each * len(frames))


@dataclass(frozen=True, eq=False)
class _Pair:
    """A draw of the cohort as it was seen, and replicates of it: shape (replicate, patient)."""

    entry: np.ndarray
    own: Seen
    again: Seen

    def grid(self) -> np.ndarray:
        """Return the times up to which enough patients are at risk."""
        times = np.unique(self.own.noticed)
        many = times[number_at_risk(self.own.noticed, at=times, entry=self.entry) >= FEWEST_AT_RISK]
        return np.linspace(0.0, float(many[-1] if len(many) else times[0]), GRID + 1)[1:]

    def curve(self, seen: Seen, grid: np.ndarray) -> np.ndarray:
        """Return the Kaplan-Meier estimate of survival."""
        return kaplan_meier(seen.noticed, seen.event, entry=self.entry).at(grid)

    def curves(self, grid: np.ndarray) -> np.ndarray:
        """Return the curve of each replicate."""
        several = zip(self.again.time, self.again.event, self.again.upper, strict=True)
        return np.array([self.curve(Seen(*each), grid) for each in several])


def _pair(
    fit: "Fit", frames: list[pd.DataFrame], number: int, count: int, rng: np.random.Generator
) -> _Pair:
    frame = frames[number]
    names = {"time": fit.model.formula.time, "event": fit.model.formula.event}
    size = fit.samples // len(frames)
    chosen = number * size + rng.choice(size, size=count, replace=count > size)
    followed = FollowUp.of(frame, **names)
    parts = []
    for start in range(0, count, max(predict.CELLS // len(frame), 1)):
        part = predict.selected(fit, chosen[start : start + max(predict.CELLS // len(frame), 1)])
        parts.append(followed.replicate(part.hazard(frame), rng, samples=part.samples))
    again = Seen(*(np.concatenate(each) for each in zip(*map(_arrays, parts), strict=True)))
    return _Pair(followed.entry, _own(frame, **names), again)


def _arrays(seen: Seen) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return seen.time, seen.event, seen.upper


def _own(frame: pd.DataFrame, *, time: str, event: str) -> Seen:
    last = frame[time].to_numpy(dtype=float)
    upper = frame["time_upper"].to_numpy(dtype=float) if "time_upper" in frame else np.nan * last
    return Seen(last, frame[event].to_numpy(dtype=float), np.where(np.isinf(upper), np.nan, upper))


def _of(pair: _Pair, members: np.ndarray) -> _Pair:
    own, again = (
        Seen(*(each[..., members] for each in _arrays(seen))) for seen in (pair.own, pair.again)
    )
    return _Pair(pair.entry[members], own, again)


def _groups(frame: pd.DataFrame, by: str | None, source: str) -> np.ndarray:
    if by is None:
        return np.full(len(frame), "")
    if by not in frame:
        columns = [str(name) for name in frame.columns]
        raise InputError(
            f"there is no column '{by}'{suggestion(by, columns)}; columns are {', '.join(columns)}",
            where=source,
        )
    return frame[by].astype(str).to_numpy()


def _order(frame: pd.DataFrame, by: str | None, groups: np.ndarray) -> list[str]:
    """Return the groups that there are, in the order of their levels."""
    if by is None:
        return [""]
    found = frame[by].astype("category").cat.categories.astype(str)
    return [name for name in found if (groups == name).any()]


@dataclass(frozen=True, eq=False)
class _Group:
    """Patients who are compared apart, in each draw of the cohort."""

    name: str
    pairs: tuple[_Pair, ...]

    @cached_property
    def grid(self) -> np.ndarray:
        """The shortest of the draws' grids."""
        return min((pair.grid() for pair in self.pairs), key=lambda grid: float(grid[-1]))

    @cached_property
    def observed(self) -> np.ndarray:
        """The curve of each draw of the cohort."""
        return np.array([pair.curve(pair.own, self.grid) for pair in self.pairs])

    @cached_property
    def replicated(self) -> np.ndarray:
        """Curves of replicates: shape (cohort draw, replicate, time)."""
        return np.array([_held(pair.curves(self.grid)) for pair in self.pairs])

    def curves(self, tail: float) -> pd.DataFrame:
        """Return the bands."""
        pooled = self.replicated.reshape(-1, len(self.grid))
        low, middle, high = np.quantile(pooled, [tail, 0.5, 1.0 - tail], axis=0)
        told = {"group": self.name, "time": self.grid, "observed": self.observed.mean(axis=0)}
        return pd.DataFrame(told | {"lower": low, "median": middle, "upper": high})

    def rows(self, tail: float) -> Iterator[dict[str, object]]:
        """Return what the cohort and its replicates are compared by."""
        events = [(pair.own.event.sum(), pair.again.event.sum(axis=1)) for pair in self.pairs]
        yield self._row("events", [one for one, _ in events], [many for _, many in events], tail)
        for word, place in (("early", len(self.grid) // 4), ("late", len(self.grid) - 1)):
            name = f"{word} survival, {self.grid[place]:.1f} months"
            yield self._row(name, self.observed[:, place], self.replicated[:, :, place], tail)
        middle = self.replicated.mean(axis=1)
        own = np.abs(self.observed - middle).max(axis=1)
        many = np.abs(self.replicated - middle[:, None]).max(axis=2)
        yield self._row("largest distance of curves", own, many, tail, above=True)

    def _row(
        self,
        statistic: str,
        observed: Sequence[float] | np.ndarray,
        replicated: Sequence[np.ndarray] | np.ndarray,
        tail: float,
        *,
        above: bool = False,
    ) -> dict[str, object]:
        own, many = np.asarray(observed, dtype=float), np.asarray(replicated, dtype=float)
        higher = float(np.mean(many >= own[:, None]))
        lower = float(np.mean(many <= own[:, None]))
        p_value = higher if above else min(2.0 * min(higher, lower), 1.0)
        low, middle, high = np.quantile(many, [tail, 0.5, 1.0 - tail])
        told = {"group": self.name, "statistic": statistic, "observed": own.mean()}
        error = float(np.sqrt(p_value * (1.0 - p_value) / many.size))
        return told | {
            "lower": low,
            "median": middle,
            "upper": high,
            "p_value": p_value,
            "mcse": error,
        }


def _held(curves: np.ndarray) -> np.ndarray:
    """Return curves that stay where they were when the last patient left."""
    return pd.DataFrame(curves.T).ffill().fillna(1.0).to_numpy().T


def _sentence(row: "pd.Series") -> str:
    whose = f" of {row['group']}" if row["group"] else ""
    side = "above" if row["observed"] > row["median"] else "below"
    told = (
        f"{row['statistic']}{whose}: {row['observed']:.3g}, {side} what the model replicates "
        f"({row['lower']:.3g} to {row['upper']:.3g}; p = {row['p_value']:.3f})"
    )
    return f"{told}: {_remedy(str(row['statistic']), side)}."


def _remedy(statistic: str, side: str) -> str:
    if statistic.startswith("late") and side == "above":
        return "the cohort's curve flattens more; try a baseline with more knots, or a cured share"
    if statistic.startswith("early") and side == "above":
        return "the hazard rises later than the model's; try MSpline or a log-logistic baseline"
    if statistic == "events":
        return "look at the prior of the median and at follow-up that was read wrongly"
    return "try a more flexible baseline (MSpline, more knots), or effects that change with time"
