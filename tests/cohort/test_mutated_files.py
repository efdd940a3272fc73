"""Evidence: identity. Of a thousand broken files, each is refused or read as it is written.

A mutated file has one of two ends: an `InputError`, or rows in which every cell is what an
independent, much simpler reading of the same file (Python's csv and float) says.
"""

import csv
import io
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort

VALID = """\
# five patients
draw,patient,arm,age_group,subtype,line,site,schedule,dose_level,weight,entry,time,time_upper,event,\
cause,age,ward,os_time,os_event
0,p1,RT,51-70,HER2+,first,bone,SIB 30/20 Gy in 5 fr,boost,1,0,12.7,,1,progression,57,north,20.5,0
0,p2,no RT,>70,,second,brain,50 Gy in 5 fr,boost,0.5,,3.25,6,1,progression,71.5,"east, 2",3.5,1
0,p3,RT,<40,luminal A-like,,lung,,base,1,1.5,8,,0,death,39,,8,1
0,p4,no RT,40-50,triple negative,third,nodes,5 x 10 Gy,boost,1,,0.5,,0,,44,7,,
0,p5,RT,51-70,HER2+,fourth+,liver,30 Gy in 10 fr,boost,2,,30,inf,0,,60,"say ""so"" again",30,0
"""
NUMBERS = {"weight", "entry", "time", "time_upper", "event", "os_time", "os_event", "draw"}
MISSING = {"", "NA", "NaN", "."}
CELLS = (
    "", " ", "NA", "NaN", ".", "-", "0", "1", "2", "-1", "-0", "+3", "0.5", ".5", "5.", "1,5",
    '"1,5"', "1e3", "1e999", "1e-999", "-1e999", "inf", "-inf", "nan", "None", "null", "TRUE",
    "1_000", "0x10", "007", "12345678901234567890", "9" * 400, "1 000", "12.7 months", "2024-01-31",
    "31.01.2024", "1/2", "１２", "½", "−3", "first", "HER2+", "HER2", "frist", "50 Gy in 5 fr",
    "50-35 Gy in 5 fr", "50 Gy", "censored", "p1", '"', '""', '"""', '"a', "'", "\t", ";", "#",
    "=1+1", "é", "\x00", "\x07", "\ufeff", "\u202e", "\n", '"\n"', "\r", '"a\r\nb"', "x" * 10_000,
    "[1]", "{}", "<b>",
)  # fmt: skip


def numbers(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing secret


def cells_changed(random_: random.Random, text: str) -> str:
    lines = [line.split(",") for line in text.splitlines()]
    for _ in range(random_.choice([1, 1, 2])):
        line = random_.choice(lines[2:])
        line[random_.randrange(len(line))] = random_.choice(CELLS)
    return "\n".join(",".join(line) for line in lines) + "\n"


def header_changed(random_: random.Random, text: str) -> str:
    lines = text.splitlines()
    names = lines[1].split(",")
    place = random_.randrange(len(names))
    names[place] = random_.choice(
        [names[place].upper(), f" {names[place]}", "", random_.choice(names), "other", "x_time",
         names[place] + "_event", names[place][:-1], '"', "12", "time.1"]
    )  # fmt: skip
    return "\n".join([lines[0], ",".join(names), *lines[2:]]) + "\n"


def bytes_changed(random_: random.Random, text: str) -> bytes:
    content = bytearray(text.encode())
    for _ in range(random_.choice([1, 3, 10])):
        place = random_.randrange(len(content))
        kind = random_.randrange(3)
        if kind == 0:
            content[place] = random_.randrange(256)
        elif kind == 1:
            del content[place : place + random_.choice([1, 5])]
        else:
            content[place:place] = bytes([random_.randrange(256)])
    return bytes(content)


def lines_changed(random_: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    place = random_.randrange(len(lines))
    change: Callable[[], object] = random_.choice(
        [
            lambda: lines.insert(place, random_.choice(lines)),
            lambda: lines.pop(place),
            lambda: lines.insert(place, "\n"),
            lambda: lines.insert(place, ",,\n"),
            lambda: lines.__setitem__(place, lines[place].rstrip("\n") + ",\n"),
            lambda: lines.__setitem__(place, lines[place].rpartition(",")[0] + "\n"),
            lambda: random_.shuffle(lines),
            lambda: lines.append("Total,,,,\n"),
        ]
    )
    change()
    return "".join(lines)


def columns_changed(random_: random.Random, text: str) -> str:
    rows = list(csv.reader(io.StringIO(text.partition("\n")[2])))
    one, other = random_.randrange(len(rows[0])), random_.randrange(len(rows[0]))
    kind = random_.randrange(4)
    for row in rows:
        if kind == 0:
            del row[one]
        elif kind == 1:
            row.insert(other, row[one])
        elif kind == 2:
            row[one], row[other] = row[other], row[one]
        else:
            row.append("")
    stream = io.StringIO()
    csv.writer(stream, lineterminator=random_.choice(["\n", "\r\n"])).writerows(rows)
    return stream.getvalue()


def written_otherwise(random_: random.Random, text: str) -> bytes:
    return random_.choice(
        [
            lambda: text.replace(",", ";").encode(),
            lambda: text.replace(",", "\t").encode(),
            lambda: text.replace(".", ",").encode(),
            lambda: text.replace("\n", "\r").encode(),
            lambda: text.replace("north", "nörd").encode("latin-1"),
            lambda: text.encode("utf-16"),
            lambda: text.encode("utf-8-sig"),
            lambda: text.replace('"', "").encode(),
            lambda: text[: random_.randrange(len(text))].encode(),
            lambda: text.encode("utf-32-le"),
        ]
    )()


KINDS = (cells_changed, cells_changed, header_changed, bytes_changed, lines_changed,
         columns_changed, written_otherwise)  # fmt: skip


def plainly(content: bytes) -> tuple[list[str], list[list[str]]]:
    text = content.decode("utf-8-sig")
    while text.startswith("#"):
        text = text.partition("\n")[2]
    lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    cells = [[cell.strip() for cell in line] for line in lines]
    while not any(cells[-1]):
        cells.pop()
    return cells[0], cells[1:]


def differences(found: Cohort, content: bytes) -> Iterator[str]:
    """Yield each cell that isn't what the file plainly says."""
    header, lines = plainly(content)
    rows = found.patients
    if len(rows) != len(lines):
        yield f"{len(lines)} lines, {len(rows)} rows"
    for name in filter(None, header):
        for row, line in enumerate(lines):
            cell, value = line[header.index(name)], rows[name].iloc[row]
            if not same(cell, value, number=name in NUMBERS):
                yield f"row {row + 1}, column {name}: {cell!r} was read as {value!r}"


def same(cell: str, value: object, *, number: bool) -> bool:
    if cell in MISSING:
        return bool(pd.isna(value))
    if isinstance(value, str):
        return value == cell and not number
    if value in (True, False) and cell.lower() in ("true", "false"):
        return bool(value) == (cell.lower() == "true")
    return not math.isnan(float(cell)) and float(cell) == float(value)  # type: ignore[arg-type]


def said(path: Path, error: InputError) -> bool:
    return str(path) in str(error)


def test_a_valid_file_has_no_differences(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(VALID, encoding="utf-8")
    assert not list(differences(cohort.read(tmp_path / "own.csv"), VALID.encode()))
    wrong = VALID.replace("57", "58").encode()
    assert len(list(differences(cohort.read(tmp_path / "own.csv"), wrong))) == 1


def test_a_thousand_mutated_csv_files(tmp_path: Path) -> None:
    random_ = numbers(20240731)
    path, read, refused = tmp_path / "own.csv", 0, 0
    for number in range(1_050):
        made = KINDS[number % len(KINDS)](random_, VALID)
        content = made if isinstance(made, bytes) else made.encode("utf-8")
        path.write_bytes(content)
        try:
            found = cohort.read(path)
        except InputError as error:
            refused += said(path, error)
            continue
        read += 1
        assert not list(differences(found, content)), content.decode("utf-8", "replace")
    assert read + refused == 1_050
    assert min(read, refused) > 250


def cells(rows: pd.DataFrame) -> list[list[object]]:
    return rows.astype(object).where(rows.notna(), None).to_numpy().tolist()


def parquet(rows: pd.DataFrame, path: Path) -> None:
    rows.to_parquet(path, write_page_checksum=True)


def workbook(rows: pd.DataFrame, path: Path) -> None:
    rows.to_excel(path, index=False)


@pytest.mark.parametrize(("ending", "make"), [("parquet", parquet), ("xlsx", workbook)])
def test_binary_files_with_wrong_bytes(
    tmp_path: Path, ending: str, make: Callable[[pd.DataFrame, Path], None]
) -> None:
    """Checksums in both formats tell a wrong byte in the data, so what is read is right."""
    (tmp_path / "own.csv").write_text(VALID, encoding="utf-8")
    valid = cohort.read(tmp_path / "own.csv").patients
    rows = valid.astype(dict.fromkeys(valid.select_dtypes("category"), "str"))
    make(rows, tmp_path / f"whole.{ending}")
    expected = cohort.read(tmp_path / f"whole.{ending}").patients
    whole = (tmp_path / f"whole.{ending}").read_bytes()
    random_, refused, read, path = numbers(1), 0, 0, tmp_path / f"own.{ending}"
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(random_.choice([1, 5])):
            content[random_.randrange(len(content))] = random_.randrange(256)
        path.write_bytes(content[: random_.choice([None, None, random_.randrange(len(whole))])])
        try:
            found = cohort.read(path).patients
        except InputError as error:
            refused += said(path, error)
        else:
            read += 1
            assert cells(found) == cells(expected)
    assert read + refused == 150
    assert read > 2
    assert refused > 50


@pytest.mark.parametrize("ending", ["xpt", "sas7bdat"])
def test_sas_files_with_wrong_bytes_give_no_traceback(tmp_path: Path, ending: str) -> None:
    """SAS files hold no checksum: a wrong byte of a number is another number, and can't be told."""
    whole = (Path(__file__).parent / "data" / f"cohort.{ending}").read_bytes()
    random_, refused, read, path = numbers(1), 0, 0, tmp_path / f"own.{ending}"
    lines = {1: "first", 2: "second", 3: "third", 4: "fourth+"}
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(random_.choice([1, 20])):
            content[random_.randrange(len(content))] = random_.randrange(256)
        path.write_bytes(content[: random_.choice([None, None, random_.randrange(len(whole))])])
        try:
            cohort.read(path, levels={"line": lines})
            read += 1
        except InputError as error:
            refused += said(path, error)
    assert read + refused == 150
    assert min(read, refused) > 10
