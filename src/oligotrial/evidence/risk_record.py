"""The numbers at risk below a figure as an evidence file has them."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from oligotrial.checks import InputError
from oligotrial.evidence.printed import RiskTable
from oligotrial.evidence.records import Number, Patients, Record, Text, once

__all__ = ["RiskTableRecord", "check_risk_tables"]

_ALL = "all patients"


class _RiskRow(Record):
    level: Text | None = None
    at_risk: Annotated[tuple[Patients, ...], Field(min_length=1)]


class RiskTableRecord(Record):
    """The `RiskTable`s below one figure: a row a group, or one row of all patients."""

    endpoint: Text
    grouping: Text | None = None
    times_months: tuple[Annotated[Number, Field(ge=0)], ...] | None = None
    place: Text
    rows: Annotated[tuple[_RiskRow, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _grouped(self.grouping, [row.level for row in self.rows])
        times = self.times_months or ()
        if any(later <= now for now, later in pairwise(times)):
            raise InputError(f"times_months {list(times)} don't rise; give them in order")
        for row in self.rows:
            who = f"'{row.level}'" if row.level else _ALL
            if any(later > now for now, later in pairwise(row.at_risk)):
                raise InputError(f"the numbers at risk of {who} rise; they can only fall")
            if self.times_months is not None and len(times) != len(row.at_risk):
                raise InputError(
                    f"the row of {who} has {len(row.at_risk)} numbers at risk for "
                    f"{len(times)} times_months; give one a time"
                )
        return self

    def build(self) -> list[RiskTable]:
        """Return what it says."""
        return [
            RiskTable(
                self.endpoint,
                self.grouping or "",
                row.level or "",
                row.at_risk,
                self.times_months,
                self.place,
            )
            for row in self.rows
        ]


def check_risk_tables(records: Iterable[RiskTableRecord]) -> None:
    """Raise `InputError` where a group's numbers at risk of one endpoint are given twice.

    Parameters
    ----------
    records : iterable of RiskTableRecord
        Those of a file.

    Raises
    ------
    InputError
        Naming endpoint and group.
    """
    seen: set[tuple[str, str, str]] = set()
    for table in (table for record in records for table in record.build()):
        key = table.endpoint, table.grouping, table.level
        if key in seen:
            who = _ALL if table.of_all else f"{table.grouping} '{table.level}'"
            raise InputError(
                f"the numbers at risk of {who} for '{table.endpoint}' stand there twice; put their "
                "ticks into one row"
            )
        seen.add(key)


def _grouped(grouping: str | None, levels: list[str | None]) -> None:
    """Refuse rows of groups without a grouping, and rows of a grouping that name no group."""
    named = [level for level in levels if level is not None]
    if grouping is None:
        if named:
            raise InputError(
                f"the row of '{named[0]}' is of a group, but the risk table has no grouping; give "
                "the grouping, or leave out the level where the row is of all patients"
            )
        if len(levels) > 1:
            raise InputError(
                f"{len(levels)} rows are of all patients, and there can be one; give the risk "
                "table a grouping and each row its level"
            )
    elif len(named) < len(levels):
        raise InputError(
            f"a row of the risk table by '{grouping}' has no level; give it the one that its "
            "numbers are of, or leave out the grouping where they are of all patients"
        )
    once(named, f"level of the risk table of '{grouping}'")
