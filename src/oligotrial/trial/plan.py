"""A group-sequential log-rank test at given events, as a protocol states it.

Hazard ratios below 1 favour the experimental arm; standardised statistics above 0 do.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive, positive_integer, probability
from oligotrial.trial.boundaries import Boundaries, exit_probabilities
from oligotrial.trial.formulas import log_rank_information
from oligotrial.trial.sequential import GroupSequential, drift_for_power, find_boundaries
from oligotrial.trial.when import AtEvents

__all__ = ["SequentialLogRank", "boundary_table", "maximum_events"]


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
        return find_boundaries(replace(self.rule, fractions=fractions))

    @property
    def binding_boundaries(self) -> Boundaries:
        """Boundaries that alpha relies on: without futility unless it binds."""
        return relied_on(self.rule, self.boundaries)

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
    return tabulated(plan, plan.boundaries)


def tabulated(plan: SequentialLogRank, found: Boundaries) -> pd.DataFrame:
    """Tabulate boundaries at a plan's looks, as `boundary_table` does."""
    kept = relied_on(plan.rule, found)
    alpha = exit_probabilities(kept, 0.0).efficacy
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


def relied_on(rule: GroupSequential, found: Boundaries) -> Boundaries:
    """Return the boundaries that alpha relies on: without futility unless it binds."""
    return found if rule.futility.binding else found.without_futility()


def finite(value: float, name: str) -> float:
    """Return a finite number, or raise `InputError` naming it."""
    if not math.isfinite(value):
        raise InputError(f"{value} is not a finite number", where=name)
    return float(value)
