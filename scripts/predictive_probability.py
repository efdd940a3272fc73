"""How far predictive probabilities of success are off: futures drawn from the posterior.

    python scripts/predictive_probability.py [interim data sets] [futures of each] [seed]

At each interim look (120 patients over 24 months, control median 9 months, hazard ratios drawn
from a prior, 45 of 90 events) log hazard ratio and piecewise-constant hazards are drawn from their
exact posterior, the rest of the trial is drawn with them and cut at the 90th event, and the final
analysis is made. The share of successes is the predictive probability but for its Monte Carlo
error; what `PredictiveProbability` gives is compared with it. 200 data sets of 1,000 futures take
about two minutes on one core.
"""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.estimators.piecewise_posterior import PiecewisePosterior, piecewise_posterior
from oligotrial.simulate.analyses import analyse, analyse_trial, compile_analyses
from oligotrial.trial.decide import (
    BY_LIKELIHOOD,
    BY_SCORE,
    CoxTest,
    LogRank,
    PosteriorProbability,
    PredictiveProbability,
)

PATIENTS, RECRUITED_MONTHS, MEDIAN, INTERIM, FINAL = 120, 24.0, 9.0, 45, 90
PRIOR = NormalLogRatio(-0.25, 0.35)
SCEPTICAL = NormalLogRatio(0.0, 0.3)
FINALS = {
    "log-rank, 10%": LogRank(0.10),
    "Cox, below 0.9, 20%": CoxTest(0.20, bound=0.9),
    "posterior probability 0.95": PosteriorProbability(0.95, PRIOR),
    "the same, sceptical prior, bound 0.9": PosteriorProbability(0.8, SCEPTICAL, bound=0.9),
}


@dataclass(frozen=True)
class Interim:
    """A trial at its look: entries, arms, times until the look, and whether there was an event."""

    entry: np.ndarray
    arm: np.ndarray
    time: np.ndarray
    event: np.ndarray
    look: float


def interim(rng: np.random.Generator) -> Interim:
    """Draw a trial up to its look."""
    entry = np.sort(rng.uniform(0.0, RECRUITED_MONTHS, PATIENTS))
    arm = (rng.permuted(np.tile([0, 1], (PATIENTS // 4, 2)), axis=1)).ravel()
    ratio = np.exp(rng.normal(PRIOR.mean, PRIOR.sd))
    latent = rng.exponential(MEDIAN / np.log(2.0), PATIENTS) / np.where(arm == 1, ratio, 1.0)
    look = np.sort(entry + latent)[INTERIM - 1]
    time = np.clip(np.minimum(latent, look - entry), 0.0, None)
    return Interim(entry, arm, time, (entry + latent <= look) * 1, float(look))


def drawn_parameters(
    fit: PiecewisePosterior, futures: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw log hazard ratios and hazards; shapes (futures,) and (futures, intervals)."""
    grid = np.linspace(fit.mean - 8 * fit.sd, fit.mean + 8 * fit.sd, 4001)
    cumulated = np.cumsum(fit.density(grid))
    theta = np.interp(rng.random(futures), cumulated / cumulated[-1], grid)
    table = fit.table[:, 0]
    rate = table[:2].sum() / table[2:].sum()
    exposure = 0.01 / rate + table[2] + table[3] * np.exp(theta)[:, None]
    return theta, rng.gamma(0.01 + table[0] + table[1], 1.0 / exposure)


def futures_of(
    trial: Interim, fit: PiecewisePosterior, futures: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the trial's end; follow-up and events at the final look, (futures, patients)."""
    theta, hazards = drawn_parameters(fit, futures, rng)
    factor = np.where(trial.arm == 1, np.exp(theta)[:, None], 1.0)
    starts = np.concatenate([[0.0], fit.cuts])
    needed = rng.exponential(size=factor.shape) / factor
    latent = np.full(factor.shape, np.nan)
    for k, start in enumerate(starts):
        end = fit.cuts[k] if k < fit.cuts.size else np.inf
        begin = np.maximum(trial.time, start)
        room = np.maximum(end - begin, 0.0) * hazards[:, k, None]
        here = np.isnan(latent) & (needed <= room) & (begin < end)
        latent = np.where(here, begin + needed / hazards[:, k, None], latent)
        needed = np.where(np.isnan(latent), needed - room, needed)
    latent = np.where(trial.event == 1, trial.time, latent)
    cut = np.sort(trial.entry + latent, axis=1)[:, FINAL - 1, None]
    time = np.clip(np.minimum(latent, cut - trial.entry), 0.0, None)
    return time, (trial.entry + latent <= cut) * 1


@njit
def _analysed(found, time, event, arm, stratum, plan, room, count):  # type: ignore[no-untyped-def]
    for k in range(time.shape[0]):
        order = np.argsort(time[k])
        analyse(
            found[k], order, arm.size, time[k], time[k], event[k], arm, stratum, 1, plan, room,
            0, count,
        )  # fmt: skip


def compare(trials: int, futures: int, seed: int) -> pd.DataFrame:
    """Return a row for each data set, final analysis and kind of evidence: both probabilities."""
    rng = np.random.default_rng(seed)
    compiled = compile_analyses(list(FINALS.values()))
    room = compiled.room(PATIENTS, 1)
    found = np.empty((futures, compiled.width))
    stratum = np.zeros(PATIENTS, np.int64)
    rows = []
    for _ in range(trials):
        trial = interim(rng)
        seen = trial.entry < trial.look
        data = trial.time[seen], trial.event[seen], trial.arm[seen]
        fit = piecewise_posterior(*data, prior=PRIOR)
        time, event = futures_of(trial, fit, futures, rng)
        _analysed(found, time, event, trial.arm, stratum, compiled.plan, room, len(FINALS))
        for number, (name, final) in enumerate(FINALS.items()):
            share = np.mean(found[:, compiled.first_columns[number]] >= final.threshold)
            for by in (BY_SCORE, BY_LIKELIHOOD):
                expected = PredictiveProbability(0.5, final, FINAL, PRIOR, by=by)
                row = analyse_trial(expected, data[0], event=data[1], arm=data[2])
                rows.append((name, by.name, row["statistic"], share))
    return pd.DataFrame(rows, columns=["final", "by", "computed", "drawn"])


def summary(rows: pd.DataFrame, futures: int) -> pd.DataFrame:
    """Return a row for each final analysis: differences, computed less drawn."""
    made = []
    for names, part in rows.groupby(["final", "by"], sort=False):
        apart = part["computed"] - part["drawn"]
        error = np.sqrt(part["drawn"] * (1 - part["drawn"]) / futures)
        beyond = max((apart**2).mean() - (error**2).mean(), 0.0) ** 0.5
        flipped = sum((part["computed"] >= x) != (part["drawn"] >= x) for x in (0.1, 0.9)).sum()
        made.append((*names, len(part), apart.mean(), apart.std() / len(part) ** 0.5, beyond,
                     apart.abs().max(), error.mean(), flipped))  # fmt: skip
    columns = ["final", "by", "data sets", "mean", "its error", "rms beyond sampling", "largest",
               "mean sampling error", "flipped at 0.1 or 0.9"]  # fmt: skip
    return pd.DataFrame(made, columns=columns)


def main() -> None:
    """Print the table."""
    trials, futures, seed = (
        int(number) for number in (sys.argv[1:] + ["200", "1000", "1"][len(sys.argv) - 1 :])
    )
    rows = compare(trials, futures, seed)
    sys.stdout.write(summary(rows, futures).round(4).to_string(index=False) + "\n")


if __name__ == "__main__":
    main()
