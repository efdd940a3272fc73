"""Every number that a source prints of its patients, and how a cohort's rows give it."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.check import Check, exactly, of_statistic
from oligotrial.cohort.draw import Draw
from oligotrial.cohort.endpoints import endpoints
from oligotrial.cohort.groups import recompute
from oligotrial.cohort.recompute_rows import count_of, group_size, row_checks
from oligotrial.cohort.target import LEVEL, Target
from oligotrial.cohort.targets import fitted, is_partial, targets
from oligotrial.estimators import log_rank, restricted_mean
from oligotrial.estimators.scale import quantile_of
from oligotrial.evidence import Evidence, Statistic
from oligotrial.units import MONTHS_PER

__all__ = ["printed_checks"]

_TEST_P: Final = re.compile(
    r"(?P<endpoint>[a-z_]+)\.logrank_p\[grouping=(?P<grouping>[a-z0-9_]+)\]"
)
_PARTS: Final = ("value", "lower", "upper")


def printed_checks(evidence: Evidence) -> list[Check]:
    """Return a check for each number that a source prints of its patients.

    Parameters
    ----------
    evidence : Evidence
        The source. What it prints of other studies, of its design, of single cases and of
        lesions isn't about its cohort's rows.

    Returns
    -------
    list of Check
        Numbers at risk whose times aren't printed have keys with "[tick=". Keys of numbers that
        are printed in several places end in "@place".
    """
    found = [
        *_of_endpoints(evidence),
        *_of_regressions(evidence),
        *_of_tests(evidence),
        *row_checks(evidence),
        *_of_single_numbers(evidence),
    ]
    known = {each.key: each for each in found}
    return [*found, *_of_versions(evidence, known)]


def _of_endpoints(evidence: Evidence) -> Iterator[Check]:
    for endpoint in endpoints(evidence):
        for each in targets(evidence, endpoint):
            if each.kind < Kind.LOG_HAZARD_RATIO:
                yield Check(
                    each.key, each.printed, each.interval, each.tolerance, each.place,
                    _of_target(each, endpoint),
                )  # fmt: skip
            if each.kind == Kind.MEAN:
                statistic = evidence[each.key]
                if statistic.level is not None:
                    yield from of_statistic(statistic, 1, _mean_limit(each, endpoint, -1.0))
                    yield from of_statistic(statistic, 2, _mean_limit(each, endpoint, 1.0))


def _of_target(each: Target, endpoint: str) -> Callable[[Draw], float]:
    return lambda draw: recompute(each, draw.groups(endpoint))


def _mean_limit(each: Target, endpoint: str, sign: float) -> Callable[[Draw], float]:
    z = quantile_of(each.confidence)

    def compute(draw: Draw) -> float:
        mean = restricted_mean(*draw.groups(endpoint).curve(each))
        return each.as_printed(mean.value + sign * z * mean.std_error)

    return compute


def _of_regressions(evidence: Evidence) -> Iterator[Check]:
    for model in fitted(evidence):
        for covariate, ratio in model.ratios.items():
            for which, part in enumerate(_PARTS):
                if which == 0 or ratio.level is not None:
                    level = ratio.level or LEVEL
                    yield from of_statistic(
                        ratio, which, _estimate(model.name, covariate, part, level)
                    )
            if (p := model.p.get(covariate)) is not None:
                yield from of_statistic(p, 0, _estimate(model.name, covariate, "p", LEVEL))
        if (c := model.c_index) is not None:
            for which, part in enumerate(_PARTS):
                if which == 0 or c.level is not None:
                    level = c.level or LEVEL
                    yield from of_statistic(c, which, _estimate(model.name, "", part, level))


def _estimate(model: str, covariate: str, what: str, level: float) -> Callable[[Draw], float]:
    def compute(draw: Draw) -> float:
        found = draw.regression(model)
        return math.nan if found is None else found.estimate(covariate, what, level)

    return compute


def _of_tests(evidence: Evidence) -> Iterator[Check]:
    """Yield p-values of tests whose chi-squared is printed as well, and where curves start."""
    for each in evidence.comparisons:
        both = each.chi_squared is not None and each.p is not None
        if both and not is_partial(evidence, each):
            decimals = each.decimals[1] if each.decimals else 4
            statistic = Statistic(
                f"{each.key}.p", each.p, None, None, None, "probability", each.place,
                decimals=(decimals, 0, 0),
            )  # fmt: skip
            yield from of_statistic(statistic, 0, _test_p(each.endpoint, each.grouping))
    for table in evidence.risk_tables:
        size = group_size(table.grouping, table.level)
        yield exactly(table.key(0), float(table.at_risk[0]), table.place, size)


def _test_p(endpoint: str, grouping: str) -> Callable[[Draw], float]:
    def compute(draw: Draw) -> float:
        groups = draw.groups(endpoint)
        return log_rank(groups.time, groups.event, group=groups.levels(grouping)).p

    return compute


def _of_single_numbers(evidence: Evidence) -> Iterator[Check]:
    for each in evidence.statistics:
        if "@" in each.key or each.value is None:
            continue
        if each.restates:
            yield from of_statistic(each, 0, _restated(evidence, each))
        elif each.key.endswith("_percent"):
            if (share := _share(each.key.removesuffix("_percent"), evidence)) is not None:
                yield from of_statistic(each, 0, share)
        elif each.key in _SINGLE:
            yield from of_statistic(each, 0, _SINGLE[each.key])


def _restated(evidence: Evidence, each: Statistic) -> Callable[[Draw], float]:
    pairs = [text.split("=", 1) for text in each.restates]
    rows = [c for c in evidence.counts if [c.variable, c.level] in pairs]

    def compute(draw: Draw) -> float:
        total = sum(count_of(row.variable, row)(draw) for row in rows)
        return (
            100.0 * total / (rows[0].total or math.nan)
            if each.unit == "percent" and rows
            else float(total)
        )

    return compute


def _share(key: str, evidence: Evidence) -> Callable[[Draw], float] | None:
    for endpoint in endpoints(evidence):
        for target in targets(evidence, endpoint):
            if target.key == key:
                found = _of_target(target, endpoint)
                return lambda draw: 100.0 * found(draw) / len(draw.frame)
    return None


def _follow_up_mean(draw: Draw) -> float:
    frame = draw.frame
    if "os_time" not in frame:
        return float(frame["time"].mean())
    return float((frame["os_time"] - frame.get("os_entry", 0.0)).mean())


def _local(draw: Draw) -> float:
    return float(draw.frame["local_event"].sum())


_SINGLE: Final = {
    "follow_up.mean": _follow_up_mean,
    "enrolled": lambda draw: float(len(draw.frame)),
    "accrual.patients": lambda draw: float(len(draw.frame)),
    "local_control.recurrences": _local,
    "local_control.2_years": lambda draw: 100.0 if _local(draw) == 0 else math.nan,
    "local_control.3_years": lambda draw: 100.0 if _local(draw) == 0 else math.nan,
}


def _of_versions(evidence: Evidence, known: dict[str, Check]) -> Iterator[Check]:
    """Yield what is printed once more elsewhere, to its own digits and in its own unit there."""
    units = {each.key: each.unit for each in evidence.statistics}
    for each in evidence.statistics:
        base, mark, place = each.key.partition("@")
        if not mark:
            continue
        if found := _TEST_P.fullmatch(base):
            compute = _test_p(found["endpoint"], found["grouping"])
            yield from (replace(check, key=each.key) for check in of_statistic(each, 0, compute))
            continue
        for which, suffix in enumerate(("", ".lower", ".upper")):
            if (check := known.get(base + suffix)) is not None:
                factor = _months(units.get(base, "")) / _months(each.unit)
                for version in of_statistic(each, which, _scaled(check.compute, factor)):
                    yield replace(version, key=f"{base}{suffix}@{place}")


def _months(unit: str) -> float:
    return MONTHS_PER.get(unit, 1.0)


def _scaled(compute: Callable[[Draw], float], factor: float) -> Callable[[Draw], float]:
    return lambda draw: factor * compute(draw)
