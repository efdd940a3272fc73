"""Printed counts, schedules and measurements of patients, and how a cohort's rows give them."""

import math
from collections.abc import Callable, Iterator

import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.check import Check, exactly, of_statistic
from oligotrial.cohort.draw import Draw
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.marginal import counted
from oligotrial.cohort.measured import measured
from oligotrial.evidence import Count, Evidence
from oligotrial.radiobiology import Schedule

__all__ = ["count_of", "group_size", "row_checks"]


def row_checks(evidence: Evidence) -> Iterator[Check]:
    """Yield a check for each printed count, schedule and measurement of patients.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Yields
    ------
    Check
        In the order of print within each kind.
    """
    yield from _of_counts(evidence)
    yield from _of_schedules(evidence)
    yield from _of_measures(evidence)


def _of_counts(evidence: Evidence) -> Iterator[Check]:
    for name, rows in counted(evidence):
        for each in rows:
            yield from _count_and_percent(
                f"{name}[{each.level}]", each, count_of(name, each), _known(name, each)
            )
    for group in evidence.bed_groups:
        key = f"{group.grouping}[at least]"
        yield exactly(key, float(group.n), group.place, group_size(group.grouping, "at least"))


def _count_and_percent(
    key: str, each: Count, count: Callable[[Draw], float], known: Callable[[Draw], float]
) -> Iterator[Check]:
    yield exactly(key, float(each.n), each.place, count)
    if each.percent is not None:
        # Papers bend percentages until a column adds up to 100: half a patient is agreement.
        step = 0.5 * max(10.0 ** -(each.decimals or 0), 100.0 / max(each.total, 1))
        yield Check(
            f"{key}.percent", each.percent, (each.percent - step, each.percent + 2.0 * step),
            step, each.place, lambda draw: 100.0 * count(draw) / (known(draw) or math.nan),
        )  # fmt: skip


def _column(draw: Draw, name: str) -> pd.Series:
    if name not in draw.frame:
        raise InputError(f"there is no column '{name}'")
    return draw.frame[name].astype(object)


def count_of(name: str, each: Count) -> Callable[[Draw], float]:
    """Return what counts the patients with a level of a variable."""
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
            courses = _column(draw, "schedule").isin(names)
            return float(((_column(draw, "site") == site) & courses).sum())

        yield exactly(key, float(each.n), each.place, count)


def _of_measures(evidence: Evidence) -> Iterator[Check]:
    names = {each.name for each in measured(evidence)}
    for each in evidence.statistics:
        name, _, what = each.key.partition(".")
        if name in names and what in ("median", "mean", "sd") and each.value is not None:
            yield from of_statistic(each, 0, _summary(name, what))
            if what == "median":
                yield from of_statistic(each, 1, _summary(name, "min"))
                yield from of_statistic(each, 2, _summary(name, "max"))


def _summary(name: str, what: str) -> Callable[[Draw], float]:
    method = {"sd": "std"}.get(what, what)
    return lambda draw: float(getattr(_column(draw, name).astype(float), method)())


def group_size(grouping: str, level: str) -> Callable[[Draw], float]:
    """Return what counts a group's patients, or all where no level is given."""
    if not level:
        return lambda draw: float(len(draw.frame))
    return lambda draw: float((levels_of(draw.frame, grouping) == level).sum())
