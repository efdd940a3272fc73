"""The smallest trial that reaches a target, as sure as its Monte Carlo error allows."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.simulate.forecast import reachable
from oligotrial.simulate.jobs import Means
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing.blocks import world_of
from oligotrial.simulate.sizing.dimensions import Dimension, Patients
from oligotrial.simulate.sizing.evaluate import Evaluation, Evaluator
from oligotrial.simulate.sizing.goals import Goal
from oligotrial.simulate.sizing.sized import Certainty, Sized
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["size"]

LONGEST_MONTHS = 1200.0
"""Trials that practically never have their events within a century are refused at once."""

TRIALS_A_DRAW = 4
"""Trials that a draw of the truth is worth: with more, the spread between draws, which trials
don't lessen, is nearly all that is left."""

PROBED = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Parts of the range that are looked at first, to see whether a measure turns round in it."""

TURNED = 4.0
"""Standard errors by which a value is worse than one before it if the measure turns round; with
common random numbers they are larger than those of the difference."""


def size(
    design: Design,
    truth: Scenario | World,
    *,
    target: Goal,
    over: Dimension | None = None,
    between: tuple[float, float],
    seed: int,
    certainty: Certainty | None = None,
    means: Means | None = None,
) -> Sized:
    """Find the value of a design's property at which a measure reaches a target.

    Parameters
    ----------
    design : Design
        All that isn't varied.
    truth : Scenario or World
        One truth for power, the null for type I error, many draws for assurance.
    target : Minimum or Maximum
        What to reach.
    over : Dimension, optional
        What is varied; sample size when left out. The measure has to rise or fall with it
        throughout.
    between : tuple of float
        Smallest and largest value to consider.
    seed : int
        Seed of all trials; replicate r has the same patients whatever the value.
    certainty : Certainty, optional
        When to stop.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    Sized
        Of the values that reach the target, the one nearest to those that don't: the smallest
        sample size for a power, the largest for a duration.

    Raises
    ------
    InputError
        If no value, or every value, reaches the target; if a design's events can't come; if a
        number is out of its range.

    Notes
    -----
    Bisection on common random numbers: with the same trials at every value, estimates rise
    almost as smoothly as the truth does, and the luck common to all moves the whole curve by its
    standard error. The search therefore looks for three crossings, of the estimate and of the
    estimate plus and minus its standard error times a normal quantile. Where the outer two are
    further apart than `Certainty.within`, more trials are added to those that there are, in
    proportion to the square of the distance, instead of resolving neighbours that noise orders.

    Examples
    --------
    >>> import numpy as np
    >>> from oligotrial.hazard import Exponential, Proportional
    >>> from oligotrial.simulate.sizing import Minimum, Success
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(np.log(2) / 9)
    >>> treated = Proportional(control, np.log(0.65))
    >>> truth = Scenario("power", ("all",), np.ones(1), control, treated)
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(5.0))
    >>> found = size(
    ...     design, truth, target=Minimum(Success(), 0.8), between=(60, 300), seed=1,
    ...     certainty=Certainty(within=0.1),
    ... )
    >>> found.low <= 131 <= found.high
    True
    """
    if not isinstance(target, Goal):
        raise InputError(
            f"{target!r} is no goal; write Minimum(Success(), 0.80) or the like", where="target"
        )
    dimension = over or Patients()
    certainty = certainty or Certainty()
    world = world_of(truth)
    grid = _Grid(design, dimension, between[0], _steps(dimension, between))
    for end in (0, grid.last):
        reachable(grid.design(end), world, within_months=LONGEST_MONTHS)
    evaluator = Evaluator(world, target.measure, seed, means or Means())
    search = _Search(grid, evaluator, target)
    return replace(search, rising=search.direction(certainty.least)).found(certainty)


def _steps(dimension: Dimension, between: tuple[float, float]) -> int:
    """Return the whole steps that there are room for."""
    low, high = between
    if not -np.inf < low < high < np.inf:
        raise InputError(
            f"{low:g} is not below {high:g}; give the smallest and the largest value",
            where="between",
        )
    return int((high - low) / dimension.step + 1e-9)


@dataclass(frozen=True)
class _Grid:
    """Designs by whole steps from the smallest value."""

    base: Design
    dimension: Dimension
    first: float
    last: int
    made: dict[int, Design] = field(default_factory=dict, compare=False)

    def value(self, step: int) -> float:
        return float(round(self.first + step * self.dimension.step, 9))

    def design(self, step: int) -> Design:
        if step not in self.made:
            self.made[step] = self.dimension.at(self.base, self.value(step))
        return self.made[step]


@dataclass(frozen=True, eq=False)
class _Search:
    """Crossings of the target along a grid; places count from the end that falls short."""

    grid: _Grid
    evaluator: Evaluator
    goal: Goal
    rising: bool = True

    def step(self, place: int) -> int:
        return place if self.rising else self.grid.last - place

    def of(self, place: int, replicates: int) -> Evaluation:
        return self.evaluator.of(self.grid.design(self.step(place)), replicates)

    def margin(self, place: int, replicates: int, z: float) -> float:
        """Return by how much a place is better than the target, moved by z standard errors."""
        found = self.of(place, replicates).target
        return self.goal.sign * (found.value - self.goal.value) + z * found.se

    def direction(self, replicates: int) -> bool:
        """Tell whether larger values are better; refuse where all or none are good enough."""
        last = self.grid.last
        places = sorted({round(part * last) for part in PROBED})
        reached = [self.margin(place, replicates, 0.0) >= 0 for place in places]
        if reached[0] == reached[-1]:
            raise InputError(self.unreached(replicates, reached), where="between")
        return reached[-1]

    def unreached(self, replicates: int, reached: list[bool]) -> str:
        """Say that both ends are good enough or neither is, and what may be done."""
        low, high = (self.of(place, replicates).target for place in (0, self.grid.last))
        name, turns = self.grid.dimension.name, len(set(reached)) > 1
        if turns:
            advice = "in between it is otherwise; give a range in which it rises or falls only"
        elif low == high:
            advice = f"it doesn't change with {name}; vary something else"
        else:
            advice = "give another range"
        which = (
            ("each end" if reached[0] else "neither end")
            if turns
            else ("every value" if reached[0] else "no value")
        )
        return (
            f"{which} of {name} from {self.grid.value(0):g} to "
            f"{self.grid.value(self.grid.last):g} gives {self.goal}: {low} and {high} at the "
            f"ends; {advice}"
        )

    def crossing(self, low: int, high: int, replicates: int, z: float) -> int | None:
        """Return the first place whose moved margin isn't negative, if `high` is such a place."""
        if self.margin(high, replicates, z) < 0:
            return None
        if self.margin(low, replicates, z) >= 0:
            return low
        halved = True
        while high - low > 1:
            middle = self.between(low, high, replicates, z) if halved else (low + high) // 2
            enough = self.margin(middle, replicates, z) >= 0
            before = high - low
            low, high = (low, middle) if enough else (middle, high)
            halved = 2 * (high - low) <= before
        return high

    def between(self, low: int, high: int, replicates: int, z: float) -> int:
        """Return where a straight line between two places would cross."""
        below, above = (self.margin(place, replicates, z) for place in (low, high))
        crossed = low + (high - low) * below / (below - above)
        return min(max(round(crossed), low + 1), high - 1)

    def found(self, certainty: Certainty) -> Sized:
        """Narrow the range until it is as narrow as asked for, or trials or draws run out."""
        low, high, replicates = 0, self.grid.last, certainty.least
        draws = self.evaluator.world.draws
        most = certainty.most
        if draws > 1:
            most = min(most, max(replicates, TRIALS_A_DRAW * draws))
        while True:
            best = self.crossing(low, high, replicates, 0.0)
            best = high if best is None else best
            first = self.crossing(low, best, replicates, certainty.z)
            sure = self.crossing(best, high, replicates, -certainty.z)
            first, end = first or 0, high if sure is None else sure
            value = self.grid.value(self.step(best))
            allowed = max(1.0, certainty.within * value / self.grid.dimension.step)
            settled = sure is not None and end - first <= allowed
            if settled or replicates >= most:
                lacking = (
                    "" if settled else "draws of the truth" if most < certainty.most else "trials"
                )
                return self.told((first, best, end), replicates, lacking)
            more = max(2.0, 1.1 * ((end - first) / allowed) ** 2)
            replicates = int(min(most, more * replicates))
            width = end - first
            low, high = max(0, first - width), min(self.grid.last, end + width)

    def told(self, places: tuple[int, int, int], replicates: int, lacking: str) -> Sized:
        first, best, end = (self.grid.value(self.step(place)) for place in places)
        return Sized(
            value=best,
            low=min(first, end),
            high=max(first, end),
            best=self.of(places[1], replicates),
            table=self.table(),
            lacking=lacking,
            monotone=self.monotone(),
            dimension=self.grid.dimension,
            goal=self.goal,
        )

    def monotone(self) -> bool:
        """Tell whether no value is worse than one that should be, by far more than their errors."""
        highest, its_se = -np.inf, 0.0
        for found in [each for _, each in self.known()][:: 1 if self.rising else -1]:
            height, se = self.goal.sign * found.target.value, found.target.se
            if height < highest - TURNED * np.hypot(se, its_se):
                return False
            if height > highest:
                highest, its_se = height, se
        return True

    def known(self) -> list[tuple[int, Evaluation]]:
        """Return what was simulated, by ascending values."""
        each = ((step, self.evaluator.known(made)) for step, made in sorted(self.grid.made.items()))
        return [(step, found) for step, found in each if found is not None]

    def table(self) -> pd.DataFrame:
        """Return a row a value tried."""
        name = self.grid.dimension.name
        rows = [{name: self.grid.value(step), **found.row} for step, found in self.known()]
        return pd.DataFrame(rows)
