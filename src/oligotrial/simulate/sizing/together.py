"""Designs simulated together: patients whom several designs would recruit are made once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from oligotrial.simulate.engine import Batch
from oligotrial.simulate.kernels import Latent
from oligotrial.simulate.sizing.trials import Trials, simulated
from oligotrial.simulate.trials import Bench, Machine
from oligotrial.trial import Design

__all__ = ["simulated_together"]

ALIKE = (
    *("accrual", "allocation", "block_size", "dropouts", "strata", "calendars", "off_protocol"),
)
"""What designs have to share for their replicates' first patients to be the same."""

AT_A_TIME = 250
"""Trials whose patients are made at a time: calls cost little then, and memory stays flat."""


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
        test only, their patients are made once, which is more than half of the work.
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
    given = _Given()
    machines = [_Fed(batch.design, truth, batch.seed, given) for batch in batches]
    parts: list[list[np.ndarray]] = [[] for _ in machines]
    for start in range(first, first + count, AT_A_TIME):
        trials = min(AT_A_TIME, first + count - start)
        given.latent = source.latent(start, trials)
        for machine, rows in zip(machines, parts, strict=True):
            rows.append(machine.rows(start, trials))
    draw = np.arange(first, first + count) % draws
    return [
        Trials(np.concatenate(rows), batch.design, draw)
        for rows, batch in zip(parts, batches, strict=True)
    ]


@dataclass(eq=False)
class _Given:
    """Patients of the trials that are worked on."""

    latent: Latent | None = None


@dataclass(frozen=True, eq=False)
class _Fed(Machine):
    """A machine that is given its patients; a class below another since only that differs."""

    given: _Given = field(default_factory=_Given)

    @property
    def block(self) -> int:
        """All trials that are given."""
        return int(self._latent.arrival.shape[0])

    def latent(self, first: int, count: int, *, bench: Bench | None = None) -> Latent:  # noqa: ARG002
        """Return the first patients of those given."""
        own = Latent(*(array[:count] for array in (bench or self.bench(count)).latent))
        for array, given in zip(own, self._latent, strict=True):
            array[:] = given[:, : self.design.patients]
        return own

    @property
    def _latent(self) -> Latent:
        if self.given.latent is None:
            raise RuntimeError("no patients were given")
        return self.given.latent
