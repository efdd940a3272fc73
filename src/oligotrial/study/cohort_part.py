"""What a report shows of the cohort that a study rests on."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.cohort.endpoints import endpoints
from oligotrial.report.figures.printed import curves_of_draws, printed_marks
from oligotrial.study.results import Results

if TYPE_CHECKING:
    from oligotrial.cohort import Cohort

__all__ = ["agreement", "curves", "described", "printed_numbers"]

LINE_GROUP = "line_group"
"""The grouping that Table 1 is told apart by."""


def agreement(results: Results) -> pd.DataFrame:
    """Return printed against reconstructed numbers; empty where nothing was reconstructed."""
    if results.source is None:
        return pd.DataFrame()
    return cohorts.agreement(results.cohort, evidence.load(results.source))


def described(cohort: "Cohort") -> pd.DataFrame:
    """Return Table 1, apart for early and late lines where the line is known."""
    if "line" not in cohort.patients:
        return cohorts.describe(cohort)
    groups = cohorts.levels_of(cohort.patients, LINE_GROUP)
    grouped = replace(cohort, patients=cohort.patients.assign(**{LINE_GROUP: groups}))
    table = cohorts.describe(grouped, by=LINE_GROUP)
    return table[table["variable"] != LINE_GROUP].reset_index(drop=True)


def curves(cohort: "Cohort") -> pd.DataFrame:
    """Return the curves of the whole cohort and of each line, draw by draw."""
    parts = [curves_of_draws(cohort).assign(panel="")]
    if "line" in cohort.patients:
        parts.append(curves_of_draws(cohort, by="line").assign(panel="line"))
    columns = ["panel", "level", "draw", "time", "survival"]
    return pd.concat(parts, ignore_index=True)[columns]


def printed_numbers(results: Results) -> pd.DataFrame:
    """Return the printed medians and rates of the endpoint that the cohort is about."""
    if results.source is None:
        return pd.DataFrame()
    source = evidence.load(results.source)
    marks = [
        printed_marks(source, endpoint=endpoints(source)[0], by=by).assign(panel=by or "")
        for by in (None, "line")
    ]
    known = [each for each in marks if len(each)]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame()
