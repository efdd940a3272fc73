"""The worst toxicity of each patient, and how many patients reached each grade."""

from collections.abc import Hashable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import label_array, numbered
from oligotrial.estimators.proportion import Proportion, proportion

__all__ = ["GRADES", "toxicity_table", "worst_grades"]

GRADES: Final = tuple(range(6))
"""Grades of the Common Terminology Criteria for Adverse Events, 5 for death; 0 is no toxicity."""

_SHARE: Final = ("patients", "share", "lower", "upper")
_AT_LEAST: Final = ("at_least", "at_least_share", "at_least_lower", "at_least_upper")


def worst_grades(patient: ArrayLike, grade: ArrayLike, *, among: ArrayLike) -> pd.Series:
    """Return the highest toxicity grade of each patient.

    Parameters
    ----------
    patient : array_like
        Shape (toxicity,): who had it; may be empty.
    grade : array_like
        Shape (toxicity,): its grade, 0 to 5.
    among : array_like
        Shape (patient,): every patient whose toxicity was looked for, each once. Who is in no row
        has grade 0.

    Returns
    -------
    pandas.Series
        Shape (patient,): grades, named "grade", indexed by patient in the order of `among`.

    Raises
    ------
    InputError
        If a grade is not 0 to 5, a patient is missing, unknown or listed twice, or lengths differ.

    Examples
    --------
    >>> worst_grades(["a", "a", "b"], [1, 3, 2], among=["a", "b", "c"]).to_dict()
    {'a': 3, 'b': 2, 'c': 0}
    """
    everyone = label_array(among, "among")
    known, places = numbered(everyone, len(everyone), "among")
    if not known:
        raise InputError("there are no patients; list all who were looked at", where="among")
    counts = np.bincount(places)
    if counts.max() > 1:
        twice = known[int(np.argmax(counts))]
        raise InputError(f"patient {twice!r} is listed twice; list each once", where="among")
    rows = label_array(patient, "patient")
    names, numbers = numbered(rows, len(rows), "patient")
    position = {name: place for place, name in enumerate(known)}
    found = np.array([position.get(name, -1) for name in names], dtype=np.int64)[numbers]
    grades = _grades(grade, len(rows))
    if (found < 0).any():
        row = int(np.argmax(found < 0))
        raise InputError(
            f"{names[numbers[row]]!r} is not among the patients; add or correct it",
            where=f"patient, row {row + 1}",
        )
    worst = np.zeros(len(known), dtype=np.int64)
    np.maximum.at(worst, found, grades)
    index = pd.Index([known[place] for place in places], name="patient")
    return pd.Series(worst[places], index=index, name="grade")


def toxicity_table(
    patient: ArrayLike,
    grade: ArrayLike,
    *,
    among: ArrayLike,
    by: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how many patients had each toxicity grade as their worst, with exact intervals.

    Parameters
    ----------
    patient, grade, among : array_like
        As for `worst_grades`.
    by : array_like, optional
        Shape (toxicity,): what the rows are told apart by, such as the term, or acute and late; the
        worst grade is then taken within each value. All rows together when left out.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row a grade from 0 to 5, for each value of `by`, with columns

        - by (only if it is given), grade;
        - patients, share, lower, upper: whose worst grade it is, of all, with the exact interval;
        - at_least, at_least_share, at_least_lower, at_least_upper: the same for that grade or a
          higher one.

    Raises
    ------
    InputError
        As `worst_grades`, or if the level is not valid.

    Notes
    -----
    A patient counts once, however many toxicities there were; the intervals are of
    `proportion`.

    Examples
    --------
    >>> table = toxicity_table(["a", "a", "b"], [1, 3, 2], among=["a", "b", "c", "d"])
    >>> table[["grade", "patients", "at_least", "at_least_share"]].loc[1:3]
       grade  patients  at_least  at_least_share
    1      1         0         2            0.50
    2      2         1         2            0.50
    3      3         1         1            0.25
    """
    if by is None:
        return pd.DataFrame(_rows(worst_grades(patient, grade, among=among), level))
    worst_grades(patient, grade, among=among)  # tells of a mistake by its row in the whole list
    patients, grades = label_array(patient, "patient"), np.asarray(grade, dtype=float)
    values, places = numbered(by, patients.size, "by")
    blocks = [
        {"by": value, **row}
        for number, value in enumerate(values)
        for row in _rows(
            worst_grades(patients[places == number], grades[places == number], among=among), level
        )
    ]
    return pd.DataFrame(blocks, columns=["by", "grade", *_SHARE, *_AT_LEAST])


def _rows(worst: pd.Series, level: float) -> list[dict[Hashable, float]]:
    exactly = [int((worst == grade).sum()) for grade in GRADES]
    at_least = [int((worst >= grade).sum()) for grade in GRADES]
    shares = {n: proportion(n, len(worst), level=level) for n in {*exactly, *at_least}}
    return [
        {
            "grade": grade,
            **_columns(shares[exactly[grade]], _SHARE),
            **_columns(shares[at_least[grade]], _AT_LEAST),
        }
        for grade in GRADES
    ]


def _columns(share: Proportion, names: tuple[str, ...]) -> dict[Hashable, float]:
    return dict(zip(names, (share.count, share.value, share.lower, share.upper), strict=True))


def _grades(grade: ArrayLike, rows: int) -> np.ndarray:
    try:
        grades = np.asarray(grade, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            "not a list of whole numbers from 0 to 5; give one", where="grade"
        ) from error
    if grades.shape != (rows,):
        raise InputError(f"{grades.size} grades for {rows} patients; give one a row", where="grade")
    good = np.isin(grades, GRADES)
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(
            f"{grades[row]:g} is not a whole number from 0 to 5", where=f"grade, row {row + 1}"
        )
    return grades.astype(np.int64)
