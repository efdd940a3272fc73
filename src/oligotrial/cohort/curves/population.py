"""A population of chains that is cooled together."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from oligotrial.cohort.curves.chain import run_chain
from oligotrial.cohort.curves.digitised import Record
from oligotrial.cohort.curves.layout import Layout, State, layout
from oligotrial.cohort.curves.start import start

__all__ = ["Sample", "sample"]

_STAGE: Final = 0.1
"""Proposals at each temperature above 1, as a share of those at 1."""

_EFFECTIVE: Final = 0.5
"""Share of the chains that the weights of one step of cooling leave effective."""

_GROUP: Final = 32
"""Chains that are drawn again together, also for one draw: of fewer, none may find the best."""

_HOTTEST: Final = 1.0
"""How many patients more or less are within the error at the first temperature."""

_MOST_STAGES: Final = 500


@dataclass(eq=False)
class _Chain:
    layout: Layout
    state: State
    generator: np.random.Generator

    def run(self, steps: int, temperature: float) -> tuple[float, np.ndarray]:
        energy, trace = run_chain(self.layout, self.state, steps, temperature, self.generator)
        return float(energy), trace

    def take(self, other: "_Chain") -> None:
        """Go on from another's state."""
        self.state = State(*(each.copy() for each in other.state))


@dataclass(frozen=True, eq=False)
class Sample:
    """States of the chains at the end.

    Parameters
    ----------
    states : list of State
        One a draw.
    traces : numpy.ndarray
        Shape (draw, half, quantity, 2): mean and variance of the area under the event-free curve
        and of the number of events over each half of the chain at temperature 1.
    """

    states: list[State]
    traces: np.ndarray


def sample(record: Record, draws: int, *, seed: np.random.SeedSequence, steps: int) -> Sample:
    """Draw patients by population annealing.

    Each chain starts near the curve. Those of a group are run at a temperature at which a
    patient or so more or less is within the error, and cooled to 1 in steps; after each step they
    are drawn again in proportion to the weight that the lower temperature gives them, so that
    those in a blind alley are left. Then each runs on by itself. Groups know nothing of each
    other, so that where chains can't cross from one good place to another, several are found.

    Parameters
    ----------
    record : Record
        What was read.
    draws : int
        How many.
    seed : numpy.random.SeedSequence
        Source of randomness.
    steps : int
        Proposals for each patient at temperature 1.

    Returns
    -------
    Sample
        As many states as draws.

    Notes
    -----
    Hukushima and Iba (2003), doi:10.1063/1.1632130.
    """
    sizes = [len(part) for part in np.array_split(np.arange(draws), -(-draws // _GROUP))]
    seeds = seed.spawn(len(sizes))
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        groups = list(executor.map(partial(_group, record, steps), sizes, seeds))
    return Sample(
        [state for states, _ in groups for state in states],
        np.concatenate([traces for _, traces in groups]),
    )


def _group(
    record: Record, steps: int, draws: int, seed: np.random.SeedSequence
) -> tuple[list[State], np.ndarray]:
    proposals = max(steps * record.patients, 2)
    common, *own = seed.spawn(1 + max(draws, _GROUP))
    figure = layout(record)
    chains = [_new_chain(figure, record, each) for each in own]
    generator = np.random.default_rng(common)
    temperature = max((_HOTTEST / (record.patients * record.precision.height)) ** 2, 1.0)
    for _ in range(_MOST_STAGES):
        if temperature <= 1.0:
            break
        energy = [chain.run(max(int(_STAGE * proposals), 1), temperature)[0] for chain in chains]
        temperature = _cooler(np.array(energy), temperature, chains, generator)
    kept = chains[:draws]
    halves = [[chain.run(proposals // 2, 1.0)[1] for _ in range(2)] for chain in kept]
    return [chain.state for chain in kept], np.array(halves)


def _new_chain(figure: Layout, record: Record, seed: np.random.SeedSequence) -> _Chain:
    generator = np.random.default_rng(seed)
    return _Chain(figure, start(figure, record, generator), generator)


def _cooler(
    energy: np.ndarray,
    temperature: float,
    chains: list[_Chain],
    generator: np.random.Generator,
) -> float:
    """Choose the next temperature and draw the chains again for it."""
    low, high = 1.0, temperature
    if _effective(_weights(energy, temperature, low)) < _EFFECTIVE:
        for _ in range(40):
            middle = np.sqrt(low * high)
            enough = _effective(_weights(energy, temperature, middle)) >= _EFFECTIVE
            low, high = (low, middle) if enough else (middle, high)
        low = min(high, 0.999 * temperature)
    weights = _weights(energy, temperature, low)
    places = (generator.random() + np.arange(len(chains))) / len(chains)
    parents = np.minimum(np.searchsorted(np.cumsum(weights), places), len(chains) - 1)
    _replace(chains, parents)
    return max(float(low), 1.0)


def _weights(energy: np.ndarray, temperature: float, lower: float) -> np.ndarray:
    weights = np.exp(-(energy - energy.min()) * (1.0 / lower - 1.0 / temperature))
    return np.asarray(weights / weights.sum())


def _effective(weights: np.ndarray) -> float:
    return float(1.0 / np.sum(weights**2) / len(weights))


def _replace(chains: list[_Chain], parents: np.ndarray) -> None:
    """Let chains that nobody descends from go on from those with several descendants."""
    number = np.bincount(parents, minlength=len(chains))
    spare = [k for k in np.flatnonzero(number > 1) for _ in range(number[k] - 1)]
    for k, parent in zip(np.flatnonzero(number == 0), spare, strict=True):
        chains[k].take(chains[parent])
