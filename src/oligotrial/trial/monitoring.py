"""What to expect of a group-sequential trial that is under way."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive_integer
from oligotrial.trial import recursion
from oligotrial.trial.plan import SequentialLogRank, finite

__all__ = ["LogNormalPrior", "conditional_power", "predictive_power", "repeated_intervals"]


@dataclass(frozen=True)
class LogNormalPrior:
    """A normal prior on the log hazard ratio.

    Parameters
    ----------
    mean : float
        Mean of the log hazard ratio.
    sd : float
        Its standard deviation; infinite for a flat prior.

    Raises
    ------
    InputError
        If the mean is not finite or the standard deviation is not above 0.

    Examples
    --------
    >>> LogNormalPrior(0.0, 0.4).sd
    0.4
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean):
            raise InputError(f"{self.mean} is not finite", where="mean")
        if not self.sd > 0:
            raise InputError(f"{self.sd} is not above 0; give inf for a flat prior", where="sd")

    def posterior(self, z: float, information: float) -> tuple[float, float]:
        """Return the mean and standard deviation of the log hazard ratio after a look.

        Parameters
        ----------
        z : float
            Standardised statistic, above 0 in favour of the experimental arm.
        information : float
            Information at the look.

        Returns
        -------
        tuple of float
            Posterior mean and standard deviation.
        """
        precision = information + self.sd**-2
        return (-z * math.sqrt(information) + self.mean * self.sd**-2) / precision, precision**-0.5


def conditional_power(
    plan: SequentialLogRank, *, look: int, z: float, hazard_ratio: float
) -> float:
    """Return the probability of showing efficacy later, given the statistic at an interim look.

    Parameters
    ----------
    plan : SequentialLogRank
        The design.
    look : int
        Number of the interim look, from 1.
    z : float
        Standardised statistic at it, above 0 in favour of the experimental arm.
    hazard_ratio : float
        True ratio from here on; `plan.hazard_ratios` gives the observed one.

    Returns
    -------
    float
        Probability of crossing an efficacy boundary at a later look; later futility boundaries
        count only if they bind.

    Raises
    ------
    InputError
        If the look is not an interim look, or a number is out of its range.

    Notes
    -----
    Jennison and Turnbull (2000), chapter 10.

    Examples
    --------
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> round(conditional_power(plan, look=1, z=0.5, hazard_ratio=0.65), 4)
    0.5331
    """
    _interim(plan, look, z)
    return float(_ahead(plan, look, z, np.array([plan.drift(hazard_ratio)]))[0])


def predictive_power(
    plan: SequentialLogRank, *, look: int, z: float, prior: LogNormalPrior
) -> float:
    """Return the conditional power at an interim look, averaged over what is then believed.

    Parameters
    ----------
    plan : SequentialLogRank
        The design.
    look : int
        Number of the interim look, from 1.
    z : float
        Standardised statistic at it, above 0 in favour of the experimental arm.
    prior : LogNormalPrior
        Belief before the trial.

    Returns
    -------
    float
        Posterior predictive probability of crossing an efficacy boundary at a later look.

    Raises
    ------
    InputError
        If the look is not an interim look, or the statistic not finite.

    Notes
    -----
    Spiegelhalter, Freedman and Blackburn (1986), Control Clin Trials 7, 8-17,
    doi:10.1016/0197-2456(86)90003-6, by Gauss-Hermite quadrature of 96 points.

    Examples
    --------
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> round(predictive_power(plan, look=1, z=0.5, prior=LogNormalPrior(0.0, 0.4)), 4)
    0.2085
    """
    _interim(plan, look, z)
    mean, sd = prior.posterior(z, plan.information[look - 1])
    nodes, weights = np.polynomial.hermite_e.hermegauss(96)
    drifts = -(mean + sd * nodes) * plan.information[-1] ** 0.5
    return float(weights @ _ahead(plan, look, z, drifts) / weights.sum())


def repeated_intervals(plan: SequentialLogRank, z: np.ndarray) -> pd.DataFrame:
    """Return confidence intervals of the hazard ratio that hold at all looks together.

    Parameters
    ----------
    plan : SequentialLogRank
        The design.
    z : numpy.ndarray
        Standardised statistics at the first looks; shape (look made,).

    Returns
    -------
    pandas.DataFrame
        A row per look made: `look`, `hazard_ratio`, `lower`, `upper`, whose joint coverage is
        1 - 2 alpha, alpha of one side; an infinite boundary gives 0 to infinity.

    Raises
    ------
    InputError
        If there are more statistics than looks.

    Notes
    -----
    Jennison and Turnbull (1989), J R Stat Soc B 51, 305-361,
    doi:10.1111/j.2517-6161.1989.tb01433.x.

    Examples
    --------
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> repeated_intervals(plan, np.array([1.0])).round(3).values.tolist()
    [[1.0, 0.742, 0.402, 1.369]]
    """
    given = np.atleast_1d(np.asarray(z, dtype=float))
    if given.size > len(plan.looks):
        raise InputError(
            f"{given.size} statistics for {len(plan.looks)} looks; give one for each look made",
            where="z",
        )
    root = np.sqrt(plan.information[: given.size])
    reach = np.array(plan.boundaries.efficacy[: given.size])
    return pd.DataFrame(
        {
            "look": np.arange(1, given.size + 1),
            "hazard_ratio": np.exp(-given / root),
            "lower": np.exp(-(given + reach) / root),
            "upper": np.exp(-(given - reach) / root),
        }
    )


def _ahead(plan: SequentialLogRank, look: int, z: float, drifts: np.ndarray) -> np.ndarray:
    """Return the probability of efficacy after a look, under each drift; shape (drift,)."""
    kept = plan.binding_boundaries
    times = np.array(kept.fractions)
    root = np.sqrt(times)
    lower, upper = (root * kept.futility)[look:], (root * kept.efficacy)[look:]
    start = (float(z * root[look - 1]), float(times[look - 1]))
    return np.array(
        [recursion.exits(times[look:], lower, upper, float(d), start)[0].sum() for d in drifts]
    )


def _interim(plan: SequentialLogRank, look: int, z: float) -> None:
    finite(z, "z")
    if not 1 <= positive_integer(look, "look") < len(plan.looks):
        raise InputError(
            f"{look} is not one of the {len(plan.looks) - 1} interim looks", where="look"
        )
