"""Legends of several panels, which stand above all of them."""

from collections.abc import Mapping

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from oligotrial.report.figures.sheet import Layout

__all__ = ["draw_legend", "entries_of", "legend_inches"]


def legend_inches(entries: int, layout: Layout, columns: int) -> float:
    """Return the height that a legend of its own needs.

    Parameters
    ----------
    entries : int
        Entries.
    layout : Layout
        The layout.
    columns : int
        Entries side by side when it is wide.

    Returns
    -------
    float
        Inches.
    """
    return layout.line_inch * (-(-entries // (1 if layout.narrow else columns)) + 0.5)


def draw_legend(axes: Axes, found: Mapping[str, Artist], layout: Layout, columns: int) -> None:
    """Fill axes with nothing but a legend.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    found : mapping of str to matplotlib.artist.Artist
        Drawn things by name.
    layout : Layout
        The layout.
    columns : int
        Entries side by side when it is wide.
    """
    axes.set_axis_off()
    axes.legend(
        list(found.values()),
        list(found),
        loc="center left",
        bbox_to_anchor=(-0.01, 0.5),
        ncols=1 if layout.narrow else columns,
        fontsize=layout.font_point - 0.5,
        borderaxespad=0.0,
        handlelength=2.6,
        columnspacing=1.4,
    ).set_in_layout(False)


def entries_of(panels: list[Axes]) -> dict[str, Artist]:
    """Return what a legend of several panels names, each once.

    Parameters
    ----------
    panels : list of matplotlib.axes.Axes
        The panels.

    Returns
    -------
    dict of str to matplotlib.artist.Artist
        Drawn things by name.
    """
    found: dict[str, Artist] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(str(label), handle)
    return found
