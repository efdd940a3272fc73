"""What a user is told: every problem of a set of files at once, with its file, row and column."""

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.cohort import Cohort, Conventions, read, read_adtte

SUBJECTS = [f"X-{number:02}" for number in range(1, 9)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def adtte() -> pd.DataFrame:
    """PFS of eight subjects (rows 1 to 8), then OS of the same (9 to 16), 31 days each."""
    return pd.DataFrame(
        {
            "USUBJID": SUBJECTS * 2,
            "PARAMCD": ["PFS"] * 8 + ["OS"] * 8,
            "STARTDT": "2020-01-01",
            "ADT": "2020-01-31",
            "AVAL": 31.0,
            "AVALU": "DAYS",
            "CNSR": [0, 1] * 8,
            "EVNTDESC": "Progression",
            "STRATA1": "brain",
        }
    )


def adsl() -> pd.DataFrame:
    """The subjects in reverse: X-08 in row 1, X-01 in row 8."""
    return pd.DataFrame(
        {
            "USUBJID": SUBJECTS[::-1],
            "TRT01P": ["RT", "Control"] * 4,
            "TRT01PN": [1, 0] * 4,
            "AGEGR1": "51-70",
            "AGE": list(range(40, 48)),
        }
    )


def cell(row: int, name: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.astype({name: object}).assign(
            **{name: lambda rows: [value if n == row else old for n, old in rows[name].items()]}
        )

    return changed


def again(row: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: pd.concat([frame, frame.loc[[row]]])


def without(name: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.drop(columns=name)


# By name: the file, the change of its rows (which count from 1), and what is told.
MISTAKES: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "code": ("adtte", cell(1, "CNSR", -1), "row 1, column CNSR: '-1' is no code"),
    "text code": ("adtte", cell(11, "CNSR", "x"), "row 11, column CNSR: 'x' is no code"),
    "AVAL": ("adtte", cell(2, "AVAL", "a"), "row 2, column AVAL: 'a' is not a time"),
    "dates": ("adtte", cell(3, "AVAL", 30.0), "row 3, column AVAL: 30 days is not ADT - STARTDT"),
    "unit": ("adtte", cell(4, "AVALU", "HOURS"), "row 4, column AVALU: 'HOURS' is no unit"),
    "no unit": ("adtte", cell(5, "AVALU", None), "row 5, column AVALU: there is no unit"),
    "date": ("adtte", cell(6, "ADT", "2020-13"), "row 6, column ADT: '2020-13' is no date"),
    "no AVAL": (
        "adtte",
        lambda frame: cell(7, "AVAL", None)(cell(7, "STARTDT", None)(frame)),
        "row 7, column AVAL: there is neither AVAL nor both dates",
    ),
    "before": (
        "adtte",
        lambda frame: cell(14, "AVAL", None)(cell(14, "ADT", "2019-12-01")(frame)),
        "row 14, column ADT: it is before STARTDT",
    ),
    "no subject": ("adtte", cell(16, "USUBJID", None), "row 16, column USUBJID: there is no"),
    "cause": (
        "adtte",
        cell(7, "EVNTDESC", "none"),
        "row 7, column EVNTDESC: 'none' is no cause",
    ),
    "twice": ("adtte", again(1), "1 USUBJID have several records of PFS; keep one of each: X-01"),
    "strata": ("adtte", cell(10, "STRATA1", "bone"), "STRATA1 differs between records of X-02 (ro"),
    "level": ("adsl", cell(3, "AGEGR1", "51-71"), "row 3, column AGEGR1: '51-71' is not one of"),
    "number": ("adsl", cell(4, "TRT01PN", "x"), "row 4, column TRT01PN: 'x' is not a number"),
    "arms": ("adsl", cell(5, "TRT01P", "Control"), "TRT01P and TRT01PN contradict each other"),
    "row twice": ("adsl", again(2), "1 USUBJID have several rows; ADSL has one for each: X-07 (ro"),
    "missing": ("adsl", cell(1, "USUBJID", "X-99"), "1 subjects of adtte.csv are missing: X-08"),
    "variable": ("adsl", without("AGE"), "there is no variable AGE"),
    "no CNSR": ("adtte", without("CNSR"), "there is no variable CNSR"),
}
AGAINST = [{"no CNSR", other} for other in ("code", "text code", "cause")]
"""Of which the first leaves no place for the other."""


def possible(names: tuple[str, ...]) -> bool:
    return not any(pair <= set(names) for pair in AGAINST)


PAIRS = [*filter(possible, combinations(MISTAKES, 2))]
TRIPLES = [*filter(possible, combinations(MISTAKES, 3))]


def written(names: tuple[str, ...]) -> None:
    frames = {"adtte": adtte(), "adsl": adsl()}
    for frame in frames.values():
        frame.index += 1
    for name in sorted(names, key=lambda each: list(MISTAKES).index(each)):
        file, change, _ = MISTAKES[name]
        frames[file] = change(frames[file])
    for name, frame in frames.items():
        frame.to_csv(f"{name}.csv", index=False)


def told(**options: object) -> str:
    with pytest.raises(InputError) as error:
        read_adtte(
            "adtte.csv",
            ["PFS", "OS"],
            adsl="adsl.csv",
            columns={"AGEGR1": "age_group", "AGE": "age"},
            **options,  # type: ignore[arg-type]
        )
    return str(error.value)


def test_without_mistakes_a_cohort_is_read() -> None:
    written(())
    found = read_adtte("adtte.csv", ["PFS", "OS"], adsl="adsl.csv", columns={"AGEGR1": "age_group"})
    assert found.size == 8
    assert found.patients["event"].tolist() == [1, 0] * 4
    assert found.patients["os_time"].notna().all()


@pytest.mark.parametrize(
    "names",
    [
        *((name,) for name in MISTAKES),
        *PAIRS,
        *(TRIPLES[at] for at in np.random.default_rng(1).choice(len(TRIPLES), 150, replace=False)),
    ],
    ids=" + ".join,
)
def test_every_mistake_of_adam_files_is_told_at_once(names: tuple[str, ...]) -> None:
    written(names)
    message = told()
    files = {MISTAKES[name][0] for name in names}
    for name in names:
        file, _, words = MISTAKES[name]
        place = f"{file}.csv, {words}" if words.startswith("row") else f"{file}.csv: {words}"
        if name == "variable":
            place = f"adsl.csv and adtte.csv: {words}"
        assert (place if len(files) > 1 or "variable" in names else words) in message
    # A wrong code in a record that is there twice is wrong twice.
    count = len(names) + ({"code", "twice"} <= set(names))
    alone = count == 1 and not MISTAKES[names[0]][-1].startswith("row")
    assert alone or f"{count} problem{'s' if count > 1 else ''}: " in message
    if len(files) == 1 and "variable" not in names:
        assert message.startswith(f"{files.pop()}.csv: ")


def test_twenty_of_many_are_told_in_full() -> None:
    written(())
    frame = adtte()
    frame.assign(CNSR=-1, AVALU="HOURS").to_csv("adtte.csv", index=False)
    message = told()
    assert message.startswith("adtte.csv: 32 problems: row 1, column CNSR")
    assert message.count("row ") == 20
    assert message.endswith("; and 12 more")


def test_files_that_cannot_be_read_are_told_together() -> None:
    Path("adtte.csv").write_text("")
    assert told() == (
        "2 problems: adtte.csv: is empty; give a file with a header and at least one row; "
        "cohort: there is no file 'adsl.csv'; give the path of an existing one"
    )
    written(("level",))
    Path("adtte.csv").unlink()
    message = told()
    assert "2 problems: cohort: there is no file 'adtte.csv'" in message
    assert "adsl.csv, row 3, column AGEGR1" in message


@pytest.mark.parametrize("name", ["USUBJID", "PARAMCD", "CNSR", "AVALU"])
def test_a_missing_variable_hides_nothing_of_the_other_file(name: str) -> None:
    written(("level", "row twice"))
    adtte().drop(columns=name).to_csv("adtte.csv", index=False)
    message = told()
    words = "there is no unit" if name == "AVALU" else f"there is no variable {name}"
    assert words in message
    assert "adsl.csv: 1 USUBJID have several rows" in message
    assert "adsl.csv, row 3, column AGEGR1" in message


def test_a_missing_variable_hides_nothing_of_its_own_file() -> None:
    written(("AVAL", "text code"))
    pd.read_csv("adtte.csv").drop(columns="USUBJID").to_csv("adtte.csv", index=False)
    assert re.search("3 problems: there is no variable USUBJID.*row 2,.*row 11,", told())
    written(("level",))
    pd.read_csv("adsl.csv").drop(columns="USUBJID").to_csv("adsl.csv", index=False)
    assert told().startswith("adsl.csv: there is no variable USUBJID")


def test_the_first_day_is_asked_for_only_where_nothing_tells_it() -> None:
    written(())
    records = adtte().assign(AVAL=[None, 31.0, *[None] * 14], CNSR=[-1, *[1] * 15])
    records.assign(AVALU=[None, "HOURS", *[None] * 14]).to_csv("adtte.csv", index=False)
    message = told()  # HOURS mended, row 2 tells the first day of PFS
    assert "3 problems: OS: AVAL is missing (rows 9, 10, 11, 12, 13, 14, 15, 16) and" in message
    assert "row 1, column CNSR" in message
    assert "row 2, column AVALU" in message
    assert "first_day" not in told(conventions=Conventions(first_day=1))


def test_a_covariate_that_contradicts_the_follow_up_is_told_at_its_cell() -> None:
    written(("dates",))
    adsl().assign(ENTRYM=[0, 99, *[0] * 6]).to_csv("adsl.csv", index=False)
    with pytest.raises(InputError) as error:
        read_adtte("adtte.csv", "PFS", adsl="adsl.csv", columns={"ENTRYM": "entry"})
    assert "2 problems: adtte.csv, row 3, column AVAL" in str(error.value)
    assert "adsl.csv, row 2, column ENTRYM: 99 is not before the time" in str(error.value)
    assert "(USUBJID X-07)" in str(error.value)


def test_numbers_of_dates_are_read_beside_a_text() -> None:
    written(())
    records = adtte().assign(STARTDT=21915, ADT=[21945, "21945", "soon", *[21945] * 13])
    records.to_csv("adtte.csv", index=False)
    assert told() == "adtte.csv: 1 problem: row 3, column ADT: 'soon' is no date (USUBJID X-03)"


# Other files


def test_a_cohort_s_missing_column_hides_no_bad_value() -> None:
    Path("own.csv").write_text("Time,event,weight,os_time\n2,3,1,2\n5,1,-1,3\n")
    with pytest.raises(InputError) as error:
        read("own.csv", levels={"grade": ("a", "b")})
    message = str(error.value)
    assert message.startswith("own.csv: 5 problems: there is no column time (is 'Time' time?)")
    for words in (
        "there is a column os_time but no os_event",
        "levels are given for column 'grade', which is not there",
        "row 1, column event: '3' is neither",
        "row 2, column weight: '-1' is not a weight",
    ):
        assert words in message


def test_levels_that_are_none_are_not_held_against_the_rows() -> None:
    rows = pd.DataFrame({"time": [1.0], "event": [2], "subtype": ["unheard of"]})
    with pytest.raises(InputError, match=r"^x: 2 problems: levels of subtype: .*; row 1, column e"):
        Cohort(rows, label="x", source="x", levels={"subtype": ()})


def test_all_columns_that_are_not_there_are_named() -> None:
    Path("own.csv").write_text("days,status\n2,1\n")
    with pytest.raises(InputError) as error:
        read("own.csv", columns={"day": "time", "state": "event"})
    assert str(error.value).startswith("own.csv: 2 problems: columns= names 'day', which is not")
    assert "columns= names 'state', which is not there (did you mean 'status'?)" in str(error.value)
