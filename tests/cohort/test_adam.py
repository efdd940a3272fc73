"""Evidence: closed form, times worked out by hand, and what a user is told.

The data sets are made here: four subjects with days between dates that a calendar gives (2020 had a
29 February).
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort import Conventions, read_adtte

DAY = 1 / 30.4375


def adtte() -> pd.DataFrame:
    """AVAL is ADT - STARTDT + 1: from 1 January to 31 January are 31 days, to 1 March 2020 61."""
    return pd.DataFrame(
        {
            "STUDYID": "X",
            "USUBJID": ["X-01", "X-02", "X-03", "X-04", "X-02", "X-01", "X-03"],
            "PARAMCD": ["PFS", "PFS", "PFS", "PFS", "OS", "OS", "OS"],
            "STARTDT": [date(2020, 1, 1)] * 7,
            "ADT": [
                date(2020, 1, 31), date(2020, 3, 1), date(2020, 12, 31), date(2020, 1, 1),
                date(2021, 12, 30), date(2020, 3, 1), date(2020, 12, 31),
            ],
            "AVAL": [31.0, 61, 366, 1, 730, 61, 366],
            "AVALU": ["DAYS"] * 7,
            "CNSR": [0.0, 1, 2, 0, 1, 0, 0],
            "EVNTDESC": ["Progress", "Censored", "Death", "Progress", "Alive", "Death", "Death"],
            "CNSDTDSC": ["", "Last scan", "", "", "Last contact", "", ""],
            "STRATA1": ["brain", "other", "other", "other", "other", "brain", "other"],
        }
    )  # fmt: skip


def adsl() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USUBJID": ["X-05", "X-04", "X-03", "X-02", "X-01"],
            "TRT01P": ["Placebo", "Radiotherapy", "Placebo", "Radiotherapy", "Placebo"],
            "TRT01PN": [0.0, 1, 0, 1, 0],
            "AGEGR1": ["<40", "51-70", ">70", None, "51-70"],
            "LINEN": [1.0, 1, 2, 4, np.nan],
            "AGE": [31.0, 60, 71, 55, 52],
        }
    )


def written(folder: Path, records: pd.DataFrame, subjects: pd.DataFrame) -> tuple[Path, Path]:
    for name, frame in (("adtte", records), ("adsl", subjects)):
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder / "adtte.csv", folder / "adsl.csv"


def told(folder: Path, records: pd.DataFrame, paramcd: object = "PFS", **options: object) -> str:
    path, _ = written(folder, records, adsl())
    with pytest.raises(InputError) as error:
        read_adtte(path, paramcd, **options)  # type: ignore[arg-type]
    return str(error.value)


@pytest.mark.parametrize("ending", ["csv", "xpt", "parquet", "xlsx"])
def test_two_endpoints_with_covariates_in_one_call(tmp_path: Path, ending: str) -> None:
    for name, frame in (("adtte", adtte()), ("adsl", adsl())):
        path = tmp_path / f"{name}.{ending}"
        if ending == "xpt":
            pyreadstat.write_xport(frame, str(path), file_format_version=5)
        elif ending == "xlsx":
            frame.to_excel(path, index=False)
        else:
            getattr(frame, f"to_{ending}")(path, index=False)
    found = read_adtte(
        tmp_path / f"adtte.{ending}",
        ["PFS", "OS"],
        adsl=tmp_path / f"adsl.{ending}",
        columns={"AGEGR1": "age_group", "LINEN": "line", "AGE": "age"},
        levels={"line": {1: "first", 2: "second", 3: "third", 4: "fourth+"}},
        conventions=Conventions(competing={2: "death"}),
    )
    rows = found.patients.set_index("patient")
    assert rows.index.tolist() == ["X-01", "X-02", "X-03", "X-04"]
    assert rows["time"].tolist() == pytest.approx([31 * DAY, 61 * DAY, 366 * DAY, DAY], rel=1e-14)
    assert rows["event"].tolist() == [1, 0, 0, 1]
    assert rows["cause"].fillna("").tolist() == ["Progress", "", "death", "Progress"]
    assert rows["censoring"].fillna("").tolist() == ["", "Last scan", "", ""]
    assert rows["arm"].tolist() == ["Placebo", "Radiotherapy", "Placebo", "Radiotherapy"]
    assert found.levels["arm"] == ("Placebo", "Radiotherapy")
    assert rows["age_group"].astype("str").fillna("").tolist() == ["51-70", "", ">70", "51-70"]
    assert rows["line"].astype("str").fillna("").tolist() == ["", "fourth+", "second", "first"]
    assert rows["age"].tolist() == [52, 55, 71, 60]
    assert rows["STRATA1"].tolist() == ["brain", "other", "other", "other"]
    assert found.endpoints == ("os",)
    survival = found.at("os")
    assert survival.patients["time"].tolist() == pytest.approx([61 * DAY, 730 * DAY, 366 * DAY])
    assert survival.patients["event"].tolist() == [1, 0, 1]
    assert "1 of 4 rows without it left out" in survival.label


def test_subjects_without_the_first_parameter_are_told(tmp_path: Path) -> None:
    path, _ = written(tmp_path, adtte(), adsl())
    found = read_adtte(path, {"OS": "survival", "PFS": "pfs"})
    assert (found.size, found.endpoints) == (3, ("pfs",))
    assert found.label == "adtte.csv, OS; 1 of 4 subjects without OS left out"


@pytest.mark.parametrize(
    ("unit", "value"),
    [("DAYS", 31), ("Weeks", 31 / 7), ("MONTH", 31 * DAY), ("years", 31 / 365.25)],
)
def test_each_unit(tmp_path: Path, unit: str, value: float) -> None:
    records = adtte().iloc[[0]].assign(AVAL=value, AVALU=unit)
    path, _ = written(tmp_path, records, adsl())
    assert read_adtte(path, "PFS").patients["time"].tolist() == pytest.approx([31 * DAY])


def test_a_unit_is_never_guessed(tmp_path: Path) -> None:
    without = adtte().drop(columns="AVALU")
    assert "4 problems: row 1, column AVALU: there is no unit" in told(tmp_path, without)
    path, _ = written(tmp_path, without, adsl())
    found = read_adtte(path, "PFS", conventions=Conventions(unit="days"))
    assert found.patients["time"].iloc[0] == pytest.approx(31 * DAY)
    hours = adtte().assign(AVALU=["DAYS", "HOURS", *["DAYS"] * 5])
    assert "row 2, column AVALU: 'HOURS' is no unit that is known" in told(tmp_path, hours)
    against = told(tmp_path, adtte(), conventions=Conventions(unit="weeks"))
    assert "'DAYS' is not weeks, which the conventions say" in against


def test_dates_that_contradict_aval(tmp_path: Path) -> None:
    wrong = adtte().assign(AVAL=[31.0, 60, 366, 1, 730, 61, 366])
    message = told(tmp_path, wrong)
    assert "1 problem: row 2, column AVAL: 60 days is not ADT - STARTDT + 1 = 61 days" in message
    assert "(USUBJID X-02)" in message
    path, _ = written(tmp_path, wrong, adsl())
    found = read_adtte(path, "PFS", conventions=Conventions(check_dates=False)).patients
    assert found["time"].iloc[1] == pytest.approx(60 * DAY)
    said = told(tmp_path, adtte(), conventions=Conventions(first_day=0))
    assert "4 problems: row 1, column AVAL: 31 days is not ADT - STARTDT = 30 days" in said
    months = adtte().assign(AVAL=[1.0, 2.0, 12.0, 0, 24, 2, 12], AVALU="MONTHS")
    path, _ = written(tmp_path, months, adsl())
    assert read_adtte(path, "PFS").patients["time"].tolist() == [1, 2, 12, 0]
    assert "row 3, column AVAL: 14 months is not" in told(
        tmp_path, months.assign(AVAL=[1.0, 2.0, 14.0, 0, 24, 2, 12])
    )


@pytest.mark.parametrize(("first_day", "days"), [(0, 30), (1, 31)])
def test_dates_in_place_of_aval(tmp_path: Path, first_day: int, days: int) -> None:
    dates = adtte().drop(columns=["AVAL", "AVALU"])
    assert "say which: Conventions(first_day=1)" in told(tmp_path, dates)
    path, _ = written(tmp_path, dates, adsl())
    found = read_adtte(path, "PFS", conventions=Conventions(first_day=first_day)).patients
    assert found["time"].iloc[0] == pytest.approx(days * DAY)


def test_one_missing_aval_follows_the_other_records(tmp_path: Path) -> None:
    path, _ = written(tmp_path, adtte().assign(AVAL=[31.0, None, 366, 1, 730, 61, 366]), adsl())
    assert read_adtte(path, "PFS").patients["time"].iloc[1] == pytest.approx(61 * DAY)


@pytest.mark.parametrize("cells", [[21915, 21945], ["01JAN2020", "31jan2020"], ["2020-01-01"] * 2])
def test_dates_as_sas_numbers_and_texts(tmp_path: Path, cells: list[object]) -> None:
    last = {21945: 31, "31jan2020": 31}.get(cells[1], 1)  # type: ignore[call-overload]
    records = adtte().iloc[[0]].assign(STARTDT=cells[0], ADT=cells[1], AVAL=last)
    path, _ = written(tmp_path, records, adsl())
    assert read_adtte(path, "PFS").patients["time"].iloc[0] == pytest.approx(last * DAY)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CNSR": [0, None, 2, 0, 1, 0, 0]}, "row 2, column CNSR: 'nan' is no code"),
        ({"CNSR": [0, 0.5, 2, 0, 1, 0, 0]}, "row 2, column CNSR: '0.5' is no code"),
        ({"AVAL": [31, -1, 366, 1, 730, 61, 366]}, "row 2, column AVAL: '-1' is not a time"),
        ({"AVAL": ["a"] * 7}, "4 problems: row 1, column AVAL: 'a' is not a time"),
        ({"ADT": "2020-01"}, "column ADT: '2020-01' is no date (USUBJID X-01)"),
        ({"ADT": "2019-12-01", "AVAL": None}, "first_day"),
        (
            {"ADT": None, "AVAL": [31, None, 366, 1, 1, 1, 1]},
            "row 2, column AVAL: there is neither",
        ),
        ({"PARAMCD": "PFSX"}, "there is no PARAMCD 'PFS' (did you mean 'PFSX'?)"),
        (
            {"PARAMCD": "PFS"},
            "3 USUBJID have several records of PFS; keep one of each: X-02 (rows 2, 5), X-01 (rows",
        ),
        ({"USUBJID": None}, "7 problems: row 1, column USUBJID: there is no subject"),
        (
            {"STRATA1": [*"abcd", *"xxx"]},
            "STRATA1 differs between records of X-02 (rows 2, 5), X-01 (rows 1, 6), X-03 (rows 3",
        ),
    ],
)
def test_records_that_are_wrong(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    assert words in told(tmp_path, adtte().assign(**changes))


@pytest.mark.parametrize("name", ["USUBJID", "PARAMCD", "CNSR"])
def test_variables_that_are_missing(tmp_path: Path, name: str) -> None:
    assert f"there is no variable {name}" in told(tmp_path, adtte().drop(columns=name))


def test_subjects_of_adsl(tmp_path: Path) -> None:
    def wrong(subjects: pd.DataFrame, **options: object) -> str:
        path, other = written(tmp_path, adtte(), subjects)
        with pytest.raises(InputError) as error:
            read_adtte(path, "PFS", adsl=other, **options)  # type: ignore[arg-type]
        return str(error.value)

    assert "adsl.csv: 2 subjects of" in wrong(adsl().iloc[:3])
    assert "are missing: X-01 (rows 1, 6), X-02 (rows 2, 5); complete" in wrong(adsl().iloc[:3])
    assert "1 USUBJID have several rows; ADSL has one for each: X-01" in wrong(
        pd.concat([adsl(), adsl().iloc[[4]]])
    )
    assert "there is no variable AGEGR (did you mean 'AGEGR1'?)" in wrong(
        adsl(), columns={"AGEGR": "age_group"}
    )
    assert "'time' is the follow-up's own" in wrong(adsl(), columns={"AGE": "time"})
    assert "two variables have one name" in wrong(adsl(), columns={"AGE": "x", "LINEN": "x"})
    assert "TRT01P and TRT01PN contradict each other" in wrong(adsl().assign(TRT01PN=1))
    assert "'51-70' is not one of 'a'" in wrong(
        adsl(), columns={"AGEGR1": "age_group"}, levels={"age_group": ("a",)}
    )


def test_arms_of_both_files_have_to_agree(tmp_path: Path) -> None:
    path, other = written(tmp_path, adtte().assign(TRT01P="Placebo"), adsl())
    with pytest.raises(InputError, match=r"TRT01P is another in .* for X-02 \(row 4 and row 2\)"):
        read_adtte(path, "PFS", adsl=other)


def test_conventions_that_are_none() -> None:
    for options in ({"unit": "hours"}, {"first_day": 2}, {"competing": {0: "death"}}):
        with pytest.raises(InputError):
            Conventions(**options)  # type: ignore[arg-type]


def test_names_of_parameters(tmp_path: Path) -> None:
    assert "no parameter is given" in told(tmp_path, adtte(), [])
    assert "two parameters have one name" in told(tmp_path, adtte(), {"PFS": "a", "OS": "a"})


def test_what_is_read_is_written_and_read_back(tmp_path: Path) -> None:
    path, other = written(tmp_path, adtte(), adsl())
    found = read_adtte(path, ["PFS", "OS"], adsl=other)
    cohort.write(found, tmp_path / "own.csv")
    pd.testing.assert_frame_equal(cohort.read(tmp_path / "own.csv").patients, found.patients)
