"""From how far one event moves a test's expected z to power, and to events."""

import numpy as np
from scipy.stats import norm

from oligotrial.checks import InputError, positive, probability

__all__ = ["alpha_below", "benefit", "events_for", "power_at"]


def power_at(by_event: float, events: float, alpha: float) -> float:
    """Return the power at a number of events; `by_event` is the expected z of one."""
    drift = by_event * np.sqrt(positive(events, "events"))
    return float(norm.cdf(drift + norm.ppf(probability(alpha, "alpha"))))


def events_for(by_event: float, power: float, alpha: float) -> float:
    """Return the events at which the power is reached; `by_event` is the expected z of one."""
    return float(((norm.isf(alpha_below(power, alpha)) + norm.ppf(power)) / by_event) ** 2)


def benefit(hazard_ratio: float) -> float:
    """Return a hazard ratio below 1, or raise `InputError`."""
    if positive(hazard_ratio, "hazard_ratio") >= 1:
        raise InputError(
            f"{hazard_ratio} is not below 1: no number of events shows a benefit that isn't there",
            where="hazard_ratio",
        )
    return hazard_ratio


def alpha_below(power: float, alpha: float) -> float:
    """Return alpha, or raise `InputError` where the power is not above it."""
    if probability(power, "power") <= probability(alpha, "alpha"):
        raise InputError(f"{power} is not above alpha, {alpha}: no event is needed", where="power")
    return alpha
