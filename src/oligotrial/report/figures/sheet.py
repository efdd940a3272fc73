"""What all figures share: size, colours, title, footnote, alarm, and how they become bytes."""

import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import RLock
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

__all__ = ["NARROW", "WIDE", "Layout", "Sheet", "as_svg", "as_svg_and_png"]

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE, BLACK = "#56B4E9", "#CC79A7", "#000000"
"""Okabe and Ito's palette, told apart by colour-blind readers; jfly.uni-koeln.de/color."""
INK, QUIET, ALARM = "#1b1b1b", "#595959", "#A30000"
CYCLE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = (
    "-",
    (0, (5, 1.6)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)
"""Kinds of lines, one a colour, so that groups are told apart in grey too."""

_RC = {
    "font.family": "DejaVu Sans",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8a8a8a",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.minor.visible": False,
    "legend.frameon": False,
    "figure.facecolor": "white",
}
_ONE_AT_A_TIME = RLock()


@dataclass(frozen=True)
class Layout:
    """The size that a figure is drawn at.

    Parameters
    ----------
    name : str
        What it is called.
    width_inch : float
        Width; a browser shows 96 pixels an inch.
    font_point : float
        Size of the text.
    panels : int
        Panels side by side.

    Examples
    --------
    >>> Layout("poster", 20.0, 18.0, 6).narrow
    False
    """

    name: str
    width_inch: float
    font_point: float
    panels: int

    @property
    def narrow(self) -> bool:
        """Whether labels have to go above what they label instead of beside it."""
        return self.width_inch < 5

    @property
    def line_inch(self) -> float:
        """Height of a line of text."""
        return self.font_point * 1.45 / 72

    def wrap(self, text: str, share: float = 1.0) -> list[str]:
        """Break a text into lines that fit a share of the width."""
        characters = self.width_inch * share * 72 / (self.font_point * 0.6)
        return textwrap.wrap(text, int(characters)) or [""]


WIDE = Layout("wide", 9.6, 10.0, 4)
NARROW = Layout("narrow", 3.75, 8.6, 2)


@dataclass(frozen=True)
class Sheet:
    """The paper that a figure is drawn on.

    Parameters
    ----------
    layout : Layout
        Its size.
    title : str
        Written above.
    footnote : str
        Written below: whose data these are.
    alarms : tuple of str
        Reasons not to rely on the figure, written above it on red.
    """

    layout: Layout
    title: str
    footnote: str = ""
    alarms: tuple[str, ...] = ()

    def figure(self, height_inch: float) -> Figure:
        """Return an empty figure with title, footnote and alarm in place.

        Parameters
        ----------
        height_inch : float
            Height left for what is drawn.

        Returns
        -------
        matplotlib.figure.Figure
            A figure whose axes will keep clear of the texts.
        """
        line, title = self.layout.line_inch, self.layout.wrap(self.title, 0.9)
        alarm, note = self._alarm(), self.layout.wrap(self.footnote, 1.2) if self.footnote else []
        above = line * (1.2 * len(title) + 0.5 + (len(alarm) + 1.0 if alarm else 0))
        below = line * (len(note) + 0.4 if note else 0)
        height = height_inch + above + below
        figure = Figure(figsize=(self.layout.width_inch, height), layout="constrained")
        figure.get_layout_engine().set(  # type: ignore[union-attr, call-arg]
            rect=(0, below / height, 1, height_inch / height), h_pad=0.06, w_pad=0.05
        )
        top = height - line * 0.25
        if alarm:
            top = _box(figure, alarm, self.layout) - 0.25 * line
        bold, small = self.layout.font_point + 1, self.layout.font_point - 1
        _lines(figure, title, top, size=bold, weight="bold")
        _lines(figure, note, below, size=small, color=QUIET)
        return figure

    def _alarm(self) -> list[str]:
        if not self.alarms:
            return []
        head = f"CHECKS FAILED ({len(self.alarms)}): do not rely on this figure."
        lines = self.layout.wrap(f"{head} {'; '.join(self.alarms)}", 0.92)
        return lines if len(lines) <= 4 else [*lines[:3], f"{lines[3]} …"]


def _box(figure: Figure, lines: list[str], layout: Layout) -> float:
    """Write lines on red at the top; return where the box ends, in inches from below."""
    total = figure.get_figheight()
    height = layout.line_inch * (len(lines) + 0.6)
    area = Rectangle((0, 1 - height / total), 1, height / total, color=ALARM)
    figure.add_artist(area)
    _lines(
        figure,
        lines,
        total - layout.line_inch * 0.3,
        size=layout.font_point,
        color="white",
        weight="bold",
    )
    return total - height


def _lines(
    figure: Figure,
    lines: list[str],
    top_inch: float,
    *,
    size: float,
    color: str = INK,
    weight: str = "normal",
) -> None:
    x, y = 0.06 / figure.get_figwidth(), top_inch / figure.get_figheight()
    text = figure.text(
        x, y, "\n".join(lines), va="top", size=size, color=color, weight=weight, linespacing=1.3
    )
    text.set_in_layout(False)


def as_svg(draw: Callable[[], Figure], name: str) -> bytes:
    """Draw a figure as SVG, the same bytes for the same figure.

    Parameters
    ----------
    draw : callable
        Returns the figure; it is called with the report's style in force.
    name : str
        Salt of the identifiers inside the drawing.

    Returns
    -------
    bytes
        The SVG document, its text as outlines.
    """
    with style(name):
        return settled(_saved(draw(), "svg"), name)


def as_svg_and_png(draw: Callable[[], Figure], name: str) -> tuple[bytes, bytes]:
    """Draw a figure once and return it as SVG and as PNG at 200 dots an inch.

    Parameters
    ----------
    draw : callable
        Returns the figure; it is called with the report's style in force.
    name : str
        Salt of the identifiers inside the drawing.

    Returns
    -------
    tuple of bytes
        The SVG document and the PNG image.
    """
    with style(name):
        figure = draw()
        svg = settled(_saved(figure, "svg"), name)
        figure.set_layout_engine("none")  # laid out already
        return svg, _saved(figure, "png")


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Keep the report's style in force while something is drawn or saved.

    Parameters
    ----------
    salt : str
        Salt of the identifiers inside a drawing.
    """
    # matplotlib's settings belong to the process, so one figure is drawn at a time.
    with _ONE_AT_A_TIME, matplotlib.style.context(["default", _RC | {"svg.hashsalt": salt}]):
        yield


def _saved(figure: Figure, kind: str) -> bytes:
    known: dict[str, dict[str, Any]] = {
        "svg": {"metadata": {"Date": None, "Creator": None}},
        "png": {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}},
    }
    page = BytesIO()
    figure.savefig(page, format=kind, dpi=200, **known[kind])
    return page.getvalue()


def settled(drawing: bytes, name: str) -> bytes:
    """Return a drawing without the last bits of its positions.

    The layout's solver adds up in an order that differs from run to run. Positions keep three
    decimals of a point, and the identifiers that matplotlib makes from positions are replaced
    by numbers in the order in which they appear.

    Parameters
    ----------
    drawing : bytes
        An SVG document.
    name : str
        What the identifiers begin with.

    Returns
    -------
    bytes
        The document, the same in every run.
    """
    found = dict.fromkeys(re.findall(rb'(?:id="|url\(#)([pm][0-9a-f]{10})\b', drawing))
    numbers = {old: f"{name}-{number}".encode() for number, old in enumerate(found)}
    named = re.sub(rb"\b[pm][0-9a-f]{10}\b", lambda old: numbers.get(old[0], old[0]), drawing)
    return re.sub(rb"\b[1-9]\d*\.\d{4,6}\b", lambda old: b"%.3f" % float(old[0]), named)


def sized(axes: Axes, layout: Layout) -> Axes:
    """Give the axes' texts the layout's size.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    layout : Layout
        The layout.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    axes.tick_params(labelsize=layout.font_point - 0.5, length=3)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(layout.font_point)
    return axes


def legend(axes: Axes, layout: Layout, columns: int) -> None:
    """Put the legend above the axes, where it hides nothing.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    layout : Layout
        The layout.
    columns : int
        Entries side by side when the layout is wide.
    """
    handles, labels = axes.get_legend_handles_labels()
    entries = sorted(zip(handles, labels, strict=True), key=lambda one: _is_reference(one[0]))
    axes.legend(
        *zip(*entries, strict=True),
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=1 if layout.narrow else columns,
        fontsize=layout.font_point - 0.5,
        borderaxespad=0.2,
        handlelength=2.2,
        columnspacing=1.4,
    )


def _is_reference(handle: object) -> bool:
    """Tell lines to compare with from what was simulated, which the legend names first."""
    return not isinstance(handle, Container)


def ratio_axis(axes: Axes, low: float, high: float) -> None:
    """Make the horizontal axis a log axis with round ticks for ratios.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    low, high : float
        What has to be seen.
    """
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    steps = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50)
    coarse = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
    ticks = [tick for tick in steps if low <= tick <= high]
    if len(ticks) > 7:
        ticks = [tick for tick in coarse if low <= tick <= high]
    axes.set_xticks(ticks)
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
