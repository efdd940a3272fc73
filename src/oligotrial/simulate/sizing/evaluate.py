"""Measures of designs, from as many trials as are asked for so far."""

from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import numpy as np

from oligotrial.simulate.engine import Batch
from oligotrial.simulate.jobs import Job, Means
from oligotrial.simulate.sizing.blocks import BLOCK, added_up, batch_of, done, jobs_of, whole_blocks
from oligotrial.simulate.sizing.measures import TrialMeasure
from oligotrial.simulate.sizing.sums import Estimate, Sums
from oligotrial.simulate.sizing.trials import Trials, simulated
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["COLUMNS", "FIGURES", "Evaluation", "Evaluator", "columns_of"]

FIGURES = (
    *("estimate", "mc_se", "duration_months", "duration_se", "events_observed"),
    *("events_observed_se", "enrolled", "enrolled_se", "reached", "reached_se", "replicates"),
)
"""What tables call the figures of an `Evaluation`."""

COLUMNS = ("target", "months", "events", "enrolled", "reached")
"""What is added up over trials; those but the first are shown whatever is judged."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the trials of a design came to.

    Parameters
    ----------
    design : Design
        The design.
    target : Estimate
        The measure that is judged.
    months, events, enrolled : Estimate
        Averages over trials: months to the analysis, events analysed, patients enrolled by then.
    reached : Estimate
        Share of trials that had the events of the last look, or ended before it.
    replicates : int
        Trials simulated.
    """

    design: Design
    target: Estimate
    months: Estimate
    events: Estimate
    enrolled: Estimate
    reached: Estimate
    replicates: int

    @staticmethod
    def of(design: Design, sums: Sums, among: np.ndarray | None) -> "Evaluation":
        """Return what the sums over a design's trials come to.

        Parameters
        ----------
        design : Design
            The design.
        sums : Sums
            Of `columns_of`.
        among : numpy.ndarray of bool or None
            Draws of the truth over which the measure is averaged.

        Returns
        -------
        Evaluation
            Means over trials with their standard errors.
        """
        target, *others = np.eye(len(COLUMNS))
        months, events, enrolled, reached = (sums.mean(other) for other in others)
        judged, count = sums.mean(target, among=among), int(sums.count)
        return Evaluation(design, judged, months, events, enrolled, reached, count)

    @property
    def row(self) -> dict[str, float]:
        """The figures by the names that tables have for them."""
        each = (self.target, self.months, self.events, self.enrolled, self.reached)
        figures = [number for found in each for number in (found.value, found.se)]
        return dict(zip(FIGURES, (*figures, self.replicates), strict=True))


@dataclass(eq=False)
class Evaluator:
    """Simulates designs in one world and remembers the sums over their trials.

    Replicate r has the same patients in every design, and more replicates of a design add to
    those that there are.

    Parameters
    ----------
    world : World
        The truth.
    measure : TrialMeasure
        What is judged.
    seed : int
        Seed of all trials.
    means : Means
        Executor and store.
    """

    world: World
    measure: TrialMeasure
    seed: int
    means: Means
    _known: dict[Design, tuple[int, Sums]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._among = self.measure.among(self.world)

    def of(self, design: Design, replicates: int) -> Evaluation:
        """Return a design's measures from at least some number of trials.

        Parameters
        ----------
        design : Design
            The design.
        replicates : int
            Trials wanted; rounded up to whole blocks.

        Returns
        -------
        Evaluation
            From these trials, or more where more are known.
        """
        wanted = len(whole_blocks(replicates))
        blocks, sums = self._known.get(design, (0, None))
        if sums is None or wanted > blocks:
            more = done(self._jobs(design, range(blocks, wanted)), self.means)
            before = [] if sums is None else [sums.arrays()]
            sums = Sums(**added_up(chain(before, more)))
            self._known[design] = wanted, sums
        return Evaluation.of(design, sums, self._among)

    def known(self, design: Design) -> Evaluation | None:
        """Return what is known of a design, without simulating; None where it is nothing."""
        known = self._known.get(design)
        return None if known is None else Evaluation.of(design, known[1], self._among)

    def _jobs(self, design: Design, blocks: range) -> list[Job]:
        batch = batch_of(design, self.world, self.seed)
        work = partial(_block, batch, self.measure)
        depends = (batch.digest, self.measure, COLUMNS)
        return jobs_of("size", work, depends=depends, blocks=blocks)


def columns_of(measure: TrialMeasure, trials: Trials) -> np.ndarray:
    """Return `COLUMNS` of each trial.

    Parameters
    ----------
    measure : TrialMeasure
        What is judged.
    trials : Trials
        The trials.

    Returns
    -------
    numpy.ndarray
        Shape (trials, columns).
    """
    others = [getattr(trials, name) for name in COLUMNS[1:]]
    return np.column_stack([measure.of(trials), *others])


def _block(batch: Batch, measure: TrialMeasure, first: int) -> dict[str, np.ndarray]:
    trials = simulated(batch, first, BLOCK)
    return Sums.of(columns_of(measure, trials), trials.draw, batch.world.draws).arrays()
