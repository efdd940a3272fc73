"""What a reconstruction has to reproduce: the statistics that a source prints of an endpoint."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.conventions import limits_at_events, median_scale, rate_scale
from oligotrial.cohort.directions import worse_group
from oligotrial.cohort.endpoints import endpoints, first_endpoint, months_of
from oligotrial.cohort.groupings import GROUPINGS
from oligotrial.cohort.models import Model, models
from oligotrial.cohort.target import LEVEL, OVERALL, Target, decimals, printed_unit
from oligotrial.estimators.scale import quantile_of
from oligotrial.evidence import Comparison, Evidence, RiskTable, Statistic
from oligotrial.units import MONTHS_PER

__all__ = ["fitted", "is_partial", "targets"]

_DISCONTINUED: Final = re.compile(r"rdt\.(?P<time>\w+)")
_PERCENT: Final = {"percent": 1.0, "probability": 100.0}
_LEAST_DECIMALS: Final = 2  # of a p-value
_BED: Final = re.compile(r"bed\d")
_MEDIANS: Final = (Kind.MEDIAN, Kind.LOWER, Kind.UPPER)
_RATES: Final = (Kind.RATE, Kind.RATE_LOWER, Kind.RATE_UPPER)
_FOLLOW_UP: Final = (Kind.FOLLOW_UP, Kind.FOLLOW_UP_LOWER, Kind.FOLLOW_UP_UPPER)


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
        Medians with their limits, the restricted mean with its standard error, rates and
        incidences with their limits, numbers of events, log-rank tests, Cox regressions and,
        with their ticks' numbers as `argument` where the paper's text doesn't give the times,
        numbers at risk; of all patients and of groups.

    Raises
    ------
    InputError
        If the source prints no endpoint.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> found = {each.key: each for each in targets(evidence.load("marazzi2024"))}
    >>> found["pfs_ar.logrank[line_group].chi_squared"].printed
    4.6697
    """
    first = first_endpoint(evidence)
    name = endpoint or first
    found: list[Target] = []
    for statistic in evidence.statistics:
        found += _of_statistic(statistic, name, evidence)
        if name == first:
            found += _of_therapy(statistic)
        if name == endpoints(evidence)[-1]:
            found += _of_follow_up(statistic, evidence)
    return [*found, *_of_groups(evidence, name)]


def _of_groups(evidence: Evidence, endpoint: str) -> Iterator[Target]:
    for model in fitted(evidence):
        if model.endpoint == endpoint:
            yield from _of_model(model)
    for comparison in evidence.comparisons:
        if comparison.endpoint == endpoint and not is_partial(evidence, comparison):
            yield from _of_comparison(comparison, worse_group(evidence, comparison))
    for table in evidence.risk_tables:
        if table.endpoint == endpoint:
            yield from _of_risk_table(table)


def fitted(evidence: Evidence) -> list[Model]:
    """Return the printed regressions that can be fitted to a reconstruction.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    list of Model
        Those of whose covariates the levels of all patients are counted. Covariates of which
        only a median, mean or standard deviation is printed aren't, nor those that are
        missing in some; a covariate that isn't there at all is left in, to be told of.
    """
    return [
        each
        for each in models(evidence)
        if all(_known_of_all(evidence, covariate) for covariate in each.ratios)
    ]


def is_partial(evidence: Evidence, comparison: Comparison) -> bool:
    """Return whether a test is between some of the counted levels only.

    Parameters
    ----------
    evidence : Evidence
        The source.
    comparison : Comparison
        The test.

    Returns
    -------
    bool
        True if another level that patients have isn't compared; a test of all isn't that one.
    """
    own = {each.name: [group for group, _ in each.levels] for each in evidence.groupings}
    counted = [
        each.level for each in evidence.counts if each.variable == comparison.grouping and each.n
    ]
    known = set(own.get(comparison.grouping, counted))
    return set(comparison.levels) < known


def _known_of_all(evidence: Evidence, covariate: str) -> bool:
    own = {each.name: each.variable for each in evidence.groupings}
    merged = GROUPINGS[covariate].column if covariate in GROUPINGS else covariate
    variable = own.get(covariate, merged)
    rows = [each for each in evidence.counts if each.variable == variable]
    if rows:
        known = sum(each.n for each in rows) == evidence.patients
        return known and not rows[0].overlapping and rows[0].unit == "patients"
    if _BED.match(covariate):
        return bool(evidence.schedules)
    measured = {f"{covariate}.{what}" for what in ("median", "mean", "sd")}
    return not any(each.base in measured for each in evidence.statistics)


def _of_statistic(each: Statistic, endpoint: str, evidence: Evidence) -> Iterator[Target]:
    if not each.key.startswith(f"{endpoint}.") or "@" in each.key:
        return
    name = each.key[len(endpoint) + 1 :].partition("[")[0]
    if name in ("mean", "mean_se"):
        kind = Kind.MEAN if name == "mean" else Kind.MEAN_SE
        yield from _with_limits(each, (kind,))
    elif name == "median":
        yield from _of_median(each, _MEDIANS, evidence)
    elif name in ("events", "deaths", "recurrences") and each.value is not None:
        most = each.value
        if name == "recurrences":  # whoever died without one had the endpoint too
            most += sum(s.value or 0.0 for s in evidence.statistics if s.key == "os.deaths")
        for target in _with_limits(replace(each, lower=None, upper=None), (Kind.EVENTS,)):
            yield replace(target, unit=1.0, most=most)
    elif each.unit in _PERCENT and each.value is not None:
        yield from _of_rate(each, name, evidence)


def _of_median(each: Statistic, kinds: tuple[Kind, ...], evidence: Evidence) -> Iterator[Target]:
    at_events, scale = limits_at_events(evidence), median_scale(evidence)
    for target in _with_limits(each, kinds):
        yield replace(target, at_events=at_events, scale=scale)


def _of_rate(each: Statistic, name: str, evidence: Evidence) -> Iterator[Target]:
    """Yield a percentage free of the event at a time, or who have had it, and its limits."""
    incidence = name.startswith("incidence.")
    months = months_of(name.removeprefix("incidence."))
    if months is None:
        return
    value, *ends = _RATES
    kinds = (value, *(reversed(ends) if incidence else ends))
    scale = rate_scale(evidence)
    for target in _with_limits(each, kinds):
        yield replace(
            target, argument=months, scale=scale, complement=incidence,
            factor=_PERCENT[each.unit],
        )  # fmt: skip


def _with_limits(each: Statistic, kinds: tuple[Kind, ...]) -> Iterator[Target]:
    """Yield a number and the ends of its confidence interval, all printed to as many decimals."""
    grouping, level = each.group or (OVERALL, "")
    numbers = (math.inf if each.value is None else each.value, each.lower, each.upper)
    for which, (kind, number) in enumerate(zip(kinds, numbers, strict=False)):
        if number is not None and (which == 0 or each.level is not None):
            yield Target(
                each.key + ("", ".lower", ".upper")[which], kind, number,
                printed_unit(each, which), each.place, grouping, level,
                factor=MONTHS_PER.get(each.unit, 1.0), confidence=each.level or LEVEL,
            )  # fmt: skip


def _of_therapy(each: Statistic) -> Iterator[Target]:
    """Yield how many had stopped therapy, which they do for progression, by some time."""
    found = _DISCONTINUED.fullmatch(each.key.partition("[")[0])
    months = months_of(found["time"]) if found else None
    if months and each.value is not None and each.unit == "patients":
        for target in _with_limits(replace(each, lower=None, upper=None), (Kind.EVENTS_BY,)):
            yield replace(target, unit=1.0, argument=months)


def _of_follow_up(each: Statistic, evidence: Evidence) -> Iterator[Target]:
    # Without an interval it may be any of the things that are called a median follow-up.
    if each.key.partition("[")[0] == "follow_up.median" and each.level is not None:
        yield from _of_median(each, _FOLLOW_UP, evidence)


def _of_model(model: Model) -> Iterator[Target]:
    """Yield hazard ratios, the C-index, and the standard errors that their intervals tell."""
    if (c := model.c_index) is not None and c.value is not None:
        unit = printed_unit(c, 0)
        yield Target(c.key, Kind.CONCORDANCE, c.value, unit, c.place, model=model.name)
        if c.lower is not None and c.upper is not None and c.level is not None:
            z = quantile_of(c.level)
            yield Target(
                f"{c.key}.se", Kind.CONCORDANCE_ERROR, (c.upper - c.lower) / (2.0 * z),
                printed_unit(c, 1) / z, c.place, model=model.name,
            )  # fmt: skip
    for name, each in model.ratios.items():
        unit, place = printed_unit(each, 0), each.place
        yield Target(
            each.key, Kind.LOG_HAZARD_RATIO, each.value or 0.0, unit, place, name,
            model=model.name,
        )  # fmt: skip
        if each.lower and each.upper and each.level is not None:
            z = quantile_of(each.level)
            error = math.log(each.upper / each.lower) / (2.0 * z)
            known_to = unit * (1.0 / each.lower + 1.0 / each.upper) / (2.0 * z)
            yield Target(
                f"{each.key}.se", Kind.LOG_STANDARD_ERROR, error, known_to, place, name,
                model=model.name,
            )  # fmt: skip


def _of_comparison(each: Comparison, worse: str) -> Iterator[Target]:
    if each.chi_squared is not None:
        unit = 10.0 ** -(each.decimals[0] if each.decimals else decimals(each.chi_squared))
        yield Target(
            f"{each.key}.chi_squared", Kind.CHI_SQUARED, each.chi_squared, unit, each.place,
            each.grouping, worse=worse,
        )  # fmt: skip
    elif each.p is not None:
        least = max(decimals(each.p), _LEAST_DECIMALS)
        unit = 10.0 ** -(each.decimals[1] if each.decimals else least)
        yield Target(
            f"{each.key}.p", Kind.CHI_SQUARED, each.p, unit, each.place, each.grouping,
            p_df=len(each.levels) - 1, worse=worse,
        )  # fmt: skip


def _of_risk_table(each: RiskTable) -> list[Target]:
    ticks = each.times_months or range(len(each.at_risk))
    of = (OVERALL, "") if each.of_all else (each.grouping, each.level)
    return [
        Target(
            each.key(number),
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
