"""A number printed in several places, and a duration printed beside its two dates."""

import calendar
import datetime
from collections.abc import Iterator
from math import log10

from oligotrial.evidence.consistency.finding import Finding, Severity, judge, worst
from oligotrial.evidence.consistency.reading import PARTS, Part, Reading
from oligotrial.evidence.digits import Print, decimals_of, meets, overlap
from oligotrial.evidence.printed import Span, Statistic
from oligotrial.units import DAYS_PER_MONTH

__all__ = ["spans", "versions"]


def versions(reading: Reading) -> Iterator[Finding]:
    """Check each version of a number from another place against the main one."""
    first: dict[str, Statistic] = dict(_tests(reading))
    first |= {each.key: each for each in reading.main()}
    for each in reading.evidence.statistics:
        if "@" not in each.key:
            continue
        main = first.setdefault(each.base, each)
        if main is not each:
            yield _version(reading, each, main)


def spans(reading: Reading) -> Iterator[Finding]:
    """Check each duration against its dates."""
    for span in reading.evidence.spans:
        statistic = reading.by_key.get(span.key)
        printed = statistic and reading.number(statistic)
        if statistic and printed:
            low, high = _months(span)
            severity = judge((low, high), printed)
            yield Finding(
                "a duration against its dates",
                severity,
                span.key,
                f"{printed} {statistic.unit}",
                statistic.place,
                f"{low:.1f} to {high:.1f} months",
                span.place,
                f"from {span.start} to {span.end} it is {low:.1f} to {high:.1f} months",
            )


def _tests(reading: Reading) -> Iterator[tuple[str, Statistic]]:
    """Yield the p-values of comparisons under the keys that the text's versions have."""
    for each in reading.evidence.comparisons:
        key = f"{each.endpoint}.logrank_p[grouping={each.grouping}]"
        if each.p is not None:
            decimals = decimals_of(each.p) if each.decimals is None else each.decimals[1]
            found = Statistic(key, each.p, None, None, None, "probability", each.place)
            yield key, Statistic(**{**vars(found), "decimals": (decimals, 0, 0)})


def _version(reading: Reading, each: Statistic, main: Statistic) -> Finding:
    severities, words = [], []
    for part in PARTS:
        severity, said = _compare(reading, (each, main), part)
        severities.append(severity)
        words += [said] if said else []
    return Finding(
        "a number printed in two places",
        worst(severities),
        each.key,
        _shown(reading, each),
        each.place,
        _shown(reading, main),
        main.place,
        "; ".join(words) or "the same, as far as it is printed",
    )


def _compare(
    reading: Reading, pair: tuple[Statistic, Statistic], part: Part
) -> tuple[Severity, str]:
    each, main = (reading.number(statistic, part) for statistic in pair)
    if each is None or main is None:
        differ = part == "value" and (each is None) != (main is None)
        return (Severity.CONTRADICTION, "a number here, none there") if differ else (
            Severity.CONSISTENT, "")  # fmt: skip
    if overlap(each.rounded, main.rounded):
        return Severity.CONSISTENT, ""
    said = f"{each} against {main}"
    if not overlap(each.either, main.either):
        return Severity.CONTRADICTION, f"{said} can't be one number{_slip(each, main)}"
    if each.decimals == main.decimals:
        return Severity.STRAIN, f"{said} is one number only if rounded here and cut off there"
    return Severity.NOTE, f"{said}: cut off and not rounded"


def _slip(each: Print, main: Print) -> str:
    """Return a remark where the numbers differ by a factor of ten."""
    if each.value <= 0 or main.value <= 0:
        return ""
    power = round(log10(each.value * each.scale / (main.value * main.scale)))
    moved = Print(each.value / 10.0**power, max(each.decimals + power, 0), each.scale)
    if power and meets(moved.either, main.either):
        return f": a slip of the decimal point by {abs(power)}"
    return ""


def _shown(reading: Reading, statistic: Statistic) -> str:
    value, lower, upper = (reading.number(statistic, part) for part in PARTS)
    interval = f" ({lower} to {upper})" if lower and upper else ""
    return f"{value if value else 'none'}{interval} {statistic.unit}"


def _months(span: Span) -> tuple[float, float]:
    (first, last), (low, high) = _days(span.start), _days(span.end)
    return max((low - last).days, 0) / DAYS_PER_MONTH, ((high - first).days + 1) / DAYS_PER_MONTH


def _days(date: str) -> tuple[datetime.date, datetime.date]:
    year, month, *day = map(int, date.split("-"))
    if day:
        exact = datetime.date(year, month, day[0])
        return exact, exact
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, 1), datetime.date(year, month, last)
