"""Many trials, in chunks, on any executor; finished chunks are kept and found again."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from hashlib import sha256

import numpy as np

from oligotrial.checks import positive_integer
from oligotrial.simulate.jobs import Job, Means, in_order
from oligotrial.simulate.operating import Tally
from oligotrial.simulate.store import Store
from oligotrial.simulate.trials import Machine
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["CHUNK", "Batch", "run", "simulate_rows"]

CHUNK = 10_000
"""Replicates in a chunk: about 0.1 s of work."""

FORMAT = 4
"""Raised whenever the kernel's results for the same input change, or what is kept of them."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Trials of one design in one world.

    Parameters
    ----------
    design : Design
        What is simulated.
    world : World
        The truth.
    replicates : int
        Number of trials.
    seed : int
        Seed; replicate r has the same latent patients in every design of a grid.
    """

    design: Design
    world: World
    replicates: int
    seed: int

    def __post_init__(self) -> None:
        positive_integer(self.replicates, "replicates")

    @property
    def starts(self) -> range:
        """First replicate of each chunk."""
        return range(0, self.replicates, CHUNK)

    @property
    def digest(self) -> str:
        """Hash of all that the chunks depend on."""
        parts = (FORMAT, CHUNK, self.design, self.replicates, self.seed, self.world.digest)
        return sha256(repr(_told(parts)).encode()).hexdigest()[:20]


def run(
    batches: Sequence[Batch],
    *,
    store: Store | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Tally]:
    """Simulate batches and return what each one's trials add up to.

    Parameters
    ----------
    batches : sequence of Batch
        What to simulate.
    store : Store, optional
        Where finished chunks are kept and looked for.
    executor : concurrent.futures.Executor, optional
        What runs the chunks; this machine's cores when left out (threads: the kernels
        release the interpreter's lock).
    workers : int, optional
        Threads when no executor is given; one a core when left out.
    progress : callable, optional
        Called with chunks done and chunks in all.

    Returns
    -------
    list of Tally
        One a batch; the same bits for any executor, since chunks are added in their order, each as
        soon as it is its turn: memory stays flat.

    Raises
    ------
    InputError
        If a stored chunk is damaged or can't be written.
    """
    digests = [batch.digest for batch in batches]
    chunks = [(number, first) for number, batch in enumerate(batches) for first in batch.starts]
    jobs = [
        Job(f"{digests[number]}-{first}", partial(_chunk, batches[number], first))
        for number, first in chunks
    ]
    totals: dict[int, Tally] = {}
    for (number, _), arrays in zip(
        chunks, in_order(jobs, Means(store, executor, workers, progress)), strict=True
    ):
        chunk = Tally(**arrays)
        totals[number] = Tally.total([totals[number], chunk]) if number in totals else chunk
    return [totals[number] for number in range(len(batches))]


def _chunk(batch: Batch, first: int) -> dict[str, np.ndarray]:
    return simulate_chunk(batch, first).arrays()


def simulate_chunk(batch: Batch, first: int) -> Tally:
    """Simulate one chunk of a batch.

    Parameters
    ----------
    batch : Batch
        What to simulate.
    first : int
        The chunk's first replicate.

    Returns
    -------
    Tally
        What its trials add up to.
    """
    count = min(CHUNK, batch.replicates - first)
    rows = simulate_rows(batch, first, count)
    return Tally.of(rows, batch.design, truths=batch.world.log_hazard_ratios, first=first)


def simulate_rows(batch: Batch, first: int, count: int) -> np.ndarray:
    """Simulate some replicates of a batch, one row each.

    Parameters
    ----------
    batch : Batch
        What to simulate.
    first, count : int
        The first replicate's number, and how many.

    Returns
    -------
    numpy.ndarray
        Shape (count, columns), named by `column_names`.
    """
    return Machine(batch.design, batch.world.truth, batch.seed).rows(first, count)


def _told(part: object) -> object:
    """Return all of a value for hashing: repr leaves out the middle of long arrays."""
    if is_dataclass(part):
        return type(part).__name__, [(f.name, _told(getattr(part, f.name))) for f in fields(part)]
    if isinstance(part, np.ndarray):
        return part.shape, part.dtype.str, part.tolist()
    if isinstance(part, tuple | list):
        return [_told(each) for each in part]
    return part
