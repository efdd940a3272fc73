"""Files that are there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from oligotrial.checks import InputError

__all__ = ["replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; what is written there takes the file's place.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made where there is none.

    Yields
    ------
    pathlib.Path
        A name on the same disk. If writing fails the file stays as it was.

    Raises
    ------
    InputError
        If the file can't be written, for example because the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as part:
    ...         _ = part.write_text("whole")
    ...     (Path(folder) / "note.txt").read_text()
    'whole'
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            part = Path(folder) / path.name
            yield part
            part.replace(path)
    except OSError as error:
        raise InputError(
            f"can't be written ({error.strerror or error}); what is finished is kept, run again "
            "when this is mended",
            where=str(path),
        ) from None
