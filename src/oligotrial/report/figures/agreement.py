"""How far a reconstruction's numbers are from the printed ones."""

import math
import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from oligotrial.report.figures.rows import Row, rows_figure
from oligotrial.report.figures.sheet import BLUE, ORANGE, QUIET, VERMILLION, Sheet
from oligotrial.report.numbers import number

__all__ = ["comparable", "draw_agreement", "label_of", "numbers_of", "worth_showing"]

EDGE = 1000.0
"""Deviations beyond this many tolerances are drawn at the edge."""
FEW = 30
"""A table of at most so many numbers is drawn whole, a longer one where draws deviate."""


def comparable(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return deviations of the reconstruction from print, in tolerances, where they have one.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Printed and reconstructed numbers; the range over the draws is optional.

    Returns
    -------
    pandas.DataFrame
        Columns statistic, value, low, high, within (whether half of the draws meet it), always
        (whether all do), contradicted (by the source itself), printed and found (the median over
        draws). A tolerance of 0 asks for equality: any deviation from it is infinite. Rows that
        every draw meets exactly are left out.

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
    share = (result["value"].abs() <= 1).to_numpy(dtype=float)
    if "draws_within" in rows:
        share = rows["draws_within"].to_numpy(dtype=float)
    contradicted = rows["contradicted"].to_numpy(dtype=bool) if "contradicted" in rows else False
    return result.reset_index(drop=True).assign(
        within=share >= 0.5,
        always=share >= 1,
        contradicted=contradicted,
        printed=printed,
        found=rows["reconstructed_median"].to_numpy(dtype=float),
    )


def _exact(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which rows every draw meets exactly, so that there is nothing to draw."""
    same = rows["reconstructed_median"] == rows["printed"]
    for end in ("reconstructed_low", "reconstructed_high"):
        if end in rows:
            same &= rows[end] == rows["printed"]
    return same & (rows["tolerance"] == 0)


def worth_showing(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that the figure has room for.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Printed and reconstructed numbers.

    Returns
    -------
    pandas.DataFrame
        Rows of `comparable`, in order: all of them if they are few; else those that some draws
        miss, and of too many of these the ones missed by the most tolerances.
    """
    rows = comparable(agreement)
    if len(rows) > FEW:
        rows = rows[~rows["always"]]
    far = rows["value"].abs().where(~rows["within"], -1.0)
    return rows.loc[sorted(far.sort_values(ascending=False, kind="stable").index[:FEW])]


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
        The figure, on an axis that is linear within the tolerance and logarithmic beyond.
    """
    rows = [_row(row) for _, row in worth_showing(agreement).iterrows()]
    figure, axes = rows_figure(rows, sheet, row_inch=0.21)
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.6)
    axes.axvspan(-1, 1, color="#009E73", alpha=0.1, lw=0)
    axes.axvline(0, color=QUIET, lw=1, ls="--", zorder=1)
    axes.set_xlim(-EDGE * 1.3, EDGE * 1.3)
    ticks = [-1000, -100, -10, -1, 0, 1, 10, 100, 1000]
    ticks = [-1000, -30, -1, 0, 1, 30, 1000] if sheet.layout.narrow else ticks
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda tick, _: number(tick, 1) if tick else "0")
    axes.set_xlabel("Reconstructed − printed, in tolerances (shaded: within)")
    if sheet.layout.narrow:
        axes.set_xlabel("Reconstructed − printed, in tolerances")
    return figure


def _row(row: "pd.Series[Any]") -> Row:
    value, low, high = (_clipped(float(row[name])) for name in ("value", "low", "high"))
    color, marker = (BLUE, "o") if row["within"] else (VERMILLION, "X")
    if row["contradicted"] and not row["within"]:
        color, marker = ORANGE, "D"
    label, text = label_of(row["statistic"]), numbers_of(row["printed"], row["found"])
    return Row(label, (value, low, high), text=text, color=color, marker=marker)


def label_of(statistic: str) -> str:
    """Return a number's key as a figure writes it.

    Parameters
    ----------
    statistic : str
        The key.

    Returns
    -------
    str
        Without what says that a word in brackets is a covariate or a grouping.
    """
    return re.sub(r"\[(covariate|grouping)=", "[", str(statistic))


def numbers_of(printed: float, found: float) -> str:
    """Return a printed number and the one that was found as a figure writes them.

    Parameters
    ----------
    printed, found : float
        The numbers.

    Returns
    -------
    str
        Both, with an arrow between.
    """
    return f"{_digits(printed)} → {_digits(found)}"


def _digits(value: float) -> str:
    return f"{value:.5g}".replace("-", "−") if math.isfinite(value) else number(value)


def _clipped(deviation: float) -> float:
    return max(min(deviation, EDGE), -EDGE)
