"""What a results folder holds: which stage made each file, from which inputs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from oligotrial.checks import InputError
from oligotrial.files import replacing

__all__ = ["Ledger", "digest", "file_hash", "toolkit"]

NAME = "ledger.json"
PACKAGES = (
    "oligotrial",
    "matplotlib",
    "numba",
    "numpy",
    "nutpie",
    "pandas",
    "pymc",
    "scipy",
    "xarray",
)
PARTS = (".py", ".html", ".css", ".toml")
"""Endings of the files of this package that results depend on."""


class _Record(TypedDict):
    inputs: str
    files: dict[str, str]


@dataclass(frozen=True)
class Ledger:
    """The record of a results folder, kept in a file beside the results.

    A stage is finished when its inputs have the recorded digest and its files are as they
    were written. The record is replaced in one step after each stage, so that a run that was
    stopped goes on with the first stage it hadn't finished.

    Parameters
    ----------
    folder : pathlib.Path
        The results folder.
    """

    folder: Path

    def finished(self, stage: str, inputs: str) -> bool:
        """Tell whether a stage's files are there, made from these inputs.

        Parameters
        ----------
        stage : str
            Name of the stage.
        inputs : str
            Digest of what it depends on.

        Returns
        -------
        bool
            True when the files can be used.

        Raises
        ------
        InputError
            If a file was changed or cut short after it was written.
        """
        record = self._records().get(stage)
        return record is not None and record["inputs"] == inputs and self._whole(record)

    def intact(self) -> bool:
        """Tell whether the files of every stage are there, as they were written.

        Returns
        -------
        bool
            False when one is missing.

        Raises
        ------
        InputError
            If a file was changed or cut short after it was written.
        """
        return min((self._whole(record) for record in self._records().values()), default=False)

    def record(self, stage: str, inputs: str, files: Iterable[Path]) -> None:
        """Note that a stage is finished.

        Parameters
        ----------
        stage : str
            Name of the stage.
        inputs : str
            Digest of what it depended on.
        files : iterable of pathlib.Path
            What it wrote, inside the folder.
        """
        names = {path.relative_to(self.folder).as_posix(): file_hash(path) for path in files}
        records = {**self._records(), stage: {"inputs": inputs, "files": names}}
        with replacing(self.folder / NAME) as part:
            part.write_text(json.dumps(records, indent=1, sort_keys=True), encoding="utf-8")

    def _whole(self, record: _Record) -> bool:
        there = True
        for name, known in record["files"].items():
            path = self.folder / name
            if not path.is_file():
                there = False
            elif file_hash(path) != known:
                raise InputError(
                    "this stored result was changed or cut short after it was written; "
                    "delete it (or move your copy away) and run again, the others are kept",
                    where=str(path),
                )
        return there

    def _records(self) -> dict[str, _Record]:
        path = self.folder / NAME
        if not path.exists():
            return {}
        try:
            return dict(map(_checked, json.loads(path.read_bytes()).items()))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(
                "this record of the results is damaged; delete it and run again", where=str(path)
            ) from None


def _checked(entry: tuple[str, _Record]) -> tuple[str, _Record]:
    """Return a stage and its record, or fail where they don't have the form of one."""
    stage, record = entry
    files = {str(name): str(known) for name, known in record["files"].items()}
    return stage, {"inputs": str(record["inputs"]), "files": files}


def digest(*parts: object) -> str:
    """Hash what a stage depends on.

    Parameters
    ----------
    *parts : object
        Files (hashed by content) and values (hashed by their representation).

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    hashed = sha256()
    for part in parts:
        hashed.update((file_hash(part) if isinstance(part, Path) else repr(part)).encode() + b"\0")
    return hashed.hexdigest()


@cache
def toolkit() -> tuple[tuple[str, str], ...]:
    """Return the versions that results depend on, with a hash of this package's own files."""
    code = sha256()
    root = Path(__file__).parents[1]
    for path in sorted(path for path in root.rglob("*") if path.suffix in PARTS):
        code.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    versions = tuple((name, version(name)) for name in PACKAGES)
    return (*versions, ("oligotrial code", code.hexdigest()[:16]))


def file_hash(path: Path) -> str:
    """Hash a file's content.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return sha256(path.read_bytes()).hexdigest()
