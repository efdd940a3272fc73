"""The page on radiobiology. Evidence: its code is run; its table is computed anew."""

import doctest
import re
from pathlib import Path

import pytest

from oligotrial import evidence
from oligotrial.radiobiology import Schedule, bed_parts, bed_table, sourced_alpha_beta

PAGE = (Path(__file__).parents[2] / "docs" / "radiobiology.md").read_text(encoding="utf-8")


def test_the_code_gives_what_the_page_shows() -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL))
    test = doctest.DocTestParser().get_doctest(code, {}, "docs/radiobiology.md", None, 0)
    assert len(test.examples) > 20
    failures: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=failures.append)
    assert not failures, "".join(failures)


def rows() -> list[list[str]]:
    lines = PAGE[PAGE.index("| schedule | level | BED at 4") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:2]))
def test_each_row_of_the_table(row: list[str]) -> None:
    text, level, *numbers = row
    table = bed_table(text, [4.0, 10.0])
    at = table[table["level"] == level]
    parts = bed_parts(at["schedule"].head(1), levels=at["level"].replace("single", "boost").head(1))
    flips = [parts.quadratic_gy2[0] / (cutoff - parts.linear_gy[0]) for cutoff in (75, 100)]
    for shown, exact in zip(numbers, [*at["bed_gy"], *flips], strict=True):
        places = len(shown.split(".")[1])
        assert abs(float(shown) - exact) <= 0.5 * 10**-places + 1e-9


def test_the_table_holds_every_course_of_the_paper() -> None:
    printed = [each.text for each in evidence.load("marazzi2024").schedules]
    courses = {str(option) for text in printed for option in Schedule.parse(text).options()}
    assert courses == {row[0] for row in rows()}


def test_what_the_page_says_of_classes() -> None:
    low, high = sourced_alpha_beta("breast_start_a").interval
    for _, _, at_4, _, to_75, to_100 in rows():
        if float(at_4) > 51:
            assert any(low < float(ratio) < high for ratio in (to_75, to_100))
