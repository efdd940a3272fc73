"""Evidence: independent files (R's haven 2.5.1 and SAS itself wrote them), and developer checks.

`data/make_sas.R` made cohort.xpt and cohort.sas7bdat, whose rows it states; iris.sas7bdat is a file
that SAS wrote, an example of haven (MIT licence), of Fisher's 150 flowers.
"""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort, Csv, Excel, Sas
from oligotrial.cohort.formats import load

DATA = Path(__file__).parent / "data"


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient": ["01-001", "01-002", "02-001"],
            "subtype": ["HER2+", None, "luminal A-like"],
            "time": [12.7, 3.25, 0.1 + 0.2],
            "event": [1, 0, 1],
            "age": [57.5, np.nan, 61.0],
            "ecog": [0, 1, 2],
            "ward": ["north", "south", None],
        }
    )


def excel(path: Path, frame: pd.DataFrame, **sheets: pd.DataFrame) -> Path:
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, sheet_name="patients", index=False)
        for name, other in sheets.items():
            other.to_excel(book, sheet_name=name, index=False)
    return path


def csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def told(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as error:
        cohort.read(path, **options)  # type: ignore[arg-type]
    assert str(path) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "xlsx"])
def test_the_same_rows_from_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"own.{ending}"
    {
        "csv": lambda: rows().to_csv(path, index=False),
        "tsv": lambda: rows().to_csv(path, index=False, sep="\t"),
        "parquet": lambda: rows().to_parquet(path),
        "xlsx": lambda: excel(path, rows()),
    }[ending]()
    expected = Cohort(rows(), label="", source="").patients
    found = cohort.read(path)
    pd.testing.assert_frame_equal(found.patients, expected, check_dtype=ending != "xlsx")
    # A workbook is written with 16 digits; elsewhere not a bit is lost.
    within = 1e-15 if ending == "xlsx" else 0
    assert found.patients["time"].tolist() == pytest.approx(
        [12.7, 3.25, 0.1 + 0.2], abs=0, rel=within
    )
    assert (found.source, found.label) == (str(path), path.name)


@pytest.mark.parametrize("ending", ["xpt", "sas7bdat"])
def test_a_file_of_sas(ending: str) -> None:
    lines = {1: "first", 2: "second", 3: "third", 4: "fourth+"}
    read = cohort.read(
        DATA / f"cohort.{ending}", columns={"USUBJID": "patient"}, levels={"line": lines}
    ).patients
    assert read["patient"].tolist() == ["01-001", "01-002", "01-003", "02-001", "02-002"]
    assert read["time"].tolist() == [12.7, 3.25, 8, 0.5, 30.4375]
    assert read["event"].tolist() == [1, 0, 1, 1, 0]
    assert read["line"].astype("str").fillna("-").tolist() == [
        "first", "second", "-", "first", "fourth+",
    ]  # fmt: skip
    assert read["subtype"].isna().tolist() == [False, False, True, False, False]
    assert read["subtype"].iloc[1] == "luminal A-like"
    assert read["age"].fillna(-1).tolist() == [57, -1, 61.5, 70, 44]
    assert read["cause"].fillna("").tolist() == ["progression", "", "death", "progrès", ""]
    assert pd.Series(read["enrol"]).dropna().tolist() == [
        date(2020, 1, 31), date(2020, 2, 29), date(2021, 12, 31), date(1959, 12, 31),
    ]  # fmt: skip


def test_a_file_that_sas_wrote() -> None:
    flowers = load(DATA / "iris.sas7bdat").rows
    assert flowers.shape == (150, 5)
    assert flowers["species"].value_counts().tolist() == [50, 50, 50]
    assert flowers.iloc[0].tolist() == [5.1, 3.5, 1.4, 0.2, "setosa"]
    assert flowers["sepal_length"].mean() == pytest.approx(5.843333, abs=1e-6)


def test_sas_files_that_are_cut_or_encoded_otherwise(tmp_path: Path) -> None:
    content = (DATA / "cohort.xpt").read_bytes()
    cut = tmp_path / "cut.xpt"
    cut.write_bytes(content[:2010])
    assert "is cut short" in told(cut)
    latin = tmp_path / "latin.xpt"
    latin.write_bytes(content.replace("progrès ".encode(), "progrès  ".encode("latin-1")))
    assert "form=Sas('cp1252')" in told(latin)
    read = cohort.read(latin, form=Sas("cp1252"), levels={"line": {1: "1", 2: "2", 4: "4"}})
    assert read.patients["cause"].iloc[3] == "progrès"
    data_set = tmp_path / "cut.sas7bdat"
    data_set.write_bytes((DATA / "cohort.sas7bdat").read_bytes()[:9000])
    assert "is damaged or is no sas7bdat file" in told(data_set)


def test_a_csv_of_a_spreadsheet_in_german(tmp_path: Path) -> None:
    text = "patient;time;event;cause\r\n1;12,7;1;Progreß\r\n2; 3,25 ;0;\r\n;;;\r\n"
    path = csv(tmp_path / "own.csv", text, "cp1252")
    assert "form=Csv(encoding='cp1252')" in told(path)
    assert "form=Csv(';')" in told(path, form=Csv(encoding="cp1252"))
    found = cohort.read(path, form=Csv(";", decimal=",", encoding="cp1252")).patients
    assert found["time"].tolist() == [12.7, 3.25]
    assert found["cause"].iloc[0] == "Progreß"
    thousand = csv(tmp_path / "own.csv", "time;event\n1.234;1\n12,7;1\n 0.5;1\n")
    message = told(thousand, form=Csv(";", decimal=","))
    assert "2 problems: row 1, column time: '1.234' has a decimal point" in message
    assert "row 3, column time: '0.5' has a decimal point" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,event,age\n1,1\n2,0,50\n", "row 1, column last: there are 2 cells under 3 names"),
        ("time,event\n1,1\n12,7,0\n", "row 2, column last: there are 3 cells under 2 names"),
        ("time,event\n1,1,5\n2,1,5\n", "2 problems: row 1, column last"),
        ("time,event,time\n1,1,2\n", "column 'time' is there twice"),
        ('"",time,event\n1,5,1\n', "column 1 has no name"),
        ("time,event\n", "there are no patients"),
        ("\n\n", "is empty"),
        ("time\n1\n", "there is one column only, 'time'"),
        ("Time,Event\n1,1\n", "is 'Time' time?; is 'Event' event?"),
        ('time,event\n1,"1\n2,0\n', "can't be read as CSV"),
        ("time,event\n1,1\x00\n", "NUL"),
        ("time,event\n1_0,1\n", "'1_0' is not a number of months"),
        ("time,event\n１２,1\n", "'１２' is not a number of months"),
        ("time,event\n1e999,1\n", "row 1, column time: the time is infinite"),
        ("time,event\n2024-01-03,1\n", "'2024-01-03' is not a number of months"),
        ("time,event,draw\n1,1,1e300\n", "is not a whole number from 0"),
        ('time,event\n"1,5",1\n', "'1,5' is not a number of months"),
        ("# x\n# columns: {\ntime,event\n1,1\n", "isn't as it was written"),
        ('# x\n# columns: {"levels": 3}\ntime,event\n1,1\n', "isn't as it was written"),
    ],
)
def test_a_csv_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    assert words in told(csv(tmp_path / "own.csv", text))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("1,2", [1, 2]),
        ("1,NA", [1, None]),
        ("007,12", ["007", "12"]),
        ("1.50,x", ["1.50", "x"]),
        ("TRUE,false", [True, False]),
        ("1,true", ["1", "true"]),
        ("1e999,1", ["1e999", "1"]),
        ("12345678901234567890,1", ["12345678901234567890", "1"]),
        ("9007199254740993,1.5", ["9007199254740993", "1.5"]),
        ("9223372036854775807,1", [9223372036854775807, 1]),
        (" a ,b", ["a", "b"]),
    ],
)
def test_columns_of_ones_own_are_typed_without_loss(
    tmp_path: Path, text: str, cells: list[object]
) -> None:
    one, other = text.split(",")
    path = csv(tmp_path / "own.csv", f"time,event,mine\n1,1,{one}\n2,0,{other}\n")
    found = cohort.read(path).patients["mine"]
    assert [None if pd.isna(cell) else cell for cell in found] == cells
    assert [type(cell) for cell in found.dropna().tolist()] == [
        type(cell) for cell in cells if cell is not None
    ]


def test_units_are_converted_and_never_guessed(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "own.csv",
        "DAYS,event,entry,os_time,os_event\n365.25,1,30.4375,730.5,0\n60.875,0,,,\n",
    )
    found = cohort.read(path, columns={"days": "time"}, unit="days").patients
    assert found["time"].tolist() == pytest.approx([12, 2], rel=1e-14)
    assert found["entry"].fillna(0).tolist() == pytest.approx([1, 0])
    assert found["os_time"].fillna(0).tolist() == pytest.approx([24, 0])
    assert "'fortnights' is not one of" in told(path, unit="fortnights")
    assert "columns= names 'dazs', which is not there" in told(path, columns={"dazs": "time"})
    assert "two columns the name 'time'" in told(path, columns={"DAYS": "time", "entry": "time"})


def test_workbooks(tmp_path: Path) -> None:
    path = excel(tmp_path / "own.xlsx", rows(), notes=pd.DataFrame({"a": [1]}))
    assert "there are 2 sheets (patients, notes); say which" in told(path)
    assert "there is no sheet 'patient' (did you mean 'patients'?)" in told(
        path, form=Excel("patient")
    )
    assert cohort.read(path, form=Excel("patients")).size == 3


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=1+1", "column time: the formula =1+1 was never computed"),
        ("#DIV/0!", "row 1, column time: the cell holds the error #DIV/0!"),
        (datetime.fromisoformat("2024-01-03"), "'2024-01-03 00:00:00' is not a number of months"),
        (True, "'True' is not a number of months"),
    ],
)
def test_cells_of_a_workbook_that_are_no_numbers(tmp_path: Path, cell: object, words: str) -> None:
    book = Workbook()
    assert book.active is not None
    for line in (["time", "event", None], [cell, 1], [None, None], [None]):
        book.active.append(line)
    book.save(tmp_path / "own.xlsx")
    assert words in told(tmp_path / "own.xlsx")


def test_dates_of_a_workbook_are_kept(tmp_path: Path) -> None:
    path = excel(tmp_path / "own.xlsx", rows().assign(seen=pd.Timestamp("2024-02-29")))
    assert load_workbook(path).active is not None
    assert cohort.read(path).patients["seen"].tolist() == [pd.Timestamp("2024-02-29")] * 3


def test_parquet_keeps_types_and_levels(tmp_path: Path) -> None:
    grades = pd.Categorical(["low", "high", "low"], categories=["low", "high"], ordered=True)
    frame = rows().assign(grade=grades, seen=pd.Timestamp("2024-02-29"))
    frame.iloc[[2, 0, 1]].to_parquet(tmp_path / "own.parquet")
    found = cohort.read(tmp_path / "own.parquet")
    assert found.levels == {"grade": ("low", "high")}
    assert found.patients["patient"].tolist() == ["02-001", "01-001", "01-002"]
    assert found.patients["seen"].dtype.kind == "M"
    assert "__index_level_0__" not in found.patients
    frame.assign(doses=[[1, 2]] * 3).to_parquet(tmp_path / "own.parquet")
    assert "column doses holds lists" in told(tmp_path / "own.parquet")


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "xlsx", "xpt", "sas7bdat"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 800, b"PK\x03\x04" * 200, b"PAR1" * 200])
def test_files_that_are_something_else(tmp_path: Path, ending: str, content: bytes) -> None:
    path = tmp_path / f"own.{ending}"
    path.write_bytes(content)
    told(path)


def test_endings(tmp_path: Path) -> None:
    path = csv(tmp_path / "own.xls", "time,event\n1,1\n")
    assert "the ending '.xls' is unknown (did you mean '.xlsx'?)" in told(path)
    assert cohort.read(path, form=Csv()).size == 1
    assert cohort.read(csv(tmp_path / "own.CSV", "time,event\n1,1\n")).size == 1
    with pytest.raises(InputError, match=r"cohorts are written as CSV, not as \.parquet"):
        cohort.write(cohort.read(path, form=Csv()), tmp_path / "own.parquet")
    with pytest.raises(InputError, match="there is no file"):
        cohort.read(tmp_path)


def test_a_cohort_written_is_read_back_the_same(tmp_path: Path) -> None:
    made = Cohort(
        rows().assign(
            patient=["001", "002", "003"],
            ward=["12", " 7 ", "NA"],
            subtype=["HR+", None, "HR-"],
            time_upper=[None, np.inf, 1.0],
            cause=["progression", "death", None],
            os_time=[20.0, None, 1 / 3],
            os_event=[1, None, 0],
            count=pd.array([1, None, 3], dtype="Int64"),
            smoker=pd.array([True, None, False], dtype="boolean"),
        ),
        label="three patients, dose > 50",
        source="example",
        levels={"subtype": ("HR-", "HR+"), "ward": ("12", "7", "NA")},
    )
    cohort.write(made, tmp_path / "own.csv")
    back = cohort.read(tmp_path / "own.csv")
    pd.testing.assert_frame_equal(back.patients, made.patients)
    assert (back.label, back.levels, back.endpoints) == (made.label, made.levels, ("os",))


def test_text_that_looks_like_something_else_is_read_back_the_same(tmp_path: Path) -> None:
    made = Cohort(rows().assign(ward=["12", " 7 ", "NA"]), label="", source="example")
    cohort.write(made, tmp_path / "own.csv")
    pd.testing.assert_frame_equal(cohort.read(tmp_path / "own.csv").patients, made.patients)
    numbers = Cohort(rows().assign(ward=["12", "7", "1"]), label="", source="example")
    cohort.write(numbers, tmp_path / "own.csv")
    assert cohort.read(tmp_path / "own.csv").patients["ward"].tolist() == ["12", "7", "1"]
