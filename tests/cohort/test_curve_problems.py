"""What a user is told of a figure's files: every problem at once, with its file, row and column."""

from itertools import combinations
from pathlib import Path

import pytest

from oligotrial.checks import InputError
from oligotrial.cohort.curves import (
    read_curve,
    read_curves,
    read_incidence_curves,
    read_risk_table,
)

CURVE = "time,survival\n1,0.9\n2,0.8\n3,0.7\n4,0.6\n5,0.5\n6,0.4\n"
RISK = "time,at_risk\n0,40\n2,30\n4,20\n6,10\n"
CELLS = {
    "text": ("curve.csv", "\n2,0.8\n", "\n2,ca. 0.8\n", "row 2, column survival: 'ca. 0.8' is not"),
    "empty": ("curve.csv", "\n3,0.7\n", "\n,0.7\n", "row 3, column time: is empty"),
    "height": ("curve.csv", ",0.6\n", ",1.2\n", "row 4, column survival: 1.2 is not a proportion"),
    "order": ("curve.csv", "\n6,0.4\n", "\n4.5,0.4\n", "row 6, column time: 4.5 comes after 5"),
    "negative": ("risk.csv", "\n0,40\n", "\n-1,40\n", "row 1, column time: -1 is not a time"),
    "half": ("risk.csv", ",30\n", ",30.5\n", "row 2, column at_risk: 30.5 is not a whole number"),
    "times": ("risk.csv", "\n4,20\n", "\n2,20\n", "row 3, column time: 2 doesn't come after 2"),
    "growth": ("risk.csv", ",10\n", ",21\n", "row 4, column at_risk: 21 at risk are more than 20"),
}
"""By name: the file, what is changed in it, to what, and what is told."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "names",
    [names for size in (1, 2, 3) for names in combinations(CELLS, size)],
    ids=" + ".join,
)
def test_every_mistake_is_told_at_once(names: tuple[str, ...]) -> None:
    texts = {"curve.csv": CURVE, "risk.csv": RISK}
    for name in names:
        file, old, new, _ = CELLS[name]
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new)
    for file, text in texts.items():
        Path(file).write_text(text)
    with pytest.raises(InputError) as error:
        read_curve("curve.csv", risk_table="risk.csv")
    message = str(error.value)
    files = {CELLS[name][0] for name in names}
    for name in names:
        words = CELLS[name][-1]
        assert (f"{CELLS[name][0]}, {words}" if len(files) > 1 else words) in message
    assert f"{len(names)} problem{'s' if len(names) > 1 else ''}: " in message


def test_files_without_mistakes_are_read() -> None:
    Path("curve.csv").write_text(CURVE)
    Path("risk.csv").write_text(RISK)
    assert read_curve("curve.csv", risk_table="risk.csv").record.patients == 40
    assert read_risk_table("risk.csv").at_risk.tolist() == [40, 30, 20, 10]


def test_twenty_of_many_are_told_in_full() -> None:
    Path("curve.csv").write_text("time,survival\n" + "x,?\n" * 15)
    with pytest.raises(InputError, match=r"^curve\.csv: 30 problems: row 1, .*; and 10 more$"):
        read_curve("curve.csv", patients=10)


def test_a_missing_column_hides_no_bad_cell() -> None:
    Path("curve.csv").write_text(CURVE.replace("time", "x").replace("0.7", "?"))
    Path("risk.csv").write_text(RISK.replace("at_risk", "n").replace("\n4,", "\nx,"))
    with pytest.raises(InputError) as error:
        read_curve("curve.csv", risk_table="risk.csv", patients=40)
    for words in (
        "4 problems: curve.csv: there is no column 'time'; columns are x, survival",
        "curve.csv, row 3, column survival: '?' is not a number",
        "risk.csv: there is no column 'at_risk'; columns are time, n",
        "risk.csv, row 3, column time: 'x' is not a number",
    ):
        assert words in str(error.value)


def test_what_is_wrong_with_a_curve_as_a_whole_is_told_beside_its_table() -> None:
    Path("curve.csv").write_text(CURVE.replace("0.7", "0.85"))
    Path("risk.csv").write_text(RISK.replace("30", "x"))
    with pytest.raises(InputError) as error:
        read_curve("curve.csv", risk_table="risk.csv", events=30)
    assert "risk.csv, row 2, column at_risk: 'x' is not a number" in str(error.value)
    assert "curve.csv, reading 3: the curve turns back by 0.05" in str(error.value)
    assert "2 problems: " in str(error.value)


def test_arms_of_one_figure_are_all_looked_at() -> None:
    Path("arms.csv").write_text("arm,time,survival\nA,1,0.9\nA,2,x\nB,1,0.8\nB,2,0.95\nC,1,0.9\n")
    Path("risk.csv").write_text("arm,time,at_risk\nA,0,20\nA,1,21\nB,0,20\n,0,20\n")
    with pytest.raises(InputError) as error:
        read_curves("arms.csv", risk_table="risk.csv", patients={"C": 20, "D": 3})
    for words in (
        "5 problems: arms.csv, row 2, column survival: 'x' is not a number",
        "risk.csv, row 2, column at_risk: 21 at risk are more than 20 before",
        "risk.csv, row 4, column arm: is empty",
        "arms.csv, patients: 'D' is not one of 'A', 'B', 'C'",
        "arms.csv, B, reading 2: the curve turns back",
    ):
        assert words in str(error.value)


def test_files_that_cannot_be_read_are_told_together() -> None:
    Path("curve.csv").write_text("")
    with pytest.raises(InputError, match=r"2 problems: curve\.csv: is empty; .*'risk\.csv'; give"):
        read_curve("curve.csv", risk_table="risk.csv")
    Path("curve.csv").write_text("time,survival\n")
    with pytest.raises(InputError, match=r"curve\.csv.*the list is empty"):
        read_curve("curve.csv", patients=3)


def test_incidences_are_told_in_the_same_way() -> None:
    Path("causes.csv").write_text("cause,time,incidence\nlocal,x,0.1\n,2,\n")
    with pytest.raises(InputError, match=r"3 problems: row 1, column time.*row 2.*row 2") as error:
        read_incidence_curves("causes.csv")
    assert str(error.value).startswith("causes.csv: ")
