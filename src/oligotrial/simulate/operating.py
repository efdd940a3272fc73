"""What many trials add up to: every figure with its Monte Carlo standard error."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from oligotrial.trial import Design

__all__ = ["Tally", "operating_row"]

BIN_MONTHS = 0.1
BINS = 6000
"""Durations are counted in bins of 0.1 months up to 600, so that memory stays flat."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts and sums over replicates; two tallies of the same batch can be added.

    Parameters
    ----------
    successes : numpy.ndarray
        Trials that declared a benefit, by draw of the truth; shape (draws,).
    trials : numpy.ndarray
        Trials, by draw of the truth; shape (draws,).
    months : numpy.ndarray
        Sum of months to the analysis, by draw of the truth; shape (draws,).
    sums : numpy.ndarray
        Sums over trials of events, months, squared months, patients enrolled, log hazard
        ratio (score over variance) and its square, and trials that reached their events.
    durations : numpy.ndarray
        Trials by months to the analysis, in bins of 0.1.
    """

    successes: np.ndarray
    trials: np.ndarray
    months: np.ndarray
    sums: np.ndarray
    durations: np.ndarray

    @staticmethod
    def of(rows: np.ndarray, design: Design, draws: int, first: int) -> "Tally":
        """Add up the rows of consecutive replicates.

        Parameters
        ----------
        rows : numpy.ndarray
            Shape (replicates, columns), as the kernel fills them.
        design : Design
            What was simulated; its test decides.
        draws : int
            Draws of the truth; replicate r had draw ``r % draws``.
        first : int
            The first row's replicate.

        Returns
        -------
        Tally
            Counts and sums.
        """
        score, variance, events, months, enrolled = rows.T
        success = design.test.succeeds(score, variance)
        draw = (first + np.arange(len(rows))) % draws
        informative = variance > 0
        log_hr = np.where(informative, score, 0.0) / np.where(informative, variance, 1.0)
        reached = events >= design.analysis.events
        summed = (events, months, months**2, enrolled, log_hr, log_hr**2, reached)
        bins = np.minimum((months / BIN_MONTHS).astype(int), BINS - 1)
        return Tally(
            np.bincount(draw[success], minlength=draws),
            np.bincount(draw, minlength=draws),
            np.bincount(draw, weights=months, minlength=draws),
            np.array([float(np.sum(column)) for column in summed]),
            np.bincount(bins, minlength=BINS),
        )

    @staticmethod
    def total(parts: Sequence["Tally"]) -> "Tally":
        """Add tallies up, in the order given.

        Parameters
        ----------
        parts : sequence of Tally
            Tallies of the same batch.

        Returns
        -------
        Tally
            Their sum.
        """
        names = [field.name for field in fields(Tally)]
        return Tally(**{name: sum(getattr(part, name) for part in parts) for name in names})

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, for storing."""
        return asdict(self)

    def duration_quantile(self, share: float) -> float:
        """Return a quantile of the months from first accrual to the analysis.

        Parameters
        ----------
        share : float
            Proportion of trials that took no longer.

        Returns
        -------
        float
            Months, to the nearest 0.1.
        """
        upto = np.cumsum(self.durations)
        return float((np.searchsorted(upto, share * upto[-1]) + 0.5) * BIN_MONTHS)


def operating_row(tally: Tally, design: Design, *, scenario: str) -> dict[str, Any]:
    """Return the operating characteristics of a design as a row of a table.

    Parameters
    ----------
    tally : Tally
        What its trials add up to.
    design : Design
        The design.
    scenario : str
        Name of the truth.

    Returns
    -------
    dict
        `estimate` is the proportion of trials that declare a benefit; columns ending in
        `_se` are Monte Carlo standard errors. `hazard_ratio` is the geometric mean of the
        trials' one-step estimates, `duration_low` and `duration_high` hold 90% of trials.

    Notes
    -----
    Where draws of the truth are used by several replicates, these are not independent; the
    standard error then comes from the spread between draws.
    """
    trials = float(tally.trials.sum())
    estimate = float(tally.successes.sum() / trials)
    events, months, months_squared, enrolled, log_hr, _, reached = tally.sums / trials
    spread = max(months_squared - months**2, 0.0)
    return {
        "scenario": scenario,
        "patients": design.patients,
        "events": design.analysis.events,
        "estimate": estimate,
        "mc_se": _standard_error(tally, tally.successes, estimate * (1 - estimate)),
        "duration_months": months,
        "duration_se": _standard_error(tally, tally.months, spread),
        "duration_median": tally.duration_quantile(0.5),
        "duration_low": tally.duration_quantile(0.05),
        "duration_high": tally.duration_quantile(0.95),
        "accrual_months": enrolled / design.accrual.rate_per_month,
        "events_observed": events,
        "enrolled": enrolled,
        "hazard_ratio": float(np.exp(log_hr)),
        "reached": reached,
        "replicates": int(trials),
    }


def _standard_error(tally: Tally, totals: np.ndarray, variance: float) -> float:
    """Return the standard error of a mean over trials, from totals by draw of the truth."""
    trials = tally.trials.sum()
    draws = tally.trials.size
    if draws == 1 or trials <= draws:
        return float(np.sqrt(variance / trials))
    residual = totals - totals.sum() / trials * tally.trials
    return float(np.sqrt(draws / (draws - 1) * np.sum(residual**2)) / trials)
