"""Patients, events and months to come: what simulated trials spread over."""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, non_negative, positive_integer, probability
from oligotrial.simulate.engine import Batch
from oligotrial.simulate.jobs import Job, Means, in_order
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing.evaluate import BLOCK
from oligotrial.simulate.sizing.sums import Sums
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
    doi:10.1080/01621459.1952.10483443, with the mean's ratio of clustered to simple variance where
    trials share draws of the truth.

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
    order = np.argsort(times, kind="stable")
    make = partial(_counts, months=tuple(times[order].tolist()))
    found = _total(make, _batch(design, truth, seed), replicates, means)
    values = np.arange(design.patients + 1.0)
    return pd.DataFrame(
        [
            {
                "month": month,
                "what": what,
                **_figures(found, what, place, shares=shares, values=values),
            }
            for month, place in zip(times, np.argsort(order), strict=True)
            for what in ("enrolled", "events")
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
    found = _total(partial(_months, events=wanted), _batch(design, truth, seed), replicates, means)
    values = np.append((np.arange(BINS) + 0.5) * BIN_MONTHS, np.inf)
    rows = []
    for place, number in enumerate(wanted):
        came = found["month_trials"][:, [place]]
        reached = Sums(found["trials"], came, came.sum().reshape(1, 1)).mean([1.0])
        figures = _figures(found, "month", place, shares=shares, values=values)
        rows.append(
            {"events": number, "reached": reached.value, "reached_se": reached.se} | figures
        )
    return pd.DataFrame(rows)


def _batch(design: Design, truth: Scenario | World, seed: int) -> Batch:
    return Batch(design, truth.world() if isinstance(truth, Scenario) else truth, BLOCK, seed)


def _total(
    make: partial[dict[str, np.ndarray]], batch: Batch, replicates: int, means: Means | None
) -> dict[str, np.ndarray]:
    """Return what blocks of replicates add up to."""
    words = repr((batch.digest, make.func.__name__, make.keywords, BLOCK))
    digest = sha256(words.encode()).hexdigest()[:20]
    jobs = [
        Job(f"forecast-{digest}-{block}", partial(make, batch, block * BLOCK))
        for block in range(-(-positive_integer(replicates, "replicates") // BLOCK))
    ]
    total: dict[str, np.ndarray] = {}
    for part in in_order(jobs, means or Means()):
        total = {name: total.get(name, 0) + array for name, array in part.items()}
    return total


def _counts(batch: Batch, first: int, *, months: tuple[float, ...]) -> dict[str, np.ndarray]:
    """Return sums and frequencies of patients and events by each of ascending months."""
    latent = Machine(batch.design, batch.world.truth, batch.seed).latent(first, BLOCK)
    draw = np.arange(first, first + BLOCK) % batch.world.draws
    found: dict[str, np.ndarray] = {}
    for what, calendar in (("enrolled", latent.arrival), ("events", latent.calendar)):
        upto = np.stack([np.count_nonzero(calendar <= month, axis=1) for month in months], axis=1)
        found |= _sums(what, upto, draw, batch.world.draws)
        found[f"{what}_frequencies"] = _frequencies(upto, batch.design.patients + 1)
    return found


def _months(batch: Batch, first: int, *, events: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return sums and frequencies of the months of events."""
    latent = Machine(batch.design, batch.world.truth, batch.seed).latent(first, BLOCK)
    draws = batch.world.draws
    draw = np.arange(first, first + BLOCK) % draws
    month = np.sort(latent.calendar, axis=1)[:, np.array(events) - 1]
    place = np.where(month < LONGEST_MONTHS, month / BIN_MONTHS, BINS).astype(int)
    found = _sums("month", month, draw, draws)
    found["month_frequencies"] = _frequencies(place, BINS + 1)
    found["trials"] = np.bincount(draw, minlength=draws).astype(float)
    return found


def _sums(what: str, numbers: np.ndarray, draw: np.ndarray, draws: int) -> dict[str, np.ndarray]:
    """Return finite numbers' counts and sums by draw, and sums of squares; places last."""
    finite = np.isfinite(numbers)
    kept = np.where(finite, numbers, 0.0)

    def by_draw(columns: np.ndarray) -> np.ndarray:
        each = [np.bincount(draw, weights=column, minlength=draws) for column in columns.T]
        return np.stack(each, axis=1)

    return {
        f"{what}_trials": by_draw(finite),
        f"{what}_totals": by_draw(kept),
        f"{what}_squares": np.array([np.sum(column**2) for column in kept.T]),
    }


def _frequencies(numbers: np.ndarray, bins: int) -> np.ndarray:
    """Return how often each whole number below `bins` is there; shape (places, bins)."""
    return np.stack([np.bincount(column, minlength=bins) for column in numbers.T])


def _figures(
    found: dict[str, np.ndarray],
    what: str,
    place: int,
    *,
    shares: tuple[float, ...],
    values: np.ndarray,
) -> dict[str, float]:
    """Return the mean and quantiles of one place, each with its standard error."""
    square = found[f"{what}_squares"][place].reshape(1, 1)
    sums = Sums(found[f"{what}_trials"][:, place], found[f"{what}_totals"][:, [place]], square)
    mean = sums.mean([1.0])
    upto = np.cumsum(found[f"{what}_frequencies"][place])
    trials = float(upto[-1])
    simple = max(float(square[0, 0]) / sums.count - mean.value**2, 0.0) / sums.count
    clustering = mean.se**2 / simple if simple > 0 else 1.0
    figures = {"mean": mean.value, "mean_se": mean.se}

    def quantile(share: float) -> float:
        return float(values[min(int(np.searchsorted(upto, share * trials)), values.size - 1)])

    for share in shares:
        error = np.sqrt(probability(share, "shares") * (1 - share) / trials * clustering)
        ends = quantile(max(share - error, 0.0)), quantile(min(share + error, 1.0))
        name = f"q{100 * share:g}"
        figures[name] = quantile(share)
        figures[f"{name}_se"] = 0.0 if ends[0] == ends[1] else (ends[1] - ends[0]) / 2
    return figures
