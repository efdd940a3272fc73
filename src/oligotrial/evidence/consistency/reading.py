"""A source as the checks read it: numbers by key, sizes of groups, times in months."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from oligotrial.evidence.digits import Print, decimals_of
from oligotrial.evidence.printed import Comparison, Count, Grouping, Statistic
from oligotrial.evidence.published import Evidence
from oligotrial.units import MONTHS_PER

__all__ = ["PARTS", "Part", "Rate", "Reading", "groupless", "groups_of", "tail"]

type Part = Literal["value", "lower", "upper"]

PARTS: Final[tuple[Part, ...]] = ("value", "lower", "upper")

_RATE: Final = re.compile(
    r"(?P<endpoint>[a-z0-9_.]+)\.(?P<time>\d+(_\d+)?)_(?P<unit>day|week|month|year)s?"
)


@dataclass(frozen=True)
class Rate:
    """A proportion at a time.

    Parameters
    ----------
    endpoint : str
        Whose.
    months : float
        When.
    statistic : Statistic
        The number.
    """

    endpoint: str
    months: float
    statistic: Statistic


class Reading:
    """A source with its numbers at hand.

    Parameters
    ----------
    evidence : Evidence
        The source.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    @cached_property
    def by_key(self) -> dict[str, Statistic]:
        """Statistics by key."""
        return {each.key: each for each in self.evidence.statistics}

    @cached_property
    def counts(self) -> dict[tuple[str, str], Count]:
        """Counts by variable and level."""
        return {(each.variable, each.level): each for each in self.evidence.counts}

    @cached_property
    def variables(self) -> dict[str, list[Count]]:
        """Counts of each variable."""
        found: dict[str, list[Count]] = {}
        for each in self.evidence.counts:
            found.setdefault(each.variable, []).append(each)
        return found

    @cached_property
    def groupings(self) -> dict[str, Grouping]:
        """Groupings by name."""
        return {each.name: each for each in self.evidence.groupings}

    def main(self) -> Iterator[Statistic]:
        """Yield the statistics without their versions from other places."""
        return (each for each in self.evidence.statistics if "@" not in each.key)

    def comparison(self, grouping: str) -> Comparison | None:
        """Return the test of a grouping, if there is one."""
        found = (each for each in self.evidence.comparisons if each.grouping == grouping)
        return next(found, None)

    def number(self, statistic: Statistic, part: Part = "value") -> Print | None:
        """Return a number of a statistic as printed, in months where it is a time."""
        scale = MONTHS_PER.get(statistic.unit, 0.01 if statistic.unit == "percent" else 1.0)
        return self._print(statistic, part, scale)

    def as_printed(self, statistic: Statistic, part: Part = "value") -> Print | None:
        """Return a number of a statistic in its own unit, in which whole numbers are whole."""
        return self._print(statistic, part, 1.0)

    def _print(self, statistic: Statistic, part: Part, scale: float) -> Print | None:
        value = {"value": statistic.value, "lower": statistic.lower, "upper": statistic.upper}[part]
        if value is None:
            return None
        if statistic.decimals is None:
            return Print(value, decimals_of(value), scale)
        return Print(value, statistic.decimals[PARTS.index(part)], scale)

    def size(self, variable: str, level: str) -> int | None:
        """Return how many patients a group has, from the counts alone; None if not printed."""
        if (variable, level) in self.counts:
            count = self.counts[variable, level]
            return count.n if count.unit == "patients" else None
        if variable in self.groupings:
            return self._merged(self.groupings[variable], level)
        for group in self.evidence.bed_groups:
            if group.grouping == variable:
                at_least, below = group.n, self.evidence.patients - group.n
                return {"at least": at_least, "above": at_least, "below": below}.get(level)
        return None

    def patients(self, statistic: Statistic) -> int | None:
        """Return how many patients a statistic is about; None where that isn't printed."""
        if statistic.n is not None:
            return statistic.n
        if statistic.group is None:
            return self.evidence.patients
        known = self.size(*statistic.group)
        return self._at_start(*statistic.group) if known is None else known

    def rates(self) -> list[Rate]:
        """Return the statistics that are proportions, or counts, at a time."""
        found = []
        for each in self.main():
            name = groupless(each)
            if (match := _RATE.fullmatch(name)) and each.value is not None:
                time = float(match["time"].replace("_", "."))
                months = time * MONTHS_PER[f"{match['unit']}s"]
                found.append(Rate(match["endpoint"], months, each))
        return found

    def medians(self, endpoint: str, variable: str) -> dict[str, Statistic]:
        """Return the median of each level of a variable."""
        return {
            each.group[1]: each
            for each in self.main()
            if each.group and each.group[0] == variable and groupless(each) == f"{endpoint}.median"
        }

    def _merged(self, grouping: Grouping, level: str) -> int | None:
        held = dict(grouping.levels).get(level)
        sizes = [self.size(grouping.variable, each) for each in held or ()]
        known = [each for each in sizes if each is not None]
        return sum(known) if held and len(known) == len(sizes) else None

    def _at_start(self, variable: str, level: str) -> int | None:
        for table in self.evidence.risk_tables:
            if (table.grouping, table.level) == (variable, level):
                return table.at_risk[0]
        return None


def groupless(statistic: Statistic) -> str:
    """Return a statistic's key without subgroup and place."""
    return statistic.base.partition("[")[0]


def tail(statistic: Statistic) -> str:
    """Return the subgroup of a statistic as its key has it, "" for all patients."""
    return statistic.base[len(groupless(statistic)) :]


def groups_of(reading: Reading, variable: str) -> tuple[str, ...]:
    """Return the levels of a variable as the source compares or counts them."""
    if found := reading.comparison(variable):
        return found.levels
    if variable in reading.groupings:
        return tuple(level for level, _ in reading.groupings[variable].levels)
    return tuple(each.level for each in reading.variables.get(variable, ()))
