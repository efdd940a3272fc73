"""What many trials add up to: counts and sums from which figures and their errors follow."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from scipy.stats import norm

from oligotrial.simulate.clustered import mean_and_error, quantile_and_error
from oligotrial.simulate.trials import COLUMNS, column_names
from oligotrial.trial import Design
from oligotrial.trial.decide.analysis import LOG_HAZARD_RATIO

__all__ = ["FIGURES", "Tally"]

A_MONTH = 10
STEPS = 600 * A_MONTH
RELATIVE = 1e-3
DURATIONS = np.concatenate(
    [
        np.arange(STEPS + 1) / A_MONTH,
        STEPS / A_MONTH * np.exp(RELATIVE * np.arange(1, 5001)),
        [np.inf],
    ]
)
"""Months as which durations are counted, so that memory stays flat: to the nearest 0.1 up to 600,
to the nearest thousandth up to 89,000, infinite beyond."""

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
        Sums of month, events and patients over trials that ended at a look, by draw of the truth;
        shape (draws, looks, 3).
    squares_by_look : numpy.ndarray
        Sums of their squares over all draws; shape (looks, 3).
    besides : numpy.ndarray
        Trials in which a test made besides shows efficacy, by draw; shape (draws, tests).
    durations : numpy.ndarray
        Trials by months to the analysis, as `DURATIONS`; shape (durations,).
    """

    decisions: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    by_look: np.ndarray
    squares_by_look: np.ndarray
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

        def by_look(figure: np.ndarray) -> np.ndarray:
            sums = np.bincount(draw * looks + ended, figure, minlength=draws * looks)
            return sums.reshape(draws, looks)

        return Tally(
            decisions,
            np.stack([np.bincount(draw, f, minlength=draws) for f in figures], axis=1),
            np.sum(figures**2, axis=1),
            np.stack([by_look(figure) for figure in figures[:3]], axis=-1),
            np.stack([by_look(figure**2).sum(axis=0) for figure in figures[:3]], axis=-1),
            _besides(rows, design, draw, draws),
            np.bincount(_places(month), minlength=DURATIONS.size),
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
            Months, as one of `DURATIONS`: to the nearest 0.1, or thousandth beyond 600.
        """
        return self.duration_quantile_and_error(share)[0]

    def duration_quantile_and_error(self, share: float) -> tuple[float, float]:
        """Return what `duration_quantile` does, and its Monte Carlo standard error.

        Parameters
        ----------
        share : float
            Proportion of trials that took no longer.

        Returns
        -------
        tuple of float
            Months, as one of `DURATIONS`, and Monte Carlo standard error.
        """
        total, trials = self.sums[:, 0].sum(), self.trials.sum()
        simple = (self.squares[0] / trials - (total / trials) ** 2) / trials
        inflation = self.mean("month")[1] ** 2 / simple if simple > 0 else 1.0
        return quantile_and_error(self.durations, share, values=DURATIONS, inflation=inflation)


def _places(months: np.ndarray) -> np.ndarray:
    """Return where durations are counted among `DURATIONS`."""
    short = np.rint(A_MONTH * months)
    beyond = np.log(np.maximum(A_MONTH * months / STEPS, 1.0)) / RELATIVE
    places = np.where(short <= STEPS, short, STEPS + np.rint(beyond))
    return np.minimum(places, DURATIONS.size - 1).astype(int)


def has_hazard_ratio(design: Design) -> bool:
    """Return whether the deciding test's estimate is a log hazard ratio."""
    return str(design.analyses[0].measure).endswith(LOG_HAZARD_RATIO)


def reached(rows: np.ndarray, design: Design) -> np.ndarray:
    """Return whether each trial had the events of the last look, or ended before it."""
    events, look = (rows[:, COLUMNS.index(name)] for name in ("events", "look"))
    waited = design.looks[-1].events  # a look on a date waits for none, whatever its test plans
    return np.asarray((events >= waited) | (look < len(design.looks)))


def _figures(rows: np.ndarray, design: Design, truth: np.ndarray) -> np.ndarray:
    """Return `FIGURES` by trial; shape (figures, trials)."""
    month, events, enrolled = rows[:, 2 : len(COLUMNS)].T
    _, estimate, standard_error = rows[:, len(COLUMNS) : len(COLUMNS) + 3].T
    informative = np.isfinite(estimate) & np.isfinite(standard_error)
    estimate = np.where(informative, estimate, 0.0)
    truth = truth if has_hazard_ratio(design) else np.full(truth.shape, np.nan)
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
