"""A decision rule as a picture: where a trial stops at each look, and where it goes on."""

import textwrap
from dataclasses import replace
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import BLUE, ORANGE, QUIET, Sheet, sized
from oligotrial.report.moments import moment_words
from oligotrial.report.statistics import is_probability, statistic_words
from oligotrial.trial import Design, Monitored, ThreeOutcomes

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
    analysis = design.analyses[0]
    benefit, futility = _names(design.test)
    note = f"{sheet.footnote} Statistic: {statistic_words(analysis)}; larger favours the new arm."
    figure = replace(sheet, footnote=note.strip()).figure(3.4)
    axes = figure.subplots()
    for place, (high, low) in enumerate(zip(upper, lower, strict=True)):
        edges = place - 0.46, place + 0.46
        above, below = (min(high, top), top), (bottom, max(low, bottom))
        _region(axes, edges, above, BLUE, f"{benefit}\n≥ {_short(high)}")
        _region(axes, edges, below, ORANGE, f"{futility} {_short(low)}")
        if above[0] - below[1] > 1e-6 * (top - bottom):
            words = "consider" if place == rule.looks - 1 else "go on"
            _told(axes, place, (below[1], above[0]), words, color=QUIET)
    axes.set_xlim(-0.5, rule.looks - 0.5)
    room = (46 if sheet.layout.narrow else 100) // rule.looks
    names = [textwrap.fill(moment_words(look), max(room, 8)) for look in design.looks]
    axes.set_xticks(range(rule.looks), names)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("Look")
    axes.set_ylabel("Probability" if is_probability(analysis) else "Statistic")
    if is_probability(analysis):
        axes.set_yticks(np.linspace(0.0, 1.0, 5))
    axes.set_ylim(bottom, top)
    sized(axes, sheet.layout)
    return figure


def _names(test: object) -> tuple[str, str]:
    """Return what the two sides are called, the lower one with its comparison."""
    if isinstance(test, ThreeOutcomes):
        return "go", "stop\n<"
    return "benefit", f"futility\n{'<' if isinstance(test, Monitored) else '≤'}"


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


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
    _told(axes, float(np.mean(edges)), ends, words, color="black")


def _told(axes: Axes, place: float, ends: tuple[float, float], words: str, *, color: str) -> None:
    middle = float(np.mean(ends))
    axes.text(place, middle, words, ha="center", va="center", fontsize="small", color=color)
