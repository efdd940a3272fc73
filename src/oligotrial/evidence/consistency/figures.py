"""Numbers at risk of one figure against counts, and against those of another figure."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from oligotrial.evidence.consistency.finding import Finding, Severity, exact
from oligotrial.evidence.consistency.reading import Reading
from oligotrial.evidence.printed import RiskTable

__all__ = ["numbers_at_risk", "tables_at_risk"]


def numbers_at_risk(reading: Reading) -> Iterator[Finding]:
    """Check the numbers at risk at the start against the patients and the groups."""
    for tables in _figures(reading):
        first, start = tables[0], sum(table.at_risk[0] for table in tables)
        everybody = reading.evidence.patients
        severity = {True: Severity.CONTRADICTION, False: Severity.STRAIN}[start > everybody]
        words = " + ".join(str(table.at_risk[0]) for table in tables)
        added = f"{words} = {start}" if len(tables) > 1 else words
        yield Finding(
            "patients at risk at the start",
            Severity.CONSISTENT if start == everybody else severity,
            first.key(0) if first.of_all else first.grouping,
            f"{start}",
            first.place,
            f"{everybody}",
            "patients of the source",
            f"{added} at risk at the start, {everybody} patients",
        )
        for table in tables:
            size = None if table.of_all else reading.size(table.grouping, table.level)
            if size is not None:
                subject = f"{table.grouping}={table.level}"
                places = table.place, _counted_at(reading, table)
                numbers = table.at_risk[0], size
                yield exact("patients at risk of a group", subject, numbers, places)


def tables_at_risk(reading: Reading) -> Iterator[Finding]:
    """Check that two figures of one endpoint agree on who is at risk at the ticks they share."""
    # All patients first: those who are in no group of the other figure can only get fewer.
    figures = sorted(_figures(reading), key=lambda tables: not tables[0].of_all)
    for one, other in combinations(figures, 2):
        first, second = one[0], other[0]
        sums = _at_shared_ticks(one, other)
        if first.endpoint != second.endpoint or len(sums) < 2:
            continue
        rest = [a - b for a, b in sums]
        if rest[0] and not first.of_all:
            continue  # neither says how many there are
        good = rest[-1] >= 0 and all(later <= now for now, later in pairwise(rest))
        good = good if first.of_all else not any(rest)
        bad = Severity.STRAIN if first.times_months is None else Severity.CONTRADICTION
        yield Finding(
            "numbers at risk of two figures",
            Severity.CONSISTENT if good else bad,
            f"{first.endpoint}.at_risk by {_of(first)} and {_of(second)}",
            " ".join(str(a) for a, _ in sums),
            first.place,
            " ".join(str(b) for _, b in sums),
            second.place,
            _shared_patients(rest[0], sums[0])
            + (", unless the axes differ" if bad is Severity.STRAIN else ""),
        )


def _at_shared_ticks(one: list[RiskTable], other: list[RiskTable]) -> list[tuple[int, int]]:
    """Return the numbers at risk of two figures, added over groups, at the ticks of both."""
    known = [tables[0].times_months is not None for tables in (one, other)]
    sums = [_added(tables) for tables in (one, other)]
    if known[0] != known[1] or (not known[0] and len(sums[0]) != len(sums[1])):
        return []
    return [(number, sums[1][tick]) for tick, number in sums[0].items() if tick in sums[1]]


def _added(tables: list[RiskTable]) -> dict[float, int]:
    added = list(map(sum, zip(*(table.at_risk for table in tables), strict=False)))
    return dict(zip(tables[0].times_months or range(len(added)), added, strict=False))


def _shared_patients(rest: int, start: tuple[int, int]) -> str:
    if not rest:
        return f"the same {start[0]} patients are at risk at each tick, added over groups"
    return (
        f"{start[0]} patients of whom {start[1]} are in groups: at each tick the groups together "
        "have no more at risk, and those in none can only get fewer"
    )


def _of(table: RiskTable) -> str:
    return table.grouping or "all patients"


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
