"""Every number that a source prints of its patients, and how a cohort's rows give it."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.cohort.chain import Kind
from oligotrial.cohort.columns import Columns
from oligotrial.cohort.groupings import levels_of, with_groupings
from oligotrial.cohort.marginal import counted, measured
from oligotrial.cohort.target import Groups, Target, endpoints, printed_interval, targets
from oligotrial.estimators import log_rank, restricted_mean
from oligotrial.estimators.concordance import harrell_c
from oligotrial.estimators.cox import BRESLOW, cox
from oligotrial.evidence import Count, Evidence, Statistic
from oligotrial.radiobiology import Schedule
from oligotrial.units import MONTHS_PER

__all__ = ["Check", "Draw", "covariate_codes", "printed_checks"]

_Z: Final = float(norm.isf(0.025))
_REGRESSION: Final = re.compile(r"cox\.(hazard_ratio|p)\[covariate=(?P<name>[a-z0-9_]+)\]")
_TEST_P: Final = re.compile(
    r"(?P<endpoint>[a-z_]+)\.logrank_p\[grouping=(?P<grouping>[a-z0-9_]+)\]"
)


class Draw:
    """One draw of a cohort, with what several numbers need of it computed once.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients.
    evidence : Evidence
        Whose endpoints.
    codes : mapping
        From `covariate_codes`, the same for all draws.
    """

    def __init__(
        self, frame: pd.DataFrame, evidence: Evidence, codes: Mapping[str, Mapping[str, float]]
    ) -> None:
        self.frame = with_groupings(frame, evidence.groupings)
        self._first = endpoints(evidence)[0]
        self._codes = codes
        self._groups: dict[str, Groups] = {}

    def groups(self, endpoint: str) -> Groups:
        """Return the patients with the times of an endpoint."""
        if endpoint not in self._groups:
            rows = self.frame
            if endpoint != self._first:
                names = {f"{endpoint}_{part}": part for part in ("time", "event")}
                rows = rows.drop(columns=["time", "event"]).rename(columns=names)
            self._groups[endpoint] = Groups(rows)
        return self._groups[endpoint]

    @cached_property
    def regression(self) -> dict[str, dict[str, float]]:
        """Estimates of the printed regression by covariate, and Harrell's C at "" ."""
        codes = pd.DataFrame(
            {
                name: [code[level] for level in self.groups(self._first).levels(name)]
                for name, code in self._codes.items()
            }
        )
        time, event = self.frame["time"], self.frame["event"]
        try:
            fit = cox(time, event, codes, ties=BRESLOW)
        except InputError:  # a draw whose regression has no estimates agrees with none
            return {}
        table = fit.coefficients
        risk = codes.to_numpy(float) @ table["log_hazard_ratio"].to_numpy(float)
        concordance = harrell_c(time, event, risk=risk)
        found = {
            str(name): {
                "value": float(row["hazard_ratio"]), "lower": float(row["lower"]),
                "upper": float(row["upper"]), "p": float(row["p"]),
            }
            for name, row in table.iterrows()
        }  # fmt: skip
        found[""] = {
            "value": concordance.value, "lower": concordance.lower, "upper": concordance.upper,
        }  # fmt: skip
        return found


@dataclass(frozen=True)
class Check:
    """One printed number and how it is recomputed.

    Parameters
    ----------
    key : str
        What it is.
    printed : float
        The number; infinite where a median isn't reached.
    interval : tuple of float
        The values that print so.
    tolerance : float
        Half a unit of the printed rounding; 0 for counts.
    place : str
        Where it is printed.
    compute : callable
        From a `Draw`.
    """

    key: str
    printed: float
    interval: tuple[float, float]
    tolerance: float
    place: str
    compute: Callable[[Draw], float]

    def agrees(self, value: float) -> bool:
        """Return whether a recomputed number prints as this one."""
        low, high = self.interval
        return low <= value <= high


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
        *_of_regression(evidence),
        *_of_tests(evidence),
        *_of_counts(evidence),
        *_of_schedules(evidence),
        *_of_measures(evidence),
        *_of_single_numbers(evidence),
    ]
    known = {each.key: each for each in found}
    return [*found, *_of_versions(evidence, known)]


def _exact(key: str, printed: float, place: str, compute: Callable[[Draw], float]) -> Check:
    return Check(key, printed, (printed, printed), 0.0, place, compute)


def _of_endpoints(evidence: Evidence) -> Iterator[Check]:
    for endpoint in endpoints(evidence):
        for each in targets(evidence, endpoint):
            if each.kind < Kind.LOG_HAZARD_RATIO:
                yield Check(
                    each.key, each.printed, each.interval, each.tolerance, each.place,
                    _of_target(each, endpoint),
                )  # fmt: skip
        for statistic in evidence.statistics:
            if statistic.key == f"{endpoint}.mean":
                for which, sign in ((1, -1.0), (2, 1.0)):
                    yield from _limit(statistic, which, _mean_limit(endpoint, sign))


def _of_target(each: Target, endpoint: str) -> Callable[[Draw], float]:
    return lambda draw: each.recompute(draw.groups(endpoint))


def _mean_limit(endpoint: str, sign: float) -> Callable[[Draw], float]:
    def compute(draw: Draw) -> float:
        groups = draw.groups(endpoint)
        mean = restricted_mean(groups.time, groups.event)
        return mean.value + sign * _Z * mean.std_error

    return compute


def _limit(each: Statistic, which: int, compute: Callable[[Draw], float]) -> Iterator[Check]:
    number = (each.value, each.lower, each.upper)[which]
    if number is not None:
        interval = printed_interval(each, which)
        yield Check(
            each.key + ("", ".lower", ".upper")[which], number, interval,
            (interval[1] - interval[0]) / 3.0, each.place, compute,
        )  # fmt: skip


def _of_regression(evidence: Evidence) -> Iterator[Check]:
    for each in evidence.statistics:
        names = ("value", "lower", "upper")
        if each.key == "cox.c_index":
            for which in range(3):
                yield from _limit(each, which, _estimate("", names[which]))
        elif found := _REGRESSION.fullmatch(each.key):
            if each.key.startswith("cox.p["):
                yield from _limit(each, 0, _estimate(found["name"], "p"))
                continue
            for which in range(3):
                yield from _limit(each, which, _estimate(found["name"], names[which]))


def _estimate(name: str, what: str) -> Callable[[Draw], float]:
    return lambda draw: draw.regression.get(name, {}).get(what, math.nan)


def covariate_codes(evidence: Evidence) -> dict[str, dict[str, float]]:
    """Return how the covariates of a printed regression are coded, as far as it can be told.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    dict
        For each covariate, in the order of print, the code of each level.
    """
    ratios = [each for each in targets(evidence) if each.kind == Kind.LOG_HAZARD_RATIO]
    columns = Columns(evidence, ratios)
    names = [each.grouping for each in ratios]
    return {
        name: dict(zip(columns.source(name)[1], columns.codes(name), strict=True)) for name in names
    }


def _of_tests(evidence: Evidence) -> Iterator[Check]:
    """Yield p-values of tests whose chi-squared is printed as well, and where curves start."""
    for each in evidence.comparisons:
        if each.chi_squared is not None and each.p is not None:
            decimals = each.decimals[1] if each.decimals else 4
            statistic = Statistic(
                f"{each.key}.p", each.p, None, None, None, "probability", each.place,
                decimals=(decimals, 0, 0),
            )  # fmt: skip
            yield from _limit(statistic, 0, _test_p(each.endpoint, each.grouping))
    for table in evidence.risk_tables:
        key = f"{table.endpoint}.at_risk[{table.grouping}={table.level}][tick=0]"
        yield _exact(
            key, float(table.at_risk[0]), table.place, _group_size(table.grouping, table.level)
        )


def _test_p(endpoint: str, grouping: str) -> Callable[[Draw], float]:
    def compute(draw: Draw) -> float:
        groups = draw.groups(endpoint)
        return log_rank(groups.time, groups.event, group=groups.levels(grouping)).p

    return compute


def _group_size(grouping: str, level: str) -> Callable[[Draw], float]:
    if not level:  # a table of everybody
        return lambda draw: float(len(draw.frame))
    return lambda draw: float((levels_of(draw.frame, grouping) == level).sum())


def _of_counts(evidence: Evidence) -> Iterator[Check]:
    for name, rows in counted(evidence):
        for each in rows:
            yield from _count_and_percent(
                f"{name}[{each.level}]", each, _count(name, each), _known(name, each)
            )
    for group in evidence.bed_groups:
        key = f"{group.grouping}[at least]"
        yield _exact(key, float(group.n), group.place, _group_size(group.grouping, "at least"))


def _count_and_percent(
    key: str, each: Count, count: Callable[[Draw], float], known: Callable[[Draw], float]
) -> Iterator[Check]:
    yield _exact(key, float(each.n), each.place, count)
    if each.percent is not None:
        # Papers bend percentages until a column adds up to 100: half a patient is agreement.
        step = 0.5 * max(10.0 ** -(each.decimals or 0), 100.0 / each.total)
        yield Check(
            f"{key}.percent", each.percent, (each.percent - step, each.percent + 2.0 * step),
            step, each.place, lambda draw: 100.0 * count(draw) / known(draw),
        )  # fmt: skip


def _column(draw: Draw, name: str) -> pd.Series:
    if name not in draw.frame:
        return pd.Series(dtype=object)
    return draw.frame[name].astype(object)


def _count(name: str, each: Count) -> Callable[[Draw], float]:
    if each.overlapping:
        return lambda draw: float((_column(draw, f"{name}_{each.level}") == "yes").sum())
    return lambda draw: float((_column(draw, name) == each.level).sum())


def _known(name: str, each: Count) -> Callable[[Draw], float]:
    """Return who the percentage is of: those looked at."""
    if each.overlapping:
        return lambda draw: float(_column(draw, f"{name}_{each.level}").notna().sum())
    return lambda _: float(each.total)


def _of_schedules(evidence: Evidence) -> Iterator[Check]:
    for each in evidence.schedules:
        options = [str(option) for option in Schedule.parse(each.text).options()]
        key = f"schedule[{each.site}: {each.text}]"

        def count(draw: Draw, site: str = each.site, names: list[str] = options) -> float:
            frame = draw.frame
            return float(((frame["site"] == site) & frame["schedule"].isin(names)).sum())

        yield _exact(key, float(each.n), each.place, count)


def _of_measures(evidence: Evidence) -> Iterator[Check]:
    names = {each.name for each in measured(evidence)}
    for each in evidence.statistics:
        name, _, what = each.key.partition(".")
        if name in names and what in ("median", "mean", "sd") and each.value is not None:
            yield from _limit(each, 0, _summary(name, what))
            if what == "median":
                yield from _limit(each, 1, _summary(name, "min"))
                yield from _limit(each, 2, _summary(name, "max"))


def _summary(name: str, what: str) -> Callable[[Draw], float]:
    method = {"sd": "std"}.get(what, what)
    return lambda draw: float(getattr(draw.frame[name].astype(float), method)())


def _of_single_numbers(evidence: Evidence) -> Iterator[Check]:
    for each in evidence.statistics:
        if "@" in each.key or each.value is None:
            continue
        if each.restates:
            yield from _limit(each, 0, _restated(evidence, each))
        elif each.key.endswith("_percent"):
            if (share := _share(each.key.removesuffix("_percent"), evidence)) is not None:
                yield from _limit(each, 0, share)
        elif each.key in _SINGLE:
            yield from _limit(each, 0, _SINGLE[each.key])


def _restated(evidence: Evidence, each: Statistic) -> Callable[[Draw], float]:
    pairs = [text.split("=", 1) for text in each.restates]
    rows = [c for c in evidence.counts if [c.variable, c.level] in pairs]

    def compute(draw: Draw) -> float:
        total = sum(_count(row.variable, row)(draw) for row in rows)
        return 100.0 * total / rows[0].total if each.unit == "percent" and rows else float(total)

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
            yield from (replace(check, key=each.key) for check in _limit(each, 0, compute))
            continue
        for which, suffix in enumerate(("", ".lower", ".upper")):
            if (check := known.get(base + suffix)) is not None:
                factor = _months(units.get(base, "")) / _months(each.unit)
                for version in _limit(each, which, _scaled(check.compute, factor)):
                    yield replace(version, key=f"{base}{suffix}@{place}")


def _months(unit: str) -> float:
    return MONTHS_PER.get(unit, 1.0)


def _scaled(compute: Callable[[Draw], float], factor: float) -> Callable[[Draw], float]:
    return lambda draw: factor * compute(draw)
