"""The records of an evidence file as TOML has them: checked, then turned into plain nouns.

Each `build` also gets the same record with its decimals kept (`Raw`), so that "13.970" is known
to be printed with three.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from oligotrial.checks import InputError
from oligotrial.evidence.digits import written_decimals
from oligotrial.evidence.printed import (
    BedGroup,
    Comparison,
    Count,
    PrintedSchedule,
    Statistic,
)
from oligotrial.radiobiology import Schedule

__all__ = [
    "BedGroupRecord",
    "ComparisonRecord",
    "CountsRecord",
    "Number",
    "Patients",
    "Raw",
    "Record",
    "SchedulesRecord",
    "StatisticRecord",
    "Text",
    "once",
]

KEY = re.compile(
    r"[a-z0-9_]+(\.[a-z0-9_]+)*(\[(?P<variable>[a-z0-9_]+)=(?P<level>[^\]]+)\])?(@\w+)?"
)

type Raw = Mapping[str, Any]
"""A record as TOML has it, its numbers with a point as `Decimal`."""

# Strict: TOML has types of its own, and true is no number.
type Text = Annotated[str, Field(min_length=1, strict=True)]
type Note = Annotated[str, Field(strict=True)]
type Patients = Annotated[int, Field(ge=0, le=10**9, strict=True)]
type Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
type Percent = Annotated[float, Field(ge=0, le=100, strict=True)]
type Flag = Annotated[bool, Field(strict=True)]
type _Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
type _Unit = Literal[
    "days",
    "weeks",
    "months",
    "years",
    "patients",
    "lesions",
    "percent",
    "ratio",
    "probability",
    "Gy",
    "fractions",
    "number",
]


class Record(BaseModel):
    """A table of the file: keys that it doesn't know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StatisticRecord(Record):
    """A `Statistic`."""

    key: str
    value: Number | None = None
    interval: tuple[Number, Number] | None = None
    level: Annotated[float, Field(gt=0, lt=1, strict=True)] | None = None
    unit: _Unit
    place: Text
    note: Note = ""
    n: Patients | None = None
    missing: Patients | None = None
    whole: Flag = False
    restates: tuple[Text, ...] = ()

    @field_validator("key")
    @classmethod
    def _well_formed(cls, key: str) -> str:
        if not KEY.fullmatch(key):
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

    def build(self, raw: Raw) -> Statistic:
        """Return what it says."""
        found = KEY.fullmatch(self.key)
        group = (found["variable"], found["level"]) if found and found["variable"] else None
        lower, upper = self.interval or (None, None)
        numbers = (raw.get("value"), *(raw.get("interval") or (None, None)))
        value, low, high = map(written_decimals, numbers)
        return Statistic(
            self.key,
            self.value,
            lower,
            upper,
            self.level,
            self.unit,
            self.place,
            group,
            self.note,
            self.n,
            self.missing,
            self.whole,
            self.restates,
            (value, low, high),
        )


class _CountRow(Record):
    level: Text
    n: Patients
    percent: Percent | None = None
    note: Note = ""


class CountsRecord(Record):
    """The `Count`s of one variable."""

    variable: Text
    total: Patients
    part_of: tuple[Text, Text] | None = None
    place: Text
    note: Note = ""
    unit: Text = "patients"
    missing: Patients | None = None
    partial: Flag = False
    overlapping: Flag = False
    rows: Annotated[tuple[_CountRow, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _levels_once(self) -> Self:
        once([row.level for row in self.rows], f"level of '{self.variable}'")
        return self

    def build(self, raw: Raw) -> list[Count]:
        """Return what it says."""
        return [
            Count(
                self.variable,
                row.level,
                row.n,
                self.total,
                row.percent,
                self.place,
                "; ".join(filter(None, (row.note, self.note))),
                self.part_of,
                self.unit,
                self.missing,
                self.partial,
                self.overlapping,
                written_decimals(written.get("percent")),
            )
            for row, written in zip(self.rows, raw["rows"], strict=True)
        ]


class _ScheduleRow(Record):
    text: Text
    n: Patients
    percent: Percent | None = None
    note: Note = ""

    @field_validator("text")
    @classmethod
    def _readable(cls, text: str) -> str:
        Schedule.parse(text)
        return text


class SchedulesRecord(Record):
    """The `PrintedSchedule`s of one site."""

    site: Text
    place: Text
    rows: Annotated[tuple[_ScheduleRow, ...], Field(min_length=1)]

    def build(self, raw: Raw) -> list[PrintedSchedule]:
        """Return what it says."""
        return [
            PrintedSchedule(
                self.site,
                row.text,
                row.n,
                self.place,
                row.percent,
                row.note,
                written_decimals(written.get("percent")),
            )
            for row, written in zip(self.rows, raw["rows"], strict=True)
        ]


class BedGroupRecord(Record):
    """A `BedGroup`."""

    alpha_beta: _Positive
    cutoff_gy: _Positive
    comparison: Literal[">=", ">"]
    n: Patients
    place: Text

    def build(self) -> BedGroup:
        """Return what it says."""
        return BedGroup(self.alpha_beta, self.cutoff_gy, self.comparison, self.n, self.place)


class ComparisonRecord(Record):
    """A `Comparison`."""

    endpoint: Text
    grouping: Text
    levels: Annotated[tuple[Text, ...], Field(min_length=2)]
    chi_squared: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] | None = None
    df: Annotated[int, Field(ge=1, le=10**6, strict=True)] | None = None
    p: Annotated[float, Field(ge=0, le=1, strict=True)] | None = None
    place: Text
    note: Note = ""

    @model_validator(mode="after")
    def _levels_once(self) -> Self:
        once(self.levels, f"level of the comparison of '{self.grouping}'")
        return self

    def build(self, raw: Raw) -> Comparison:
        """Return what it says."""
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
            (written_decimals(raw.get("chi_squared")), written_decimals(raw.get("p"))),
        )


def once(names: Sequence[str], what: str) -> None:
    """Raise `InputError` at a name that stands there twice."""
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"the {what} '{name}' stands there twice; give each once")
