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

from oligotrial.cohort.chain import ALL, EVERY_COLUMN, NOTHING, TIMES, Problem, State
from oligotrial.cohort.evaluate import Work, after_rest, after_tests, fill_times, new_work, touched
from oligotrial.cohort.moves import propose, undo

__all__ = ["COARSE_UNTIL", "FINE_FROM", "POWER", "STAGES", "run_chain"]

STAGES: Final = 100
"""Steps in which the widths shrink."""

COARSE_UNTIL: Final = 0.75
"""Share of the stages after which widths are the middle ones."""

FINE_FROM: Final = 0.92
"""Share of the stages after which widths are the final ones."""

REGRESSED_FROM: Final = 0.4
"""Share of the stages after which a regression counts: it costs as much as all else, and tells
little while widths are wide.
"""

POWER: Final = 1.5
"""Half of one more than the degrees of freedom of Student's t."""

_COLUMN, _, _FIRST, _REST, _END = range(5)  # columns of Problem.plan


@njit(cache=True, nogil=True, error_model="numpy")
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
        Where to start, and where the chain ends.
    steps : int
        Proposals.
    widths : numpy.ndarray
        Shape (3, statistic): the widths at the start, after `COARSE_UNTIL` of the steps, and
        from `FINE_FROM` of them on.
    generator : numpy.random.Generator
        Source of randomness, this chain's own.

    Returns
    -------
    float
        The sum over statistics of ``log(1 + (distance / width)^2) + (distance / limit)^2``.
    """
    work, memory = new_work(problem, state.day.shape[0]), np.zeros(6, np.int64)
    groupings = problem.plan.shape[0]
    for stage in range(STAGES):
        _fill_widths(widths, stage / (STAGES - 1.0), work.width)
        _refresh(problem, state, work)
        regressed = stage >= REGRESSED_FROM * STAGES
        count = groupings if regressed else groupings - _regressions(problem.plan)
        for _ in range(stage * steps // STAGES, (stage + 1) * steps // STAGES):
            changed, log_ratio = propose(problem, state, generator, memory)
            if changed == NOTHING:
                continue
            budget = (log_ratio - np.log(generator.random())) / POWER
            if not _accepted(problem, state, work, changed, count, budget):
                undo(state, memory)
    return _refresh(problem, state, work)


@njit(cache=True, nogil=True, error_model="numpy")
def _accepted(
    problem: Problem, state: State, work: Work, changed: int, count: int, budget: float
) -> bool:
    """Decide on a move made in `state`; keep the statistics where it is accepted.

    `changed` is the column that the move touched, `ALL` or `TIMES`; the first `count` groupings
    are looked at. As no energy is negative, a move is refused as soon as what was evaluated
    exceeds what is allowed.
    """
    plan = problem.plan[:count]
    budget += _present(plan, work.energy, changed)
    if budget < 0.0:
        return False
    fill_times(problem.months, state.day, work.time)
    if changed != TIMES:
        budget = after_tests(problem, state, work, changed, count, budget)
        if budget < 0.0:
            return False
    if after_rest(problem, state, work, changed, count, budget) < 0.0:
        return False
    _keep(plan, changed, work.energy, work.new_energy, work.trial, state.statistic)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _regressions(plan: np.ndarray) -> int:
    """Return how many groupings are regressions: they come last."""
    total = 0
    for g in range(plan.shape[0]):
        total += plan[g, _COLUMN] == EVERY_COLUMN
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _present(plan: np.ndarray, energy: np.ndarray, changed: int) -> float:
    """Return the present energy of what a move touched."""
    total = 0.0
    for g in range(plan.shape[0]):
        if touched(plan[g, _COLUMN], changed):
            total += energy[g, 1]
            if changed != TIMES:
                total += energy[g, 0]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _keep(
    plan: np.ndarray,
    changed: int,
    energy: np.ndarray,
    new_energy: np.ndarray,
    trial: np.ndarray,
    statistic: np.ndarray,
) -> None:
    for g in range(plan.shape[0]):
        if touched(plan[g, _COLUMN], changed):
            begin = plan[g, _REST]
            energy[g, 1] = new_energy[g, 1]
            if changed != TIMES:
                begin = plan[g, _FIRST]
                energy[g, 0] = new_energy[g, 0]
            for s in range(begin, plan[g, _END]):
                statistic[s] = trial[s]


@njit(cache=True, nogil=True, error_model="numpy")
def _refresh(problem: Problem, state: State, work: Work) -> float:
    """Evaluate everything; return the energy."""
    fill_times(problem.months, state.day, work.time)
    after_tests(problem, state, work, ALL, problem.plan.shape[0], np.inf)
    after_rest(problem, state, work, ALL, problem.plan.shape[0], np.inf)
    _keep(problem.plan, ALL, work.energy, work.new_energy, work.trial, state.statistic)
    return float(work.energy.sum())


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_widths(widths: np.ndarray, done: float, width: np.ndarray) -> None:
    """Fill the widths of a moment: on a log scale straight from each to the next."""
    for s in range(width.shape[0]):
        if done < COARSE_UNTIL:
            share, before, after = done / COARSE_UNTIL, widths[0, s], widths[1, s]
        else:
            share = min(1.0, (done - COARSE_UNTIL) / (FINE_FROM - COARSE_UNTIL))
            before, after = widths[1, s], widths[2, s]
        width[s] = before * (after / before) ** share
