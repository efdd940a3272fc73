"""The worked model and study, as the package carries them."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

__all__ = ["copy_worked_example"]


def copy_worked_example(folder: Path) -> Path:
    """Copy the worked model and study into a folder; what is there already stays.

    Parameters
    ----------
    folder : pathlib.Path
        Where they are put.

    Returns
    -------
    pathlib.Path
        The study's folder.
    """
    with as_file(files("oligotrial")) as package:
        packed = package / "worked"
        source = packed if packed.is_dir() else package.parents[1]
        for part in ("models", "simulations"):
            for file in sorted((source / part).rglob("*")):
                target = folder / part / file.relative_to(source / part)
                if file.is_file() and not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
    return folder / "simulations" / "oligoprogression_phase2"
