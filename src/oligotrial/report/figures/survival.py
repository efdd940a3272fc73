"""Figures of the survival models: curves by covariate, effects, implied medians."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.report.figures.rows import Row, rows_figure
from oligotrial.report.figures.sheet import (
    BLUE,
    GREEN,
    ORANGE,
    QUIET,
    Sheet,
    ratio_axis,
    sized,
)
from oligotrial.report.numbers import MISSING, number, with_interval
from oligotrial.report.parts import ModelPart

__all__ = ["draw_control_check", "draw_effects", "draw_survival", "panel_title"]

_PANELS = {"line": "Line of systemic therapy", "bed": "Biologically effective dose"}
_KINDS = {"implied": (BLUE, "o"), "published": (GREEN, "D")}


def panel_title(panel: str) -> str:
    """Return what a panel of curves is divided by, in words.

    Parameters
    ----------
    panel : str
        Its name in the curves' table.

    Returns
    -------
    str
        A title.

    Examples
    --------
    >>> panel_title("line")
    'Line of systemic therapy'
    """
    return _PANELS.get(panel, panel[:1].upper() + panel[1:])


def draw_survival(model: ModelPart, cohort_curves: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw posterior survival, a small panel a level, over the cohort's Kaplan-Meier curves.

    Parameters
    ----------
    model : ModelPart
        The model.
    cohort_curves : pandas.DataFrame
        Kaplan-Meier steps; those of a panel's level where there are some, else the whole
        cohort's, are drawn behind it.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    columns = sheet.layout.panels
    panels = {
        str(name): list(rows["level"].unique())
        for name, rows in model.curves.groupby("panel", sort=False)
    }
    rows = {name: -(-len(levels) // columns) for name, levels in panels.items()}
    figure = sheet.figure(2.25 * sum(rows.values()) + 0.3 * len(panels))
    parts = figure.subfigures(len(panels), 1, height_ratios=list(rows.values()), squeeze=False)
    for part, (name, levels) in zip(parts[:, 0], panels.items(), strict=True):
        part.suptitle(panel_title(name), size=sheet.layout.font_point, x=0.01, ha="left")
        grid = part.subplots(rows[name], columns, sharex=True, sharey=True, squeeze=False)
        for axes in grid.flat[len(levels) :]:
            axes.set_axis_off()
        for axes, level in zip(grid.flat, levels, strict=False):
            _cohort(axes, cohort_curves, name, str(level), model.curves["time"].max())
            _posterior(axes, model, name, str(level))
            title = f"{level}{_median(model.medians, name, str(level))}"
            axes.set_title(title, loc="left", fontsize=sheet.layout.font_point - 1)
            _decorate(axes, sheet, first=axes in grid[:, 0])
    return figure


def _cohort(axes: Axes, curves: pd.DataFrame, panel: str, level: str, until: float) -> None:
    for _, steps in _behind(curves, panel, level):
        seen = steps[steps["time"] <= until]
        y = np.r_[1.0, seen["survival"]]
        x, y = np.r_[0.0, seen["time"], until], np.r_[y, y[-1]]
        axes.step(x, y, where="post", color=ORANGE, lw=0.6, alpha=0.5, zorder=1)


def _behind(curves: pd.DataFrame, panel: str, level: str) -> list[tuple[object, pd.DataFrame]]:
    """Return each draw's curve of a level, or else of the whole cohort."""
    if not len(curves):
        return []
    whole = curves
    if {"panel", "level"} <= set(curves.columns):
        own = curves[(curves["panel"] == panel) & (curves["level"] == level)]
        empty = curves["panel"].isna() | (curves["panel"] == "")
        whole = own if len(own) else curves[empty]
    return [(draw, rows.sort_values("time")) for draw, rows in whole.groupby("draw")]


def _posterior(axes: Axes, model: ModelPart, panel: str, level: str) -> None:
    mine = model.curves[model.curves["panel"] == panel]
    for name, rows in mine.groupby("level", sort=False):
        if str(name) != level:
            axes.plot(rows["time"], rows["survival"], color="#b5b5b5", lw=1, ls="--", zorder=1)
    rows = mine[mine["level"] == level]
    axes.fill_between(rows["time"], rows["lower"], rows["upper"], color=BLUE, alpha=0.2, lw=0)
    axes.plot(rows["time"], rows["survival"], color=BLUE, lw=2, zorder=3)


def _median(medians: pd.DataFrame, panel: str, level: str) -> str:
    if not len(medians):
        return ""
    row = medians[(medians["panel"] == panel) & (medians["level"] == level)]
    if row.empty:
        return ""
    value, low, high = row.iloc[0][["median", "lower", "upper"]].astype(float)
    return f"\nmedian {with_interval(value, low, high, decimals=1)}".replace("not reached", "NR")


def _decorate(axes: Axes, sheet: Sheet, *, first: bool) -> None:
    sized(axes, sheet.layout).tick_params(labelbottom=True)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "", "0.5", "", "1"])
    axes.set_xlabel("Months")
    if first:
        axes.set_ylabel("Event-free")


def draw_effects(model: ModelPart, sheet: Sheet) -> Figure:
    """Draw a model's hazard ratios with their credible intervals.

    Parameters
    ----------
    model : ModelPart
        The model.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    rows = [
        Row(
            str(row["contrast"]),
            (float(row["hazard_ratio"]), float(row["lower"]), float(row["upper"])),
            text=_effect_text(row),
            group=str(row["term"]),
        )
        for _, row in model.effects.iterrows()
    ]
    figure, axes = rows_figure(rows, sheet)
    ends = [end for row in rows for end in row.at if math.isfinite(end)]
    low, high = min(0.5, *ends) / 1.1, max(2.0, *ends) * 1.1
    ratio_axis(axes, low, high)
    axes.axvline(1, color=QUIET, lw=1, ls="--", zorder=1)
    axes.set_xlabel("Hazard ratio (below 1: longer event-free)")
    return figure


def _effect_text(row: "pd.Series[float]") -> str:
    text = with_interval(row["hazard_ratio"], row["lower"], row["upper"])
    below = row.get("probability_below_1")
    return text if below is None else f"{text}   P(<1) {number(below, 2)}"


def draw_control_check(control_check: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw the medians that the simulated trial implies beside published ones.

    Parameters
    ----------
    control_check : pandas.DataFrame
        Columns what, median, lower, upper (months) and, if there is one, kind ("implied" or
        "published").
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    rows = []
    for _, row in control_check.iterrows():
        numbers = (float(row["median"]), float(row["lower"]), float(row["upper"]))
        color, marker = _KINDS.get(str(row.get("kind", "")), _KINDS["implied"])
        text = (
            f"{with_interval(*numbers, decimals=1)} months"
            if math.isfinite(numbers[0])
            else MISSING
        )
        rows.append(Row(str(row["what"]), numbers, text=text, color=color, marker=marker))
    figure, axes = rows_figure(rows, sheet)
    axes.set_xlim(left=0)
    both = "  (circle: implied, diamond: published)" if "kind" in control_check else ""
    axes.set_xlabel(f"Median, months{both}")
    return figure
