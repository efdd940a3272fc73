"""Pieces of work in a fixed order, on any executor, kept when finished."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import cpu_count
from time import monotonic
from typing import Protocol

import numpy as np

from oligotrial.checks import InputError, positive_integer
from oligotrial.simulate.lending import Loans
from oligotrial.simulate.store import Store

__all__ = ["Job", "Means", "Progress", "TimeLeft", "in_order"]

AT_ONCE = 256
"""Jobs under way or waiting for an earlier one: memory stays flat however many there are."""


class Work(Protocol):
    """What a job does: a function of nothing, which a process can be handed."""

    def __call__(self) -> dict[str, np.ndarray]:
        """Return arrays by name."""
        ...


@dataclass(frozen=True)
class Job:
    """A piece of work and the name under which its result is kept.

    Parameters
    ----------
    name : str
        Unique to all that the result depends on.
    work : callable
        Returns arrays by name; `functools.partial` of a module's function, so that other
        processes can be handed it.
    """

    name: str
    work: Work


@dataclass(frozen=True)
class Means:
    """What simulations run on, and where their finished parts are kept.

    Parameters
    ----------
    store : Store, optional
        Where finished parts are kept and looked for; nowhere when left out.
    executor : concurrent.futures.Executor, optional
        What runs them; this machine's cores when left out.
    workers : int, optional
        Threads when no executor is given; one a core when left out.
    progress : callable, optional
        Called with parts done and parts in all; see `TimeLeft`.

    Raises
    ------
    InputError
        If the number of workers is not a whole number of at least 1.

    Examples
    --------
    >>> Means(workers=2).workers
    2
    """

    store: Store | None = None
    executor: Executor | None = None
    workers: int | None = None
    progress: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        if self.workers is not None:
            positive_integer(self.workers, "workers")

    @contextmanager
    def pool(self) -> Iterator[Executor]:
        """Give the executor; threads of one's own are ended afterwards."""
        if self.executor is not None:
            yield self.executor
            return
        pool = ThreadPoolExecutor(self.workers or cpu_count() or 1)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    done, total : int
        Parts finished, and parts in all as far as is known.
    seconds : float
        Since the run began.
    seconds_left : float
        At the speed so far; infinite before anything is finished.
    """

    done: int
    total: int
    seconds: float
    seconds_left: float


@dataclass(eq=False)
class TimeLeft:
    """Turns calls with (done, total) into calls with the time that is left.

    Parts that were found in a store when the run began don't count for its speed.

    Parameters
    ----------
    tell : callable
        Called with a `Progress`.
    clock : callable, optional
        Returns seconds.

    Examples
    --------
    >>> seconds = iter([0.0, 10.0])
    >>> report = TimeLeft(print, clock=lambda: next(seconds))
    >>> report(0, 4)
    Progress(done=0, total=4, seconds=0.0, seconds_left=inf)
    >>> report(1, 4)
    Progress(done=1, total=4, seconds=10.0, seconds_left=30.0)
    """

    tell: Callable[[Progress], None]
    clock: Callable[[], float] = monotonic
    _began: tuple[float, int] | None = field(default=None, init=False, repr=False)

    def __call__(self, done: int, total: int) -> None:
        """Tell how far the run is."""
        now = self.clock()
        if self._began is None or done < self._began[1]:
            self._began = now, done
        start, found = self._began
        seconds, made = now - start, done - found
        left = seconds / made * (total - done) if made else (0.0 if done == total else np.inf)
        self.tell(Progress(done, total, seconds, float(left)))


def in_order(jobs: Sequence[Job], means: Means) -> Iterator[dict[str, np.ndarray]]:
    """Do jobs at the same time and give their results in the jobs' order.

    Parameters
    ----------
    jobs : sequence of Job
        What is to be done.
    means : Means
        Executor, store and progress.

    Yields
    ------
    dict of numpy.ndarray
        One result a job, in order, so that sums over them are the same bits for any executor.

    Raises
    ------
    InputError
        If a stored result is damaged (told before anything runs) or one can't be kept.
    """
    store = means.store
    kept = {job.name for job in jobs if store and store.read(job.name) is not None}
    if store:
        store.clear({job.name for job in jobs})
    under_way = _UnderWay(jobs, means, kept)
    under_way.tell()
    with means.pool() as pool:
        try:
            for number in range(len(jobs)):
                under_way.start(pool)
                while number not in under_way.ready:
                    under_way.collect()
                    under_way.start(pool)
                yield under_way.ready.pop(number)
        finally:
            under_way.stop()


class _UnderWay:
    """Which jobs run, and which have a result that waits for its turn."""

    def __init__(self, jobs: Sequence[Job], means: Means, kept: set[str]) -> None:
        self.jobs, self.means, self.kept = jobs, means, kept
        self.ready: dict[int, dict[str, np.ndarray]] = {}
        self.running: dict[Future[dict[str, np.ndarray]], int] = {}
        self.again: deque[int] = deque()
        self.loans = Loans()
        self.begun = 0
        self.done = sum(job.name in kept for job in jobs)

    def start(self, pool: Executor) -> None:
        """Hand out jobs as far as there is room; find those that are kept."""
        while self.again:
            if not self._hand_out(self.again[0], pool):
                return
            self.again.popleft()
        last = self.begun + AT_ONCE - len(self.running) - len(self.ready)
        for number in range(self.begun, min(last, len(self.jobs))):
            if self.jobs[number].name in self.kept:
                self.ready[number] = _stored(self.jobs[number].name, self.means.store)
            elif not self._hand_out(number, pool):
                return
            self.begun = number + 1

    def _hand_out(self, number: int, pool: Executor) -> bool:
        """Hand out a job; return whether there was room for it."""
        future = self.loans.submit(pool, self.jobs[number].work)
        if future is not None:
            self.running[future] = number
        return future is not None

    def collect(self) -> None:
        """Wait for a job to end, and keep what has ended."""
        for future in wait(self.running, return_when=FIRST_COMPLETED).done:
            number = self.running.pop(future)
            found = self.loans.result(future)
            if found is None:
                self.again.append(number)
                continue
            self.ready[number] = found
            if self.means.store:
                self.means.store.write(self.jobs[number].name, found)
            self.done += 1
            self.tell()

    def stop(self) -> None:
        """Take back what waits to be run: after an error nobody asks for it."""
        for future in self.running:
            future.cancel()

    def tell(self) -> None:
        """Tell how many jobs are done."""
        if self.means.progress:
            self.means.progress(self.done, len(self.jobs))


def _stored(name: str, store: Store | None) -> dict[str, np.ndarray]:
    arrays = store.read(name) if store else None
    if arrays is None:
        raise InputError("this stored result went away while it was needed", where=name)
    return arrays
