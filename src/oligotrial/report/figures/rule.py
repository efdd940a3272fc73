"""A decision rule as a picture: where a trial stops at each look, and where it goes on."""

from dataclasses import replace
from functools import singledispatch
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import BLUE, ORANGE, QUIET, Sheet, sized
from oligotrial.trial import AtCalendar, AtEvents, Design

__all__ = ["draw_rule"]

MARGIN: Final = 0.6
"""Room above and below the outermost finite thresholds, as a share of what lies between."""


@styled
def draw_rule(design: Design, sheet: Sheet) -> Figure:
    """Draw at which statistics a design's trials stop, look by look.

    Parameters
    ----------
    design : Design
        The design, with any test or rule; what is drawn is what simulated trials obey.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.
    """
    rule = design.thresholds
    upper, lower = np.array(rule.efficacy), np.array(rule.futility)
    bottom, top = _ends(upper, lower)
    note = f"{sheet.footnote} Statistic: {design.analyses[0].words}; larger favours the new arm."
    figure = replace(sheet, footnote=note.strip()).figure(3.4)
    axes = figure.subplots()
    places = [float(look) for look in range(rule.looks)]
    for place, high, low in zip(places, upper, lower, strict=True):
        edges = place - 0.42, place + 0.42
        _region(axes, edges, (min(high, top), top), BLUE, f"stop: benefit\nat {high:.4g} or more")
        _region(
            axes,
            edges,
            (bottom, max(low, bottom)),
            ORANGE,
            f"stop: no benefit\nat {low:.4g} or less",
        )
        between = max(low, bottom), min(high, top)
        last = place == places[-1]
        if between[1] > between[0]:
            words = "undecided" if last else "go on"
            axes.text(place, float(np.mean(between)), words, ha="center", va="center", color=QUIET)
    axes.set_xlim(-0.5, rule.looks - 0.5)
    axes.set_ylim(bottom, top)
    axes.set_xticks(places, [_moment(each) for each in design.looks])
    axes.set_xlabel("Look")
    axes.set_ylabel("Statistic")
    sized(axes, sheet.layout)
    return figure


def _ends(upper: np.ndarray, lower: np.ndarray) -> tuple[float, float]:
    """Return an axis' ends around all finite thresholds."""
    finite = np.concatenate([upper[np.isfinite(upper)], lower[np.isfinite(lower)]])
    span = max(float(np.ptp(finite)), 0.5 * float(np.abs(finite).max()), 0.1)
    return float(finite.min()) - MARGIN * span, float(finite.max()) + MARGIN * span


def _region(
    axes: Axes, edges: tuple[float, float], ends: tuple[float, float], color: str, words: str
) -> None:
    if ends[1] <= ends[0]:
        return
    axes.fill_between(edges, *np.array([ends] * 2).T, color=color, alpha=0.22, lw=0)
    axes.text(
        float(np.mean(edges)),
        float(np.mean(ends)),
        words,
        ha="center",
        va="center",
        fontsize="small",
    )


@singledispatch
def _moment(look: object) -> str:
    return repr(look)


@_moment.register
def _(look: AtEvents) -> str:
    return f"{look.events} events"


@_moment.register
def _(look: AtCalendar) -> str:
    return f"month {look.months:g}"
