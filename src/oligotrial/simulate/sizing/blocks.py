"""Replicates in blocks: each named by all it depends on, done on any executor, then added up."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import sha256

import numpy as np

from oligotrial.checks import InputError, positive_integer
from oligotrial.simulate.engine import Batch
from oligotrial.simulate.jobs import Job, Means, in_order
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["BLOCK", "added_up", "batch_of", "done", "jobs_of", "whole_blocks", "world_of"]

BLOCK = 2_500
"""Trials that are simulated in one piece: a few hundredths of a second of work."""


def world_of(truth: Scenario | World) -> World:
    """Return a truth as the simulator reads it; raise `InputError` where it is none."""
    if not isinstance(truth, Scenario | World):
        raise InputError(f"{truth!r} is no truth; give a Scenario", where="truth")
    return truth.world() if isinstance(truth, Scenario) else truth


def batch_of(design: Design, truth: Scenario | World, seed: int) -> Batch:
    """Return what blocks of a design's trials are taken from."""
    return Batch(design, world_of(truth), BLOCK, positive_integer(seed, "seed", least=0))


def whole_blocks(replicates: int) -> range:
    """Return the numbers of the blocks that hold so many replicates at least."""
    return range(-(-positive_integer(replicates, "replicates") // BLOCK))


def jobs_of(
    kind: str,
    work: Callable[[int], dict[str, np.ndarray]],
    *,
    depends: tuple[object, ...],
    blocks: range,
) -> list[Job]:
    """Return a job for each block.

    Parameters
    ----------
    kind : str
        What the job's name starts with.
    work : callable
        Returns arrays by name, given a block's first replicate; a `functools.partial` of a
        module's function, so that other processes can be handed it.
    depends : tuple
        All that the result depends on but the block: values whose `repr` tells them apart.
    blocks : range
        Numbers of the blocks.

    Returns
    -------
    list of Job
        In the blocks' order.
    """
    digest = sha256(repr((*depends, BLOCK)).encode()).hexdigest()[:20]
    return [Job(f"{kind}-{digest}-{block}", partial(work, block * BLOCK)) for block in blocks]


def done(jobs: list[Job], means: Means | None) -> Iterator[dict[str, np.ndarray]]:
    """Give the jobs' results in their order, by this machine's cores where nothing else is said."""
    return in_order(jobs, means or Means())


def added_up(parts: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Add arrays of the same name, in the order given."""
    total: dict[str, np.ndarray] = {}
    for part in parts:
        total = {name: total.get(name, 0) + array for name, array in part.items()}
    return total
