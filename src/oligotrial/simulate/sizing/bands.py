"""Patients, events and months to come: what simulated trials spread over."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, non_negative, positive_integer
from oligotrial.simulate.engine import Batch
from oligotrial.simulate.jobs import Means
from oligotrial.simulate.kernels import Latent
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing.blocks import (
    BLOCK,
    added_up,
    batch_of,
    done,
    jobs_of,
    whole_blocks,
)
from oligotrial.simulate.sizing.spread import Spread
from oligotrial.simulate.trials import Machine
from oligotrial.simulate.world import World
from oligotrial.trial import Design

__all__ = ["forecast_counts", "forecast_months"]

BIN_MONTHS = 0.05
BINS = 12_000
LONGEST_MONTHS = BIN_MONTHS * BINS
"""Months to an event are counted in bins, so that memory stays flat; later ones are never."""


def forecast_counts(
    design: Design,
    truth: Scenario | World,
    *,
    months: Sequence[float],
    replicates: int,
    seed: int,
    shares: tuple[float, ...] = (0.05, 0.5, 0.95),
    means: Means | None = None,
) -> pd.DataFrame:
    """Forecast patients enrolled and events seen by calendar months.

    Parameters
    ----------
    design : Design
        Patients, accrual, dropout and imaging; its looks end nothing here.
    truth : Scenario or World
        The truth.
    months : sequence of float
        Months from the first day of accrual.
    replicates : int
        Trials; rounded up to whole blocks of 2,500.
    seed : int
        Seed.
    shares : tuple of float, optional
        Proportions of trials that are no higher than the quantiles shown.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    pandas.DataFrame
        A row a month and `what` ("enrolled", "events"): `mean` and `mean_se`, then for each share
        `q5`, `q50`, `q95` and so on with their Monte Carlo standard errors, `_se`, which are 0
        where trials without end would give the same whole number as far as can be told.

    Raises
    ------
    InputError
        If there is no month, one is negative, or a share is not between 0 and 1.

    Notes
    -----
    Standard errors of quantiles: Woodruff (1952), J Am Stat Assoc 47, 635-646,
    doi:10.1080/01621459.1952.10483443.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.08)
    >>> truth = Scenario("null", ("all",), np.ones(1), control, control)
    >>> design = Design(60, AtEvents(45), LogRank(0.10), Accrual(5.0))
    >>> table = forecast_counts(design, truth, months=(12, 24), replicates=2_500, seed=1)
    >>> table[["month", "what"]].values.tolist()[:2]
    [[12.0, 'enrolled'], [12.0, 'events']]
    """
    times = np.array([non_negative(month, "months") for month in months])
    if not times.size:
        raise InputError("there is no month to forecast; give one or more", where="months")
    spread = _spread(partial(_counts, months=tuple(times)), design, truth, replicates, seed, means)
    values = np.arange(design.patients + 1.0)
    rows = product(times, ("enrolled", "events"))
    return pd.DataFrame(
        [
            {"month": month, "what": what, **spread.figures(place, shares, values=values)}
            for place, (month, what) in enumerate(rows)
        ]
    )


def forecast_months(
    design: Design,
    truth: Scenario | World,
    *,
    events: Sequence[int],
    replicates: int,
    seed: int,
    shares: tuple[float, ...] = (0.05, 0.5, 0.95),
    means: Means | None = None,
) -> pd.DataFrame:
    """Forecast the months in which events are seen.

    Parameters
    ----------
    design : Design
        Patients, accrual, dropout and imaging; its looks end nothing here.
    truth : Scenario or World
        The truth.
    events : sequence of int
        Numbers of events, for example those of the looks.
    replicates : int
        Trials; rounded up to whole blocks of 2,500.
    seed : int
        Seed.
    shares : tuple of float, optional
        Proportions of trials that take no longer than the quantiles shown.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    pandas.DataFrame
        A row a number of `events`: `reached`, the proportion of trials in which it ever comes,
        with `reached_se`; `mean` and `mean_se` months among them; quantiles of all trials, `q5`,
        `q50`, `q95` and so on, to 0.05 months with their standard errors, infinite where it comes
        in too few.

    Raises
    ------
    InputError
        If there is no number, or one is above the patients.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.08)
    >>> truth = Scenario("null", ("all",), np.ones(1), control, control)
    >>> design = Design(60, AtEvents(45), LogRank(0.10), Accrual(5.0))
    >>> table = forecast_months(design, truth, events=(20, 45), replicates=2_500, seed=1)
    >>> table["reached"].tolist()
    [1.0, 1.0]
    """
    wanted = tuple(positive_integer(number, "events") for number in events)
    if not wanted or max(wanted) > design.patients:
        raise InputError(
            f"{list(wanted)} are not events of {design.patients} patients; give numbers from 1 to "
            f"{design.patients}",
            where="events",
        )
    make = partial(_months, events=wanted)
    spread = _spread(make, design, truth, replicates, seed, means)
    values = np.append((np.arange(BINS) + 0.5) * BIN_MONTHS, np.inf)
    rows = []
    for place, number in enumerate(wanted):
        reached = spread.share(place)
        told = {"events": number, "reached": reached.value, "reached_se": reached.se}
        rows.append(told | spread.figures(place, shares, values=values))
    return pd.DataFrame(rows)


def _counts(batch: Batch, first: int, *, months: tuple[float, ...]) -> dict[str, np.ndarray]:
    """Return the spread of patients and events, in turn, by each of some months."""
    latent, draw = _patients(batch, first)
    calendars = latent.arrival, latent.calendar
    upto = [np.count_nonzero(each <= month, axis=1) for month in months for each in calendars]
    numbers = np.stack(upto, axis=1)
    size = batch.world.draws, batch.design.patients + 1
    return asdict(Spread.of(numbers, numbers, draw=draw, size=size))


def _months(batch: Batch, first: int, *, events: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return the spread of the months of events."""
    latent, draw = _patients(batch, first)
    month = np.sort(latent.calendar, axis=1)[:, np.array(events) - 1]
    place = np.where(month < LONGEST_MONTHS, month / BIN_MONTHS, BINS).astype(int)
    return asdict(Spread.of(month, place, draw=draw, size=(batch.world.draws, BINS + 1)))


def _patients(batch: Batch, first: int) -> tuple[Latent, np.ndarray]:
    """Return the patients of a block of replicates, and the draw of the truth of each replicate."""
    latent = Machine(batch.design, batch.world.truth, batch.seed).latent(first, BLOCK)
    return latent, np.arange(first, first + BLOCK) % batch.world.draws


def _spread(
    make: partial[dict[str, np.ndarray]],
    design: Design,
    truth: Scenario | World,
    replicates: int,
    seed: int,
    means: Means | None,
) -> Spread:
    """Return what blocks of replicates add up to."""
    batch = batch_of(design, truth, seed)
    depends = (batch.digest, make.func.__name__, make.keywords)
    blocks = whole_blocks(replicates)
    jobs = jobs_of("forecast", partial(make, batch), depends=depends, blocks=blocks)
    return Spread(**added_up(done(jobs, means)))
