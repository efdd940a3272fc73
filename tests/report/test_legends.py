"""Evidence: what matplotlib measures of drawn legends; limits."""

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from oligotrial.cohort import Cohort
from oligotrial.report import NARROW, WIDE, Layout, Sheet, draw_kaplan_meier
from oligotrial.report.figures.widths import columns_that_fit

ARMS = {
    "short": ["A", "B", "C"],
    "ordinary": ["Systemic therapy alone", "Systemic therapy + SBRT", "SBRT alone"],
    "longer": [f"{arm} of any kind" for arm in ("Systemic therapy", "SBRT", "Surgery, or both")],
    "long": [f"Systemic therapy of line {line}, then SBRT to all lesions" for line in "123"],
}


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("arms", ["short", "ordinary", "longer"])
def test_a_legend_stays_on_the_page(arms: str, layout: Layout) -> None:
    rows = pd.DataFrame({"time": range(1, 61), "event": 1, "arm": ARMS[arms] * 20})
    cohort = Cohort(rows, label="sixty patients", source="example")
    figure = draw_kaplan_meier(cohort, Sheet(layout, "Survival"), by="arm")
    FigureCanvasAgg(figure).draw()
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert legend.get_window_extent().x1 <= figure.bbox.width
    assert legend.get_window_extent().y1 <= figure.bbox.height


def test_as_many_columns_as_fit() -> None:
    assert columns_that_fit(ARMS["short"], WIDE, 3) == 3
    assert columns_that_fit(ARMS["short"], WIDE, 5) == 3
    assert columns_that_fit(ARMS["short"], NARROW, 3) == 1
    assert columns_that_fit([f"{arm} (n = 20, 20 events)" for arm in ARMS["ordinary"]], WIDE, 3) < 3
    assert columns_that_fit([2 * arm for arm in ARMS["long"]], WIDE, 3) == 1
    assert columns_that_fit([], WIDE, 3) == 1
