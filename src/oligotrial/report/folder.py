"""Write a report to a folder: page, tables, figures, and an index of them."""

import json
import os
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from oligotrial.checks import InputError
from oligotrial.files import replacing
from oligotrial.report.contents import Contents
from oligotrial.report.gallery import plates
from oligotrial.report.page import as_html
from oligotrial.report.plate import Plate
from oligotrial.report.tables import as_csv, as_json, encode, plain, tables
from oligotrial.report.words import shortfall

__all__ = ["write"]

INDEX = "report.json"
FOLDERS = ("tables", "figures")


def write(contents: Contents, folder: str | os.PathLike[str]) -> Path:
    """Write a report: the same bytes for the same contents.

    Everything is drawn before the first file is touched, and each file is renamed into
    place whole; files of an earlier report in the folder that this one lacks are removed.

    Parameters
    ----------
    contents : Contents
        What the report shows.
    folder : path
        Where to; made if it is missing.

    Returns
    -------
    pathlib.Path
        The page, ``report.html``. Beside it are ``tables/*.csv`` and ``*.json``,
        ``figures/*.svg`` and ``*.png``, and ``report.json``, which holds the warnings, the
        recommendation and the hash of every file.

    Raises
    ------
    InputError
        If the folder is a file or cannot be written to.
    """
    place = Path(folder)
    files = _files(contents)
    try:
        place.mkdir(parents=True, exist_ok=True)
        stale = _written_before(place) - set(files)
        for name, content in files.items():
            _replace(place / name, content)
        for name in sorted(stale):
            (place / name).unlink(missing_ok=True)
    except OSError as error:
        problem = (
            f"cannot write the report ({error.strerror}); give a folder that can be written to"
        )
        raise InputError(problem, where=str(place)) from error
    return place / "report.html"


def _files(contents: Contents) -> dict[str, bytes]:
    """Return what goes into the folder, by relative name, the page last."""
    shown = plates(contents)
    drawn = {name: plate.wide() for name, plate in shown.items()}
    wide = {name: svg for name, (svg, _) in drawn.items()}
    files = {f"figures/{name}.svg": drawing for name, drawing in wide.items()}
    files |= {f"figures/{name}.png": png for name, (_, png) in drawn.items()}
    for table in tables(contents):
        files[f"tables/{table.name}.csv"] = as_csv(table.frame)
        files[f"tables/{table.name}.json"] = as_json(table, contents.cohort_label)
    page = as_html(contents, shown, wide | _narrow(shown)).encode()
    return files | {INDEX: _index(contents, files | {"report.html": page}), "report.html": page}


def _narrow(shown: dict[str, Plate]) -> dict[str, bytes]:
    return {f"{name}-narrow": plate.narrow() for name, plate in shown.items()}


def _index(contents: Contents, files: dict[str, bytes]) -> bytes:
    best = contents.recommended
    return encode(
        {
            "title": contents.title,
            "subtitle": contents.subtitle,
            "warnings": list(contents.alarms),
            "cohort": contents.cohort_label,
            "target": {"measure": contents.target_measure, "value": contents.target},
            "recommended": best and {key: plain(value) for key, value in asdict(best).items()},
            "shortfall": None if best else shortfall(contents),
            "files": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
        }
    )


def _written_before(place: Path) -> set[str]:
    """Return the tables and figures that the folder's index lists."""
    try:
        listed = json.loads((place / INDEX).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in listed if _ours(name)}


def _ours(name: str) -> bool:
    parts = Path(name).parts
    return len(parts) == 2 and parts[0] in FOLDERS and parts[1] not in ("..", ".")


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as part:
        part.write_bytes(content)
