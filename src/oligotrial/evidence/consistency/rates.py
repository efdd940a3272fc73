"""Survival at times: against each other, against n, medians and numbers at risk."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from math import asin, exp, inf, log, pi, sin, sqrt
from typing import Final

from scipy import stats

from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import Rate, Reading, tail
from oligotrial.evidence.digits import Print
from oligotrial.evidence.printed import Statistic

__all__ = ["endpoints", "medians", "order", "possible", "widths"]

FEW: Final = 12
"""Patients up to whom all values of a Kaplan-Meier curve are listed: 2 to the power of n."""

LOCAL: Final = "local"
"""How endpoints begin that may be counted by lesion, so that patients don't bound them."""

INCIDENCE: Final = ".incidence"
"""How the endpoint of a cumulative incidence ends."""


def order(reading: Reading) -> Iterator[Finding]:
    """Check that survival falls over time, and that incidences and counts rise."""
    for rates in _by_curve(reading).values():
        for early, late in pairwise(rates):
            first, second = (reading.number(each.statistic) for each in (early, late))
            if first is None or second is None or early.months == late.months:
                continue
            rises = early.endpoint.endswith(INCIDENCE) or early.statistic.unit == "patients"
            lesser, greater = (first, second) if rises else (second, first)
            counted = early.statistic.unit == "patients"
            ends = (lesser.value, greater.value)
            low, high = ends if counted else (lesser.rounded[0], greater.either[1])
            good = low <= high + 1e-12
            yield Finding(
                "proportions over time",
                Severity.CONSISTENT if good else Severity.CONTRADICTION,
                late.statistic.key,
                str(second),
                late.statistic.place,
                f"at {'least' if rises else 'most'} {first}",
                early.statistic.place,
                f"{first} at {early.months:.4g} months, {second} at {late.months:.4g}: it can only "
                f"{'rise' if rises else 'fall'}",
            )


def widths(reading: Reading) -> Iterator[Finding]:
    """Check that a proportion's interval isn't narrower than n patients allow."""
    # Greenwood's variance is at least S (1 - S) / n, its value without censoring.
    for each in reading.rates():
        statistic, n = each.statistic, reading.patients(each.statistic)
        value, low, high = (reading.number(statistic, part) for part in ("value", "lower", "upper"))
        if statistic.level is None or not n or statistic.unit == "patients":
            continue
        if value is None or low is None or high is None or not 0 < value.value * value.scale < 1:
            continue
        z = float(stats.norm.isf((1 - statistic.level) / 2))
        widest = high.either[1] - low.rounded[0]
        points = [min(max(end, 1e-9), 1 - 1e-9) for end in value.rounded]
        least = min(
            upper - lower
            for point in points
            for lower, upper in (
                scale(point, z * sqrt(point * (1 - point) / n)) for scale in _SCALES
            )
        )
        good = widest >= least * (1 - 1e-9)
        yield Finding(
            "the interval of a proportion against n",
            Severity.CONSISTENT if good else _bad(each),
            statistic.key,
            f"{value} ({low} to {high})",
            statistic.place,
            f"at least {100 * least:.1f} points wide",
            f"n = {n}",
            f"{n} patients without any censoring give a standard error of "
            f"{100 * sqrt(points[0] * (1 - points[0]) / n):.2f} points, an interval of at least "
            f"{100 * least:.1f} points on every usual scale; printed: {100 * widest:.1f} at most"
            + ("" if good else _lesions(each)),
        )


def possible(reading: Reading) -> Iterator[Finding]:
    """Check that the curve of n patients can have the printed proportion."""
    for each in reading.rates():
        statistic, n = each.statistic, reading.patients(each.statistic)
        printed = reading.number(statistic)
        if printed is None or not n or statistic.unit == "patients":
            continue
        if each.endpoint.endswith(INCIDENCE):
            low, high = (1.0 - end for end in reversed(printed.either))
        else:
            low, high = printed.either
        if n <= FEW:
            good = any(low - 1e-12 <= value <= high + 1e-12 for value in _curve_values(n))
            words = f"no curve of {n} patients, censored or not, has this value"
        else:
            largest = (n - 1) / n
            good = low <= largest or high >= 1.0
            words = f"below 100% a curve of {n} patients is at most {100 * largest:.2f}%"
        yield Finding(
            "a proportion that n allows",
            Severity.CONSISTENT if good else _bad(each),
            statistic.key,
            str(printed),
            statistic.place,
            f"n = {n}",
            statistic.place,
            "a curve of n patients can have it" if good else words + _lesions(each),
        )


def medians(reading: Reading) -> Iterator[Finding]:
    """Check a median and its interval against the proportions at times."""
    for (endpoint, group), rates in _by_curve(reading).items():
        median = reading.by_key.get(f"{endpoint}.median{group}")
        if median is None or endpoint.endswith(INCIDENCE):
            continue
        for rate in rates:
            if rate.statistic.unit != "patients":
                yield _median_at(reading, median, rate)
                yield from _limits_at(reading, median, rate)


def endpoints(reading: Reading) -> Iterator[Finding]:
    """Check that progression-free survival isn't above overall survival."""
    curves = _by_curve(reading)
    for (endpoint, group), rates in curves.items():
        if endpoint not in ("pfs", "dfs"):
            continue
        overall = {rate.months: rate for rate in curves.get(("os", group), ())}
        for rate in rates:
            if rate.months not in overall:
                continue
            alive = overall[rate.months].statistic
            first, second = reading.number(rate.statistic), reading.number(alive)
            if first is None or second is None:
                continue
            good = first.rounded[0] <= second.either[1]
            yield Finding(
                "progression-free against overall survival",
                Severity.CONSISTENT if good else Severity.STRAIN,
                rate.statistic.key,
                str(first),
                rate.statistic.place,
                f"at most {second}",
                alive.place,
                f"who is free of progression is alive: {first} against {second} at "
                f"{rate.months:.4g} months"
                + ("" if good else "; only censoring can turn it round"),
            )


def _bad(rate: Rate) -> Severity:
    return Severity.STRAIN if rate.endpoint.startswith(LOCAL) else Severity.CONTRADICTION


def _lesions(rate: Rate) -> str:
    local = rate.endpoint.startswith(LOCAL)
    return ", unless lesions were counted and not patients" if local else ""


def _by_curve(reading: Reading) -> dict[tuple[str, str], list[Rate]]:
    curves: dict[tuple[str, str], list[Rate]] = {}
    for rate in sorted(reading.rates(), key=lambda rate: rate.months):
        curves.setdefault((rate.endpoint, tail(rate.statistic)), []).append(rate)
    return curves


def _median_at(reading: Reading, median: Statistic, rate: Rate) -> Finding:
    printed, value = reading.number(rate.statistic), reading.number(median)
    low, high = printed.either if printed else (0.0, 1.0)
    first, last = value.either if value else (inf, inf)
    good, words = True, "it is near a half"
    if low > 0.5:
        good, words = last >= rate.months, "above a half, so that the median is later"
    elif high < 0.5:
        good, words = first <= rate.months, "below a half, so that the median isn't later"
    return Finding(
        "a median against a proportion",
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        median.key,
        f"{value or 'not reached'} {median.unit}",
        median.place,
        f"{printed} at {rate.months:.4g} months",
        rate.statistic.place,
        f"at {rate.months:.4g} months {printed} {rate.statistic.unit} have had no event: {words}"
        + ("" if good else f"; printed is {_months(value)}"),
    )


def _limits_at(reading: Reading, median: Statistic, rate: Rate) -> Iterator[Finding]:
    """Yield a strain where a proportion's interval and the median's disagree about a time."""
    low, high = (reading.number(rate.statistic, part) for part in ("lower", "upper"))
    first, last = (reading.number(median, part) for part in ("lower", "upper"))
    if low is None or high is None or first is None or last is None:
        return
    if median.level != rate.statistic.level:
        return
    good, words = True, "contains a half, and the median's interval the time"
    if low.either[0] > 0.5:
        good, words = (
            first.either[1] >= rate.months,
            "is above a half, so the median's begins later",
        )
    elif high.either[1] < 0.5:
        good, words = last.either[0] <= rate.months, "is below a half, so the median's ends before"
    yield Finding(
        "a median's interval against a proportion's",
        Severity.CONSISTENT if good else Severity.STRAIN,
        median.key,
        f"{first} to {last} {median.unit}",
        median.place,
        f"{low} to {high} at {rate.months:.4g} months",
        rate.statistic.place,
        f"at {rate.months:.4g} months the proportion's interval {words}"
        + ("" if good else ", unless they are made on different scales"),
    )


def _months(value: Print | None) -> str:
    return f"{value.value * value.scale:.4g} months" if value else "that it isn't reached"


@cache
def _curve_values(n: int) -> frozenset[float]:
    """Return all values that a Kaplan-Meier curve of n patients can have.

    From each number at risk the next patient has the event, which multiplies the curve by
    (number - 1) / number, or is censored, which leaves it; ties are several in a row.
    """
    values = {1.0}
    for at_risk in range(n, 0, -1):
        values |= {round(value * (at_risk - 1) / at_risk, 12) for value in values}
    return frozenset(values)


def _plain(point: float, half: float) -> tuple[float, float]:
    return max(point - half, 0.0), min(point + half, 1.0)


def _log(point: float, half: float) -> tuple[float, float]:
    return point * exp(-half / point), min(point * exp(half / point), 1.0)


def _log_log(point: float, half: float) -> tuple[float, float]:
    power = half / (point * -log(point))
    return point ** exp(power), point ** exp(-power)


def _logit(point: float, half: float) -> tuple[float, float]:
    odds, width = log(point / (1 - point)), half / (point * (1 - point))
    return 1 / (1 + exp(-(odds - width))), 1 / (1 + exp(-(odds + width)))


def _arcsine(point: float, half: float) -> tuple[float, float]:
    middle, width = asin(sqrt(point)), half / (2 * sqrt(point * (1 - point)))
    return sin(max(middle - width, 0.0)) ** 2, sin(min(middle + width, pi / 2)) ** 2


def _wilson(point: float, half: float) -> tuple[float, float]:
    ratio = half**2 / (point * (1 - point))  # z squared over n
    middle = (point + 0.5 * ratio) / (1 + ratio)
    width = sqrt(half**2 + 0.25 * ratio**2) / (1 + ratio)
    return middle - width, middle + width


_SCALES: Final[tuple[Callable[[float, float], tuple[float, float]], ...]] = (
    _plain,
    _log,
    _log_log,
    _logit,
    _arcsine,
    _wilson,
)
