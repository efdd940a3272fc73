r"""Cohorts whose rows reproduce what a paper printed.

A paper prints counts, medians, tests and numbers at risk; the patients behind them aren't
known. A reconstruction is a sample of cohorts that could be: each draw is a full set of
patients, and what differs between draws is what the printed numbers leave open.

The distribution that is sampled has density proportional to

.. math:: b(x) \prod_k \Bigl[\bigl(1 + (d_k(x) / \sigma_k)^2\bigr)
          \exp\bigl((d_k(x) / s_k)^2\bigr)\Bigr]^{-3/2}

over all cohorts x with exactly the printed counts of age group, subtype, line, site, schedule
and, where it is possible at all, patients whose dose reaches each cut-off. There,

- b is the base measure: covariates are exchangeable (every assignment of the printed counts
  to patients is as likely as any other), courses have the prior probabilities of
  `oligotrial.cohort.courses`, event times are log-logistic with the printed median, censoring is
  by even entry over 1.25 accrual periods, and times are days on the paper's own grid. Each
  printed median and limit is a time at which somebody of its group had the event, so
  patients are kept at these times and in these groups (`oligotrial.cohort.pins`). The spacing of
  a risk table's ticks, where it isn't printed, is one of the usual ones, all as likely;
- d is the distance of a statistic from the values that print as the printed one, rounded or
  cut off (the paper does both: 13.970 as 13.9). Medians follow MedCalc's convention
  (`oligotrial.estimators.median_set` with ``LOG_LOG``); where a curve is flat at exactly 1/2 the
  nearer end counts. A median that isn't reached lies at the longest follow-up;
- sigma is half a unit of the printed rounding, but at least 0.005 for means and chi-squared, and
  0.1 for counts. The tail of Student's t with 2 degrees of freedom lets a draw miss one
  number that contradicts others instead of bending all;
- s bounds how far a mean (1 month), its standard error (0.5), a chi-squared (0.5) and a median or
  limit (20 months) may be missed; it is infinite for counts. A chi-squared of two groups with p
  up to 0.1 has the direction of the printed medians.

Each draw is a Markov chain of its own from a start of its own, at first with the product to a small
power, which grows to the full one (annealing). A chain of finite length hasn't forgotten how
it was annealed: draws spread over modes, but not in proportion to their probability.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import positive_integer
from oligotrial.cohort.chain import Problem
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.sampler import run_chain
from oligotrial.cohort.schema import Cohort
from oligotrial.evidence import Evidence

__all__ = ["reconstruct"]

STEPS: Final = 220_000
"""Proposals of one draw's chain: about a second on one core."""

_WEIGHTS: Final = (0.25, 1.5)


def reconstruct(
    evidence: Evidence,
    draws: int = 10,
    *,
    seed: int = 1,
    steps: int = STEPS,
    progress: Callable[[int, int], None] | None = None,
) -> Cohort:
    """Draw cohorts that reproduce a paper's printed numbers.

    Parameters
    ----------
    evidence : Evidence
        With counts of age_group, subtype, line and site, schedules, "pfs_ar.median" and
        "accrual.months"; whatever else it has of PFS after radiotherapy is used.
    draws : int, optional
        How many.
    seed : int, optional
        The same seed gives the same draws, however many threads there are.
    steps : int, optional
        Proposals of each draw's chain.
    progress : callable, optional
        Called with how many draws are done and how many there are.

    Returns
    -------
    Cohort
        Draws numbered from 0. How well they reproduce the paper is told by `agreement`.

    Raises
    ------
    InputError
        If a number of draws or steps isn't positive, or the evidence lacks what is needed.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> cohort = reconstruct(evidence.load("marazzi2024"), draws=1, steps=100)
    >>> cohort.size, int((cohort.patients["line"] == "first").sum())
    (59, 39)
    """
    positive_integer(draws, "draws")
    positive_integer(steps, "steps")
    layout = Layout(evidence)
    seeds = np.random.SeedSequence(seed).spawn(draws)
    problem = layout.problem()
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        jobs = {
            executor.submit(_draw, layout, problem, each, steps): number
            for number, each in enumerate(seeds)
        }
        frames: dict[int, pd.DataFrame] = {}
        for done, job in enumerate(as_completed(jobs), start=1):
            frames[jobs[job]] = job.result().assign(draw=jobs[job])
            if progress:
                progress(done, draws)
    return Cohort(
        pd.concat([frames[number] for number in range(draws)], ignore_index=True),
        label=_label(layout, draws),
        source=f"{evidence.citation} doi:{evidence.doi}",
        draws=draws,
    )


def _label(layout: Layout, draws: int) -> str:
    number = "1 draw" if draws == 1 else f"{draws} draws"
    label = (
        f"reconstructed from printed numbers of {layout.evidence.id}, {number}; not patient data"
    )
    if layout.courses.missed:
        label += f"; printed dose groups missed by {layout.courses.missed} patients in all"
    return label


def _draw(
    layout: Layout, problem: Problem, seed: np.random.SeedSequence, steps: int
) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    state = layout.start(problem, generator)
    run_chain(problem, state, steps, _WEIGHTS, generator)
    return layout.frame(problem, state, generator)
