"""Curves of a reconstruction's draws, and printed numbers as points upon them: as tables."""

import math
import re
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort import Cohort, levels_of
from oligotrial.estimators import kaplan_meier
from oligotrial.evidence import Evidence, Statistic
from oligotrial.units import MONTHS_PER

__all__ = ["curves_of_draws", "printed_marks"]

_MEDIAN: Final = re.compile(r"(?P<endpoint>\w+)\.median")
_RATE: Final = re.compile(r"(?P<endpoint>\w+)\.(?P<number>\d+)_(?P<unit>day|week|month|year)s?")
_COLUMNS: Final = ["level", "kind", "time", "survival", "lower", "upper", "statistic", "place"]


def curves_of_draws(cohort: Cohort, *, by: str | None = None) -> pd.DataFrame:
    """Return the Kaplan-Meier curve of each draw.

    Parameters
    ----------
    cohort : Cohort
        Patients, or draws of a reconstruction. Delayed entry is not taken into account, because
        the curves are to be compared with those of a paper.
    by : str, optional
        A grouping of `cohort.levels_of`.

    Returns
    -------
    pandas.DataFrame
        Columns level (empty for all patients), draw, time (months) and survival: a row a step,
        from the start of the curve to the largest time observed.

    Raises
    ------
    InputError
        If there is no such grouping.

    Examples
    --------
    >>> rows = pd.DataFrame({"time": [3.0, 5.0], "event": [1, 0]})
    >>> curves_of_draws(Cohort(rows, label="two", source="example"))["survival"].tolist()
    [1.0, 0.5, 0.5]
    """
    order = _order(cohort, by)
    found = []
    for number, frame in enumerate(cohort.frames()):
        names = levels_of(frame, by) if by is not None else np.full(len(frame), "")
        for level in order:
            rows = frame[names == level]
            if len(rows):
                found.append(_steps(rows).assign(level=level, draw=number))
    table = pd.concat(found, ignore_index=True)
    ranks = table["level"].map({level: rank for rank, level in enumerate(order)})
    ordered = table.iloc[np.argsort(ranks.to_numpy(), kind="stable")]
    return ordered[["level", "draw", "time", "survival"]].reset_index(drop=True)


def printed_marks(evidence: Evidence, *, endpoint: str, by: str | None = None) -> pd.DataFrame:
    """Return the printed medians and rates of an endpoint, as points of its survival curves.

    Parameters
    ----------
    evidence : Evidence
        What was printed.
    endpoint : str
        What its keys begin with.
    by : str, optional
        The grouping whose levels they are about; all patients when left out.

    Returns
    -------
    pandas.DataFrame
        A row a number: level, kind ("median" or "rate"), time (months), survival, lower and upper
        (of the median, months; of the rate, proportions; NaN where not printed), statistic and
        place. Medians that are printed as not reached are left out.

    Raises
    ------
    InputError
        If the evidence has nothing about the endpoint.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> marks = printed_marks(evidence.load("lemoine2021"), endpoint="pfs")
    >>> marks[["kind", "time", "survival"]].head(2).values.tolist()
    [['rate', 12.0, 0.81], ['rate', 24.0, 0.58]]
    """
    known = {each.key.partition(".")[0] for each in evidence.statistics if "." in each.key}
    if endpoint not in known:
        raise InputError(
            f"nothing is printed about '{endpoint}'{suggestion(endpoint, known)}; give what keys "
            "of its statistics begin with, such as pfs of pfs.median",
            where=evidence.id,
        )
    rows = [
        mark
        for each in evidence.statistics
        if "@" not in each.key and (each.group[0] if each.group else None) == by
        for mark in _mark(each, endpoint)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _order(cohort: Cohort, by: str | None) -> list[str]:
    if by is None:
        return [""]
    found = set(levels_of(cohort.patients, by))
    own: list[str] = []
    if by in cohort.patients and isinstance(cohort.patients[by].dtype, pd.CategoricalDtype):
        own = [str(each) for each in cohort.patients[by].cat.categories]
    return [each for each in own if each in found] + sorted(found - set(own))


def _steps(rows: pd.DataFrame) -> pd.DataFrame:
    curve = kaplan_meier(rows["time"].to_numpy(), rows["event"].to_numpy())
    survival = np.r_[1.0, curve.survival]
    time = np.r_[curve.start, curve.time, curve.longest]
    return pd.DataFrame({"time": time, "survival": np.r_[survival, survival[-1]]})


def _mark(printed: Statistic, endpoint: str) -> list[tuple[object, ...]]:
    key = printed.key.partition("[")[0]
    median, rate = _MEDIAN.fullmatch(key), _RATE.fullmatch(key)
    level = printed.group[1] if printed.group else ""
    if printed.value is None:
        return []
    lower, upper = (math.nan if end is None else end for end in (printed.lower, printed.upper))
    told = (printed.key, printed.place)
    if median and median["endpoint"] == endpoint and printed.unit in MONTHS_PER:
        months = MONTHS_PER[printed.unit]
        at = (printed.value * months, 0.5, lower * months, upper * months)
        return [(level, "median", *at, *told)]
    if rate and rate["endpoint"] == endpoint and printed.unit == "percent":
        months = int(rate["number"]) * MONTHS_PER[f"{rate['unit']}s"]
        return [(level, "rate", months, printed.value / 100, lower / 100, upper / 100, *told)]
    return []
