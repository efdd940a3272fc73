"""Printed numbers that no row of a reconstruction is held to, and why."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from oligotrial.cohort.endpoints import ENDPOINT, endpoints, months_of
from oligotrial.cohort.models import models
from oligotrial.cohort.targets import fitted, is_partial
from oligotrial.evidence import Evidence, Statistic

__all__ = ["Unused", "unused_numbers"]

_ELSEWHERE: Final = ("accrual.months", "follow_up.median")
"""Keys that bound follow-up where they aren't statistics themselves."""

_NOT_PATIENTS: Final = re.compile(r"(context|design|screened|case)\.")
_MODEL: Final = re.compile(r"[a-z0-9_]+\.(hazard_ratio|p|c_index)\b")
_TIMES: Final = re.compile(rf"{ENDPOINT}\.")


@dataclass(frozen=True)
class Unused:
    """A printed number and why it isn't used.

    Parameters
    ----------
    key : str
        What it is.
    printed : float
        The number.
    place : str
        Where it is printed.
    why : str
        The reason.
    """

    key: str
    printed: float
    place: str
    why: str


def unused_numbers(evidence: Evidence, checked: Collection[str]) -> list[Unused]:
    """Return the printed numbers that aren't recomputed from a cohort's rows.

    Parameters
    ----------
    evidence : Evidence
        The source; the studies that it cites are passed over.
    checked : collection of str
        Keys of the numbers that are.

    Returns
    -------
    list of Unused
        In the order of print.
    """
    return [*_of_statistics(evidence, checked), *_of_others(evidence)]


def _of_statistics(evidence: Evidence, checked: Collection[str]) -> Iterator[Unused]:
    for each in evidence.statistics:
        for number, end in ((each.value, ""), (each.lower, ".lower"), (each.upper, ".upper")):
            base, mark, place = each.key.partition("@")
            key = f"{base}{end}{mark}{place}"
            if number is None or {key, each.key + end} & set(checked):
                continue
            if not (end == "" and each.key in _ELSEWHERE):
                yield Unused(key, number, each.place, _why(evidence, each, end, checked))


def _why(evidence: Evidence, each: Statistic, end: str, checked: Collection[str]) -> str:
    base = each.key.partition("@")[0]
    name = base.partition("[")[0]
    if _NOT_PATIENTS.match(base):
        return "is of the context, the design or a single case"
    if _MODEL.match(base):
        return _why_no_model(evidence, each)
    if end and each.key in checked:
        return (
            "the interval has no level: it is a range"
            if each.level is None
            else ("no limits of it are recomputed")
        )
    if base != each.key:
        return "nothing recomputes the number that it is a version of"
    if each.unit == "lesions":
        return "counts lesions; rows are patients"
    if _TIMES.match(base):
        return "is no median, mean, rate, incidence or number of events of the endpoint"
    if ".incidence." in base or name.startswith("local"):
        return "is of an endpoint that reconstructions don't have, or counts lesions"
    if months_of(name.rpartition(".")[2]) is not None:
        return "is of an event that reconstructions don't have"
    if name == "follow_up.median":
        return "has no confidence interval: it may be any kind of median follow-up"
    return "no column of a reconstruction gives it"


def _why_no_model(evidence: Evidence, each: Statistic) -> str:
    usable = {ratio.key for model in fitted(evidence) for ratio in model.ratios.values()}
    printed = {ratio.key for model in models(evidence) for ratio in model.ratios.values()}
    if "hazard_ratio" in each.key and each.key not in printed:
        return "names no covariate; write it as MODEL.hazard_ratio[covariate=NAME]"
    if each.key in usable:
        return "the interval has no level: it is a range"
    if each.key in printed or ".c_index" in each.key:
        return "not all covariates of its model are counted in all patients"
    return "no hazard ratio that can be fitted is printed with it"


def _of_others(evidence: Evidence) -> Iterator[Unused]:
    known = endpoints(evidence)
    for each in evidence.comparisons:
        partial = is_partial(evidence, each)
        number = each.chi_squared if each.chi_squared is not None else each.p
        if number is not None and (partial or each.endpoint not in known):
            why = f"no time of {each.endpoint} is printed"
            why = "compares some of the groups only" if partial else why
            yield Unused(each.key, number, each.place, why)
    for table in evidence.risk_tables:
        if table.endpoint not in known:
            for tick, number in enumerate(table.at_risk):
                why = f"no time of {table.endpoint} is printed"
                yield Unused(table.key(tick), float(number), table.place, why)
    for count in evidence.counts:
        if count.unit != "patients":
            key, why = f"{count.variable}[{count.level}]", "counts lesions; rows are patients"
            yield Unused(key, float(count.n), count.place, why.replace("lesions", count.unit))
