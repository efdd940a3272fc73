"""A group-sequential log-rank test at given events: its looks, and what to say at them.

Hazard ratios below 1 favour the experimental arm; standardised statistics above 0 do.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError, positive, positive_integer, probability
from oligotrial.trial import recursion
from oligotrial.trial.boundaries import Boundaries, exit_probabilities
from oligotrial.trial.formulas import log_rank_information
from oligotrial.trial.sequential import GroupSequential, boundaries, drift_for_power
from oligotrial.trial.when import AtEvents

__all__ = [
    "FinalAnalysis",
    "LogNormalPrior",
    "SequentialLogRank",
    "boundary_table",
    "conditional_power",
    "final_analysis",
    "maximum_events",
    "predictive_power",
    "repeated_intervals",
]


@dataclass(frozen=True)
class SequentialLogRank:
    """A group-sequential log-rank test, looked at on the days of given events.

    Parameters
    ----------
    rule : GroupSequential
        The rule in fractions of information.
    events : int
        Events over both arms at the last look.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Raises
    ------
    InputError
        If events are not a whole number, two looks fall on one event, or the share is not
        between 0 and 1.

    Examples
    --------
    >>> plan = SequentialLogRank(GroupSequential((0.5, 0.75, 1.0), 0.10), 90)
    >>> [look.events for look in plan.looks]
    [45, 68, 90]
    """

    rule: GroupSequential
    events: int
    experimental_share: float = 0.5

    def __post_init__(self) -> None:
        positive_integer(self.events, "events")
        probability(self.experimental_share, "experimental_share")
        counts = [look.events for look in self.looks]
        if len(set(counts)) < len(counts):
            raise InputError(
                f"with {self.events} events the looks fall on events {counts}, two on the same; "
                "have fewer looks or more events",
                where="events",
            )

    @property
    def looks(self) -> tuple[AtEvents, ...]:
        """When each look is made: its share of the events, rounded up."""
        return tuple(
            AtEvents(max(1, math.ceil(self.events * fraction - 1e-9)))
            for fraction in self.rule.fractions
        )

    @property
    def boundaries(self) -> Boundaries:
        """Boundaries at the whole numbers of events at which looks are made."""
        fractions = tuple(look.events / self.events for look in self.looks)
        return boundaries(replace(self.rule, fractions=fractions))

    @property
    def information(self) -> np.ndarray:
        """Information on the log hazard ratio at each look; shape (look,)."""
        return np.array(
            [log_rank_information(look.events, self.experimental_share) for look in self.looks]
        )

    def drift(self, hazard_ratio: float) -> float:
        """Return the expected z at the last look, under a hazard ratio.

        Parameters
        ----------
        hazard_ratio : float
            Experimental against control arm.

        Returns
        -------
        float
            What `exit_probabilities` asks for.
        """
        return float(
            -math.log(positive(hazard_ratio, "hazard_ratio")) * self.information[-1] ** 0.5
        )

    def hazard_ratios(self, z: np.ndarray) -> np.ndarray:
        """Return the observed hazard ratios that standardised statistics at the looks stand for.

        Parameters
        ----------
        z : numpy.ndarray
            One statistic for each look; shape (look,).

        Returns
        -------
        numpy.ndarray
            ``exp(-z / sqrt(information))``; shape (look,).
        """
        return np.asarray(np.exp(-np.asarray(z) / np.sqrt(self.information)))


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


def maximum_events(
    rule: GroupSequential, power: float, *, hazard_ratio: float, experimental_share: float = 0.5
) -> float:
    """Return the events at the last look at which a design has a given power.

    Parameters
    ----------
    rule : GroupSequential
        The rule; its futility boundaries are obeyed.
    power : float
        Probability of stopping for efficacy.
    hazard_ratio : float
        Experimental against control arm; below 1.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    float
        Events over both arms, not rounded, with Schoenfeld's information.

    Raises
    ------
    InputError
        If the hazard ratio is not below 1 or the power not above alpha.

    Examples
    --------
    >>> rule = GroupSequential((0.5, 1.0), 0.10)
    >>> round(maximum_events(rule, 0.80, hazard_ratio=0.65), 1)
    98.8
    """
    if positive(hazard_ratio, "hazard_ratio") >= 1:
        raise InputError(
            f"{hazard_ratio} is not below 1: no number of events shows a benefit that isn't there",
            where="hazard_ratio",
        )
    one = log_rank_information(1.0, experimental_share)
    return drift_for_power(rule, power) ** 2 / (one * math.log(hazard_ratio) ** 2)


def boundary_table(plan: SequentialLogRank) -> pd.DataFrame:
    """Tabulate a design's looks and boundaries on the scales that a protocol states.

    Parameters
    ----------
    plan : SequentialLogRank
        The design.

    Returns
    -------
    pandas.DataFrame
        A row per look: `look`, `fraction`, `events`; `efficacy_z`, `efficacy_p` (one-sided) and
        `efficacy_hazard_ratio` (stop at or below); the same of `futility` (stop at or above, or
        the harm side of a two-sided design); `alpha_spent`, the probability under no effect of
        having stopped for efficacy, if non-binding futility is not obeyed.

    Examples
    --------
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> boundary_table(plan)[["events", "efficacy_hazard_ratio"]].round(3).values.tolist()
    [[45.0, 0.542], [90.0, 0.758]]
    """
    found = plan.boundaries
    alpha = exit_probabilities(_kept(plan), 0.0).efficacy
    return pd.DataFrame(
        {
            "look": np.arange(1, len(found.fractions) + 1),
            "fraction": found.fractions,
            "events": [look.events for look in plan.looks],
            "efficacy_z": found.efficacy,
            "efficacy_p": found.p_values,
            "efficacy_hazard_ratio": plan.hazard_ratios(np.array(found.efficacy)),
            "futility_z": found.futility,
            "futility_p": found.futility_p_values,
            "futility_hazard_ratio": plan.hazard_ratios(np.array(found.futility)),
            "alpha_spent": np.cumsum(alpha),
        }
    )


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
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> round(conditional_power(plan, look=1, z=0.5, hazard_ratio=0.65), 4)
    0.5331
    """
    _interim(plan, look)
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
        If the look is not an interim look.

    Notes
    -----
    Spiegelhalter, Freedman and Blackburn (1986), Control Clin Trials 7, 8-17,
    doi:10.1016/0197-2456(86)90003-6, by Gauss-Hermite quadrature of 96 points.

    Examples
    --------
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> round(predictive_power(plan, look=1, z=0.5, prior=LogNormalPrior(0.0, 0.4)), 4)
    0.2085
    """
    _interim(plan, look)
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
        If there is no such look, or the coverage is not between 0 and 1.

    Notes
    -----
    Tsiatis, Rosner and Mehta (1984), Biometrics 40, 797-803, doi:10.2307/2530924; Jennison and
    Turnbull (2000), chapter 8.

    Examples
    --------
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> found = final_analysis(plan, look=2, z=1.6)
    >>> round(found.p_value, 4), round(found.hazard_ratio, 3)
    (0.0637, 0.72)
    """
    if not 1 <= positive_integer(look, "look") <= len(plan.looks):
        raise InputError(f"{look} is not one of the {len(plan.looks)} looks", where="look")
    outside = 1 - confidence if confidence is not None else 2 * plan.rule.alpha_of_one_side
    probability(outside, "confidence")
    limits = [_drift_at(plan, look, z, share) for share in (outside / 2, 0.5, 1 - outside / 2)]
    upper, middle, lower = np.exp(-np.array(limits) / plan.information[-1] ** 0.5).tolist()
    p_value = _more_extreme(plan, look, z, 0.0)
    if plan.rule.two_sided:
        p_value = 2 * min(p_value, 1 - p_value)
    return FinalAnalysis(p_value, middle, lower, upper, 1 - outside)


def _more_extreme(plan: SequentialLogRank, look: int, z: float, drift: float) -> float:
    """Return the probability of as much evidence or more, in the stagewise ordering."""
    kept = _kept(plan)
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


def _kept(plan: SequentialLogRank) -> Boundaries:
    """Return the boundaries that alpha relies on."""
    found = plan.boundaries
    return found if plan.rule.futility.binding else found.without_futility()


def _ahead(plan: SequentialLogRank, look: int, z: float, drifts: np.ndarray) -> np.ndarray:
    """Return the probability of efficacy after a look, under each drift; shape (drift,)."""
    kept = _kept(plan)
    times = np.array(kept.fractions)
    root = np.sqrt(times)
    lower, upper = (root * kept.futility)[look:], (root * kept.efficacy)[look:]
    start = (float(z * root[look - 1]), float(times[look - 1]))
    return np.array(
        [recursion.exits(times[look:], lower, upper, float(d), start)[0].sum() for d in drifts]
    )


def _interim(plan: SequentialLogRank, look: int) -> None:
    if not 1 <= positive_integer(look, "look") < len(plan.looks):
        raise InputError(
            f"{look} is not one of the {len(plan.looks) - 1} interim looks", where="look"
        )
