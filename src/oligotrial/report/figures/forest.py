"""Forest plots: hazard ratios, or any estimates, with their intervals."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from oligotrial.checks import InputError, suggestion
from oligotrial.report.figures.rows import Row, rows_figure
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import QUIET, Sheet, ratio_axis
from oligotrial.report.numbers import MISSING, with_interval

__all__ = ["DIFFERENCE", "HAZARD_RATIO", "Measure", "draw_forest"]

_WIDEST: Final = 30.0
"""An axis of ratios goes no further than so many times above 1 and below: beyond are arrows."""


@dataclass(frozen=True)
class Measure:
    """What a forest plot is of.

    Parameters
    ----------
    name : str
        Label of the axis.
    ratio : bool
        Whether it is a ratio: above 0, on a log axis, 1 for no difference. Otherwise 0 is.

    Examples
    --------
    >>> Measure("Odds ratio", ratio=True).none
    1.0
    """

    name: str
    ratio: bool

    @property
    def none(self) -> float:
        """The value that means no difference."""
        return 1.0 if self.ratio else 0.0


HAZARD_RATIO: Final = Measure("Hazard ratio (below 1: longer event-free)", ratio=True)
DIFFERENCE: Final = Measure("Difference", ratio=False)


@styled
def draw_forest(
    table: pd.DataFrame,
    sheet: Sheet,
    *,
    estimate: str = "hazard_ratio",
    group: str | None = None,
    label: str | None = None,
    measure: Measure = HAZARD_RATIO,
) -> Figure:
    """Draw estimates with their intervals, one row each, numbers beside them.

    Parameters
    ----------
    table : pandas.DataFrame
        The `coefficients` of a `Cox` regression, the effects of a fit, or any table with a column
        of estimates and columns lower and upper. NaN limits leave an estimate without an interval,
        a NaN estimate is a row without numbers; infinite limits are arrows.
    sheet : Sheet
        What to draw on: layout, title, footnote.
    estimate : str, optional
        Column of the estimates.
    group : str, optional
        Column of headings under which rows stand together.
    label : str, optional
        Column that says what is estimated; the index when left out.
    measure : Measure, optional
        `HAZARD_RATIO`, `DIFFERENCE`, or one of your own.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If the table is empty, a column is missing or holds no numbers, a limit is on the wrong
        side of its estimate, or a ratio is negative.

    Examples
    --------
    >>> from oligotrial.report import WIDE
    >>> rows = {"hazard_ratio": [0.7, 1.2], "lower": [0.5, 0.6], "upper": [0.98, 2.4]}
    >>> table = pd.DataFrame(rows, index=["radiotherapy", "age, per 10 years"])
    >>> figure = draw_forest(table, Sheet(WIDE, "Hazard ratios"))
    >>> figure.axes[0].get_xscale()
    'log'
    """
    names = [name for name in (estimate, "lower", "upper", group, label) if name is not None]
    for name in names:
        _present(table, name)
    if table.empty:
        raise InputError("the table has no rows; give one estimate or more", where="table")
    texts = table.index if label is None else table[label]
    numbers = np.column_stack([_numbers(table, name) for name in (estimate, "lower", "upper")])
    for text, row in zip(texts, numbers, strict=True):
        _sound(str(text), row, measure)
    low, high = _ends(numbers, measure)
    heads = [""] * len(table) if group is None else table[group].astype(str).tolist()
    rows = [
        _row(str(text), row, (low, high), head)
        for text, row, head in zip(texts, numbers, heads, strict=True)
    ]
    rows = [row for head in dict.fromkeys(heads) for row in rows if row.group == head]
    figure, axes = rows_figure(rows, sheet)
    if measure.ratio:
        ratio_axis(axes, low, high)
    else:
        axes.set_xlim(low, high)
    axes.axvline(measure.none, color=QUIET, lw=1, ls="--", zorder=1)
    axes.set_xlabel(measure.name)
    return figure


def _present(table: pd.DataFrame, name: str) -> None:
    columns = [str(each) for each in table.columns]
    if name not in table:
        raise InputError(
            f"there is no column '{name}'{suggestion(name, columns)}; columns are "
            f"{', '.join(columns)}",
            where="table",
        )


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    numbers = pd.to_numeric(table[name], errors="coerce")
    wrong = numbers.isna() & table[name].notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        problem = f"row {row + 1}: '{table[name].iloc[row]}' is no number; give one"
        raise InputError(problem, where=f"table, column {name}")
    return numbers.to_numpy(dtype=float)


def _sound(text: str, row: np.ndarray, measure: Measure) -> None:
    value, low, high = row.tolist()
    if measure.ratio and min(value, low, high) < 0:
        raise InputError(
            f"a ratio can't be negative, as {min(value, low, high):g} is; give hazard ratios and "
            "not their logs, or measure=DIFFERENCE",
            where=f"table, row '{text}'",
        )
    # Written so that missing numbers pass.
    if low > value or value > high or low > high:
        raise InputError(
            f"the interval {low:g} to {high:g} does not hold the estimate {value:g}; give both on "
            "the same scale",
            where=f"table, row '{text}'",
        )


def _ends(numbers: np.ndarray, measure: Measure) -> tuple[float, float]:
    """Return where the axis ends: at what has to be seen, and not at what runs away."""
    seen = numbers[np.isfinite(numbers)]
    if measure.ratio:
        inside = seen[(seen >= 1 / _WIDEST) & (seen <= _WIDEST)]
        beyond = len(inside) < len(seen) or np.isinf(numbers).any()
        wide = [1 / _WIDEST, _WIDEST] if beyond and not len(inside) else []
        low, high = min([0.5, *inside, *wide]), max([2.0, *inside, *wide])
        return low / 1.15, high * 1.15
    low, high = min([0.0, *seen.tolist()]), max([0.0, *seen.tolist()])
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _row(text: str, numbers: np.ndarray, ends: tuple[float, float], head: str) -> Row:
    value, low, high = numbers.tolist()
    at = tuple(_within(each, ends) for each in (value, low, high))
    told = with_interval(value, low, high) if not math.isnan(value) else MISSING
    return Row(
        text,
        (at[0], at[1], at[2]),
        text=told.replace("not reached", "∞"),
        group=head,
        beyond=(min(value, low) < ends[0], max(value, high) > ends[1]),
        marker="s",
    )


def _within(value: float, ends: tuple[float, float]) -> float:
    return value if math.isnan(value) else min(max(value, ends[0]), ends[1])
