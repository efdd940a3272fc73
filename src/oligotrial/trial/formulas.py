"""Closed forms for the log-rank test, shown beside every simulation."""

import numpy as np
from scipy.stats import norm

from oligotrial.checks import InputError, positive, probability

__all__ = ["schoenfeld_events", "schoenfeld_power"]


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
    probability(alpha, "alpha")
    probability(experimental_share, "experimental_share")
    information = positive(events, "events") * experimental_share * (1 - experimental_share)
    drift = -np.log(positive(hazard_ratio, "hazard_ratio")) * np.sqrt(information)
    return float(norm.cdf(drift + norm.ppf(alpha)))


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
    if positive(hazard_ratio, "hazard_ratio") >= 1:
        raise InputError(
            f"{hazard_ratio} is not below 1: no number of events shows a benefit that isn't there",
            where="hazard_ratio",
        )
    if probability(power, "power") <= probability(alpha, "alpha"):
        raise InputError(f"{power} is not above alpha, {alpha}: no event is needed", where="power")
    z = norm.ppf(1 - alpha) + norm.ppf(power)
    share = probability(experimental_share, "experimental_share")
    return float(z**2 / (share * (1 - share) * np.log(hazard_ratio) ** 2))
