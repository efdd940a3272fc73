"""Mean, standard deviation, median and range of one sample, and what n allows of them."""

from collections.abc import Iterator
from math import ceil, floor, sqrt
from typing import Final

from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import Reading, groupless, tail
from oligotrial.evidence.digits import Print, meets
from oligotrial.evidence.printed import Statistic

__all__ = ["Sample", "pooled_means", "samples", "whole_means"]

MOST_SUMS: Final = 10_000
"""Sums of whole numbers tried: beyond, the printed decimals rule nothing out."""


class Sample:
    """What a source prints of one continuous variable in one group.

    Parameters
    ----------
    reading : Reading
        The source.
    stem : str
        The variable's key, for example "age".
    group : str
        The subgroup as keys have it, "" for all.
    """

    def __init__(self, reading: Reading, stem: str, group: str) -> None:
        self.key = f"{stem}{group}"
        parts = ("mean", "sd", "median")
        self._statistics = {name: reading.by_key.get(f"{stem}.{name}{group}") for name in parts}
        found = [each for each in self._statistics.values() if each]
        self.n = next((n for each in found if (n := reading.patients(each)) is not None), None)
        self.whole = any(each.whole for each in found)
        one_unit = len({each.unit for each in found}) == 1
        self._numbered = reading.as_printed if one_unit else reading.number

    def number(self, name: str) -> Print | None:
        """Return the mean, sd or median as printed."""
        each = self._statistics[name]
        return self._numbered(each) if each else None

    def place(self, name: str) -> str:
        """Return where the mean, sd, median or range stands."""
        each = self._statistics["median" if name == "range" else name]
        return each.place if each else ""

    @property
    def range(self) -> tuple[float, float] | None:
        """The widest range that prints as the median's; None if it has none."""
        each = self._statistics["median"]
        if each is None or each.level is not None:
            return None
        low, high = (self._numbered(each, part) for part in ("lower", "upper"))
        return (low.rounded[0], high.either[1]) if low and high else None

    @property
    def inner_range(self) -> tuple[float, float] | None:
        """The narrowest range that prints as the median's."""
        each = self._statistics["median"]
        if self.range is None or each is None:
            return None
        low, high = (self._numbered(each, part) for part in ("lower", "upper"))
        return (low.either[1], high.rounded[0]) if low and high else None


def samples(reading: Reading) -> Iterator[Finding]:
    """Check mean, standard deviation, median and range of each variable together."""
    for sample in _samples(reading):
        for check in (_sd_in_range, _mean_in_range, _sd_spans_range, _mean_near_median):
            yield from check(sample)


def whole_means(reading: Reading) -> Iterator[Finding]:
    """Check that whole numbers of n patients can have the printed mean (GRIM) and SD (GRIMMER)."""
    for sample in _samples(reading):
        mean, sd, n = sample.number("mean"), sample.number("sd"), sample.n
        if not sample.whole or mean is None or not n:
            continue
        low, high = mean.either
        first, last = ceil(n * low - 1e-9), floor(n * high + 1e-9)
        if last - first > MOST_SUMS:
            continue
        totals = range(first, last + 1)
        good = len(totals) > 0
        nearest = round(n * mean.value) / n
        words = f"{n} whole numbers have means such as {nearest:.5g}"
        if good and sd is not None and n > 1:
            good = any(_squares_exist(total, n, sd) for total in totals)
            words = f"{n} whole numbers that add up to {first} to {last}" + (
                "" if good else f" have no sum of squares that gives a standard deviation of {sd}"
            )
        yield Finding(
            "a mean of whole numbers",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            sample.key,
            f"{mean}" + (f", SD {sd}" if sd else ""),
            sample.place("mean"),
            f"n = {n}",
            sample.place("mean"),
            words,
        )


def pooled_means(reading: Reading) -> Iterator[Finding]:
    """Check a mean of all against the means of the groups, weighted by their sizes."""
    for each in reading.main():
        if not groupless(each).endswith(".mean") or each.group or each.level is not None:
            continue
        for variable in dict.fromkeys(s.group[0] for s in reading.main() if s.group):
            groups = [
                s for s in reading.main()
                if s.group and s.group[0] == variable and groupless(s) == groupless(each)
            ]  # fmt: skip
            sizes = [reading.patients(s) for s in groups]
            one_unit = {s.unit for s in groups} == {each.unit}
            numbered = reading.as_printed if one_unit else reading.number
            numbers = [numbered(s) for s in groups]
            total, printed = reading.patients(each), numbered(each)
            if (
                None in sizes
                or None in numbers
                or printed is None
                or sum(filter(None, sizes)) != total
            ):
                continue
            if len(groups) > 1 and total:
                yield _pooled(each, printed, list(zip(groups, numbers, sizes, strict=True)), total)


def _samples(reading: Reading) -> Iterator[Sample]:
    names = ("mean", "sd", "median")
    stems = [
        (groupless(each).rpartition(".")[0], tail(each))
        for each in reading.main()
        if groupless(each).rpartition(".")[2] in names and each.level is None
    ]
    for stem, group in dict.fromkeys(stems):
        yield Sample(reading, stem, group)


def _sd_in_range(sample: Sample) -> Iterator[Finding]:
    sd, ends, n = sample.number("sd"), sample.range, sample.n
    if sd is None or ends is None or not n or n < 2:
        return
    mean = sample.number("mean")
    square = 0.25 * (ends[1] - ends[0]) ** 2
    formula = "(max - min) / 2"
    if mean is not None:
        # Bhatia and Davis (2000), Amer Math Monthly 107, 353-357: (max - mean)(mean - min).
        inner = min(max(0.5 * (ends[0] + ends[1]), mean.rounded[0]), mean.either[1])
        square = max((ends[1] - inner) * (inner - ends[0]), 0.0)
        formula = "sqrt((max - mean) (mean - min))"
    most = sqrt(square * n / (n - 1))
    yield _bound(
        "a standard deviation within its range",
        sample,
        ("sd", "range"),
        sd.rounded[0] <= most * (1 + 1e-9),
        f"at most {most:.4g}",
        f"{formula} sqrt(n / (n - 1)) = {most:.4g} is the largest for n = {n}",
    )


def _sd_spans_range(sample: Sample) -> Iterator[Finding]:
    sd, ends, n = sample.number("sd"), sample.inner_range, sample.n
    if sd is None or ends is None or not n or n < 2:
        return
    least = max(ends[1] - ends[0], 0.0) / sqrt(2 * (n - 1))
    yield _bound(
        "a standard deviation that its range needs",
        sample,
        ("sd", "range"),
        sd.either[1] >= least * (1 - 1e-9),
        f"at least {least:.4g}",
        f"(max - min) / sqrt(2 (n - 1)) = {least:.4g} is the smallest for n = {n}, "
        "with all others half-way",
    )


def _mean_in_range(sample: Sample) -> Iterator[Finding]:
    mean, ends, n = sample.number("mean"), sample.range, sample.n
    median = sample.number("median")
    if mean is None or ends is None or not n or median is None:
        return
    low, high = ends
    beyond = ceil(n / 2) - 1  # how many lie on each side of the middle one or two
    first = (beyond * low + (n - 1 - beyond) * median.rounded[0] + _inner(sample)[1]) / n
    last = (_inner(sample)[0] + (n - 1 - beyond) * median.either[1] + beyond * high) / n
    if n < 3:
        first, last = low, high
    yield _bound(
        "a mean that median and range allow",
        sample,
        ("mean", "median"),
        meets((first, last), mean.either),
        f"{first:.4g} to {last:.4g}",
        f"half of {n} values are at least the median, half at most, all within the range: the mean "
        f"is between {first:.4g} and {last:.4g}",
    )


def _inner(sample: Sample) -> tuple[float, float]:
    """Return a minimum and a maximum that are surely reached, for bounds of the mean."""
    ends = sample.range or (0.0, 0.0)
    inner = sample.inner_range or ends
    return max(inner[0], ends[0]), min(inner[1], ends[1])


def _mean_near_median(sample: Sample) -> Iterator[Finding]:
    mean, median, sd, n = *(sample.number(name) for name in ("mean", "median", "sd")), sample.n
    if mean is None or median is None or sd is None or not n or n < 2:
        return
    # Hotelling and Solomons (1932), Ann Math Stat 3, 141-142.
    most = sd.either[1] * sqrt((n - 1) / n)
    apart = max(mean.rounded[0] - median.either[1], median.rounded[0] - mean.either[1], 0.0)
    yield _bound(
        "a mean within one standard deviation of its median",
        sample,
        ("mean", "median"),
        apart <= most * (1 + 1e-9),
        f"within {most:.4g} of {median}",
        f"|{mean} - {median}| = {abs(mean.value - median.value) * mean.scale:.4g}; "
        f"at most the standard deviation, {most:.4g}, is possible",
    )


def _bound(
    check: str,
    sample: Sample,
    names: tuple[str, str],
    good: bool,
    expected: str,
    words: str,
) -> Finding:
    return Finding(
        check,
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        sample.key,
        str(sample.number(names[0])),
        sample.place(names[0]),
        expected,
        sample.place(names[1]),
        words,
    )


def _squares_exist(total: int, n: int, sd: Print) -> bool:
    """Return whether whole numbers with a sum can have the printed standard deviation.

    The sum of squares is a whole number of the sum's parity (Anaya 2016, GRIMMER), and at least
    as large as when the numbers are as equal as can be.
    """
    low, high = max(sd.rounded[0], 0.0), sd.either[1]
    quotient, rest = divmod(total, n)
    fewest = (n - rest) * quotient**2 + rest * (quotient + 1) ** 2
    first = max(ceil((n - 1) * low**2 + total**2 / n - 1e-6), fewest)
    last = floor((n - 1) * high**2 + total**2 / n + 1e-6)
    return first + (first - total) % 2 <= last


def _pooled(
    each: Statistic,
    printed: Print,
    groups: "list[tuple[Statistic, Print | None, int | None]]",
    total: int,
) -> Finding:
    known = [(number, size) for _, number, size in groups if number and size is not None]
    low = sum(number.rounded[0] * size for number, size in known) / total
    high = sum(number.either[1] * size for number, size in known) / total
    good = meets((low, high), printed.either)
    words = " + ".join(f"{size} x {number}" for number, size in known)
    centre = sum(number.value * size for number, size in known) / total
    return Finding(
        "a mean of all against means of groups",
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        f"{each.key} by {groups[0][0].group[0] if groups[0][0].group else ''}",
        str(printed),
        each.place,
        f"{centre:.5g}",
        groups[0][0].place,
        f"({words}) / {total} = {centre:.5g}",
    )
