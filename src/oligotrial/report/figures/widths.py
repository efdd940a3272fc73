"""How wide text is, before anything is drawn."""

from collections.abc import Sequence
from typing import Final

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from oligotrial.report.figures.sheet import Layout

__all__ = ["columns_that_fit"]

HANDLE_EMS: Final = 3.0
"""A legend's line and its distance from the words, in sizes of the font."""

GAP_EMS: Final = 1.4
"""Between a legend's columns."""

MARGIN_INCH: Final = 0.85
"""What stands to the left of the axes, and a little air to the right."""

BOLD: Final = 1.2
"""How much wider bold letters are."""


def columns_that_fit(
    labels: Sequence[str], layout: Layout, columns: int, *, left: Sequence[str] = ()
) -> int:
    """Return how many of a legend's entries fit side by side.

    Parameters
    ----------
    labels : sequence of str
        Its words, in order; a legend fills one column after another.
    layout : Layout
        The layout.
    columns : int
        The most that is wanted.
    left : sequence of str, optional
        Bold words to the left of the axes, where the legend doesn't reach.

    Returns
    -------
    int
        From 1 to `columns`; 1 in a narrow layout.

    Examples
    --------
    >>> from oligotrial.report import WIDE
    >>> columns_that_fit(["RT", "no RT"], WIDE, 3), columns_that_fit(["long" * 20] * 3, WIDE, 3)
    (2, 1)
    """
    if layout.narrow or not labels:
        return 1
    size = layout.font_point - 0.5
    inches = _inches(labels, size)
    room = layout.width_inch - MARGIN_INCH - BOLD * max(_inches(left, size), default=0.0)
    for number in range(min(columns, len(labels)), 1, -1):
        lines = -(-len(labels) // number)
        widest = [max(inches[at : at + lines]) for at in range(0, len(labels), lines)]
        beside = HANDLE_EMS * len(widest) + GAP_EMS * (len(widest) - 1)
        if sum(widest) + beside * size / 72 <= room:
            return number
    return 1


def _inches(words: Sequence[str], size: float) -> list[float]:
    font = FontProperties(family="DejaVu Sans", size=size)
    widths = [text_to_path.get_text_width_height_descent(each, font, False)[0] for each in words]
    return [width / 72 for width in widths]
