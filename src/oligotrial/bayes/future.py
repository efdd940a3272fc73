"""Event times of patients to come: the posterior predictive distribution."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from oligotrial.bayes import predict
from oligotrial.bayes.populations import Population
from oligotrial.bayes.predict import selected
from oligotrial.checks import InputError, positive_integer
from oligotrial.hazard import Hazard

if TYPE_CHECKING:
    from oligotrial.bayes.fit import Fit

__all__ = ["event_times", "time_at"]

LONGEST_MONTHS = 1e6
STEPS = 48
"""Where the search for a time ends, and its halvings: see `oligotrial.hazard.quantile`."""


def event_times(
    fit: "Fit", population: Population, *, seed: int, patients: int = 1
) -> xr.DataArray:
    """Return event times of new patients: the posterior predictive distribution.

    Parameters
    ----------
    fit : Fit
        The posterior.
    population : Population
        Whom the patients come from; a single profile for patients who are alike.
    seed : int
        Seed.
    patients : int, optional
        New patients for each posterior draw. Patients of a draw share its parameters, as those
        of one trial do.

    Returns
    -------
    xarray.DataArray
        Months, dims chain, draw, patient; infinite for who would never have the event. The
        coordinate `profile` says whose covariates each has.

    Raises
    ------
    InputError
        If a column of the formula is missing, or has an unknown level.

    Examples
    --------
    >>> import pandas as pd
    >>> from oligotrial.bayes import SurvivalModel, Weibull
    >>> from oligotrial.bayes.calibrate import prior_fit
    >>> model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    >>> fit = prior_fit(model, np.random.default_rng(1), draws=200)
    >>> alike = Population(pd.DataFrame({"x": [0.0]}))
    >>> event_times(fit, alike, seed=1, patients=3).sizes["patient"]
    3
    """
    positive_integer(patients, "patients")
    rng = np.random.default_rng(seed)
    shape = (fit.samples, patients)
    times = np.empty(shape)
    profile = rng.choice(len(population.shares), size=shape, p=population.shares)
    target = rng.exponential(size=shape)
    for kind in np.unique(profile):
        sample, patient = np.nonzero(profile == kind)
        rows = population.profiles.iloc[[kind]]
        for each in np.array_split(np.arange(len(sample)), 1 + len(sample) // predict.CELLS):
            own = sample[each], patient[each]
            times[own] = time_at(selected(fit, own[0]).hazard(rows), target[own][:, None])[:, 0]
    sizes = (fit.posterior.sizes["chain"], fit.posterior.sizes["draw"], patients)
    dims = ("chain", "draw", "patient")
    coords = {
        "profile": (dims, profile.reshape(sizes)),
        "cohort_draw": ("chain", fit.posterior["cohort_draw"].to_numpy()),
    }
    return xr.DataArray(times.reshape(sizes), dims=dims, coords=coords, name="months")


def time_at(hazard: Hazard, cumulative: np.ndarray) -> np.ndarray:
    """Return the times at which cumulative hazards are reached.

    Parameters
    ----------
    hazard : Hazard
        A hazard of numpy parameters.
    cumulative : numpy.ndarray
        Cumulative hazards, of the shape of the hazard's parameters.

    Returns
    -------
    numpy.ndarray
        Months; infinite where they aren't reached within a million months.

    Raises
    ------
    InputError
        If a cumulative hazard is negative.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> time_at(Exponential(np.array([0.1, 0.2])), np.array([1.0, 1.0])).round(9)
    array([10.,  5.])
    """
    wanted = np.asarray(cumulative, dtype=float)
    if not np.all(wanted >= 0):
        raise InputError("a cumulative hazard is negative or missing; give 0 or more")
    low = np.full(wanted.shape, np.log(1e-9))
    high = np.full(wanted.shape, np.log(LONGEST_MONTHS))
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        later = hazard.cumulative_hazard(np.exp(middle)) < wanted
        low, high = np.where(later, middle, low), np.where(later, high, middle)
    never = hazard.cumulative_hazard(np.full(wanted.shape, LONGEST_MONTHS)) < wanted
    return np.where(never, np.inf, np.exp(0.5 * (low + high)))
