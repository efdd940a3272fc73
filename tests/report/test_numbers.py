"""How numbers and cells are written; expectations are by hand."""

import math

import pandas as pd
import pytest

from oligotrial.report.display import grid, linked
from oligotrial.report.figures.agreement import comparable
from oligotrial.report.figures.trial import crossings
from oligotrial.report.numbers import number, with_error, with_interval


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (14.0, "14.0"), (100.0, "100"), (999.6, "1,000"), (1e-5, "1.00e-05"), (-3, "−3.00")],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("error", [0.04, 0.004, 0.0006, 0.4])
def test_error_shows_its_first_digit(error: float) -> None:
    value, shown = with_error(0.8123456, error).split(" ± ")
    assert float(shown) == pytest.approx(error)
    assert len(value) == len(shown)


def test_interval_without_ends_is_the_estimate() -> None:
    assert with_interval(4.2, math.nan, math.nan) == "4.20"


def test_interval_never_shows_a_small_bound_as_zero() -> None:
    assert with_interval(0.5, 0.002, 3.0) == "0.50 (0.0020 to 3.00)"


def test_every_column_is_shown_or_written_beside_its_own() -> None:
    frame = pd.DataFrame(
        {
            "patients": [90],
            "estimate": [0.8123],
            "mc_se": [0.0039],
            "duration_months": [18.26],
            "duration_se": [0.02],
            "duration_low": [14.1],
            "duration_high": [23.0],
            "hazard_ratio": [0.7],
            "lower": [0.5],
            "upper": [0.9],
            "passed": [False],
            "place": ["p. 6"],
        }
    )
    view = grid(frame)
    assert [cell.text for cell in view.rows[0]] == [
        "90",
        "0.812 ± 0.004",
        "18.26 ± 0.02 (14.1 to 23.0)",
        "0.70 (0.50 to 0.90)",
        "✗ NO",
        "p. 6",
    ]


def test_an_r_hat_near_its_limit_is_not_rounded_away() -> None:
    assert grid(pd.DataFrame({"value": [1.013, 2411.0]})).rows[0][0].text == "1.013"


def test_missing_and_infinite_cells() -> None:
    frame = pd.DataFrame({"median": [math.inf, math.nan], "note": ["x", None]})
    assert [[cell.text for cell in row] for row in grid(frame).rows] == [
        ["not reached", "x"],
        ["–", "–"],
    ]


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("doi:10.1000/a(23)01857-3", "10.1000/a(23)01857-3"),
        ("(see https://doi.org/10.3390/jpm14080805).", "10.3390/jpm14080805"),
        ("10.1000/x, then", "10.1000/x"),
    ],
)
def test_doi_becomes_a_link(text: str, doi: str) -> None:
    assert f'<a href="https://doi.org/{doi}">' in linked(text)


def test_crossing_is_found_between_and_on_points() -> None:
    x = pd.Series([0.0, 1.0, 2.0, 3.0])
    assert crossings(x, pd.Series([1.0, 0.0, 0.5, 0.5]), 0.5) == [0.5, 2.0, 3.0]
    assert crossings(x, pd.Series([0.9, 0.8, 0.7, 0.6]), 0.5) == []


def test_deviation_in_tolerances() -> None:
    frame = pd.DataFrame(
        {
            "statistic": list("abcd"),
            "printed": [10.0, 5.0, 5.0, math.nan],
            "reconstructed_median": [11.0, 5.0, 4.0, 3.0],
            "reconstructed_low": [10.0, 5.0, 4.0, 3.0],
            "reconstructed_high": [12.0, 6.0, 4.0, 3.0],
            "tolerance": [0.5, 0.0, 0.0, 1.0],
        }
    )
    found = comparable(frame)
    assert found["value"].tolist() == [2.0, 0.0, -math.inf]
    assert found["high"].tolist() == [4.0, math.inf, -math.inf]
