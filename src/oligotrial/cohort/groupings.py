"""How the groups that papers compare follow from a cohort's columns: said once, here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.schema import LEVELS
from oligotrial.evidence import Grouping
from oligotrial.radiobiology import at_least, bed_column

__all__ = ["GROUPINGS", "Merged", "levels_of", "with_groupings"]


@dataclass(frozen=True)
class Merged:
    """Groups made by putting levels of one column together.

    Parameters
    ----------
    column : str
        The column.
    level_of : mapping of str to str
        The group of each of its levels.
    """

    column: str
    level_of: Mapping[str, str]


GROUPINGS: Final[Mapping[str, Merged]] = {
    "line_group": Merged("line", {
        "first": "first or second", "second": "first or second",
        "third": "third or later", "fourth+": "third or later",
    }),
    "brain": Merged("site", {
        site: "brain" if site == "brain" else "other" for site in LEVELS["site"]
    }),
}  # fmt: skip
"""The groupings that put levels of a column together."""

MISSING: Final = "missing"
"""The group of those whose column is empty."""

_BED: Final = re.compile(r"bed(?P<alpha_beta>\d+(?:\.\d+)?)_(?P<cutoff>\d+(?:\.\d+)?)")


def with_groupings(patients: pd.DataFrame, groupings: Iterable[Grouping]) -> pd.DataFrame:
    """Return patients with a source's own groupings as columns.

    Parameters
    ----------
    patients : pandas.DataFrame
        Rows of a cohort.
    groupings : iterable of Grouping
        Those whose variable isn't a column are passed over.

    Returns
    -------
    pandas.DataFrame
        A copy with a column for each.

    Raises
    ------
    InputError
        If a level is in no group.
    """
    made = patients.copy()
    for each in groupings:
        if each.variable in made:
            groups = {level: group for group, levels in each.levels for level in levels}
            found = levels_of(made, each.variable)
            if unknown := sorted(set(found) - {*groups, MISSING}):
                raise InputError(
                    f"{each.variable} '{unknown[0]}' is in no group of {each.name}; its groups "
                    f"hold {', '.join(groups)}"
                )
            made[each.name] = [groups.get(level) for level in found]
    return made


def levels_of(patients: pd.DataFrame, grouping: str) -> np.ndarray:
    """Return the group of each patient.

    Parameters
    ----------
    patients : pandas.DataFrame
        Rows of a cohort.
    grouping : str
        A column, a name in `GROUPINGS`, or "bed<alpha/beta>_<cut-off in Gy>" for "at least" and
        "below".

    Returns
    -------
    numpy.ndarray of str
        Shape (patient,); "missing" where the column has no value.

    Raises
    ------
    InputError
        If there is no such grouping, or not the column it follows from.

    Examples
    --------
    >>> course = {"schedule": "50/30 Gy in 10 fr"}
    >>> rows = [{**course, "dose_level": "boost"}, {**course, "dose_level": "base"}]
    >>> levels_of(pd.DataFrame(rows), "bed4_75").tolist()
    ['at least', 'below']
    """
    if grouping in patients:
        values = patients[grouping]
        return np.where(values.isna(), MISSING, values.astype(object).astype(str))
    if grouping in GROUPINGS and GROUPINGS[grouping].column in patients:
        merged = GROUPINGS[grouping]
        level_of = {**merged.level_of, MISSING: MISSING}
        found = levels_of(patients, merged.column)
        if unknown := set(found) - set(level_of):
            raise InputError(
                f"'{min(unknown)}' is in no group of {grouping}; there are {', '.join(level_of)}",
                where=f"column {merged.column}",
            )
        return np.array([level_of[value] for value in found])
    dose_group = _BED.fullmatch(grouping)
    if not dose_group or "schedule" not in patients:
        columns = [str(name) for name in patients]
        if grouping in GROUPINGS:
            raise InputError(
                f"'{grouping}' puts levels of '{GROUPINGS[grouping].column}' together, which is no "
                f"column here; columns are {', '.join(columns)}"
            )
        known = [*columns, *GROUPINGS, "bed4_75"]
        raise InputError(
            f"there is no grouping '{grouping}'{suggestion(grouping, known)}; there are the "
            f"columns {', '.join(columns)}, with a line or site {', '.join(GROUPINGS)}, and with a "
            "schedule those like bed4_75"
        )
    dose = bed_column(
        patients["schedule"], float(dose_group["alpha_beta"]), levels=patients["dose_level"]
    )
    return np.where(at_least(dose, float(dose_group["cutoff"])), "at least", "below")
