"""The stages of a study; each keeps what it made and uses it again when nothing changed."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes.spec import Analysis
from oligotrial.checks import InputError
from oligotrial.simulate import (
    Batch,
    Store,
    World,
    check_reachable,
    look_table,
    operating_row,
    run,
)
from oligotrial.spec import Study
from oligotrial.study.ledger import Ledger, digest, toolkit
from oligotrial.study.scenarios import Truths
from oligotrial.study.sensitivity import simulate_variations, variations
from oligotrial.trial import Design

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.cohort import Cohort

__all__ = [
    "Steps",
    "Workplace",
    "make_cohort",
    "make_fits",
    "make_looks",
    "make_operating",
    "make_sensitivity",
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


def make_operating(study: Study, truths: Truths, place: Workplace) -> pd.DataFrame:
    """Return power and assurance of every size.

    Parameters
    ----------
    study : Study
        The study.
    truths : Truths
        Its scenarios' maker.
    place : Workplace
        Where chunks are kept.

    Returns
    -------
    pandas.DataFrame
        One row a scenario and size.

    Raises
    ------
    InputError
        If the accrual never reaches a design's events.
    """
    spec = study.spec
    fixed = truths.fixed(spec.effect.planning_hazard_ratio)
    drawn = truths.drawn()
    worlds = {fixed.name: fixed.world(), drawn.name: drawn.world(draws=spec.simulation.replicates)}
    check_designs(study, worlds[fixed.name])
    points = [(name, design) for name in worlds for design in study.designs]
    batches = [
        Batch(design, worlds[name], spec.simulation.replicates, spec.simulation.seed)
        for name, design in points
    ]
    with place.steps(f"Simulating {len(batches)} design points") as progress:
        tallies = run(batches, store=place.store, workers=place.workers, progress=progress)
    place.note_chunks()
    return pd.DataFrame(
        [
            operating_row(tally, design, scenario=name)
            for (name, design), tally in zip(points, tallies, strict=True)
        ]
    )


def make_sensitivity(
    study: Study, truths: Truths, design: Design, place: Workplace
) -> pd.DataFrame:
    """Return what the design does when an assumption is changed.

    Parameters
    ----------
    study : Study
        The study.
    truths : Truths
        Its scenarios' maker.
    design : Design
        The design.
    place : Workplace
        Where chunks are kept.

    Returns
    -------
    pandas.DataFrame
        One row a changed assumption.
    """
    rows = variations(study, truths, design)
    with place.steps(f"Simulating {len(rows)} changed assumptions") as progress:
        table = simulate_variations(
            rows, study, store=place.store, workers=place.workers, progress=progress
        )
    place.note_chunks()
    return table


def make_looks(study: Study, truths: Truths, design: Design, place: Workplace) -> pd.DataFrame:
    """Return where trials of a design end, look by look.

    Parameters
    ----------
    study : Study
        The study.
    truths : Truths
        Its scenarios' maker.
    design : Design
        The design.
    place : Workplace
        Where chunks are kept.

    Returns
    -------
    pandas.DataFrame
        `look_table` of each scenario: no effect, power, assurance; empty if there is one look.
    """
    if len(design.looks) == 1:
        return pd.DataFrame()
    spec = study.spec
    scenarios = (
        truths.fixed(1.0, name="no effect"),
        truths.fixed(spec.effect.planning_hazard_ratio),
        truths.drawn(),
    )
    batches = [
        Batch(
            design,
            scenario.world(draws=spec.simulation.replicates),
            spec.simulation.replicates,
            spec.simulation.seed,
        )
        for scenario in scenarios
    ]
    with place.steps("Looking at where trials end") as progress:
        tallies = run(batches, store=place.store, workers=place.workers, progress=progress)
    place.note_chunks()
    parts = [
        look_table(tally, design).assign(scenario=scenario.name)
        for scenario, tally in zip(scenarios, tallies, strict=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["scenario", *table.columns.drop("scenario")]]


def check_designs(study: Study, world: World) -> None:
    """Raise `InputError` where a design's events can't come in time."""
    for design in study.designs:
        try:
            check_reachable(design, world, within_months=study.spec.design.longest_months)
        except InputError as error:
            raise error.within(study.where("accrual.centres")) from None
