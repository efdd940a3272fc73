"""What a reconstruction has to reproduce: printed statistics, and how each is recomputed."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.groupings import levels_of
from oligotrial.estimators import (
    LOG,
    LOG_LOG,
    PLAIN,
    Scale,
    kaplan_meier,
    log_rank,
    median,
    median_set,
    rate_at,
    restricted_mean,
)
from oligotrial.evidence import Comparison, Evidence, RiskTable, Statistic
from oligotrial.units import MONTHS_PER

__all__ = [
    "OVERALL",
    "SCALES",
    "Groups",
    "Target",
    "Z",
    "decimals",
    "endpoints",
    "limits_at_events",
    "printed_interval",
    "rate_scale",
    "targets",
]

DIRECTION_P: Final = 0.1
"""Largest p-value at which a test of two groups is taken to go the way of their medians.

A chi-squared doesn't tell which group did worse. Where it is this large, curves that cross so
that the medians say the opposite aren't plausible; where it is small either can be.
"""

OVERALL: Final = "overall"
"""The grouping of all patients in one group."""

Z: Final = float(norm.isf(0.025))
"""Normal quantile of a 95% interval: papers print no other."""

SCALES: Final = (PLAIN, LOG, LOG_LOG)
"""Scales that limits of rates are taken on."""

_CURVES: Final[tuple[Callable[[float], float], ...]] = (
    lambda rate: rate, math.log, lambda rate: -math.log(-math.log(rate)),
)  # fmt: skip

_LEAST_DECIMALS: Final = {"probability": 2, "months": 1}
_ENDPOINT: Final = re.compile(r"(?P<endpoint>(pfs|os|dfs|rfs|efs|ttp)(_[a-z]+)?)\.")
_RATE: Final = re.compile(r"(?P<number>\d+)_(?P<unit>day|week|month|year)s?")
_DISCONTINUED: Final = re.compile(r"rdt\.(?P<months>\d+)_months")
_COUNTS: Final = (Kind.EVENTS, Kind.EVENTS_BY, Kind.AT_RISK)


@dataclass(frozen=True)
class Target:
    """One printed number.

    Parameters
    ----------
    key : str
        What it is, as in the evidence.
    kind : Kind
        How it is computed.
    printed : float
        The number; infinite where the paper prints that a median isn't reached.
    unit : float
        The last printed decimal place, for example 0.1.
    place : str
        Where it is printed.
    grouping, level : str, optional
        Whose number it is.
    argument : float, optional
        The time that it is about, months, or the number of the tick where it isn't printed.
    p_df : int, optional
        Degrees of freedom where `printed` is a p-value that stands for a chi-squared.
    ticked : bool, optional
        Whether `argument` is the number of a tick.
    worse : str, optional
        Of two groups compared, the one that has to have more events than expected; a
        chi-squared whose difference goes the other way counts as negative.
    months : float, optional
        Months in the printed unit, where it is one of time.
    at_events : bool, optional
        Whether a median's limits are event times; see `limits_at_events`.
    scale : Scale, optional
        Of a rate's limits; see `rate_scale`.
    most : float, optional
        Largest value that agrees, where a count is printed that is a part of what is counted.
    """

    key: str
    kind: Kind
    printed: float
    unit: float
    place: str
    grouping: str = OVERALL
    level: str = ""
    argument: float = 0.0
    p_df: int = 0
    ticked: bool = False
    worse: str = ""
    months: float = 1.0
    at_events: bool = False
    scale: Scale = LOG_LOG
    most: float | None = None

    @property
    def tolerance(self) -> float:
        """Half a unit of the printed rounding; 0 for counts."""
        return 0.0 if self.kind in _COUNTS else 0.5 * self.unit

    @property
    def interval(self) -> tuple[float, float]:
        """Values that print as this number, rounded or cut off (papers do both)."""
        if self.most is not None:
            return self.printed, self.most
        if self.tolerance == 0.0 or math.isinf(self.printed):
            return self.printed, self.printed
        slack = 1e-9 * self.unit
        low, high = self.printed - 0.5 * self.unit, self.printed + self.unit - slack
        return (low - slack, high) if low > 0 else (0.0, high)

    @property
    def statistic_interval(self) -> tuple[float, float]:
        """The interval in the statistic's own unit: months, a p-value's chi-squared, a log."""
        low, high = self.interval
        if self.p_df:
            return float(chi2.isf(high, self.p_df)), float(chi2.isf(low, self.p_df))
        if self.kind in (Kind.LOG_HAZARD_RATIO, Kind.LOG_STANDARD_ERROR):
            return math.log(low), math.log(high)
        return low * self.months, high * self.months

    def agrees(self, value: float) -> bool:
        """Return whether a recomputed number prints as this one."""
        low, high = self.interval
        return low <= value <= high

    def at(self, months: float) -> "Target":
        """Return the same number about another time."""
        return replace(self, argument=months)

    def recompute(self, groups: "Groups") -> float:
        """Return the number for one draw, by the public estimators, in the printed unit.

        Parameters
        ----------
        groups : Groups
            The draw.

        Returns
        -------
        float
            Where a curve is flat at exactly 1/2, the end nearer to the printed median.
        """
        return _RECOMPUTE[self.kind](self, groups) / self.months


class Groups:
    """One draw, with its groups at hand.

    Parameters
    ----------
    frame : pandas.DataFrame
        The patients of one draw.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._levels: dict[str, np.ndarray] = {OVERALL: np.full(len(frame), "")}

    @cached_property
    def time(self) -> np.ndarray:
        """Times, months."""
        return self.frame["time"].to_numpy(float)

    @cached_property
    def event(self) -> np.ndarray:
        """1 where the event was seen."""
        return self.frame["event"].to_numpy(int)

    def levels(self, grouping: str) -> np.ndarray:
        """Return each patient's group."""
        if grouping not in self._levels:
            self._levels[grouping] = levels_of(self.frame, grouping)
        return self._levels[grouping]

    def curve(self, target: Target) -> tuple[np.ndarray, np.ndarray]:
        """Return times and events of a target's group."""
        inside = self.levels(target.grouping) == target.level
        return self.time[inside], self.event[inside]


def _median(target: Target, groups: Groups) -> float:
    return _nearest(target, *groups.curve(target))


def _nearest(target: Target, time: np.ndarray, event: np.ndarray) -> float:
    found = median_set(time, event, scale=LOG_LOG)
    low, high = target.statistic_interval
    return min((found.first, found.last), key=lambda value: max(low - value, value - high, 0.0))


def _limit(name: str) -> Callable[[Target, Groups], float]:
    return lambda target, groups: _limit_of(name, target, *groups.curve(target))


def _limit_of(name: str, target: Target, time: np.ndarray, event: np.ndarray) -> float:
    estimate = median_set if target.at_events else median
    return float(getattr(estimate(time, event, scale=LOG_LOG), name))


def _follow_up(target: Target, groups: Groups) -> float:
    return _nearest(target, groups.time, 1 - groups.event)


def _follow_up_limit(name: str) -> Callable[[Target, Groups], float]:
    return lambda target, groups: _limit_of(name, target, groups.time, 1 - groups.event)


def _rate(name: str) -> Callable[[Target, Groups], float]:
    def compute(target: Target, groups: Groups) -> float:
        found = rate_at(*groups.curve(target), at=target.argument, scale=target.scale)
        return 100.0 * float(getattr(found, name))

    return compute


def _chi_squared(target: Target, groups: Groups) -> float:
    test = log_rank(groups.time, groups.event, group=groups.levels(target.grouping))
    if target.worse:
        worse = test.groups.index(target.worse)
        return float(np.copysign(test.chi_squared, test.observed[worse] - test.expected[worse]))
    return test.p if target.p_df else test.chi_squared


def _events_by(target: Target, groups: Groups) -> float:
    curve = kaplan_meier(*groups.curve(target))
    return float(curve.events[curve.time <= target.argument].sum())


def _regression(target: Target, groups: Groups) -> float:
    raise NotImplementedError(target.key)  # `agreement` fits it once for all its numbers


_RECOMPUTE: Final[Mapping[Kind, Callable[[Target, Groups], float]]] = {
    Kind.CHI_SQUARED: _chi_squared,
    Kind.MEAN: lambda target, groups: restricted_mean(*groups.curve(target)).value,
    Kind.MEAN_SE: lambda target, groups: restricted_mean(*groups.curve(target)).std_error,
    Kind.MEDIAN: _median,
    Kind.LOWER: _limit("lower"),
    Kind.UPPER: _limit("upper"),
    Kind.RATE: _rate("value"),
    Kind.RATE_LOWER: _rate("lower"),
    Kind.RATE_UPPER: _rate("upper"),
    Kind.EVENTS: lambda target, groups: float(groups.curve(target)[1].sum()),
    Kind.EVENTS_BY: _events_by,
    Kind.AT_RISK: lambda target, groups: float((groups.curve(target)[0] >= target.argument).sum()),
    Kind.FOLLOW_UP: _follow_up,
    Kind.FOLLOW_UP_LOWER: _follow_up_limit("lower"),
    Kind.FOLLOW_UP_UPPER: _follow_up_limit("upper"),
    Kind.LOG_HAZARD_RATIO: _regression,
    Kind.LOG_STANDARD_ERROR: _regression,
    Kind.CONCORDANCE: _regression,
}


def endpoints(evidence: Evidence) -> tuple[str, ...]:
    """Return the endpoints a source prints, the one it prints most of first.

    Parameters
    ----------
    evidence : Evidence
        Endpoints are keys that begin with "pfs", "os", "dfs", "rfs", "efs" or "ttp".

    Returns
    -------
    tuple of str
        Where two are printed as often, in the source's order.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> endpoints(evidence.load("marazzi2024"))
    ('pfs_ar', 'os')
    """
    found: dict[str, int] = {}
    for each in evidence.statistics:
        if match := _ENDPOINT.match(each.key):
            found[match["endpoint"]] = found.get(match["endpoint"], 0) + 1
    return tuple(sorted(found, key=lambda name: -found[name]))


def limits_at_events(evidence: Evidence) -> bool:
    """Return whether a source's limits of medians are event times, as MedCalc prints them.

    MedCalc's upper limit is the last event time that isn't refused as the median, so that it
    can equal the median. R's and Stata's is the next event time, or none.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    bool
        True if some upper limit equals its median.
    """
    return any(
        each.level is not None and each.upper is not None and each.upper == each.value
        for each in evidence.statistics
        if ".median" in each.key
    )


def rate_scale(evidence: Evidence) -> Scale:
    """Return the scale on which a source's limits of rates lie evenly about them.

    Software differs: R's default is the log, Stata's and SAS's the log-log, others use the
    rate's own scale.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    Scale
        `PLAIN`, `LOG` or `LOG_LOG`, whichever leaves the least skewness over all rates with limits
        (as a share of the intervals' lengths); log-log where no limits are printed.
    """
    rates = [
        (each.value / 100.0, each.lower / 100.0, each.upper / 100.0)
        for each in evidence.statistics
        if _ENDPOINT.match(each.key) and each.unit == "percent" and each.level is not None
        and each.value is not None and each.lower is not None and each.upper is not None
        and 0.0 < each.lower < each.value < each.upper < 100.0
    ]  # fmt: skip
    if not rates:
        return LOG_LOG

    def skewness(curve: Callable[[float], float]) -> float:
        ends = [(curve(value), curve(low), curve(high)) for value, low, high in rates]
        return sum(abs((low + high - 2.0 * value) / (high - low)) for value, low, high in ends)

    return min(zip(SCALES, _CURVES, strict=True), key=lambda pair: skewness(pair[1]))[0]


def targets(evidence: Evidence, endpoint: str | None = None) -> list[Target]:
    """Return the printed statistics of an endpoint that a reconstruction can reproduce.

    Parameters
    ----------
    evidence : Evidence
        Where "@place" versions of a number are passed over.
    endpoint : str, optional
        One of `endpoints`; the first when left out.

    Returns
    -------
    list of Target
        Medians with their limits, the restricted mean with its standard error, rates with
        their limits, numbers of events, log-rank tests, a Cox regression and, with their
        ticks' numbers as `argument` where the paper's text doesn't give the times, numbers at
        risk.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> found = {each.key: each for each in targets(evidence.load("marazzi2024"))}
    >>> found["pfs_ar.logrank[line_group].chi_squared"].printed
    4.6697
    """
    name, *others = endpoints(evidence) if endpoint is None else (endpoint,)
    first = endpoint is None or endpoint == endpoints(evidence)[0]
    last = not others and endpoint in (None, endpoints(evidence)[-1])
    found: list[Target] = []
    for statistic in evidence.statistics:
        found += _of_statistic(statistic, name, evidence)
        if first:
            found += _of_therapy(statistic)
            found += _of_regression(statistic)
        if last and statistic.key == "follow_up.median" and statistic.level is not None:
            kinds = (Kind.FOLLOW_UP, Kind.FOLLOW_UP_LOWER, Kind.FOLLOW_UP_UPPER)
            found += _with_limits(statistic, kinds, evidence)
    for comparison in evidence.comparisons:
        if comparison.endpoint == name:
            found += _of_comparison(comparison, _worse(evidence, comparison))
    for table in evidence.risk_tables:
        if table.endpoint == name:
            found += _of_risk_table(table)
    return found


def _of_statistic(each: Statistic, endpoint: str, evidence: Evidence) -> Iterator[Target]:
    if not each.key.startswith(f"{endpoint}.") or "@" in each.key:
        return
    name = each.key[len(endpoint) + 1 :].partition("[")[0]
    if name in ("mean", "mean_se"):
        kind = Kind.MEAN if name == "mean" else Kind.MEAN_SE
        yield from _with_limits(replace(each, lower=None, upper=None), (kind,), evidence)
    elif name == "median":
        yield from _with_limits(each, (Kind.MEDIAN, Kind.LOWER, Kind.UPPER), evidence)
    elif name in ("events", "deaths", "recurrences") and each.value is not None:
        most = each.value
        if name == "recurrences":  # whoever died without one had the endpoint too
            most += sum(s.value or 0.0 for s in evidence.statistics if s.key == "os.deaths")
        yield Target(each.key, Kind.EVENTS, each.value, 1.0, each.place, most=most)
    elif (found := _RATE.fullmatch(name)) and each.unit == "percent":
        months = float(found["number"]) * MONTHS_PER[f"{found['unit']}s"]
        for target in _with_limits(each, (Kind.RATE, Kind.RATE_LOWER, Kind.RATE_UPPER), evidence):
            yield replace(target, argument=months, scale=rate_scale(evidence))


def printed_interval(each: Statistic, which: int) -> tuple[float, float]:
    """Return the values that print as a statistic's value or the ends of its interval.

    Parameters
    ----------
    each : Statistic
        As printed.
    which : int
        0 for the value, 1 and 2 for the ends of its interval.

    Returns
    -------
    tuple of float
        In the printed unit; rounded or cut off.
    """
    number = (each.value, each.lower, each.upper)[which]
    return Target(
        each.key, Kind.MEAN, math.nan if number is None else number, _unit(each, which), each.place
    ).interval


def _unit(each: Statistic, which: int) -> float:
    """Return the last decimal place that a statistic was printed to."""
    if each.decimals is not None:
        return 10.0 ** -each.decimals[which]
    numbers = [number for number in (each.value, each.lower, each.upper) if number is not None]
    number = (each.value, each.lower, each.upper)[which]
    own = 0 if number is None else decimals(number)
    return 10.0 ** -max(own, _fewest_decimals(numbers), _LEAST_DECIMALS.get(each.unit, 0))


def _with_limits(each: Statistic, kinds: tuple[Kind, ...], evidence: Evidence) -> Iterator[Target]:
    """Yield a number and the ends of its interval, all printed to as many decimals."""
    grouping, level = each.group or (OVERALL, "")
    numbers = (math.inf if each.value is None else each.value, each.lower, each.upper)
    for which, (kind, number) in enumerate(zip(kinds, numbers, strict=False)):
        if number is not None:
            yield Target(
                each.key + ("", ".lower", ".upper")[which], kind, number, _unit(each, which),
                each.place, grouping, level, months=MONTHS_PER.get(each.unit, 1.0),
                at_events=limits_at_events(evidence),
            )  # fmt: skip


def _of_therapy(each: Statistic) -> Iterator[Target]:
    found = _DISCONTINUED.fullmatch(each.key)
    if found and each.value is not None:
        months = float(found["months"])
        yield Target(each.key, Kind.EVENTS_BY, each.value, 1.0, each.place, argument=months)


def _of_regression(each: Statistic) -> Iterator[Target]:
    """Yield a hazard ratio and the standard error of its log, which the interval tells."""
    if each.key == "cox.c_index" and each.value is not None:
        yield Target(each.key, Kind.CONCORDANCE, each.value, _unit(each, 0), each.place)
    if not each.key.startswith("cox.hazard_ratio[") or "@" in each.key or each.value is None:
        return
    name = each.key.partition("=")[2].rstrip("]")
    unit, place = _unit(each, 0), each.place
    yield Target(each.key, Kind.LOG_HAZARD_RATIO, each.value, unit, place, name)
    if each.lower and each.upper:
        error = math.log(each.upper / each.lower) / (2.0 * Z)
        known_to = unit * (1.0 / each.lower + 1.0 / each.upper) / (2.0 * Z)
        yield Target(f"{each.key}.se", Kind.LOG_STANDARD_ERROR, error, known_to, place, name)


def _of_comparison(each: Comparison, worse: str) -> list[Target]:
    if each.chi_squared is not None:
        unit = 10.0 ** -(each.decimals[0] if each.decimals else decimals(each.chi_squared))
        key = f"{each.key}.chi_squared"
        target = Target(key, Kind.CHI_SQUARED, each.chi_squared, unit, each.place, each.grouping)
        return [replace(target, worse=worse)]
    if each.p is None:
        return []
    least = max(decimals(each.p), _LEAST_DECIMALS["probability"])
    unit = 10.0 ** -(each.decimals[1] if each.decimals else least)
    df = len(each.levels) - 1
    return [
        Target(f"{each.key}.p", Kind.CHI_SQUARED, each.p, unit, each.place, each.grouping, p_df=df)
    ]


def _worse(evidence: Evidence, each: Comparison) -> str:
    """Return the group with the shorter printed median, where a test says that it is worse."""
    if len(each.levels) != 2 or each.p is None or each.p > DIRECTION_P:
        return ""
    keys = {f"{each.endpoint}.median[{each.grouping}={level}]": level for level in each.levels}
    medians = {
        keys[statistic.key]: math.inf if statistic.value is None else statistic.value
        for statistic in evidence.statistics
        if statistic.key in keys
    }
    if len(medians) < 2 or len(set(medians.values())) < 2:
        return ""
    return min(medians, key=lambda level: medians[level])


def _of_risk_table(each: RiskTable) -> list[Target]:
    ticks = each.times_months or range(len(each.at_risk))
    of = (each.grouping, each.level) if each.level else (OVERALL, "")
    return [
        Target(
            f"{each.endpoint}.at_risk[{of[0]}={of[1]}][tick={number}]",
            Kind.AT_RISK,
            float(patients),
            1.0,
            each.place,
            *of,
            float(tick),
            ticked=each.times_months is None,
        )
        for number, (tick, patients) in enumerate(zip(ticks, each.at_risk, strict=True))
        if number > 0
    ]


def decimals(number: float) -> int:
    """Return the decimals a number was printed with, without the zeros at its end.

    Parameters
    ----------
    number : float
        Finite or not.

    Returns
    -------
    int
        0 for whole and infinite numbers.

    Examples
    --------
    >>> decimals(13.97), decimals(2.0)
    (2, 0)
    """
    text = np.format_float_positional(number, trim="-")
    return len(text.partition(".")[2])


def _fewest_decimals(numbers: list[float]) -> int:
    """Return the decimals of the least precise number that isn't whole; zeros aren't stored."""
    return min((decimals(each) for each in numbers if each % 1 and math.isfinite(each)), default=0)
