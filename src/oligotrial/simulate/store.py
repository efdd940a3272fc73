"""Finished chunks of a simulation, kept under the hash of all they depend on."""

import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import numpy as np

from oligotrial.checks import InputError
from oligotrial.files import replacing

__all__ = ["Store"]

DAMAGE = (
    *(ValueError, OSError, EOFError, KeyError),
    *(NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error),
)
"""What reading a damaged chunk raises, wherever the damage is."""

ATTEMPTS = 3
"""How often a chunk is written whose half-written file another run cleared away."""

CHECKSUM = "checksum"
"""Array that is stored beside a chunk's own: the hash of all of them."""


@dataclass(frozen=True)
class Store:
    """A folder of chunks, each written under a temporary name and then renamed.

    A run that was killed at any moment leaves only whole chunks, and goes on from them. Each
    chunk holds a hash of its name and content, so that damage anywhere in it is told.

    Parameters
    ----------
    folder : pathlib.Path
        Where the chunks are; made when first needed.
    """

    folder: Path

    def read(self, name: str) -> dict[str, np.ndarray] | None:
        """Return a stored chunk, or nothing when there is none.

        Parameters
        ----------
        name : str
            The chunk's name.

        Returns
        -------
        dict of numpy.ndarray or None
            Its arrays by name.

        Raises
        ------
        InputError
            If the file is there but damaged, or the folder is a file.
        """
        path = self._path(name)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            if not np.array_equal(arrays.pop(CHECKSUM), _checksum(name, arrays)):
                raise ValueError(name)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise InputError(
                "this is a file; name a folder to keep results in", where=str(self.folder)
            ) from None
        except DAMAGE:
            raise InputError(
                "this stored result is damaged or cut short; delete it and run again, "
                "the others are kept",
                where=str(path),
            ) from None
        return arrays

    def write(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Store a chunk.

        Parameters
        ----------
        name : str
            The chunk's name.
        arrays : dict of numpy.ndarray
            Its arrays by name.

        Raises
        ------
        InputError
            If it can't be written, for example because the disk is full.
        """
        for left in reversed(range(ATTEMPTS)):
            try:
                self._write(name, arrays)
            except InputError as error:
                if left == 0 or not isinstance(error.__context__, FileNotFoundError):
                    raise
            else:
                return

    def clear(self, names: Collection[str]) -> None:
        """Remove what killed runs left half written; a run that is alive writes its own again.

        Parameters
        ----------
        names : collection of str
            Chunks of the run that begins; what is of others is left alone.
        """
        for left in self.folder.glob(".*.npz.*"):
            if left.name[1:].rpartition(".npz.")[0] in names:
                rmtree(left, ignore_errors=True)

    def _write(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        with replacing(self._path(name)) as part:
            summed = {CHECKSUM: _checksum(name, arrays)}
            np.savez_compressed(part, allow_pickle=False, **arrays, **summed)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"


def _checksum(name: str, arrays: dict[str, np.ndarray]) -> np.ndarray:
    hashed = sha256(name.encode())
    for key, array in sorted(arrays.items()):
        hashed.update(repr((key, array.shape, array.dtype.str)).encode())
        hashed.update(np.ascontiguousarray(array).tobytes())
    return np.frombuffer(hashed.digest(), np.uint8)
