"""Whether the numbers that a source printed agree with each other."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from oligotrial.evidence.printed import Count
from oligotrial.evidence.published import Evidence

__all__ = ["audit"]

PERCENT_TOLERANCE: Final = 1.0
"""Percentage points: papers round to whole percents and make them add up to 100."""

P_TOLERANCE: Final = 0.001
"""What rounding of a printed chi-squared or hazard ratio may change a p-value by."""

COLUMNS: Final = ["check", "subject", "printed", "expected", "agrees"]


@dataclass(frozen=True)
class _Finding:
    check: str
    subject: str
    printed: float
    expected: float
    agrees: bool


def audit(evidence: Evidence) -> pd.DataFrame:
    """Check the numbers of a source against each other.

    Percentages against counts; counts against totals and the subgroups they are part of;
    schedules against the number of patients of their site; numbers at risk against groups;
    p-values against chi-squared and against hazard ratios with intervals; values against
    their intervals; and each number that is printed in two places against itself.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    pandas.DataFrame
        Columns check, subject, printed, expected and agrees; one row a check. A False says
        that the paper (or its transcription) contradicts itself there.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> checks = audit(evidence.load("marazzi2024"))
    >>> checks[~checks["agrees"]]["subject"].tolist()[:2]
    ['her2_population within subtype=HER2+', 'site=liver']
    """
    findings = [astuple(finding) for check in _CHECKS for finding in check(evidence)]
    return pd.DataFrame(findings, columns=COLUMNS)


def _percentages(evidence: Evidence) -> Iterator[_Finding]:
    for each in evidence.counts:
        if each.percent is not None:
            yield _close(
                "percentage of a count",
                f"{each.variable}={each.level}",
                each.percent,
                100 * each.n / each.total,
                tolerance=PERCENT_TOLERANCE,
            )


def _totals(evidence: Evidence) -> Iterator[_Finding]:
    for variable, rows in _by_variable(evidence).items():
        added, total = sum(row.n for row in rows), rows[0].total
        yield _Finding("counts within their total", variable, added, total, added <= total)


def _parts(evidence: Evidence) -> Iterator[_Finding]:
    for variable, rows in _by_variable(evidence).items():
        if rows[0].part_of:
            whole, level = rows[0].part_of
            added = sum(row.n for row in rows)
            subject = f"{variable} within {whole}={level}"
            yield _close("parts of a subgroup", subject, added, evidence.count(whole)[level])


def _schedules(evidence: Evidence) -> Iterator[_Finding]:
    for site in dict.fromkeys(each.site for each in evidence.schedules):
        added = sum(each.n for each in evidence.schedules if each.site == site)
        patients = evidence.count("site").get(site, 0)
        yield _close("schedules of a site", f"site={site}", added, patients)


def _at_risk(evidence: Evidence) -> Iterator[_Finding]:
    for grouping in dict.fromkeys(each.grouping for each in evidence.risk_tables):
        tables = [each for each in evidence.risk_tables if each.grouping == grouping]
        start = sum(each.at_risk[0] for each in tables)
        yield _close("patients at risk at the start", grouping, start, evidence.patients)
        for group in evidence.bed_groups:
            for table in tables:
                if (group.grouping, "at least") == (grouping, table.level):
                    yield _close("patients of a BED group", grouping, table.at_risk[0], group.n)


def _log_rank(evidence: Evidence) -> Iterator[_Finding]:
    for each in evidence.comparisons:
        if each.chi_squared is not None and each.df is not None and each.p is not None:
            expected = float(stats.chi2.sf(each.chi_squared, each.df))
            yield _close(
                "p-value of chi-squared", each.key, each.p, expected, tolerance=P_TOLERANCE
            )


def _wald(evidence: Evidence) -> Iterator[_Finding]:
    p_values = {each.key: each.value for each in evidence.statistics}
    for each in evidence.statistics:
        p = p_values.get(each.key.replace("hazard_ratio", "p"))
        if each.unit == "ratio" and each.value and each.lower and each.upper and each.level and p:
            width = np.log(each.upper / each.lower) / (2 * stats.norm.isf((1 - each.level) / 2))
            expected = 2 * float(stats.norm.sf(abs(np.log(each.value)) / width))
            subject = each.key
            yield _close("p-value of an interval", subject, p, expected, tolerance=P_TOLERANCE)


def _inside(evidence: Evidence) -> Iterator[_Finding]:
    for each in evidence.statistics:
        if each.value is not None and each.lower is not None and each.upper is not None:
            nearest = min(max(each.value, each.lower), each.upper)
            yield _close("value inside its interval", each.key, each.value, nearest)


def _printed_twice(evidence: Evidence) -> Iterator[_Finding]:
    main = {each.key: each.value for each in evidence.statistics}
    for each in evidence.statistics:
        value = main.get(each.key.split("@")[0])
        if "@" in each.key and each.value is not None and value is not None:
            step = 10.0 ** -len(f"{each.value:g}".partition(".")[2])
            yield _close("printed twice", each.key, each.value, value, tolerance=step)


def _by_variable(evidence: Evidence) -> dict[str, list[Count]]:
    rows: dict[str, list[Count]] = {}
    for each in evidence.counts:
        rows.setdefault(each.variable, []).append(each)
    return rows


def _close(
    check: str, subject: str, printed: float, expected: float, *, tolerance: float = 0.0
) -> _Finding:
    agrees = abs(printed - expected) <= tolerance * (1 + 1e-9)
    return _Finding(check, subject, float(printed), float(expected), bool(agrees))


_CHECKS: Final[tuple[Callable[[Evidence], Iterator[_Finding]], ...]] = (
    _percentages,
    _totals,
    _parts,
    _schedules,
    _at_risk,
    _log_rank,
    _wald,
    _inside,
    _printed_twice,
)
