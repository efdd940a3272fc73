"""Every mistake in a column of schedules is told at once, by rows counted from 1."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.radiobiology import (
    BedModel,
    IncompleteRepair,
    Repopulation,
    UniversalSurvivalCurve,
    bed_column,
    bed_parts,
)

MISTAKES: dict[str, tuple[int, str, object, str]] = {
    "text": (0, "schedule", "50 Gy", "row 1, schedule '50 Gy': the number of fractions"),
    "missing": (1, "schedule", None, "row 2: the schedule is missing"),
    "range": (2, "schedule", "50-35 Gy in 5 fr", "row 3: '50-35 Gy in 5 fr' is a printed range"),
    "level": (3, "level", "bsae", "row 4, level: 'bsae' is not one of"),
    "point": (4, "level", "D50", "row 5: '50 Gy in 5 fr' doesn't say D50"),
    "days": (5, "days", -1.0, "row 6, days: -1 is not a number of days"),
    "long": (6, "days", 999.0, "row 7, repopulation: regrowth outweighs the dose"),
    "unknown": (7, "days", None, "row 8: regrowth needs the days"),
}
"""By name: the row from 0, what is changed there, to what, and what is told."""

CURVE = UniversalSurvivalCurve(alpha_per_gy=0.33, d0_gy=1.25, dq_gy=1.8)
MODEL = BedModel(repopulation=Repopulation(onset_days=28, gy_per_day=0.9))


def column(*names: str) -> dict[str, pd.Series]:
    rows = pd.DataFrame({"schedule": ["50/5"] * 9, "level": "boost", "days": 9.0}, dtype=object)
    for name in names:
        row, what, value, _ = MISTAKES[name]
        rows.loc[row, what] = value
    return {name: rows[name] for name in rows}


def told(names: tuple[str, ...]) -> str:
    rows = column(*names)
    with pytest.raises(InputError) as error:
        bed_column(rows["schedule"], 4, levels=rows["level"], days=rows["days"], model=MODEL)
    return str(error.value)


def test_without_mistakes_it_is_the_formula() -> None:
    rows = column()
    found = bed_column(rows["schedule"], 4, levels=rows["level"], days=rows["days"], model=MODEL)
    np.testing.assert_allclose(found, 50 * (1 + 10 / 4))


@pytest.mark.parametrize(
    "names", [names for size in (1, 2, 3) for names in combinations(MISTAKES, size)]
)
def test_all_mistakes_are_in_one_message(names: tuple[str, ...]) -> None:
    message = told(names)
    assert [words for name in names if (words := MISTAKES[name][-1]) not in message] == []
    assert message.count("row ") == len(names)
    assert message.startswith(f"{len(names)} problems: ") == (len(names) > 1)


def test_one_mistake_in_many_rows_is_told_once_with_their_number() -> None:
    texts = pd.Series(["50/5", "50 Gy", "50 Gy", "50/5", "50 Gy"])
    levels = pd.Series(["boost", "boost", "base", "boost", "boost"])
    with pytest.raises(InputError, match=r"^row 2 and 2 more, schedule '50 Gy': [^;]*; w[^;]*$"):
        bed_column(texts, 4, levels=levels)
    with pytest.raises(InputError, match=r"^row 1 and 1 more, response: .* its own alpha/beta"):
        bed_parts(texts.iloc[[0, 0]].reset_index(drop=True), model=BedModel(CURVE))


def test_labels_stand_beside_the_rows_number() -> None:
    texts = pd.Series(["50/5", "50 Gy", None], index=[7, 3, 3])
    with pytest.raises(InputError, match=r"row 2 \(index 3\), schedule .*; row 3 \(index 3\): the"):
        bed_parts(texts)


def test_a_mistake_of_the_model_is_told_beside_one_of_a_row() -> None:
    texts = pd.Series(["30 Gy in 10 fr TID", "50 Gy"])
    with pytest.raises(
        InputError, match=r"2 problems: row 1, interval.*fit in a day.*; row 2, sch"
    ):
        bed_column(texts, 4, model=BedModel(repair=IncompleteRepair(2.0, 12.0)))
