"""Operating characteristics of a design: every figure with its Monte Carlo standard error."""

from typing import Any

import numpy as np
import pandas as pd

from oligotrial.simulate.clustered import mean_and_error
from oligotrial.simulate.forecast import drawn_rates
from oligotrial.simulate.observed import DRAWS
from oligotrial.simulate.tally import Tally, has_hazard_ratio
from oligotrial.trial import Design

__all__ = ["Tally", "look_table", "months_to_enrol", "operating_row", "operating_table"]


def operating_row(tally: Tally, design: Design, *, scenario: str) -> dict[str, Any]:
    """Return the operating characteristics of a design as a row of a table.

    Parameters
    ----------
    tally : Tally
        What its trials add up to.
    design : Design
        The design.
    scenario : str
        Name of the truth.

    Returns
    -------
    dict
        `estimate` is the proportion of trials that declare a benefit; columns ending in
        `_se` are Monte Carlo standard errors; those of the quantiles of the duration are in
        `operating_table`. `hazard_ratio` is the geometric mean of the trials' estimates (of the
        log-rank test: one-step ones), `duration_low` and `duration_high` hold 90% of trials,
        `reached` is the share of trials that had the events of the last look or ended before.

    Notes
    -----
    Where draws of the truth are used by several replicates, these are not independent; the
    standard error then comes from the spread between draws.
    """
    ratio, ratio_error = tally.mean("estimate") if has_hazard_ratio(design) else (np.nan, np.nan)
    enrolled, enrolled_error = tally.mean("enrolled")
    low, median, high = (tally.duration_quantile(share) for share in (0.05, 0.5, 0.95))
    return {
        "scenario": scenario,
        "patients": design.patients,
        "events": design.events,
        **_told("estimate", tally.share(tally.successes), error="mc_se"),
        **_told("duration_months", tally.mean("month"), error="duration_se"),
        "duration_median": median,
        "duration_low": low,
        "duration_high": high,
        **_told("accrual_months", _enrolment(design, enrolled, enrolled_error)),
        **_told("events_observed", tally.mean("events")),
        **_told("enrolled", (enrolled, enrolled_error)),
        **_told("hazard_ratio", (float(np.exp(ratio)), float(np.exp(ratio) * ratio_error))),
        **_told("reached", tally.mean("reached")),
        "replicates": int(tally.trials.sum()),
    }


def _told(name: str, found: tuple[float, float], *, error: str | None = None) -> dict[str, float]:
    """Return a figure and its Monte Carlo standard error by their columns' names."""
    return {name: found[0], error or f"{name}_se": found[1]}


def _enrolment(design: Design, enrolled: float, error: float) -> tuple[float, float]:
    """Return the month by which patients are expected, and its error from theirs."""
    month = months_to_enrol(design, enrolled)
    return month, abs(months_to_enrol(design, enrolled + error) - month)


def operating_table(tally: Tally, design: Design) -> pd.DataFrame:
    """Tabulate a design's operating characteristics, each with its Monte Carlo standard error.

    Parameters
    ----------
    tally : Tally
        What its trials add up to.
    design : Design
        The design.

    Returns
    -------
    pandas.DataFrame
        Columns `figure`, `value`, `mc_se`. Means are over all trials, each at its end. Bias and
        coverage are of the deciding test's estimate of the log hazard ratio at the end, against
        the truth, and missing where arms have no one hazard ratio: the nominal level of the
        interval is 95%.
    """
    found = {
        "efficacy": tally.share(tally.successes),
        "futility": tally.share(tally.decisions[:, :, 0].sum(axis=1)),
        "neither": tally.share(tally.decisions[:, :, 1].sum(axis=1)),
        "months": tally.mean("month"),
        "months, 5% quantile": tally.duration_quantile_and_error(0.05),
        "months, median": tally.duration_quantile_and_error(0.5),
        "months, 95% quantile": tally.duration_quantile_and_error(0.95),
        "events": tally.mean("events"),
        "enrolled": tally.mean("enrolled"),
        "events of the last look reached": tally.mean("reached"),
        "estimate": tally.mean("estimate"),
        "bias": tally.mean("error"),
        "coverage": tally.mean("covered"),
    }
    for number, analysis in enumerate(design.besides):
        found[f"efficacy by {analysis.words}"] = tally.share(tally.besides[:, number])
    return pd.DataFrame([{"figure": f, "value": v, "mc_se": se} for f, (v, se) in found.items()])


def look_table(tally: Tally, design: Design) -> pd.DataFrame:
    """Tabulate where trials end.

    Parameters
    ----------
    tally : Tally
        What its trials add up to.
    design : Design
        The design.

    Returns
    -------
    pandas.DataFrame
        A row per look. `efficacy_here`, `futility_here` and `neither_here` are the proportions of
        all trials that end at this very look; `efficacy_so_far` and `ended_so_far` add up the looks
        until this one. `months`, `events` and `enrolled` are means of the trials that end here.
        Each is followed by its Monte Carlo standard error, `_se`.
    """
    rows = []
    for look in range(len(design.looks)):
        here = tally.decisions[:, look]
        until = tally.decisions[:, : look + 1].sum(axis=1)
        row: dict[str, float] = {"look": look + 1}
        for name, counts in (
            ("efficacy_here", here[:, 2]),
            ("futility_here", here[:, 0]),
            ("neither_here", here[:, 1]),
            ("efficacy_so_far", until[:, 2]),
            ("ended_so_far", until.sum(axis=1)),
        ):
            row[name], row[f"{name}_se"] = tally.share(counts)
        ended = here.sum(axis=1)
        for number, name in enumerate(("months", "events", "enrolled")):
            totals, squares = tally.by_look[:, look, number], tally.squares_by_look[look, number]
            row[name], row[f"{name}_se"] = mean_and_error(totals, ended, float(squares))
        rows.append(row)
    return pd.DataFrame(rows)


def months_to_enrol(design: Design, patients: float) -> float:
    """Return the month by which so many patients come in, averaged over rates that aren't known.

    Rates that are uncertain are those of `DRAWS` equally likely trials. Slow ones delay the last
    patient by more than quick ones bring it forward, so that this is later than by expected rates.

    Parameters
    ----------
    design : Design
        Whose accrual.
    patients : float
        How many, possibly an average over trials.

    Returns
    -------
    float
        Months from the first day of accrual.
    """
    starts = design.accrual.starts_months
    months = []
    for rates in drawn_rates(design.accrual, DRAWS):
        upto = np.r_[0.0, np.cumsum(np.diff(starts) * rates[:-1])]
        period = max(int(np.searchsorted(upto, patients)) - 1, 0)
        months.append(starts[period] + (patients - upto[period]) / rates[period])
    return float(np.mean(months))
