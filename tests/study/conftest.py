"""One small study, run once a session; tests that change its results work on a copy."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oligotrial.study import Outcome, run

from .small import Place, write_study


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Outcome]:
    """The small study with its results, made by one worker; not to be changed."""
    place = write_study(tmp_path_factory.mktemp("finished"))
    return place, run(place.trial, out=place.results, workers=1)


@pytest.fixture
def done(finished: tuple[Place, Outcome], tmp_path: Path) -> Place:
    """A copy of the finished study, to be changed."""
    shutil.copytree(finished[0].folder, tmp_path / "done")
    return Place(tmp_path / "done")


@pytest.fixture
def fresh(tmp_path: Path) -> Place:
    """The small study before anything ran."""
    return write_study(tmp_path / "fresh")


class Recorder:
    """Notes each step's progress; interrupts where it is told to."""

    def __init__(self, stop: tuple[str, int] | None = None) -> None:
        self.seen: dict[str, list[tuple[int, int]]] = {}
        self.stop = stop

    @contextmanager
    def __call__(self, title: str) -> Iterator[object]:
        calls = self.seen.setdefault(title, [])

        def progress(count: int, total: int) -> None:
            calls.append((count, total))
            if self.stop and title.startswith(self.stop[0]) and count == self.stop[1]:
                raise KeyboardInterrupt

        yield progress
