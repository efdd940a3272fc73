"""Kaplan-Meier curves with their bands, censored times and numbers at risk."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oligotrial.checks import InputError, positive, probability
from oligotrial.cohort import Cohort
from oligotrial.estimators import PLAIN, KaplanMeier, Scale, kaplan_meier
from oligotrial.report.figures.at_risk import RiskRow, draw_risk_table, risk_inches
from oligotrial.report.figures.groups import Group, groups_of, month_ticks, weight_words
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import CYCLE, DASHES, QUIET, Sheet, legend, sized
from oligotrial.report.figures.steps import Steps, draw_gaps, draw_steps
from oligotrial.report.figures.widths import columns_that_fit

__all__ = ["draw_kaplan_meier"]


@styled
def draw_kaplan_meier(
    cohort: Cohort,
    sheet: Sheet,
    *,
    by: str | None = None,
    level: float = 0.95,
    scale: Scale = PLAIN,
    until: float | None = None,
    after: float = 0.0,
) -> Figure:
    """Draw Kaplan-Meier curves with confidence bands, and the numbers at risk below them.

    Upright strokes are censored times. With delayed entry a curve begins where its first patient
    enters, and is dotted where nobody was at risk; the numbers at risk first rise.

    Parameters
    ----------
    cohort : Cohort
        Patients; for another endpoint `cohort.at` it.
    sheet : Sheet
        What to draw on: layout, title, footnote.
    by : str, optional
        A column with at most six levels, each drawn apart; all patients when left out.
    level : float, optional
        Confidence level of the pointwise bands, in (0, 1).
    scale : Scale, optional
        `PLAIN`, `LOG` or `LOG_LOG` limits.
    until : float, optional
        Months at which the axis ends; the largest time when left out.
    after : float, optional
        The curves are of patients free of the event just before this many months.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If the cohort is a reconstruction of several draws, has intervals or weights of 0, `by` is
        no column or has missing values or too many levels, or a curve can't be estimated.

    See Also
    --------
    draw_cumulative_incidence : For an endpoint with competing events.
    draw_reconstruction : For the draws of a reconstruction.

    Examples
    --------
    >>> import pandas as pd
    >>> from oligotrial.report import WIDE
    >>> rows = pd.DataFrame({"time": [3, 5, 8, 9], "event": [1, 1, 0, 1], "arm": list("abab")})
    >>> cohort = Cohort(rows, label="four patients", source="example")
    >>> figure = draw_kaplan_meier(cohort, Sheet(WIDE, "Survival"), by="arm")
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['a (n = 2, 1 event)', 'b (n = 2, 2 events)']
    """
    probability(level, "level")
    groups = groups_of(cohort, by=by)
    curves = [_curve(group, after, cohort.source) for group in groups]
    until = positive(until if until is not None else _longest(curves), "until")
    ticks = month_ticks(until, sheet.layout)
    low = risk_inches(len(groups), sheet.layout, named=by is not None)
    high = 3.0 if sheet.layout.narrow else 3.4
    names = [group.name for group in groups]
    beside = columns_that_fit([_label(each) for each in groups], sheet.layout, 3, left=names)
    high += sheet.layout.line_inch * (-(-len(groups) // beside) if by else 1)
    told = _told(sheet, cohort, level, scale, weight_words(groups))
    figure = told.figure(high + low)
    axes, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [high, low]})
    for place, (group, curve) in enumerate(zip(groups, curves, strict=True)):
        limits = curve.limits(level=level, scale=scale)
        _draw(axes, curve, limits, place=place, label=_label(group))
    _decorate(axes, ticks, until, sheet)
    if by is not None:
        legend(axes, sheet.layout, beside)
    draw_risk_table(below, risk_rows(groups, ticks), ticks, layout=sheet.layout)
    return figure


def risk_rows(groups: tuple[Group, ...], ticks: np.ndarray) -> list[RiskRow]:
    """Return the rows of the table of numbers at risk.

    Parameters
    ----------
    groups : tuple of Group
        The groups.
    ticks : numpy.ndarray
        The times.

    Returns
    -------
    list of RiskRow
        One a group.
    """
    return [
        RiskRow(
            group.name,
            group.at_risk(ticks),
            CYCLE[place],
        )
        for place, group in enumerate(groups)
    ]


def _curve(group: Group, after: float, source: str) -> KaplanMeier:
    try:
        return kaplan_meier(
            group.time, group.event, entry=group.entry, after=after, weights=group.weights
        )
    except InputError as error:
        raise error.within(f"{source}, group {group.name}" if group.name else source) from None


def _longest(curves: list[KaplanMeier]) -> float:
    return max(curve.longest for curve in curves)


def _told(sheet: Sheet, cohort: Cohort, level: float, scale: Scale, weights: str) -> Sheet:
    """Return the sheet with whose data these are and what the bands mean in its footnote."""
    whose = sheet.footnote or f"Cohort: {cohort.label}."
    rows = cohort.patients
    competing = "cause" in rows and (rows["cause"].notna() & (rows["event"] == 0)).any()
    said = [
        whose,
        f"Bands: pointwise {100 * level:g}% limits ({scale.name}). Strokes: censored.",
        "Competing events count as censored." if competing else "",
        "Delayed entry is taken into account." if _late(cohort) else "",
        weights,
    ]
    return replace(sheet, footnote=" ".join(text for text in said if text))


def _late(cohort: Cohort) -> bool:
    return "entry" in cohort.patients and bool((cohort.patients["entry"] > 0).any())


def _label(group: Group) -> str:
    events = int(group.event.sum())
    return f"{group.name} ({group.size}, {events} event{'' if events == 1 else 's'})"


def _draw(
    axes: Axes,
    curve: KaplanMeier,
    limits: tuple[np.ndarray, np.ndarray],
    *,
    place: int,
    label: str,
) -> None:
    steps = Steps.of(curve, curve.survival, limits, first=1.0)
    color = CYCLE[place]
    draw_steps(axes, steps, color=color, dashes=DASHES[place], label=label)
    draw_gaps(axes, curve, curve.at(curve.gaps[:, 0]), color=color)
    axes.plot(
        curve.censored,
        curve.at(curve.censored),
        "|",
        color=color,
        markersize=8,
        markeredgewidth=1.3,
        zorder=4,
    )


def _decorate(axes: Axes, ticks: np.ndarray, until: float, sheet: Sheet) -> None:
    axes.axhline(0.5, color=QUIET, lw=0.8, ls="--", zorder=1)
    axes.set_ylim(0, 1.03)
    axes.set_xlim(0, until)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    sized(axes, sheet.layout).tick_params(labelbottom=True)
    axes.set_xlabel("Months")
    axes.set_ylabel("Event-free proportion")
