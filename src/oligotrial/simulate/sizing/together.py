"""Designs simulated together: patients whom several designs would recruit are made once."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from oligotrial.simulate.analyses import Room
from oligotrial.simulate.cutting import Cut
from oligotrial.simulate.engine import Batch
from oligotrial.simulate.kernels import Latent
from oligotrial.simulate.sizing.trials import Trials, simulated
from oligotrial.simulate.trials import Bench, Machine, column_names
from oligotrial.trial import Design
from oligotrial.trial.monitor import Monitor

__all__ = ["simulated_together"]

ALIKE = (
    *("accrual", "allocation", "block_size", "dropouts", "strata", "calendars", "off_protocol"),
)
"""What designs have to share for their replicates' first patients to be the same."""

MORE = 4
"""Times as many trials at once as a design by itself has: each call serves several designs."""


def simulated_together(batches: Sequence[Batch], first: int, count: int) -> list[Trials]:
    """Simulate some replicates of several batches.

    Parameters
    ----------
    batches : sequence of Batch
        Designs in one world, with one seed.
    first, count : int
        The first replicate's number, and how many.

    Returns
    -------
    list of Trials
        What each batch gives by itself, to the last bit. Where designs differ in size, looks and
        test only, their patients are made once, which is about half of the work.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, batch in enumerate(batches):
        groups.setdefault((id(batch.world), batch.seed, *_alike(batch.design)), []).append(number)
    found: dict[int, Trials] = {}
    for numbers in groups.values():
        if len(numbers) == 1:
            found[numbers[0]] = simulated(batches[numbers[0]], first, count)
        else:
            group = [batches[number] for number in numbers]
            found |= zip(numbers, _shared(group, first, count), strict=True)
    return [found[number] for number in range(len(batches))]


def _alike(design: Design) -> tuple[object, ...]:
    return tuple(getattr(design, name) for name in ALIKE)


def _shared(batches: Sequence[Batch], first: int, count: int) -> list[Trials]:
    """Simulate designs that share patients: made for the largest, the first ones for each."""
    largest = max(batches, key=lambda batch: batch.design.patients)
    truth, draws = largest.world.truth, largest.world.draws
    source = Machine(largest.design, truth, largest.seed)
    machines = [Machine(batch.design, truth, batch.seed) for batch in batches]
    found = [np.full((count, len(column_names(batch.design))), np.nan) for batch in batches]
    block = MORE * source.block
    own, common = source.bench(block), source.bench(block)
    tools = [
        (machine.compiled.room(machine.design.patients, machine.strata), machine.design.monitor())
        for machine in machines
    ]
    for start in range(0, count, block):
        trials = min(block, count - start)
        latent = source.latent(first + start, trials, bench=own)
        for machine, tool, rows in zip(machines, tools, found, strict=True):
            bench = _narrow(common, tool, trials, machine.design.patients)
            given = _first_patients(latent, bench)
            machine.fill(rows[start : start + trials], given, first + start, bench)
    draw = np.arange(first, first + count) % draws
    return [Trials(rows, batch.design, draw) for rows, batch in zip(found, batches, strict=True)]


def _first_patients(latent: Latent, bench: Bench) -> Latent:
    """Copy as many of each trial's patients to a bench as it has places for."""
    for place, given in zip(bench.latent, latent, strict=True):
        place[:] = given[:, : place.shape[1]]
    return bench.latent


def _narrow(wide: Bench, tools: tuple[Room, Monitor], trials: int, patients: int) -> Bench:
    """Return a bench for fewer patients in the same memory, which stays in a core's cache."""

    def view(array: np.ndarray) -> np.ndarray:
        return array.reshape(-1)[: trials * patients].reshape(trials, patients)

    cut: dict[str, Any] = {
        name: array if name == "strata" else view(array) if array.ndim == 2 else array[:trials]
        for name, array in wide.cut._asdict().items()
    }
    return Bench(Latent(*map(view, wide.latent)), Cut(**cut), *tools)
