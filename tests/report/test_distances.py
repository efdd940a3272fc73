"""The figure of how near numbers are to print: what is drawn, read back. Developer checks."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from oligotrial.checks import InputError
from oligotrial.report import NARROW, WIDE, Contents, Layout, Sheet, draw_distances, write
from oligotrial.report.display import grid
from oligotrial.report.figures.distances import MOST, furthest
from oligotrial.report.gallery import plates

LAYOUTS = pytest.mark.parametrize("layout", [WIDE, NARROW], ids=lambda layout: layout.name)
COLUMNS = ["statistic", "unit", "printed", "reconstructed_median", "reconstructed_low",
           "reconstructed_high", "draws_within", "distance_percent", "contradicted"]  # fmt: skip
ROWS = [
    ("cox.hazard_ratio[covariate=a]", "ratio", 0.8, 1.0, 0.4, 1.2, 0.0, 25.0, False),
    ("cox.hazard_ratio[covariate=a].lower", "ratio", 0.5, 0.25, 0.25, 0.5, 0.5, 100.0, False),
    ("pfs.median", "months", 14.0, math.inf, 12.0, math.inf, 0.0, math.inf, False),
    ("pfs.logrank[a].chi_squared", "chi-squared", 0.5, 0.25, 0.25, 0.25, 0.0, 25.0, True),
    ("cox.p[covariate=a]", "probability", 0.3, 0.25, 0.2, 0.3, 0.0, 5.0, False),
    ("pfs.1_year", "percent", 50.0, 70.0, 50.0, 80.0, 0.25, 20.0, False),
    ("pfs.mean", "months", 14.0, np.nan, np.nan, np.nan, np.nan, np.nan, False),
]


def table() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS)


def sheet(layout: Layout = WIDE) -> Sheet:
    return Sheet(layout, "How near the numbers are", "Whose data.")


def marks(axes: Axes, marker: str) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == marker]


def written(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def many(count: int) -> pd.DataFrame:
    """Numbers of which all but the first are missed, each by more than the one before."""
    off = np.arange(count) / 100
    return pd.DataFrame({
        "statistic": [f"pfs.median[arm={number}]" for number in range(count)], "unit": "months",
        "printed": 10.0, "reconstructed_median": 10.0 * (1 + off),
        "draws_within": np.where(off, 0.0, 1.0), "distance_percent": 100 * off,
        "contradicted": False,
    })  # fmt: skip


def test_ratios_stand_on_a_log_axis_and_differences_below() -> None:
    _, ratios, differences = draw_distances(table(), sheet()).axes
    assert (ratios.get_xscale(), differences.get_xscale()) == ("log", "linear")
    assert marks(ratios, "X")[:1] == pytest.approx([1.25])
    assert marks(ratios, "o") == pytest.approx([0.5])
    # Half of 0.5 is drawn as 0.25 less than 1 would be.
    assert marks(ratios, "D") == pytest.approx([0.8])
    assert marks(differences, "X") == pytest.approx([-5.0, 20.0])
    spans = [sorted(map(float, line.get_xdata())) for line in ratios.lines
             if line.get_linewidth() == 2]  # fmt: skip
    assert spans[0] == pytest.approx([0.5, 1.5])


def test_headings_count_what_the_score_counts() -> None:
    _, ratios, differences = draw_distances(table(), sheet()).axes
    headings = [text for text in written(ratios) + written(differences) if " as printed" in text]
    assert headings == [
        "Regression: 1 of 2 as printed, 1 within 5%",
        "Times, means and rates: 0 of 2 as printed, 0 within 5%",
        "Tests: 0 of 0 as printed, 0 within 5%",
        "Regression: 0 of 1 as printed, 1 within 5%",
        "Times, means and rates: 0 of 1 as printed, 0 within 5%",
    ]
    assert "0.8 → 1" in written(ratios)
    assert "pfs.mean" not in written(ratios)


def test_what_is_not_reached_runs_off_the_axis() -> None:
    ratios = draw_distances(table(), sheet()).axes[1]
    (arrow,) = marks(ratios, ">")
    assert arrow < ratios.get_xlim()[1] < 25.0
    assert "14 → not reached" in written(ratios)
    assert not marks(ratios, "<")


def test_zones_are_those_of_the_score() -> None:
    _, ratios, differences = draw_distances(table(), sheet()).axes
    for axes, ends in ((ratios, [(1 / 1.05, 1.05), (1 / 1.01, 1.01)]),
                       (differences, [(-5, 5), (-1, 1)])):  # fmt: skip
        zones = [(zone.get_x(), zone.get_x() + zone.get_width()) for zone in axes.patches]
        np.testing.assert_allclose(zones, ends)


def test_the_legend_names_what_is_drawn() -> None:
    def names(rows: pd.DataFrame) -> list[str]:
        legend = draw_distances(rows, sheet()).axes[0].get_legend()
        return [text.get_text() for text in legend.get_texts()]

    assert any("contradicts" in name for name in names(table()))
    assert not any("contradicts" in name for name in names(many(3)))
    assert len(names(many(3))) == 4


def test_the_furthest_of_many_are_shown_in_their_order() -> None:
    assert furthest(many(MOST)).equals(many(MOST))
    shown = furthest(many(MOST + 5))["statistic"].tolist()
    assert shown == many(MOST + 5)["statistic"].tolist()[5:]
    few = many(MOST + 5).assign(draws_within=np.r_[np.ones(MOST), np.zeros(5)])
    assert len(furthest(few)) == 5
    assert len(furthest(many(MOST + 5).assign(draws_within=1.0, distance_percent=0.0))) == MOST


@LAYOUTS
def test_nothing_is_cut_off_and_nothing_overlaps(layout: Layout) -> None:
    long = table().replace({"pfs.1_year": "pfs.median[line_group=first or second].upper@abstract"})
    figure = draw_distances(long.assign(printed=table()["printed"] + 0.12345), sheet(layout))
    figure.draw_without_rendering()
    for axes in figure.axes[1:]:
        boxes = [text.get_window_extent() for text in axes.texts]
        boxes.append(axes.xaxis.label.get_window_extent())
        assert all(box.x0 > -1 and box.x1 < figure.bbox.width + 1 for box in boxes)
        rows = [(box.y0 + box.y1) / 2 for box in boxes]
        beside = [(one, other) for k, one in enumerate(boxes) for j, other in enumerate(boxes)
                  if k < j and abs(rows[k] - rows[j]) < 1]  # fmt: skip
        assert beside
        assert not [pair for pair in beside if pair[0].overlaps(pair[1])]


def test_a_table_that_cannot_be_drawn_is_told() -> None:
    with pytest.raises(InputError, match="no column 'unit'; give a table that"):
        draw_distances(table().drop(columns="unit"), sheet())
    with pytest.raises(InputError, match="no number is compared"):
        draw_distances(table().iloc[-1:], sheet())


def test_the_page_says_how_near_the_numbers_are(full: Contents, tmp_path: Path) -> None:
    near = replace(full, agreement=table().assign(tolerance=np.nan))
    plate = plates(near)["distances"]
    assert plate.alt == (
        "Of 6 numbers that the source does not itself contradict 1 are within 1% of print or "
        "print so, and 2 within 5%."
    )
    page = write(_only(near), tmp_path).read_text(encoding="utf-8")
    section = page[page.index('<section id="agreement">') :].partition("</section>")[0]
    assert section.index("Within 5%") < section.index("percentage points") < section.index("<fig")
    assert section.count("<figure") == 1  # tolerances aren't told here
    assert (tmp_path / "figures/distances.svg").exists()
    told = json.loads((tmp_path / "tables/score.json").read_bytes())["rows"]
    assert [row["within_5_percent"] for row in told] == [22, 22]


def test_an_agreement_without_distances_has_no_such_figure(full: Contents) -> None:
    assert "distances" not in plates(
        replace(full, agreement=full.agreement.drop(columns="distance_percent"))
    )


def test_a_distance_without_an_end_is_no_time() -> None:
    cells = grid(table()[["printed", "distance_percent"]]).rows
    assert [row[1].text for row in cells[1:3]] == ["100", "∞"]
    assert cells[-1][1].text == "–"


def _only(full: Contents) -> Contents:
    base = Contents(title="T", cohort_label="L", target=0.8, target_measure="power")
    return replace(base, agreement=full.agreement, score=full.score)
