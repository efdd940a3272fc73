"""A figure of a report with all that is said about it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from oligotrial.report.figures.sheet import NARROW, WIDE, Layout, Sheet, as_svg, as_svg_and_png

__all__ = ["Plate"]


@dataclass(frozen=True, eq=False)
class Plate:
    """A figure with all that is said about it.

    Parameters
    ----------
    name : str
        File name without its ending.
    title : str
        What it shows.
    caption : str
        What is seen, and what it does not say.
    alt : str
        The same for somebody who cannot see it.
    draw : callable
        Draws it on a sheet.
    footnote : str
        Whose data it rests on, written into the figure.
    alarms : tuple of str
        Reasons not to rely on it, written into the figure.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[[Sheet], Figure]
    footnote: str = ""
    alarms: tuple[str, ...] = ()

    def wide(self) -> tuple[bytes, bytes]:
        """Return the figure in the wide layout, as SVG and as PNG."""
        return as_svg_and_png(partial(self._drawn, WIDE), f"{self.name}-{WIDE.name}")

    def narrow(self) -> bytes:
        """Return the figure as SVG for a telephone."""
        return as_svg(partial(self._drawn, NARROW), f"{self.name}-{NARROW.name}")

    def _drawn(self, layout: Layout) -> Figure:
        return self.draw(Sheet(layout, self.title, self.footnote, self.alarms))
