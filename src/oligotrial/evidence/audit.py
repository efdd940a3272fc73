"""Whether the numbers that a source printed agree with each other."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Final

import pandas as pd

from oligotrial.evidence.consistency import (
    counts,
    courses,
    figures,
    groups,
    intervals,
    rates,
    repeats,
    risk,
    samples,
    values,
    wholes,
)
from oligotrial.evidence.consistency.finding import Finding, Severity
from oligotrial.evidence.consistency.reading import Reading
from oligotrial.evidence.published import Evidence
from oligotrial.evidence.studies import Study

__all__ = ["COLUMNS", "audit", "audit_sentence"]

COLUMNS: Final = [
    *("check", "severity", "subject", "printed", "place", "expected", "other_place", "arithmetic"),
]

_CHECKS: Final[tuple[Callable[[Reading], Iterator[Finding]], ...]] = (
    values.possible,
    values.sizes,
    values.counts_possible,
    values.percentages_possible,
    counts.percentages,
    counts.restatements,
    counts.totals,
    counts.missing,
    counts.parts,
    counts.schedules,
    figures.numbers_at_risk,
    figures.tables_at_risk,
    repeats.versions,
    repeats.spans,
    intervals.inside,
    intervals.means,
    intervals.ratios,
    intervals.ratio_tests,
    intervals.ratio_sizes,
    intervals.log_rank_tests,
    samples.samples,
    samples.whole_means,
    samples.pooled_means,
    rates.order,
    rates.possible,
    rates.widths,
    rates.medians,
    rates.endpoints,
    risk.medians_at_risk,
    risk.rates_at_risk,
    risk.tick_spacing,
    wholes.known_groups,
    wholes.sums,
    wholes.rates_of_parts,
    wholes.enough_events,
    wholes.medians_of_endpoints,
    groups.mixtures,
    groups.merged_medians,
    groups.adjusted,
    groups.late_events,
    courses.bed_groups,
)


def audit(evidence: Evidence) -> pd.DataFrame:
    """Check the numbers of a source against each other.

    The documentation's page on evidence says what each check does. Nothing is listed by hand:
    a finding follows from printed numbers, allowing for their rounding (or cutting off).

    Parameters
    ----------
    evidence : Evidence
        The source. The studies that it cites are checked each by itself.

    Returns
    -------
    pandas.DataFrame
        One row a check: columns check, severity ("contradiction": no patients could give both
        by the usual computation; "strain": both can be right, but only under a circumstance that
        is named; "note": a way of printing to know of; "consistent"), subject (the key or
        count), printed and place, expected and other_place, and arithmetic (the reasoning).
        Worst first.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> checks = audit(evidence.load("marazzi2024"))
    >>> checks[checks["severity"] == "contradiction"]["subject"].tolist()[:2]
    ['brain.percent@discussion', 'her2_population within subtype=HER2+']
    """
    found = list(_of(Reading(evidence), ""))
    for study in evidence.studies:
        found += _of(Reading(_alone(evidence, study)), f"{study.id}: ")
    order = list(Severity)
    found.sort(key=lambda finding: order.index(finding.severity))
    rows = [{**asdict(finding), "severity": str(finding.severity)} for finding in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def audit_sentence(checks: pd.DataFrame) -> str:
    """Say in a sentence what an audit found.

    Parameters
    ----------
    checks : pandas.DataFrame
        What `audit` returned.

    Returns
    -------
    str
        The numbers of checks and of findings of each severity.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> audit_sentence(audit(evidence.load("david2023")))
    '2 checks: all numbers agree.'
    """
    number = f"{len(checks)} check{'' if len(checks) == 1 else 's'}"
    found = checks["severity"].value_counts()
    worse = [each for each in Severity if each is not Severity.CONSISTENT and found.get(each, 0)]
    if not worse:
        return f"{number}: all numbers agree." if len(checks) else "Nothing here can be checked."
    told = [f"{found[each]} {each}{'' if found[each] == 1 else 's'}" for each in worse]
    return f"{number}: {', '.join(told)}; the others agree."


def _of(reading: Reading, prefix: str) -> Iterator[Finding]:
    for check in _CHECKS:
        for finding in check(reading):
            yield replace(finding, subject=prefix + finding.subject)


def _alone(evidence: Evidence, study: Study) -> Evidence:
    """Return a cited study as a source of its own."""
    return Evidence(
        id=study.id,
        citation=study.citation,
        doi="",
        licence=evidence.licence,
        attribution=evidence.attribution,
        design=study.design,
        population=study.population,
        patients=study.patients,
        statistics=study.statistics,
        counts=study.counts,
    )
