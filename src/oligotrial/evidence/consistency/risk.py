"""Medians and proportions against numbers at risk, whose times may be unknown.

With Y of n patients at risk at a time, survival just before it is at least Y / n: it would be
Y / n if all who left had had the event. And nobody has an event from a time on at which nobody
is at risk.
"""

from collections.abc import Iterator
from math import inf
from typing import Final

from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import PARTS, Reading, tail
from oligotrial.evidence.digits import Print
from oligotrial.evidence.printed import RiskTable, Statistic

__all__ = ["medians_at_risk", "rates_at_risk", "tick_spacing", "whole_tables"]

_PLACES: Final = 1e-9


def medians_at_risk(reading: Reading) -> Iterator[Finding]:
    """Check each group's median and limits against its numbers at risk at known times."""
    for table in _tables(reading):
        median = _median(reading, table)
        if median is None or table.times_months is None or not table.at_risk[0]:
            continue
        least, before = _least(table), _before(table)
        value = reading.number(median)
        limits = [reading.number(median, part) for part in PARTS] if median.level else [value]
        last = value.either[1] if value else inf
        finite = [each for each in limits if each is not None]
        good = last >= least - _PLACES and all(each.rounded[0] < before for each in finite)
        words = f"more than half of {table.at_risk[0]} are at risk at {least:g} months"
        words += f" and nobody at {before:g}" if before < inf else ""
        yield Finding(
            "a median against numbers at risk",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            median.key,
            " ".join(map(str, finite)) or "not reached",
            median.place,
            f"from {least:g} to {before:g} months",
            table.place,
            words,
        )


def rates_at_risk(reading: Reading) -> Iterator[Finding]:
    """Check each proportion against the share still at risk at a later time."""
    for table in _tables(reading):
        if table.times_months is None or not table.at_risk[0]:
            continue
        for rate in reading.rates():
            printed = reading.number(rate.statistic)
            if printed is None or rate.statistic.unit == "patients":
                continue
            if rate.endpoint != table.endpoint or not _same_group(rate.statistic, table):
                continue
            later = [
                (number / table.at_risk[0], time)
                for time, number in zip(table.times_months, table.at_risk, strict=True)
                if time > rate.months + _PLACES
            ]
            share, time = max(later, default=(0.0, inf))
            good = printed.either[1] >= share - _PLACES
            yield Finding(
                "a proportion against numbers at risk",
                Severity.CONSISTENT if good else Severity.CONTRADICTION,
                rate.statistic.key,
                str(printed),
                rate.statistic.place,
                f"at least {100 * share:.1f}%",
                table.place,
                f"{100 * share:.1f}% are still at risk at {time:g} months, so that at least as "
                f"many are free of the event at {rate.months:.4g}",
            )


def whole_tables(reading: Reading) -> list[RiskTable]:
    """Return the numbers at risk of all patients: printed, or the sums over a figure's groups.

    Parameters
    ----------
    reading : Reading
        The source.

    Returns
    -------
    list of RiskTable
        Those that are printed, and one for each figure of known times whose groups hold all
        patients; its grouping is "".
    """
    figures: dict[tuple[str, str], list[RiskTable]] = {}
    found = [table for table in reading.evidence.risk_tables if table.of_all]
    for table in _of_groups(reading):
        figures.setdefault((table.endpoint, table.grouping), []).append(table)
    for (endpoint, _), tables in figures.items():
        times = {table.times_months for table in tables}
        lengths = {len(table.at_risk) for table in tables}
        everybody = sum(table.at_risk[0] for table in tables) == reading.evidence.patients
        if everybody and len(times) == len(lengths) == 1 and None not in times:
            at_risk = tuple(map(sum, zip(*(table.at_risk for table in tables), strict=True)))
            first = tables[0]
            found.append(RiskTable(endpoint, "", "", at_risk, first.times_months, first.place))
    return found


def tick_spacing(reading: Reading) -> Iterator[Finding]:
    """Check whether some even spacing of unprinted ticks fits the medians of a figure."""
    figures: dict[tuple[str, str], list[RiskTable]] = {}
    for table in reading.evidence.risk_tables:
        if table.times_months is None:
            figures.setdefault((table.endpoint, table.grouping), []).append(table)
    for (_, grouping), tables in figures.items():
        known = [(table, median) for table in tables if (median := _median(reading, table))]
        if not known:
            continue
        above = max(_spaced_above(reading, table, median) for table, median in known)
        below = min(_spaced_below(reading, table, median) for table, median in known)
        good = above < below + _PLACES
        words = f"events at printed times need ticks over {above:.4g} months apart"
        if below < inf:
            words += f"; more than half at risk need ticks of at most {below:.4g} months"
        yield Finding(
            "the spacing of unprinted ticks",
            Severity.CONSISTENT if good else Severity.STRAIN,
            f"risk table of {grouping or 'all patients'}",
            ", ".join(median.key for _, median in known),
            known[0][1].place,
            f"over {above:.4g}" + (f", at most {below:.4g}" if below < inf else "") + " months",
            tables[0].place,
            words + ("" if good else ": no even spacing does both"),
        )


def _median(reading: Reading, table: RiskTable) -> Statistic | None:
    return reading.by_key.get(f"{table.endpoint}.median{table.tail}")


def _same_group(statistic: Statistic, table: RiskTable) -> bool:
    return tail(statistic) == table.tail


def _of_groups(reading: Reading) -> list[RiskTable]:
    return [table for table in reading.evidence.risk_tables if not table.of_all]


def _tables(reading: Reading) -> list[RiskTable]:
    """Return the numbers at risk of each group and of all patients."""
    return [*_of_groups(reading), *whole_tables(reading)]


def _least(table: RiskTable) -> float:
    """Return the last time at which over half of the group is at risk."""
    times = table.times_months or ()
    pairs = zip(times, table.at_risk, strict=True)
    return max((time for time, at_risk in pairs if 2 * at_risk > table.at_risk[0]), default=0.0)


def _before(table: RiskTable) -> float:
    """Return the first time at which nobody is at risk."""
    pairs = zip(table.times_months or (), table.at_risk, strict=True)
    return min((time for time, at_risk in pairs if at_risk == 0), default=inf)


def _spaced_above(reading: Reading, table: RiskTable, median: Statistic) -> float:
    """Return the spacing that the last printed event time needs: nobody is at risk at tick k."""
    parts = PARTS if median.level else PARTS[:1]
    printed: list[Print | None] = [reading.number(median, part) for part in parts]
    last = max((each.rounded[0] for each in printed if each), default=0.0)
    empty = [tick for tick, at_risk in enumerate(table.at_risk) if at_risk == 0 and tick > 0]
    return last / empty[0] if empty else 0.0


def _spaced_below(reading: Reading, table: RiskTable, median: Statistic) -> float:
    """Return the most that ticks can be apart: the median isn't before over half are at risk."""
    value = reading.number(median)
    ticks = [tick for tick, n in enumerate(table.at_risk) if 2 * n > table.at_risk[0] and tick]
    return value.either[1] / ticks[-1] if value and ticks else inf
