"""Measures over a whole grid of designs and truths."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.simulate.engine import Batch, _told
from oligotrial.simulate.jobs import Job, Means
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing.blocks import (
    BLOCK,
    added_up,
    batch_of,
    done,
    jobs_of,
    whole_blocks,
    world_of,
)
from oligotrial.simulate.sizing.dimensions import Dimension, Patients
from oligotrial.simulate.sizing.evaluate import COLUMNS, FIGURES, Evaluation, columns_of
from oligotrial.simulate.sizing.measures import Success, TrialMeasure
from oligotrial.simulate.sizing.sums import Sums
from oligotrial.simulate.sizing.together import simulated_together
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["surface"]


def surface(
    design: Design,
    truths: Mapping[str, Scenario | World] | Mapping[float, Scenario | World],
    *,
    values: Sequence[float],
    replicates: int,
    seed: int,
    over: Dimension | None = None,
    measure: TrialMeasure | None = None,
    truth_name: str = "truth",
    means: Means | None = None,
) -> pd.DataFrame:
    """Simulate every combination of a design's values and truths.

    Parameters
    ----------
    design : Design
        All that isn't varied.
    truths : mapping to Scenario or World
        The truths by name or number, for example by the control arm's median.
    values : sequence of float
        Values of what is varied.
    replicates : int
        Trials of each combination; rounded up to whole blocks of 2,500.
    seed : int
        Seed of all trials; replicate r has the same patients in every combination.
    over : Dimension, optional
        What is varied; sample size when left out.
    measure : TrialMeasure, optional
        What is judged; success when left out.
    truth_name : str, optional
        Name of the table's column of truths.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    pandas.DataFrame
        A row a truth and value: both, `estimate` and `mc_se` of the measure; months, events,
        patients enrolled and the share of trials that `reached` the last look's events or ended
        before, with their standard errors; `replicates`.

    Raises
    ------
    InputError
        If there is no truth or value, a design is impossible, or the truths' column is there
        already.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential, Proportional
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> effects = np.random.default_rng(1).normal(-0.3, 0.2, (500, 1))
    >>> controls = {median: Exponential(np.log(2) / median) for median in (6.0, 9.0)}
    >>> truths = {
    ...     median: Scenario("x", ("all",), np.ones(1), arm, Proportional(arm, effects))
    ...     for median, arm in controls.items()
    ... }
    >>> design = Design(60, AtEvents(45), LogRank(0.10), Accrual(5.0))
    >>> table = surface(
    ...     design, truths, values=(40, 80), replicates=2_500, seed=1, truth_name="control_median"
    ... )
    >>> table[["control_median", "patients"]].values.tolist()
    [[6.0, 40.0], [6.0, 80.0], [9.0, 40.0], [9.0, 80.0]]
    """
    if not truths or not values:
        raise InputError("a surface needs a truth and a value at least", where="surface")
    dimension, judged = over or Patients(), measure or Success()
    taken = (dimension.name, *FIGURES)
    if truth_name in taken:
        raise InputError(
            f"'{truth_name}' is a column of the table already; call the truths something else",
            where="truth_name",
        )
    worlds = {name: world_of(truth) for name, truth in truths.items()}
    designs = tuple(dimension.at(design, value) for value in values)
    blocks = whole_blocks(replicates)
    jobs = [
        job
        for world in worlds.values()
        for job in _jobs(tuple(batch_of(each, world, seed) for each in designs), judged, blocks)
    ]
    parts = done(jobs, means)
    rows = []
    for name, world in worlds.items():
        stacked = added_up(next(parts) for _ in blocks)
        among = judged.among(world)
        for place, (value, each) in enumerate(zip(values, designs, strict=True)):
            sums = Sums(**{key: array[place] for key, array in stacked.items()})
            found = Evaluation.of(each, sums, among)
            rows.append({truth_name: name, dimension.name: value, **found.row})
    return pd.DataFrame(rows)


def _jobs(batches: tuple[Batch, ...], measure: TrialMeasure, blocks: range) -> list[Job]:
    # A batch's digest hashes its world, which takes long; one does for all of them.
    rest = [_told(batch.design) for batch in batches[1:]]
    depends = (batches[0].digest, rest, measure, COLUMNS)
    return jobs_of("surface", partial(_block, batches, measure), depends=depends, blocks=blocks)


def _block(batches: tuple[Batch, ...], measure: TrialMeasure, first: int) -> dict[str, np.ndarray]:
    """Return the sums of one block of replicates, designs along the first axis."""
    each = []
    for trials in simulated_together(batches, first, BLOCK):
        columns = columns_of(measure, trials)
        each.append(Sums.of(columns, trials.draw, batches[0].world.draws).arrays())
    return {name: np.stack([part[name] for part in each]) for name in each[0]}
