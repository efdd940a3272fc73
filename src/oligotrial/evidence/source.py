"""A source of evidence as a TOML file, and the library that comes with the package."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oligotrial import toml
from oligotrial.checks import InputError, suggestion
from oligotrial.evidence.joint import OrderRecord, RestrictionRecord, check_joint
from oligotrial.evidence.links import (
    GroupingRecord,
    SpanRecord,
    check_counts,
    check_covariates,
    check_groupings,
    check_spans,
    keys_once,
    only_once,
)
from oligotrial.evidence.printed import Count, Statistic
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
        keys_once(self.statistics)
        check_counts(self.counts, self.statistics)
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
    groupings: tuple[GroupingRecord, ...] = ()
    spans: tuple[SpanRecord, ...] = ()
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
        keys_once(self.statistics)
        _printed(self.origins, self.statistics)
        check_covariates(self.references, self.codes, self.statistics)
        check_counts(self.counts, self.statistics)
        check_groupings(self.groupings, self.counts)
        check_risk_tables(self.risk_tables)
        check_spans(self.spans, self.statistics)
        levels = [(part.variable, row.level) for part in self.counts for row in part.rows]
        check_joint(self.orders, self.restrictions, [row.key for row in self.statistics], levels)
        only_once((study.id for study in self.studies), "study")
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


def _paired[R: Record](records: Sequence[R], raw: Raw, name: str) -> Iterator[tuple[R, Raw]]:
    """Pair each record with the same one as its decimals are written."""
    return zip(records, raw.get(name, ()), strict=True)


def _statistics(records: Sequence[StatisticRecord], raw: Raw) -> tuple[Statistic, ...]:
    return tuple(row.build(written) for row, written in _paired(records, raw, "statistics"))


def _counts(records: Sequence[CountsRecord], raw: Raw) -> tuple[Count, ...]:
    pairs = _paired(records, raw, "counts")
    return tuple(each for part, written in pairs for each in part.build(written))
