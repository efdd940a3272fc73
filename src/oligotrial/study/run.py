"""The main job and its parts, each from a path to stored results."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from oligotrial import evidence
from oligotrial.bayes.spec import Analysis, read_analysis
from oligotrial.checks import InputError
from oligotrial.files import replacing
from oligotrial.simulate import smallest
from oligotrial.spec import Study, read_study
from oligotrial.study.ledger import digest, file_hash, toolkit
from oligotrial.study.scenarios import Truths, population
from oligotrial.study.simulating import make_looks, make_operating, make_sensitivity
from oligotrial.study.stages import Steps, Workplace, make_cohort, make_fits

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.cohort import Cohort
    from oligotrial.study.results import Results

__all__ = ["Fitted", "Outcome", "Simulated", "fit", "run", "simulate"]


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
    study, analysis = _read(Path(path), quick=quick)
    place = _workplace(study.name, out, quick=quick, steps=steps, workers=workers)
    inputs = _inputs(study, analysis)
    key = digest(toolkit(), inputs, quick)
    index = place.folder / "report.json"
    unchanged = not rewrite and place.ledger.finished("report", key) and place.ledger.intact()
    if not unchanged:
        _write_report(_make(study, analysis, place, inputs=inputs, quick=quick), place, key)
    told = json.loads(index.read_text(encoding="utf-8"))
    sentence = told["recommended"]["sentence"] if told["recommended"] else told["shortfall"]
    return Outcome(sentence, place.folder / "report.html", tuple(told["warnings"]), unchanged)


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
    study, analysis = _read(Path(path), quick=quick)
    place = _workplace(study.name, out, quick=quick, steps=steps, workers=workers)
    study, _, fits, strata = _fitted(study, analysis, place)
    operating = make_operating(study, Truths(study, _enough(study, fits), strata), place)
    table = place.folder / "operating.csv"
    with replacing(table) as part:
        operating.to_csv(part, index=False)
    return Simulated(operating, next(iter(fits.values())).check().failures, table)


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
    analysis = read_analysis(Path(path))
    analysis = analysis.quick() if quick else analysis
    name = analysis.path.resolve().parent.name
    place = _workplace(name, out, quick=quick, steps=steps, workers=workers)
    cohort = make_cohort(analysis, place)
    fits = make_fits(analysis, cohort, place)
    main = next(iter(fits))
    check = fits[main].check()
    effects, table = fits[main].effects(), check.table
    posterior = place.folder / f"posterior-{main}.nc"
    return Fitted(cohort.label, effects, table, check.failures, posterior)


def _read(path: Path, *, quick: bool) -> tuple[Study, Analysis]:
    study = read_study(path)
    analysis = read_analysis(study.model_path)
    return (study.quick(), analysis.quick()) if quick else (study, analysis)


def _check_population(study: Study, analysis: Analysis, cohort: "Cohort") -> None:
    """Refuse a population whose strata leave a covariate of the model open."""
    known = {*study.spec.population.strata, "schedule", "dose_level"}
    for model in analysis.models.values():
        for term in model.formula.terms:
            open_ = [each for each in term.sources if each in cohort.patients and each not in known]
            if open_:
                raise InputError(
                    f"the model's formula has '{open_[0]}', which the trial's population "
                    "does not state; add it to the strata or take it out of the formula",
                    where=study.where("population.strata"),
                )


def _workplace(
    name: str, out: Path | None, *, quick: bool, steps: Steps, workers: int | None
) -> Workplace:
    folder = Path("results") / (f"{name}-quick" if quick else name)
    return Workplace(out or folder, steps, workers)


def _inputs(study: Study, analysis: Analysis) -> dict[str, str]:
    """Return the hash of every file that a study's results depend on, by its name."""
    files = [study.path, analysis.path, *study.files]
    if analysis.cohort_file is not None:
        files.append(analysis.cohort_file)
    hashes = {path.name: file_hash(path) for path in files}
    for source in sorted({*study.sources, *filter(None, [analysis.cohort.evidence])}):
        hashes[f"evidence {source}"] = digest(evidence.load(source).table().to_csv())
    return hashes


def _make(
    study: Study, analysis: Analysis, place: Workplace, *, inputs: dict[str, str], quick: bool
) -> "Results":
    from oligotrial.study.results import Results

    study, cohort, fits, strata = _fitted(study, analysis, place)
    truths = Truths(study, _enough(study, fits), strata)
    operating = make_operating(study, truths, place)
    best = smallest(operating, study.target)
    largest = max(design.patients for design in study.designs)
    size = largest if best is None else int(best["patients"])
    design = next(each for each in study.designs if each.patients == size)
    return Results(
        study=study,
        cohort=cohort,
        source=analysis.cohort.evidence,
        fits=fits,
        strata=strata,
        operating=operating,
        sensitivity=make_sensitivity(study, truths, design, place),
        looks=make_looks(study, truths, design, place),
        design=design,
        inputs=inputs,
        quick=quick,
    )


def _fitted(
    study: Study, analysis: Analysis, place: Workplace
) -> "tuple[Study, Cohort, dict[str, Fit], pd.DataFrame]":
    """Return the study with its strata known, the cohort, the fits and the strata."""
    cohort = make_cohort(analysis, place)
    strata = population(cohort, study)
    study = study.placed(strata)
    _ = study.designs
    _check_population(study, analysis, cohort)
    return study, cohort, make_fits(analysis, cohort, place), strata


def _enough(study: Study, fits: "dict[str, Fit]") -> "Fit":
    """Return the main fit with no more draws than there are trials to use them."""
    return next(iter(fits.values())).thinned(study.spec.simulation.replicates)


def _write_report(results: "Results", place: Workplace, key: str) -> None:
    from oligotrial import report
    from oligotrial.study.contents import fill

    with place.steps("Writing the report") as progress:
        progress(0, 2)
        contents = fill(results)
        progress(1, 2)
        page = report.write(contents, place.folder)
        progress(2, 2)
    written = [page, page.with_suffix(".json")]
    for part in ("tables", "figures"):
        written += sorted((place.folder / part).iterdir())
    place.ledger.record("report", key, written)
