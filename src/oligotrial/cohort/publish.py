"""The evidence that a paper about a cohort would be: its patients' summaries, rounded.

With `oligotrial.cohort.reconstruct` it tells what can be learned back from a way of reporting,
and on patients whose rows are known how far reconstructions can be trusted.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from oligotrial.checks import InputError, positive, suggestion
from oligotrial.cohort.groupings import levels_of
from oligotrial.cohort.levels import ordered_names
from oligotrial.cohort.publication import PLACE, Rows, Summary
from oligotrial.cohort.publication_times import PrintedMean, PrintedMedian, median_convention
from oligotrial.cohort.schema import Cohort
from oligotrial.evidence import Comparison, Count, Evidence, RiskTable, Statistic

__all__ = ["publish"]

_ENDPOINT: Final = re.compile(r"(pfs|os|dfs|rfs|efs|ttp)(_[a-z]+)?")
_DEFAULT: Final = (PrintedMedian(), PrintedMean())


def publish(
    cohort: Cohort,
    summaries: Sequence[Summary] = _DEFAULT,
    *,
    counts: Sequence[str] = (),
    endpoint: str = "pfs",
    accrual_months: float | None = None,
    name: str = "published",
) -> Evidence:
    """Return the summaries that a paper would print of patients.

    Parameters
    ----------
    cohort : Cohort
        Patients, with the endpoint in time and event. One draw only, without delayed entry,
        interval censoring or weights.
    summaries : sequence of Summary, optional
        What is printed: `PrintedMedian`, `PrintedMean`, `PrintedRates`, `PrintedTest`,
        `PrintedRisk`, `PrintedCox`, `PrintedFollowUp`, `PrintedEvents`.
    counts : sequence of str, optional
        Columns of which patients are counted, besides those that summaries are about.
    endpoint : str, optional
        What keys begin with: "pfs", "os", "dfs", "rfs", "efs" or "ttp", or one of these with a
        suffix such as "pfs_ar".
    accrual_months : float, optional
        The length of accrual, which rows don't tell; it bounds follow-up in a reconstruction.
    name : str, optional
        The evidence's id.

    Returns
    -------
    Evidence
        Every number rounded as its summary says, and by which convention limits of medians
        were computed; `reconstruct`, `agreement` and `audit` take it.

    Raises
    ------
    InputError
        If a column is missing or has missing values, the cohort has what the summaries don't
        know, or limits of medians are by more than one convention.

    See Also
    --------
    oligotrial.cohort.agreement : Of a cohort and what was published of it: all within rounding.

    Examples
    --------
    >>> import pandas as pd
    >>> from oligotrial.cohort import Cohort, PrintedMedian, PrintedTest
    >>> rows = pd.DataFrame({"time": [2.0, 3.5, 7.25, 9.0], "event": [1, 1, 1, 0],
    ...                      "dose": ["low", "high", "low", "high"]})
    >>> patients = Cohort(rows, label="four patients", source="example")
    >>> printed = publish(patients, [PrintedMedian(), PrintedTest("dose")])
    >>> printed["pfs.median"].value, printed.count("dose"), printed.comparison("dose").p
    (3.5, {'high': 2, 'low': 2}, 0.4328)
    """
    frame = _plain(cohort)
    if not _ENDPOINT.fullmatch(endpoint):
        raise InputError(
            f"'{endpoint}' is no endpoint; give pfs, os, dfs, rfs, efs or ttp, where wanted with "
            "a suffix such as pfs_ar"
        )
    wanted = [each for summary in summaries for each in summary.variables if each in frame]
    found: list[Count] = []
    for variable in dict.fromkeys([*counts, *wanted]):
        found += _counts(frame, variable, cohort.source)
    counted = Evidence(
        name, f"Summaries of {cohort.label}.", "", "", "", "summaries of patient rows",
        cohort.label, cohort.size, counts=tuple(found),
    )  # fmt: skip
    scale, limits = median_convention(summaries)
    rows = Rows(frame, endpoint, counted)
    items = [item for summary in summaries for item in summary.of(rows)]
    statistics = [each for each in items if isinstance(each, Statistic)]
    if accrual_months is not None:
        months = positive(accrual_months, "accrual_months")
        statistics.append(Statistic("accrual.months", months, None, None, None, "months", PLACE))
    return replace(
        counted,
        statistics=tuple(statistics),
        comparisons=tuple(each for each in items if isinstance(each, Comparison)),
        risk_tables=tuple(each for each in items if isinstance(each, RiskTable)),
        median_scale=scale,
        median_limits=limits,
    )


def _plain(cohort: Cohort) -> pd.DataFrame:
    if cohort.draws != 1:
        raise InputError(
            f"the cohort has {cohort.draws} draws, and a paper is about one set of patients; "
            "publish each of its frames() as a cohort of its own",
            where=cohort.source,
        )
    frame = cohort.frames()[0]
    for column, plain in (("entry", 0.0), ("weight", 1.0)):
        if column in frame and not frame[column].fillna(plain).eq(plain).all():
            raise InputError(
                f"column {column} is used, which printed summaries don't know; take rows without",
                where=cohort.source,
            )
    if "time_upper" in frame and frame["time_upper"].notna().any():
        raise InputError(
            "times are interval censored, which printed summaries don't know; take exact times",
            where=cohort.source,
        )
    return frame


def _counts(frame: pd.DataFrame, variable: str, source: str) -> list[Count]:
    """Return how many patients have each level that somebody has, in the levels' order."""
    if variable not in frame:
        names = [str(each) for each in frame]
        raise InputError(
            f"there is no column '{variable}'{suggestion(variable, names)}", where=source
        )
    if missing := int(frame[variable].isna().sum()):
        raise InputError(
            f"{missing} of {len(frame)} values are missing; leave those patients out or give "
            "them a level",
            where=f"{source}, column {variable}",
        )
    values = levels_of(frame, variable)
    order = ordered_names(frame[variable]) or sorted(set(values))
    total = len(values)
    return [
        Count(variable, level, n, total, round(100.0 * n / total, 1), PLACE, decimals=1)
        for level in order
        if (n := int((values == level).sum()))
    ]
