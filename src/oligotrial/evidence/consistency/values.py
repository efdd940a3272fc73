"""Numbers that can't be, whatever else is printed: proportions over 1, negative times, too many."""

import re
from collections.abc import Iterator
from math import inf
from typing import Final

from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import PARTS, Reading, groupless
from oligotrial.evidence.digits import Print
from oligotrial.evidence.printed import Count, Statistic

__all__ = ["counts_possible", "percentages_possible", "possible", "sizes"]

_SHARE: Final = re.compile(r".*\.\d+(_\d+)?_(day|week|month|year)s?(_percent)?|.*_percent")
_LEAST_0: Final = {"days", "weeks", "months", "years", "patients", "lesions", "Gy", "fractions"}
_SPREADS: Final = {"sd", "mean_se", "se"}
_OF_PATIENTS: Final = {"events", "deaths", "progressions", "censored"}


def possible(reading: Reading) -> Iterator[Finding]:
    """Check that each number and limit is one that its kind of number can be."""
    for each in reading.evidence.statistics:
        low, high, words = _range(reading, each)
        numbers = [number for part in PARTS if (number := reading.as_printed(each, part))]
        if not numbers or (low, high) == (-inf, inf):
            continue
        good = all(_within(number, low, high) for number in numbers)
        if each.unit == "patients":
            good = good and all(float(number.value).is_integer() for number in numbers)
        span = _between(low, high)
        whole = ", and whole" if each.unit == "patients" else ""
        yield _finding("a number that can be", each, numbers, span, good, f"{words}: {span}{whole}")


def sizes(reading: Reading) -> Iterator[Finding]:
    """Check that no number is about more patients than there are."""
    for each in reading.evidence.statistics:
        if each.n is None or "@" in each.key:
            continue
        known = each.n + (each.missing or 0)
        good = known <= reading.evidence.patients
        yield Finding(
            "patients behind a number",
            Severity.CONSISTENT if good else Severity.STRAIN,
            each.key,
            f"n = {known}",
            each.place,
            f"at most {reading.evidence.patients}",
            "patients of the source",
            f"{known} of {reading.evidence.patients} patients"
            + ("" if good else ", unless lesions or courses were counted and not patients"),
        )


def counts_possible(reading: Reading) -> Iterator[Finding]:
    """Check that a level has no more patients than were looked at, nor than a subgroup has."""
    for count in reading.evidence.counts:
        most = _most(reading, count)
        good = 0 <= count.n <= most
        yield Finding(
            "a count that can be",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            f"{count.variable}={count.level}",
            f"{count.n}",
            count.place,
            f"0 to {most}",
            count.place,
            f"{count.n} of {most} {count.unit}",
        )


def percentages_possible(reading: Reading) -> Iterator[Finding]:
    """Check that whole numbers of the stated n can have a printed percentage."""
    for each in reading.main():
        alone = groupless(each).endswith("_percent") and not each.restates
        count = each.key.removesuffix("_percent")
        if not alone or each.n is None or count in reading.by_key:
            continue
        printed = reading.number(each)
        if printed is None or each.n < 1:
            continue
        low, high = printed.either
        nearest = round(printed.value / 100 * each.n)
        good = any(low - 1e-9 <= k / each.n <= high + 1e-9 for k in range(nearest - 1, nearest + 2))
        yield _finding(
            "a percentage that n allows",
            each,
            [printed],
            f"a multiple of 1 / {each.n}",
            good,
            f"{nearest} of {each.n} are {100 * nearest / each.n:.4g}%",
        )


def _range(reading: Reading, each: Statistic) -> tuple[float, float, str]:
    """Return between which numbers a statistic lies, in its own unit, and why."""
    name = groupless(each)
    last = name.rpartition(".")[2]
    if last == "hazard_ratio" or each.unit == "ratio":
        return 0.0, inf, "a ratio is above 0"
    if each.unit == "probability" or last in {"p", "c_index"}:
        return 0.0, 1.0, "it is a probability"
    if each.unit == "percent" and _SHARE.fullmatch(name):
        return 0.0, 100.0, "it is a share of patients"
    if each.unit == "patients" and (
        last in _OF_PATIENTS or each.restates or _SHARE.fullmatch(name)
    ):
        most = reading.patients(each)
        return 0.0, inf if most is None else float(most), "they are among these patients"
    if each.unit in _LEAST_0 or last in _SPREADS:
        return 0.0, inf, "it can't be below 0"
    return -inf, inf, ""


def _within(number: Print, low: float, high: float) -> bool:
    return number.value >= low - 1e-12 and number.value <= high + 1e-12 and number.either[1] > low


def _between(low: float, high: float) -> str:
    return f"{low:g} or more" if high == inf else f"{low:g} to {high:g}"


def _most(reading: Reading, count: Count) -> int:
    """Return how many can have a level: those looked at, within a subgroup its patients."""
    inner = reading.size(*count.part_of) if count.part_of else None
    return count.total if inner is None else min(count.total, inner)


def _finding(
    check: str, each: Statistic, numbers: list[Print], expected: str, good: bool, words: str
) -> Finding:
    return Finding(
        check,
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        each.key,
        " ".join(map(str, numbers)),
        each.place,
        expected,
        each.place,
        words,
    )
