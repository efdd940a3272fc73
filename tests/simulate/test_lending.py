"""Evidence: identities: the same bits whoever has the truth; counts of what is sent; limits."""

import pickle
import resource
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Proportional, Weibull
from oligotrial.simulate import Batch, Scenario, Store, engine, lending, run
from oligotrial.simulate.sizing import Means, compare_designs
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

DESIGN = Design(40, AtEvents(20), LogRank(0.10), Accrual(5.0))


def posterior(seed=1, *, draws=100):
    rng = np.random.default_rng(seed)
    shape = np.exp(rng.normal(0.0, 0.1, (draws, 6)))
    control = Weibull(shape, np.exp(rng.normal(2.3, 0.2, (draws, 6))))
    treated = Proportional(control, rng.normal(-0.3, 0.2, (draws, 1)))
    return Scenario("truth", tuple("abcdef"), np.full(6, 1 / 6), control, treated).world()


WORLDS = [posterior(seed) for seed in (1, 2, 3, 4, 5)]


def batches(worlds=WORLDS[:1], *, replicates=2_000):
    return [Batch(DESIGN, world, replicates, 1) for world in worlds]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 50)


def bits(tallies):
    return [pickle.dumps(tally.arrays()) for tally in tallies]


class Watched(Executor):
    """Hands work on, and counts the worlds sent along and the work under way."""

    def __init__(self, pool):
        self.pool, self.brought, self.sizes = pool, [], []
        self.under_way, self.most, self.lock = 0, 0, threading.Lock()

    def submit(self, function, /, *args):
        self.brought.append(len(args[2]) if args else 0)
        self.sizes.append(0 if self.brought[-1] else len(pickle.dumps((function, *args))))
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        future = self.pool.submit(function, *args)
        future.add_done_callback(self.ended)
        return future

    def ended(self, _):
        with self.lock:
            self.under_way -= 1


class Forgetful(Executor):
    """Does work at once, as another process that has lost what it was sent before."""

    def __init__(self, *, every):
        self.every, self.calls = every, 0

    def submit(self, function, /, *args):
        self.calls += 1
        if self.calls % self.every == 0:
            lending._HERE.clear()
        future = Future()
        future.set_result(function(*args))
        return future


@pytest.fixture(scope="module")
def processes():
    chunks = "from oligotrial.simulate import engine; engine.CHUNK = 50"
    spawned = get_context("spawn")
    with ProcessPoolExecutor(2, spawned, initializer=exec, initargs=(chunks,)) as pool:
        yield pool


@pytest.fixture(autouse=True)
def nothing_here():
    lending._HERE.clear()
    yield
    lending._HERE.clear()


def test_a_large_truth_is_sent_once_to_each_process(processes):
    watched = Watched(processes)
    found = run(batches(), executor=watched)
    assert bits(found) == bits(run(batches(), workers=1))
    # 40 chunks; a process that is slow to start is sent it more than once at most
    assert len(watched.brought) >= 40
    assert 1 <= sum(watched.brought) <= lending.CARRIED + 2 * lending.TRIES
    assert max(watched.sizes) < 20_000 < WORLDS[0].bytes / 50
    assert watched.most <= lending.SPARE + 2 * lending.EACH


def test_a_small_truth_travels_with_its_chunks(processes):
    small = [posterior(draws=2)]
    assert small[0].bytes < lending.LARGE_BYTES
    watched = Watched(processes)
    assert bits(run(batches(small), executor=watched)) == bits(run(batches(small), workers=1))
    assert len(watched.brought) == 40
    assert sum(watched.brought) == 0


def test_more_truths_than_a_process_holds_are_sent_again(processes):
    many = batches(WORLDS + WORLDS, replicates=200)
    assert bits(run(many, executor=Watched(processes))) == bits(run(many, workers=1))


@pytest.mark.parametrize("every", [1, 2, 7])
def test_processes_that_forget_are_sent_it_again(every):
    # one that forgets before each call can do what it is given along with the call
    found = run(batches(), executor=Forgetful(every=every))
    assert bits(found) == bits(run(batches(), workers=1))


def test_threads_share_what_is_there():
    with ThreadPoolExecutor(2) as pool:
        found = run(batches(), executor=pool)
    assert not lending._HERE
    assert bits(found) == bits(run(batches(), workers=2))


def test_whatever_holds_truths_is_done_the_same(processes):
    designs = {"one": DESIGN, "other": DESIGN.resized(60, 30)}
    tables = [
        compare_designs(designs, WORLDS[0], replicates=5_000, seed=1, means=means)
        for means in (Means(workers=1), Means(executor=Watched(processes)))
    ]
    assert tables[0].equals(tables[1])


def test_worlds_are_found_wherever_they_are_in_a_call():
    worlds = {}
    (batch,) = batches()
    work = partial(print, [(batch, 1)], of={"a": 1}, batch=batch)
    named = lending._swapped(work, partial(lending._name, worlds))
    assert list(worlds) == [batch.world.digest]
    assert len(pickle.dumps(named)) < 20_000
    again = lending._swapped(named, partial(lending._given, worlds))
    assert again.args[0][0][0].world is batch.world
    assert again.keywords["batch"].world is batch.world
    assert again.keywords["of"] == {"a": 1}


def test_after_an_error_nothing_that_waits_is_run(tmp_path, monkeypatch):
    begun = []
    whole = engine.simulate_chunk

    def counted(batch, first):
        begun.append(first)
        return whole(batch, first)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine, "simulate_chunk", counted)
    monkeypatch.setattr(np, "savez_compressed", full)
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(InputError, match="No space left on device"),
    ):
        run(batches(replicates=15_000), store=Store(tmp_path), executor=pool)
    assert 1 <= len(begun) < 30


def test_a_result_that_nobody_takes_ends_the_work():
    with ThreadPoolExecutor(1) as pool:
        gate, begun = threading.Event(), []
        jobs = [engine.Job(str(number), partial(_waits, gate, begun)) for number in range(50)]
        results = engine.in_order(jobs, Means(executor=pool))
        threading.Timer(0.2, gate.set).start()
        next(results)
        results.close()
    assert len(begun) < 50


def _waits(gate, begun):
    begun.append(1)
    if len(begun) == 2:
        time.sleep(0.5)
    assert gate.wait(10)
    return {"a": np.zeros(1)}


def test_memory_of_the_parent_is_flat(processes):
    run(batches(), executor=processes)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(batches(replicates=20_000), executor=processes)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB, on Linux
    assert grown < 20_000
