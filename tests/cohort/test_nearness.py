"""How near numbers are to print.

Identity: patients are at no distance from what is published of them, and at one that is known
beforehand when all their times are longer by a factor. By hand: the rule of each unit, the counts.
"""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort, evidence
from oligotrial.checks import InputError
from oligotrial.cohort.nearness import distance_percent, unit_of, units_of
from oligotrial.units import DAYS_PER_MONTH

HELD_OUT = Path(__file__).parents[1] / "oracles" / "held_out.csv"
KEPT = ["kind", "numbers", "contradicted", "reproduced", "within_1_percent", "within_5_percent"]


def patients(name: str) -> cohort.Cohort:
    rows = pd.read_csv(HELD_OUT)
    rows = rows[rows["data"] == name].sample(59, random_state=1)
    frame = rows[["event", "first", "second"]].assign(time=rows["days"] / DAYS_PER_MONTH)
    return cohort.Cohort(frame.reset_index(drop=True), label=name, source="held_out.csv")


@pytest.mark.parametrize(
    ("printed", "found", "unit", "expected"),
    [
        # Ratios: the larger is so much more than the smaller, whichever is printed.
        (0.8, 1.0, "ratio", 25.0),
        (1.0, 0.8, "ratio", 25.0),
        (16.0, 17.0, "months", 6.25),
        (-2.0, -3.0, "number", 50.0),
        (-2.0, 3.0, "number", math.inf),
        (0.0, 0.5, "months", math.inf),
        (math.inf, 20.0, "months", math.inf),
        (20.0, math.inf, "months", math.inf),
        (math.inf, math.inf, "months", 0.0),
        # Differences.
        (0.5, 0.25, "probability", 25.0),
        (0.0, 0.03125, "probability", 3.125),
        (48.0, 45.0, "percent", 3.0),
        # Ratios, of 1 at least.
        (50.0, 48.0, "patients", 100.0 * 2.0 / 48.0),
        (0.0, 2.0, "patients", 200.0),
        (1.0, 0.0, "patients", 100.0),
        (0.25, 0.5, "chi-squared", 25.0),
        (0.5, 1.5, "chi-squared", 100.0),
        (4.0, 5.0, "chi-squared", 25.0),
        # Equal numbers, and none.
        (0.0, 0.0, "ratio", 0.0),
        (3.0, math.nan, "ratio", math.nan),
        (math.nan, 0.5, "probability", math.nan),
    ],
)
def test_each_unit_has_its_rule(printed: float, found: float, unit: str, expected: float) -> None:
    assert distance_percent(printed, found, unit) == pytest.approx(expected, nan_ok=True)
    assert distance_percent(found, printed, unit) == pytest.approx(expected, nan_ok=True)


def test_units_are_those_of_the_source() -> None:
    units = units_of(evidence.load("marazzi2024"))
    for key, unit in (
        ("cox.hazard_ratio[covariate=age_group].upper", "ratio"),
        ("cox.p[covariate=age_group]", "probability"),
        ("cox.c_index.lower@section_3_2", "probability"),
        ("pfs_ar.median.lower", "months"),
        ("pfs_ar.logrank[line_group].chi_squared", "chi-squared"),
        ("pfs_ar.logrank[line_group].p", "probability"),
        ("pfs_ar.logrank_p[grouping=age_group]@section_3_2", "probability"),
        ("age_group[<40]", "patients"),
        ("age_group[<40].percent", "percent"),
        ("pfs_ar.at_risk[line_group=first or second][tick=1]", "patients"),
    ):
        assert unit_of(key, units) == unit, key


def rows(**columns: list[object]) -> pd.DataFrame:
    """Four numbers of a Cox table and a count, of which one is contradicted."""
    table = {
        "statistic": [
            "cox.hazard_ratio[covariate=a]",
            "cox.hazard_ratio[covariate=a].lower",
            "cox.hazard_ratio[covariate=b]",
            "cox.p[covariate=b]",
            "arm[control]",
        ],
        "draws_within": [0.0, 0.25, 0.0, 0.5, 1.0],
        "distance_percent": [0.02, 1.0, 5.001, 7.0, 0.0],
        "contradicted": [False] * 5,
        "not_used": [""] * 5,
    }
    return pd.DataFrame(table | columns)


def test_near_numbers_are_counted_by_kind() -> None:
    scored = cohort.score(rows())[KEPT].to_numpy().tolist()
    assert scored == [
        # One that half of the draws print is near wherever the median lies.
        ["regression", 4, 0, 1, 3, 3],
        ["counts and percentages", 1, 0, 1, 1, 1],
        ["all", 5, 0, 2, 4, 4],
    ]


def test_limits_are_within_and_what_is_contradicted_is_not_counted() -> None:
    far = [0.0, 1.0, 5.0, 5.0, 0.0]
    contradicted = [True, False, False, False, False]
    table = rows(distance_percent=far, draws_within=[0.0] * 5, contradicted=contradicted)
    scored = cohort.score(table)[KEPT].to_numpy().tolist()
    assert scored == [
        ["regression", 4, 1, 0, 1, 3],
        ["counts and percentages", 1, 0, 0, 1, 1],
        ["all", 5, 1, 0, 2, 4],
    ]


def test_what_is_not_computed_or_not_reached_is_not_near() -> None:
    far = [math.nan, math.inf, 0.5, math.nan, 0.0]
    table = rows(distance_percent=far, draws_within=[0.0, 0.0, 0.0, math.nan, 1.0],
                 not_used=["", "", "", "no column of a reconstruction gives it", ""])  # fmt: skip
    scored = cohort.score(table)
    assert scored[KEPT].to_numpy().tolist() == [
        ["regression", 3, 0, 0, 1, 1],
        ["counts and percentages", 1, 0, 1, 1, 1],
        ["not used", 1, 0, 0, 0, 0],
        ["all", 4, 0, 1, 2, 2],
    ]
    assert scored.loc[2, ["percent", "draws_percent"]].isna().all()


def test_a_table_without_distances_is_told() -> None:
    with pytest.raises(InputError, match="no column 'distance_percent'; give a table"):
        cohort.score(rows().drop(columns="distance_percent"))


def everything(own: cohort.Cohort) -> evidence.Evidence:
    return cohort.publish(
        own,
        [
            cohort.PrintedMedian(),
            cohort.PrintedMedian("first", decimals=1),
            cohort.PrintedMean(),
            cohort.PrintedRates((3, 6, 12)),
            cohort.PrintedTest("first"),
            cohort.PrintedRisk((0.0, 12.0, 24.0)),
            cohort.PrintedCox(("first", "second")),
        ],
    )


@pytest.mark.parametrize("name", ["gbsg", "veteran"])
def test_all_that_is_published_of_patients_is_within(name: str) -> None:
    own = patients(name)
    table = cohort.agreement(own, everything(own))
    compared = table[table["not_used"] == ""]
    assert len(compared) > 40
    assert (compared["distance_percent"] == 0.0).all()
    scored = cohort.score(table)
    scored = scored[scored["kind"] != "not used"]
    for limit in (1, 5):
        assert (scored[f"within_{limit}_percent"] == scored["numbers"]).all()
    kinds = {"times, means and rates", "tests", "numbers at risk", "regression", "all"}
    assert kinds < set(scored["kind"])


def test_other_patients_are_far_and_the_furthest_can_be_sorted_out() -> None:
    table = cohort.agreement(patients("gbsg"), everything(patients("veteran")))
    scored = cohort.score(table).set_index("kind").loc["all"]
    assert scored["reproduced"] <= scored["within_1_percent"] <= scored["within_5_percent"]
    assert scored["within_5_percent"] < 0.7 * scored["numbers"]
    far = table.sort_values("distance_percent", ascending=False, na_position="last")
    ratio = far["reconstructed_median"].iloc[0] / far["printed"].iloc[0]
    assert not 0.2 < ratio < 5.0


def test_times_that_are_longer_by_a_factor_are_at_its_distance() -> None:
    own = patients("lung")
    printed = cohort.publish(
        own,
        [
            cohort.PrintedMedian(decimals=6),
            cohort.PrintedMean(decimals=6),
            cohort.PrintedTest("first", decimals=(6, 6)),
            cohort.PrintedCox(("first", "second"), decimals=6),
        ],
    )
    frame = own.patients.assign(time=1.03 * own.patients["time"])
    table = cohort.agreement(replace(own, patients=frame), printed).set_index("statistic")
    times = table[(table["unit"] == "months") & (table["not_used"] == "")]
    assert len(times) >= 6
    np.testing.assert_allclose(times["distance_percent"], 3.0, atol=1e-4)
    assert (times["draws_within"] == 0.0).all()
    # Ranks of times, and all that rests on them, stay the same.
    same = table[table["unit"].isin(["ratio", "probability", "chi-squared", "patients"])]
    assert (same["distance_percent"].dropna() == 0.0).all()
    scored = cohort.score(table.reset_index()).set_index("kind").loc["times, means and rates"]
    near = scored[["numbers", "within_1_percent", "within_5_percent"]].tolist()
    assert near == [near[0], near[0] - len(times), near[0]]
