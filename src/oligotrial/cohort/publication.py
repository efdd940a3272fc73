"""What summaries of patients are made from, and how a number is printed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.columns import Columns
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.target import OVERALL, Target
from oligotrial.evidence import Comparison, Evidence, RiskTable, Statistic

__all__ = ["PLACE", "Item", "Rows", "Summary", "key_of", "named", "rounded", "statistic"]

PLACE: Final = "recomputed"
"""Where published numbers are from: no section of a paper."""

_LEVEL: Final = 0.95

type Item = Statistic | Comparison | RiskTable
"""What a summary yields."""


@dataclass(frozen=True)
class Rows:
    """Patients, as the summaries see them.

    Parameters
    ----------
    frame : pandas.DataFrame
        With time and event.
    endpoint : str
        What keys begin with.
    counts : Evidence
        With the counts of the variables.
    """

    frame: pd.DataFrame
    endpoint: str
    counts: Evidence

    def columns(self, grouping: str) -> Columns:
        """Return how a grouping follows from the counts."""
        target = Target(grouping, Kind.CHI_SQUARED, 0.0, 1.0, PLACE, grouping)
        return Columns(self.counts, [target])

    def groups(self, by: str | None) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
        """Yield grouping, level, times and events of each group; of everybody where by is None."""
        time, event = self.frame["time"].to_numpy(float), self.frame["event"].to_numpy(int)
        if by is None:
            yield OVERALL, "", time, event
            return
        found = levels_of(self.frame, by)
        for level in self.columns(by).levels(by):
            inside = found == level
            yield by, level, time[inside], event[inside]

    def codes(self, name: str) -> np.ndarray:
        """Return a covariate's codes: its levels numbered from 0, in their order."""
        columns = self.columns(name)
        code = dict(zip(columns.source(name)[1], columns.codes(name), strict=True))
        return np.array([code[level] for level in levels_of(self.frame, name)])


class Summary(Protocol):
    """A kind of summary."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The groupings and covariates it is about."""

    def of(self, rows: Rows) -> Iterator[Item]:
        """Yield what is printed."""


def named(by: str | None) -> tuple[str, ...]:
    """Return a grouping's name alone, or nothing where there is none."""
    return () if by is None else (by,)


def key_of(name: str, grouping: str, level: str) -> str:
    """Return a key with the group it is about."""
    return f"{name}[{grouping}={level}]" if level else name


def rounded(value: float, decimals: int) -> float | None:
    """Return a number rounded, or None where it isn't finite."""
    return round(float(value), decimals) if math.isfinite(value) else None


def statistic(
    key: str,
    numbers: tuple[float | None, ...],
    unit: str,
    decimals: int,
    group: tuple[str, str] = (OVERALL, ""),
) -> Statistic:
    """Return a printed number with its 95% limits, where it has any."""
    value, lower, upper = numbers
    limited = lower is not None or upper is not None or key == "follow_up.median"
    return Statistic(
        key, value, lower, upper, _LEVEL if limited else None, unit, PLACE,
        group=group if group[1] else None, note="" if value is not None else "not reached",
        decimals=(decimals, decimals, decimals),
    )  # fmt: skip
