"""What a paper printed: numbers, counts, schedules and tests, each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from oligotrial.checks import InputError, suggestion

__all__ = [
    "BedGroup",
    "Comparison",
    "Count",
    "Evidence",
    "PrintedSchedule",
    "RiskTable",
    "Statistic",
]

COLUMNS = ["kind", "key", "group", "value", "lower", "upper", "level", "unit", "place", "note"]


@dataclass(frozen=True)
class Statistic:
    """One printed number, with its interval where it has one.

    Parameters
    ----------
    key : str
        What it is, for example ``"pfs_ar.median[line=first]"``.
    value : float or None
        The number; None where the paper prints that there is none (`note` says how).
    lower, upper : float or None
        Ends of its interval.
    level : float or None
        The interval's confidence level; None for a range or where there is no interval.
    unit : str
        "months", "weeks", "years", "patients", "percent", "ratio", "probability", "Gy" or
        "fractions".
    place : str
        Section, table or figure of the source.
    group : tuple of str, optional
        Variable and level of the subgroup it is about.
    note : str, optional
        What else a reader has to know.
    """

    key: str
    value: float | None
    lower: float | None
    upper: float | None
    level: float | None
    unit: str
    place: str
    group: tuple[str, str] | None = None
    note: str = ""


@dataclass(frozen=True)
class Count:
    """How many patients have one level of a variable.

    Parameters
    ----------
    variable, level : str
        What was counted.
    n, total : int
        Patients with the level and patients looked at.
    percent : float or None
        The percentage as printed, rounded by the paper.
    place : str
        Section, table or figure of the source.
    note : str, optional
        What else a reader has to know.
    part_of : tuple of str, optional
        Variable and level of the subgroup that was counted, where it wasn't everybody.
    """

    variable: str
    level: str
    n: int
    total: int
    percent: float | None
    place: str
    note: str = ""
    part_of: tuple[str, str] | None = None


@dataclass(frozen=True)
class PrintedSchedule:
    """A radiotherapy schedule and how many patients had it.

    Parameters
    ----------
    site : str
        Site irradiated.
    text : str
        The schedule as printed; `oligotrial.radiobiology.Schedule.parse` reads it.
    n : int
        Patients.
    place : str
        Section, table or figure of the source.
    percent : float, optional
        The percentage of the site's patients as printed.
    note : str, optional
        What else a reader has to know.
    """

    site: str
    text: str
    n: int
    place: str
    percent: float | None = None
    note: str = ""


@dataclass(frozen=True)
class BedGroup:
    """How many patients had at least some biologically effective dose (BED).

    Parameters
    ----------
    alpha_beta : float
        The alpha/beta ratio that the BED was computed with, Gy.
    cutoff_gy : float
        The cut-off, Gy.
    comparison : str
        How a BED compares with the cut-off: ">=" or ">".
    n : int
        Patients for whom it does.
    place : str
        Section, table or figure of the source.
    """

    alpha_beta: float
    cutoff_gy: float
    comparison: str
    n: int
    place: str

    @property
    def grouping(self) -> str:
        """Name of the grouping, for example "bed4_75"."""
        return f"bed{self.alpha_beta:g}_{self.cutoff_gy:g}"


@dataclass(frozen=True)
class Comparison:
    """A log-rank test between the levels of a grouping.

    Parameters
    ----------
    key : str
        For example ``"pfs_ar.logrank[line_group]"``.
    endpoint, grouping : str
        What was compared between what.
    levels : tuple of str
        The groups.
    chi_squared, df, p : float, int, float or None
        As printed; None where it wasn't.
    place : str
        Section, table or figure of the source.
    note : str, optional
        What else a reader has to know.
    """

    key: str
    endpoint: str
    grouping: str
    levels: tuple[str, ...]
    chi_squared: float | None
    df: int | None
    p: float | None
    place: str
    note: str = ""


@dataclass(frozen=True)
class RiskTable:
    """Numbers at risk below a survival curve, for one group.

    Parameters
    ----------
    endpoint, grouping, level : str
        Which curve.
    at_risk : tuple of int
        Patients at risk at successive ticks of the axis, the first at time 0.
    times_months : tuple of float or None
        The ticks; None where the source's text doesn't give them.
    place : str
        Section, table or figure of the source.
    """

    endpoint: str
    grouping: str
    level: str
    at_risk: tuple[int, ...]
    times_months: tuple[float, ...] | None
    place: str


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

    def __getitem__(self, key: str) -> Statistic:
        """Return the statistic of a key, or raise `InputError` with the nearest key."""
        for statistic in self.statistics:
            if statistic.key == key:
                return statistic
        raise self._unknown("statistic", key, [each.key for each in self.statistics])

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
            interval), unit, place and note; one row a number.
        """
        rows = [
            *(_statistic_row(each) for each in self.statistics),
            *(_count_row(each) for each in self.counts),
            *(_schedule_row(each) for each in self.schedules),
            *(_bed_row(each) for each in self.bed_groups),
            *(row for each in self.comparisons for row in _comparison_rows(each)),
            *(row for each in self.risk_tables for row in _risk_rows(each)),
        ]
        return pd.DataFrame(rows, columns=COLUMNS).astype(
            dict.fromkeys(["value", "lower", "upper", "level"], float)
        )

    def _unknown(self, what: str, key: str, known: Sequence[str]) -> InputError:
        names = list(dict.fromkeys(known))
        return InputError(
            f"there is no {what} '{key}'{suggestion(key, names)}; "
            f"evidence.load('{self.id}').table() lists all there is",
            where=self.id,
        )


type _Row = dict[str, object]


def _statistic_row(each: Statistic) -> _Row:
    return {
        "kind": "statistic",
        "key": each.key,
        "group": "=".join(each.group) if each.group else "",
        "value": each.value,
        "lower": each.lower,
        "upper": each.upper,
        "level": each.level,
        "unit": each.unit,
        "place": each.place,
        "note": each.note,
    }


def _number(kind: str, key: str, value: float, *, group: str, place: str, note: str = "") -> _Row:
    unit = {"p": "probability", "chi_squared": "chi-squared", "df": "degrees of freedom"}
    return {
        "kind": kind,
        "key": key,
        "group": group,
        "value": value,
        "unit": unit.get(key.rsplit(".", 1)[-1], "patients"),
        "place": place,
        "note": note,
    }


def _count_row(each: Count) -> _Row:
    group = f"{each.variable}={each.level}"
    return _number("count", each.variable, each.n, group=group, place=each.place, note=each.note)


def _schedule_row(each: PrintedSchedule) -> _Row:
    group = f"site={each.site}"
    return _number("schedule", each.text, each.n, group=group, place=each.place, note=each.note)


def _bed_row(each: BedGroup) -> _Row:
    group = f"{each.grouping}={'at least' if each.comparison == '>=' else 'above'}"
    return _number("bed group", each.grouping, each.n, group=group, place=each.place)


def _comparison_rows(each: Comparison) -> list[_Row]:
    printed = {"chi_squared": each.chi_squared, "df": each.df, "p": each.p}
    return [
        _number(
            "comparison",
            f"{each.key}.{name}",
            value,
            group=each.grouping,
            place=each.place,
            note=each.note,
        )
        for name, value in printed.items()
        if value is not None
    ]


def _risk_rows(each: RiskTable) -> list[_Row]:
    ticks = each.times_months or (None,) * len(each.at_risk)
    return [
        _number(
            "at risk",
            f"{each.endpoint}.at_risk[tick={number}]",
            patients,
            group=f"{each.grouping}={each.level}",
            place=each.place,
            note="" if tick is None else f"at {tick:g} months",
        )
        for number, (tick, patients) in enumerate(zip(ticks, each.at_risk, strict=True))
    ]
