"""Figures of the trial: power, assurance, duration, prior of the effect, sensitivity."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.report.contents import MEASURES, Contents
from oligotrial.report.figures.sheet import (
    BLACK,
    BLUE,
    CYCLE,
    INK,
    MARKERS,
    QUIET,
    VERMILLION,
    Layout,
    Sheet,
    legend,
    ratio_axis,
    sized,
)
from oligotrial.report.numbers import heading, number
from oligotrial.report.parts import SensitivityPart

__all__ = ["crossings", "draw_duration", "draw_effect_prior", "draw_operating", "draw_sensitivity"]

Z95 = 1.959964
_STYLE = {"power": (BLUE, "o", "-"), "assurance": (VERMILLION, "s", "--")}


def draw_operating(contents: Contents, sheet: Sheet) -> Figure:
    """Draw power and assurance by size, with the target and the recommended design.

    Parameters
    ----------
    contents : Contents
        What the report shows.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    figure = sheet.figure(4.4 if sheet.layout.narrow else 4.3)
    axes = figure.add_subplot()
    for scenario, rows in _scenarios(contents.operating):
        color, marker, line = _STYLE.get(scenario, (QUIET, "D", ":"))
        name = MEASURES.get(scenario, scenario)
        _curve(axes, rows, ("patients", "estimate", "mc_se"), look=(color, marker, line, name))
    if len(contents.schoenfeld):
        closed = contents.schoenfeld.sort_values("patients")
        axes.plot(
            closed["patients"], closed["power"], ":", color=INK, lw=1.6, label="Power, Schoenfeld"
        )
    name = MEASURES[contents.target_measure].lower()
    _target(axes, contents.target, f"Target {contents.target:g} ({name})")
    _ring(axes, contents, sheet.layout)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("Probability of declaring a benefit")
    _sizes(axes, contents.operating, sheet.layout)
    legend(axes, sheet.layout, 5)
    sized(axes, sheet.layout)
    return figure


def draw_duration(contents: Contents, sheet: Sheet) -> Figure:
    """Draw months from the first patient to the analysis, by size.

    Parameters
    ----------
    contents : Contents
        What the report shows.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    figure = sheet.figure(3.2 if sheet.layout.narrow else 3.0)
    axes = figure.add_subplot()
    sizes = np.unique(contents.operating["patients"])
    step = np.diff(sizes).min() if sizes.size > 1 else 1.0
    for place, (scenario, rows) in enumerate(_scenarios(contents.operating)):
        color, marker, _ = _STYLE.get(scenario, (QUIET, "D", ":"))
        x = rows["patients"] + (place - 0.5) * 0.36 * step
        if {"duration_low", "duration_high"} <= set(rows.columns):
            axes.vlines(x, rows["duration_low"], rows["duration_high"], color=color, lw=2)
        name = f"{MEASURES.get(scenario, scenario)} scenario: mean and 90% of trials"
        axes.plot(x, rows["duration_months"], marker, color=color, markersize=6, label=name)
    if "accrual_months" in contents.operating:
        rows = contents.operating.drop_duplicates("patients").sort_values("patients")
        axes.plot(
            rows["patients"], rows["accrual_months"], ":", color=INK, lw=1.6, label="Accrual ends"
        )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("Months since first patient")
    _sizes(axes, contents.operating, sheet.layout)
    legend(axes, sheet.layout, 3)
    sized(axes, sheet.layout)
    return figure


def draw_effect_prior(contents: Contents, sheet: Sheet) -> Figure:
    """Draw the prior of the hazard ratio and the components that it is mixed from.

    Parameters
    ----------
    contents : Contents
        What the report shows.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    figure = sheet.figure(3.2)
    axes = figure.add_subplot()
    parts = dict(iter(contents.effect_prior.groupby("component", sort=False)))
    total = parts.pop("mixture", None)
    for (name, rows), color in zip(parts.items(), CYCLE * len(parts), strict=False):
        x, y = rows["hazard_ratio"], rows["density"]
        axes.fill_between(x, y, color=color, alpha=0.16, lw=0)
        axes.plot(x, y, color=color, lw=1.6, label=str(name))
    if total is None and len(parts) > 1:
        sums = contents.effect_prior.groupby("hazard_ratio")["density"].sum()
        total = sums.reset_index()
    if total is not None:
        x, y = total["hazard_ratio"], total["density"]
        axes.plot(x, y, color=BLACK, lw=2.2, label="Mixture", zorder=4)
    axes.axvline(1, color=QUIET, lw=1, ls="--")
    seen = contents.effect_prior
    seen = seen[seen["density"] > seen["density"].max() * 2e-3]["hazard_ratio"]
    ratio_axis(axes, seen.min(), seen.max())
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Hazard ratio, experimental : control (below 1: benefit)")
    axes.set_ylabel("Prior density")
    legend(axes, sheet.layout, 4)
    sized(axes, sheet.layout)
    if sheet.layout.narrow:
        axes.set_xlabel("Hazard ratio (below 1: benefit)")
    return figure


def draw_sensitivity(part: SensitivityPart, target: float, sheet: Sheet) -> Figure:
    """Draw how the result moves with an assumption, and where it crosses the target.

    Parameters
    ----------
    part : SensitivityPart
        A curve.
    target : float
        The probability to reach.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    figure = sheet.figure(3.3)
    axes = figure.add_subplot()
    for place, (name, rows) in enumerate(curves_of(part)):
        look = (CYCLE[place % 6], MARKERS[place % 6], "-", name)
        _curve(axes, rows, (str(part.x), str(part.y), part.se), look=look)
        for x in crossings(rows[part.x], rows[part.y], target) if part.against_target else ():
            axes.plot([x, x], [0, target], color=look[0], lw=1, ls=":")
            axes.annotate(
                f"{number(x)}",
                (x, 0.02 + 0.09 * place),
                xytext=(4, 0),
                textcoords="offset points",
                color=look[0],
                size=sheet.layout.font_point,
                weight="bold",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                zorder=6,
            )
    if part.against_target:
        _target(axes, target, f"Target {target:g}")
        axes.set_ylim(0, 1.02)
    if part.reference is not None:
        axes.axvline(part.reference, color=QUIET, lw=1, ls="-.", label="Main analysis")
    axes.set_xlabel(part.x_label or heading(str(part.x)))
    axes.set_ylabel(part.y_label or heading(str(part.y)))
    legend(axes, sheet.layout, 4)
    sized(axes, sheet.layout)
    return figure


def curves_of(part: SensitivityPart) -> list[tuple[str, pd.DataFrame]]:
    """Return the curves of a sensitivity analysis by name, each by increasing assumption.

    Parameters
    ----------
    part : SensitivityPart
        A curve.

    Returns
    -------
    list of (str, pandas.DataFrame)
        One a value of the grouping column, or a single one.
    """
    table = part.table.sort_values(str(part.x), kind="stable")
    if part.group is None:
        return [(part.y_label or heading(str(part.y)), table)]
    return [(str(name), rows) for name, rows in table.groupby(part.group, sort=False)]


def crossings(x: "pd.Series[float]", y: "pd.Series[float]", level: float) -> list[float]:
    """Return where a curve crosses a level, between its points by linear interpolation.

    Parameters
    ----------
    x, y : array-like
        Points of the curve, x increasing.
    level : float
        The level.

    Returns
    -------
    list of float
        The values of x, increasing.

    Examples
    --------
    >>> crossings([0.5, 0.6, 0.7], [0.9, 0.8, 0.6], 0.7)
    [0.65]
    """
    across, above = np.asarray(x, dtype=float), np.asarray(y, dtype=float) - level
    places = np.flatnonzero(above[:-1] * above[1:] < 0)
    share = above[places] / (above[places] - above[places + 1])
    inside = across[places] + share * (across[places + 1] - across[places])
    return sorted([*inside.round(12).tolist(), *across[above == 0].tolist()])


def _scenarios(operating: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for scenario, rows in operating.groupby("scenario", sort=False):
        yield str(scenario), rows.sort_values("patients")


def _curve(
    axes: Axes,
    rows: pd.DataFrame,
    columns: tuple[str, str, str | None],
    *,
    look: tuple[str, str, str, str],
) -> None:
    """Draw a curve with the 95% interval of its Monte Carlo error."""
    (x, y, error), (color, marker, line, label) = columns, look
    half = Z95 * rows[error] if error else 0 * rows[y]
    axes.fill_between(rows[x], rows[y] - half, rows[y] + half, color=color, alpha=0.18, lw=0)
    axes.errorbar(
        rows[x],
        rows[y],
        yerr=half,
        fmt=marker,
        linestyle=line,
        color=color,
        lw=1.8,
        markersize=5,
        elinewidth=1.2,
        capsize=2.5,
        label=label,
    )


def _target(axes: Axes, target: float, label: str) -> None:
    axes.axhline(target, color=QUIET, lw=1.2, ls=(0, (6, 3)), label=label, zorder=1.5)


def _ring(axes: Axes, contents: Contents, layout: Layout) -> None:
    """Ring the recommended design on the curve that the target counts on."""
    best = contents.recommended
    height = getattr(best, contents.target_measure) if best else None
    if best is None or height is None:
        return
    axes.plot([best.patients] * 2, [0, height], color=INK, lw=1, ls=":", zorder=1.5)
    axes.plot(
        [best.patients],
        [height],
        "o",
        markersize=13,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.8,
        label="Recommended",
        zorder=5,
    )
    low, high = axes.get_xlim()
    left = best.patients > (low + high) / 2
    axes.annotate(
        f"{best.patients} patients\n{best.events} events",
        (best.patients, 0.04),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        size=layout.font_point,
        weight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9},
    )


def _sizes(axes: Axes, operating: pd.DataFrame, layout: Layout) -> None:
    """Label the horizontal axis with patients and, below them, events."""
    sizes = operating.drop_duplicates("patients").sort_values("patients")
    every = -(-len(sizes) // (5 if layout.narrow else 12))
    shown = sizes.iloc[::every]
    labels = [f"{p}\n{e}" for p, e in zip(shown["patients"], shown["events"], strict=True)]
    axes.set_xticks(shown["patients"], labels)
    axes.set_xlabel("Patients randomised, and below: events at the analysis")
    if layout.narrow:
        axes.set_xlabel("Patients, and below: events")
