"""How near a reconstruction's numbers are to the printed ones, as ratios or as differences."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from oligotrial.checks import InputError
from oligotrial.cohort.agreement import kind_of, score
from oligotrial.cohort.nearness import POINTS, distance_percent
from oligotrial.report.figures.agreement import label_of, numbers_of
from oligotrial.report.figures.legends import draw_legend, legend_inches
from oligotrial.report.figures.rows import Row, draw_rows
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import (
    BLUE,
    GREEN,
    ORANGE,
    QUIET,
    VERMILLION,
    Layout,
    Sheet,
    ratio_axis,
)

__all__ = ["NEEDED", "draw_distances", "furthest"]

MOST: Final = 40
"""Rows of a figure."""
_WIDEST: Final = 20.0
"""The axis of ratios goes no further than so many times above 1 and below: beyond are arrows."""
_ACROSS: Final = 52
"""Characters that stand side by side in a narrow layout."""
NEEDED: Final = (
    "statistic", "unit", "printed", "reconstructed_median", "draws_within", "distance_percent",
    "contradicted",
)  # fmt: skip
"""Columns without which nothing is drawn."""
_MARKS: Final = {
    "As printed in half of the draws or more": (BLUE, "o"),
    "Missed by more than half of the draws": (VERMILLION, "X"),
    "The source contradicts it itself": (ORANGE, "D"),
}


@dataclass(frozen=True)
class _Scale:
    """An axis: ratios around 1, or differences around 0.

    Parameters
    ----------
    ratio : bool
        Which.
    label : str
        Its label.
    least, most : float
        How far from its middle it goes at least, and at most.
    """

    ratio: bool
    label: str
    least: float
    most: float

    def at(self, percent: float) -> float:
        """Return where a number stands that is so much higher, or lower, than the printed one."""
        if not self.ratio:
            return percent
        return 1.0 + percent / 100.0 if percent >= 0 else 1.0 / (1.0 - percent / 100.0)

    def ends(self, places: list[float]) -> tuple[float, float]:
        """Return where the axis ends: at what has to be seen, and not at what runs away."""
        far = [max(each, 1.0 / each if each else math.inf) if self.ratio else abs(each)
               for each in places]  # fmt: skip
        reach = min(max([self.least, *far]), self.most)
        return (1.0 / reach, reach) if self.ratio else (-reach, reach)

    def set(self, axes: Axes, ends: tuple[float, float]) -> None:
        """Put limits, ticks, label and the zones of 1% and 5% on axes."""
        low, high = ends
        if self.ratio:
            ratio_axis(axes, low / 1.08, high * 1.08)
        else:
            axes.set_xlim(1.06 * low, 1.06 * high)
        for limit in (5.0, 1.0):
            axes.axvspan(self.at(-limit), self.at(limit), color=GREEN, alpha=0.14, lw=0, zorder=0)
        axes.axvline(self.at(0.0), color=QUIET, lw=1, ls="--", zorder=1)
        axes.set_xlabel(self.label)


_RATIOS: Final = _Scale(True, "Reconstructed / printed", 1.5, _WIDEST)
_DIFFERENCES: Final = _Scale(False, "Reconstructed − printed, percentage points", 10.0, 100.0)


def furthest(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that are furthest from print.

    Parameters
    ----------
    agreement : pandas.DataFrame
        From `cohort.agreement`.

    Returns
    -------
    pandas.DataFrame
        Up to 40 of its rows, in its order: those with the largest distance_percent, and of equal
        ones those that fewer draws print. What isn't compared is left out; of more than 40, so is
        what every draw prints, unless that is all there is.

    Raises
    ------
    InputError
        If the table lacks a column.
    """
    missing = [name for name in NEEDED if name not in agreement]
    if missing:
        raise InputError(
            f"there is no column '{missing[0]}'; give a table that `cohort.agreement` made",
            where="agreement",
        )
    known = agreement.dropna(subset=["distance_percent"]).reset_index(drop=True)
    missed = known[known["draws_within"] < 1.0]
    worth = missed if len(known) > MOST and len(missed) else known
    far = worth.sort_values(
        ["distance_percent", "draws_within"], ascending=[False, True], kind="stable"
    )
    return known.loc[sorted(far.index[:MOST])]


@styled
def draw_distances(agreement: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw how near a reconstruction's numbers are to the printed ones.

    Marks are medians over draws, lines the range over draws, under a heading for each kind of
    number. Times, counts, hazard ratios and chi-squared are drawn as ratios to the printed number
    on a log axis, p-values, C-indices and percentages as differences on an axis below: the rule of
    `cohort.agreement`'s column distance_percent, by which the zones of 1% and of 5% are shaded. So
    a count or a chi-squared that differs below 1 stands where it would if it differed from 1.

    Parameters
    ----------
    agreement : pandas.DataFrame
        From `cohort.agreement`. Of more than 40 numbers those that some draws miss are drawn, the
        40 furthest off at most; headings count all.
    sheet : Sheet
        What to draw on: layout, title, footnote.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If the table lacks a column, or no number in it is compared.

    Examples
    --------
    >>> from oligotrial.report import WIDE
    >>> table = pd.DataFrame({"statistic": ["cox.hazard_ratio[covariate=age]"], "unit": ["ratio"],
    ...     "printed": [0.9929], "reconstructed_median": [0.9931], "draws_within": [0.0],
    ...     "distance_percent": [0.02], "contradicted": [False]})
    >>> figure = draw_distances(table, Sheet(WIDE, "How near the numbers are"))
    >>> figure.axes[1].texts[0].get_text()
    'Regression: 0 of 1 as printed, 1 within 5%'
    """
    shown = furthest(agreement)
    if shown.empty:
        raise InputError(
            "no number is compared; see the column not_used for the reasons", where="agreement"
        )
    panels = [
        (scale, rows)
        for scale in (_RATIOS, _DIFFERENCES)
        if (rows := _rows(shown, agreement, scale, sheet.layout))
    ]
    layout, entries = sheet.layout, _entries({row.color for _, rows in panels for row in rows})
    each = 2.9 * layout.line_inch if layout.narrow else 0.21
    top = legend_inches(len(entries), layout, 1)
    high = [
        each * (len(rows) + 0.8 * len({row.group for row in rows})) + 0.75 for _, rows in panels
    ]
    figure = sheet.figure(top + sum(high))
    legend, *places = figure.subplots(1 + len(panels), 1, height_ratios=[top, *high])
    for axes, (scale, rows) in zip(places, panels, strict=True):
        ends = scale.ends([place for row in rows for place in row.at if math.isfinite(place)])
        draw_rows(axes, [_clipped(row, ends) for row in rows], layout)
        scale.set(axes, ends)
    draw_legend(legend, entries, layout, 1)
    return figure


def _rows(shown: pd.DataFrame, agreement: pd.DataFrame, scale: _Scale, layout: Layout) -> list[Row]:
    """Return the rows of a panel, by kind."""
    own = shown[shown["unit"].isin(POINTS) != scale.ratio]
    everything = agreement[agreement["unit"].isin(POINTS) != scale.ratio]
    kinds = own["statistic"].map(kind_of)
    return [
        _fitted(_row(row, _heading(kind, everything), scale), layout)
        for kind in dict.fromkeys(kinds)
        for _, row in own[kinds == kind].iterrows()
    ]


def _heading(kind: str, agreement: pd.DataFrame) -> str:
    scored = score(agreement)
    counts = scored[scored["kind"] == kind].iloc[0]
    of = int(counts["numbers"] - counts["contradicted"])
    met, near = int(counts["reproduced"]), int(counts["within_5_percent"])
    return f"{kind[:1].upper()}{kind[1:]}: {met} of {of} as printed, {near} within 5%"


def _fitted(row: Row, layout: Layout) -> Row:
    """Return a row whose heading and label fit: where it is narrow, the numbers stand beside it."""
    if not layout.narrow:
        return row
    room = max(_ACROSS - len(row.text), 12)
    label = row.label
    if len(label) > room:
        label = f"{label[: room - room // 3 - 1]}…{label[-(room // 3) :]}"
    return replace(row, label=label, group=row.group.replace(": ", ":\n"))


def _row(row: "pd.Series[Any]", heading: str, scale: _Scale) -> Row:
    printed, found = float(row["printed"]), float(row["reconstructed_median"])
    low, high = (
        float(row.get(f"reconstructed_{end}", found)) for end in ("low", "high")
    )  # a range is optional
    at = [scale.at(_signed(printed, each, row["unit"])) for each in (found, low, high)]
    within, missed, contradicted = _MARKS.values()
    color, marker = within if row["draws_within"] >= 0.5 else missed
    if row["contradicted"]:
        color, marker = contradicted
    label, text = label_of(row["statistic"]), numbers_of(printed, found)
    return Row(label, (at[0], at[1], at[2]), text=text, group=heading, color=color, marker=marker)


def _signed(printed: float, found: float, unit: str) -> float:
    return math.copysign(distance_percent(printed, found, unit), found - printed)


def _clipped(row: Row, ends: tuple[float, float]) -> Row:
    value, low, high = (min(max(each, ends[0]), ends[1]) for each in row.at)
    beyond = (min(row.at) < ends[0], max(row.at) > ends[1])
    return replace(row, at=(value, low, high), beyond=beyond)


def _entries(colors: Collection[str]) -> dict[str, Artist]:
    """Return what the legend names: marks of the colours that are drawn, lines and zones."""
    marks: dict[str, Artist] = {
        name: Line2D([], [], color=color, marker=marker, ls="", markersize=7,
                     markeredgecolor=color if marker == "X" else "white")
        for name, (color, marker) in _MARKS.items() if color in colors
    }  # fmt: skip
    marks["Range over draws (arrows: goes on)"] = Line2D([], [], color=QUIET, lw=2)
    marks["Within 1% (dark) and 5%"] = Patch(facecolor=GREEN, alpha=0.2)
    return marks
