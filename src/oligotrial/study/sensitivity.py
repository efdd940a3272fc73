"""What the recommended design does when an assumption is changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from oligotrial.hazard import Mixture, quantile, taken
from oligotrial.protocol import by_name
from oligotrial.protocol.moments import awaited_events
from oligotrial.simulate import Batch, Scenario, Store, operating_row, run
from oligotrial.spec import Study
from oligotrial.study.scenarios import Truths
from oligotrial.trial import (
    Design,
    Observed,
    Recruitment,
    SequentialLogRank,
    exit_probabilities,
    schoenfeld_power,
)
from oligotrial.trial.decide import Analysis

__all__ = ["Variation", "simulate_variations", "tipping_point", "variations"]


@dataclass(frozen=True)
class Variation:
    """One row of a sensitivity analysis.

    Parameters
    ----------
    analysis : str
        The table it belongs to.
    assumption : str or float
        What is assumed instead.
    scenario : Scenario
        The truth.
    design : Design
        The design.
    """

    analysis: str
    assumption: str | float
    scenario: Scenario
    design: Design


def variations(study: Study, truths: Truths, design: Design) -> list[Variation]:
    """Return every changed assumption that a study asks for.

    Parameters
    ----------
    study : Study
        The study.
    truths : Truths
        Its scenarios' maker.
    design : Design
        The design around which assumptions are changed.

    Returns
    -------
    list of Variation
        By analysis: true hazard ratio, effect prior, test, control arm, dose response, centres.
    """
    planned = study.spec.effect.planning_hazard_ratio
    usual = truths.fixed(planned)
    at = partial(Variation, design=design)
    mean = study.control_shift[0]
    rows = [
        at("hazard ratio", ratio, truths.fixed(ratio, name=f"hazard ratio {ratio:g}"))
        for ratio in study.spec.sensitivity.hazard_ratios
    ]
    rows += [
        at("effect prior", name, truths.drawn(component=number, name=name))
        for number, name in enumerate(study.effect_prior.names)
    ]
    rows += [
        Variation("test", name, usual, replace(design, test=test))
        for name, test in _tests(study, design)
    ]
    rows += [
        at("control arm", label, truths.fixed(planned, shift=shift, name=label))
        for label, shift in (
            ("hazard ratio 1 (as the cohort)", 0.0),
            (f"hazard ratio {np.exp(mean):.2f} (prior median)", mean),
            (f"hazard ratio {np.exp(2 * mean):.2f} (ratio of the printed medians)", 2 * mean),
        )
    ]
    rows += [
        at("dose response", share, truths.with_dose_response(share).fixed(planned))
        for share in (0.0, 0.5, 1.0)
    ]
    rows += [
        Variation("centres", float(count), usual, replace(design, accrual=rate))
        for count, rate in _accruals(study)
    ]
    return rows


def simulate_variations(
    rows: Sequence[Variation],
    study: Study,
    *,
    store: Store,
    workers: int | None,
    progress: Callable[[int, int], None] | None,
) -> pd.DataFrame:
    """Simulate every variation.

    Parameters
    ----------
    rows : sequence of Variation
        What to simulate.
    study : Study
        Trials a row, and their seed.
    store : Store
        Where chunks are kept.
    workers : int or None
        Threads; one a core when None.
    progress : callable or None
        Called with chunks done and in all.

    Returns
    -------
    pandas.DataFrame
        One row a variation: `analysis`, `assumption` and its operating characteristics.
    """
    spec = study.spec.simulation
    scenarios = {id(row.scenario): row.scenario for row in rows}
    worlds = {key: truth.world(draws=spec.replicates) for key, truth in scenarios.items()}
    batches = [
        Batch(row.design, worlds[id(row.scenario)], spec.replicates, spec.seed) for row in rows
    ]
    tallies = run(batches, store=store, workers=workers, progress=progress)
    return pd.DataFrame(
        [
            {
                "analysis": row.analysis,
                "assumption": row.assumption,
                "control_median": _control_median(row.scenario),
                **operating_row(tally, row.design, scenario=row.scenario.name),
            }
            for row, tally in zip(rows, tallies, strict=True)
        ]
    )


def tipping_point(table: pd.DataFrame, value: float) -> float | None:
    """Return the true hazard ratio at which power falls to a value.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of the "hazard ratio" analysis.
    value : float
        The power.

    Returns
    -------
    float or None
        Interpolated between neighbouring rows; nothing where power never crosses the value.
    """
    rows = table[table["analysis"] == "hazard ratio"].sort_values("assumption")
    ratios = rows["assumption"].to_numpy(dtype=float)
    power = rows["estimate"].to_numpy(dtype=float)
    crossed = np.flatnonzero((power[:-1] >= value) & (power[1:] < value))
    if crossed.size == 0:
        return None
    first = crossed[0]
    share = (power[first] - value) / (power[first] - power[first + 1])
    return float(ratios[first] + share * (ratios[first + 1] - ratios[first]))


def schoenfeld_rows(study: Study) -> pd.DataFrame:
    """Return the closed-form power of each size, for showing beside the simulation.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    pandas.DataFrame
        Columns patients, events, power; no rows where a date and not the events ends the trial.
    """
    return pd.DataFrame(
        [
            {
                "patients": design.patients,
                "events": design.events,
                "power": _closed_form(study, design),
            }
            for design in study.designs
            if all(map(awaited_events, design.looks))
        ],
        columns=["patients", "events", "power"],
    )


def _closed_form(study: Study, design: Design) -> float:
    ratio = study.spec.effect.planning_hazard_ratio
    if isinstance(design.test, SequentialLogRank):
        return exit_probabilities(design.test.boundaries, design.test.drift(ratio)).power
    if isinstance(design.test, Observed):
        return exit_probabilities(design.test.expected, design.test.plan.drift(ratio)).power
    return schoenfeld_power(
        design.events,
        ratio,
        alpha=study.spec.analysis.alpha,
        experimental_share=design.experimental_share,
    )


def _tests(study: Study, design: Design) -> list[tuple[str, Analysis]]:
    """Return the tests that a study with one look compares."""
    if len(design.looks) > 1:
        return []
    alpha = study.spec.analysis.alpha
    stratified = getattr(study.spec.analysis, "stratified", True)
    spec = study.spec.sensitivity
    own = study.spec.analysis
    others = [name for name in spec.tests if name not in ("log-rank", own.test)]
    return [
        *([(own.name, study.analysis)] if own.test != "log-rank" else []),
        ("stratified log-rank", by_name("log-rank", alpha, stratified=True)),
        ("unstratified log-rank", by_name("log-rank", alpha, stratified=False)),
        *((name, by_name(name, alpha, stratified=stratified)) for name in others),
        *((each.name, each.analysis.analysis) for each in spec.analyses),
    ]


def _control_median(scenario: Scenario) -> float:
    """Return the control arm's median, months; the middle one where the truth is drawn."""
    draws = np.shape(scenario.control.cumulative_hazard(1.0))[0]
    some = taken(scenario.control, np.linspace(0, draws - 1, min(draws, 500)).astype(int))
    return float(np.median(quantile(Mixture(some, scenario.shares), 0.5)))


def _accruals(study: Study) -> list[tuple[int, Recruitment]]:
    return [(count, study.accrual(count)) for count in study.spec.sensitivity.centres]
