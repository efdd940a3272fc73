"""The numbers at risk below curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from oligotrial.report.figures.sheet import INK, Layout

__all__ = ["RiskRow", "draw_risk_table", "risk_inches"]


@dataclass(frozen=True, eq=False)
class RiskRow:
    """A row of the table below curves.

    Parameters
    ----------
    name : str
        Whose numbers they are; empty for all patients.
    numbers : tuple of str
        One a time.
    color : str
        Colour of the name: that of the curve.
    """

    name: str
    numbers: tuple[str, ...]
    color: str = INK


def risk_inches(rows: int, layout: Layout, *, named: bool) -> float:
    """Return the height that the table needs.

    Parameters
    ----------
    rows : int
        Rows.
    layout : Layout
        The layout: names stand above their numbers when it is narrow.
    named : bool
        Whether rows have names.

    Returns
    -------
    float
        Inches, heading included.
    """
    lines = 2.05 if layout.narrow and named else 1.0
    return layout.line_inch * (rows * lines + 1.5)


def draw_risk_table(
    axes: Axes, rows: Sequence[RiskRow], ticks: np.ndarray, *, layout: Layout
) -> None:
    """Write the numbers at risk, each below its time.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where; its horizontal axis is that of the curves.
    rows : sequence of RiskRow
        The rows, from the top.
    ticks : numpy.ndarray
        The times.
    layout : Layout
        The layout.
    """
    small = layout.font_point - 0.5
    named = any(row.name for row in rows)
    apart = layout.narrow and named
    for place, row in enumerate(rows):
        if apart:
            _name_above(axes, row, -place, small)
        for tick, number in zip(ticks, row.numbers, strict=True):
            axes.text(tick, -place, number, ha="center", va="center", size=small, clip_on=False)
    axes.set_ylim(-len(rows) + 0.5, 0.8 if apart else 0.6)
    axes.set_yticks([])
    if named and not apart:
        axes.set_yticks([-place for place in range(len(rows))], [row.name for row in rows])
        for label, row in zip(axes.get_yticklabels(), rows, strict=True):
            label.set_color(row.color)
            label.set_fontweight("bold")
    axes.set_title("Number at risk", loc="left", fontsize=small, pad=3)
    # The numbers at time 0 are centred on the axis, so names keep half a number away.
    axes.tick_params(length=0, labelsize=small, bottom=False, labelbottom=False, pad=18)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _name_above(axes: Axes, row: RiskRow, height: float, size: float) -> None:
    axes.annotate(
        row.name,
        (0.0, height + 0.45),
        xycoords=("axes fraction", "data"),
        va="center",
        size=size,
        color=row.color,
        weight="bold",
        annotation_clip=False,
    )
