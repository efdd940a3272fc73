"""Thresholds that keep a type I error, by simulation under the null."""

from dataclasses import dataclass, fields, replace
from functools import partial, singledispatch
from typing import Any

import numpy as np
from scipy.stats import binom

from oligotrial.checks import InputError, positive, probability, suggestion
from oligotrial.simulate.engine import Batch
from oligotrial.simulate.jobs import Means
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing.blocks import BLOCK, batch_of, done, jobs_of, whole_blocks
from oligotrial.simulate.sizing.sums import Estimate
from oligotrial.simulate.sizing.trials import simulated
from oligotrial.simulate.world import World
from oligotrial.trial import Design, Monitored, Repeated, SequentialLogRank
from oligotrial.trial.observed import Observed

__all__ = ["Critical", "Threshold", "critical_value"]

LEVEL = 0.95
"""Level of the interval of a critical value."""


@dataclass(frozen=True)
class Critical:
    """The statistic from which a test succeeds so that it keeps a type I error.

    Parameters
    ----------
    value : float
        Critical value; larger statistics favour the experimental arm.
    low, high : float
        95% interval of what it would be with trials without end.
    attained : Estimate
        Share of the simulated null trials at or above the value.
    replicates : int
        Trials simulated.
    """

    value: float
    low: float
    high: float
    attained: Estimate
    replicates: int


def critical_value(
    design: Design,
    null: Scenario | World,
    *,
    alpha: float,
    replicates: int,
    seed: int,
    means: Means | None = None,
) -> Critical:
    """Find the critical value of a design's test at its one look.

    Parameters
    ----------
    design : Design
        The design; its own threshold isn't used.
    null : Scenario or World
        A truth without benefit.
    alpha : float
        Type I error to keep.
    replicates : int
        Null trials; rounded up to whole blocks of 2,500. The type I error that is kept has a
        Monte Carlo standard error of ``sqrt(alpha * (1 - alpha) / replicates)``.
    seed : int
        Seed.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    Critical
        The smallest simulated statistic that no more than alpha of the trials reach, with the
        interval between order statistics that holds the true quantile.

    Raises
    ------
    InputError
        If the design has several looks, for which `size` over a `Threshold` is the way, or a
        number is out of its range.

    Notes
    -----
    Interval: David and Nagaraja (2003), Order Statistics, 3rd edition, section 7.1; it treats
    trials as independent, which they are where the null is one truth.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> control = Exponential(0.08)
    >>> null = Scenario("null", ("all",), np.ones(1), control, control)
    >>> design = Design(40, AtEvents(30), LogRank(0.10), Accrual(5.0))
    >>> found = critical_value(design, null, alpha=0.10, replicates=10_000, seed=1)
    >>> found.low < found.value < found.high, found.attained.value
    (True, 0.1)
    """
    probability(alpha, "alpha")
    if len(design.looks) > 1:
        raise InputError(
            f"{len(design.looks)} looks have no one critical value; size the design over a "
            "Threshold with target=Maximum(Success(), alpha) instead",
            where="design",
        )
    batch = batch_of(design, null, seed)
    blocks = whole_blocks(replicates)
    jobs = jobs_of("statistic", partial(_block, batch), depends=(batch.digest,), blocks=blocks)
    found = [part["statistic"] for part in done(jobs, means)]
    return _critical(np.sort(np.concatenate(found)), alpha)


def _block(batch: Batch, first: int) -> dict[str, np.ndarray]:
    statistic = simulated(batch, first, BLOCK).statistic
    return {"statistic": np.where(np.isnan(statistic), -np.inf, statistic)}


def _critical(statistic: np.ndarray, alpha: float) -> Critical:
    """Read the critical value off the ascending statistics of null trials."""
    trials = statistic.size
    at_most = int(np.floor(alpha * trials))
    if at_most == 0:
        raise InputError(
            f"{trials} trials are too few for a type I error of {alpha:g}", where="replicates"
        )
    # Of tied statistics all or none reach a value: the next larger one where all are too many.
    value = statistic[trials - at_most]
    if np.count_nonzero(statistic >= value) > at_most:
        larger = statistic[statistic > value]
        value = larger[0] if larger.size else np.inf
    attained = float(np.mean(statistic >= value))
    ends = binom.ppf(np.array([0.5 + LEVEL / 2, 0.5 - LEVEL / 2]), trials, alpha)
    low, high = trials - np.asarray(ends, dtype=int)
    return Critical(
        float(value),
        float(statistic[max(low - 1, 0)]),
        float(statistic[min(high, trials - 1)]),
        Estimate(attained, float(np.sqrt(attained * (1 - attained) / trials))),
        trials,
    )


@dataclass(frozen=True)
class Threshold:
    """A number of the design's test, such as a posterior probability that counts as success.

    Parameters
    ----------
    name : str
        The test's own name for it: "alpha" (of a group-sequential test, of its rule),
        "probability"; of a `Monitored` one "efficacy", which is then the same at every look that
        has one.
    step : float, optional
        Distance of neighbouring values.

    Raises
    ------
    InputError
        If the step is not above 0; from `at`, if the test has no such number.

    Examples
    --------
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> design = Design(40, AtEvents(30), LogRank(0.10), Accrual(5.0))
    >>> Threshold("alpha").at(design, 0.08).test.alpha
    0.08
    """

    name: str
    step: float = 0.0005

    def __post_init__(self) -> None:
        positive(self.step, "step")

    def at(self, design: Design, value: float) -> Design:
        """Return the design with another value in its test.

        Parameters
        ----------
        design : Design
            The design.
        value : float
            The value.

        Returns
        -------
        Design
            A new design.

        Raises
        ------
        InputError
            If the test has no such number.
        """
        return replace(design, test=_with_number(design.test, self.name, float(value)))


@singledispatch
def _with_number(test: Any, name: str, value: float) -> Any:
    """Return a test with another value of one of its numbers."""
    known = [field.name for field in fields(test) if _is_number(getattr(test, field.name))]
    if name not in known:
        has = f"it has {', '.join(map(repr, known))}" if known else "it has none"
        raise InputError(
            f"{type(test).__name__} has no number '{name}'{suggestion(name, known)}; {has}",
            where="over",
        )
    return replace(test, **{name: value})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@_with_number.register
def _(test: SequentialLogRank, name: str, value: float) -> SequentialLogRank:
    """Change the rule; events are a matter of the design."""
    return replace(test, rule=_with_number(test.rule, name, value))


@_with_number.register
def _(test: Observed, name: str, value: float) -> Observed:
    return replace(test, plan=_with_number(test.plan, name, value))


@_with_number.register
def _(test: Repeated, name: str, value: float) -> Repeated:
    """Change the rule: the analysis' own level isn't used."""
    return replace(test, rule=_with_number(test.rule, name, value))


@_with_number.register
def _(test: Monitored, name: str, value: float) -> Monitored:
    """Give all looks that have one the same efficacy threshold; what touched it still does."""
    if name != "efficacy":
        raise InputError(f"of a Monitored test 'efficacy' is varied, not '{name}'", where="over")
    efficacy = tuple(old if np.isinf(old) else value for old in test.efficacy)
    futility = tuple(
        new if lower == old else min(lower, new)
        for lower, old, new in zip(test.futility, test.efficacy, efficacy, strict=True)
    )
    return replace(test, efficacy=efficacy, futility=futility)
