"""Estimates with intervals, one above the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.report.figures.sheet import BLUE, QUIET, Layout, Sheet, sized

__all__ = ["Row", "draw_rows", "rows_figure"]

_BACKING = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}


@dataclass(frozen=True)
class Row:
    """An estimate with its interval.

    Parameters
    ----------
    label : str
        What is estimated.
    at : tuple of float
        The estimate and the ends of its interval, NaN where there are none.
    text : str
        The numbers in words, written at the end of the line.
    group : str
        Heading that it stands under.
    color, marker : str
        How it is drawn.
    beyond : tuple of bool
        Whether the interval goes on beyond its lower and upper end: arrows then say so.
    """

    label: str
    at: tuple[float, float, float]
    text: str = ""
    group: str = ""
    color: str = BLUE
    marker: str = "o"
    beyond: tuple[bool, bool] = (False, False)


def rows_figure(
    rows: Sequence[Row], sheet: Sheet, *, row_inch: float = 0.29
) -> tuple[Figure, Axes]:
    """Draw rows on a sheet of the height that they need.

    Parameters
    ----------
    rows : sequence of Row
        The rows, from the top.
    sheet : Sheet
        The sheet.
    row_inch : float
        Height of a row in a wide layout.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The figure.
    axes : matplotlib.axes.Axes
        The axes, their horizontal axis still to be set.
    """
    headings = len({row.group for row in rows if row.group})
    each = 2.9 * sheet.layout.line_inch if sheet.layout.narrow else row_inch
    figure = sheet.figure(each * (len(rows) + 0.8 * headings) + 0.75)
    axes = figure.add_subplot()
    draw_rows(axes, rows, sheet.layout)
    return figure, axes


def draw_rows(axes: Axes, rows: Sequence[Row], layout: Layout) -> None:
    """Draw rows from the top, under the headings of their groups.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    rows : sequence of Row
        The rows.
    layout : Layout
        Labels stand beside the marks, or above them when it is narrow.
    """
    height = 0.0
    ticks: list[tuple[float, str]] = []
    for group, members in groupby(rows, key=lambda row: row.group):
        if group:
            _label(axes, height, group, layout, heading=True)
            height -= 0.8
        for row in members:
            _mark(axes, row, height)
            _label(axes, height, row.label, layout, heading=False)
            _text(axes, height, row.text, layout)
            ticks.append((height, row.label))
            height -= 1
    axes.set_ylim(height + 0.4, 0.75 if layout.narrow else 0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")
    for tick, _ in ticks:
        axes.axhline(tick, color="#f0f0f0", linewidth=0.8, zorder=0)
    sized(axes, layout)


def _mark(axes: Axes, row: Row, height: float) -> None:
    value, low, high = row.at
    if not (math.isnan(low) or math.isnan(high)):
        axes.plot([low, high], [height, height], color=row.color, lw=2, zorder=2)
    for end, arrow, on in zip((low, high), ("<", ">"), row.beyond, strict=True):
        if on:
            axes.plot([end], [height], arrow, color=row.color, markersize=8, clip_on=False)
    axes.plot(
        [value],
        [height],
        marker=row.marker,
        color=row.color,
        markersize=7,
        markeredgecolor=row.color if row.marker == "X" else "white",
        zorder=3,
    )


def _label(axes: Axes, height: float, text: str, layout: Layout, *, heading: bool) -> None:
    weight = "bold" if heading else "normal"
    raised = height + (0.36 if layout.narrow and not heading else 0.0)
    where = (0.0, 0.0, "left") if layout.narrow else (0.0, -8.0, "right")
    axes.annotate(
        text,
        (where[0], raised),
        xytext=(where[1], 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha=where[2],
        va="center",
        size=layout.font_point - 0.5,
        weight=weight,
        bbox=_BACKING if layout.narrow else None,
        annotation_clip=False,
    )


def _text(axes: Axes, height: float, text: str, layout: Layout) -> None:
    raised = height + (0.36 if layout.narrow else 0.0)
    axes.annotate(
        text,
        (1.0, raised),
        xytext=(0 if layout.narrow else 8, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right" if layout.narrow else "left",
        va="center",
        size=layout.font_point - 0.5,
        color=QUIET,
        bbox=_BACKING if layout.narrow else None,
        annotation_clip=False,
    )
