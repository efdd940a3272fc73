"""What a group-sequential trial says once it has stopped, its looks allowed for."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, positive_integer, probability
from oligotrial.trial.boundaries import Boundaries, exit_probabilities
from oligotrial.trial.plan import SequentialLogRank, finite

__all__ = ["FinalAnalysis", "final_analysis"]


@dataclass(frozen=True)
class FinalAnalysis:
    """What a stopped trial says of the hazard ratio, looks allowed for.

    Parameters
    ----------
    p_value : float
        Stagewise-ordered p-value, one-sided unless the design is two-sided.
    hazard_ratio : float
        Median-unbiased estimate.
    lower, upper : float
        Limits of the interval.
    confidence : float
        Its coverage.
    """

    p_value: float
    hazard_ratio: float
    lower: float
    upper: float
    confidence: float


def final_analysis(
    plan: SequentialLogRank, *, look: int, z: float, confidence: float | None = None
) -> FinalAnalysis:
    """Return p-value, estimate and interval of a trial that stopped at a look.

    Parameters
    ----------
    plan : SequentialLogRank
        The design; futility boundaries that don't bind are left out of account, so that the
        p-value agrees with alpha whether they were obeyed or not.
    look : int
        Number of the look at which it stopped, from 1.
    z : float
        Standardised statistic at it, above 0 in favour of the experimental arm.
    confidence : float, optional
        Coverage of the interval; by default 1 - 2 alpha, alpha of one side.

    Returns
    -------
    FinalAnalysis
        By the stagewise ordering, in which a trial that showed efficacy earlier shows more.

    Raises
    ------
    InputError
        If there is no such look, the statistic is not finite, or the coverage is not between
        0 and 1.

    Notes
    -----
    Tsiatis, Rosner and Mehta (1984), Biometrics 40, 797-803, doi:10.2307/2530924; Jennison and
    Turnbull (2000), chapter 8.

    Examples
    --------
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> found = final_analysis(plan, look=2, z=1.6)
    >>> round(found.p_value, 4), round(found.hazard_ratio, 3)
    (0.0637, 0.72)
    """
    if not 1 <= positive_integer(look, "look") <= len(plan.looks):
        raise InputError(f"{look} is not one of the {len(plan.looks)} looks", where="look")
    finite(z, "z")
    if confidence is None:
        confidence = 1 - 2 * plan.rule.alpha_of_one_side
    outside = 1 - probability(confidence, "confidence")
    limits = [_drift_at(plan, look, z, share) for share in (outside / 2, 0.5, 1 - outside / 2)]
    upper, middle, lower = np.exp(-np.array(limits) / plan.information[-1] ** 0.5).tolist()
    p_value = _more_extreme(plan, look, z, 0.0)
    if plan.rule.two_sided:
        p_value = 2 * min(p_value, 1 - p_value)
    return FinalAnalysis(p_value, middle, lower, upper, confidence)


def _more_extreme(plan: SequentialLogRank, look: int, z: float, drift: float) -> float:
    """Return the probability of as much evidence or more, in the stagewise ordering."""
    kept = plan.binding_boundaries
    reached = Boundaries(
        kept.fractions[:look], (*kept.efficacy[: look - 1], z), kept.futility[:look]
    )
    return exit_probabilities(reached, drift).power


def _drift_at(plan: SequentialLogRank, look: int, z: float, share: float) -> float:
    """Return the drift under which a share of trials show as much evidence or more."""
    fraction = plan.boundaries.fractions[look - 1]
    low = high = float((z + norm.ppf(share)) / fraction**0.5)

    def excess(drift: float) -> float:
        return _more_extreme(plan, look, z, drift) - share

    while excess(low) > 0:
        low -= 1.0
    while excess(high) < 0:
        high += 1.0
    if low == high:
        return low
    return float(brentq(excess, low, high, xtol=1e-12))
