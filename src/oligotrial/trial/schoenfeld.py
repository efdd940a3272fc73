"""Schoenfeld's formula for the log-rank test, and the information that events carry."""

import numpy as np

from oligotrial.checks import positive, probability
from oligotrial.trial.drift import benefit, events_for, power_at

__all__ = ["log_rank_information", "schoenfeld_events", "schoenfeld_power"]


def schoenfeld_power(
    events: float, hazard_ratio: float, *, alpha: float, experimental_share: float = 0.5
) -> float:
    """Return the log-rank test's approximate power.

    Parameters
    ----------
    events : float
        Events over both arms at the analysis.
    hazard_ratio : float
        Experimental against control arm; below 1 favours the experimental arm.
    alpha : float
        One-sided significance level.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    float
        Probability of a significant benefit.

    Notes
    -----
    Schoenfeld (1983), Biometrics 39, 499-503, doi:10.2307/2531021.

    Examples
    --------
    >>> round(schoenfeld_power(90, 0.65, alpha=0.10), 4)
    0.7769
    """
    return power_at(_schoenfeld(hazard_ratio, experimental_share), events, alpha)


def schoenfeld_events(
    power: float, hazard_ratio: float, *, alpha: float, experimental_share: float = 0.5
) -> float:
    """Return the events at which the log-rank test has a given power.

    Parameters
    ----------
    power : float
        Probability of a significant benefit to reach.
    hazard_ratio : float
        Experimental against control arm; must be below 1.
    alpha : float
        One-sided significance level.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    float
        Events over both arms, not rounded.

    Raises
    ------
    InputError
        If the hazard ratio is not below 1, so that no number of events is enough, or a
        probability is out of its range.

    Notes
    -----
    Schoenfeld (1983), Biometrics 39, 499-503, doi:10.2307/2531021.

    Examples
    --------
    >>> round(schoenfeld_events(0.80, 0.65, alpha=0.10), 1)
    97.2
    """
    return events_for(_schoenfeld(benefit(hazard_ratio), experimental_share), power, alpha)


def log_rank_information(events: float, experimental_share: float = 0.5) -> float:
    """Return the information on the log hazard ratio that events carry, near a ratio of 1.

    Parameters
    ----------
    events : float
        Events over both arms.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    float
        1 over the variance of the log hazard ratio, ``events * share * (1 - share)``.

    Notes
    -----
    Schoenfeld (1983), Biometrics 39, 499-503, doi:10.2307/2531021.

    Examples
    --------
    >>> log_rank_information(90)
    22.5
    """
    share = probability(experimental_share, "experimental_share")
    return positive(events, "events") * share * (1 - share)


def _schoenfeld(hazard_ratio: float, experimental_share: float) -> float:
    """Return the expected z divided by the root of the events."""
    one = log_rank_information(1.0, experimental_share)
    return float(-np.log(positive(hazard_ratio, "hazard_ratio")) * np.sqrt(one))
