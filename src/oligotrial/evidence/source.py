"""The TOML format of a source of evidence, and the library that comes with the package."""

import re
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from oligotrial import toml
from oligotrial.checks import InputError, suggestion
from oligotrial.evidence.printed import (
    BedGroup,
    Comparison,
    Count,
    PrintedSchedule,
    RiskTable,
    Statistic,
)
from oligotrial.evidence.published import Evidence
from oligotrial.radiobiology import Schedule

__all__ = ["available", "load"]

_KEY = re.compile(
    r"[a-z0-9_]+(\.[a-z0-9_]+)*(\[(?P<variable>[a-z0-9_]+)=(?P<level>[^\]]+)\])?(@\w+)?"
)

type _Text = Annotated[str, Field(min_length=1)]
type _Patients = Annotated[int, Field(ge=0)]
type _Probability = Annotated[float, Field(ge=0, le=1)]
type _Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type _Number = Annotated[float, Field(allow_inf_nan=False)]
type _Unit = Literal[
    "months", "weeks", "years", "patients", "percent", "ratio", "probability", "Gy", "fractions"
]


def available() -> list[str]:
    """Return the names of the sources in the library.

    Returns
    -------
    list of str
        What `load` takes, in alphabetical order.

    Examples
    --------
    >>> "marazzi2024" in available()
    True
    """
    folder = files("oligotrial.evidence") / "library"
    return sorted(
        each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")
    )


def load(source: str | Path) -> Evidence:
    """Load a source of evidence.

    Parameters
    ----------
    source : str or pathlib.Path
        A name from `available`, or the path of a TOML file of the same format (a text that
        ends in ".toml" is a path).

    Returns
    -------
    Evidence
        What the source printed.

    Raises
    ------
    InputError
        If there is no such source, or the file has a mistake; file and key are named.

    Examples
    --------
    >>> load("marazzi2024").patients
    59
    """
    if isinstance(source, Path) or source.endswith(".toml"):
        return toml.read(Path(source), _Source).build()
    if source not in available():
        raise InputError(
            f"the library has no source '{source}'{suggestion(source, available())}; "
            f"it has {', '.join(available())}, and other files are loaded by their path"
        )
    with as_file(files("oligotrial.evidence") / "library" / f"{source}.toml") as path:
        return toml.read(path, _Source).build()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class _StatisticRow(_Part):
    key: str
    value: _Number | None = None
    interval: tuple[_Number, _Number] | None = None
    level: Annotated[float, Field(gt=0, lt=1)] | None = None
    unit: _Unit
    place: _Text
    note: str = ""

    @field_validator("key")
    @classmethod
    def _well_formed(cls, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise InputError(
                f"'{key}' is not a key such as 'pfs_ar.median', 'pfs_ar.median[line=first]' "
                "or 'pfs_ar.median@abstract'"
            )
        return key

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.value is None and not self.note:
            raise InputError(f"'{self.key}' has no value; give one, or a note that says why not")
        if self.level is not None and self.interval is None:
            raise InputError(f"'{self.key}' has a level but no interval; give both or none")
        if self.interval is not None and not self.interval[0] <= self.interval[1]:
            raise InputError(f"the interval of '{self.key}' ends before it begins")
        return self

    def build(self) -> Statistic:
        found = _KEY.fullmatch(self.key)
        group = (found["variable"], found["level"]) if found and found["variable"] else None
        lower, upper = self.interval or (None, None)
        return Statistic(
            self.key, self.value, lower, upper, self.level, self.unit, self.place, group, self.note
        )


class _CountRow(_Part):
    level: _Text
    n: _Patients
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    note: str = ""


class _Counts(_Part):
    variable: _Text
    total: _Patients
    part_of: tuple[_Text, _Text] | None = None
    place: _Text
    note: str = ""
    rows: Annotated[tuple[_CountRow, ...], Field(min_length=1)]

    def build(self) -> list[Count]:
        return [
            Count(
                self.variable,
                row.level,
                row.n,
                self.total,
                row.percent,
                self.place,
                row.note or self.note,
                self.part_of,
            )
            for row in self.rows
        ]


class _ScheduleRow(_Part):
    text: _Text
    n: _Patients
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    note: str = ""

    @field_validator("text")
    @classmethod
    def _readable(cls, text: str) -> str:
        Schedule.parse(text)
        return text


class _Schedules(_Part):
    site: _Text
    place: _Text
    rows: Annotated[tuple[_ScheduleRow, ...], Field(min_length=1)]

    def build(self) -> list[PrintedSchedule]:
        return [
            PrintedSchedule(self.site, row.text, row.n, self.place, row.percent, row.note)
            for row in self.rows
        ]


class _BedGroup(_Part):
    alpha_beta: _Positive
    cutoff_gy: _Positive
    comparison: Literal[">=", ">"]
    n: _Patients
    place: _Text

    def build(self) -> BedGroup:
        return BedGroup(self.alpha_beta, self.cutoff_gy, self.comparison, self.n, self.place)


class _Comparison(_Part):
    endpoint: _Text
    grouping: _Text
    levels: Annotated[tuple[_Text, ...], Field(min_length=2)]
    chi_squared: Annotated[float, Field(ge=0)] | None = None
    df: Annotated[int, Field(ge=1)] | None = None
    p: _Probability | None = None
    place: _Text
    note: str = ""

    def build(self) -> Comparison:
        return Comparison(
            f"{self.endpoint}.logrank[{self.grouping}]",
            self.endpoint,
            self.grouping,
            self.levels,
            self.chi_squared,
            self.df,
            self.p,
            self.place,
            self.note,
        )


class _RiskRow(_Part):
    level: _Text
    at_risk: Annotated[tuple[_Patients, ...], Field(min_length=1)]


class _RiskTable(_Part):
    endpoint: _Text
    grouping: _Text
    times_months: tuple[_Number, ...] | None = None
    place: _Text
    rows: Annotated[tuple[_RiskRow, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for row in self.rows:
            if any(later > now for now, later in zip(row.at_risk, row.at_risk[1:], strict=False)):
                raise InputError(f"the numbers at risk of '{row.level}' rise; they can only fall")
            if self.times_months is not None and len(self.times_months) != len(row.at_risk):
                raise InputError(
                    f"'{row.level}' has {len(row.at_risk)} numbers at risk for "
                    f"{len(self.times_months)} times_months; give one a time"
                )
        return self

    def build(self) -> list[RiskTable]:
        return [
            RiskTable(
                self.endpoint,
                self.grouping,
                row.level,
                row.at_risk,
                self.times_months,
                self.place,
            )
            for row in self.rows
        ]


class _Source(_Part):
    id: _Text
    citation: _Text
    doi: str = ""
    licence: _Text
    attribution: _Text
    design: _Text
    population: _Text
    patients: Annotated[int, Field(ge=1)]
    statistics: tuple[_StatisticRow, ...] = ()
    counts: tuple[_Counts, ...] = ()
    schedules: tuple[_Schedules, ...] = ()
    bed_groups: tuple[_BedGroup, ...] = ()
    comparisons: tuple[_Comparison, ...] = ()
    risk_tables: tuple[_RiskTable, ...] = ()

    @field_validator("statistics")
    @classmethod
    def _keys_once(cls, statistics: tuple[_StatisticRow, ...]) -> tuple[_StatisticRow, ...]:
        seen: set[str] = set()
        for row in statistics:
            if row.key in seen:
                raise InputError(
                    f"'{row.key}' stands there twice; end one key with '@' and its place"
                )
            seen.add(row.key)
        return statistics

    @field_validator("counts")
    @classmethod
    def _parts_of_something(cls, counts: tuple[_Counts, ...]) -> tuple[_Counts, ...]:
        levels = {(part.variable, row.level) for part in counts for row in part.rows}
        for part in counts:
            if part.part_of is not None and part.part_of not in levels:
                raise InputError(
                    f"'{part.variable}' is part_of {list(part.part_of)}, which isn't counted; "
                    "give the variable and a level of another count"
                )
        return counts

    def build(self) -> Evidence:
        return Evidence(
            id=self.id,
            citation=self.citation,
            doi=self.doi,
            licence=self.licence,
            attribution=self.attribution,
            design=self.design,
            population=self.population,
            patients=self.patients,
            statistics=tuple(row.build() for row in self.statistics),
            counts=tuple(each for part in self.counts for each in part.build()),
            schedules=tuple(each for part in self.schedules for each in part.build()),
            bed_groups=tuple(part.build() for part in self.bed_groups),
            comparisons=tuple(part.build() for part in self.comparisons),
            risk_tables=tuple(each for part in self.risk_tables for each in part.build()),
        )
