"""Counts against totals, percentages, subgroups, schedules and numbers at risk."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from oligotrial.evidence.consistency.finding import Finding, Severity, judge
from oligotrial.evidence.consistency.reading import Reading
from oligotrial.evidence.digits import Print, decimals_of
from oligotrial.evidence.printed import Count, RiskTable, Statistic

__all__ = [
    "missing",
    "numbers_at_risk",
    "parts",
    "percentages",
    "restatements",
    "schedules",
    "tables_at_risk",
    "totals",
]

ADJUSTED: Final = 0.5
"""Percentage points by which papers bend a percentage so that a column adds up to 100."""


def percentages(reading: Reading) -> Iterator[Finding]:
    """Check each printed percentage against its count and total."""
    for each in reading.evidence.counts:
        if each.percent is not None and each.total:
            yield _percentage(
                f"{each.variable}={each.level}",
                _percent(each.percent, each.decimals),
                (each.n, each.total),
                (each.place, each.place),
            )
    for schedule in reading.evidence.schedules:
        total = sum(row.n for row in reading.evidence.schedules if row.site == schedule.site)
        if schedule.percent is not None and total:
            yield _percentage(
                f"schedule {schedule.site}: {schedule.text}",
                _percent(schedule.percent, schedule.decimals),
                (schedule.n, total),
                (schedule.place, schedule.place),
            )
    for statistic in reading.evidence.statistics:
        counted = reading.by_key.get(statistic.base.removesuffix("_percent"))
        if _is_percent_of(statistic, counted) and counted and counted.value is not None:
            total = statistic.n or reading.patients(counted) or 0
            printed = reading.number(statistic)
            if printed and total and counted.value <= total:
                yield _percentage(
                    statistic.key,
                    Print(printed.value, printed.decimals),
                    (counted.value, total),
                    (statistic.place, counted.place),
                )


def restatements(reading: Reading) -> Iterator[Finding]:
    """Check each number that says others again against their sum."""
    for each in reading.evidence.statistics:
        printed = reading.number(each)
        found = [count for name in each.restates if (count := _count(reading, name))]
        if printed is None or not found or len(found) < len(each.restates):
            yield from _sum_of_keys(reading, each)
            continue
        n, total = sum(count.n for count in found), found[0].total
        places = (each.place, found[0].place)
        if each.unit == "percent" and total:
            yield _percentage(each.key, Print(printed.value, printed.decimals), (n, total), places)
        elif each.unit != "percent":
            yield _exact("a number said again", each.key, (printed.value, n), places)


def totals(reading: Reading) -> Iterator[Finding]:
    """Check the levels of each variable against their total, and the total against all."""
    for variable, rows in reading.variables.items():
        first, added = rows[0], sum(row.n for row in rows)
        if first.overlapping:
            good, added = all(row.n <= row.total for row in rows), max(row.n for row in rows)
        else:
            good = added <= first.total if first.partial else added == first.total
        words = " + ".join(str(row.n) for row in rows)
        hint = "" if good or added > first.total else "; say partial if only some are printed"
        yield Finding(
            "counts against their total",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            variable,
            f"{added}",
            first.place,
            f"{first.total}",
            first.place,
            f"{words} = {sum(row.n for row in rows)} of {first.total} {first.unit}{hint}",
        )
        if first.unit == "patients" and first.total > reading.evidence.patients:
            yield _exact(
                "a total against all patients",
                variable,
                (first.total, reading.evidence.patients),
                (first.place, "patients of the source"),
            )


def missing(reading: Reading) -> Iterator[Finding]:
    """Check known plus missing against all patients."""
    everybody = reading.evidence.patients
    known = {
        variable: (rows[0].total, rows[0].missing, rows[0].place)
        for variable, rows in reading.variables.items()
        if rows[0].unit == "patients" and rows[0].part_of is None
    }
    # With a part the total is still the variable's denominator where something is missing.
    for variable, rows in reading.variables.items():
        if rows[0].missing is not None:
            known[variable] = (rows[0].total, rows[0].missing, rows[0].place)
    for each in reading.evidence.statistics:
        if each.n is not None and each.group is None:
            known[each.key] = (each.n, each.missing, each.place)
    for subject, (n, absent, place) in known.items():
        if absent is not None:
            good = n + absent == everybody
            yield Finding(
                "known and missing against all patients",
                Severity.CONSISTENT if good else Severity.CONTRADICTION,
                subject,
                f"{n} + {absent}",
                place,
                f"{everybody}",
                "patients of the source",
                f"{n} known and {absent} missing are {n + absent} of {everybody} patients",
            )


def parts(reading: Reading) -> Iterator[Finding]:
    """Check what divides a subgroup against the subgroup's count."""
    for variable, rows in reading.variables.items():
        whole = rows[0].part_of
        if whole is None or whole not in reading.counts:
            continue
        count, added = reading.counts[whole], sum(row.n for row in rows)
        good = added == count.n or (rows[0].partial and added < count.n) or rows[0].overlapping
        words = " + ".join(str(row.n) for row in rows)
        yield Finding(
            "parts of a subgroup",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            f"{variable} within {whole[0]}={whole[1]}",
            f"{added}",
            rows[0].place,
            f"{count.n}",
            count.place,
            f"{words} = {added}, but {count.n} have {whole[0]}={whole[1]}",
        )


def schedules(reading: Reading) -> Iterator[Finding]:
    """Check the schedules of each site against its patients."""
    for site in dict.fromkeys(each.site for each in reading.evidence.schedules):
        rows = [each for each in reading.evidence.schedules if each.site == site]
        if patients := reading.counts.get(("site", site)):
            yield _exact(
                "schedules of a site",
                f"site={site}",
                (sum(row.n for row in rows), patients.n),
                (rows[0].place, patients.place),
            )


def numbers_at_risk(reading: Reading) -> Iterator[Finding]:
    """Check the numbers at risk at the start against the patients and the groups."""
    for tables in _figures(reading):
        first, start = tables[0], sum(table.at_risk[0] for table in tables)
        everybody = reading.evidence.patients
        severity = {True: Severity.CONTRADICTION, False: Severity.STRAIN}[start > everybody]
        words = " + ".join(str(table.at_risk[0]) for table in tables)
        yield Finding(
            "patients at risk at the start",
            Severity.CONSISTENT if start == everybody else severity,
            first.grouping,
            f"{start}",
            first.place,
            f"{everybody}",
            "patients of the source",
            f"{words} = {start} at risk at the start, {everybody} patients",
        )
        for table in tables:
            size = reading.size(table.grouping, table.level)
            if size is not None:
                subject = f"{table.grouping}={table.level}"
                places = table.place, _counted_at(reading, table)
                numbers = table.at_risk[0], size
                yield _exact("patients at risk of a group", subject, numbers, places)


def tables_at_risk(reading: Reading) -> Iterator[Finding]:
    """Check that two figures of one endpoint have as many patients at risk at each tick."""
    for one, other in combinations(_figures(reading), 2):
        first, second = one[0], other[0]
        if (first.endpoint, first.times_months) != (second.endpoint, second.times_months):
            continue
        sums = [[sum(tick) for tick in zip(*(t.at_risk for t in tables), strict=False)]
                for tables in (one, other)]  # fmt: skip
        if sums[0][0] != sums[1][0] or len(sums[0]) != len(sums[1]):
            continue
        bad = Severity.STRAIN if first.times_months is None else Severity.CONTRADICTION
        unknown = ", unless the axes differ" if bad is Severity.STRAIN else ""
        yield Finding(
            "numbers at risk of two figures",
            Severity.CONSISTENT if sums[0] == sums[1] else bad,
            f"{first.grouping} and {second.grouping}",
            " ".join(map(str, sums[0])),
            first.place,
            " ".join(map(str, sums[1])),
            second.place,
            f"the same {sums[0][0]} patients are at risk at each tick, added over groups{unknown}",
        )


def _count(reading: Reading, name: str) -> Count | None:
    variable, _, level = name.partition("=")
    return reading.counts.get((variable, level))


def _sum_of_keys(reading: Reading, each: Statistic) -> Iterator[Finding]:
    """Check a number against the sum of other statistics that it restates."""
    printed, known = reading.number(each), [reading.by_key.get(name) for name in each.restates]
    parts = [number for other in known if other and (number := reading.number(other))]
    if printed is None or not parts or len(parts) < len(known):
        return
    low, high = (sum(part.rounded[end] for part in parts) for end in (0, 1))
    words = " + ".join(map(str, parts))
    yield Finding(
        "a number said again",
        judge((low, high), printed),
        each.key,
        str(printed),
        each.place,
        words,
        next(other.place for other in known if other),
        f"{words} is {sum(part.value * part.scale for part in parts) / printed.scale:g}",
    )


def _figures(reading: Reading) -> list[list[RiskTable]]:
    figures: dict[tuple[str, str], list[RiskTable]] = {}
    for table in reading.evidence.risk_tables:
        figures.setdefault((table.endpoint, table.grouping), []).append(table)
    return list(figures.values())


def _counted_at(reading: Reading, table: RiskTable) -> str:
    variable = table.grouping
    if variable in reading.groupings:
        variable = reading.groupings[variable].variable
    if variable in reading.variables:
        return reading.variables[variable][0].place
    places = [each.place for each in reading.evidence.bed_groups if each.grouping == variable]
    return places[0] if places else table.place


def _is_percent_of(statistic: Statistic, counted: Statistic | None) -> bool:
    if counted is None or statistic.unit != "percent" or statistic.restates:
        return False
    return statistic.base.endswith("_percent") and counted.unit == "patients"


def _percent(value: float, decimals: int | None) -> Print:
    return Print(value, decimals_of(value) if decimals is None else decimals)


def _percentage(
    subject: str, printed: Print, counted: tuple[float, int], places: tuple[str, str]
) -> Finding:
    n, total = counted
    share = 100.0 * n / total
    severity = judge((share, share), printed)
    words = f"{n:g} of {total} is {share:.{printed.decimals + 2}f}%"
    if severity is Severity.NOTE:
        words += ", cut off and not rounded"
    bend = min(50.0 / total, max(ADJUSTED, printed.step))
    if severity is Severity.CONTRADICTION and abs(printed.value - share) <= bend:
        severity = Severity.NOTE
        words += ", less than half a patient away: perhaps bent so that a column adds up to 100"
    expected = f"{share:.{printed.decimals + 2}f}"
    return Finding(
        "percentage of a count",
        severity,
        subject,
        f"{printed}%",
        places[0],
        f"{expected}%",
        places[1],
        words,
    )


def _exact(
    check: str, subject: str, numbers: tuple[float, float], places: tuple[str, str]
) -> Finding:
    same = numbers[0] == numbers[1]
    return Finding(
        check,
        Severity.CONSISTENT if same else Severity.CONTRADICTION,
        subject,
        f"{numbers[0]:g}",
        places[0],
        f"{numbers[1]:g}",
        places[1],
        f"{numbers[0]:g} {'=' if same else 'is not'} {numbers[1]:g}",
    )
