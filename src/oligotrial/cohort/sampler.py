"""The compiled Markov chain of a reconstruction: arrays only.

Patients are exchangeable, so the chain keeps no identities: its state is the patients sorted by
time, each with an event indicator and one value in each permutable column. See
`oligotrial.cohort.reconstruct` for the distribution it draws from.

Numba's cache of a function notices changes of its own file only: after a change in `evaluate`,
`regress`, `moves` or `oligotrial.estimators.kernels` touch this file.
"""

from typing import Final

import numpy as np
from numba import njit

from oligotrial.cohort.borrowed import borrowed, borrowed_problem, borrowed_state, borrowed_work
from oligotrial.cohort.chain import EVERY_COLUMN, NOTHING, Problem, State
from oligotrial.cohort.chain_tests import fill_weights
from oligotrial.cohort.evaluate import cell_energy, fill_times
from oligotrial.cohort.moves import CHANGED_TIME, propose, undo
from oligotrial.cohort.touched import every_cell, touched_cells
from oligotrial.cohort.work import Work, new_work

__all__ = ["POWER", "RELEASED_FROM", "run_chain"]

RELEASED_FROM: Final = 0.5
"""Share of the stages after which pinned patients may be in any group.

Until then they keep to the groups that they stand for, which leads the search to printed medians;
that one patient stands for all groups of a printed time is not what print says.
"""

POWER: Final = 1.5
"""Half of one more than the degrees of freedom of Student's t."""


def run_chain(
    problem: Problem,
    state: State,
    steps: int,
    widths: np.ndarray,
    generator: np.random.Generator,
) -> float:
    """Run a chain in place and return the energy it ends with.

    Parameters
    ----------
    problem : Problem
        What to sample.
    state : State
        Where to start, and where the chain ends, with everybody allowed every value.
    steps : int
        Proposals.
    widths : numpy.ndarray
        Shape (stage, statistic): the scale of each statistic's distance in each stage, of as many
        steps each. What has an infinite one doesn't count.
    generator : numpy.random.Generator
        Source of randomness, this chain's own.

    Returns
    -------
    float
        The sum over statistics of ``log(1 + (distance / width)^2) + (distance / limit)^2``.
    """
    # Made here, so that they outlive what is lent to the compiled function.
    work, memory = new_work(problem, len(state.day)), np.zeros(6, np.int64)
    return float(_run_chain(problem, state, work, memory, steps, widths, generator))


@njit(cache=True, nogil=True, error_model="numpy")
def _run_chain(
    problem: Problem,
    state: State,
    work: Work,
    memory: np.ndarray,
    steps: int,
    widths: np.ndarray,
    generator: np.random.Generator,
) -> float:
    problem, state = borrowed_problem(problem), borrowed_state(state)
    work, memory = borrowed_work(work), borrowed(memory)
    stages = widths.shape[0]
    for stage in range(stages):
        if stage == int(RELEASED_FROM * stages):
            state.allowed[:] = True
        work.width[:] = widths[stage]
        _refresh(problem, state, work)
        regressed = _regressed(problem, work.width)
        for _ in range(stage * steps // stages, (stage + 1) * steps // stages):
            changed, log_ratio = propose(problem, state, generator, memory)
            if changed == NOTHING:
                continue
            budget = (log_ratio - np.log(generator.random())) / POWER
            if not _accepted(problem, state, work, memory, regressed, budget):
                undo(state, memory)
    return _refresh(problem, state, work)


@njit(cache=True, nogil=True, error_model="numpy")
def _accepted(
    problem: Problem, state: State, work: Work, memory: np.ndarray, regressed: bool, budget: float
) -> bool:
    """Decide on a move made in `state`.

    As no energy is negative, a move is refused as soon as what was evaluated exceeds what is
    allowed.
    """
    cells = work.cells
    count = touched_cells(problem, state, memory, regressed, cells)
    for c in range(count):
        budget += work.energy[cells[c, 0], cells[c, 1]]
    if budget < 0.0:
        return False
    fill_times(problem.months, state.day, work.time)
    weights, reordered = work.weights, memory[0] == CHANGED_TIME and memory[4] == 1
    if reordered:
        weights = work.new_weights
        fill_weights(work.time, state.event, weights)
    for c in range(count):
        g, cell = cells[c]
        energy = cell_energy(problem, state, work, weights, g, cell)
        work.new_energy[g, cell] = energy
        budget -= energy
        if budget < 0.0:
            return False
    for c in range(count):
        g, cell = cells[c]
        work.energy[g, cell] = work.new_energy[g, cell]
    if reordered:
        work.weights[:] = weights
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _refresh(problem: Problem, state: State, work: Work) -> float:
    """Evaluate everything; return the energy."""
    fill_times(problem.months, state.day, work.time)
    fill_weights(work.time, state.event, work.weights)
    total = 0.0
    for c in range(every_cell(problem, work.cells)):
        g, cell = work.cells[c]
        energy = cell_energy(problem, state, work, work.weights, g, cell)
        work.energy[g, cell] = energy
        total += energy
    state.statistic[:] = work.trial
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _regressed(problem: Problem, width: np.ndarray) -> bool:
    """Tell whether a regression counts, which costs as much as all else."""
    for g in range(problem.plan.shape[0]):
        column, _, _, rest, end = problem.plan[g]
        if column == EVERY_COLUMN:
            for s in range(rest, end):
                if np.isfinite(width[s]):
                    return True
    return False
