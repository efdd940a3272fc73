"""Estimated curves as steps, with their bands, gaps and censored times."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

__all__ = ["Steps", "draw_gaps", "draw_steps"]


@dataclass(frozen=True, eq=False)
class Steps:
    """A step function from its start to the largest time observed.

    Parameters
    ----------
    time, height : numpy.ndarray
        Shape (step,): where each step begins, and how high it is.
    lower, upper : numpy.ndarray
        Shape (step,): limits; NaN where there are none.
    """

    time: np.ndarray
    height: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @classmethod
    def of(
        cls, curve: Any, height: np.ndarray, limits: tuple[np.ndarray, np.ndarray], *, first: float
    ) -> "Steps":
        """Return an estimate's steps.

        Parameters
        ----------
        curve : KaplanMeier or CumulativeIncidence
            The estimate: its times, start and end.
        height : numpy.ndarray
            Shape (row,): the estimate at each time.
        limits : tuple of numpy.ndarray
            Shape (row,): lower and upper limits.
        first : float
            Where the curve begins.

        Returns
        -------
        Steps
            The last goes on to the largest time observed.
        """
        ends = (curve.start, curve.longest)
        whole = [np.r_[first, each, each[-1] if len(each) else first] for each in (height, *limits)]
        return cls(np.r_[ends[0], curve.time, max(ends[1], ends[0])], *whole)


def draw_steps(axes: Axes, steps: Steps, *, color: str, dashes: Any, label: str) -> None:
    """Draw a curve and its band.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    steps : Steps
        The curve.
    color : str
        Its colour.
    dashes : str or tuple
        Kind of line, as matplotlib takes it.
    label : str
        What the legend calls it.
    """
    known = ~(np.isnan(steps.lower) | np.isnan(steps.upper))
    axes.fill_between(
        steps.time,
        steps.lower,
        steps.upper,
        where=known,
        step="post",
        color=color,
        alpha=0.14,
        lw=0,
    )
    axes.step(
        steps.time, steps.height, where="post", color=color, linestyle=dashes, lw=1.9, label=label
    )


def draw_gaps(axes: Axes, curve: Any, heights: np.ndarray, *, color: str) -> None:
    """Thin a curve out where nobody was at risk.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    curve : KaplanMeier or CumulativeIncidence
        The estimate.
    heights : numpy.ndarray
        Shape (gap,): how high the curve is in each gap.
    color : str
        Its colour.
    """
    for (begin, end), height in zip(curve.gaps, heights, strict=True):
        axes.plot([begin, end], [height, height], color="white", lw=2.6, solid_capstyle="butt")
        axes.plot([begin, end], [height, height], color=color, lw=0.8, ls=":")
