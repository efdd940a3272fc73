"""A reconstruction's curves with the printed numbers that they were made from."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.cohort.endpoints import endpoints
from oligotrial.evidence import Evidence
from oligotrial.report.figures.legends import draw_legend, entries_of, legend_inches
from oligotrial.report.figures.printed import curves_of_draws, printed_marks
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import (
    BLACK,
    BLUE,
    QUIET,
    VERMILLION,
    Sheet,
    sized,
)

__all__ = ["draw_overlay", "draw_reconstruction"]

COLUMNS: Final = 2
"""Entries of the legend side by side."""
MOST_LINES: Final = 60
"""More draws than this are drawn as the band alone."""
MIDDLE: Final = 0.95
"""Share of the draws that the band holds at each time."""


@styled
def draw_reconstruction(
    cohort: Cohort,
    evidence: Evidence,
    *,
    sheet: Sheet,
    endpoint: str,
    by: str | None = None,
) -> Figure:
    """Draw the Kaplan-Meier curves of a reconstruction's draws, and printed numbers upon them.

    Lines are draws, the band holds the middle 95% of them at each time. Diamonds are printed
    medians with their intervals, squares printed rates with theirs. A number that is printed in
    several places is drawn once, as its main entry in the evidence. Curves are estimated as papers
    do: delayed entry, where the reconstruction knows of any, is not taken into account.

    Parameters
    ----------
    cohort : Cohort
        A reconstruction.
    evidence : Evidence
        What was printed.
    sheet : Sheet
        What to draw on: layout, title, footnote.
    endpoint : str
        What keys of the evidence begin with, such as "pfs_ar": a further endpoint of the cohort,
        or else the one in its columns time and event.
    by : str, optional
        A grouping of `cohort.levels_of`; each of its levels gets a panel.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If nothing is printed about the endpoint, the cohort hasn't got it, or there is no such
        grouping.

    Examples
    --------
    >>> from oligotrial import cohort, evidence
    >>> from oligotrial.report import WIDE
    >>> marazzi = evidence.load("marazzi2024")
    >>> draws = cohort.reconstruct(marazzi, draws=2, steps=100)
    >>> sheet = Sheet(WIDE, "Survival free of further progression")
    >>> figure = draw_reconstruction(draws, marazzi, sheet=sheet, endpoint="pfs_ar")
    >>> figure.axes[0].get_legend().get_texts()[0].get_text()
    'Reconstructed, not patient data: 2 draws'
    """
    marks = printed_marks(evidence, endpoint=endpoint, by=by)
    own = _at(cohort, evidence, endpoint)
    curves = curves_of_draws(own, by=by)
    late = "entry" in own.patients and (own.patients["entry"] > 0).any()
    entries = " As in print, delayed entry is not taken into account." if late else ""
    whose = sheet.footnote or f"Cohort: {own.label}."
    return draw_overlay(curves, marks, replace(sheet, footnote=f"{whose}{entries}"))


def _at(cohort: Cohort, evidence: Evidence, endpoint: str) -> Cohort:
    """Return the cohort with the endpoint in its columns time and event."""
    if endpoint in cohort.endpoints:
        return cohort.at(endpoint)
    main = next(iter(endpoints(evidence)), "")
    if endpoint != main:
        own = ", ".join(each for each in (main, *cohort.endpoints) if each)
        raise InputError(
            f"the cohort has no endpoint '{endpoint}'; it has {own}", where=cohort.source
        )
    return cohort


def draw_overlay(curves: pd.DataFrame, marks: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw curves of draws and printed numbers upon them.

    Parameters
    ----------
    curves : pandas.DataFrame
        From `curves_of_draws`; level may be missing where there is but one.
    marks : pandas.DataFrame
        From `printed_marks`, or without rows.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    curves = curves if "level" in curves else curves.assign(level="")
    levels = list(dict.fromkeys(curves["level"]))
    figure, legend, panels = _panels(sheet, len(levels))
    until = float(curves["time"].max())
    for axes, level in zip(panels, levels, strict=True):
        _draws(axes, curves[curves["level"] == level])
        _marks(axes, marks[marks["level"] == level] if len(marks) else marks)
        _decorate(axes, until, sheet)
        axes.set_title(str(level), loc="left", fontsize=sheet.layout.font_point)
    draw_legend(legend, entries_of(panels), sheet.layout, COLUMNS)
    return figure


def _panels(sheet: Sheet, count: int) -> tuple[Figure, Axes, list[Axes]]:
    """Return a figure, axes for its legend, and axes for each level."""
    columns = min(count, sheet.layout.panels)
    rows = -(-count // columns)
    top = legend_inches(4, sheet.layout, COLUMNS)
    high = 2.9 if sheet.layout.narrow else 3.5
    high = high if count == 1 else 2.4
    figure = sheet.figure(top + rows * high)
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[top, *([high] * rows)])
    legend = figure.add_subplot(grid[0, :])
    panels: list[Axes] = []
    for place in range(count):
        row, column = divmod(place, columns)
        first = panels[0] if panels else None
        axes = figure.add_subplot(grid[row + 1, column], sharex=first, sharey=first)
        axes.tick_params(labelleft=column == 0)
        if column == 0:
            axes.set_ylabel("Event-free proportion" if count == 1 else "Event-free")
        panels.append(axes)
    return figure, legend, panels


def _decorate(axes: Axes, until: float, sheet: Sheet) -> None:
    axes.axhline(0.5, color=QUIET, lw=0.8, ls="--", zorder=1)
    axes.set_ylim(0, 1.03)
    axes.set_xlim(0, until * 1.02)
    axes.set_xlabel("Months")
    sized(axes, sheet.layout)


def _draws(axes: Axes, curves: pd.DataFrame) -> None:
    parts = [rows.sort_values("time", kind="stable") for _, rows in curves.groupby("draw")]
    counted = f"{len(parts)} draw{'' if len(parts) == 1 else 's'}"
    label = f"Reconstructed, not patient data: {counted}"
    alpha = min(0.9, max(0.25, 4 / len(parts)))
    if len(parts) <= MOST_LINES:
        for rows in parts:
            x, y = rows["time"], rows["survival"]
            axes.step(x, y, where="post", color=BLUE, lw=0.9, alpha=alpha, label=label)
            label = "_"
    if len(parts) > 2:
        grid, low, high = _band(parts)
        axes.fill_between(grid, low, high, step="post", color=BLUE, alpha=0.2, lw=0,
                          label=f"Reconstructed: middle {100 * MIDDLE:g}% of draws")  # fmt: skip


def _band(parts: list[pd.DataFrame]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the quantiles of the draws where every one of them is known."""
    begin = max(rows["time"].iloc[0] for rows in parts)
    end = min(rows["time"].iloc[-1] for rows in parts)
    grid = np.unique(np.concatenate([rows["time"] for rows in parts]))
    grid = grid[(grid >= begin) & (grid <= end)]
    heights = [
        rows["survival"].to_numpy()[np.searchsorted(rows["time"], grid, side="right") - 1]
        for rows in parts
    ]
    tail = (1 - MIDDLE) / 2
    low, high = np.quantile(heights, [tail, 1 - tail], axis=0)
    return grid, low, high


def _marks(axes: Axes, marks: pd.DataFrame) -> None:
    for kind, marker, color in (("median", "D", BLACK), ("rate", "s", VERMILLION)):
        rows = marks[marks["kind"] == kind] if len(marks) else marks
        if rows.empty:
            continue
        x, y = rows["time"].to_numpy(), rows["survival"].to_numpy()
        middle = x if kind == "median" else y
        spans = np.vstack([middle - rows["lower"], rows["upper"] - middle])
        spans = np.where(np.isnan(spans), 0.0, np.maximum(spans, 0.0))
        axes.errorbar(
            x,
            y,
            xerr=spans if kind == "median" else None,
            yerr=spans if kind == "rate" else None,
            fmt=marker,
            color=color,
            markersize=6.5,
            markeredgecolor="white",
            elinewidth=1.6,
            capsize=3,
            zorder=5,
            label=f"Printed {kind} and interval",
        )
