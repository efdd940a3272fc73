"""Summaries of groups: log-rank tests, numbers at risk, a Cox regression."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.publication import PLACE, Rows, named, rounded, statistic
from oligotrial.estimators import log_rank
from oligotrial.estimators.cox import BRESLOW, cox
from oligotrial.evidence import Comparison, RiskTable, Statistic

__all__ = ["PrintedCox", "PrintedRisk", "PrintedTest"]

_COVARIATE: Final = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class PrintedTest:
    """The log-rank test between a grouping's levels.

    Parameters
    ----------
    by : str
        The grouping.
    chi_squared : bool, optional
        Whether the statistic is printed besides its p-value.
    decimals : tuple of int, optional
        To which the statistic and the p-value are rounded.

    Examples
    --------
    >>> PrintedTest("arm", chi_squared=False).variables
    ('arm',)
    """

    by: str
    chi_squared: bool = True
    decimals: tuple[int, int] = (4, 4)

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return (self.by,)

    def of(self, rows: Rows) -> Iterator[Comparison]:
        """Yield the test, or raise `InputError` where there is only one group."""
        levels = rows.columns(self.by).levels(self.by)
        if len(levels) < 2:
            raise InputError(
                f"all patients have '{levels[0]}': there is nothing to test; leave this test out",
                where=f"PrintedTest('{self.by}')",
            )
        groups = levels_of(rows.frame, self.by)
        test = log_rank(rows.frame["time"], rows.frame["event"], group=groups)
        yield Comparison(
            f"{rows.endpoint}.logrank[{self.by}]", rows.endpoint, self.by, tuple(levels),
            rounded(test.chi_squared, self.decimals[0]) if self.chi_squared else None,
            len(levels) - 1, rounded(test.p, self.decimals[1]), PLACE, decimals=self.decimals,
        )  # fmt: skip


@dataclass(frozen=True)
class PrintedRisk:
    """Numbers at risk under a curve.

    Parameters
    ----------
    at : tuple of float
        Times of the ticks, months, the first 0 and all equally far apart.
    by : str, optional
        Print those of each group of this grouping, in place of everybody's.
    timed : bool, optional
        Whether the ticks' times are printed; papers often show them only in the figure.

    Examples
    --------
    >>> PrintedRisk((0.0, 12.0, 24.0)).timed
    True
    """

    at: tuple[float, ...]
    by: str | None = None
    timed: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.at, Sequence) or not all(isinstance(each, Real) for each in self.at):
            raise InputError(
                f"'{self.at}' are no times; give the ticks first, as in "
                "PrintedRisk((0.0, 12.0, 24.0), by='arm')",
                where="PrintedRisk, at",
            )
        steps = np.diff(self.at)
        if len(self.at) < 2 or self.at[0] != 0 or steps[0] <= 0 or not np.allclose(steps, steps[0]):
            raise InputError(
                f"{self.at} are no ticks of an axis; give 0 and at least one later time, all "
                "equally far apart",
                where="PrintedRisk, at",
            )

    @property
    def variables(self) -> tuple[str, ...]:
        """The grouping."""
        return named(self.by)

    def of(self, rows: Rows) -> Iterator[RiskTable]:
        """Yield a table for each group, or one of all patients."""
        for grouping, level, time, _ in rows.groups(self.by):
            at_risk = tuple(int((time >= each).sum()) for each in self.at)
            times = self.at if self.timed else None
            of = (grouping, level) if level else ("", "")
            yield RiskTable(rows.endpoint, *of, at_risk, times, PLACE)


@dataclass(frozen=True)
class PrintedCox:
    """A Cox regression on several covariates at once: hazard ratios, p-values and Harrell's C.

    A covariate's levels are numbered from 0 in their order (for more than two: a trend); ties
    by Breslow's method.

    Parameters
    ----------
    covariates : tuple of str
        Names in small letters, digits and "_".
    c_index : bool, optional
        Whether Harrell's C is printed.
    decimals : int, optional
        To which all numbers are rounded.

    Examples
    --------
    >>> PrintedCox(("arm", "line")).variables
    ('arm', 'line')
    """

    covariates: tuple[str, ...]
    c_index: bool = True
    decimals: int = 4

    def __post_init__(self) -> None:
        for name in self.covariates:
            if not _COVARIATE.fullmatch(name):
                raise InputError(
                    f"'{name}' can't be a key; rename the column to small letters, digits and '_'",
                    where="PrintedCox, covariates",
                )

    @property
    def variables(self) -> tuple[str, ...]:
        """The covariates."""
        return self.covariates

    def of(self, rows: Rows) -> Iterator[Statistic]:
        """Yield hazard ratios with limits, p-values and, where wanted, Harrell's C."""
        codes = pd.DataFrame({name: rows.codes(name) for name in self.covariates})
        time, event = rows.frame["time"], rows.frame["event"]
        fit = cox(time, event, codes, ties=BRESLOW)
        numbers = fit.coefficients[["hazard_ratio", "lower", "upper", "p"]].to_numpy(float)
        for name, (ratio, lower, upper, p) in zip(self.covariates, numbers, strict=True):
            key = f"cox.hazard_ratio[covariate={name}]"
            yield self._statistic(key, (ratio, lower, upper), "ratio")
            yield self._statistic(
                f"cox.p[covariate={name}]", (p, math.nan, math.nan), "probability"
            )
        if self.c_index:
            found = fit.concordance()
            ends = (found.value, found.lower, found.upper)
            yield self._statistic("cox.c_index", ends, "probability")

    def _statistic(self, key: str, numbers: tuple[float, ...], unit: str) -> Statistic:
        printed = tuple(rounded(each, self.decimals) for each in numbers)
        return statistic(key, printed, unit, self.decimals)
