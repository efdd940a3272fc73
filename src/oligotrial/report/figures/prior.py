"""What the priors together imply of survival, before any patient is seen."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from oligotrial.hazard import survival
from oligotrial.report.figures.posterior import MOST, STEPS, named_profiles, survival_axes
from oligotrial.report.figures.saving import styled
from oligotrial.report.figures.sheet import CYCLE, DASHES, QUIET, Sheet, legend

if TYPE_CHECKING:
    from oligotrial.bayes import Fit

__all__ = ["draw_prior"]

SINGLE: Final = 25
"""Draws that are shown as curves of their own: a band hides how steep single curves are."""


@styled
def draw_prior(
    prior: "Fit",
    profiles: pd.DataFrame,
    sheet: Sheet,
    *,
    label: str,
    until: float,
    level: float = 0.95,
) -> Figure:
    """Draw prior predictive survival of profiles: bands, and some draws of the first profile.

    Parameters
    ----------
    prior : Fit
        Draws of the prior, from `oligotrial.bayes.prior_predictive.prior_fit`.
    profiles : pandas.DataFrame
        Covariate rows, at most six.
    sheet : Sheet
        What to draw on.
    label : str
        The column of the profiles that names them.
    until : float
        Months at which the axis ends.
    level : float, optional
        Probability of the pointwise bands.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `save` writes it.

    Raises
    ------
    InputError
        If there are more than six profiles, or none, or a column is missing.
    """
    named_profiles(profiles, label)
    months = np.linspace(0.0, until, STEPS)
    table = prior.survival(profiles, months, level=level)
    note = (
        f"{sheet.footnote} Before any patient is seen: mean survival of {prior.samples:,} draws of "
        f"the prior ({prior.model.baseline.label}) with pointwise {100 * level:g}% bands; thin: "
        f"{SINGLE} single draws, {profiles[label].iloc[0]}."
    )
    figure = replace(sheet, footnote=note.strip()).figure(3.6)
    axes = figure.subplots()
    hazard = prior.hazard(profiles.iloc[[0]])
    curves = np.array([survival(hazard, month)[:: prior.samples // SINGLE, 0] for month in months])
    axes.plot(months, curves[:, :SINGLE], color=QUIET, lw=0.6, alpha=0.6, zorder=1)
    for place, name in enumerate(profiles[label].astype(str)):
        rows = table[table["profile"] == place]
        band = rows["lower"], rows["upper"]
        axes.fill_between(rows["time"], *band, color=CYCLE[place], alpha=0.16, lw=0, zorder=2)
        (line,) = axes.plot(rows["time"], rows["survival"], color=CYCLE[place], lw=2, label=name)
        line.set(linestyle=DASHES[place], zorder=3)
    survival_axes(axes, until, sheet)
    legend(axes, sheet.layout, MOST)
    return figure
