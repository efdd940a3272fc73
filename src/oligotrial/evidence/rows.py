"""What a source printed, as rows of one table."""

from oligotrial.evidence.printed import (
    BedGroup,
    Comparison,
    Count,
    Grouping,
    PrintedSchedule,
    RiskTable,
    Span,
    Statistic,
)
from oligotrial.evidence.studies import Study

__all__ = [
    "of_bed",
    "of_comparison",
    "of_count",
    "of_grouping",
    "of_risk",
    "of_schedule",
    "of_span",
    "of_statistic",
    "of_study",
]

type Row = dict[str, object]
"""Column to value."""


def of_statistic(each: Statistic) -> Row:
    """Return the row of a statistic."""
    return {
        "kind": "statistic",
        "key": each.key,
        "group": "=".join(each.group) if each.group else "",
        "value": each.value,
        "lower": each.lower,
        "upper": each.upper,
        "level": each.level,
        "unit": each.unit,
        "place": each.place,
        "note": each.note,
        "n": each.n,
        "missing": each.missing,
    }


def _number(kind: str, key: str, value: float, *, group: str, place: str, note: str = "") -> Row:
    unit = {"p": "probability", "chi_squared": "chi-squared", "df": "degrees of freedom"}
    return {
        "kind": kind,
        "key": key,
        "group": group,
        "value": value,
        "unit": unit.get(key.rsplit(".", 1)[-1], "patients"),
        "place": place,
        "note": note,
    }


def of_count(each: Count) -> Row:
    """Return the row of a count."""
    group = f"{each.variable}={each.level}"
    row = _number("count", each.variable, each.n, group=group, place=each.place, note=each.note)
    more = {"unit": each.unit, "n": each.total, "missing": each.missing, "percent": each.percent}
    return {**row, **more}


def of_schedule(each: PrintedSchedule) -> Row:
    """Return the row of a schedule: its text is the key, the number of patients the value."""
    group = f"site={each.site}"
    row = _number("schedule", each.text, each.n, group=group, place=each.place, note=each.note)
    return {**row, "percent": each.percent}


def of_bed(each: BedGroup) -> Row:
    """Return the row of a BED group."""
    group = f"{each.grouping}={'at least' if each.comparison == '>=' else 'above'}"
    return _number("bed group", each.grouping, each.n, group=group, place=each.place)


def of_comparison(each: Comparison) -> list[Row]:
    """Return a row for each number that a comparison printed."""
    printed = {"chi_squared": each.chi_squared, "df": each.df, "p": each.p}
    return [
        _number(
            "comparison",
            f"{each.key}.{name}",
            value,
            group=each.grouping,
            place=each.place,
            note=each.note,
        )
        for name, value in printed.items()
        if value is not None
    ]


def of_risk(each: RiskTable) -> list[Row]:
    """Return a row for each number at risk."""
    ticks = each.times_months or (None,) * len(each.at_risk)
    return [
        _number(
            "at risk",
            f"{each.endpoint}.at_risk[tick={number}]",
            patients,
            group="" if each.of_all else f"{each.grouping}={each.level}",
            place=each.place,
            note="" if tick is None else f"at {tick:g} months",
        )
        for number, (tick, patients) in enumerate(zip(ticks, each.at_risk, strict=True))
    ]


def of_grouping(each: Grouping) -> list[Row]:
    """Return a row for each level that a grouping holds; it has no number."""
    return [
        {
            "kind": "grouping",
            "key": each.name,
            "group": f"{each.variable}={level}",
            "unit": "",
            "place": each.place,
            "note": f"in '{group}'",
        }
        for group, levels in each.levels
        for level in levels
    ]


def of_span(each: Span) -> Row:
    """Return the row of two dates; the statistic of its key has the number."""
    dates = {"unit": "", "place": each.place, "note": f"from {each.start} to {each.end}"}
    return {"kind": "span", "key": each.key, "group": "", **dates}


def of_study(each: Study) -> list[Row]:
    """Return a row for the size of a cited study and for each of its numbers."""
    note = "; ".join(filter(None, (each.citation, each.population, each.design, each.note)))
    size = _number("cited study", each.id, each.patients, group="", place=each.place, note=note)
    inner = [*map(of_statistic, each.statistics), *map(of_count, each.counts)]
    rows = [
        {**row, "kind": f"cited {row['kind']}", "key": f"{each.id}.{row['key']}"} for row in inner
    ]
    return [{**size, "unit": "patients"}, *rows]
