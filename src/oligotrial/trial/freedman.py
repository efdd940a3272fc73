"""Freedman's formula for the log-rank test, and Hsieh's variant of it for arms of any size."""

import numpy as np

from oligotrial.checks import positive, probability
from oligotrial.trial.drift import benefit, events_for, power_at
from oligotrial.trial.schoenfeld import log_rank_information

__all__ = [
    "freedman_events",
    "freedman_power",
    "hsieh_freedman_events",
    "hsieh_freedman_power",
]


def freedman_power(
    events: float, hazard_ratio: float, *, alpha: float, experimental_share: float = 0.5
) -> float:
    """Return the log-rank test's approximate power by Freedman's formula.

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
    Freedman (1982), Stat Med 1, 121-129, doi:10.1002/sim.4780010204.

    Examples
    --------
    >>> round(freedman_power(90, 0.65, alpha=0.10), 4)
    0.7676
    """
    return power_at(_freedman(hazard_ratio, experimental_share), events, alpha)


def freedman_events(
    power: float, hazard_ratio: float, *, alpha: float, experimental_share: float = 0.5
) -> float:
    """Return the events at which the log-rank test has a given power, by Freedman's formula.

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
        If the hazard ratio is not below 1, or a probability is out of its range.

    Notes
    -----
    Freedman (1982), Stat Med 1, 121-129, doi:10.1002/sim.4780010204.

    Examples
    --------
    >>> round(freedman_events(0.80, 0.65, alpha=0.10), 1)
    100.2
    """
    return events_for(_freedman(benefit(hazard_ratio), experimental_share), power, alpha)


def hsieh_freedman_power(
    events: float, hazard_ratio: float, *, alpha: float, experimental_share: float = 0.5
) -> float:
    """Return the log-rank test's approximate power by Hsieh's variant of Freedman's formula.

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
    Hsieh (1992), Stat Med 11, 1091-1097, doi:10.1002/sim.4780110810.

    Examples
    --------
    >>> round(hsieh_freedman_power(90, 0.65, alpha=0.10, experimental_share=2 / 3), 4)
    0.731
    """
    return power_at(_hsieh_freedman(hazard_ratio, experimental_share), events, alpha)


def hsieh_freedman_events(
    power: float, hazard_ratio: float, *, alpha: float, experimental_share: float = 0.5
) -> float:
    """Return the events for a given power by Hsieh's variant of Freedman's formula.

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
        If the hazard ratio is not below 1, or a probability is out of its range.

    Notes
    -----
    Hsieh (1992), Stat Med 11, 1091-1097, doi:10.1002/sim.4780110810. At 1:1 it is Freedman's.

    Examples
    --------
    >>> round(hsieh_freedman_events(0.80, 0.65, alpha=0.10), 1)
    100.2
    """
    return events_for(_hsieh_freedman(benefit(hazard_ratio), experimental_share), power, alpha)


def _freedman(hazard_ratio: float, experimental_share: float) -> float:
    """Return the expected z divided by the root of the events; k patients to each control."""
    share = probability(experimental_share, "experimental_share")
    ratio, k = positive(hazard_ratio, "hazard_ratio"), share / (1 - share)
    return float((1 - ratio) * np.sqrt(k) / (1 + k * ratio))


def _hsieh_freedman(hazard_ratio: float, experimental_share: float) -> float:
    """Return the expected z divided by the root of the events."""
    ratio = positive(hazard_ratio, "hazard_ratio")
    one = log_rank_information(1.0, experimental_share)
    return float(2 * (1 - ratio) / (1 + ratio) * np.sqrt(one))
