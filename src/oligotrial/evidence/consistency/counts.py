"""Counts against totals, percentages, subgroups and schedules."""

from collections.abc import Iterator
from typing import Final

from oligotrial.evidence.consistency.finding import Finding, Severity, exact, judge
from oligotrial.evidence.consistency.reading import Reading
from oligotrial.evidence.digits import Print, decimals_of
from oligotrial.evidence.printed import Count, Statistic

__all__ = [
    "missing",
    "parts",
    "percentages",
    "restatements",
    "schedules",
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
            yield exact("a number said again", each.key, (printed.value, n), places)


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
            yield exact(
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
            yield exact(
                "schedules of a site",
                f"site={site}",
                (sum(row.n for row in rows), patients.n),
                (rows[0].place, patients.place),
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
