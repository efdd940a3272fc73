"""Corrections of BED. Evidence: limits, identities, closed forms by hand and a brute-force sum.

Values that other software prints are in test_other_software.py, published tables of the
linear-quadratic law in test_effect.py.
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from oligotrial.checks import InputError
from oligotrial.radiobiology import (
    LINEAR_QUADRATIC,
    BedModel,
    CompleteRepair,
    IncompleteRepair,
    LinearQuadratic,
    LinearQuadraticLinear,
    NoRepopulation,
    Repopulation,
    Schedule,
    UniversalSurvivalCurve,
    bed_column,
    bed_gy,
    bed_parts,
    bed_range_gy,
    bed_table,
    schedule_bed_gy,
    schedule_eqd2_gy,
    unrepaired_factor,
)

DOSE = st.floats(0.5, 80)
COUNT = st.integers(1, 40)
PER_DAY = st.integers(1, 3)
RATIO = st.floats(0.5, 30)

CURVE = UniversalSurvivalCurve(alpha_per_gy=0.33, d0_gy=1.25, dq_gy=1.8)
RESPONSES = [
    LinearQuadratic(),
    LinearQuadraticLinear(6.0),
    LinearQuadraticLinear(6.0, final_slope=2.5),
    CURVE,
]
of_each_response = pytest.mark.parametrize("response", RESPONSES, ids=repr)


def course(dose_gy: float, fractions: int, per_day: int = 1) -> Schedule:
    suffix = {1: "", 2: " BID", 3: " TID"}[per_day]
    return Schedule.parse(f"{dose_gy!r} Gy in {fractions} fr{suffix}")


def of_fraction(response: object, dose: float, ratio: float) -> float:
    return float(dose * response.effectiveness(dose).at(ratio))


# Limits and identities


@given(DOSE, COUNT, PER_DAY, RATIO)
def test_the_plain_model_is_the_linear_quadratic_one_to_the_bit(
    dose: float, fractions: int, per_day: int, ratio: float
) -> None:
    plain = schedule_bed_gy(course(dose, fractions, per_day), ratio)
    assert plain == bed_gy(dose, fractions, ratio)
    at_once = BedModel(repair=IncompleteRepair(half_time_hours=0.0))
    assert at_once.bed_gy(course(dose, fractions, per_day), ratio) == plain
    quick = BedModel(repair=IncompleteRepair(half_time_hours=0.05))
    assert quick.bed_gy(course(dose, fractions, per_day), ratio) == pytest.approx(plain, rel=1e-12)


@given(st.floats(0.1, 20), st.integers(1, 20), PER_DAY, RATIO)
def test_without_repair_the_fractions_of_a_day_are_one(
    per_fraction: float, days: int, per_day: int, ratio: float
) -> None:
    none = BedModel(repair=IncompleteRepair(half_time_hours=1e12, interval_hours=1e-3))
    total, fractions = per_fraction * days * per_day, days * per_day
    expected = bed_gy(total, days, ratio)
    assert none.bed_gy(course(total, fractions, per_day), ratio) == pytest.approx(expected)


@given(st.integers(1, 8), st.floats(0, 1))
def test_the_factor_is_the_sum_over_all_pairs_of_fractions(fractions: int, left: float) -> None:
    """What fraction i leaves meets fraction j: Lea and Catcheside's double sum, by brute force."""
    pairs = sum(left ** (j - i) for i in range(fractions) for j in range(i + 1, fractions))
    assert unrepaired_factor(fractions, left) == pytest.approx(2 * pairs / fractions, rel=1e-12)


@given(st.integers(2, 8), st.floats(0.01, 0.99))
def test_the_factor_is_thames_closed_form(fractions: int, left: float) -> None:
    """Thames (1985), doi:10.1080/09553008514550461, as in Basic Clinical Radiobiology."""
    series = (1 - left**fractions) / (1 - left)
    expected = 2 / fractions * left / (1 - left) * (fractions - series)
    assert unrepaired_factor(fractions, left) == pytest.approx(expected, rel=1e-9)


@given(COUNT, PER_DAY, st.floats(0.1, 10), st.floats(0.5, 11))
def test_repair_of_a_course_is_the_sum_over_its_days(
    fractions: int, per_day: int, half_time: float, interval: float
) -> None:
    """Every pair of fractions of the same day, the last day perhaps with fewer."""
    day_of = [number // per_day for number in range(fractions)]
    extra = sum(
        2 * 2 ** (-interval * (j - i) / half_time)
        for i in range(fractions)
        for j in range(i + 1, fractions)
        if day_of[i] == day_of[j]
    )
    repair = IncompleteRepair(half_time, interval)
    assert repair.increase(fractions, per_day) == pytest.approx(1 + extra / fractions, rel=1e-12)


@of_each_response
def test_up_to_the_transition_it_is_the_linear_quadratic_law(response: object) -> None:
    ratio = response.alpha_beta or 4.0
    for dose in np.linspace(0.1, min(response.transition_gy, 20.0), 7):
        assert of_fraction(response, dose, ratio) == pytest.approx(
            dose * (1 + dose / ratio), rel=1e-12
        )
    effect = response.effectiveness(0.0)
    assert effect.at(ratio) == 1.0


@of_each_response
def test_effect_is_continuous_and_rises_with_dose(response: object) -> None:
    ratio = response.alpha_beta or 4.0
    doses = np.linspace(0.01, 30.0, 3000)
    effect = doses * response.effectiveness(doses).at(ratio)
    step = doses[1] - doses[0]
    assert np.all(np.diff(effect) >= step * (1 - 1e-9))
    assert np.all(np.diff(effect) <= step * (1 + 2 * 30 / ratio))


@of_each_response
def test_above_the_transition_the_effect_is_a_line_below_the_parabola(response: object) -> None:
    if np.isinf(response.transition_gy):
        return
    ratio = response.alpha_beta or 4.0
    doses = response.transition_gy + np.array([1.0, 2.0, 5.0, 10.0])
    effect = doses * response.effectiveness(doses).at(ratio)
    slopes = np.diff(effect) / np.diff(doses)
    np.testing.assert_allclose(slopes, slopes[0], rtol=1e-10)
    assert np.all(effect < doses * (1 + doses / ratio))


def test_the_tangent_has_the_slope_of_the_parabola() -> None:
    response = LinearQuadraticLinear(6.0)
    slope = of_fraction(response, 9.0, 3.0) - of_fraction(response, 8.0, 3.0)
    assert slope == pytest.approx(1 + 2 * 6 / 3, rel=1e-12)
    same = LinearQuadraticLinear(6.0, final_slope=5.0)
    assert of_fraction(same, 14.0, 3.0) == pytest.approx(of_fraction(response, 14.0, 3.0))


def test_a_far_transition_is_no_correction() -> None:
    far = BedModel(LinearQuadraticLinear(1e6))
    assert far.bed_gy(course(54, 3), 10.0) == pytest.approx(151.2, rel=1e-12)


@given(st.floats(0.05, 0.6), st.floats(0.3, 1.5), st.floats(0.2, 4), st.floats(0.1, 40))
def test_the_universal_curve_is_the_tangent_curve_in_other_parameters(
    alpha: float, d0: float, dq: float, dose: float
) -> None:
    curve = UniversalSurvivalCurve(alpha, d0, dq)
    tangent = LinearQuadraticLinear(curve.transition_gy)
    expected = of_fraction(tangent, dose, curve.alpha_beta)
    assert of_fraction(curve, dose, curve.alpha_beta) == pytest.approx(expected, rel=1e-9)


def test_the_universal_curve_is_the_multitarget_line() -> None:
    """-log S = (d - Dq) / D0 above the transition; BED is -log S over alpha."""
    for dose in (8.0, 12.0, 20.0):
        expected = (dose - 1.8) / 1.25 / 0.33
        assert of_fraction(CURVE, dose, CURVE.alpha_beta) == pytest.approx(expected, rel=1e-12)


def test_the_transition_is_where_the_line_meets_the_parabola_with_its_slope() -> None:
    """Found numerically from alpha, beta, D0 and Dq, not from the closed form."""
    beta = 0.33 / CURVE.alpha_beta
    meets = brentq(lambda dose: 0.33 + 2 * beta * dose - 1 / 1.25, 0.1, 30)
    assert CURVE.transition_gy == pytest.approx(meets, rel=1e-10)
    assert 0.33 * meets + beta * meets**2 == pytest.approx((meets - 1.8) / 1.25, rel=1e-10)


# By hand


@pytest.mark.parametrize(
    ("text", "model", "ratio", "bed"),
    [
        # 54 Gy in 3: 3 * (8 + 64 / 10 + (1 + 2 * 8 / 10) * 10) = 3 * 40.4
        ("54 Gy in 3 fr", BedModel(LinearQuadraticLinear(8.0)), 10.0, 121.2),
        # 24 Gy in 2, transition twice alpha/beta: 2 * (8 + 16 + 5 * 4) = 88 instead of 96
        ("24 Gy in 2 fr", BedModel(LinearQuadraticLinear(8.0)), 4.0, 88.0),
        # final slope 2: 2 * (8 + 16 + 2 * 4)
        ("24 Gy in 2 fr", BedModel(LinearQuadraticLinear(8.0, 2.0)), 4.0, 64.0),
        # 6 hours are 4 half-times of 1.5: 16 * (1 + 1.0625 * 1 / 4)
        ("16 Gy in 16 fr BID", BedModel(repair=IncompleteRepair(1.5, 6.0)), 4.0, 20.25),
        # 3 a day, half left: h = 2 / 3 * (2 / 2 + 1 / 4) = 5 / 6; 54 * (1 + 11 / 6 * 1.5 / 10)
        ("54 Gy in 36 fr TID", BedModel(repair=IncompleteRepair(6.0, 6.0)), 10.0, 68.85),
        # once a day the factor is 0
        ("16 Gy in 16 fr", BedModel(repair=IncompleteRepair(6.0, 6.0)), 4.0, 20.0),
        # 70 Gy in 35, 46 days, K 0.9 Gy a day from day 28: 84 - 16.2
        ("70 Gy in 35 fr over 46 days", BedModel(repopulation=Repopulation(28, 0.9)), 10.0, 67.8),
        # no regrowth before its onset
        (
            "70 Gy in 35 fr BID over 28 days",
            BedModel(repopulation=Repopulation(28, 0.9)),
            10.0,
            84.0,
        ),
        # courses in sequence: 30 * 1.75 + 24 * 3
        ("30 Gy in 10 fr then 24 Gy in 3 fr", LINEAR_QUADRATIC, 4.0, 124.5),
        # 24 Gy in 3 below a transition of 8 stays, 30 Gy in 2: 2 * (8 + 16 + 5 * 7)
        ("24/3 + 30/2", BedModel(LinearQuadraticLinear(8.0)), 4.0, 190.0),
    ],
)
def test_values_by_hand(text: str, model: BedModel, ratio: float, bed: float) -> None:
    schedule = Schedule.parse(text)
    assert schedule_bed_gy(schedule, ratio, model=model) == pytest.approx(bed, rel=1e-12)
    expected = bed / (1 + 2 / ratio)
    assert schedule_eqd2_gy(schedule, ratio, model=model) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("level", "dose"), [("boost", 40), ("maximum", 50), ("D2", 49), ("D50", 42), ("D98", 36)]
)
def test_each_recorded_dose_has_its_bed(level: str, dose: float) -> None:
    schedule = Schedule.parse("40 Gy in 4 fr @80%, D2 49 Gy, D50 42 Gy, D98 36 Gy")
    assert schedule_bed_gy(schedule, 4.0, level=level) == pytest.approx(
        dose + dose**2 / 16, rel=1e-12
    )


def test_doubling_is_log_2_over_alpha_and_the_doubling_time() -> None:
    regrowth = Repopulation.doubling(onset_days=21, days=3, alpha_per_gy=0.3)
    assert regrowth.gy_per_day == pytest.approx(math.log(2) / 0.9, rel=1e-15)
    # survival: exp(-alpha * BED) is the cells left after kill, times 2 ** (growing days / Tp)
    bed = BedModel(repopulation=regrowth).bed_gy(Schedule.parse("60/30").on_weekdays(), 10.0)
    assert math.exp(-0.3 * bed) == pytest.approx(math.exp(-0.3 * 72) * 2 ** (18 / 3), rel=1e-12)


# Monotone


@given(st.floats(0.5, 30), COUNT, PER_DAY, RATIO, st.floats(1.01, 3), st.integers(0, 3))
def test_bed_rises_with_dose_and_falls_with_the_ratio(
    dose: float, fractions: int, per_day: int, ratio: float, more: float, which: int
) -> None:
    model = [
        LINEAR_QUADRATIC,
        BedModel(LinearQuadraticLinear(8.0)),
        BedModel(repair=IncompleteRepair(2.0)),
        BedModel(repopulation=Repopulation(5, 1e-3)),
    ][which]
    schedule = replace(course(dose, fractions, per_day), days=80)
    higher = replace(course(dose * more, fractions, per_day), days=80)
    assert model.bed_gy(higher, ratio) > model.bed_gy(schedule, ratio)
    assert model.bed_gy(schedule, ratio * more) < model.bed_gy(schedule, ratio)


@given(DOSE, COUNT, PER_DAY, RATIO)
def test_corrections_go_the_way_they_are_meant_to(
    dose: float, fractions: int, per_day: int, ratio: float
) -> None:
    schedule = replace(course(dose, fractions, per_day), days=80)
    plain = schedule_bed_gy(schedule, ratio)
    slack = plain * 1e-12
    assert BedModel(LinearQuadraticLinear(8.0)).bed_gy(schedule, ratio) <= plain + slack
    assert BedModel(repair=IncompleteRepair(2.0)).bed_gy(schedule, ratio) >= plain - slack
    assert BedModel(repopulation=Repopulation(20, 1e-3)).bed_gy(schedule, ratio) < plain


# Parts, tables and columns


MODELS = [
    LINEAR_QUADRATIC,
    BedModel(LinearQuadraticLinear(8.0)),
    BedModel(LinearQuadraticLinear(8.0, 2.0), repopulation=Repopulation(3, 0.4)),
    BedModel(repair=IncompleteRepair(1.5), repopulation=Repopulation(3, 0.4)),
]
TEXTS = pd.Series(
    ["50/30 Gy in 10 fr over 11 days", "24 Gy in 3 fr in 5 days", "50/5 then 8/1", "16/14"],
    index=[3, 1, 4, 1],
)
LEVELS = pd.Series(["base", "boost", None, "base"])
DAYS = pd.Series([np.nan, 7.0, 9.0, 2.0])


@pytest.mark.parametrize("model", MODELS)
def test_columns_and_parts_equal_one_by_one(model: BedModel) -> None:
    """Days in a column replace those in the text, which stand where it has none."""
    ratios = np.array([[2.5], [4.0]])
    elapsed = [11.0, 7.0, 9.0, 2.0]
    expected = [
        [
            model.bed_gy(
                Schedule.parse(text),
                ratio,
                level=level if isinstance(level, str) else "boost",
                days=days,
            )
            for text, level, days in zip(TEXTS, LEVELS, elapsed, strict=True)
        ]
        for ratio in ratios[:, 0]
    ]
    for row, ratio in zip(expected, ratios[:, 0], strict=True):
        column = bed_column(TEXTS, ratio, levels=LEVELS, model=model, days=DAYS)
        assert column == pytest.approx(np.array(row), rel=1e-13)
    parts = bed_parts(TEXTS, levels=LEVELS, model=model, days=DAYS)
    np.testing.assert_allclose(parts.bed_gy(ratios), expected, rtol=1e-12)
    alone = model.parts(Schedule.parse(TEXTS.iloc[0]), level="base")
    assert alone.bed_gy(4.0) == pytest.approx(expected[1][0], rel=1e-12)


def test_parts_are_total_dose_and_sum_of_squares() -> None:
    parts = bed_parts(pd.Series(["50 Gy in 5 fr", "30/10 then 24/3"]))
    np.testing.assert_allclose(parts.linear_gy, [50, 54], rtol=1e-15)
    np.testing.assert_allclose(parts.quadratic_gy2, [5 * 100, 10 * 9 + 3 * 64], rtol=1e-15)


def test_a_table_takes_courses_in_sequence_and_a_model() -> None:
    table = bed_table(["50/40 Gy in 25 fr then 16-8 Gy in 2 fr"], [4.0], step_gy=8.0)
    assert table["level"].tolist() == ["boost", "base"] * 2
    assert table["dose_gy"].tolist() == [66, 56, 58, 48]
    assert table["fractions"].tolist() == [27] * 4
    assert table["dose_per_fraction_gy"].isna().all()
    by_hand = [75 + 48, 40 + 16 + 48, 75 + 16, 40 + 16 + 16]
    assert table["bed_gy"].tolist() == pytest.approx(by_hand)
    corrected = bed_table("24/2", [4.0], model=BedModel(LinearQuadraticLinear(8.0)))
    assert corrected["bed_gy"].tolist() == pytest.approx([88])


def test_a_range_has_the_beds_of_its_ends_under_every_model() -> None:
    nodes = Schedule.parse("10/1 then 50-35 Gy in 5 fr")
    model = BedModel(LinearQuadraticLinear(8.0))
    low, high = (
        schedule_bed_gy(Schedule.parse(f"10/1 then {dose}/5"), 4, model=model) for dose in (35, 50)
    )
    assert bed_range_gy(nodes, 4, model=model) == (low, high)


# Errors


REGROWTH = BedModel(repopulation=Repopulation(28, 0.9))


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: REGROWTH.bed_gy(course(70, 35), 10), "needs the days"),
        (lambda: REGROWTH.bed_gy(course(70, 35), 10, days=-1), "-1 is not a number of days"),
        (lambda: REGROWTH.bed_gy(course(8, 1), 10, days=99), "regrowth outweighs the dose"),
        (lambda: REGROWTH.bed_gy(Schedule.parse("50/25 over 33 days + 10/5 over 5 days"), 10),
         "needs the days"),
        (lambda: bed_column(pd.Series(["50/5"], index=["b"]), 10, model=REGROWTH),
         r"row 1 \(index b\): regrowth needs the days"),
        (lambda: bed_column(pd.Series(["50/5", "8/1"], index=["a", "b"]), 10, model=REGROWTH,
                            days=pd.Series([99.0, 99.0])),
         r"row 2 \(index b\), repopulation: regrowth"),
        (lambda: bed_column(pd.Series(["50/5"]), 10, days=pd.Series([-1.0])), "row 1, days: -1 is"),
        (lambda: bed_column(pd.Series(["50/5"]), 10, days=pd.Series(["x"])),
         "row 1, days: 'x' is not a number of days"),
        (lambda: bed_column(pd.Series(["50/5"]), 10, days=pd.Series([1, 2])), "2 days for 1"),
        (lambda: bed_column(pd.Series(["50/5"]), 10, levels=pd.Series(["D50"])),
         "row 1: '50 Gy in 5 fr' doesn't say D50"),
        (lambda: BedModel(CURVE).bed_gy(course(50, 5), 4), "alpha/beta of 8.605 Gy of its own"),
        (lambda: BedModel(CURVE).parts(course(50, 5)), "has its own alpha/beta"),
        (lambda: bed_parts(pd.Series(["50/5"]), model=BedModel(CURVE)), "row 1, response"),
        (lambda: BedModel(LinearQuadraticLinear(5.0), IncompleteRepair(2.0)).bed_gy(
            course(30, 4, 2), 4), "above the transition of 5 Gy"),
        (lambda: IncompleteRepair(2.0, 12.0).increase(6, 3), "don't fit in a day"),
        (lambda: IncompleteRepair(-1.0), "half_time_hours"),
        (lambda: IncompleteRepair(1.0, 0.0), "interval_hours"),
        (lambda: LinearQuadraticLinear(0.0), "transition_gy"),
        (lambda: LinearQuadraticLinear(6.0, 0.5), "final_slope: 0.5 is below 1"),
        (lambda: UniversalSurvivalCurve(0.9, 1.25, 1.8), "isn't steeper"),
        (lambda: UniversalSurvivalCurve(0.3, 1.25, -1.0), "dq_gy"),
        (lambda: Repopulation(-1, 0.9), "onset_days"),
        (lambda: Repopulation(28, 0.0), "gy_per_day"),
        (lambda: LINEAR_QUADRATIC.bed_gy(course(50, 5), 0.0), "alpha_beta: 0 is not a number"),
        (lambda: LINEAR_QUADRATIC.bed_gy(course(50, 5), float("nan")), "alpha_beta: nan"),
    ],
)  # fmt: skip
def test_mistakes_are_told(attempt: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        attempt()


def test_complete_repair_goes_with_every_response_and_below_the_transition_so_does_incomplete() -> (
    None
):
    high = BedModel(LinearQuadraticLinear(5.0), CompleteRepair(), NoRepopulation())
    assert high.bed_gy(course(30, 4, 2), 4) > 0
    low = BedModel(LinearQuadraticLinear(5.0), IncompleteRepair(2.0))
    plain = BedModel(repair=IncompleteRepair(2.0))
    assert low.bed_gy(course(16, 8, 2), 4) == plain.bed_gy(course(16, 8, 2), 4)
