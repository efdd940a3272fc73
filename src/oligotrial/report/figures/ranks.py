"""Ranks of truths among posterior draws, as distribution functions within their bands."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.bayes.uniformity import bands
from oligotrial.checks import InputError
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import BLUE, QUIET, VERMILLION, Sheet, sized

__all__ = ["draw_ranks"]

MOST: Final = 24
"""Panels of a figure."""


@styled
def draw_ranks(
    ranks: Mapping[str, Sequence[int] | np.ndarray], sheet: Sheet, *, levels: int
) -> Figure:
    """Draw how far the distribution of each quantity's ranks is from uniform.

    Each line is the share of ranks up to a level, less what uniform ranks have; it stays within
    the band in 95% of calibrations when all is well. A line above it first and below it later is
    a posterior that is too wide, the reverse one too narrow; above throughout, too high.

    Parameters
    ----------
    ranks : mapping of str to array
        By quantity, one rank a data set.
    sheet : Sheet
        What to draw on.
    levels : int
        The highest possible rank.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; of more than 24 quantities those that leave the band furthest.

    Raises
    ------
    InputError
        If there is nothing to draw.

    Examples
    --------
    >>> from oligotrial.report import WIDE
    >>> figure = draw_ranks({"shape": np.arange(100)}, Sheet(WIDE, "Ranks"), levels=99)
    >>> figure.axes[0].get_title(loc="left")
    'shape'
    """
    if not ranks:
        raise InputError("there are no ranks to draw", where="ranks")
    shown = sorted(ranks, key=lambda name: -_beyond(np.asarray(ranks[name]), levels))[:MOST]
    order = [name for name in ranks if name in shown]
    columns = min(sheet.layout.panels, len(order))
    rows = -(-len(order) // columns)
    figure = sheet.figure(1.75 * rows + 0.3)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(order) :]:
        axes.set_axis_off()
    for place, name in enumerate(order):
        axes = grid.flat[place]
        _panel(axes, np.asarray(ranks[name]), levels)
        sized(axes, sheet.layout).tick_params(labelbottom=True)
        axes.set_title(name, loc="left", fontsize=sheet.layout.font_point - 1)
        if place >= len(order) - columns:
            axes.set_xlabel("Rank")
        if place % columns == 0:
            axes.set_ylabel("Excess share")
    return figure


def _excess(ranks: np.ndarray, levels: int) -> tuple[np.ndarray, np.ndarray]:
    places = np.arange(levels)
    share = np.searchsorted(np.sort(ranks), places, side="right") / ranks.size
    return places, share - (places + 1) / (levels + 1)


def _around(size: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    even = np.arange(1, levels + 1) / (levels + 1)
    low, high = bands(size, levels)
    return low - even, high - even


def _beyond(ranks: np.ndarray, levels: int) -> float:
    _, excess = _excess(ranks, levels)
    low, high = _around(ranks.size, levels)
    return float(np.max(np.maximum(excess - high, low - excess)))


def _panel(axes: Axes, ranks: np.ndarray, levels: int) -> None:
    places, excess = _excess(ranks, levels)
    low, high = _around(ranks.size, levels)
    outside = bool(np.any((excess > high + 1e-12) | (excess < low - 1e-12)))
    axes.fill_between(places, low, high, step="mid", color=QUIET, alpha=0.2, lw=0)
    axes.axhline(0.0, color=QUIET, lw=0.8, ls="--")
    axes.step(places, excess, where="mid", color=VERMILLION if outside else BLUE, lw=1.5)
