"""Many trials, in chunks, on any executor; finished chunks are kept and found again."""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from hashlib import sha256

import numpy as np

from oligotrial.checks import InputError, positive_integer
from oligotrial.simulate.jobs import Job, Means, in_order
from oligotrial.simulate.operating import Tally
from oligotrial.simulate.store import Store
from oligotrial.simulate.trials import COLUMNS, Machine, column_names
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["CHUNK", "Batch", "check_estimable", "run", "simulate_rows"]

CHUNK = 10_000
"""Replicates in a chunk: about 0.1 s of work."""

TRIED = 100
"""Trials that are simulated before a long run, to see whether its analyses can be made."""

NUMBERS: tuple[type, ...] = (int, float, np.number)
"""What a count may be given as, if it is whole."""

LEAST, OFTEN = 0.05, 0.5
"""Shares of them below which that is a mistake, and is warned of."""

FORMAT = 5
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
        Seed, a whole number of at least 0; replicate r has the same latent patients in every design
        of a grid.

    Raises
    ------
    InputError
        If the replicates or the seed are not whole numbers in their range.
    """

    design: Design
    world: World
    replicates: int
    seed: int

    def __post_init__(self) -> None:
        for name, least in (("replicates", 1), ("seed", 0)):
            given = getattr(self, name)
            if not isinstance(given, NUMBERS):
                raise InputError(f"{given!r} is no number; give a whole one", where=name)
            checked = positive_integer(getattr(self, name), name, least=least)
            object.__setattr__(self, name, checked)

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
        If a stored chunk is damaged or can't be written; before a run of more than one chunk, if an
        analysis can be made in fewer than 5 of its first 100 trials.

    Warns
    -----
    UserWarning
        If an analysis can be made in fewer than half of those.
    """
    for batch in batches:
        if batch.replicates > CHUNK:
            check_estimable(batch)
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


def check_estimable(batch: Batch) -> None:
    """Refuse a batch an analysis of which can hardly be made in any of its first trials.

    A restricted mean or a milestone beyond anybody's follow-up can't, nor can anything without an
    event.

    Parameters
    ----------
    batch : Batch
        What is to be simulated.

    Raises
    ------
    InputError
        If an analysis has a statistic in fewer than `LEAST` of the first `TRIED` trials.

    Warns
    -----
    UserWarning
        If it has one in fewer than `OFTEN` of them.
    """
    tried = min(TRIED, batch.replicates)
    rows = simulate_rows(batch, 0, tried)
    names = column_names(batch.design)
    for number, analysis in enumerate(batch.design.analyses, start=1):
        column = "statistic" if number == 1 else f"statistic_{number}"
        made = int(np.isfinite(rows[:, names.index(column)]).sum())
        month = rows[:, COLUMNS.index("month")].mean()
        told = (
            f"{analysis.words} can be made in {made} of the first {tried} trials, which end in "
            f"month {month:.0f} on average; follow patients for longer, or ask for an earlier time"
        )
        if made < LEAST * tried:
            raise InputError(told, where="test" if number == 1 else "besides")
        if made < OFTEN * tried:
            warnings.warn(told, stacklevel=3)


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
