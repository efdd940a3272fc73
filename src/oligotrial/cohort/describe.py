"""Table 1 of a cohort."""

from collections.abc import Iterator

import pandas as pd

from oligotrial.cohort.schema import LEVELS, Cohort
from oligotrial.estimators import median

__all__ = ["describe"]


def describe(cohort: Cohort) -> pd.DataFrame:
    """Return how many patients have each level of each variable, and the follow-up.

    Parameters
    ----------
    cohort : Cohort
        Patients, or draws of a reconstruction.

    Returns
    -------
    pandas.DataFrame
        Columns variable, level, n, low, high and percent, one row a level: `n` is the mean over
        draws with its lowest and highest value (all equal for real patients), percent is of
        the patients. The rows of variable "time" are months and have no percent.

    Examples
    --------
    >>> row = {"age_group": "51-70", "subtype": "HER2+", "line": "first", "site": "lung",
    ...        "schedule": "50 Gy in 5 fr", "time": 12.7, "event": 1}
    >>> table = describe(Cohort(pd.DataFrame([row]), label="one patient", source="example"))
    >>> table[table["n"] > 0].head(2)[["variable", "level", "n", "percent"]]
        variable  level    n  percent
    0   patients         1.0    100.0
    3  age_group  51-70  1.0    100.0
    """
    rows = pd.DataFrame(
        [row for number, frame in enumerate(cohort.frames()) for row in _rows(frame, number)],
        columns=["draw", "variable", "level", "n"],
    )
    wide = rows.pivot_table(
        index=["variable", "level"], columns="draw", values="n", sort=False, observed=True
    )
    # A schedule that one draw doesn't hold is held by 0 of its patients.
    wide = wide.fillna(0.0)
    table = pd.DataFrame(
        {"n": wide.mean(axis=1), "low": wide.min(axis=1), "high": wide.max(axis=1)}
    )
    table = table.reset_index()
    share = 100.0 * table["n"] / cohort.size
    table["percent"] = share.where(table["variable"] != "time")
    return table


def _rows(frame: pd.DataFrame, draw: int) -> Iterator[tuple[int, str, str, float]]:
    yield draw, "patients", "", float(len(frame))
    for variable in ("age_group", "subtype", "line", "site"):
        counts = frame[variable].value_counts()
        for level in LEVELS[variable]:
            yield draw, variable, level, float(counts[level])
    for schedule, n in frame["schedule"].value_counts().sort_index().items():
        yield draw, "schedule", str(schedule), float(n)
    yield draw, "event", "seen", float(frame["event"].sum())
    yield draw, "time", "median to event", median(frame["time"], frame["event"]).value
    yield draw, "time", "shortest", float(frame["time"].min())
    yield draw, "time", "longest", float(frame["time"].max())
