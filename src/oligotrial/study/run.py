"""The main job and its parts, each from a path to stored results."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd

from oligotrial.bayes.spec import Analysis, read_analysis
from oligotrial.checks import InputError
from oligotrial.spec import Study, read_study
from oligotrial.study.ledger import digest, toolkit
from oligotrial.study.stages import Steps, Workplace, make_cohort, make_fits, make_operating

__all__ = ["Fitted", "Outcome", "Simulated", "copy_worked_example", "fit", "run", "simulate"]


@dataclass(frozen=True)
class Outcome:
    """What a study came to.

    Parameters
    ----------
    sentence : str
        The recommended design, or that there is none.
    page : pathlib.Path
        The report.
    warnings : tuple of str
        What makes the results unfit for use.
    unchanged : bool
        Whether everything was already there.
    """

    sentence: str
    page: Path
    warnings: tuple[str, ...]
    unchanged: bool


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a model's fit came to: effects, checks and where the posterior is."""

    label: str
    effects: pd.DataFrame
    checks: pd.DataFrame
    failures: tuple[str, ...]
    path: Path


@dataclass(frozen=True, eq=False)
class Simulated:
    """What a study's simulation came to: operating characteristics and where they are."""

    operating: pd.DataFrame
    warnings: tuple[str, ...]
    path: Path


@contextmanager
def silent(title: str) -> Iterator[Callable[[int, int], None]]:  # noqa: ARG001
    """Show nothing: the default for calls from scripts."""
    yield lambda done, total: None  # noqa: ARG005


def run(
    path: Path | str,
    *,
    out: Path | None = None,
    workers: int | None = None,
    quick: bool = False,
    steps: Steps = silent,
    rewrite: bool = False,
) -> Outcome:
    """Do a study's main job: cohort, fit, simulation, report.

    Stages that were finished from the same inputs are used as they are; a run that was
    stopped goes on from where it was.

    Parameters
    ----------
    path : pathlib.Path or str
        A study's folder, or its `trial.toml`.
    out : pathlib.Path, optional
        Results folder; ``results/NAME`` when left out.
    workers : int, optional
        Threads; one a core when left out. The results are the same bits for any number.
    quick : bool, optional
        A try-out with few draws and trials, marked as such wherever it is shown.
    steps : Steps, optional
        Shows progress.
    rewrite : bool, optional
        Write the report again even if nothing changed.

    Returns
    -------
    Outcome
        The recommended design in a sentence, and where the report is.

    Raises
    ------
    InputError
        If a file is wrong, or a stored result was damaged.
    """
    study, analysis = read(Path(path), quick=quick)
    place = _workplace(study.name, out, quick=quick, steps=steps, workers=workers)
    inputs = _inputs(study, analysis)
    key = digest(toolkit(), inputs, quick)
    note = place.folder / "outcome.json"
    finished = place.ledger.finished("report", key)
    unchanged = finished and place.ledger.intact() and not rewrite
    if not unchanged:
        _make(study, analysis, place, inputs=inputs, key=key, quick=quick)
    told = json.loads(note.read_text(encoding="utf-8"))
    return Outcome(
        told["sentence"], place.folder / "report.html", tuple(told["warnings"]), unchanged
    )


def simulate(
    path: Path | str,
    *,
    out: Path | None = None,
    workers: int | None = None,
    quick: bool = False,
    steps: Steps = silent,
) -> Simulated:
    """Simulate a study's designs, fitting its model first where that isn't stored.

    Parameters
    ----------
    path : pathlib.Path or str
        A study's folder, or its `trial.toml`.
    out : pathlib.Path, optional
        Results folder; ``results/NAME`` when left out.
    workers : int, optional
        Threads; one a core when left out.
    quick : bool, optional
        A try-out with few draws and trials.
    steps : Steps, optional
        Shows progress.

    Returns
    -------
    Simulated
        Operating characteristics, also stored as CSV.

    Raises
    ------
    InputError
        If a file is wrong, or a stored result was damaged.
    """
    study, analysis = read(Path(path), quick=quick)
    place = _workplace(study.name, out, quick=quick, steps=steps, workers=workers)
    made = make(study, analysis, place, inputs={}, quick=quick)
    table = place.folder / "operating.csv"
    made.operating.to_csv(table, index=False)
    return Simulated(made.operating, warnings(made), table)


def fit(
    path: Path | str,
    *,
    out: Path | None = None,
    workers: int | None = None,
    quick: bool = False,
    steps: Steps = silent,
) -> Fitted:
    """Fit a model to its cohort and store the posterior.

    Parameters
    ----------
    path : pathlib.Path or str
        A model's folder, or its `model.toml`.
    out : pathlib.Path, optional
        Results folder; ``results/NAME`` when left out.
    workers : int, optional
        Threads; one a core when left out.
    quick : bool, optional
        A try-out with few draws.
    steps : Steps, optional
        Shows progress.

    Returns
    -------
    Fitted
        Effects, checks and where the posterior is.

    Raises
    ------
    InputError
        If a file is wrong, or a stored result was damaged.
    """
    analysis = _analysis(Path(path), quick=quick)
    name = analysis.path.resolve().parent.name
    place = _workplace(name, out, quick=quick, steps=steps, workers=workers)
    cohort = make_cohort(analysis, place)
    fits = make_fits(analysis, cohort, place)
    main = next(iter(fits))
    check = fits[main].check()
    effects, table = fits[main].effects(), check.table
    posterior = place.folder / f"posterior-{main}.nc"
    return Fitted(cohort.label, effects, table, check.failures, posterior)


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
