"""Estimates against their intervals, standard errors and p-values."""

from collections.abc import Iterator
from itertools import product
from math import exp, inf, log, sqrt
from typing import Final

from scipy import stats

from oligotrial.evidence.consistency.finding import Finding, Severity, judge
from oligotrial.evidence.consistency.reading import Reading, groups_of
from oligotrial.evidence.digits import Print, decimals_of, meets
from oligotrial.evidence.printed import Comparison, Statistic

__all__ = ["inside", "log_rank_tests", "means", "ratio_sizes", "ratio_tests", "ratios"]

OTHER_TEST: Final = 0.5
"""Standard errors by which a likelihood-ratio or score test may differ from Wald's.

In samples of tens of patients the three differ by tenths of a standard error.
"""

_P_NAMES: Final = ("hazard_ratio", "odds_ratio", "risk_ratio")


def inside(reading: Reading) -> Iterator[Finding]:
    """Check that each value lies in its interval or range."""
    for each in reading.evidence.statistics:
        value, low, high = (reading.number(each, part) for part in ("value", "lower", "upper"))
        if value is None or low is None or high is None:
            continue
        allowed = low.rounded[0], high.either[1]
        good = meets(allowed, value.rounded)
        yield Finding(
            "a value in its interval",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            each.key,
            str(value),
            each.place,
            f"{low} to {high}",
            each.place,
            f"{value} is {'' if good else 'not '}between {low} and {high}",
        )


def means(reading: Reading) -> Iterator[Finding]:
    """Check a mean, its interval and its standard error."""
    for each in reading.main():
        error = reading.by_key.get(each.key.replace(".mean", ".mean_se", 1))
        numbers = [reading.number(each, part) for part in ("value", "lower", "upper")]
        spread = reading.number(error) if error else None
        if each.level is None or error is None or spread is None or spread.value <= 0:
            continue
        value, low, high = numbers
        if ".mean" in each.key and value and low and high:
            yield _mean(each, (value, low, high), error, spread, reading.patients(each))


def ratios(reading: Reading) -> Iterator[Finding]:
    """Check that a ratio lies in the middle of its interval on the log scale."""
    for each, value, low, high in _ratios(reading):
        middle = _log_range(low, high)
        point = log(max(value.rounded[0], 1e-300)), log(value.either[1])
        good = meets(middle, point)
        centre = exp(0.5 * (log(low.value) + log(high.value)))
        words = f"the middle of {low} to {high} on the log scale is {centre:.4g}"
        if not good:
            words += ", which only an interval that isn't Wald's (profile, exact, bootstrap) allows"
        yield Finding(
            "a ratio in the middle of its interval",
            Severity.CONSISTENT if good else Severity.STRAIN,
            each.key,
            str(value),
            each.place,
            f"{centre:.4g}",
            each.place,
            words,
        )


def ratio_tests(reading: Reading) -> Iterator[Finding]:
    """Check the p-value of a ratio against its interval."""
    for each, value, low, high in _ratios(reading):
        name = next((name for name in _P_NAMES if name in each.key), None)
        test = reading.by_key.get(each.key.replace(name, "p")) if name else None
        p = reading.number(test) if test else None
        if not test or not p or each.level is None or not 0 <= p.value <= 1:
            continue
        wald = _wald_range((value, low, high), each.level)
        asked = _z(p.rounded[1]), _z(p.rounded[0])
        gap = max(wald[0] - asked[1], asked[0] - wald[1], 0.0)
        severity = Severity.CONSISTENT if meets(wald, asked) else Severity.CONTRADICTION
        words = f"Wald's p for {value} ({low} to {high}) is {_p(wald[1]):.2g} to {_p(wald[0]):.2g}"
        if severity is Severity.CONTRADICTION and gap <= OTHER_TEST:
            severity = Severity.STRAIN
            words += f"; {gap:.2f} standard errors off, as another test (likelihood ratio) may be"
        yield Finding(
            "the p-value of an interval",
            severity,
            each.key,
            f"p = {p}",
            test.place,
            f"p = {_p(wald[1]):.4g} to {_p(wald[0]):.4g}",
            each.place,
            words,
        )


def ratio_sizes(reading: Reading) -> Iterator[Finding]:
    """Check that the interval of a hazard ratio of two groups isn't narrower than n allows."""
    # Each event adds at most 1/4 to the information about the log hazard ratio of two groups, so
    # that its standard error is at least 2 / sqrt(patients).
    for each, _, low, high in _ratios(reading):
        patients = _of_two_groups(reading, each)
        if not patients or each.level is None:
            continue
        ends = log(high.either[1]) - log(max(low.rounded[0], 1e-300))
        widest = ends / (2 * stats.norm.isf((1 - each.level) / 2))
        least = 2.0 / sqrt(patients)
        good = widest >= least * (1 - 1e-9)
        yield Finding(
            "the interval of a ratio against n",
            Severity.CONSISTENT if good else Severity.CONTRADICTION,
            each.key,
            f"{low} to {high}",
            each.place,
            f"standard error of at least {least:.3f}",
            "patients of the source",
            f"the interval gives the log hazard ratio a standard error of {widest:.3f} at most; "
            f"it is at least 2 / sqrt({patients}) = {least:.3f} even if all have the event",
        )


def log_rank_tests(reading: Reading) -> Iterator[Finding]:
    """Check degrees of freedom against groups, and p-values against chi-squared."""
    for each in reading.evidence.comparisons:
        if each.df is not None:
            yield _degrees(each)
        if each.chi_squared is not None and each.p is not None:
            df = len(each.levels) - 1 if each.df is None else each.df
            decimals = each.decimals or (decimals_of(each.chi_squared), decimals_of(each.p))
            statistic = Print(each.chi_squared, decimals[0])
            low, high = statistic.rounded
            possible = float(stats.chi2.sf(high, df)), float(stats.chi2.sf(max(low, 0.0), df))
            p = Print(each.p, decimals[1])
            severity = judge(possible, p)
            exact = stats.chi2.sf(each.chi_squared, df)
            cut = ", cut off and not rounded" if severity is Severity.NOTE else ""
            yield Finding(
                "the p-value of chi-squared",
                severity,
                each.key,
                f"p = {p}",
                each.place,
                f"p = {exact:.{decimals[1] + 1}f}",
                each.place,
                f"chi-squared {statistic} with {df} degrees of freedom has p = "
                f"{exact:.{decimals[1] + 2}f}{cut}",
            )


def _degrees(each: Comparison) -> Finding:
    groups = len(each.levels)
    good = each.df == groups - 1
    return Finding(
        "degrees of freedom of a test",
        Severity.CONSISTENT if good else Severity.CONTRADICTION,
        each.key,
        f"{each.df}",
        each.place,
        f"{groups - 1}",
        each.place,
        f"{groups} groups leave {groups - 1} degrees of freedom",
    )


def _mean(
    each: Statistic,
    numbers: tuple[Print, Print, Print],
    error: Statistic,
    spread: Print,
    patients: int | None,
) -> Finding:
    value, low, high = numbers
    level = each.level or 0.95
    middle = tuple(0.5 * (a + b) for a, b in zip(low.either, high.either, strict=True))
    widths = 0.5 * (high.rounded[0] - low.either[1]), 0.5 * (high.either[1] - low.rounded[0])
    ratio = widths[0] / spread.either[1], widths[1] / max(spread.rounded[0], 1e-300)
    normal = float(stats.norm.isf((1 - level) / 2))
    few = patients is not None and patients > 1
    student = float(stats.t.isf((1 - level) / 2, (patients or 2) - 1)) if few else normal
    fits = meets(ratio, (normal, normal)) or meets(ratio, (student, student))
    symmetric = meets((middle[0], middle[1]), value.either)
    severity = Severity.CONSISTENT if fits and symmetric else Severity.CONTRADICTION
    half = 0.5 * (high.value - low.value)
    words = f"({high} - {low}) / 2 = {half:.5g} is {half / spread.value:.4f} standard errors; "
    words += f"a {100 * level:g}% interval has {normal:.4f} (normal) or {student:.4f} (t)"
    if not symmetric:
        severity = Severity.STRAIN
        words += f"; its middle {0.5 * (low.value + high.value):.5g} isn't the mean, as only an "
        words += "interval that isn't symmetric (bootstrap, log scale) allows"
    return Finding(
        "a mean, its interval and its standard error",
        severity,
        each.key,
        f"{value} ({low} to {high})",
        each.place,
        f"standard error {spread}",
        error.place,
        words,
    )


def _ratios(reading: Reading) -> Iterator[tuple[Statistic, Print, Print, Print]]:
    for each in reading.evidence.statistics:
        value, low, high = (reading.number(each, part) for part in ("value", "lower", "upper"))
        if each.unit != "ratio" or each.level is None or not value or not low or not high:
            continue
        if min(value.value, low.value) > 0:
            yield each, value, low, high


def _log_range(low: Print, high: Print) -> tuple[float, float]:
    ends = zip((low.rounded[0], low.either[1]), (high.rounded[0], high.either[1]), strict=True)
    first, last = (0.5 * (log(max(a, 1e-300)) + log(b)) for a, b in ends)
    return first, last


def _wald_range(numbers: tuple[Print, Print, Print], level: float) -> tuple[float, float]:
    """Return the least and the largest |z| that rounding leaves for a ratio and its interval."""
    quantile = stats.norm.isf((1 - level) / 2)
    ranges = [(max(each.rounded[0], 1e-300), each.either[1]) for each in numbers]
    found = []
    for value, low, high in product(*ranges):
        error = log(high / low) / (2 * quantile) if high > low else 0.0
        found.append(abs(log(value)) / error if error else inf)
    crosses = ranges[0][0] <= 1.0 <= ranges[0][1]
    return (0.0 if crosses else min(found)), max(found)


def _z(p: float) -> float:
    return float(stats.norm.isf(min(max(p, 0.0), 1.0) / 2))


def _p(z: float) -> float:
    return float(2 * stats.norm.sf(z))


def _of_two_groups(reading: Reading, each: Statistic) -> int | None:
    """Return the patients of a hazard ratio that compares two groups, else None."""
    if "hazard_ratio" not in each.key:
        return None
    if each.group is None:
        variable = "arm"
        two = {s.group[1] for s in reading.main() if s.group and s.group[0] == variable}
    else:
        variable = each.group[1]
        two = set(groups_of(reading, variable))
    return (each.n or reading.evidence.patients) if len(two) == 2 else None
