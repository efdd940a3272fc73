"""Differences between designs on the same simulated patients."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.simulate.engine import Batch
from oligotrial.simulate.jobs import Means
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
from oligotrial.simulate.sizing.measures import Months, Success, TrialMeasure
from oligotrial.simulate.sizing.sums import Sums
from oligotrial.simulate.sizing.together import simulated_together
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["compare_designs"]


def compare_designs(
    designs: Mapping[str, Design],
    truth: Scenario | World,
    *,
    replicates: int,
    seed: int,
    measures: Sequence[TrialMeasure] | None = None,
    means: Means | None = None,
) -> pd.DataFrame:
    """Compare designs with the first one, on common random numbers.

    Parameters
    ----------
    designs : mapping of str to Design
        Two or more, by name; the first is the one that others are compared with.
    truth : Scenario or World
        The truth of all of them.
    replicates : int
        Trials of each design; rounded up to whole blocks of 2,500.
    seed : int
        Seed of all trials.
    measures : sequence of TrialMeasure, optional
        What is compared; success and months when left out.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    pandas.DataFrame
        A row a measure and design: `measure`, `design`, `estimate` and `mc_se`, `difference` from
        the first design and `difference_se`, and `independent_se`, what that standard error would
        be had the designs patients of their own.

    Raises
    ------
    InputError
        If there are fewer than two designs, or no trials.

    Notes
    -----
    Replicate r of every design has the same draw of the truth, and its patients are the same
    people as far as the designs treat them alike, so that most of the luck is common and cancels.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential, Proportional
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(np.log(2) / 9)
    >>> treated = Proportional(control, np.log(0.65))
    >>> truth = Scenario("power", ("all",), np.ones(1), control, treated)
    >>> small = Design(60, AtEvents(45), LogRank(0.10), Accrual(5.0))
    >>> table = compare_designs(
    ...     {"60": small, "72": small.resized(72, 54)}, truth, replicates=2_500, seed=1
    ... )
    >>> bool(table["difference_se"][1] < table["independent_se"][1])
    True
    """
    if len(designs) < 2:
        raise InputError(
            f"{len(designs)} designs can't be compared; give two or more", where="designs"
        )
    world = world_of(truth)
    judged = tuple(measures or (Success(), Months()))
    batches = tuple(batch_of(design, world, seed) for design in designs.values())
    work = partial(_block, batches, judged)
    depends = ([batch.digest for batch in batches], judged)
    jobs = jobs_of("differences", work, depends=depends, blocks=whole_blocks(replicates))
    sums = Sums(**added_up(done(jobs, means)))
    among = [measure.among(world) for measure in judged]
    places = product(enumerate(judged), enumerate(designs))
    return pd.DataFrame(
        [
            {
                "measure": measure.name,
                "design": name,
                **_row(sums, number * len(designs), place, among=among[number]),
            }
            for (number, measure), (place, name) in places
        ]
    )


def _block(
    batches: tuple[Batch, ...], measures: tuple[TrialMeasure, ...], first: int
) -> dict[str, np.ndarray]:
    trials = simulated_together(batches, first, BLOCK)
    columns = np.column_stack([measure.of(each) for measure in measures for each in trials])
    return Sums.of(columns, trials[0].draw, batches[0].world.draws).arrays()


def _row(sums: Sums, first: int, place: int, *, among: np.ndarray | None) -> dict[str, float]:
    one, reference = np.eye(sums.totals.shape[1])[[first + place, first]]
    own, other = (sums.mean(weights, among=among) for weights in (one, reference))
    difference = sums.mean(one - reference, among=among)
    return {
        "estimate": own.value,
        "mc_se": own.se,
        "difference": difference.value,
        "difference_se": difference.se,
        "independent_se": float(np.hypot(own.se, other.se)) if place else 0.0,
    }
