"""Cumulative incidence of competing causes, with bands and numbers at risk."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.checks import InputError, positive, probability
from oligotrial.cohort import Cohort
from oligotrial.estimators import (
    LOG_LOG,
    CumulativeIncidence,
    Scale,
    cumulative_incidence,
)
from oligotrial.report.figures.at_risk import RiskRow, draw_risk_table, risk_inches
from oligotrial.report.figures.groups import (
    CENSORED,
    Group,
    causes_of,
    groups_of,
    month_ticks,
    weight_words,
)
from oligotrial.report.figures.legends import draw_legend, entries_of, legend_inches
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import CYCLE, DASHES, Sheet, sized
from oligotrial.report.figures.steps import Steps, draw_gaps, draw_steps

__all__ = ["draw_cumulative_incidence"]

COLUMNS = 4
"""Entries of the legend side by side."""


@styled
def draw_cumulative_incidence(
    cohort: Cohort,
    sheet: Sheet,
    *,
    by: str | None = None,
    level: float = 0.95,
    scale: Scale = LOG_LOG,
    until: float | None = None,
    after: float = 0.0,
) -> Figure:
    """Draw the cumulative incidence of each cause with its band, a panel a group.

    The curves are Aalen-Johansen estimates: at any time they and the proportion free of every
    event add up to 1. Causes with event 1 are the endpoint's own and come first.

    Parameters
    ----------
    cohort : Cohort
        Patients with a column cause.
    sheet : Sheet
        What to draw on: layout, title, footnote.
    by : str, optional
        A column with at most six levels, each in a panel of its own.
    level : float, optional
        Confidence level of the pointwise bands, in (0, 1).
    scale : Scale, optional
        `LOG_LOG` limits, which stay between 0 and 1, or `PLAIN` or `LOG` ones.
    until : float, optional
        Months at which the axis ends; the largest time when left out.
    after : float, optional
        The curves are of patients free of every event just before this many months.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If no event competes, an event's cause is missing, there are more than six causes, or for
        the reasons that `draw_kaplan_meier` gives.

    Examples
    --------
    >>> import pandas as pd
    >>> from oligotrial.report import WIDE
    >>> rows = pd.DataFrame({"time": [3, 5, 8], "event": [1, 0, 0],
    ...                      "cause": ["recurrence", "death", None]})
    >>> cohort = Cohort(rows, label="three patients", source="example")
    >>> figure = draw_cumulative_incidence(cohort, Sheet(WIDE, "Local failure"))
    >>> figure.axes[1].lines[0].get_ydata()[-1].round(3)
    np.float64(0.333)
    """
    probability(level, "level")
    groups = groups_of(cohort, by=by)
    causes, values = causes_of(cohort, groups)
    if len(causes) > len(CYCLE):
        raise InputError(
            f"there are {len(causes)} causes, of which more than {len(CYCLE)} can't be told apart "
            "in a figure; merge some",
            where=f"{cohort.source}, column cause",
        )
    found = [
        _incidence(group, cause, after, cohort.source)
        for group, cause in zip(groups, values, strict=True)
    ]
    until = positive(until if until is not None else max(each.longest for each in found), "until")
    told = _told(sheet, cohort, level, scale, weight_words(groups))
    figure, legend, panels = _panels(told, len(groups), len(causes))
    ticks = month_ticks(until * (1 if len(groups) == 1 or sheet.layout.narrow else 2), sheet.layout)
    ticks = ticks[ticks <= until]
    for (axes, below), group, each in zip(panels, groups, found, strict=True):
        _draw(axes, each, each.limits(level=level, scale=scale), causes)
        _decorate(axes, ticks, until, sheet)
        axes.set_title(_title(group, by), loc="left", fontsize=sheet.layout.font_point - 0.5)
        row = RiskRow("", group.at_risk(ticks))
        draw_risk_table(below, [row], ticks, layout=sheet.layout)
    top = max(axes.get_ylim()[1] for axes, _ in panels)
    for axes, _ in panels:
        axes.set_ylim(0, min(top, 1.02))
    draw_legend(legend, entries_of([axes for axes, _ in panels]), sheet.layout, COLUMNS)
    return figure


def _incidence(group: Group, cause: np.ndarray, after: float, source: str) -> CumulativeIncidence:
    try:
        return cumulative_incidence(
            group.time,
            cause,
            censored=CENSORED,
            entry=group.entry,
            after=after,
            weights=group.weights,
        )
    except InputError as error:
        raise error.within(f"{source}, group {group.name}" if group.name else source) from None


def _panels(sheet: Sheet, count: int, causes: int) -> tuple[Figure, Axes, list[tuple[Axes, Axes]]]:
    """Return a figure, axes for its legend, and for each group axes with those below them."""
    columns = 1 if sheet.layout.narrow else min(count, 3)
    rows = -(-count // columns)
    top = legend_inches(causes, sheet.layout, COLUMNS)
    low = risk_inches(1, sheet.layout, named=False)
    high = 2.6 if sheet.layout.narrow or count > 1 else 3.3
    figure = sheet.figure(top + rows * (high + low))
    grid = figure.add_gridspec(2 * rows + 1, columns, height_ratios=[top, *([high, low] * rows)])
    legend = figure.add_subplot(grid[0, :])
    panels = []
    for place in range(count):
        row, column = divmod(place, columns)
        axes = figure.add_subplot(grid[2 * row + 1, column])
        panels.append((axes, figure.add_subplot(grid[2 * row + 2, column], sharex=axes)))
    return figure, legend, panels


def _draw(
    axes: Axes,
    found: CumulativeIncidence,
    limits: tuple[np.ndarray, np.ndarray],
    causes: list[str],
) -> None:
    for place, cause in enumerate(causes):
        if cause not in found.causes:
            axes.plot([], [], color=CYCLE[place], linestyle=DASHES[place], lw=1.9, label=cause)
            continue
        column = found.causes.index(cause)
        lower, upper = (each[:, column] for each in limits)
        steps = Steps.of(found, found.incidence[:, column], (lower, upper), first=0.0)
        draw_steps(axes, steps, color=CYCLE[place], dashes=DASHES[place], label=cause)
        draw_gaps(axes, found, found.at(found.gaps[:, 0])[:, column], color=CYCLE[place])


def _decorate(axes: Axes, ticks: np.ndarray, until: float, sheet: Sheet) -> None:
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, until)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    sized(axes, sheet.layout).tick_params(labelbottom=True)
    axes.set_xlabel("Months")
    place = axes.get_subplotspec()
    if place is not None and place.is_first_col():
        axes.set_ylabel("Cumulative incidence")


def _title(group: Group, by: str | None) -> str:
    return f"{group.name} ({group.size})" if by else ""


def _told(sheet: Sheet, cohort: Cohort, level: float, scale: Scale, weights: str) -> Sheet:
    whose = sheet.footnote or f"Cohort: {cohort.label}."
    bands = f"Aalen-Johansen estimates; bands: pointwise {100 * level:g}% limits ({scale.name})."
    return replace(sheet, footnote=" ".join(filter(None, (whose, bands, weights))))
