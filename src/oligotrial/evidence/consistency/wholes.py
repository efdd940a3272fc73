"""All patients against their groups, events against curves, one endpoint against another."""

from collections.abc import Iterable, Iterator
from typing import Final

from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import Rate, Reading, groupless, groups_of, tail
from oligotrial.evidence.consistency.risk import whole_tables
from oligotrial.evidence.printed import RiskTable, Statistic

__all__ = ["enough_events", "known_groups", "medians_of_endpoints", "rates_of_parts", "sums"]

_SLACK: Final = 1e-9


def sums(reading: Reading) -> Iterator[Finding]:
    """Check numbers of patients against the same of all levels of a variable, added up."""
    for whole, variable, parts, complete in _divided(reading):
        if whole.unit != "patients" or any(each.unit != "patients" for each in parts):
            continue
        total = sum(each.value or 0.0 for each in parts)
        value = whole.value or 0.0
        good = total == value if complete else total <= value
        yield Finding(
            "groups added up",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            f"{whole.key} by {variable}",
            f"{value:g}",
            whole.place,
            f"{total:g}" if complete else f"at least {total:g}",
            parts[0].place,
            " + ".join(f"{each.value:g}" for each in parts) + f" = {total:g}",
        )


def rates_of_parts(reading: Reading) -> Iterator[Finding]:
    """Check a proportion of all at a time against those of all levels of a variable."""
    # Survival of all is the mixture of the groups'; only censoring that differs between them can
    # move its estimate out.
    at_a_time = {rate.statistic.key for rate in reading.rates()}
    for whole, variable, parts, complete in _divided(reading):
        numbers = [reading.number(each) for each in parts]
        printed = reading.number(whole)
        usable = complete and whole.unit == "percent" and whole.key in at_a_time
        if not usable or printed is None or any(number is None for number in numbers):
            continue
        ends = [number.either for number in numbers if number is not None]
        low, high = min(first for first, _ in ends), max(last for _, last in ends)
        good = printed.either[0] <= high + _SLACK and low <= printed.either[1] + _SLACK
        listed = ", ".join(
            f"{each.group[1] if each.group else ''} {number}"
            for each, number in zip(parts, numbers, strict=True)
        )
        yield Finding(
            "a proportion among those of its parts",
            Severity.CONSISTENT if good else Severity.STRAIN,
            f"{whole.key} by {variable}",
            str(printed),
            whole.place,
            listed,
            parts[0].place,
            f"{printed}% of all, {listed} of the parts"
            + ("" if good else ": out of their range, unless censoring differs between them"),
        )


def enough_events(reading: Reading) -> Iterator[Finding]:
    """Check that so few events can bring a curve down so far."""
    # With R at risk later and E events before, each event's factor is at least (r - 1) / r with r
    # above R, so that survival is at least R / (R + E); somebody is at risk at the last event.
    tables = whole_tables(reading)
    for rate in reading.rates():
        events = reading.by_key.get(f"{rate.endpoint}.events{tail(rate.statistic)}")
        printed = reading.number(rate.statistic)
        if events is None or events.value is None or printed is None:
            continue
        if rate.statistic.unit != "percent" or rate.endpoint.endswith("incidence"):
            continue
        at_risk = 0 if tail(rate.statistic) else _at_risk_after(tables, rate)
        if not at_risk:
            continue
        least = at_risk / (at_risk + events.value)
        good = printed.either[1] >= least - _SLACK
        yield Finding(
            "events enough for a curve",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            rate.statistic.key,
            str(printed),
            rate.statistic.place,
            f"at least {100 * least:.1f}%",
            events.place,
            f"{events.value:g} events, and {at_risk} at risk later: survival is at least "
            f"{at_risk} / ({at_risk} + {events.value:g}) = {100 * least:.1f}%",
        )


def medians_of_endpoints(reading: Reading) -> Iterator[Finding]:
    """Check that the median of progression-free isn't above that of overall survival."""
    for early in reading.main():
        endpoint, _, name = groupless(early).rpartition(".")
        late = reading.by_key.get(f"os.median{tail(early)}")
        if name != "median" or endpoint not in ("pfs", "dfs") or late is None:
            continue
        origins = dict(reading.evidence.origins)
        first, second = reading.number(early), reading.number(late)
        if first is None or second is None or origins.get("os") != origins.get(endpoint):
            continue
        good = first.rounded[0] <= second.either[1]
        yield Finding(
            "progression-free against overall survival",
            Severity.CONSISTENT if good else Severity.STRAIN,
            early.key,
            str(first),
            early.place,
            f"at most {second}",
            late.place,
            f"half are free of progression to {first} {early.unit}, and half alive to {second} "
            f"{late.unit}" + ("" if good else "; only censoring can turn it round"),
        )


def known_groups(reading: Reading) -> Iterator[Finding]:
    """Check that the group a number is about is one that the source counts or compares."""
    for each in reading.main():
        if each.group is None:
            continue
        variable, level = each.group
        levels = groups_of(reading, variable)
        partial = any(count.partial for count in reading.variables.get(variable, ()))
        if not levels or partial:
            continue
        good = level in levels
        yield Finding(
            "a group that there is",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            each.key,
            level,
            each.place,
            ", ".join(levels),
            variable,
            f"{variable} has {len(levels)} levels: {', '.join(levels)}",
        )


def _divided(reading: Reading) -> Iterator[tuple[Statistic, str, list[Statistic], bool]]:
    """Yield statistics of all patients with those of a variable's levels, and whether of all."""
    by_name: dict[tuple[str, str], list[Statistic]] = {}
    for each in reading.main():
        if each.group and each.value is not None:
            by_name.setdefault((groupless(each), each.group[0]), []).append(each)
    for (name, variable), parts in by_name.items():
        whole = reading.by_key.get(name)
        if whole is None or whole.value is None or whole.group is not None or len(parts) < 2:
            continue
        levels = set(groups_of(reading, variable))
        sizes = [reading.patients(each) for each in parts]
        everybody = None not in sizes and sum(filter(None, sizes)) == reading.patients(whole)
        complete = levels == {each.group[1] for each in parts if each.group} and everybody
        yield whole, variable, parts, complete


def _at_risk_after(tables: Iterable[RiskTable], rate: Rate) -> int:
    """Return the most patients that any table of the rate's endpoint has at risk later."""
    later = (
        number
        for table in tables
        if table.endpoint == rate.endpoint and table.times_months is not None
        for time, number in zip(table.times_months, table.at_risk, strict=True)
        if time >= rate.months
    )
    return max(later, default=0)
