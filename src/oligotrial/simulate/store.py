"""Finished chunks of a simulation, kept under the hash of all they depend on."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oligotrial.checks import InputError
from oligotrial.files import replacing

__all__ = ["Store"]

DAMAGE = (
    *(ValueError, OSError, EOFError, KeyError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)
"""What reading a damaged chunk raises, wherever the damage is."""


@dataclass(frozen=True)
class Store:
    """A folder of chunks, each written under a temporary name and then renamed.

    A run that was killed at any moment leaves only whole chunks, and goes on from them.

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
            If the file is there but damaged.
        """
        path = self._path(name)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return dict(stored)
        except FileNotFoundError:
            return None
        except DAMAGE:
            raise InputError(
                "this stored result is damaged or cut short; delete it and run again, "
                "the others are kept",
                where=str(path),
            ) from None

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
        with replacing(self._path(name)) as part:
            np.savez_compressed(part, allow_pickle=False, **arrays)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"
