"""The cohort's Kaplan-Meier curves, one a draw."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from oligotrial.report.figures.sheet import BLUE, QUIET, Sheet, sized

__all__ = ["draw_cohort_curves", "whole_cohort"]


def draw_cohort_curves(curves: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw the whole cohort's Kaplan-Meier curve, once a draw.

    Parameters
    ----------
    curves : pandas.DataFrame
        Columns draw, time (months), survival.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    figure = sheet.figure(3.0)
    axes = figure.add_subplot()
    for _, steps in whole_cohort(curves).groupby("draw"):
        ordered = steps.sort_values("time")
        x, y = np.r_[0.0, ordered["time"]], np.r_[1.0, ordered["survival"]]
        axes.step(x, y, where="post", color=BLUE, lw=1, alpha=0.55)
    axes.axhline(0.5, color=QUIET, lw=1, ls="--")
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.set_xlabel("Months")
    axes.set_ylabel("Event-free proportion")
    sized(axes, sheet.layout)
    return figure


def whole_cohort(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the steps that are of the whole cohort and not of a subgroup.

    Parameters
    ----------
    curves : pandas.DataFrame
        Kaplan-Meier steps, with or without a column panel.

    Returns
    -------
    pandas.DataFrame
        Some of its rows.
    """
    if "panel" not in curves:
        return curves
    return curves[curves["panel"].isna() | (curves["panel"] == "")]
