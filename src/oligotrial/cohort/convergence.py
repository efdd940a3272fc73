"""Whether a reconstruction's chains are long enough: what changes if they are longer."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import positive_integer
from oligotrial.cohort.chain import State
from oligotrial.cohort.endpoints import first_endpoint
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.reconstruct import STEPS
from oligotrial.cohort.sampler import run_chain
from oligotrial.estimators import kaplan_meier
from oligotrial.evidence import Evidence

__all__ = ["convergence"]

_SHORT: Final = 4  # times as short
_PARTS: Final = 4  # of the stretch at the target, each giving one value
_ROUNDING: Final = 1e-20  # variance of values that are equal but for rounding
_TIMES: Final = (0.5, 1.0, 1.5, 2.0, 3.0)  # in medians


def convergence(
    evidence: Evidence, draws: int = 20, *, seed: int = 1, steps: int = STEPS
) -> pd.DataFrame:
    """Compare draws of usual chains with draws of shorter ones, and chains with each other.

    Each draw is a chain of its own that ends at the target. If the ensemble's mean and spread
    are the same for chains a quarter as long, its annealing is slow enough for what they
    measure. To see whether single chains could do with fewer starts, each then goes on at the
    target for as many steps again.

    Parameters
    ----------
    evidence : Evidence
        As `reconstruct` takes it.
    draws : int, optional
        Chains of each kind, at least 2.
    seed : int, optional
        The same seed gives the same table.
    steps : int, optional
        Proposals of a chain.

    Returns
    -------
    pandas.DataFrame
        One row a quantity that the source doesn't print (survival at some months, events,
        and the sum of all distances, `misfit`): mean and sd over draws, mean_short and sd_short
        of chains a quarter as long, z (their difference in its standard errors) and r_hat
        (between chains that go on at the target, Gelman and Rubin 1992,
        doi:10.1214/ss/1177011136; far above 1 where a chain stays near where its annealing
        led, so that draws have to come from different chains, as they do).

    Raises
    ------
    InputError
        If a number of draws or steps isn't positive, the seed is negative, or the evidence
        lacks what is needed.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> table = convergence(evidence.load("marazzi2024"), draws=2, steps=400)
    >>> table["quantity"].tolist()[-2:]
    ['events', 'misfit']
    """
    draws = positive_integer(draws, "draws", least=2)
    steps = positive_integer(steps, "steps")
    seed = positive_integer(seed, "seed", least=0)
    run = _Runs(Layout(evidence, first_endpoint(evidence)))
    seeds = np.random.SeedSequence(seed).spawn(2 * draws)
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        usual = list(executor.map(lambda each: run.chain(each, steps, _PARTS), seeds[:draws]))
        short = list(executor.map(lambda each: run.chain(each, steps // _SHORT, 0), seeds[draws:]))
    rows = [
        _row(name, np.array([[values[name] for values in chain] for chain in usual]),
             np.array([chain[0][name] for chain in short]))
        for name in usual[0][0]
    ]  # fmt: skip
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Runs:
    layout: Layout

    def chain(self, seed: np.random.SeedSequence, steps: int, parts: int) -> list[dict[str, float]]:
        """Return the quantities where a chain's annealing ends and after each part beyond."""
        generator = np.random.default_rng(seed)
        problem, widths = self.layout.problem(), self.layout.widths()
        state = self.layout.start(problem, generator)
        misfit = run_chain(problem, state, max(steps, 1), widths, generator)
        found = [self._quantities(problem.months, state, misfit)]
        for _ in range(parts):
            misfit = run_chain(problem, state, max(steps // parts, 1), widths[-1:], generator)
            found.append(self._quantities(problem.months, state, misfit))
        return found

    def _quantities(self, months: np.ndarray, state: State, misfit: float) -> dict[str, float]:
        curve = kaplan_meier(months[state.day], state.event)
        median = self.layout.base.median
        found = {
            f"survival at {share * median:.3g} months": float(curve.at(share * median))
            for share in _TIMES
        }
        return {**found, "events": float(state.event.sum()), "misfit": misfit}


def _row(name: str, usual: np.ndarray, short: np.ndarray) -> dict[str, object]:
    ends = usual[:, 0]
    error = np.sqrt(ends.var(ddof=1) / len(ends) + short.var(ddof=1) / len(short))
    difference = ends.mean() - short.mean()
    return {
        "quantity": name,
        "mean": ends.mean(),
        "sd": ends.std(ddof=1),
        "mean_short": short.mean(),
        "sd_short": short.std(ddof=1),
        "z": difference / error if error > 0 else 0.0,
        "r_hat": _r_hat(usual),
    }


def _r_hat(values: np.ndarray) -> float:
    """Return Gelman and Rubin's statistic of an array (chain, part)."""
    parts = values.shape[1]
    within = values.var(axis=1, ddof=1).mean()
    between = parts * values.mean(axis=1).var(ddof=1)
    if within < _ROUNDING:
        return 1.0 if between < _ROUNDING else float("inf")
    return float(np.sqrt((parts - 1) / parts + between / within / parts))
