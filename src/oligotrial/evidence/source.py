"""A source of evidence as a TOML file, and the library that comes with the package."""

import calendar
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from oligotrial import toml
from oligotrial.checks import InputError, suggestion
from oligotrial.evidence.joint import OrderRecord, RestrictionRecord, check_joint
from oligotrial.evidence.printed import Count, Grouping, Span, Statistic
from oligotrial.evidence.published import Evidence
from oligotrial.evidence.records import (
    BedGroupRecord,
    ComparisonRecord,
    CountsRecord,
    Note,
    Number,
    Raw,
    Record,
    SchedulesRecord,
    StatisticRecord,
    Text,
)
from oligotrial.evidence.risk_record import RiskTableRecord, check_risk_tables
from oligotrial.evidence.studies import Study

__all__ = ["available", "load"]

_DATE = re.compile(r"(?P<year>[12]\d{3})-(?P<month>\d{2})(-(?P<day>\d{2}))?", re.ASCII)


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
        ends in ".toml" is a path). The documentation has a template with every kind of record.

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
        return _read(Path(source))
    if source not in available():
        raise InputError(
            f"the library has no source '{source}'{suggestion(source, available())}; "
            f"it has {', '.join(available())}, and other files are loaded by their path"
        )
    with as_file(files("oligotrial.evidence") / "library" / f"{source}.toml") as path:
        return _read(path)


def _read(path: Path) -> Evidence:
    try:
        source = toml.read(path, _Source)
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except RecursionError:
        raise InputError("is nested too deeply; write plain tables", where=str(path)) from None
    return source.build(raw)


class _Grouping(Record):
    name: Text
    variable: Text
    levels: Annotated[
        dict[Text, Annotated[tuple[Text, ...], Field(min_length=1)]], Field(min_length=1)
    ]
    place: Text

    def build(self) -> Grouping:
        return Grouping(self.name, self.variable, tuple(self.levels.items()), self.place)


class _Span(Record):
    key: Text
    start: Text
    end: Text
    place: Text

    @field_validator("start", "end")
    @classmethod
    def _a_date(cls, date: str) -> str:
        found = _DATE.fullmatch(date)
        if found is None or not _in_calendar(*found.group("year", "month", "day")):
            raise InputError(f'\'{date}\' is no date such as "2015-09" or "2015-09-14"')
        return date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end[: len(self.start)] < self.start[: len(self.end)]:
            raise InputError(f"{self.end} is before {self.start}; give start and end in order")
        return self

    def build(self) -> Span:
        return Span(self.key, self.start, self.end, self.place)


class _Study(Record):
    id: Annotated[str, Field(pattern="^[a-z0-9_]+$", strict=True)]
    citation: Text
    population: Text
    patients: Annotated[int, Field(ge=1, le=10**9, strict=True)]
    place: Text
    design: Note = ""
    note: Note = ""
    statistics: tuple[StatisticRecord, ...] = ()
    counts: tuple[CountsRecord, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _keys_once(self.statistics)
        _counted(self.counts, self.statistics)
        return self

    def build(self, raw: Raw) -> Study:
        return Study(
            self.id,
            self.citation,
            self.population,
            self.patients,
            self.place,
            self.design,
            self.note,
            _statistics(self.statistics, raw),
            _counts(self.counts, raw),
        )


class _Source(Record):
    id: Text
    citation: Text
    doi: Note = ""
    licence: Text
    attribution: Text
    design: Text
    population: Text
    patients: Annotated[int, Field(ge=1, le=10**9, strict=True)]
    statistics: tuple[StatisticRecord, ...] = ()
    counts: tuple[CountsRecord, ...] = ()
    schedules: tuple[SchedulesRecord, ...] = ()
    bed_groups: tuple[BedGroupRecord, ...] = ()
    comparisons: tuple[ComparisonRecord, ...] = ()
    risk_tables: tuple[RiskTableRecord, ...] = ()
    groupings: tuple[_Grouping, ...] = ()
    spans: tuple[_Span, ...] = ()
    origins: dict[Text, Text] = Field(default_factory=dict)
    references: dict[Text, Text] = Field(default_factory=dict)
    codes: dict[Text, dict[Text, Number]] = Field(default_factory=dict)
    rate_scale: Literal["log-log", "log", "plain"] | None = None
    median_scale: Literal["log-log", "log", "plain"] | None = None
    median_limits: Literal["band", "events"] | None = None
    orders: tuple[OrderRecord, ...] = ()
    restrictions: tuple[RestrictionRecord, ...] = ()
    studies: tuple[_Study, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _keys_once(self.statistics)
        _printed(self.origins, self.statistics)
        _compared(self.references, self.codes, self.statistics)
        _counted(self.counts, self.statistics)
        _grouped(self.groupings, self.counts)
        check_risk_tables(self.risk_tables)
        _timed(self.spans, self.statistics)
        levels = [(part.variable, row.level) for part in self.counts for row in part.rows]
        check_joint(self.orders, self.restrictions, [row.key for row in self.statistics], levels)
        _only_once((study.id for study in self.studies), "study")
        return self

    def build(self, raw: Raw) -> Evidence:
        return Evidence(
            id=self.id,
            citation=self.citation,
            doi=self.doi,
            licence=self.licence,
            attribution=self.attribution,
            design=self.design,
            population=self.population,
            patients=self.patients,
            statistics=_statistics(self.statistics, raw),
            counts=_counts(self.counts, raw),
            schedules=tuple(
                each
                for part, written in _paired(self.schedules, raw, "schedules")
                for each in part.build(written)
            ),
            bed_groups=tuple(part.build() for part in self.bed_groups),
            comparisons=tuple(
                part.build(written)
                for part, written in _paired(self.comparisons, raw, "comparisons")
            ),
            risk_tables=tuple(each for part in self.risk_tables for each in part.build()),
            studies=tuple(
                part.build(written) for part, written in _paired(self.studies, raw, "studies")
            ),
            groupings=tuple(part.build() for part in self.groupings),
            spans=tuple(part.build() for part in self.spans),
            origins=self.origins,
            references=self.references,
            codes=self.codes,
            rate_scale=self.rate_scale or "",
            median_scale=self.median_scale or "",
            median_limits=self.median_limits or "",
            orders=tuple(part.build() for part in self.orders),
            restrictions=tuple(part.build() for part in self.restrictions),
        )


def _printed(origins: Mapping[str, str], statistics: Sequence[StatisticRecord]) -> None:
    names = sorted({each.key.partition(".")[0] for each in statistics})
    for endpoint in origins:
        if endpoint not in names:
            raise ValueError(
                f"origins names '{endpoint}'{suggestion(endpoint, names)}, of which no statistic "
                f"is printed; keys begin with {', '.join(names)}"
            )


def _compared(
    references: Mapping[str, str],
    codes: Mapping[str, Mapping[str, float]],
    statistics: Sequence[StatisticRecord],
) -> None:
    """Refuse what is said of covariates that aren't there, twice, or of levels all the same."""
    ends = [row.key.partition("[covariate=")[2].partition("]")[0] for row in statistics]
    names = sorted({name for name in ends if name})
    for key, covariates in (("references", references), ("codes", codes)):
        for covariate in covariates:
            if covariate not in names:
                raise InputError(
                    f"{key} names '{covariate}'{suggestion(covariate, names)}, of which no hazard "
                    f"ratio is printed; there are {', '.join(names) or 'none'}"
                )
    for covariate, of in codes.items():
        if covariate in references:
            raise InputError(
                f"'{covariate}' has codes and a reference; leave out the reference, which follows"
            )
        if len(set(of.values())) < 2:
            raise InputError(
                f"codes of '{covariate}' are all the same; give each level the number it was "
                "entered as"
            )


def _in_calendar(year: str, month: str, day: str | None) -> bool:
    if not 1 <= int(month) <= 12:
        return False
    return day is None or 1 <= int(day) <= calendar.monthrange(int(year), int(month))[1]


def _paired[R: Record](records: Sequence[R], raw: Raw, name: str) -> Iterator[tuple[R, Raw]]:
    """Pair each record with the same one as its decimals are written."""
    return zip(records, raw.get(name, ()), strict=True)


def _statistics(records: Sequence[StatisticRecord], raw: Raw) -> tuple[Statistic, ...]:
    return tuple(row.build(written) for row, written in _paired(records, raw, "statistics"))


def _counts(records: Sequence[CountsRecord], raw: Raw) -> tuple[Count, ...]:
    pairs = _paired(records, raw, "counts")
    return tuple(each for part, written in pairs for each in part.build(written))


def _only_once(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"the {what} '{name}' stands there twice; give each once")
        seen.add(name)


def _keys_once(statistics: Sequence[StatisticRecord]) -> None:
    seen: set[str] = set()
    for row in statistics:
        if row.key in seen:
            raise InputError(f"'{row.key}' stands there twice; end one key with '@' and its place")
        seen.add(row.key)


def _counted(counts: Sequence[CountsRecord], statistics: Sequence[StatisticRecord]) -> None:
    """Refuse a part of something, or a restatement, that isn't there."""
    _only_once((part.variable for part in counts), "count of")
    levels = {(part.variable, row.level) for part in counts for row in part.rows}
    for part in counts:
        if part.part_of is not None and part.part_of not in levels:
            raise InputError(
                f"'{part.variable}' is part_of {list(part.part_of)}, which isn't counted; "
                "give the variable and a level of another count"
            )
    known = {f"{variable}={level}" for variable, level in levels}
    known |= {row.key for row in statistics}
    for row in statistics:
        for name in row.restates:
            if name not in known or name == row.key:
                raise InputError(
                    f"'{row.key}' restates '{name}', which isn't there{suggestion(name, known)}; "
                    "give a count as variable=level, or another key"
                )


def _grouped(groupings: Sequence[_Grouping], counts: Sequence[CountsRecord]) -> None:
    _only_once((each.name for each in groupings), "grouping")
    levels = {part.variable: [row.level for row in part.rows] for part in counts}
    for each in groupings:
        if each.variable not in levels:
            raise InputError(
                f"the grouping '{each.name}' follows from '{each.variable}', which isn't counted"
                f"{suggestion(each.variable, levels)}; give a variable of counts"
            )
        _only_once((level for held in each.levels.values() for level in held), "level")
        for level in (level for held in each.levels.values() for level in held):
            if level not in levels[each.variable]:
                raise InputError(
                    f"the grouping '{each.name}' holds '{level}', which is no level of "
                    f"'{each.variable}'{suggestion(level, levels[each.variable])}"
                )


def _timed(spans: Sequence[_Span], statistics: Sequence[StatisticRecord]) -> None:
    keys = [row.key for row in statistics]
    for each in spans:
        if each.key not in keys:
            raise InputError(
                f"the span of '{each.key}' is of no statistic{suggestion(each.key, keys)}; "
                "give a key of statistics"
            )
