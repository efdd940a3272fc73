"""Subgroups against the whole, against each other, and adjusted against unadjusted effects."""

from collections.abc import Iterator
from math import inf, log, sqrt
from typing import Final

from scipy import stats

from oligotrial.evidence.consistency.courses import contributors
from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import PARTS, Reading, groupless, groups_of
from oligotrial.evidence.digits import Print, meets
from oligotrial.evidence.printed import Comparison, Statistic

__all__ = ["adjusted", "late_events", "merged_medians", "mixtures"]

LEVEL_Z: Final = float(stats.norm.isf(0.025))
"""Normal quantile of a 95% interval."""


def mixtures(reading: Reading) -> Iterator[Finding]:
    """Check the median of all against the medians of all levels of a variable."""
    # Survival of all is the mixture of the groups' survival, so that its median is among theirs;
    # only censoring that differs between groups can move it out.
    for overall in reading.main():
        endpoint, _, name = groupless(overall).rpartition(".")
        if name != "median" or overall.group is not None:
            continue
        for variable in dict.fromkeys(each.group[0] for each in reading.main() if each.group):
            groups = reading.medians(endpoint, variable)
            levels = groups_of(reading, variable)
            if len(groups) > 1 and levels and set(levels) <= set(groups):
                yield _between(reading, overall, variable, list(groups.values()), Severity.STRAIN)


def merged_medians(reading: Reading) -> Iterator[Finding]:
    """Check the median of levels put together against those of the levels."""
    # A group that holds one level is that level: there the numbers have to be the same.
    for grouping in reading.evidence.groupings:
        for level, held in grouping.levels:
            for whole in reading.main():
                endpoint, _, name = groupless(whole).rpartition(".")
                if name != "median" or whole.group != (grouping.name, level):
                    continue
                inner = reading.medians(endpoint, grouping.variable)
                if not all(each in inner for each in held):
                    continue
                found = [inner[each] for each in held]
                bad = Severity.CONTRADICTION if len(found) == 1 else Severity.STRAIN
                yield _between(reading, whole, grouping.variable, found, bad)


def adjusted(reading: Reading) -> Iterator[Finding]:
    """Check a hazard ratio of two groups against their medians."""
    # The ratio of medians is the hazard ratio of exponential times. Which group is the reference
    # is not asked: either direction may fit.
    for each in reading.main():
        if each.unit != "ratio" or each.level is None or "hazard_ratio" not in each.key:
            continue
        variable = each.group[1] if each.group else "arm"
        for endpoint in dict.fromkeys(c.endpoint for c in reading.evidence.comparisons) or ("pfs",):
            pair = list(reading.medians(endpoint, variable).values())
            numbers = [reading.number(median) for median in pair]
            interval = reading.number(each, "lower"), reading.number(each, "upper")
            value = reading.number(each)
            if len(numbers) == 2 and _all_positive((*numbers, *interval, value)):
                yield from _crude(reading, each, (value, *interval), pair)  # type: ignore[arg-type]


def late_events(reading: Reading) -> Iterator[Finding]:
    """Check that somebody can have had the event at each printed median and limit of a group."""
    # A limit of a median is the time of an event. Where every part of the group has an upper limit
    # before it after which none of its events could be refused as the median, nobody had it.
    for median in reading.main():
        if groupless(median).rpartition(".")[2] != "median" or median.group is None:
            continue
        if median.level is None:
            continue
        parts = _parts(reading, median)
        for part in PARTS:
            time = reading.number(median, part)
            if time is None or not parts:
                continue
            closed = [each for each in parts if not _event_at(reading, each, time)]
            if len(closed) == len(parts):
                yield _nobody(median, time, parts)
                break
        else:
            if parts:
                yield _somebody(median, parts)


def _all_positive(numbers: tuple[Print | None, ...]) -> bool:
    return all(each is not None and each.rounded[0] > 0 for each in numbers)


def _between(
    reading: Reading, whole: Statistic, variable: str, parts: list[Statistic], bad: Severity
) -> Finding:
    numbers = [reading.number(each) for each in parts]
    low = min(each.either[0] if each else inf for each in numbers)
    high = max(each.either[1] if each else inf for each in numbers)
    value = reading.number(whole)
    first, last = value.either if value else (inf, inf)
    good = (first <= high and low <= last) if value else high == inf
    listed = ", ".join(
        f"{each.group[1] if each.group else ''} {number or 'not reached'}"
        for each, number in zip(parts, numbers, strict=True)
    )
    same = "the same patients" if len(parts) == 1 else "their median is among those of the parts"
    unless = ", unless censoring differs between them" if bad is Severity.STRAIN else ""
    return Finding(
        "one group in two groupings" if len(parts) == 1 else "a median among those of its parts",
        Severity.CONSISTENT if good else bad,
        f"{whole.key} by {variable}",
        f"{value or 'not reached'} {whole.unit}",
        whole.place,
        listed,
        parts[0].place,
        f"{value or 'not reached'} against {listed}: {same}{unless}",
    )


def _crude(
    reading: Reading,
    each: Statistic,
    numbers: tuple[Print, Print, Print],
    pair: list[Statistic],
) -> Iterator[Finding]:
    value, low, high = numbers
    first, second = (reading.number(median) for median in pair)
    if first is None or second is None:
        return
    ratios = [(first.rounded[0] / second.either[1], first.either[1] / second.rounded[0])]
    ratios.append((1 / ratios[0][1], 1 / ratios[0][0]))
    test = reading.comparison(pair[0].group[0]) if pair[0].group else None
    apart = _apart((value, low, high), each.level or 0.95, test)
    inside = any(meets((low.rounded[0], high.either[1]), ratio) for ratio in ratios)
    good = inside or apart <= LEVEL_Z
    crude = first.value / second.value
    yield Finding(
        "an adjusted against an unadjusted effect",
        Severity.CONSISTENT if good else Severity.STRAIN,
        each.key,
        f"{value} ({low} to {high})",
        each.place,
        f"{crude:.3g} or {1 / crude:.3g}",
        pair[0].place,
        f"the medians {first} and {second} have the ratio {crude:.3g} or {1 / crude:.3g}, "
        + ("inside" if inside else "outside")
        + f" {low} to {high}"
        + (f", and the log-rank test is {apart:.2f} standard errors away" if apart < inf else "")
        + ("" if good else ": adjustment alone makes this effect"),
    )


def _apart(numbers: tuple[Print, Print, Print], level: float, test: Comparison | None) -> float:
    """Return by how many standard errors an adjusted effect and a log-rank test differ."""
    if test is None or test.p is None or len(test.levels) != 2:
        return inf
    value, low, high = (each.value for each in numbers)
    error = log(high / low) / (2 * float(stats.norm.isf((1 - level) / 2)))
    if error <= 0 or not 0 < test.p <= 1:
        return inf
    return abs(abs(log(value)) / error - float(stats.norm.isf(test.p / 2)))


def _parts(reading: Reading, median: Statistic) -> list[Statistic]:
    """Return the medians of the groups that some patient of a group has to be in."""
    if median.group is None:
        return []
    variable, level = median.group
    endpoint = groupless(median).rpartition(".")[0]
    if variable in reading.groupings:
        grouping = reading.groupings[variable]
        held = dict(grouping.levels).get(level, ())
        inner = reading.medians(endpoint, grouping.variable)
    else:
        held = tuple(contributors(reading, variable, level))
        inner = reading.medians(endpoint, "site")
    return [inner[each] for each in held] if held and all(each in inner for each in held) else []


def _event_at(reading: Reading, group: Statistic, time: Print) -> bool:
    """Return whether a patient of a group can have had the event at a time."""
    value, upper = reading.number(group), reading.number(group, "upper")
    if value is None or upper is None or group.level is None:
        return True
    if time.rounded[0] <= upper.either[1]:
        return True
    at_events = reading.evidence.median_limits != "band"
    if at_events and meets(value.rounded, upper.rounded):
        return False  # just below a half no single event takes the curve significantly lower
    n = reading.patients(group)
    return n is None or _refusable(n)


def _refusable(n: int) -> bool:
    """Return whether survival of n patients can be significantly below a half but not 0."""
    if n < 2:
        return False
    share = 1.0 / n
    error = sqrt(share * (1.0 - share) / n)
    plain = (0.5 - share) / error
    slope = -share * log(share)
    log_log = (log(-log(share)) - log(log(2.0))) * slope / error
    return max(plain, log_log) > LEVEL_Z


def _nobody(median: Statistic, time: Print, parts: list[Statistic]) -> Finding:
    listed = ", ".join(
        f"{each.group[1] if each.group else ''} {each.value:g} (to {each.upper:g})"
        for each in parts
        if each.value is not None and each.upper is not None
    )
    return Finding(
        "somebody had the event at a printed time",
        Severity.STRAIN,
        median.key,
        f"{time} {median.unit}",
        median.place,
        listed,
        parts[0].place,
        f"an event at {time} {median.unit} belongs to one of {listed}: each interval ends "
        "before it, and where limits are event times no later single event of theirs is possible",
    )


def _somebody(median: Statistic, parts: list[Statistic]) -> Finding:
    listed = ", ".join(each.group[1] for each in parts if each.group)
    return Finding(
        "somebody had the event at a printed time",
        Severity.CONSISTENT,
        median.key,
        f"{median.value} ({median.lower} to {median.upper})",
        median.place,
        listed,
        parts[0].place,
        f"each printed time can be that of a patient of {listed}",
    )
