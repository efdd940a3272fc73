"""Closed forms for the log-rank test, shown beside every simulation.

Schoenfeld's, Freedman's and Hsieh's formulas differ in one thing: how far one event moves the
expected z. They agree where the hazard ratio is near 1 and part where it is not, or where the
arms differ in size; `compare_formulas` tells how far.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError, positive, probability

__all__ = [
    "compare_formulas",
    "freedman_events",
    "freedman_power",
    "hsieh_freedman_events",
    "hsieh_freedman_power",
    "log_rank_information",
    "schoenfeld_events",
    "schoenfeld_power",
]


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
    return _power(_schoenfeld(hazard_ratio, experimental_share), events, alpha)


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
    return _events(_schoenfeld(_benefit(hazard_ratio), experimental_share), power, alpha)


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
    return _power(_freedman(hazard_ratio, experimental_share), events, alpha)


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
    return _events(_freedman(_benefit(hazard_ratio), experimental_share), power, alpha)


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
    return _power(_hsieh_freedman(hazard_ratio, experimental_share), events, alpha)


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
    return _events(_hsieh_freedman(_benefit(hazard_ratio), experimental_share), power, alpha)


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


def compare_formulas(
    hazard_ratios: Sequence[float],
    *,
    power: float,
    alpha: float,
    experimental_share: float = 0.5,
) -> pd.DataFrame:
    """Tabulate the events that each formula asks for, and how far they part.

    Parameters
    ----------
    hazard_ratios : sequence of float
        Experimental against control arm, each below 1.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    pandas.DataFrame
        A row per hazard ratio: `hazard_ratio`, events by `schoenfeld`, `freedman` and
        `hsieh_freedman`, and `apart`, the largest over the smallest, minus 1.

    Raises
    ------
    InputError
        If a hazard ratio is not below 1, or a probability is out of its range.

    Examples
    --------
    >>> table = compare_formulas((0.65,), power=0.8, alpha=0.1, experimental_share=2 / 3)
    >>> table.round(3).iloc[0].tolist()
    [0.65, 109.312, 97.333, 112.708, 0.158]
    """
    setting = {"alpha": alpha, "experimental_share": experimental_share}
    formulas = {
        "schoenfeld": schoenfeld_events,
        "freedman": freedman_events,
        "hsieh_freedman": hsieh_freedman_events,
    }
    table = pd.DataFrame(
        {
            "hazard_ratio": list(hazard_ratios),
            **{
                name: [formula(power, ratio, **setting) for ratio in hazard_ratios]
                for name, formula in formulas.items()
            },
        }
    )
    events = table[list(formulas)]
    return table.assign(apart=events.max(axis=1) / events.min(axis=1) - 1)


def _schoenfeld(hazard_ratio: float, experimental_share: float) -> float:
    """Return the expected z divided by the root of the events."""
    one = log_rank_information(1.0, experimental_share)
    return float(-np.log(positive(hazard_ratio, "hazard_ratio")) * np.sqrt(one))


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


def _power(by_event: float, events: float, alpha: float) -> float:
    drift = by_event * np.sqrt(positive(events, "events"))
    return float(norm.cdf(drift + norm.ppf(probability(alpha, "alpha"))))


def _events(by_event: float, power: float, alpha: float) -> float:
    return float(((norm.isf(alpha_below(power, alpha)) + norm.ppf(power)) / by_event) ** 2)


def _benefit(hazard_ratio: float) -> float:
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
