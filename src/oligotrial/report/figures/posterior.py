"""Posterior survival over Kaplan-Meier, contrasts over time, and predictive bands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.bayes.predictive import PredictiveCheck
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.estimators import kaplan_meier
from oligotrial.report.figures.groups import month_ticks
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import (
    CYCLE,
    DASHES,
    ORANGE,
    QUIET,
    Sheet,
    legend,
    ratio_axis,
    sized,
)

if TYPE_CHECKING:
    from oligotrial.bayes import Fit

__all__ = ["draw_hazard_ratio", "draw_posterior", "draw_predictive", "draw_predictive_curves"]

MOST: Final = 6
"""Curves in one figure."""
STEPS: Final = 121


@styled
def draw_posterior(
    fit: "Fit",
    profiles: pd.DataFrame,
    cohort: Cohort,
    sheet: Sheet,
    *,
    label: str,
    by: str | None = None,
    level: float = 0.95,
    until: float | None = None,
) -> Figure:
    """Draw posterior survival of profiles, with Kaplan-Meier curves of the cohort behind.

    Parameters
    ----------
    fit : Fit
        The posterior.
    profiles : pandas.DataFrame
        Covariate rows, at most six.
    cohort : Cohort
        The patients; each draw of a reconstruction is a thin line.
    sheet : Sheet
        What to draw on.
    label : str
        The column of the profiles that names them.
    by : str, optional
        A column of the cohort whose levels the labels are: behind each profile are the patients of
        its level, in its colour. The whole cohort is behind all of them when it is left out.
    level : float, optional
        Probability of the pointwise bands.
    until : float, optional
        Months at which the axis ends; the largest time of the cohort when left out.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If there are more than six profiles, or none, or a column is missing.
    """
    named_profiles(profiles, label)
    if by is not None:
        _has(cohort.patients, by, cohort.source)
    end = float(until or cohort.patients["time"].max())
    table = fit.survival(profiles, np.linspace(0.0, end, STEPS), level=level)
    figure = _told(sheet, fit, cohort, level).figure(3.6)
    axes = figure.subplots()
    for place, name in enumerate(profiles[label].astype(str)):
        rows = table[table["profile"] == place]
        color = CYCLE[place]
        _kaplan_meier(axes, cohort, by, name, color if by else ORANGE, end, first=place == 0)
        axes.fill_between(
            rows["time"], rows["lower"], rows["upper"], color=color, alpha=0.16, lw=0, zorder=2
        )
        axes.plot(
            rows["time"],
            rows["survival"],
            color=color,
            ls=DASHES[place],
            lw=2,
            zorder=3,
            label=name,
        )
    survival_axes(axes, end, sheet)
    legend(axes, sheet.layout, MOST)
    return figure


def named_profiles(profiles: pd.DataFrame, label: str) -> None:
    """Raise `InputError` unless there are one to six profiles, with a column of names."""
    if not 0 < len(profiles) <= MOST:
        raise InputError(
            f"there are {len(profiles)} profiles; give one to {MOST}, or draw several figures",
            where="profiles",
        )
    _has(profiles, label, "profiles")


def _has(frame: pd.DataFrame, name: str, where: str) -> None:
    if name not in frame:
        columns = ", ".join(map(str, frame.columns))
        raise InputError(f"there is no column '{name}'; columns are {columns}", where=where)


def _told(sheet: Sheet, fit: "Fit", cohort: Cohort, level: float) -> Sheet:
    note = (
        f"{sheet.footnote or f'Cohort: {cohort.label}.'} Smooth lines: posterior mean survival "
        f"({fit.model.baseline.label}) with pointwise {100 * level:g}% intervals. Steps: "
        "Kaplan-Meier."
    )
    return replace(sheet, footnote=note)


def _kaplan_meier(
    axes: Axes, cohort: Cohort, by: str | None, name: str, color: str, end: float, *, first: bool
) -> None:
    """Draw the curve of each draw: of one level, or of all patients once."""
    if by is None and not first:
        return
    frames = cohort.frames()
    for frame in frames:
        rows = frame if by is None else frame[frame[by].astype(str) == name]
        if len(rows):
            entry = rows["entry"].to_numpy(dtype=float) if "entry" in rows else None
            seen = _noticed(rows)
            curve = kaplan_meier(seen, rows["event"].to_numpy(), entry=_filled(entry))
            x = np.r_[curve.start, curve.time, min(curve.longest, end)]
            y = np.r_[1.0, curve.survival, curve.survival[-1:]]
            alpha = min(0.75, max(0.2, 3 / len(frames)))
            axes.step(x[: len(y)], y[: len(x)], where="post", color=color, lw=0.9, alpha=alpha)


def _noticed(rows: pd.DataFrame) -> np.ndarray:
    """Return times, those between examinations at the first positive one."""
    time = rows["time"].to_numpy(dtype=float)
    if "time_upper" not in rows:
        return time
    upper = rows["time_upper"].to_numpy(dtype=float)
    return np.where(np.isfinite(upper), upper, time)


def _filled(entry: np.ndarray | None) -> np.ndarray | None:
    return None if entry is None else np.nan_to_num(entry)


def survival_axes(axes: Axes, end: float, sheet: Sheet) -> None:
    """Give axes of survival over months their limits, ticks and a line at the median."""
    axes.axhline(0.5, color=QUIET, lw=0.8, ls="--", zorder=1)
    axes.set_ylim(0, 1.03)
    _months(axes, end, sheet)
    axes.set_ylabel("Event-free proportion")


def _months(axes: Axes, end: float, sheet: Sheet) -> None:
    ticks = month_ticks(end, sheet.layout)
    axes.set_xlim(0, end)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlabel("Months")
    sized(axes, sheet.layout)


@styled
def draw_hazard_ratio(tables: Mapping[str, pd.DataFrame], sheet: Sheet) -> Figure:
    """Draw hazard ratios over time.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By name, what `oligotrial.bayes.hazard_ratios` returns; at most six.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        If there is no table, or more than six.
    """
    if not 0 < len(tables) <= MOST:
        raise InputError(f"there are {len(tables)} tables; give one to {MOST}", where="tables")
    figure = sheet.figure(3.2)
    axes = figure.subplots()
    for place, (name, rows) in enumerate(tables.items()):
        axes.fill_between(
            rows["time"], rows["lower"], rows["upper"], color=CYCLE[place], alpha=0.16, lw=0
        )
        axes.plot(
            rows["time"],
            rows["hazard_ratio"],
            color=CYCLE[place],
            ls=DASHES[place],
            lw=2,
            label=name,
        )
    joined = pd.concat(tables.values())
    low, high = float(joined["lower"].min()), float(joined["upper"].max())
    _ratio_up(axes, min(low, 0.8) / 1.1, max(high, 1.25) * 1.1)
    axes.axhline(1.0, color=QUIET, lw=0.8, ls="--", zorder=1)
    _months(axes, float(joined["time"].max()), sheet)
    axes.set_ylabel("Hazard ratio")
    legend(axes, sheet.layout, MOST)
    return figure


def _ratio_up(axes: Axes, low: float, high: float) -> None:
    """Make the upright axis one for ratios, with the ticks of the level one."""
    other = Figure().subplots()
    ratio_axis(other, low, high)
    ticks = other.get_xticks()
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)


@styled
def draw_predictive(check: PredictiveCheck, sheet: Sheet) -> Figure:
    """Draw the bands of replicated Kaplan-Meier curves and the cohort's own.

    Parameters
    ----------
    check : PredictiveCheck
        What was replicated.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a group.
    """
    note = (
        f"{sheet.footnote} Shaded: the middle {100 * check.level:g}% of {check.replicates} cohorts "
        "replicated from the posterior with the patients' own entry and censoring; broken: their "
        "median."
    )
    return draw_predictive_curves(check.curves, replace(sheet, footnote=note.strip()))


def draw_predictive_curves(curves: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw replicated bands from a table: see `draw_predictive`.

    Parameters
    ----------
    curves : pandas.DataFrame
        Columns group, time, observed, lower, median, upper.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a group.
    """
    groups = list(dict.fromkeys(curves["group"]))
    columns = min(sheet.layout.panels, len(groups))
    rows = -(-len(groups) // columns)
    figure = sheet.figure((3.4 if len(groups) == 1 else 2.3 * rows) + sheet.layout.line_inch)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.flat[len(groups) :]:
        axes.set_axis_off()
    for axes, group in zip(grid.flat, groups, strict=False):
        _bands(axes, curves[curves["group"] == group])
        axes.set_title(group or "All patients", loc="left", fontsize=sheet.layout.font_point)
        axes.set_ylim(0, 1.03)
        axes.set_xlim(left=0)
        axes.set_xlabel("Months")
        sized(axes, sheet.layout)
    grid[0, 0].set_ylabel("Event-free")
    grid[0, 0].legend(loc="upper right", fontsize=sheet.layout.font_point - 1.5)
    return figure


def _bands(axes: Axes, rows: pd.DataFrame) -> None:
    start = pd.DataFrame(
        {"time": [0.0], "observed": 1.0, "lower": 1.0, "median": 1.0, "upper": 1.0}
    )
    rows = pd.concat([start, rows], ignore_index=True)
    axes.fill_between(
        rows["time"], rows["lower"], rows["upper"], color=CYCLE[0], alpha=0.2, lw=0,
        label="Replicated",
    )  # fmt: skip
    axes.plot(rows["time"], rows["median"], color=CYCLE[0], lw=1.2, ls=DASHES[1])
    axes.step(
        rows["time"], rows["observed"], where="post", color=CYCLE[1], lw=1.8, label="Observed"
    )
