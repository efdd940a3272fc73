"""What many trials add up to: every figure with its Monte Carlo standard error."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.simulate.trials import COLUMNS, column_names
from oligotrial.trial import Design
from oligotrial.trial.decide.analysis import LOG_HAZARD_RATIO

__all__ = ["FIGURES", "Tally", "look_table", "operating_row", "operating_table"]

BIN_MONTHS = 0.1
BINS = 6000
"""Durations are counted in bins of 0.1 months up to 600, so that memory stays flat."""

LEVEL = 0.95
"""Level of the intervals whose coverage is told."""

FIGURES = ("month", "events", "enrolled", "reached", "informative", "estimate", "error", "covered")
"""Sums that are kept by draw of the truth: month, events and patients at the end; trials that
reached the events of the last look, or ended before; trials with an estimate, their estimates, how
far these are from the truth, and whether an interval of level `LEVEL` holds it."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts and sums over replicates; two tallies of the same batch can be added.

    Parameters
    ----------
    decisions : numpy.ndarray
        Trials by draw of the truth, look at which they ended, and why (futility, neither,
        efficacy); shape (draws, looks, 3).
    sums : numpy.ndarray
        Sums of `FIGURES` by draw of the truth; shape (draws, figures).
    squares : numpy.ndarray
        Sums of their squares; shape (figures,).
    by_look : numpy.ndarray
        Sums and sums of squares of month, events and patients over trials that ended at a look;
        shape (looks, 3, 2).
    besides : numpy.ndarray
        Trials in which a test made besides shows efficacy, by draw; shape (draws, tests).
    durations : numpy.ndarray
        Trials by months to the analysis, in bins of 0.1.
    """

    decisions: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    by_look: np.ndarray
    besides: np.ndarray
    durations: np.ndarray

    @staticmethod
    def of(rows: np.ndarray, design: Design, *, truths: np.ndarray, first: int) -> "Tally":
        """Add up the rows of consecutive replicates.

        Parameters
        ----------
        rows : numpy.ndarray
            Shape (replicates, columns), in the order of `column_names`.
        design : Design
            What was simulated.
        truths : numpy.ndarray
            True log hazard ratio of each draw, not a number where there isn't one; replicate r
            had draw ``r % draws``; shape (draws,).
        first : int
            The first row's replicate.

        Returns
        -------
        Tally
            Counts and sums.
        """
        draws, looks = truths.size, len(design.looks)
        draw = (first + np.arange(len(rows))) % draws
        look, decision, month, *_ = rows.T
        ended = look.astype(int) - 1
        cell = (draw * looks + ended) * 3 + decision.astype(int) + 1
        decisions = np.bincount(cell, minlength=draws * looks * 3).reshape(draws, looks, 3)
        figures = _figures(rows, design, truths[draw])
        bins = np.minimum((month / BIN_MONTHS).astype(int), BINS - 1)
        return Tally(
            decisions,
            np.stack([np.bincount(draw, f, minlength=draws) for f in figures], axis=1),
            np.sum(figures**2, axis=1),
            np.stack(
                [
                    [np.bincount(ended, f**power, minlength=looks) for power in (1, 2)]
                    for f in figures[:3]
                ]
            ).transpose(2, 0, 1),
            _besides(rows, design, draw, draws),
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

    @property
    def trials(self) -> np.ndarray:
        """Trials by draw of the truth; shape (draws,)."""
        return np.asarray(self.decisions.sum(axis=(1, 2)))

    @property
    def successes(self) -> np.ndarray:
        """Trials that ended for efficacy, at any look, by draw of the truth; shape (draws,)."""
        return np.asarray(self.decisions[:, :, 2].sum(axis=1))

    def mean(self, figure: str) -> tuple[float, float]:
        """Return a figure's mean over trials, and its Monte Carlo standard error.

        Parameters
        ----------
        figure : str
            One of `FIGURES`; estimates are averaged over trials that have one.

        Returns
        -------
        tuple of float
            Mean and standard error; not numbers if no trial has the figure.
        """
        place = FIGURES.index(figure)
        known = FIGURES.index("informative")
        counts = self.sums[:, known] if place > known else self.trials
        return mean_and_error(self.sums[:, place], counts, self.squares[place])

    def share(self, counts: np.ndarray) -> tuple[float, float]:
        """Return a proportion of trials, and its Monte Carlo standard error.

        Parameters
        ----------
        counts : numpy.ndarray
            Trials of a kind by draw of the truth; shape (draws,).

        Returns
        -------
        tuple of float
            Proportion and standard error.
        """
        return mean_and_error(counts, self.trials, float(counts.sum()))

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
        trials' estimates (of the log-rank test: one-step ones), `duration_low` and
        `duration_high` hold 90% of trials, `reached` is the share of trials that had the events
        of the last look or ended before.

    Notes
    -----
    Where draws of the truth are used by several replicates, these are not independent; the
    standard error then comes from the spread between draws.
    """
    estimate, error = tally.share(tally.successes)
    months, months_error = tally.mean("month")
    enrolled = tally.mean("enrolled")[0]
    ratio = np.exp(tally.mean("estimate")[0]) if _hasmean_and_error(design) else np.nan
    return {
        "scenario": scenario,
        "patients": design.patients,
        "events": design.events,
        "estimate": estimate,
        "mc_se": error,
        "duration_months": months,
        "duration_se": months_error,
        "duration_median": tally.duration_quantile(0.5),
        "duration_low": tally.duration_quantile(0.05),
        "duration_high": tally.duration_quantile(0.95),
        "accrual_months": months_to_enrol(design, enrolled),
        "events_observed": tally.mean("events")[0],
        "enrolled": enrolled,
        "hazard_ratio": float(ratio),
        "reached": tally.mean("reached")[0],
        "replicates": int(tally.trials.sum()),
    }


def operating_table(tally: Tally, design: Design) -> pd.DataFrame:
    """Tabulate a design's operating characteristics, each with its Monte Carlo standard error.

    Parameters
    ----------
    tally : Tally
        What its trials add up to.
    design : Design
        The design.

    Returns
    -------
    pandas.DataFrame
        Columns `figure`, `value`, `mc_se`. Means are over all trials, each at its end. Bias and
        coverage are of the deciding test's estimate of the log hazard ratio at the end, against
        the truth, and missing where arms have no one hazard ratio: the nominal level of the
        interval is 95%.
    """
    found = {
        "efficacy": tally.share(tally.successes),
        "futility": tally.share(tally.decisions[:, :, 0].sum(axis=1)),
        "neither": tally.share(tally.decisions[:, :, 1].sum(axis=1)),
        "months": tally.mean("month"),
        "events": tally.mean("events"),
        "enrolled": tally.mean("enrolled"),
        "events of the last look reached": tally.mean("reached"),
        "estimate": tally.mean("estimate"),
        "bias": tally.mean("error"),
        "coverage": tally.mean("covered"),
    }
    for number, analysis in enumerate(design.besides):
        found[f"efficacy by {analysis.words}"] = tally.share(tally.besides[:, number])
    return pd.DataFrame([{"figure": f, "value": v, "mc_se": se} for f, (v, se) in found.items()])


def look_table(tally: Tally, design: Design) -> pd.DataFrame:
    """Tabulate where trials end.

    Parameters
    ----------
    tally : Tally
        What its trials add up to.
    design : Design
        The design.

    Returns
    -------
    pandas.DataFrame
        A row per look. `efficacy_here`, `futility_here` and `neither_here` are the proportions of
        all trials that end at this very look; `efficacy_so_far` and `ended_so_far` add up the looks
        until this one. `months`, `events` and `enrolled` are means of the trials that end here.
        Each is followed by its Monte Carlo standard error, `_se`.
    """
    rows = []
    for look in range(len(design.looks)):
        here = tally.decisions[:, look]
        until = tally.decisions[:, : look + 1].sum(axis=1)
        row: dict[str, float] = {"look": look + 1}
        for name, counts in (
            ("efficacy_here", here[:, 2]),
            ("futility_here", here[:, 0]),
            ("neither_here", here[:, 1]),
            ("efficacy_so_far", until[:, 2]),
            ("ended_so_far", until.sum(axis=1)),
        ):
            row[name], row[f"{name}_se"] = tally.share(counts)
        ended = here.sum()
        for number, name in enumerate(("months", "events", "enrolled")):
            total, squares = tally.by_look[look, number]
            row[name], row[f"{name}_se"] = mean_and_error(
                np.array([total]), np.array([ended]), squares
            )
        rows.append(row)
    return pd.DataFrame(rows)


def months_to_enrol(design: Design, patients: float) -> float:
    """Return the month by which so many patients are expected."""
    starts, rates = design.accrual.starts_months, design.accrual.expected_rates
    upto = np.r_[0.0, np.cumsum(np.diff(starts) * rates[:-1])]
    period = max(int(np.searchsorted(upto, patients)) - 1, 0)
    return float(starts[period] + (patients - upto[period]) / rates[period])


def reached(rows: np.ndarray, design: Design) -> np.ndarray:
    """Return whether each trial had the events of the last look, or ended before it."""
    events, look = (rows[:, COLUMNS.index(name)] for name in ("events", "look"))
    return np.asarray((events >= design.events) | (look < len(design.looks)))


def _figures(rows: np.ndarray, design: Design, truth: np.ndarray) -> np.ndarray:
    """Return `FIGURES` by trial; shape (figures, trials)."""
    month, events, enrolled = rows[:, 2 : len(COLUMNS)].T
    _, estimate, standard_error = rows[:, len(COLUMNS) : len(COLUMNS) + 3].T
    informative = np.isfinite(estimate) & np.isfinite(standard_error)
    estimate = np.where(informative, estimate, 0.0)
    truth = truth if _hasmean_and_error(design) else np.full(truth.shape, np.nan)
    error = np.where(informative, estimate - truth, 0.0)
    reach = norm.isf((1 - LEVEL) / 2) * np.where(informative, standard_error, 0.0)
    covered = np.where(np.isnan(error), np.nan, informative & (np.abs(error) <= reach))
    return np.stack(
        [month, events, enrolled, reached(rows, design), informative, estimate, error, covered]
    ).astype(float)


def _besides(rows: np.ndarray, design: Design, draw: np.ndarray, draws: int) -> np.ndarray:
    """Return trials in which each test made besides shows efficacy, by draw."""
    counts = np.zeros((draws, len(design.besides)), np.int64)
    names = column_names(design)
    for number, analysis in enumerate(design.besides):
        shown = rows[:, names.index(f"statistic_{number + 2}")] >= analysis.threshold
        counts[:, number] = np.bincount(draw[shown], minlength=draws)
    return counts


def _hasmean_and_error(design: Design) -> bool:
    return str(design.analyses[0].measure).endswith(LOG_HAZARD_RATIO)


def mean_and_error(totals: np.ndarray, counts: np.ndarray, squares: float) -> tuple[float, float]:
    """Return a mean over trials and its Monte Carlo standard error.

    Parameters
    ----------
    totals, counts : numpy.ndarray
        Sum over trials, and trials, by draw of the truth; shape (draws,).
    squares : float
        Sum of squares over all trials.

    Returns
    -------
    tuple of float
        Mean and standard error: from the spread between draws where several trials share one.
    """
    trials = float(counts.sum())
    if trials == 0:
        return np.nan, np.nan
    mean = float(totals.sum() / trials)
    draws = counts.size
    if draws == 1 or trials <= draws:
        return mean, float(np.sqrt(max(squares / trials - mean**2, 0.0) / trials))
    residual = totals - mean * counts
    return mean, float(np.sqrt(draws / (draws - 1) * np.sum(residual**2)) / trials)
