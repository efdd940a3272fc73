"""The patients that a figure is drawn of, by group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort import Cohort, complete
from oligotrial.cohort.levels import plain_text
from oligotrial.estimators import number_at_risk, weight_at_risk
from oligotrial.report.figures.sheet import CYCLE, Layout

__all__ = ["CENSORED", "Group", "causes_of", "groups_of", "month_ticks", "weight_words"]

CENSORED = "censored"
_STEPS = (1, 2, 3, 6, 12, 24, 36, 48, 60, 120, 240, 600)


@dataclass(frozen=True, eq=False)
class Group:
    """Patients of one level.

    Parameters
    ----------
    name : str
        The level; empty for all patients.
    rows : pandas.DataFrame
        Their rows.
    """

    name: str
    rows: pd.DataFrame

    @property
    def time(self) -> np.ndarray:
        """Months to the event or to censoring."""
        return self.rows["time"].to_numpy(dtype=float)

    @property
    def event(self) -> np.ndarray:
        """1 where the endpoint's own event was seen."""
        return self.rows["event"].to_numpy(dtype=float)

    @property
    def entry(self) -> np.ndarray | None:
        """Months at which follow-up began, where it is known."""
        return self.rows["entry"].fillna(0.0).to_numpy() if "entry" in self.rows else None

    @property
    def weights(self) -> np.ndarray | None:
        """How many patients each row stands for, where that isn't one."""
        if "weight" not in self.rows:
            return None
        weights = self.rows["weight"].fillna(1.0).to_numpy(dtype=float)
        return None if (weights == 1.0).all() else weights

    @property
    def size(self) -> str:
        """How many patients there are, and their weight where they have one."""
        size = f"n = {len(self.rows)}"
        return size if self.weights is None else f"{size}, weight {self.weights.sum():.1f}"

    def at_risk(self, times: np.ndarray) -> tuple[str, ...]:
        """Return the numbers at risk at times, or their weight, as text; shape (time,)."""
        if self.weights is None:
            counts = number_at_risk(self.time, at=times, entry=self.entry)
            return tuple(map(str, counts.tolist()))
        sums = weight_at_risk(self.time, weights=self.weights, at=times, entry=self.entry)
        return tuple(f"{value:.1f}" for value in sums.tolist())


def groups_of(cohort: Cohort, *, by: str | None) -> tuple[Group, ...]:
    """Return the patients to draw, by group, after a look at whether they can be drawn.

    Parameters
    ----------
    cohort : Cohort
        Patients.
    by : str or None
        A column, or nothing for all patients together.

    Returns
    -------
    tuple of Group
        In the order of the levels; levels without patients are left out.

    Raises
    ------
    InputError
        If there are several draws, no patients, too many groups, a group that isn't known, or
        rows that the estimators don't know how to use: intervals, and weights of 0.
    """
    if cohort.draws > 1:
        raise InputError(
            f"these are {cohort.draws} draws of a reconstruction, not patients; "
            "draw_reconstruction draws them",
            where=cohort.source,
        )
    rows = cohort.patients
    _usable(rows, cohort.source)
    if by is None:
        return (Group("", rows),)
    known = complete(rows, by, where=f"{cohort.source}, by")
    names = known.map(plain_text).astype("str")
    ordered = known if isinstance(known.dtype, pd.CategoricalDtype) else known.astype("category")
    levels = map(plain_text, ordered.cat.categories)
    found = tuple(
        Group(str(level), rows[names == level]) for level in levels if (names == level).any()
    )
    if len(found) > len(CYCLE):
        raise InputError(
            f"'{by}' has {len(found)} groups, of which more than {len(CYCLE)} can't be told apart "
            "in a figure; merge some",
            where=f"{cohort.source}, by",
        )
    return found


def causes_of(cohort: Cohort, groups: Sequence[Group]) -> tuple[list[str], list[np.ndarray]]:
    """Return what ended follow-up.

    Parameters
    ----------
    cohort : Cohort
        Patients, with or without a column cause.
    groups : sequence of Group
        Their groups.

    Returns
    -------
    causes : list of str
        The endpoint's own causes first, then those that compete with it.
    values : list of numpy.ndarray
        For each group, shape (patient,): cause or "censored".

    Raises
    ------
    InputError
        If no cause competes with the endpoint, or some events have a cause and others have none.
    """
    rows, source = cohort.patients, cohort.source
    if "cause" not in rows or not (rows["cause"].notna() & (rows["event"] == 0)).any():
        raise InputError(
            "no event competes with the endpoint's: no row has event 0 and a cause; give the "
            "column cause, or draw_kaplan_meier",
            where=source,
        )
    own = rows[rows["event"] == 1]
    named = own["cause"].notna()
    if named.any() and not named.all():
        number = int(np.flatnonzero(~named)[0])
        raise InputError(
            f"patient {own['patient'].iloc[number]} has an event without a cause, while others "
            "have one; complete it",
            where=f"{source}, column cause",
        )
    competing = rows.loc[rows["event"] == 0, "cause"].dropna()
    causes = list(dict.fromkeys([*sorted(_cause(own).unique()), *sorted(competing.unique())]))
    return causes, [_cause(group.rows).to_numpy() for group in groups]


def _cause(rows: pd.DataFrame) -> "pd.Series[str]":
    unnamed = np.where(rows["event"] == 1, "event", CENSORED)
    return rows["cause"].astype(object).where(rows["cause"].notna(), unnamed).astype(str)


def weight_words(groups: Sequence[Group]) -> str:
    """Say in a footnote that patients have weights; empty where they have none."""
    if all(group.weights is None for group in groups):
        return ""
    return "Patients have weights: numbers at risk are their sums, and errors are robust."


def month_ticks(until: float, layout: Layout) -> np.ndarray:
    """Return times for an axis of months.

    Parameters
    ----------
    until : float
        Where the axis ends.
    layout : Layout
        How much room there is.

    Returns
    -------
    numpy.ndarray
        Times from 0, as many as can be read.

    Examples
    --------
    >>> from oligotrial.report.figures.sheet import WIDE
    >>> month_ticks(48.0, WIDE).tolist()
    [0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0, 42.0, 48.0]
    """
    most = 6 if layout.narrow else 9
    step = next((each for each in _STEPS if until / each <= most), until / most)
    return np.arange(0.0, until + 1e-9, step)


def _usable(rows: pd.DataFrame, source: str) -> None:
    if rows.empty:
        raise InputError("there are no patients to draw", where=source)
    if "time_upper" in rows and np.isfinite(rows["time_upper"]).any():
        raise InputError(
            "events are known to lie in intervals, and Kaplan-Meier would take the last negative "
            "examination for the event's time; estimators.turnbull estimates their curve",
            where=f"{source}, column time_upper",
        )
    if "weight" in rows and (rows["weight"] == 0).any():
        raise InputError(
            "patients of weight 0 can't be drawn; take their rows out",
            where=f"{source}, column weight",
        )
