"""Evidence: independent (the R code of Guyot et al. 2012; real patients), identities, limits.

`oracles/r_guyot.json` holds the published code's reconstructions. Real patients (R's survival) are
digitised here: the reconstruction is compared with what was digitised.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.cohort.curves import (
    DigitisedCurve,
    HazardRatio,
    Precision,
    RiskTable,
    guyot,
    reconstruct,
)
from oligotrial.cohort.curves.inversion import invert
from oligotrial.estimators import kaplan_meier, median, number_at_risk, restricted_mean
from oligotrial.estimators.cox import cox
from oligotrial.units import DAYS_PER_MONTH

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_guyot.json").read_text(encoding="utf-8"))
CASES = [(name, case) for name in R["curves"] for case in R["patients"][name]]
EXACT = Precision(height=0.001)


def published(
    name: str,
    case: str,
    precision: Precision = Precision(),  # noqa: B008 - frozen
) -> DigitisedCurve:
    curve = R["curves"][name]
    return DigitisedCurve(
        curve["time"],
        curve["survival"],
        RiskTable(curve["risk_time"], curve["at_risk"]) if "risk" in case else None,
        patients=curve["at_risk"][0],
        events=curve["events"] if "events" in case else None,
        precision=precision,
    )


def patients_of(data: str) -> pd.DataFrame:
    rows = pd.read_csv(ORACLES / f"survival_{data}.csv")
    return rows.assign(time=rows["time"] / DAYS_PER_MONTH)


def digitised(rows: pd.DataFrame, *, totals: bool = True, every: float = 6.0) -> DigitisedCurve:
    """Read a curve exactly: each drop to three decimals, and the end."""
    time, event = rows["time"].to_numpy(), rows["event"].to_numpy()
    curve, risk = kaplan_meier(time, event), np.arange(0, time.max(), every)
    at = np.unique(np.append(curve.time, time.max()))
    return DigitisedCurve(
        np.round(at, 3),
        np.round(curve.at(at), 3),
        RiskTable(risk, number_at_risk(time, at=risk)),
        events=int(event.sum()) if totals else None,
        precision=EXACT,
    )


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_published_code_gives_the_same_patients(name: str, case: str) -> None:
    expected = R["patients"][name][case]
    found = guyot(published(name, case)).cohort.patients
    assert found["event"].tolist() == expected["event"]
    np.testing.assert_allclose(found["time"], expected["time"], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("name", "case"), [each for each in CASES if each[1] != "events"])
def test_what_is_missed_is_said(name: str, case: str) -> None:
    """Numbers at risk and totals of the oracle's patients, counted here."""
    curve, made = R["curves"][name], R["patients"][name][case]
    said = " ".join(guyot(published(name, case)).problems)
    if "risk" in case:
        for time, number in zip(curve["risk_time"], curve["at_risk"], strict=True):
            missed = sum(np.array(made["time"]) >= time) != number
            assert (f"at risk at {time:g} is {number} but" in said) == missed
    if "events" in case:
        assert (f"events is {curve['events']} but" in said) == (
            sum(made["event"]) != curve["events"]
        )


@pytest.mark.parametrize("name", ["survhe", "lung_clicked", "gbsg_clicked", "flat"])
def test_a_reconstruction_s_curve_gives_the_reconstruction(name: str) -> None:
    given = published(name, "neither")
    first = guyot(given).cohort.patients
    curve = kaplan_meier(first["time"], first["event"])
    again = DigitisedCurve(given.time, curve.at(given.time), patients=given.patients)
    pd.testing.assert_frame_equal(guyot(again).cohort.patients, first)


def test_a_reading_twice_at_one_time_and_an_interval_without_one() -> None:
    curve = DigitisedCurve(
        [3, 5, 5, 20], [0.9, 0.9, 0.5, 0.5], RiskTable([0, 4, 8, 16], [10, 9, 5, 5])
    )
    made = guyot(curve)
    assert made.cohort.patients["time"].tolist() == [3, *[5] * 4, *[20] * 5]
    assert made.problems == ()


def test_rounds_that_would_never_end_are_ended() -> None:
    """More events than the curve can have: the published code goes round for ever."""
    found = invert(
        np.array([0.0, 1, 2, 3]),
        np.array([1.0, 0.9, 0.8, 0.8]),
        first=np.array([0]),
        at_risk=np.array([10]),
        events=1,
    )
    assert found.events.sum() + found.censored.sum() <= 10


@pytest.mark.parametrize("name", ["survhe", "lung", "veteran", "ovarian", "colon_treated", "flat"])
@pytest.mark.parametrize("case", ["risk_and_events", "risk", "events", "neither"])
def test_draws_meet_risk_table_and_totals_exactly(name: str, case: str) -> None:
    given = published(name, case)
    made = reconstruct(given, draws=2, steps=2, misfit=1000.0)
    for rows in made.cohort.frames():
        assert len(rows) == given.record.patients
        at_risk = number_at_risk(rows["time"], at=given.record.risk_table.time)
        assert at_risk.tolist() == given.record.risk_table.at_risk.tolist()
        assert given.events is None or rows["event"].sum() == given.events
        assert rows["time"].max() <= given.record.end


def test_no_deaths_are_invented_on_a_flat_tail() -> None:
    """All 40 losses after 41 months are censorings, whether a total is printed or not."""
    for case in ("risk_and_events", "risk"):
        for rows in reconstruct(published("flat", case, EXACT), draws=5).cohort.frames():
            late = rows[rows["time"] > 41]
            assert late["event"].sum() == 0
            assert len(late) == 40


@pytest.mark.parametrize("data", ["veteran", "lung", "ovarian"])
def test_exact_readings_and_a_risk_table_give_the_patients_back(data: str) -> None:
    rows = patients_of(data)
    made = reconstruct(digitised(rows, totals=False), draws=4)
    assert made.problems == ()
    true = kaplan_meier(rows["time"], rows["event"])
    grid = np.linspace(0, true.longest * 0.999, 200)
    until = rows["time"].quantile(0.8)
    mean = restricted_mean(rows["time"], rows["event"], until=until).value
    for each in made.cohort.frames():
        assert abs(each["event"].sum() - rows["event"].sum()) <= 0.02 * len(rows)
        curve = kaplan_meier(each["time"], each["event"])
        assert np.abs(curve.at(grid) - true.at(grid)).max() < 0.012
        assert restricted_mean(each["time"], each["event"], until=until).value == pytest.approx(
            mean, rel=2e-3
        )
        assert median(each["time"], each["event"]).value == pytest.approx(
            median(rows["time"], rows["event"]).value, rel=0.02
        )


def test_two_arms_give_the_hazard_ratio_back() -> None:
    rows = patients_of("veteran")
    rows = rows[rows["group"] <= 2].assign(arm=lambda each: each["group"].astype(str))
    curves = {arm: digitised(own) for arm, own in rows.groupby("arm")}
    fit = cox(rows["time"], rows["event"], {"arm": (rows["arm"] == "2").astype(float)})
    true = fit.coefficients.loc["arm"]
    ratio = HazardRatio(true["hazard_ratio"], "2", "1", true["lower"], true["upper"])
    made = reconstruct(curves, draws=4, hazard_ratio=ratio)
    row = made.quality.set_index("statistic").loc["hazard ratio"]
    assert row["reconstructed_low"] == pytest.approx(ratio.value, rel=0.02)
    assert row["reconstructed_high"] == pytest.approx(ratio.value, rel=0.02)
    assert row["draws_within"] == 1.0
    assert made.cohort.patients["arm"].value_counts().to_dict() == {
        arm: 4 * len(own) for arm, own in rows.groupby("arm")
    }
    with pytest.raises(InputError, match="there is no arm 'x'; arms are 1, 2"):
        reconstruct(curves, draws=1, steps=1, hazard_ratio=HazardRatio(1.0, "x", "1"))


def test_the_seed_decides() -> None:
    given = digitised(patients_of("ovarian"))
    first, same, other = (reconstruct(given, 3, seed=seed, steps=10) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.cohort.patients, same.cohort.patients)
    assert not first.cohort.patients["time"].equals(other.cohort.patients["time"])
    assert first.cohort.label == ("reconstructed from a digitised curve, 3 draws; not patient data")


def test_a_curve_down_to_the_axis_ends_with_an_event() -> None:
    given = DigitisedCurve([2, 5, 9, 12], [0.9, 0.6, 0.3, 0.0], RiskTable([0, 6], [20, 10]))
    for rows in reconstruct(given, draws=4).cohort.frames():
        last = rows.sort_values("time").iloc[-1]
        assert last["event"] == 1
        assert kaplan_meier(rows["time"], rows["event"]).survival[-1] == 0.0


def test_times_of_readings_move_by_their_error() -> None:
    precise = Precision(height=0.01, time=0.3)
    given = DigitisedCurve(
        [3, 7, 7, 20], [0.8, 0.8, 0.4, 0.4], RiskTable([0, 6], [10, 8]), precision=precise
    )
    rows = reconstruct(given, draws=60, steps=20, misfit=100).cohort.patients
    drops = rows[(rows["event"] == 1) & (rows["time"] > 6)].groupby("draw")["time"].first()
    assert drops.std() == pytest.approx(0.3, abs=3 * 0.3 / np.sqrt(2 * 60))
    assert drops.mean() == pytest.approx(7.0, abs=3 * 0.3 / np.sqrt(60))


def test_small_wiggles_are_pooled_and_reported() -> None:
    time, survival = [1.0, 2, 3, 4], [0.9, 0.79, 0.81, 0.5]
    curve = DigitisedCurve(time, survival, patients=20, precision=Precision(wiggle=0.02))
    assert curve.repairs.to_dict("list") == {
        "time": [2.0, 3.0],
        "survival": [0.79, 0.81],
        "used": pytest.approx([0.8, 0.8]),
    }
    with pytest.raises(InputError, match=r"turns back by 0\.02;.*Precision\(wiggle=0\.0"):
        DigitisedCurve(time, survival, patients=20)


def wrong(time: ArrayLike = (2, 5), survival: ArrayLike = (0.9, 0.6), **rest: object) -> None:
    table = rest.pop("table", None)
    if table is not None:
        rest["risk_table"] = RiskTable(*table)
    DigitisedCurve(time, survival, **{"patients": None if table else 10, **rest})


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"survival": (90, 60)}, "90 is not a proportion from 0 to 1; .*percent: divide"),
        ({"survival": (0.9, -0.1)}, r"reading 2: -0\.1 is not a proportion"),
        ({"survival": (0.9, np.nan)}, "reading 2: nan is not a proportion"),
        ({"survival": (0.6, 0.9)}, r"reading 2: the curve turns back by 0\.3"),
        ({"time": (5, 2)}, "reading 2: time 2 comes after 5; sort"),
        ({"time": (2, np.inf)}, "curve"),
        ({"time": (2,)}, "2 heights for 1 times"),
        ({"time": (2, 2, 2), "survival": (0.9, 0.8, 0.7)}, "a third reading at time 2"),
        ({"time": (0, 2), "survival": (0.5, 0.4)}, r"starts 0\.5 away"),
        ({"time": (0,), "survival": (1,)}, "no readings after time 0"),
        ({"patients": None}, "number of patients at the start is needed"),
        ({"patients": 2.5}, "not a whole number"),
        ({"events": 11}, "11 events of 10 patients"),
        ({"events": 1.5}, "not a whole number"),
        ({"table": ([0, 3], [10, 12])}, "12 at risk are more than at the time before"),
        ({"table": ([0, 3], [10, 8.5])}, r"8\.5 is not a whole number of patients"),
        ({"table": ([3, 0], [10, 8])}, "times don't rise"),
        ({"table": ([0, 3], [10])}, "1 numbers at risk for 2 times"),
        ({"table": ([0, 9], [10, 4])}, "4 at risk at 9 months, but the curve ends at 5; read it"),
        ({"table": ([0, 3], [10, 0])}, "nobody at risk at 3 months, but the curve goes on to 5"),
        ({"table": ([0, 3], [10, 8]), "patients": 11}, "11 patients, but 10 at risk at the start"),
        ({"table": ([2, 3], [10, 8])}, "number of patients at the start is needed"),
    ],
)
def test_mistakes_are_told(mistake: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong(**mistake)  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [{"height": 0}, {"time": -1}, {"wiggle": np.nan}])
def test_an_impossible_precision_is_told(arguments: dict[str, float]) -> None:
    with pytest.raises(InputError, match="precision"):
        Precision(**arguments)


@pytest.mark.parametrize(
    ("table", "events", "message"),
    [
        # The curve loses 10 of 20, the table 2 before 6 months: 8 more must have died.
        (RiskTable([0, 6], [20, 18]), None, "can't be met together"),
        (RiskTable([0, 6], [20, 10]), 2, "can't be met together"),
        (RiskTable([0, 6], [20, 10]), 20, "20 events are printed, but the curve leaves room"),
    ],
)
def test_a_figure_that_contradicts_itself_is_refused(
    table: RiskTable, events: int | None, message: str
) -> None:
    curve = DigitisedCurve([2, 5, 9], [0.75, 0.5, 0.5], table, events=events)
    with pytest.raises(InputError, match=message):
        reconstruct(curve, draws=2)


def test_a_misfit_that_is_allowed_is_reported() -> None:
    curve = DigitisedCurve([2, 5, 9], [0.75, 0.5, 0.5], RiskTable([0, 6], [20, 18]))
    made = reconstruct(curve, draws=2, misfit=1000)
    assert any("largest difference of the curve is 0 but 0." in text for text in made.problems)
