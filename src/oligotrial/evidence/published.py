"""Evidence: what a source printed, found by key or laid out as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.evidence import rows
from oligotrial.evidence.joint import Order, Restriction
from oligotrial.evidence.printed import (
    BedGroup,
    Comparison,
    Count,
    Grouping,
    PrintedSchedule,
    RiskTable,
    Span,
    Statistic,
)
from oligotrial.evidence.studies import Study

__all__ = ["Evidence"]

COLUMNS: Final = [
    *("kind", "key", "group", "value", "lower", "upper", "level", "unit", "place", "note"),
    *("n", "missing", "percent"),
]
NUMBERS: Final = ["value", "lower", "upper", "level", "n", "missing", "percent"]

LITERATURE: Final = "literature."
"""What the key of a cited study's number begins with, as in "literature.kam2019.pfs.median"."""


@dataclass(frozen=True)
class Evidence:
    """All that a source printed and that was stored of it.

    Parameters
    ----------
    id : str
        Name in the library.
    citation, doi : str
        The source.
    licence, attribution : str
        On what terms its numbers are used, and the credit that has to go with them.
    design, population : str
        What kind of study, in whom.
    patients : int
        How many.
    statistics, counts, schedules, bed_groups, comparisons, risk_tables : tuple
        What it printed.
    studies : tuple of Study, optional
        What it printed of others' studies.
    groupings : tuple of Grouping, optional
        How variables follow from others.
    spans : tuple of Span, optional
        Printed dates.
    origins : mapping of str to str, optional
        By endpoint, what its times count from, where that isn't where the others begin.
    references : mapping of str to str, optional
        By covariate, the level that hazard ratios are printed against.
    codes : mapping of str to mapping, optional
        By covariate, the number that each level was entered into the regression as.
    rate_scale, median_scale : str, optional
        "log-log", "log" or "plain": the scale of the confidence limits of rates and of medians;
        empty where the source doesn't say.
    median_limits : str, optional
        "band" where a median's limits are the times at which the confidence band's edges come
        down to one half (R, Stata), "events" where they are the first and last event time not
        refused as the median (MedCalc); empty where the source doesn't say.
    orders : tuple of Order, optional
        Measured variables that are ordered in every patient.
    restrictions : tuple of Restriction, optional
        Levels that only some patients can have.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> marazzi = evidence.load("marazzi2024")
    >>> marazzi["pfs_ar.median"].value
    13.97
    >>> marazzi.count("line")["first"]
    39
    """

    id: str
    citation: str
    doi: str
    licence: str
    attribution: str
    design: str
    population: str
    patients: int
    statistics: tuple[Statistic, ...] = field(default=(), repr=False)
    counts: tuple[Count, ...] = field(default=(), repr=False)
    schedules: tuple[PrintedSchedule, ...] = field(default=(), repr=False)
    bed_groups: tuple[BedGroup, ...] = field(default=(), repr=False)
    comparisons: tuple[Comparison, ...] = field(default=(), repr=False)
    risk_tables: tuple[RiskTable, ...] = field(default=(), repr=False)
    studies: tuple[Study, ...] = field(default=(), repr=False)
    groupings: tuple[Grouping, ...] = field(default=(), repr=False)
    spans: tuple[Span, ...] = field(default=(), repr=False)
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    references: Mapping[str, str] = field(default_factory=dict, repr=False)
    codes: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    rate_scale: str = field(default="", repr=False)
    median_scale: str = field(default="", repr=False)
    median_limits: str = field(default="", repr=False)
    orders: tuple[Order, ...] = field(default=(), repr=False)
    restrictions: tuple[Restriction, ...] = field(default=(), repr=False)

    def __getitem__(self, key: str) -> Statistic:
        """Return the statistic of a key, or raise `InputError` with the nearest key.

        A cited study's number has the key "literature.<study>.<key within the study>".
        """
        for statistic in self.statistics:
            if statistic.key == key:
                return statistic
        if key.startswith(LITERATURE):
            name, _, inner = key.removeprefix(LITERATURE).partition(".")
            return self.study(name)[inner]
        raise self._unknown("statistic", key, [each.key for each in self.statistics])

    def study(self, name: str) -> Study:
        """Return a cited study.

        Parameters
        ----------
        name : str
            For example "kam2019".

        Returns
        -------
        Study
            What the source printed of it.

        Raises
        ------
        InputError
            If the source doesn't cite it.
        """
        for study in self.studies:
            if study.id == name:
                return study
        raise self._unknown("study", name, [each.id for each in self.studies])

    def count(self, variable: str) -> dict[str, int]:
        """Return the number of patients at each level of a variable.

        Parameters
        ----------
        variable : str
            For example "subtype".

        Returns
        -------
        dict of str to int
            In the source's order.

        Raises
        ------
        InputError
            If the source doesn't count that variable.
        """
        numbers = {each.level: each.n for each in self.counts if each.variable == variable}
        if not numbers:
            raise self._unknown("count", variable, [each.variable for each in self.counts])
        return numbers

    def subgroups(self, name: str, variable: str) -> dict[str, Statistic]:
        """Return a statistic for each level of a variable.

        Parameters
        ----------
        name : str
            The statistic's key without its subgroup, for example "pfs_ar.median".
        variable : str
            For example "line".

        Returns
        -------
        dict of str to Statistic
            In the source's order.

        Raises
        ------
        InputError
            If the source doesn't print it by that variable.
        """
        found = {
            each.group[1]: each
            for each in self.statistics
            if each.group and each.key == f"{name}[{variable}={each.group[1]}]"
        }
        if not found:
            known = [each.key.split("=")[0] + "]" for each in self.statistics if each.group]
            raise self._unknown("statistic by subgroup", f"{name}[{variable}]", known)
        return found

    def comparison(self, grouping: str) -> Comparison:
        """Return the log-rank test of a grouping.

        Parameters
        ----------
        grouping : str
            For example "line_group".

        Returns
        -------
        Comparison
            The test as printed.

        Raises
        ------
        InputError
            If the source doesn't compare those groups.
        """
        for comparison in self.comparisons:
            if comparison.grouping == grouping:
                return comparison
        raise self._unknown("comparison", grouping, [each.grouping for each in self.comparisons])

    def table(self) -> pd.DataFrame:
        """Return everything as one table.

        Returns
        -------
        pandas.DataFrame
            Columns kind, key, group ("variable=level"), value, lower, upper, level (of the
            interval), unit, place, note, n (how many it is about, where printed), missing and
            percent (of a count); one row a number. A cited study's kinds begin with "cited".
        """
        lines = [
            *(rows.of_statistic(each) for each in self.statistics),
            *(rows.of_count(each) for each in self.counts),
            *(rows.of_schedule(each) for each in self.schedules),
            *(rows.of_bed(each) for each in self.bed_groups),
            *(line for each in self.comparisons for line in rows.of_comparison(each)),
            *(line for each in self.risk_tables for line in rows.of_risk(each)),
            *(line for each in self.groupings for line in rows.of_grouping(each)),
            *(rows.of_span(each) for each in self.spans),
            *(line for each in self.studies for line in rows.of_study(each)),
        ]
        return pd.DataFrame(lines, columns=COLUMNS).astype(dict.fromkeys(NUMBERS, float))

    def _unknown(self, what: str, key: str, known: Sequence[str]) -> InputError:
        names = list(dict.fromkeys(known))
        return InputError(
            f"there is no {what} '{key}'{suggestion(key, names)}; "
            f"evidence.load('{self.id}').table() lists all there is",
            where=self.id,
        )
