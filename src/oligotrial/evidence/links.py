"""What the records of an evidence file say of each other: groupings, dates, restatements, codes."""

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from oligotrial.checks import InputError, suggestion
from oligotrial.evidence.printed import Grouping, Span
from oligotrial.evidence.records import CountsRecord, Record, StatisticRecord, Text

__all__ = [
    "GroupingRecord",
    "SpanRecord",
    "check_counts",
    "check_covariates",
    "check_groupings",
    "check_spans",
    "keys_once",
    "only_once",
]

_DATE = re.compile(r"(?P<year>[12]\d{3})-(?P<month>\d{2})(-(?P<day>\d{2}))?", re.ASCII)


class GroupingRecord(Record):
    """A `Grouping`: levels of a variable, taken together."""

    name: Text
    variable: Text
    levels: Annotated[
        dict[Text, Annotated[tuple[Text, ...], Field(min_length=1)]], Field(min_length=1)
    ]
    place: Text

    def build(self) -> Grouping:
        """Return what it says."""
        return Grouping(self.name, self.variable, tuple(self.levels.items()), self.place)


class SpanRecord(Record):
    """A `Span`: the dates between which a printed duration lies."""

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
        """Return what it says."""
        return Span(self.key, self.start, self.end, self.place)


def check_covariates(
    references: Mapping[str, str],
    codes: Mapping[str, Mapping[str, float]],
    statistics: Sequence[StatisticRecord],
) -> None:
    """Refuse what is said of covariates that aren't there, twice, or of levels all the same.

    Parameters
    ----------
    references : mapping of str to str
        By covariate, the level that ratios are against.
    codes : mapping of str to mapping
        By covariate, the number of each level.
    statistics : sequence of StatisticRecord
        Those of a file.

    Raises
    ------
    InputError
        Naming the covariate.
    """
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


def only_once(names: Iterable[str], what: str) -> None:
    """Refuse a name that stands there twice.

    Parameters
    ----------
    names : iterable of str
        In the order of the file.
    what : str
        What they name.

    Raises
    ------
    InputError
        Naming it.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"the {what} '{name}' stands there twice; give each once")
        seen.add(name)


def keys_once(statistics: Sequence[StatisticRecord]) -> None:
    """Refuse a key that stands there twice.

    Parameters
    ----------
    statistics : sequence of StatisticRecord
        Those of a file.

    Raises
    ------
    InputError
        Naming it.
    """
    seen: set[str] = set()
    for row in statistics:
        if row.key in seen:
            raise InputError(f"'{row.key}' stands there twice; end one key with '@' and its place")
        seen.add(row.key)


def check_counts(counts: Sequence[CountsRecord], statistics: Sequence[StatisticRecord]) -> None:
    """Refuse a part of something, or a restatement, that isn't there.

    Parameters
    ----------
    counts : sequence of CountsRecord
        Those of a file.
    statistics : sequence of StatisticRecord
        Those of a file.

    Raises
    ------
    InputError
        Naming both.
    """
    only_once((part.variable for part in counts), "count of")
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


def check_groupings(groupings: Sequence[GroupingRecord], counts: Sequence[CountsRecord]) -> None:
    """Refuse groupings of what isn't counted.

    Parameters
    ----------
    groupings : sequence of GroupingRecord
        Those of a file.
    counts : sequence of CountsRecord
        Those of a file.

    Raises
    ------
    InputError
        Naming the grouping and what it lacks.
    """
    only_once((each.name for each in groupings), "grouping")
    levels = {part.variable: [row.level for row in part.rows] for part in counts}
    for each in groupings:
        if each.variable not in levels:
            raise InputError(
                f"the grouping '{each.name}' follows from '{each.variable}', which isn't counted"
                f"{suggestion(each.variable, levels)}; give a variable of counts"
            )
        only_once((level for held in each.levels.values() for level in held), "level")
        for level in (level for held in each.levels.values() for level in held):
            if level not in levels[each.variable]:
                raise InputError(
                    f"the grouping '{each.name}' holds '{level}', which is no level of "
                    f"'{each.variable}'{suggestion(level, levels[each.variable])}"
                )


def check_spans(spans: Sequence[SpanRecord], statistics: Sequence[StatisticRecord]) -> None:
    """Refuse dates of what is no statistic.

    Parameters
    ----------
    spans : sequence of SpanRecord
        Those of a file.
    statistics : sequence of StatisticRecord
        Those of a file.

    Raises
    ------
    InputError
        Naming the key.
    """
    keys = [row.key for row in statistics]
    for each in spans:
        if each.key not in keys:
            raise InputError(
                f"the span of '{each.key}' is of no statistic{suggestion(each.key, keys)}; "
                "give a key of statistics"
            )


def _in_calendar(year: str, month: str, day: str | None) -> bool:
    if not 1 <= int(month) <= 12:
        return False
    return day is None or 1 <= int(day) <= calendar.monthrange(int(year), int(month))[1]
