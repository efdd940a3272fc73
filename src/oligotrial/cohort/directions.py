"""Which of two groups did worse, as far as print tells, and against which a ratio is printed."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final

from scipy.stats import chi2, norm

from oligotrial.cohort.endpoints import months_of
from oligotrial.cohort.models import Model, models
from oligotrial.cohort.target import LEVEL
from oligotrial.estimators.scale import quantile_of
from oligotrial.evidence import Comparison, Evidence

__all__ = ["DIRECTION_P", "coded", "worse_group"]

DIRECTION_P: Final = 0.1
"""Largest p-value at which a test of two groups is taken to go the way of their curves.

A chi-squared doesn't tell which group did worse, nor does its p. Where p is this small, curves
that cross so that medians, means or rates say the opposite aren't plausible; where it is
larger either can be. An unadjusted hazard ratio has the direction of the log-rank test at any p:
the test is the score test of that ratio.
"""


def worse_group(evidence: Evidence, comparison: Comparison) -> str:
    """Return the group that a test of two says had more events than expected.

    Parameters
    ----------
    evidence : Evidence
        The source.
    comparison : Comparison
        The test.

    Returns
    -------
    str
        As the unadjusted hazard ratio says; where none is printed and p is at most
        `DIRECTION_P`, as the restricted means, else the medians, else the rates, else an
        adjusted hazard ratio say. Empty where none does, or there are more than two groups.
    """
    if len(comparison.levels) != 2:
        return ""
    endpoint, grouping, levels = comparison.endpoint, comparison.grouping, comparison.levels
    found = [
        each for each in models(evidence) if each.endpoint == endpoint and grouping in each.ratios
    ]
    for each in found:
        if each.alone and (worse := _by_ratio(evidence, each, grouping, levels)):
            return worse
    if _p(comparison) > DIRECTION_P:
        return ""
    by_curves = _by_curves(evidence, endpoint, grouping, levels)
    told = (_by_ratio(evidence, each, grouping, levels) for each in found)
    return next(filter(None, chain([by_curves], told)), "")


def coded(evidence: Evidence, grouping: str, levels: Sequence[str]) -> list[str]:
    """Return a covariate's levels in the order of their codes, the reference first.

    A printed regression rarely says how its covariates were coded.

    Parameters
    ----------
    evidence : Evidence
        The source.
    grouping : str
        The covariate.
    levels : sequence of str
        Its levels, in the order of the test or else of the counts.

    Returns
    -------
    list of str
        By their codes where the source states them. Else levels are numbered in their order; one
        that gives the grouping its name or is named "at least" is the last; the stated reference
        is the first. Where none is stated, of two levels, the one that makes an unadjusted hazard
        ratio agree with the curves.
    """
    if codes := evidence.codes.get(grouping):
        return sorted(levels, key=lambda level: codes.get(level, 0.0))
    order = sorted(levels, key=lambda level: level in (grouping, "at least"))
    reference = evidence.references.get(grouping) or _told_reference(evidence, grouping, order)
    return sorted(order, key=lambda level: level != reference) if reference else order


def _told_reference(evidence: Evidence, grouping: str, levels: Sequence[str]) -> str:
    if len(levels) != 2:
        return ""
    for each in models(evidence):
        ratio = each.ratios.get(grouping)
        if ratio is None or not each.alone or not ratio.value or ratio.value == 1.0:
            continue
        tests = [
            _p(test)
            for test in evidence.comparisons
            if test.endpoint == each.endpoint and test.grouping == grouping
        ]
        if min([*tests, _p_of_ratio(each, grouping)]) > DIRECTION_P:
            continue
        if worse := _by_curves(evidence, each.endpoint, grouping, levels):
            better = next(level for level in levels if level != worse)
            return better if ratio.value > 1.0 else worse
    return ""


def _by_ratio(evidence: Evidence, model: Model, grouping: str, levels: Sequence[str]) -> str:
    ratio = model.ratios[grouping].value
    if not ratio or ratio == 1.0:
        return ""
    reference, other = coded(evidence, grouping, levels)
    return other if ratio > 1.0 else reference


def _by_curves(evidence: Evidence, endpoint: str, grouping: str, levels: Sequence[str]) -> str:
    """Return the group whose curve is the lower one, by the first kind of number that tells."""
    found = (pair for kind in _KINDS for pair in kind(evidence, endpoint, grouping, levels))
    for first, second in found:
        if first != second:
            return levels[0] if first < second else levels[1]
    return ""


type _Pairs = Iterator[tuple[float, float]]


def _named(name: str) -> Callable[[Evidence, str, str, Sequence[str]], _Pairs]:
    def pairs(evidence: Evidence, endpoint: str, grouping: str, levels: Sequence[str]) -> _Pairs:
        found = {
            each.key: math.inf if each.value is None else each.value for each in evidence.statistics
        }
        keys = [f"{endpoint}.{name}[{grouping}={level}]" for level in levels]
        if all(key in found for key in keys):
            yield found[keys[0]], found[keys[1]]

    return pairs


def _rates(evidence: Evidence, endpoint: str, grouping: str, levels: Sequence[str]) -> _Pairs:
    """Yield rates, then what incidences leave, each kind from the latest time on."""
    first, second = (f"[{grouping}={level}]" for level in levels)
    for kind, sign in (("", 1.0), ("incidence.", -1.0)):
        prefix = f"{endpoint}.{kind}"
        found = {
            each.key.removeprefix(prefix): sign * each.value
            for each in evidence.statistics
            if each.key.startswith(prefix) and each.value is not None
        }
        names = {key.partition("[")[0] for key in found}
        months = {name: months_of(name) for name in names}
        for name in sorted(names, key=lambda name: -(months[name] or 0.0)):
            if months[name] and {name + first, name + second} <= set(found):
                yield found[name + first], found[name + second]


_KINDS: Final = (_named("mean"), _named("median"), _rates)


def _p(comparison: Comparison) -> float:
    if comparison.p is not None:
        return comparison.p
    if comparison.chi_squared is not None:
        return float(chi2.sf(comparison.chi_squared, len(comparison.levels) - 1))
    return 1.0


def _p_of_ratio(model: Model, covariate: str) -> float:
    printed, ratio = model.p.get(covariate), model.ratios[covariate]
    if printed is not None and printed.value is not None:
        return printed.value
    if not (ratio.value and ratio.lower and ratio.upper and ratio.upper > ratio.lower):
        return 1.0
    z = abs(math.log(ratio.value)) / math.log(ratio.upper / ratio.lower)
    return 2.0 * float(norm.sf(2.0 * quantile_of(ratio.level or LEVEL) * z))
