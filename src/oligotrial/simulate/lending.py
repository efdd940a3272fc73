"""Large truths, sent to a process once and found there again by their hash.

A posterior's tables are tens of megabytes, and thousands of jobs read the same ones. Threads share
them. To a process a job says by their hash which ones it reads; who doesn't have them says so, and
is sent them with a later job. That needs nothing of an executor but `submit`.
"""

import os
import socket
import warnings
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from oligotrial.simulate.world import World

__all__ = ["Loans"]

LARGE_BYTES = 1_000_000
"""Worlds below that travel with each job."""

HELD = 3
"""Worlds that a process keeps, those used last."""

CARRIED = 2
"""Jobs under way that bring a world along: memory stays flat however many workers there are."""

TRIES = 4
"""Jobs that bring a world along because one process, which may be gone, was found without it."""

SPARE, EACH = 4, 3
"""Jobs under way that read large worlds: as many, and so many for each process that answered."""

type _Result = dict[str, np.ndarray]
type _Work = Callable[[], _Result]


@dataclass(frozen=True)
class _Named:
    """A world, by its hash."""

    digest: str


class _Answer(NamedTuple):
    """Which process answers, which worlds it has, which it lacks, and the result if none."""

    process: str
    held: tuple[str, ...]
    lacks: tuple[str, ...]
    result: _Result | None


class Loans:
    """What the processes of an executor have of the worlds that jobs read."""

    def __init__(self) -> None:
        self.held: dict[str, frozenset[str]] = {}
        self.lacking: Counter[tuple[str, str]] = Counter()
        self.carrying: set[Future[Any]] = set()
        self.lent: set[Future[Any]] = set()

    def submit(self, pool: Executor, work: _Work) -> Future[Any] | None:
        """Hand out work, or nothing as long as there has to be waited for other work.

        Parameters
        ----------
        pool : concurrent.futures.Executor
            What does it.
        work : callable
            A `functools.partial`, in whose arguments worlds are looked for.

        Returns
        -------
        concurrent.futures.Future or None
            What `result` reads.
        """
        if isinstance(pool, ThreadPoolExecutor):
            return pool.submit(work)
        worlds: dict[str, World] = {}
        named = _swapped(work, partial(_name, worlds))
        if not worlds:
            return pool.submit(work)
        wanted = self._wanted(worlds)
        room = len(self.carrying) < CARRIED
        unknown = any(not self._anywhere(digest) for digest in wanted)
        if (unknown and not room) or len(self.lent) >= SPARE + EACH * len(self.held):
            return None
        brought = wanted if room else []
        with warnings.catch_warnings():  # dask's, of what is sent but once
            warnings.filterwarnings("ignore", message="Sending large graph")
            future = pool.submit(_attempt, named, tuple(worlds), [worlds[name] for name in brought])
        self.lent.add(future)
        if brought:
            self.carrying.add(future)
            self.lacking.subtract(key for key in self.lacking if key[1] in brought)
            self.lacking = +self.lacking
        return future

    def result(self, future: Future[Any]) -> _Result | None:
        """Return what work came to, or nothing where it has to be handed out again."""
        answer = future.result()
        if not isinstance(answer, _Answer):
            return dict(answer)
        self.lent.discard(future)
        self.carrying.discard(future)
        self.held[answer.process] = frozenset(answer.held)
        for digest in answer.held:
            self.lacking.pop((answer.process, digest), None)
        for digest in answer.lacks:
            self.lacking[answer.process, digest] = TRIES
        return answer.result

    def _wanted(self, worlds: Mapping[str, World]) -> list[str]:
        """Return the worlds that no process has, as far as is known, or that one lacks."""
        lacking = {digest for _, digest in self.lacking}
        return [name for name in worlds if name in lacking or not self._anywhere(name)]

    def _anywhere(self, digest: str) -> bool:
        return any(digest in held for held in self.held.values())


_HERE: OrderedDict[str, World] = OrderedDict()
"""The worlds that this process was sent, those used last at the end."""

_LOCK = Lock()


def _attempt(work: _Work, names: tuple[str, ...], brought: list[World]) -> _Answer:
    """Do work in a process if all worlds that it reads are there."""
    with _LOCK:
        _HERE.update({world.digest: world for world in brought})
        found = {name: _HERE[name] for name in names if name in _HERE}
        for name in found:
            _HERE.move_to_end(name)
        while len(_HERE) > max(HELD, len(names)):
            _HERE.popitem(last=False)
        held = tuple(_HERE)
    process = f"{socket.gethostname()}-{os.getpid()}"
    lacks = tuple(name for name in names if name not in found)
    if lacks:
        return _Answer(process, held, lacks, None)
    return _Answer(process, held, (), _swapped(work, partial(_given, found))())


def _name(worlds: dict[str, World], part: World | _Named) -> World | _Named:
    """Return a large world's name, and note the world."""
    if isinstance(part, _Named) or part.bytes < LARGE_BYTES:
        return part
    worlds[part.digest] = part
    return _Named(part.digest)


def _given(worlds: Mapping[str, World], part: World | _Named) -> World:
    """Return the world of a name."""
    return worlds[part.digest] if isinstance(part, _Named) else part


def _swapped(part: Any, swap: Callable[[World | _Named], object]) -> Any:
    """Return a structure of calls, dataclasses and tuples with its worlds replaced."""
    if isinstance(part, World | _Named):
        return swap(part)
    if isinstance(part, partial):
        args, values = (_swapped(each, swap) for each in (part.args, (*part.keywords.values(),)))
        return partial(part.func, *args, **dict(zip(part.keywords, values, strict=True)))
    if type(part) in (tuple, list):
        each = [_swapped(one, swap) for one in part]
        same = all(one is other for one, other in zip(each, part, strict=True))
        return part if same else type(part)(each)
    if is_dataclass(part) and not isinstance(part, type):
        old = {field.name: getattr(part, field.name) for field in fields(part) if field.init}
        new = {name: _swapped(one, swap) for name, one in old.items()}
        changed = {name: one for name, one in new.items() if one is not old[name]}
        return replace(part, **changed) if changed else part
    return part
