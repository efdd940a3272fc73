r"""Cohorts whose rows reproduce what a paper printed.

A paper prints counts, medians, tests and numbers at risk; the patients behind them aren't
known. A reconstruction is a sample of cohorts that could be: each draw is a full set of
patients, and what differs between draws is what the printed numbers leave open.

The distribution that is sampled has density proportional to

.. math:: b(x) \prod_k \Bigl[\bigl(1 + (d_k(x) / \sigma_k)^2\bigr)
          \exp\bigl((d_k(x) / s_k)^2\bigr)\Bigr]^{-3/2}

over all cohorts x with exactly the printed counts of every variable and schedule and, where it is
possible at all, of patients whose dose reaches each cut-off. There,

- b is the base measure: covariates are exchangeable (every assignment of the printed counts
  to patients is as likely as any other), courses have the prior probabilities of
  `oligotrial.cohort.courses`, every number of events is as likely as any other, event times are
  log-logistic with the printed median, censoring is by even entry, and times are days on the
  paper's own grid (`oligotrial.cohort.base`). Each printed median and limit is a time at which
  somebody had the event, so patients are kept at these times (`oligotrial.cohort.pins`). The
  spacing of a risk table's ticks, where it isn't printed, is one
  of the usual ones, all as likely;
- d is the distance of a statistic from the values that print as the printed one, rounded or
  cut off (papers do both). Limits have the printed interval's level and follow the convention that
  the source's file states or the printed ones tell (`oligotrial.cohort.conventions`). Where a
  curve is flat at exactly 1/2 the nearest of its ends and middle counts. A median that isn't
  reached lies at the longest follow-up;
- sigma is half a unit of the printed rounding, but at least 0.1 for counts, 0.0005 for
  chi-squared and, for a Cox regression, 0.05 for log hazard ratios, 0.03 for the logs of their
  standard errors, 0.002 for the C-index and 0.001 for its standard error: twenty numbers that hang
  together can't be met to their last digit by search. The tail of Student's t with 2 degrees of
  freedom lets a draw miss one number that contradicts others instead of bending all;
- s bounds how far a mean (1 month), its standard error (0.5), a chi-squared (0.5), a median or
  limit (20 months), a log hazard ratio and the log of its standard error (0.25) may be missed, or
  is five sigma where that is more; it is infinite for the rest. A chi-squared of two groups, or
  one that a p stands for, has the direction that print tells (`oligotrial.cohort.directions`).

Overall survival, where it is printed besides, is drawn given progression
(`oligotrial.cohort.later`), and variables that no printed statistic ties to the times are given to
patients at random (`oligotrial.cohort.marginal`), such that the orders and restrictions that the
source's file states hold in every patient (`oligotrial.cohort.joint`).

Each draw is a Markov chain of its own from a start of its own. The scales sigma begin wide and
shrink to the final ones over most of its steps (annealing), and it ends at the density above. A
chain of finite length hasn't forgotten how it was annealed: draws spread over modes, but not in
proportion to their probability. `oligotrial.cohort.convergence` tells how much that matters.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import positive_integer
from oligotrial.cohort.chain import Problem
from oligotrial.cohort.endpoints import endpoints, first_endpoint
from oligotrial.cohort.later import Later
from oligotrial.cohort.levels import LEVELS
from oligotrial.cohort.marginal import fill_marginals
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.sampler import run_chain
from oligotrial.cohort.schema import Cohort
from oligotrial.evidence import Evidence

__all__ = ["STEPS", "reconstruct"]

STEPS: Final = 320_000
"""Proposals of one draw's chain: about 1.5 seconds on one core with a Cox regression of ten
covariates, a third of that without.
"""

_LATER_STEPS: Final = 0.5  # of a draw's steps: overall survival has fewer statistics


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
        With a median or rates of an endpoint (see `oligotrial.cohort.endpoints`) and
        counts of the variables that its statistics are about. `agreement` says of every other
        number whether it is used, and why not.
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
        Draws numbered from 0, with the first endpoint in time and event and overall survival
        in os_time and os_event. How well they reproduce the paper is told by `agreement`.

    Raises
    ------
    InputError
        If a number of draws or steps isn't positive, the seed is negative, or the evidence
        lacks what is needed.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> cohort = reconstruct(evidence.load("marazzi2024"), draws=1, steps=100)
    >>> cohort.size, int((cohort.patients["line"] == "first").sum())
    (59, 39)
    """
    draws = positive_integer(draws, "draws")
    steps = positive_integer(steps, "steps")
    seed = positive_integer(seed, "seed", least=0)
    plan = _Plan.of(evidence, steps)
    seeds = np.random.SeedSequence(seed).spawn(draws)
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        jobs = {executor.submit(plan.draw, each): number for number, each in enumerate(seeds)}
        frames: dict[int, pd.DataFrame] = {}
        for done, job in enumerate(as_completed(jobs), start=1):
            frames[jobs[job]] = job.result().assign(draw=jobs[job])
            if progress:
                progress(done, draws)
    return Cohort(
        pd.concat([frames[number] for number in range(draws)], ignore_index=True),
        label=_label(plan.layout, draws),
        source=f"{evidence.citation} doi:{evidence.doi}",
        draws=draws,
        levels=_levels(evidence, frames[0]),
    )


@dataclass(frozen=True)
class _Plan:
    """All that the draws share."""

    layout: Layout
    problem: Problem
    widths: np.ndarray
    later: Later | None
    steps: int

    @classmethod
    def of(cls, evidence: Evidence, steps: int) -> "_Plan":
        layout = Layout(evidence, first_endpoint(evidence))
        later = Later(evidence) if "os" in endpoints(evidence)[1:] else None
        return cls(layout, layout.problem(), layout.widths(), later, steps)

    def draw(self, seed: np.random.SeedSequence) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        state = self.layout.start(self.problem, generator)
        run_chain(self.problem, state, self.steps, self.widths, generator)
        frame = self.layout.frame(self.problem, state, generator)
        if self.later is not None:
            frame = self.later.add(frame, max(int(_LATER_STEPS * self.steps), 1), generator)
        return fill_marginals(frame, self.layout.evidence, generator)


def _label(layout: Layout, draws: int) -> str:
    number = "1 draw" if draws == 1 else f"{draws} draws"
    label = (
        f"reconstructed from printed numbers of {layout.evidence.id}, {number}; not patient data"
    )
    if layout.courses.missed:
        label += f"; printed dose groups missed by {layout.courses.missed} patients in all"
    return label


def _levels(evidence: Evidence, frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the levels of the source's own, of variables that cohorts have others for."""
    found = {}
    for name in dict.fromkeys(each.variable for each in evidence.counts):
        levels = tuple(evidence.count(name))
        if name in frame and name in LEVELS and not set(levels) <= set(LEVELS[name]):
            found[name] = levels
    return found
