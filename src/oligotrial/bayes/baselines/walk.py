"""Levels of a hazard that walk at random from each piece of time to the next."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from oligotrial.bayes.baselines.core import Values
from oligotrial.bayes.priors import Normal, Parameter, Priors

__all__ = ["event_quantiles", "relative_levels", "walk_parameters"]


def walk_parameters(priors: Priors, *, steps: int, what: str) -> tuple[Parameter, Parameter]:
    """Return the parameters of a random walk: its step size, and the standardised steps.

    Parameters
    ----------
    priors : Priors
        A model's priors.
    steps : int
        Number of steps, one fewer than levels.
    what : str
        What walks, for the sentence on the prior.

    Returns
    -------
    tuple of Parameter
        `smoothing` and `walk`.
    """
    up_to = "up to {high:.2f}, a factor of {ratio_high:.1f}, with 97.5%"
    each = "each step in units of the smoothing"
    return (
        Parameter("smoothing", priors["smoothing"], implies=f"steps of the log {what} {up_to}"),
        Parameter("walk", Normal(0.0, 1.0), size=steps, implies=each),
    )


def relative_levels(parameters: Values, shares: Any, *, steps: int) -> Sequence[Any]:
    """Return the levels that a random walk reaches, relative to their average.

    ``level_k = exp(sum_(j <= k) smoothing * walk_j) / sum_k share_k exp(...)``: steps of the log
    are normal, and the average, weighted by the shares, is 1.

    Parameters
    ----------
    parameters : mapping
        `smoothing`, and the elements of `walk`, as symbols or as draws of shape (samples, 1).
    shares : array
        Each level's share of the average, summing to 1; shape (levels,).
    steps : int
        Number of steps.

    Returns
    -------
    sequence of array
        One a level, shaped as `smoothing`.

    Notes
    -----
    Number by number, which PyTensor fuses into one operation: cumulative sums of vectors are
    compiled in half as much time again, and a gradient takes twice as long.
    """
    log_level: Any = 0.0
    average: Any = shares[0]
    others = []
    for k in range(steps):
        log_level = log_level + parameters["smoothing"] * parameters["walk"][k]
        others.append(np.exp(log_level))
        average = average + shares[k + 1] * others[-1]
    return [1.0 / average, *(level / average for level in others)]


def event_quantiles(time: np.ndarray, event: np.ndarray, count: int) -> tuple[float, ...]:
    """Return times between 0 and the last event that part the events evenly.

    Parameters
    ----------
    time, event : numpy.ndarray
        All patients' times and events.
    count : int
        How many.

    Returns
    -------
    tuple of float
        Increasing, below the last event's time; fewer where events are tied.
    """
    events = np.asarray(time)[np.asarray(event) == 1]
    found = np.unique(np.quantile(events, np.linspace(0.0, 1.0, count + 2)[1:-1]))
    return tuple(map(float, found[found < events.max()]))
