"""How the groups that papers compare follow from a cohort's columns: said once, here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, suggestion
from oligotrial.cohort.schema import LEVELS
from oligotrial.radiobiology import at_least, bed_column

__all__ = ["GROUPINGS", "Merged", "levels_of"]


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
    **{name: Merged(name, {level: level for level in LEVELS[name]})
       for name in ("age_group", "subtype", "line", "site")},
    "line_group": Merged("line", {
        "first": "first or second", "second": "first or second",
        "third": "third or later", "fourth+": "third or later",
    }),
    "brain": Merged("site", {
        site: "brain" if site == "brain" else "other" for site in LEVELS["site"]
    }),
}  # fmt: skip
"""The groupings that follow from one column. "bed4_75" and its like follow from the schedule."""

_BED: Final = re.compile(r"bed(?P<alpha_beta>\d+(?:\.\d+)?)_(?P<cutoff>\d+(?:\.\d+)?)")


def levels_of(patients: pd.DataFrame, grouping: str) -> np.ndarray:
    """Return the group of each patient.

    Parameters
    ----------
    patients : pandas.DataFrame
        Rows of a cohort.
    grouping : str
        A name in `GROUPINGS`, or "bed<alpha/beta>_<cut-off in Gy>" for "at least" and "below".

    Returns
    -------
    numpy.ndarray of str
        Shape (patient,).

    Raises
    ------
    InputError
        If there is no such grouping.

    Examples
    --------
    >>> course = {"schedule": "50/30 Gy in 10 fr"}
    >>> rows = [{**course, "dose_level": "boost"}, {**course, "dose_level": "base"}]
    >>> levels_of(pd.DataFrame(rows), "bed4_75").tolist()
    ['at least', 'below']
    """
    if grouping in GROUPINGS:
        merged = GROUPINGS[grouping]
        return np.array([merged.level_of[value] for value in patients[merged.column]])
    found = _BED.fullmatch(grouping)
    if not found:
        known = [*GROUPINGS, "bed4_75"]
        raise InputError(
            f"there is no grouping '{grouping}'{suggestion(grouping, known)}; "
            f"there are {', '.join(GROUPINGS)} and those like bed4_75"
        )
    dose = bed_column(
        patients["schedule"], float(found["alpha_beta"]), levels=patients["dose_level"]
    )
    return np.where(at_least(dose, float(found["cutoff"])), "at least", "below")
