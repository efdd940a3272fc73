"""Evidence: identities: the same bytes whatever was killed, and whatever did the work.

Jobs are real processes, killed by the system; a cluster is a real one of several processes.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
from dask.distributed import Client, LocalCluster

from oligotrial.checks import InputError
from oligotrial.simulate import Store

SCRIPT = Path(__file__).with_name("killed_job.py")
KILLS = 20


class Jobs:
    """The script's process, which forks a job whenever it is told to."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a fork is of one thread
        )
        self.process.stdout.readline()  # it is ready

    def start(self, folder, most_bytes=0):
        self.process.stdin.write(json.dumps([str(folder), most_bytes]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def stored(folder):
    return {path.name: path.read_bytes() for path in (folder / "chunks").glob("*.npz")}


@pytest.fixture(scope="module")
def jobs():
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def script(monkeypatch):
    """The job's module, for doing in this process what the script does in its own."""
    spec = spec_from_file_location("killed_job", SCRIPT)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.engine, "CHUNK", module.CHUNK)
    return module


@pytest.fixture(scope="module")
def uninterrupted(jobs, tmp_path_factory):
    """Seconds that a whole job takes, its chunks and its table."""
    folder = tmp_path_factory.mktemp("whole")
    began = time.perf_counter()
    jobs.start(folder)
    assert jobs.end() == 0
    seconds = time.perf_counter() - began
    return seconds, stored(folder), (folder / "table.csv").read_bytes()


def test_a_job_killed_twenty_times_gives_the_same_bytes(tmp_path, jobs, uninterrupted):
    seconds, chunks, table = uninterrupted
    moments = np.random.default_rng(20).uniform(0.0, 0.7, size=1_000) * seconds
    kills, partial = 0, 0
    for moment in moments:
        child = jobs.start(tmp_path)
        time.sleep(moment)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed = jobs.end() == -signal.SIGKILL
        kept = stored(tmp_path)
        assert kept.items() <= chunks.items()  # whatever is there is whole
        if killed:
            kills += 1
            partial += 0 < len(kept) < len(chunks)
            if kills < KILLS:
                continue
            jobs.start(tmp_path)
            assert jobs.end() == 0
        # finished: at last, or before it could be killed
        assert stored(tmp_path) == chunks
        assert (tmp_path / "table.csv").read_bytes() == table
        assert not list((tmp_path / "chunks").glob(".*"))  # nothing half-written is left
        if kills == KILLS:
            break
        shutil.rmtree(tmp_path / "chunks")
        (tmp_path / "table.csv").unlink()
    assert kills == KILLS
    assert partial >= KILLS // 2


def test_a_disk_that_is_full_is_told_and_loses_nothing(tmp_path, jobs, uninterrupted):
    _, chunks, table = uninterrupted
    jobs.start(tmp_path, min(map(len, chunks.values())) - 1)  # no file may be larger than that
    assert jobs.end() == 3
    said = (tmp_path / "said").read_text()
    assert "can't be written (File too large); what is finished is kept, run again" in said
    assert said.startswith(str(tmp_path / "chunks"))
    assert list((tmp_path / "chunks").iterdir()) == []
    jobs.start(tmp_path)
    assert jobs.end() == 0
    assert stored(tmp_path) == chunks
    assert (tmp_path / "table.csv").read_bytes() == table


def test_no_space_left_is_told_and_what_is_finished_is_kept(
    tmp_path, monkeypatch, script, uninterrupted
):
    _, chunks, table = uninterrupted
    save, written = np.savez_compressed, []

    def until_full(file, **arrays):
        if len(written) == 5:
            Path(file).write_bytes(b"half a chu")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(file, **arrays)
        written.append(Path(file).name)

    with monkeypatch.context() as full:
        full.setattr(np, "savez_compressed", until_full)
        with pytest.raises(InputError, match=r"\.npz: can't be written \(No space left on device"):
            script.job(tmp_path)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "chunks").iterdir()}
    assert sorted(kept) == sorted(written)
    assert kept.items() <= chunks.items()
    script.job(tmp_path)
    assert (tmp_path / "table.csv").read_bytes() == table


def test_a_damaged_chunk_is_named_and_the_others_are_kept(tmp_path, script, uninterrupted):
    _, chunks, table = uninterrupted
    folder = tmp_path / "chunks"
    folder.mkdir()
    for name, content in chunks.items():
        (folder / name).write_bytes(content)
    damaged = sorted(chunks)[7]
    (folder / damaged).write_bytes(chunks[damaged][:-30])
    with pytest.raises(InputError, match=f"{damaged}: this stored result is damaged"):
        script.job(tmp_path)
    assert sum((folder / name).read_bytes() == chunks[name] for name in chunks) == len(chunks) - 1
    (folder / damaged).unlink()
    script.job(tmp_path)
    assert (tmp_path / "table.csv").read_bytes() == table


def test_damage_to_any_byte_is_told_or_harmless(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(5)}
    store = Store(tmp_path)
    store.write("x", arrays)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    told = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x81
        path.write_bytes(damaged)
        try:
            found = store.read("x")
        except InputError:
            told += 1
        else:  # a time stamp, or the like
            assert list(found) == list(arrays)
            assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
    assert told > len(whole) / 2


def test_a_chunk_under_another_name_is_damaged(tmp_path):
    store = Store(tmp_path)
    store.write("x", {"a": np.zeros(3)})
    (tmp_path / "x.npz").rename(tmp_path / "y.npz")
    with pytest.raises(InputError, match=r"y\.npz: this stored result is damaged"):
        store.read("y")


@pytest.fixture(scope="module")
def cluster():
    with (
        LocalCluster(
            n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
        Client(made) as client,
    ):
        yield client


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, script, uninterrupted, workers):
    _, chunks, table = uninterrupted
    script.job(tmp_path, workers=workers)
    assert (tmp_path / "table.csv").read_bytes() == table
    assert stored(tmp_path) == chunks


def test_a_cluster_of_processes_gives_the_same_bytes(tmp_path, script, cluster, uninterrupted):
    _, chunks, table = uninterrupted
    cluster.run(_small_chunks)
    script.job(tmp_path, executor=cluster.get_executor())
    assert (tmp_path / "table.csv").read_bytes() == table
    assert stored(tmp_path) == chunks
    assert len(set(cluster.run(os.getpid).values()) - {os.getpid()}) == 3


def _small_chunks():
    from oligotrial.simulate import engine

    engine.CHUNK = 250
