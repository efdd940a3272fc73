"""The stages of a study; each keeps what it made and uses it again when nothing changed."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes.spec import Analysis
from oligotrial.checks import InputError
from oligotrial.simulate import Store
from oligotrial.study.ledger import Ledger, digest, toolkit

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.cohort import Cohort

__all__ = [
    "Steps",
    "Workplace",
    "make_cohort",
    "make_fits",
]

type Steps = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Opens a step with a title; gives what is called with (done, total) as it goes on."""


@dataclass(frozen=True)
class Workplace:
    """Where and how a study's stages work.

    Parameters
    ----------
    folder : pathlib.Path
        The results folder.
    steps : Steps
        Shows progress.
    workers : int or None
        Threads; one a core when None.

    Raises
    ------
    InputError
        If nothing can be written there.
    """

    folder: Path
    steps: Steps
    workers: int | None = None

    def __post_init__(self) -> None:
        there = next(
            path for path in (self.folder, *self.folder.absolute().parents) if path.exists()
        )
        if not there.is_dir() or not os.access(there, os.W_OK):
            reason = "can't be written to" if there.is_dir() else "is a file"
            raise InputError(
                f"results can't be kept here since '{there}' {reason}; give another folder (--out)",
                where=str(self.folder),
            )

    @property
    def ledger(self) -> Ledger:
        """The folder's record."""
        return Ledger(self.folder)

    @property
    def store(self) -> Store:
        """The folder's simulated chunks."""
        return Store(self.folder / "chunks" / dict(toolkit())["oligotrial code"])

    def note_chunks(self) -> None:
        """Enter the simulated chunks into the record, so that damage to one is seen."""
        self.ledger.record("chunks", "", sorted(self.store.folder.glob("*.npz")))


def make_cohort(analysis: Analysis, place: Workplace) -> "Cohort":
    """Return the patients that a model is fitted to: read, or reconstructed and kept.

    Parameters
    ----------
    analysis : Analysis
        The model's specification.
    place : Workplace
        Where it is kept.

    Returns
    -------
    Cohort
        The patients.

    Raises
    ------
    InputError
        If a file is missing or wrong, or a stored cohort was damaged.
    """
    source = analysis.cohort
    if analysis.cohort_file is not None:
        cohort = cohorts.read(
            analysis.cohort_file, columns=source.columns, levels=source.levels, unit=source.unit
        )
        return _at(cohort, source.endpoint)
    printed = evidence.load(str(source.evidence))
    path = place.folder / "cohort.csv"
    inputs = digest(toolkit(), printed.table().to_csv(), source.draws, source.seed)
    if place.ledger.finished("cohort", inputs):
        return _at(cohorts.read(path), source.endpoint)
    with place.steps(f"Reconstructing {source.draws} cohorts") as progress:
        cohort = cohorts.reconstruct(
            printed, draws=source.draws, seed=source.seed, progress=progress
        )
    place.folder.mkdir(parents=True, exist_ok=True)
    cohorts.write(cohort, path)
    place.ledger.record("cohort", inputs, [path])
    return _at(cohorts.read(path), source.endpoint)


def _at(cohort: "Cohort", endpoint: str | None) -> "Cohort":
    return cohort.at(endpoint) if endpoint else cohort


def make_fits(analysis: Analysis, cohort: "Cohort", place: Workplace) -> "dict[str, Fit]":
    """Return the posterior of each baseline, fitted or found.

    Parameters
    ----------
    analysis : Analysis
        The model's specification.
    cohort : Cohort
        The patients.
    place : Workplace
        Where posteriors are kept.

    Returns
    -------
    dict of str to Fit
        By baseline, the main one first.

    Raises
    ------
    InputError
        If the formula doesn't fit the cohort, or a stored posterior was damaged.
    """
    from oligotrial.bayes import Fit

    fits = {}
    for name, model in analysis.models.items():
        path = place.folder / f"posterior-{name}.nc"
        rows = cohort.patients.to_csv()
        inputs = digest(toolkit(), rows, cohort.levels, model, analysis.sampler)
        if not place.ledger.finished(f"fit {name}", inputs):
            try:
                with place.steps(f"Fitting {name} baseline") as progress:
                    fit = model.fit(cohort, settings=analysis.sampler, progress=progress)
            except InputError as error:
                raise error.within(str(analysis.path)) from None
            fit.save(path)
            place.ledger.record(f"fit {name}", inputs, [path])
        fits[name] = Fit.load(path)
    return fits
