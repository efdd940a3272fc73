"""Figures that users draw: what is drawn, read back from the drawing.

Independent: curves, bands and numbers at risk against R's survival and cmprsk (tests/oracles).
Quoted: printed medians and rates, against the evidence. Developer: layout, files, messages.
"""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.figure import Figure

from oligotrial import estimators, evidence
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.report import (
    DIFFERENCE,
    NARROW,
    WIDE,
    Layout,
    Sheet,
    draw_cumulative_incidence,
    draw_forest,
    draw_kaplan_meier,
    draw_reconstruction,
    save,
)
from oligotrial.report.figures.printed import curves_of_draws, printed_marks

ORACLES = Path(__file__).parents[1] / "oracles"
ARMS = {0: "even", 1: "odd"}
LAYOUTS = pytest.mark.parametrize("layout", [WIDE, NARROW], ids=lambda layout: layout.name)


def oracle(name: str) -> Any:
    return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))


def rows_of(name: str) -> pd.DataFrame:
    return pd.read_csv(ORACLES / f"{name}.csv")


def cohort_of(rows: pd.DataFrame, **more: Any) -> Cohort:
    return Cohort(rows, label="public data", source="file.csv", **more)


def veterans() -> Cohort:
    rows = rows_of("survival_veteran")
    return cohort_of(rows[["time", "event"]].assign(arm=(rows["group"] % 2).map(ARMS.get)))


def gammopathy(**more: Any) -> Cohort:
    rows = rows_of("competing_mgus2")
    cause = rows["cause"].map({1: "malignancy", 2: "death"})
    made = pd.DataFrame({"time": rows["time"], "event": 1 * (rows["cause"] == 1), "cause": cause})
    return cohort_of(made.assign(sex=rows["group"].map({1: "F", 2: "M"}), **more))


def sheet(layout: Layout = WIDE) -> Sheet:
    return Sheet(layout, "Title", "Whose data.")


def band(axes: Any, number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest points of a band's outline."""
    bands = [each for each in axes.collections if isinstance(each, FillBetweenPolyCollection)]
    points = np.vstack([path.vertices for path in bands[number].get_paths()])
    return points.min(axis=0), points.max(axis=0)


def written(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def outside(figure: Figure) -> list[str]:
    """Texts that the page cuts off."""
    figure.draw_without_rendering()
    page = figure.bbox
    return [
        text.get_text()
        for axes in figure.axes
        for text in [*axes.texts, axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels()]
        if text.get_text() and text.get_visible()
        for box in [text.get_window_extent()]
        if box.x0 < -1 or box.x1 > page.width + 1 or box.y0 < -1 or box.y1 > page.height + 1
    ]


def test_kaplan_meier_curve_is_rs() -> None:
    theirs = oracle("r_survival")["veteran"]
    axes = draw_kaplan_meier(veterans(), sheet()).axes[0]
    curve = axes.lines[0]
    assert curve.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(curve.get_xdata()[1:-1], theirs["time"])
    np.testing.assert_allclose(curve.get_ydata()[1:-1], theirs["survival"], rtol=1e-12)
    assert (curve.get_xdata()[0], curve.get_ydata()[0]) == (0.0, 1.0)
    assert curve.get_xdata()[-1] == rows_of("survival_veteran")["time"].max()


def test_late_entry_curve_and_band_are_rs() -> None:
    rows, after = rows_of("entry_heart"), oracle("r_delayed_entry")["heart"]["after"]
    theirs = oracle("r_delayed_entry")["heart"]["curve"]
    cohort = cohort_of(rows[["entry", "time", "event"]])
    figure = draw_kaplan_meier(cohort, sheet(), after=after, scale=estimators.LOG_LOG)
    curve, limits = figure.axes[0].lines[0], theirs["log-log"]
    np.testing.assert_array_equal(curve.get_xdata()[1:-1], theirs["time"])
    survival = np.cumprod(1 - np.array(theirs["events"]) / np.array(theirs["at_risk"]))
    np.testing.assert_allclose(curve.get_ydata()[1:-1], survival, rtol=1e-12)
    lowest, highest = band(figure.axes[0])
    assert lowest[1] == pytest.approx(min(limits["lower"]), rel=1e-8)
    assert highest[1] == pytest.approx(1.0)


@LAYOUTS
def test_numbers_at_risk_stand_below_their_times(layout: Layout) -> None:
    axes, below = draw_kaplan_meier(veterans(), sheet(layout), by="arm").axes
    numbers = [text for text in below.texts if text.get_text().isdigit()]
    rows = rows_of("survival_veteran")
    for text in numbers:
        time, row = text.get_position()
        arm = rows[rows["group"] % 2 == -row]
        assert int(text.get_text()) == (arm["time"] >= time).sum()
    assert {text.get_position()[0] for text in numbers} == set(axes.get_xticks())
    assert len(numbers) == 2 * len(axes.get_xticks())


def test_each_censored_time_has_a_stroke_on_its_curve() -> None:
    axes = draw_kaplan_meier(veterans(), sheet(), by="arm").axes[0]
    strokes = [line for line in axes.lines if line.get_marker() == "|"]
    rows = rows_of("survival_veteran")
    for line, group in zip(strokes, (0, 1), strict=True):
        own = rows[rows["group"] % 2 == group]
        times = np.unique(own.loc[own["event"] == 0, "time"])
        np.testing.assert_array_equal(line.get_xdata(), times)
        heights = estimators.kaplan_meier(own["time"], own["event"]).at(times)
        np.testing.assert_array_equal(line.get_ydata(), heights)


def test_a_curve_without_patients_at_risk_is_dotted() -> None:
    rows = pd.DataFrame({"time": [3.0, 5.0, 9.0, 10.0], "event": [1, 0, 1, 0],
                         "entry": [0.0, 0.0, 7.0, 7.0]})  # fmt: skip
    axes = draw_kaplan_meier(cohort_of(rows), sheet()).axes[0]
    dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert [list(line.get_xdata()) for line in dotted] == [[5.0, 7.0]]
    assert [list(line.get_ydata()) for line in dotted] == [[0.5, 0.5]]


def test_groups_differ_in_more_than_colour() -> None:
    rows = veterans().patients.assign(arm=np.arange(137) % 6)
    axes = draw_kaplan_meier(cohort_of(rows), sheet(), by="arm").axes[0]
    curves = [line for line in axes.lines if not line.get_label().startswith("_")]
    looks = {(str(line._unscaled_dash_pattern), line.get_color()) for line in curves}
    assert len({dashes for dashes, _ in looks}) == len({color for _, color in looks}) == 6


def test_a_competing_event_is_told_to_be_censored() -> None:
    texts = [text.get_text() for text in draw_kaplan_meier(gammopathy(), sheet()).texts]
    assert any("Competing events count as censored" in text for text in texts)


def test_cumulative_incidence_is_rs() -> None:
    theirs = oracle("r_competing")["mgus2"]
    axes = draw_cumulative_incidence(gammopathy(), sheet()).axes[1]
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines)[:2] == ["malignancy", "death"]
    for column, cause in enumerate(["malignancy", "death"]):
        x, y = lines[cause].get_xdata(), lines[cause].get_ydata()
        heights = y[np.searchsorted(x, [12, 60, 120, 300], side="right") - 1]
        expected = np.array(theirs["cuminc"])[:, column]
        np.testing.assert_allclose(heights, expected, rtol=1e-9)


def test_cumulative_incidence_by_group_has_a_panel_each() -> None:
    figure = draw_cumulative_incidence(gammopathy(), sheet(), by="sex")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    rows = rows_of("competing_mgus2")["group"].value_counts()
    assert f"F (n = {rows[1]})" in titles
    assert f"M (n = {rows[2]})" in titles
    curves = [axes for axes in figure.axes if "(n = " in axes.get_title(loc="left")]
    assert len({axes.get_ylim() for axes in curves}) == 1


def test_forest_shows_a_cox_regression() -> None:
    rows = rows_of("cox_veteran")
    fit = estimators.cox(rows["time"], rows["event"], rows[["karno", "age"]])
    axes = draw_forest(fit.coefficients, sheet()).axes[0]
    theirs = fit.coefficients
    points = [line for line in axes.lines if line.get_marker() == "s"]
    spans = [line for line in axes.lines if line.get_linewidth() == 2]
    assert [float(line.get_xdata()[0]) for line in points] == theirs["hazard_ratio"].tolist()
    ends = [list(map(float, line.get_xdata())) for line in spans]
    assert ends == theirs[["lower", "upper"]].to_numpy().tolist()
    assert {"karno", "age"} < set(written(axes))


def test_forest_says_what_runs_off_the_axis() -> None:
    rows = {"hazard_ratio": [0.8, 3.0, np.nan], "lower": [0.6, 0.0, np.nan],
            "upper": [1.1, np.inf, np.nan], "term": ["b", "a", "b"]}  # fmt: skip
    table = pd.DataFrame(rows, index=["x", "y", "z"])
    axes = draw_forest(table, sheet(), group="term").axes[0]
    assert [line.get_marker() for line in axes.lines if line.get_marker() in "<>"] == ["<", ">"]
    assert written(axes) == [
        "b",
        "x",
        "0.80 (0.60 to 1.10)",
        "z",
        "–",
        "a",
        "y",
        "3.00 (0.00 to ∞)",
    ]


def test_differences_are_drawn_around_zero() -> None:
    table = pd.DataFrame({"estimate": [-1.5], "lower": [-3.0], "upper": [0.1]})
    axes = draw_forest(table, sheet(), estimate="estimate", measure=DIFFERENCE).axes[0]
    assert axes.get_xscale() == "linear"
    low, high = axes.get_xlim()
    assert low < -3.0 < 0.1 < high


def draws(number: int = 3) -> Cohort:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"time": rng.exponential(18, 44 * number).round(2), "event": 1,
                         "draw": np.repeat(np.arange(number), 44),
                         "line": "first"})  # fmt: skip
    return Cohort(rows, label="reconstructed; not patient data", source="x", draws=number)


def test_reconstruction_shows_each_draw_and_what_was_printed() -> None:
    lemoine, cohort = evidence.load("lemoine2021"), draws()
    figure = draw_reconstruction(cohort, lemoine, sheet=sheet(), endpoint="pfs")
    legend, axes = figure.axes
    steps = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    for line, frame in zip(steps, cohort.frames(), strict=True):
        curve = estimators.kaplan_meier(frame["time"], frame["event"])
        np.testing.assert_array_equal(line.get_ydata()[1:-1], curve.survival)
    median, *rates = (container.lines[0] for container in axes.containers)
    assert list(zip(*median.get_data(), strict=True)) == [(pytest.approx(2.65 * 12), 0.5)]
    assert [tuple(map(float, line.get_ydata())) for line in rates] == [(0.81, 0.58, 0.45)]
    told = [text.get_text() for text in legend.get_legend().get_texts()]
    assert told[0] == "Reconstructed, not patient data: 3 draws"


def test_printed_marks_carry_their_intervals_in_months() -> None:
    marks = printed_marks(evidence.load("lemoine2021"), endpoint="pfs").set_index("statistic")
    assert marks.loc["pfs.median", ["lower", "upper"]].tolist() == [1.28 * 12, 4.87 * 12]
    assert marks.loc["pfs.3_years", ["time", "lower", "upper"]].tolist() == [36.0, 0.28, 0.6]
    by_line = printed_marks(evidence.load("marazzi2024"), endpoint="pfs_ar", by="line")
    assert by_line["level"].tolist() == ["first", "second", "third", "fourth+"]


def test_the_band_holds_the_middle_of_the_draws() -> None:
    cohort = draws(20)
    figure = draw_reconstruction(
        cohort, evidence.load("lemoine2021"), sheet=sheet(), endpoint="pfs"
    )
    (area,) = (each for each in figure.axes[1].collections
               if isinstance(each, FillBetweenPolyCollection))  # fmt: skip
    points = area.get_paths()[0].vertices
    heights = [estimators.kaplan_meier(f["time"], f["event"]).at(12.0) for f in cohort.frames()]
    at = points[np.isclose(points[:, 0], points[points[:, 0] <= 12.0, 0].max())][:, 1]
    assert at.min() == pytest.approx(np.quantile(heights, 0.025))


def test_curves_of_draws_are_by_level_in_order() -> None:
    rows = draws().patients.assign(line=np.resize(["second", "first"], 132))
    found = curves_of_draws(cohort_of(rows, draws=3), by="line")
    assert found["level"].drop_duplicates().tolist() == ["first", "second"]
    assert found.groupby(["level", "draw"]).ngroups == 6


@LAYOUTS
def test_nothing_is_cut_off(layout: Layout) -> None:
    names = ["radiotherapy of all sites", "no radiotherapy"]
    rows = veterans().patients.assign(arm=np.resize(names, 137))
    fit = pd.DataFrame(
        {"hazard_ratio": [0.7], "lower": [0.4], "upper": [1.2]}, index=["triple neg"]
    )
    figures = [
        draw_kaplan_meier(cohort_of(rows), sheet(layout), by="arm"),
        draw_cumulative_incidence(gammopathy(), sheet(layout), by="sex"),
        draw_forest(fit, sheet(layout)),
        draw_reconstruction(
            draws(), evidence.load("lemoine2021"), sheet=sheet(layout), endpoint="pfs"
        ),
    ]
    assert [outside(figure) for figure in figures] == [[], [], [], []]


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_the_same_figure_is_the_same_file(ending: str, tmp_path: Path) -> None:
    paths = [tmp_path / folder / f"km.{ending}" for folder in "ab"]
    found = [save(draw_kaplan_meier(veterans(), sheet(), by="arm"), path) for path in paths]
    first, second = (path.read_bytes() for path in found)
    assert first == second


def test_a_users_settings_neither_change_a_figure_nor_are_changed(tmp_path: Path) -> None:
    plain = save(draw_kaplan_meier(veterans(), sheet()), tmp_path / "a" / "km.svg").read_bytes()
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "black", "font.size": 30}):
        own = save(draw_kaplan_meier(veterans(), sheet()), tmp_path / "b" / "km.svg").read_bytes()
        assert mpl.rcParams["font.size"] == 30
    assert plain == own


VETERANS = {"time": [1.0, 2.0], "event": [1, 1]}


@pytest.mark.parametrize(
    ("rows", "asked", "told"),
    [
        ({}, {"by": "amr"}, "no column 'amr' in the cohort .did you mean 'arm'"),
        ({"arm": ["a", None]}, {"by": "arm"}, "column arm: row 2 has no value"),
        ({}, {"level": 95.0}, "level: 95.0 is not between 0 and 1"),
        ({}, {"until": -3.0}, "until: -3.0 is not a positive number"),
        ({}, {"after": 99.0}, "file.csv"),
        ({"weight": [1.0, 2.0]}, {}, None),
        ({"weight": [1.0, 0.0]}, {}, "column weight: patients of weight 0"),
        ({"time_upper": [2.0, 4.0]}, {}, "estimators.turnbull"),
        ({"entry": [0.0, 1.5]}, {"by": "arm"}, None),
        ({"time": [1.0, 9.0], "entry": [0.0, 5.0], "event": [1, 0]}, {}, "file.csv"),
    ],
)
def test_mistakes_with_kaplan_meier_are_told(
    rows: dict[str, list[Any]], asked: dict[str, Any], told: str | None
) -> None:
    cohort = cohort_of(pd.DataFrame({"arm": ["a", "b"]} | VETERANS | rows))
    if told is None:
        draw_kaplan_meier(cohort, sheet(), **asked)
        return
    with pytest.raises(InputError, match=told):
        draw_kaplan_meier(cohort, sheet(), **asked)


def test_more_groups_than_can_be_told_apart_are_refused() -> None:
    rows = veterans().patients.assign(centre=np.arange(137) % 7)
    with pytest.raises(InputError, match="'centre' has 7 groups"):
        draw_kaplan_meier(cohort_of(rows), sheet(), by="centre")


def test_draws_are_no_patients() -> None:
    with pytest.raises(InputError, match="3 draws of a reconstruction, not patients"):
        draw_kaplan_meier(draws(), sheet())


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"event": [1, 1]}, "no event competes"),
        ({"event": [1, 0], "cause": ["relapse", None]}, "no event competes"),
        ({"time": [1, 2, 3], "event": [1, 1, 0], "cause": ["relapse", None, "death"],
          "patient": ["A", "B", "C"]}, "patient B has an event without a cause"),
        ({"time": range(8), "event": [0] * 8, "cause": list("abcdefgh")}, "8 causes"),
    ],
)  # fmt: skip
def test_mistakes_with_causes_are_told(rows: dict[str, Any], told: str) -> None:
    cohort = cohort_of(pd.DataFrame({"time": [1.0, 2.0]} | rows))
    with pytest.raises(InputError, match=told):
        draw_cumulative_incidence(cohort, sheet())


@pytest.mark.parametrize(
    ("rows", "asked", "told"),
    [
        ({"lower": [2.0]}, {}, "row '0': the interval 2 to 1.5 does not hold the estimate 1"),
        ({"upper": [0.9]}, {}, "does not hold the estimate"),
        ({"hazard_ratio": [-0.2], "lower": [-0.5]}, {}, "a ratio can't be negative"),
        ({"lower": ["low"]}, {}, "column lower: row 1: 'low' is no number"),
        ({}, {"estimate": "hazard"}, "no column 'hazard' .did you mean 'hazard_ratio'"),
        ({}, {"group": "g"}, "no column 'g'"),
        ({"hazard_ratio": [], "lower": [], "upper": []}, {}, "the table has no rows"),
    ],
)
def test_mistakes_with_forests_are_told(
    rows: dict[str, Any], asked: dict[str, Any], told: str
) -> None:
    good = {"hazard_ratio": [1.0], "lower": [0.5], "upper": [1.5]}
    with pytest.raises(InputError, match=told):
        draw_forest(pd.DataFrame(good | rows), sheet(), **asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"endpoint": "psf"}, "nothing is printed about 'psf' .did you mean 'pfs'"),
        ({"endpoint": "os"}, "the cohort has no endpoint 'os'; it has pfs"),
        ({"endpoint": "pfs", "by": "centre"}, "there is no grouping 'centre'"),
    ],
)
def test_mistakes_with_reconstructions_are_told(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        draw_reconstruction(draws(), evidence.load("lemoine2021"), sheet=sheet(), **asked)


def test_a_file_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match=r"km.gif: a figure is no '.gif'"):
        save(Figure(), tmp_path / "km.gif")
    with pytest.raises(InputError, match="taken"):
        save(Figure(), tmp_path / "taken" / "km.svg")


def test_weighted_patients_are_drawn_as_if_they_were_several() -> None:
    arms = {"time": [1.0, 2.0, 3.0, 5.0], "event": [1, 0, 1, 1], "arm": ["a", "a", "b", "b"]}
    weighted = pd.DataFrame(arms | {"weight": [2.0, 1.0, 3.0, 1.0]})
    several = weighted.loc[np.repeat(weighted.index, [2, 1, 3, 1])].drop(columns="weight")
    figures = [
        draw_kaplan_meier(cohort_of(rows.reset_index(drop=True)), sheet(), by="arm")
        for rows in (weighted, several)
    ]
    one, other = ([line.get_xydata() for line in each.axes[0].get_lines()] for each in figures)
    for drawn, repeated in zip(one, other, strict=True):
        np.testing.assert_allclose(drawn, repeated)
    texts = [[text.get_text() for text in each.axes[1].texts] for each in figures]
    assert "3.0" in texts[0]
    assert "3" in texts[1]
    footnotes = [" ".join(text.get_text() for text in each.texts) for each in figures]
    assert "Patients have weights" in footnotes[0]
    assert "weights" not in footnotes[1]
