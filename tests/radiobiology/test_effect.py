"""BED and EQD2: published tables, values by hand, identities and limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.radiobiology import (
    Schedule,
    at_least,
    bed_column,
    bed_gy,
    bed_range_gy,
    bed_table,
    eqd2_gy,
    schedule_bed_gy,
    schedule_eqd2_gy,
)

# Published: Radiation Oncology 2021;16:73, doi:10.1186/s13014-021-01802-9, Table 3
# (dose, fractions, BED at 10, EQD2 at 10, BED at 2, EQD2 at 2), printed to two decimals.
RADIOSURGERY = [
    (30, 5, 48, 40, 120, 60),
    (25, 5, 37.5, 31.25, 87.5, 43.75),
    (27, 3, 51.3, 42.75, 148.5, 74.25),
    (24, 3, 43.2, 36, 120, 60),
    (20, 1, 60, 50, 220, 110),
    (18, 1, 50.4, 42, 180, 90),
    (16, 1, 41.6, 34.67, 144, 72),
    (14, 1, 33.6, 28, 112, 56),
    (12, 1, 26.4, 22, 84, 42),
]

# Published: SHARE trial protocol, Trials 2021, doi:10.1186/s13063-021-05708-5, Table 3
# (dose, fractions, alpha/beta, EQD2, BED).
PROSTATE = [
    (66, 33, 1.5, 66, 154),
    (66, 33, 10, 66, 79.2),
    (66, 33, 3, 66, 110),
    (65, 26, 1.5, 74.29, 173.33),
    (65, 26, 10, 67.71, 81.25),
    (65, 26, 3, 71.5, 119.17),
]


@pytest.mark.parametrize("row", RADIOSURGERY)
def test_published_table_of_radiosurgery(row: tuple[float, ...]) -> None:
    dose, fractions, *printed = row
    mine = [f(dose, fractions, ratio) for ratio in (10, 2) for f in (bed_gy, eqd2_gy)]
    assert mine == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize("row", PROSTATE)
def test_published_table_of_hypofractionation(row: tuple[float, ...]) -> None:
    dose, fractions, ratio, eqd2, bed = row
    assert eqd2_gy(dose, fractions, ratio) == pytest.approx(eqd2, abs=0.005)
    assert bed_gy(dose, fractions, ratio) == pytest.approx(bed, abs=0.005)


# Published: Shahi et al. as quoted by Marazzi et al. 2024, Table 3: 35 Gy (30 to 50) in 5
# fractions are a BED of 59.5 Gy (48 to 100).
def test_published_range_of_five_fraction_courses() -> None:
    assert bed_gy([30, 35, 50], 5, 10) == pytest.approx([48, 59.5, 100])


# By hand, D + D * D / (n * ratio).
@pytest.mark.parametrize(
    ("text", "level", "at_4", "at_10"),
    [
        ("50 Gy in 5 fr", "boost", 175, 100),
        ("3D 20 Gy in 5 fr", "boost", 40, 28),
        ("SBRT 25.5 Gy in 3 fr", "boost", 79.6875, 47.175),
        ("3D 30 Gy in 10 fr", "boost", 52.5, 39),
        ("WB-SIB 50/30 Gy in 10 fr", "boost", 112.5, 75),
        ("WB-SIB 50/30 Gy in 10 fr", "base", 52.5, 39),
        ("SIB 57.5/50 Gy in 25 fr", "boost", 90.5625, 70.725),
        ("SIB 57.5/50 Gy in 25 fr", "base", 75, 60),
        ("SBRT 40 Gy in 5 fr", "boost", 120, 72),
        ("SBRT 24 Gy in 3 fr", "boost", 72, 43.2),
        ("3D 28 Gy in 16 fr", "boost", 40.25, 32.9),
        ("24 Gy in 2 fr", "boost", 96, 52.8),
        ("SIB 40/20 Gy in 5 fr", "boost", 120, 72),
        ("SIB 35/20 Gy in 5 fr", "boost", 96.25, 59.5),
        ("SIB 30/20 Gy in 5 fr", "boost", 75, 48),
        ("Re-RT 16 Gy in 14 fr BID", "boost", 16 + 256 / 56, 16 + 256 / 140),
        ("Re-RT 38 Gy in 30 fr", "boost", 38 + 1444 / 120, 38 + 1444 / 300),
    ],
)
def test_values_by_hand(text: str, level: str, at_4: float, at_10: float) -> None:
    schedule = Schedule.parse(text)
    assert schedule_bed_gy(schedule, 4, level=level) == pytest.approx(at_4, rel=1e-12)
    assert schedule_bed_gy(schedule, 10, level=level) == pytest.approx(at_10, rel=1e-12)


def test_the_class_above_100_flips_with_the_ratio() -> None:
    assert bed_gy(24, 2, 4) == 96
    assert bed_gy(24, 2, 3.5) == pytest.approx(106.29, abs=0.005)


DOSE = st.floats(0.1, 100)
COUNT = st.integers(1, 60)
RATIO = st.floats(0.5, 50)


@given(st.integers(1, 60), RATIO)
def test_two_gray_fractions_are_their_own_equivalent(fractions: int, ratio: float) -> None:
    assert eqd2_gy(2 * fractions, fractions, ratio) == pytest.approx(2 * fractions, rel=1e-12)


@given(DOSE, COUNT, RATIO)
def test_eqd2_is_the_textbook_formula(dose: float, fractions: int, ratio: float) -> None:
    expected = dose * (dose / fractions + ratio) / (2 + ratio)
    assert eqd2_gy(dose, fractions, ratio) == pytest.approx(expected, rel=1e-12)


@given(DOSE, COUNT, RATIO)
def test_courses_of_equal_eqd2_have_equal_bed(dose: float, fractions: int, ratio: float) -> None:
    same = float(eqd2_gy(dose, fractions, ratio))
    assume(same >= 2)  # less than one fraction of 2 Gy isn't a course
    assert bed_gy(same, same / 2, ratio) == pytest.approx(bed_gy(dose, fractions, ratio), rel=1e-12)


@given(DOSE, COUNT, RATIO, st.floats(1.001, 3))
def test_bed_falls_with_the_ratio_and_with_fractions(
    dose: float, fractions: int, ratio: float, more: float
) -> None:
    assert bed_gy(dose, fractions, ratio * more) < bed_gy(dose, fractions, ratio)
    assert bed_gy(dose, fractions + 1, ratio) < bed_gy(dose, fractions, ratio)
    assert bed_gy(dose * more, fractions, ratio) > bed_gy(dose, fractions, ratio)


@given(DOSE, COUNT)
def test_without_an_effect_of_fractionation_bed_is_the_dose(dose: float, fractions: int) -> None:
    assert bed_gy(dose, fractions, np.inf) == dose
    assert eqd2_gy(dose, fractions, np.inf) == dose
    assert bed_gy(dose, fractions, 1e12) == pytest.approx(dose, rel=1e-9)


def test_arrays_broadcast() -> None:
    doses = pd.Series([20.0, 50.0])
    assert bed_gy(doses, 5, np.array([[4.0], [10.0]])).tolist() == [[40, 175], [28, 100]]
    assert bed_gy(doses, [5, 10], 10).tolist() == [28, 75]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((50, 5, 0), "alpha_beta: 0 is not a number above 0"),
        ((50, 5, -4), "alpha_beta: -4"),
        ((50, 5, float("nan")), "alpha_beta: nan"),
        ((50, 5, [4, 0]), "alpha_beta: 0"),
        ((-50, 5, 4), "dose_gy: -50"),
        ((float("inf"), 5, 4), "dose_gy: inf"),
        ((50, 0, 4), "fractions: 0"),
        ((50, [5, 0.5], 4), "fractions: 0.5"),
    ],
)
def test_impossible_arguments(arguments: tuple[float, ...], words: str) -> None:
    for function in (bed_gy, eqd2_gy):
        with pytest.raises(InputError, match=words):
            function(*arguments)


def test_a_range_has_two_beds_and_not_one() -> None:
    nodes = Schedule.parse("SBRT 50-35 Gy in 5 fr")
    assert bed_range_gy(nodes, 10) == (59.5, 100)
    assert bed_range_gy(Schedule.parse("50/5"), 4) == (175, 175)
    for function in (schedule_bed_gy, schedule_eqd2_gy):
        with pytest.raises(InputError, match="choose one"):
            function(nodes, 10)


# 50 Gy in 10 fractions at 10 is 75 Gy; others come out a rounding error below their cut-off.
def test_a_bed_that_equals_its_cut_off_reaches_it() -> None:
    assert at_least(bed_gy(50, 10, 10), 75)
    assert at_least(bed_gy(50, 5, 10), 100)
    # 23.4 Gy in 9 fractions at 3: 23.4 * (1 + 2.6 / 3) = 43.68
    below = [
        (dose / 10, fractions, ratio)
        for dose in range(10, 600)
        for fractions in range(1, 31)
        for ratio in (3, 4, 10)
        if bed_gy(dose / 10, fractions, ratio) < dose / 10 + dose * dose / (100 * fractions * ratio)
    ]
    assert below, "no course shows the trap, so this test shows nothing"
    for dose, fractions, ratio in below:
        exact = dose + dose * dose / (fractions * ratio)
        assert at_least(bed_gy(dose, fractions, ratio), exact)
    assert not at_least(74.9999, 75)


# Marazzi et al. 2024: which courses of Table 1 are at least 100 Gy at alpha/beta 10 whatever
# was chosen from a printed range: the three lung patients alone.
def test_table_of_every_schedule_of_table_1() -> None:
    texts = [each.text for each in evidence.load("marazzi2024").schedules]
    table = bed_table(texts)
    assert list(table.columns) == [
        "schedule",
        "level",
        "dose_gy",
        "fractions",
        "dose_per_fraction_gy",
        "alpha_beta",
        "bed_gy",
        "eqd2_gy",
        "at_least_75_gy",
        "at_least_100_gy",
    ]
    # 12 delivered single-level or SIB texts + 3 + 4 options; 2 rows a level
    levels = sum(
        len(Schedule.parse(text).options()) * len(Schedule.parse(text).levels) for text in texts
    )
    assert len(table) == 2 * levels == 2 * (10 + 1 * 2 + 1 * 2 + 3 * 2 + 4 + 1)
    high = table[(table["alpha_beta"] == 10) & table["at_least_100_gy"]]
    assert set(high["schedule"]) == {"SBRT 50 Gy in 5 fr"}
    whole_brain = table[table["schedule"] == "WB-SIB 50/30 Gy in 10 fr"].set_index(
        ["level", "alpha_beta"]
    )
    assert whole_brain.loc[("boost", 10.0), "at_least_75_gy"]
    assert not whole_brain.loc[("base", 10.0), "at_least_75_gy"]
    assert set(table.loc[table["schedule"] == "3D 20 Gy in 5 fr", "level"]) == {"single"}


def test_table_takes_other_ratios_cut_offs_and_levels() -> None:
    table = bed_table(Schedule.parse("60/54/50 Gy in 25 fr"), [3.5], cutoffs_gy=[62.5])
    assert table["level"].tolist() == ["boost", "middle", "base"]
    assert table.columns[-1] == "at_least_62.5_gy"
    with pytest.raises(InputError, match="cutoffs_gy"):
        bed_table("50/5", cutoffs_gy=[0])
    with pytest.raises(InputError, match="alpha_beta"):
        bed_table("50/5", [0])
    with pytest.raises(InputError, match="a schedule is a text"):
        bed_table([None])


@pytest.mark.parametrize("kind", ["str", "object", "category"])
def test_column_equals_one_by_one(kind: str) -> None:
    texts = ["50/30 Gy in 10 fr", "SBRT 25.5 Gy in 3 fr", "50/30 Gy in 10 fr", "50/5"]
    levels = ["base", "boost", "boost", None]
    column = pd.Series(texts, index=[3, 1, 4, 1]).astype(kind)
    by_hand = [52.5, 79.6875, 112.5, 175]
    assert bed_column(column, 4, levels=pd.Series(levels)).tolist() == by_hand
    assert bed_column(column, 4).tolist() == [112.5, 79.6875, 112.5, 175]
    assert bed_column(column.iloc[:0], 4).shape == (0,)


@pytest.mark.parametrize(
    ("texts", "levels", "words"),
    [
        (["50/5", "50 Gy"], None, r"row 2 \(index b\), schedule '50 Gy': the number of fractions"),
        (
            ["5/50", "50 Gy"],
            None,
            r"2 problems: row 1 \(index a\), schedule '5/50': .*; row 2 \(index b\), schedule",
        ),
        (["50/5", None], None, r"row 2 \(index b\): the schedule is missing"),
        (["50/5", "50-35 Gy in 5 fr"], None, r"row 2 \(index b\): .* choose one"),
        (["50/5", "50/5"], ["base", "bsae"], r"row 2 \(index b\), level: 'bsae' is not one of"),
        (["50/5", "50/5"], ["base"], "1 levels for 2 schedules"),
    ],
)
def test_column_names_the_rows(texts: list[str], levels: list[str] | None, words: str) -> None:
    column = pd.Series(texts, index=["a", "b"])
    with pytest.raises(InputError, match=words):
        bed_column(column, 4, levels=None if levels is None else pd.Series(levels))


def test_each_distinct_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    parse = Schedule.parse
    monkeypatch.setattr(Schedule, "parse", lambda text: reads.append(text) or parse(text))
    column = pd.Series(["50/5", "20/5"]).sample(10_000, replace=True, random_state=1)
    bed_column(column, 4)
    assert sorted(reads) == ["20/5", "50/5"]


def test_a_column_of_many_mistakes_shows_twenty() -> None:
    with pytest.raises(InputError, match=r"^25 problems: row 1, .*; row 20, .*; and 5 more$"):
        bed_column(pd.Series([f"{dose} Gy" for dose in range(1, 26)]), 4)


def test_what_is_no_column_or_no_one_ratio_is_refused() -> None:
    with pytest.raises(InputError, match=r"schedules: give the schedules as a pandas.Series"):
        bed_column(["50/5"], 4)
    with pytest.raises(InputError, match=r"alpha_beta: one number .* bed_parts"):
        bed_column(pd.Series(["50/5"]), [4, 10])
