"""What a posterior says of patients: measures of their hazards.

Memory stays flat: what is computed at once is a block of draws by profiles, of `CELLS` numbers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from oligotrial.bayes import diagnose
from oligotrial.bayes.measures import MEDIAN, Measure, survival_at
from oligotrial.checks import probability

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit

__all__ = [
    "blocks",
    "draws_of",
    "elements",
    "estimates",
    "medians",
    "parts_of",
    "selected",
    "summarised",
    "survival",
]

CELLS = 400_000
"""Draws by profiles that are computed at once: 3 MB an array."""


def blocks(fit: "Fit", *, profiles: int) -> "Iterator[Fit]":
    """Return the fit in parts with so few draws that a block by all profiles is small.

    Parameters
    ----------
    fit : Fit
        The posterior.
    profiles : int
        Covariate rows that each draw is combined with.

    Yields
    ------
    Fit
        One chain; together they have the draws in the order of `Fit.draws`.
    """
    size = max(CELLS // max(profiles, 1), 1)
    for start in range(0, fit.samples, size):
        yield selected(fit, slice(start, start + size))


def selected(fit: "Fit", samples: slice | np.ndarray) -> "Fit":
    """Return a fit with some of its draws, as one chain.

    Parameters
    ----------
    fit : Fit
        The posterior.
    samples : slice or numpy.ndarray of int
        Which, in the order of `Fit.draws`; one may be taken several times.

    Returns
    -------
    Fit
        For predictions; the sampler's record is left as it is.
    """
    taken = {
        str(name): (each.dims, each.to_numpy().reshape(fit.samples, *each.shape[2:])[None, samples])
        for name, each in fit.posterior.data_vars.items()
    }
    return replace(fit, posterior=xr.Dataset(taken))


def elements(fit: "Fit") -> dict[str, np.ndarray]:
    """Return the draws of every single number that is estimated, by name: shape (samples, 1)."""
    found: dict[str, np.ndarray] = {}
    for name, values in fit.draws.items():
        if isinstance(values, list):
            found |= {f"{name}[{k}]": each for k, each in enumerate(values)}
        else:
            found[name] = values
    return found


def parts_of(fit: "Fit", values: np.ndarray) -> np.ndarray:
    """Return draws of shape (..., samples) as (..., cohort draw, chain, draw)."""
    count = int(fit.posterior["cohort_draw"].max()) + 1
    return values.reshape(*values.shape[:-1], count, -1, fit.posterior.sizes["draw"])


def draws_of(fit: "Fit", profiles: pd.DataFrame, measures: Sequence[Measure]) -> xr.DataArray:
    """Return posterior draws of measures of each profile's hazard.

    Parameters
    ----------
    fit : Fit
        The posterior.
    profiles : pandas.DataFrame
        Covariate rows.
    measures : sequence of Measure
        What is asked for.

    Returns
    -------
    xarray.DataArray
        Dims measure, profile, chain, draw.

    Raises
    ------
    InputError
        If a column of the formula is missing, or has an unknown level.

    Examples
    --------
    >>> from oligotrial.bayes import MEDIAN, SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> draws_of(fit, pd.DataFrame({"x": [0.0, 1.0]}), [MEDIAN]).shape
    (1, 2, 1, 200)
    """
    shape = (len(measures), len(profiles), fit.samples)
    values = np.empty(shape)
    start = 0
    for part in blocks(fit, profiles=len(profiles)):
        hazard, stop = part.hazard(profiles), start + part.samples
        for row, measure in zip(values, measures, strict=True):
            row[:, start:stop] = _full(measure.of(hazard), part.samples, len(profiles)).T
        start = stop
    return xr.DataArray(
        values.reshape(*shape[:2], fit.posterior.sizes["chain"], -1),
        dims=("measure", "profile", "chain", "draw"),
        coords={
            "measure": np.arange(len(measures)),
            "name": ("measure", [each.name for each in measures]),
            "at": ("measure", [each.at for each in measures]),
            "profile": np.arange(len(profiles)),
            "cohort_draw": ("chain", fit.posterior["cohort_draw"].to_numpy()),
        },
    )


def _full(values: np.ndarray, samples: int, profiles: int) -> np.ndarray:
    return np.broadcast_to(values, (samples, profiles))


def estimates(
    fit: "Fit", profiles: pd.DataFrame, measures: Sequence[Measure], *, level: float = 0.95
) -> pd.DataFrame:
    """Return measures of each profile's hazard, with their intervals.

    Parameters
    ----------
    fit : Fit
        The posterior.
    profiles : pandas.DataFrame
        Covariate rows.
    measures : sequence of Measure
        What is asked for: `Survival`, `HazardRate`, `CumulativeHazard`, `Quantile`,
        `RestrictedMean`.
    level : float, optional
        Probability of the equal-tailed intervals, each of which is about one number alone.

    Returns
    -------
    pandas.DataFrame
        One row a profile and measure: profile (row number), measure, at (months or
        proportion), estimate (posterior median), mcse (its Monte Carlo standard error), lower,
        upper.

    Raises
    ------
    InputError
        If a column of the formula is missing or has an unknown level, or the level isn't in
        (0, 1).

    Examples
    --------
    >>> from oligotrial.bayes import MEDIAN, SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> table = estimates(fit, pd.DataFrame({"x": [0.0]}), [MEDIAN], level=0.9)
    >>> list(table.columns)
    ['profile', 'measure', 'at', 'estimate', 'mcse', 'lower', 'upper']
    """
    probability(level, "level")
    tables = [
        _table(part, draws_of(fit, part, measures), fit, level)
        for part in _chunks(profiles, fit.samples * max(len(measures), 1))
    ]
    return pd.concat(tables, ignore_index=True)


def _chunks(profiles: pd.DataFrame, width: int) -> Iterator[pd.DataFrame]:
    """Split profiles, so that all draws of all measures of a part fit into ten blocks."""
    size = max(10 * CELLS // width, 1)
    rows = profiles.reset_index(drop=True)
    for start in range(0, max(len(rows), 1), size):
        yield rows.iloc[start : start + size]


def _table(part: pd.DataFrame, draws: xr.DataArray, fit: "Fit", level: float) -> pd.DataFrame:
    values = draws.to_numpy().reshape(*draws.shape[:2], fit.samples)
    count = draws.sizes["profile"]
    told = {
        "profile": np.repeat(part.index.to_numpy(), len(values)),
        "measure": np.tile(draws["name"].to_numpy(), count),
        "at": np.tile(draws["at"].to_numpy(), count),
    }
    summary = summarised(fit, values, level=level)
    return pd.DataFrame(told | {name: each.T.ravel() for name, each in summary.items()})


def summarised(fit: "Fit", values: np.ndarray, *, level: float) -> dict[str, np.ndarray]:
    """Return posterior median, its Monte Carlo error and an interval of any draws.

    Parameters
    ----------
    fit : Fit
        Where the draws are from.
    values : numpy.ndarray
        Shape (..., samples).
    level : float
        Probability of the equal-tailed interval.

    Returns
    -------
    dict of str to numpy.ndarray
        Estimate, mcse, lower, upper, each of the shape without samples.
    """
    tail = (1.0 - probability(level, "level")) / 2.0
    low, middle, high = _quantiles(values, (tail, 0.5, 1.0 - tail))
    error = diagnose.mcse_quantile(parts_of(fit, values), 0.5)
    return {"estimate": middle, "mcse": error, "lower": low, "upper": high}


def _quantiles(values: np.ndarray, shares: Iterable[float]) -> np.ndarray:
    """Return quantiles; between two infinite draws the quantile is infinite too."""
    with np.errstate(invalid="ignore"):
        found = np.quantile(values, list(shares), axis=-1)
    if np.isinf(values).any():
        nearest = np.quantile(values, list(shares), axis=-1, method="higher")
        found = np.where(np.isfinite(nearest), found, nearest)
    return np.asarray(found)


def survival(
    fit: "Fit", profiles: pd.DataFrame, months: Iterable[float], *, level: float = 0.95
) -> pd.DataFrame:
    """Return posterior survival curves: see `Fit.survival`."""
    times = survival_at(months)
    tail = (1.0 - probability(level, "level")) / 2.0
    tables = []
    for part in _chunks(profiles, fit.samples * max(len(times), 1)):
        draws = draws_of(fit, part, times)
        values = draws.to_numpy().reshape(*draws.shape[:2], fit.samples)
        lower, upper = np.quantile(values, [tail, 1.0 - tail], axis=-1)
        columns = {
            "profile": np.repeat(part.index.to_numpy(), len(times)),
            "time": np.tile(draws["at"].to_numpy(), len(part)),
            "survival": values.mean(axis=-1).T.ravel(),
            "mcse": diagnose.mcse_mean(parts_of(fit, values)).T.ravel(),
            "lower": lower.T.ravel(),
            "upper": upper.T.ravel(),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True).sort_values(["profile", "time"], ignore_index=True)


def medians(fit: "Fit", profiles: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return posterior median survival times: see `Fit.medians`."""
    table = estimates(fit, profiles, [MEDIAN], level=level)
    shown = table.rename(columns={"estimate": "median"})
    return shown[["profile", "median", "mcse", "lower", "upper"]]
