"""Rows of schedules: each distinct one read once, all mistakes told together by their rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, listed
from oligotrial.radiobiology.dose import LevelName
from oligotrial.radiobiology.model import BedModel
from oligotrial.radiobiology.schedule import Schedule

__all__ = ["Rows"]


@dataclass(frozen=True, eq=False)
class Rows:
    """A column of schedules with each distinct pair of text and level read once.

    Parameters
    ----------
    index : pandas.Index
        The rows' labels.
    pairs : list of (Schedule, str) or None
        Each distinct course and level; None where the schedule is missing or can't be read.
    first, times : numpy.ndarray
        Shape (pair,): the first row of each, and how many rows have it.
    pair_of_row : numpy.ndarray
        Shape (row,).
    told : list of (int, int, InputError)
        The mistakes so far, each with its first row and how many rows have it.
    """

    index: pd.Index
    pairs: list[tuple[Schedule, LevelName] | None]
    first: np.ndarray
    times: np.ndarray
    pair_of_row: np.ndarray
    told: list[tuple[int, int, InputError]] = field(default_factory=list)

    @staticmethod
    def of(schedules: pd.Series, levels: pd.Series | None) -> "Rows":
        """Read a column; what can't be read is told later, by `refuse`."""
        if not isinstance(schedules, pd.Series):
            raise InputError("give the schedules as a pandas.Series", where="schedules")
        text_codes, texts = pd.factorize(schedules, use_na_sentinel=True)
        level_codes, names = pd.factorize(_level_column(schedules, levels))
        keys = np.where(text_codes < 0, -1, text_codes * len(names) + level_codes)
        _, first, pair_of_row, times = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        rows = Rows(schedules.index, [None] * len(first), first, times, pair_of_row)
        read = cache(lambda code: _read(str(texts[code]) if code >= 0 else None))
        for pair, at in enumerate(first):
            course = read(int(text_codes[at]))
            if isinstance(course, InputError):
                rows.tell(pair, course)
            else:
                rows.pairs[pair] = course, names[level_codes[at]]
        return rows

    def tell(self, pair: int, error: InputError) -> None:
        """Add a mistake of all rows of a pair."""
        self.told.append((int(self.first[pair]), int(self.times[pair]), error))

    def attempt(self, at: np.integer | int, compute: Callable[[], object]) -> None:
        """Add what is wrong with a row, if something is."""
        try:
            compute()
        except InputError as error:
            self.told.append((int(at), 1, error))

    def refuse(self) -> None:
        """Raise all mistakes as one, if there are any."""
        together: dict[str, tuple[int, int, InputError]] = {}
        for at, rows, error in self.told:
            first, others, _ = together.get(str(error), (at, 0, error))
            together[str(error)] = min(at, first), rows + others, error
        if not together:
            return
        found = sorted(together.values(), key=lambda mistake: mistake[0])
        errors = [error.within(self._place(at, rows)) for at, rows, error in found]
        if len(errors) == 1:
            raise errors[0]
        raise InputError(f"{len(errors)} problems: {listed(errors, '; ')}")

    def _place(self, at: int, rows: int) -> str:
        """Return a row counted from 1, its label where rows have labels, and how many are alike."""
        plain = self.index.equals(pd.RangeIndex(len(self.index)))
        label = "" if plain else f" (index {self.index[at]})"
        alike = f" and {rows - 1} more" if rows > 1 else ""
        return f"row {at + 1}{label}{alike}"

    def results(self, compute: Callable[[Schedule, LevelName], Sequence[float]]) -> np.ndarray:
        """Return what is computed of each pair, at most two numbers: shape (2, rows)."""
        found = np.full((2, len(self.pairs)), np.nan)
        for place, pair in enumerate(self.pairs):
            try:
                values = () if pair is None else compute(*pair)
                found[: len(values), place] = values
            except InputError as error:
                self.tell(place, error)
        return found[:, self.pair_of_row]

    def days(self, given: pd.Series | None) -> np.ndarray:
        """Return the days of each row: those given, else those stated, else missing."""
        overall = [None if pair is None else pair[0].overall_days for pair in self.pairs]
        rows: np.ndarray = np.array(overall, dtype=float)[self.pair_of_row]
        if given is None:
            return rows
        if len(given) != len(rows):
            raise InputError(f"{len(given)} days for {len(rows)} schedules; give one a row")
        numbers = pd.to_numeric(given, errors="coerce")
        values = numbers.to_numpy(dtype=float, na_value=np.nan, copy=True)
        none = np.isnan(values) & given.notna().to_numpy(dtype=bool)
        for at in np.flatnonzero(none | (values < 0) | np.isinf(values)):
            cell = f"'{given.iloc[at]}'" if none[at] else f"{values[at]:g}"
            text = f"{cell} is not a number of days; give 0 or more"
            self.told.append((int(at), 1, InputError(text, where="days")))
            values[at] = 0.0  # told: nothing else is to be said of the row's days
        return np.where(np.isnan(values), rows, values)

    def loss_gy(self, model: BedModel, days: np.ndarray) -> np.ndarray:
        """Return the BED that regrowth undoes in each row."""
        known = np.array([pair is not None for pair in self.pairs], dtype=bool)[self.pair_of_row]
        unknown = np.flatnonzero(np.isnan(days) & known)
        if unknown.size:
            try:
                model.repopulation.loss_gy(None)
            except InputError as error:
                self.told.append((int(unknown[0]), unknown.size, error))
        if self.told:  # the mistakes' rows have no loss, and the rest may have mistakes of its own
            days = np.where(np.isnan(days), 0.0, days)
        return np.asarray(np.broadcast_to(model.repopulation.loss_gy(days), days.shape))


def _read(text: str | None) -> Schedule | InputError:
    """Return a schedule, or why there is none."""
    if text is None:
        return InputError("the schedule is missing; give one like '50 Gy in 5 fr'")
    try:
        return Schedule.parse(text)
    except InputError as error:
        return error


def _level_column(schedules: pd.Series, levels: pd.Series | None) -> pd.Series:
    if levels is None:
        return pd.Series("boost", index=schedules.index, dtype=object)
    if len(levels) != len(schedules):
        raise InputError(f"{len(levels)} levels for {len(schedules)} schedules; give one a row")
    return levels.astype(object).where(levels.notna(), "boost")
