"""Evidence: closed form (counted and worked out by hand), and counts that Marazzi 2024 prints."""

import numpy as np
import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.cohort import Cohort, describe, table_one

ROWS = pd.DataFrame(
    {
        "arm": ["RT", "RT", "RT", "no RT", "no RT"],
        "line": ["first", "second", None, "first", "first"],
        "age": [40.0, 50, 70, np.nan, 60],
        "smoker": [True, False, False, True, False],
        "time": [2.0, 4, 6, 3, 8],
        "event": [1, 1, 0, 0, 1],
        "cause": ["progression", "death", None, None, "death"],
        "os_time": [5.0, 6, 7, None, 9],
        "os_event": [1, 0, 0, None, 1],
    }
)


def cohort(rows: pd.DataFrame = ROWS, **options: object) -> Cohort:
    return Cohort(rows, label="five patients", source="example", **options)  # type: ignore[arg-type]


def indexed(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index(["group", "variable", "level", "statistic"]).sort_index()


def test_numbers_by_hand() -> None:
    table = indexed(describe(cohort(), by="arm"))
    value = table["value"]
    assert value["all", "patients", "", "n"] == 5
    assert value["RT", "line"].to_dict() == {
        ("first", "n"): 1, ("second", "n"): 1, ("third", "n"): 0, ("fourth+", "n"): 0,
        ("", "missing"): 1,
    }  # fmt: skip
    assert table["percent"]["RT", "line", "first", "n"] == pytest.approx(100 / 3)
    assert table["percent"]["RT", "line", "", "missing"] == pytest.approx(100 / 3)
    assert value["all", "age", ""].to_dict() == pytest.approx(
        {
            "mean": 55, "sd": np.sqrt((225 + 25 + 225 + 25) / 3), "median": 55,
            "lower quartile": 47.5, "upper quartile": 62.5, "least": 40, "greatest": 70,
            "missing": 1,
        }
    )  # fmt: skip
    assert value["no RT", "age", "", "mean"] == 60
    assert np.isnan(value["no RT", "age", "", "sd"])
    assert value["all", "smoker"].to_dict() == {("False", "n"): 3, ("True", "n"): 2}
    assert value["all", "event"].to_dict() == {("1", "n"): 3, ("0", "n"): 2}
    assert value["all", "cause"].to_dict() == {("death", "n"): 2, ("progression", "n"): 1}


def test_times_by_hand() -> None:
    """Survival of all: 4/5 at 2, 8/15 at 4, 0 at 8; of being followed: 3/4 at 3, 3/8 at 6."""
    value = indexed(describe(cohort(), by="arm"))["value"]
    assert value["all", "time", ""].to_dict() == {
        "median to event": 8, "median follow-up": 6, "shortest": 2, "longest": 8,
    }  # fmt: skip
    assert value["no RT", "time", "", "median to event"] == 8
    assert value["all", "os_time", ""].to_dict() == {
        "missing": 1, "median to event": 9, "median follow-up": 7, "shortest": 5, "longest": 9,
    }  # fmt: skip
    assert value["no RT", "os_event"].to_dict() == {("1", "n"): 1, ("0", "n"): 0}
    calm = indexed(describe(cohort(ROWS.assign(event=0).drop(columns="cause"))))["value"]
    assert calm["all", "time", "", "median to event"] == np.inf


def test_a_competing_cause_is_no_loss_of_follow_up() -> None:
    """Only months 10, 11 and 12 are censored: being followed is 1/2 from 11 on."""
    causes = ["progression", "death"] * 4 + ["death"] + [None] * 3
    rows = pd.DataFrame(
        {
            "time": range(1, 13),
            "event": [int(cause == "progression") for cause in causes],
            "cause": causes,
        }
    )
    table = describe(cohort(rows))
    value = indexed(table)["value"]["all", "time", ""]
    assert value["median follow-up"] == 11
    # 11/12 * 9/10 * 7/8 * 5/6 at 7 is 0.60, and no progression comes later.
    assert value["median to event, other causes censored"] == np.inf
    assert "median to event" not in value
    assert "median to event, other causes censored, months" in table_one(table)["level"].tolist()


def test_late_entry_counts() -> None:
    """With entries survival is 1/2 at 2 and 1/4 at 4; without them 2/3 and 1/3."""
    rows = pd.DataFrame({"entry": [0, None, 3.5], "time": [2.0, 4, 5], "event": [1, 1, 1]})
    value = indexed(describe(cohort(rows)))["value"]
    assert value["all", "time", "", "median to event"] == 3
    without = indexed(describe(cohort(rows.drop(columns="entry"))))["value"]
    assert without["all", "time", "", "median to event"] == 4


def test_a_median_that_cannot_be_estimated_is_missing() -> None:
    """Only one patient is at risk at 2: the curve would be 0 while others live on."""
    rows = pd.DataFrame({"entry": [0, 2, 3.0], "time": [2.0, 4, 5], "event": [1, 1, 1]})
    value = indexed(describe(cohort(rows)))["value"]
    assert np.isnan(value["all", "time", "", "median to event"])
    assert value["all", "time", "", "longest"] == 5


def test_intervals_have_no_kaplan_meier_median() -> None:
    rows = pd.DataFrame({"time": [2.0, 4], "time_upper": [3, np.inf], "event": [1, 0]})
    value = indexed(describe(cohort(rows)))["value"]
    assert set(value["all", "time", ""].index) == {"shortest", "longest"}


def test_draws_have_a_mean_and_a_range() -> None:
    rows = pd.concat([ROWS.assign(draw=0), ROWS.assign(draw=1, line="third", arm="RT")])
    table = indexed(describe(cohort(rows, draws=2), by="arm"))
    first = table.loc[("all", "line", "first", "n"), ["value", "low", "high", "percent"]]
    assert first.tolist() == [1.5, 0, 3, 30]
    assert table.loc[("RT", "patients", "", "n"), ["value", "low", "high"]].tolist() == [4, 3, 5]
    assert table.loc[("no RT", "patients", "", "n"), ["value", "low", "high"]].tolist() == [1, 0, 2]
    assert table.loc[("no RT", "time", "", "longest"), "value"] == 8


def test_texts_of_many_kinds_are_not_counted() -> None:
    rows = pd.DataFrame(
        {"time": np.arange(1.0, 41), "event": 1, "note": [f"note {k}" for k in range(40)]}
    )
    assert "note" not in set(describe(cohort(rows))["variable"])


def test_groups_need_a_complete_column() -> None:
    with pytest.raises(InputError, match="by, column line: row 3 has no value"):
        describe(cohort(), by="line")
    with pytest.raises(InputError, match="there is no column 'arms' in the cohort"):
        describe(cohort(), by="arms")
    with pytest.raises(InputError, match="arm: a level is called 'all'"):
        describe(cohort(ROWS.assign(arm="all")), by="arm")


def test_a_reconstruction_has_the_counts_that_marazzi_prints(
    reconstructed: Cohort, marazzi
) -> None:
    table = indexed(describe(reconstructed))
    for variable in ("age_group", "subtype", "line", "site"):
        printed = marazzi.count(variable)
        for column in ("value", "low", "high"):
            found = table[column]["all", variable].droplevel("statistic").to_dict()
            assert found == pytest.approx(printed)
    schedules = table.loc[("all", "schedule")]
    assert (schedules["low"] < schedules["high"]).any()
    assert schedules["value"].sum() == pytest.approx(59)
    assert schedules["percent"].sum() == pytest.approx(100)


def test_table_one_in_print() -> None:
    table = table_one(describe(cohort(), by="arm"))
    assert list(table) == ["variable", "level", "all (n = 5)", "RT (n = 3)", "no RT (n = 2)"]
    cells = table.set_index(["variable", "level"])
    assert cells.loc[("line", "first")].tolist() == ["3 (60.0)", "1 (33.3)", "2 (100.0)"]
    assert cells.loc[("line", "missing")].tolist() == ["1 (20.0)", "1 (33.3)", "0 (0.0)"]
    assert cells.loc[("age", "median (range)"), "all (n = 5)"] == "55.0 (40.0 to 70.0)"
    assert cells.loc[("age", "mean (SD)")].tolist() == ["55.0 (12.9)", "53.3 (15.3)", "60.0 ()"]
    assert cells.loc[("time", "median to event, months"), "all (n = 5)"] == "8.0"
    assert cells.loc[("time", "range, months"), "RT (n = 3)"] == "2.0 to 6.0"
    draws = pd.concat([ROWS.assign(draw=0), ROWS.assign(draw=1, line="third")])
    printed = table_one(describe(cohort(draws, draws=2))).set_index(["variable", "level"])
    assert printed.loc[("line", "first"), "all (n = 5)"] == "1.5 [0 to 3] (30.0)"
    calm = table_one(describe(cohort(ROWS.assign(event=0).drop(columns="cause"))))
    assert "not reached" in calm["all (n = 5)"].tolist()
    with pytest.raises(InputError, match="this is no table of describe"):
        table_one(ROWS)
