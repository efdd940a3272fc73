"""Figures of the cohort: Kaplan-Meier curves of the draws, agreement with what was printed."""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from oligotrial.report.figures.rows import Row, rows_figure
from oligotrial.report.figures.sheet import BLUE, QUIET, VERMILLION, Sheet, sized
from oligotrial.report.numbers import number

__all__ = ["comparable", "draw_agreement", "draw_cohort_curves"]

EDGE = 2.5
"""Deviations beyond this many tolerances are drawn at the edge."""


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


def comparable(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return deviations of the reconstruction from print, in tolerances, where they have one.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Printed and reconstructed numbers; the range over the draws is optional.

    Returns
    -------
    pandas.DataFrame
        Columns statistic, value, low, high and within (whether half of the draws meet it).
        A tolerance of 0 asks for equality: any deviation from it is infinite. Rows that every
        draw meets exactly are left out.

    Examples
    --------
    >>> comparable(pd.DataFrame({"statistic": ["median"], "printed": [14.0],
    ...     "reconstructed_median": [14.5], "tolerance": [1.0]}))["value"].tolist()
    [0.5]
    """
    rows = agreement.dropna(subset=["printed", "reconstructed_median", "tolerance"])
    rows = rows[~_exact(rows)]
    tolerance = rows["tolerance"].to_numpy(dtype=float)
    printed = rows["printed"].to_numpy(dtype=float)
    result = pd.DataFrame({"statistic": rows["statistic"].astype(str)})
    sources = {
        "value": "reconstructed_median",
        "low": "reconstructed_low",
        "high": "reconstructed_high",
    }
    for name, column in sources.items():
        found = rows[column if column in rows else "reconstructed_median"].to_numpy(dtype=float)
        # A median that is not reached is infinite: two such agree.
        gap = np.subtract(found, printed, where=found != printed, out=np.zeros_like(found))
        scaled = gap / np.where(tolerance > 0, tolerance, 1.0)
        result[name] = np.where((tolerance > 0) | (gap == 0), scaled, np.copysign(np.inf, gap))
    within = result["value"].abs() <= 1
    if "draws_within" in rows:
        within = rows["draws_within"].reset_index(drop=True) >= 0.5
    return result.reset_index(drop=True).assign(within=within.to_numpy())


def _exact(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which rows every draw meets exactly, so that there is nothing to draw."""
    same = rows["reconstructed_median"] == rows["printed"]
    for end in ("reconstructed_low", "reconstructed_high"):
        if end in rows:
            same &= rows[end] == rows["printed"]
    return same & (rows["tolerance"] == 0)


def draw_agreement(agreement: pd.DataFrame, sheet: Sheet) -> Figure:
    """Draw how far each reconstructed number is from the printed one, in tolerances.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Printed and reconstructed numbers.
    sheet : Sheet
        What to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    rows = []
    for _, row in comparable(agreement).iterrows():
        value, low, high = (float(row[name]) for name in ("value", "low", "high"))
        at = (_clipped(value), _clipped(low), _clipped(high))
        color, marker = (BLUE, "o") if row["within"] else (VERMILLION, "X")
        label = str(row["statistic"])
        rows.append(Row(label, at, text=_beyond(value), color=color, marker=marker))
    figure, axes = rows_figure(rows, sheet, row_inch=0.21)
    axes.axvspan(-1, 1, color="#009E73", alpha=0.08, lw=0)
    axes.axvline(0, color=QUIET, lw=1, ls="--", zorder=1)
    axes.set_xlim(-EDGE - 0.1, EDGE + 0.1)
    axes.set_xlabel("Reconstructed − printed, in tolerances (shaded: within)")
    if sheet.layout.narrow:
        axes.set_xlabel("Reconstructed − printed, in tolerances")
    return figure


def _clipped(deviation: float) -> float:
    return max(min(deviation, EDGE), -EDGE)


def _beyond(deviation: float) -> str:
    """Write a deviation that is too large for the axis."""
    if abs(deviation) <= EDGE:
        return ""
    return f"{number(deviation)}" if math.isfinite(deviation) else "not equal"
