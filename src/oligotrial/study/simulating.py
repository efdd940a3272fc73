"""The simulated stages of a study: power and assurance, changed assumptions, looks."""

import warnings

import pandas as pd

from oligotrial.checks import InputError
from oligotrial.protocol import CentresSpec
from oligotrial.simulate import Batch, World, check_reachable, look_table, operating_row, run
from oligotrial.spec import Study
from oligotrial.study.scenarios import Truths
from oligotrial.study.sensitivity import simulate_variations, variations
from oligotrial.study.stages import Workplace
from oligotrial.trial import Design, ThreeOutcomes

__all__ = ["make_looks", "make_operating", "make_sensitivity"]


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
    table = pd.DataFrame(
        [
            operating_row(tally, design, scenario=name)
            for (name, design), tally in zip(points, tallies, strict=True)
        ]
    )
    return _with_expected_events(table)


def _with_expected_events(table: pd.DataFrame) -> pd.DataFrame:
    """Put the events that power has on average where a date and no number of them is waited for."""
    if (table["events"] > 0).all():
        return table
    power = table[table["scenario"] == "power"].set_index("patients")
    seen = table["patients"].map(power["events_observed"]).round().astype(int)
    return table.assign(events=table["events"].where(table["events"] > 0, seen))


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
        `look_table` of each scenario: no effect, power, assurance; empty if one look
        decides between two outcomes.
    """
    if len(design.looks) == 1 and not isinstance(design.test, ThreeOutcomes):
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
    key = "centres" if isinstance(study.spec.accrual, CentresSpec) else "periods"
    for design in study.designs:
        try:
            with (
                warnings.catch_warnings()
            ):  # the share that has its events is told with the results
                warnings.simplefilter("ignore", UserWarning)
                check_reachable(design, world, within_months=study.spec.design.longest_months)
        except InputError as error:
            raise error.within(study.where(f"accrual.{key}")) from None
