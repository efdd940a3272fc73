"""Figures that users draw themselves: the report's style, and files of the same bytes each time."""

import os
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from oligotrial.checks import InputError
from oligotrial.files import replacing
from oligotrial.report.figures.sheet import settled, style

__all__ = ["save", "styled"]

_METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
}
DOTS_AN_INCH = 200


def styled[**P](draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Return a drawing function that has the report's style in force.

    Parameters
    ----------
    draw : callable
        Draws a figure.

    Returns
    -------
    callable
        The same, whatever matplotlib's settings are when it is called.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style(draw.__name__):
            return draw(*args, **kwargs)

    return drawn


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to a file: the same bytes for the same figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What one of the drawing functions returned.
    path : path
        A name that ends in .svg or .pdf (lines, its text as outlines in SVG), or .png (200 dots
        an inch). The folder is made where there is none.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If the name has another ending, or the file can't be written.

    Examples
    --------
    >>> save(Figure(), "curve.docx")
    Traceback (most recent call last):
        ...
    oligotrial.checks.InputError: curve.docx: a figure is no '.docx'; give a name that ends in \
.svg, .png or .pdf
    """
    place = Path(path)
    ending = place.suffix.lower()
    if ending not in _METADATA:
        raise InputError(
            f"a figure is no '{place.suffix}'; give a name that ends in .svg, .png or .pdf",
            where=str(path),
        )
    page = BytesIO()
    with style(place.stem):
        figure.savefig(page, format=ending[1:], dpi=DOTS_AN_INCH, metadata=_METADATA[ending])
    drawing = settled(page.getvalue(), place.stem) if ending == ".svg" else page.getvalue()
    with replacing(place) as part:
        part.write_bytes(drawing)
    return place
