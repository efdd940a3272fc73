"""Group-sequential rules whose errors are spent by what each trial was seen to have."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, positive
from oligotrial.trial.boundaries import Boundaries, Looks
from oligotrial.trial.futility import BetaSpending, FixedFutility
from oligotrial.trial.paths import Rule
from oligotrial.trial.plan import SequentialLogRank, tabulated
from oligotrial.trial.spending import Spending
from oligotrial.trial.when import AtCalendar

__all__ = [
    "Clock",
    "EventsSeen",
    "Information",
    "Observed",
    "PrecisionSeen",
    "SpendByInformation",
    "SpendByLesser",
    "SpendByMonths",
    "expected_table",
]


class Clock(Protocol):
    """By what errors are spent."""

    @property
    def words(self) -> str:
        """What the share is of, for a protocol."""
        ...

    def share(self, information: np.ndarray, months: np.ndarray, planned: float) -> np.ndarray:
        """Return the share by which errors are spent; 1 or more for all.

        Parameters
        ----------
        information : numpy.ndarray
            Information at a look, as a share of that planned for the end; shape (trials,).
        months : numpy.ndarray
            Months from the first day of accrual to the look; shape (trials,).
        planned : float
            Share of the information that was planned for this look.

        Returns
        -------
        numpy.ndarray
            Shape (trials,).
        """
        ...


@dataclass(frozen=True)
class SpendByInformation:
    """Errors are spent by the information that was seen."""

    @property
    def words(self) -> str:
        """What the share is of."""
        return "the information seen"

    def share(
        self,
        information: np.ndarray,
        months: np.ndarray,  # noqa: ARG002
        planned: float,  # noqa: ARG002
    ) -> np.ndarray:
        """Return the share of the information; shape (trials,)."""
        return information


@dataclass(frozen=True)
class SpendByLesser:
    """Errors are spent by the information that was seen, at interim looks no more than planned.

    An interim look that comes with more events than planned then leaves alpha for later ones,
    and none spends all of it.
    """

    @property
    def words(self) -> str:
        """What the share is of."""
        return "the information seen, at interim looks no more than planned"

    def share(
        self,
        information: np.ndarray,
        months: np.ndarray,  # noqa: ARG002
        planned: float,
    ) -> np.ndarray:
        """Return the lesser share; shape (trials,)."""
        return np.asarray(np.minimum(information, planned))


@dataclass(frozen=True)
class SpendByMonths:
    """Errors are spent by the time that has passed, whatever the information.

    Parameters
    ----------
    months : tuple of float
        Month from the first day of accrual that is planned for each look; the last is the
        planned duration.

    Raises
    ------
    InputError
        If months are not positive or don't ascend.

    Examples
    --------
    >>> SpendByMonths((12.0, 24.0, 36.0)).looks[0]
    AtCalendar(months=12.0)
    """

    months: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "months", tuple(map(float, self.months)))
        if not self.months:
            raise InputError("no months are given; give one for each look", where="months")
        for month in self.months:
            positive(month, "months")
        for before, after in pairwise(self.months):
            if not after > before:
                raise InputError(
                    f"month {after:g} does not come after month {before:g}; put the looks in order",
                    where="months",
                )

    @property
    def looks(self) -> tuple[AtCalendar, ...]:
        """The planned dates as moments of analysis."""
        return tuple(map(AtCalendar, self.months))

    @property
    def shares(self) -> tuple[float, ...]:
        """Planned share of the duration at each look."""
        return tuple(month / self.months[-1] for month in self.months)

    @property
    def words(self) -> str:
        """What the share is of."""
        return f"the months passed, of {self.months[-1]:g}"

    def share(
        self,
        information: np.ndarray,  # noqa: ARG002
        months: np.ndarray,
        planned: float,  # noqa: ARG002
    ) -> np.ndarray:
        """Return the share of the duration; shape (trials,)."""
        return np.asarray(months / self.months[-1])


class Information(Protocol):
    """What a trial's information is taken from."""

    @property
    def words(self) -> str:
        """What it is, for a protocol."""
        ...

    def share(self, events: np.ndarray, std_error: np.ndarray, planned: int) -> np.ndarray:
        """Return the information as a share of that planned for the end, 0 where there is none.

        Parameters
        ----------
        events : numpy.ndarray
            Events over both arms; shape (trials,).
        std_error : numpy.ndarray
            Standard error of the analysis' estimate; shape (trials,).
        planned : int
            Events planned for the end.

        Returns
        -------
        numpy.ndarray
            Shape (trials,).
        """
        ...


@dataclass(frozen=True)
class EventsSeen:
    """Information is the number of events over both arms."""

    @property
    def words(self) -> str:
        """What it is."""
        return "events"

    def share(
        self,
        events: np.ndarray,
        std_error: np.ndarray,  # noqa: ARG002
        planned: int,
    ) -> np.ndarray:
        """Return the share of the planned events; shape (trials,)."""
        return np.asarray(events / planned)


@dataclass(frozen=True)
class PrecisionSeen:
    """Information is the precision of the analysis' own estimate, ``1 / std_error**2``.

    Parameters
    ----------
    planned : float
        Precision planned for the end: for a log hazard ratio about a quarter of the events, for a
        difference of restricted means 1 over its variance in months squared.

    Raises
    ------
    InputError
        If it is not positive.

    Examples
    --------
    >>> PrecisionSeen(22.5).share(np.array([50]), np.array([0.3]), 90).round(3).tolist()
    [0.494]
    """

    planned: float

    def __post_init__(self) -> None:
        positive(self.planned, "planned")

    @property
    def words(self) -> str:
        """What it is."""
        return f"precision of the estimate, of {self.planned:g}"

    def share(
        self,
        events: np.ndarray,  # noqa: ARG002
        std_error: np.ndarray,
        planned: int,  # noqa: ARG002
    ) -> np.ndarray:
        """Return the share of the planned precision; shape (trials,)."""
        known = np.isfinite(std_error) & (std_error > 0.0)
        return np.where(known, np.where(known, std_error, 1.0) ** -2.0 / self.planned, 0.0)


@dataclass(frozen=True)
class Observed:
    """A group-sequential plan whose errors are spent by what each trial was seen to have.

    At each look the boundary is found anew from the information of all looks so far. The last look
    spends all that is left, whatever information there is. A look before it at which the share
    reaches 1 is the last: nothing is left for later ones.

    Parameters
    ----------
    plan : SequentialLogRank
        The rule, whose efficacy is a spending function; the fractions that are expected; and the
        events that count as all the information.
    spend_by : Clock, optional
        `SpendByInformation()`; `SpendByMonths((12.0, 24.0, 36.0))` for the time passed; or
        `SpendByLesser()`. The looks are correlated by the information in any case.
    information : Information, optional
        `EventsSeen()`, or `PrecisionSeen(planned)` for the precision of the analysis' estimate.

    Raises
    ------
    InputError
        If the plan is none, its efficacy is a classical shape, or there isn't a month for each
        look.

    Notes
    -----
    Lan and DeMets (1983), Biometrika 70, 659-663, doi:10.1093/biomet/70.3.659; by the calendar
    (1989), Biometrics 45, 1017-1020, doi:10.2307/2531701. Jennison and Turnbull (2000), chapter 7;
    Proschan, Lan and Wittes (2006), Statistical Monitoring of Clinical Trials, doi:10.1007/
    978-0-387-44970-8. Looks are correlated by ``sqrt(I_j / I_k)``, I being the information seen.

    Fixed futility bounds stay as they are, and never lie above the efficacy boundary. Beta is
    spent by the same share as alpha, for the effect of the plan: the expected z at all the
    information is where the expected boundaries meet, and the last look decides either way, so
    that alpha is kept and power moves with the information. If beta's boundary reaches alpha's
    before, the trial ends there.

    A look without new information is made at that of the look before; both together spend what
    each of them may, and if that is nothing more, it can't stop the trial. Efficacy isn't declared
    below a statistic of 0.

    Examples
    --------
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> plan = SequentialLogRank(GroupSequential((0.5, 0.75, 1.0), 0.10), 90)
    >>> rule = Observed(plan)
    >>> [round(bound, 4) for bound in rule.expected.efficacy]
    [2.0536, 1.6209, 1.3916]
    """

    plan: SequentialLogRank
    spend_by: Clock = field(default_factory=SpendByInformation)
    information: Information = field(default_factory=EventsSeen)

    def __post_init__(self) -> None:
        if not isinstance(self.plan, SequentialLogRank):
            raise InputError(
                f"{self.plan!r} doesn't say how many events are all the information; give "
                "SequentialLogRank(rule, events=90)",
                where="plan",
            )
        if not isinstance(self.plan.rule.efficacy, Spending):
            raise InputError(
                f"{type(self.plan.rule.efficacy).__name__} boundaries are made for the planned "
                "looks and spend no error by what was seen; use a spending function, such as "
                "LanDeMetsOBrienFleming() or LanDeMetsPocock()",
                where="efficacy",
            )
        planned = getattr(self.spend_by, "months", None)
        if planned is not None and len(planned) != len(self.fractions):
            raise InputError(
                f"{len(planned)} months for {len(self.fractions)} looks; give one for each",
                where="spend_by",
            )
        _ = self.expected

    @property
    def alpha_of_one_side(self) -> float:
        """Significance level of the side that favours the experimental arm."""
        return self.plan.rule.alpha_of_one_side

    @property
    def fractions(self) -> tuple[float, ...]:
        """Fractions of the information that are expected, at whole events."""
        return tuple(look.events / self.plan.events for look in self.plan.looks)

    @property
    def words(self) -> str:
        """How boundaries are found, in words for a protocol."""
        return (
            f"errors spent by {self.spend_by.words}, boundaries at the information seen "
            f"({self.information.words}; {self.plan.events} events are all), all that is left "
            "spent at the last look"
        )

    @cached_property
    def expected(self) -> Boundaries:
        """Boundaries if the looks have the information and the dates that were planned."""
        rule = self.plan.rule
        return rule.futility.boundaries(rule.efficacy, self._looks)

    @cached_property
    def drift(self) -> float:
        """Expected z at all the information under the plan's effect; NaN without beta-spending."""
        rule = self.plan.rule
        if not isinstance(rule.futility, BetaSpending):
            return np.nan
        return rule.futility.drift(rule.efficacy, self._looks)

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """Shares by which errors are expected to be spent."""
        months = getattr(self.spend_by, "months", (np.nan,) * len(self.fractions))
        return tuple(
            float(self.spend_by.share(np.array([part]), np.array([month]), part)[0])
            for part, month in zip(self.fractions, months, strict=True)
        )

    def all_spent_at(self, look: int, events: int) -> bool:
        """Tell whether events at a look, from 0, leave nothing for later ones."""
        if isinstance(self.spend_by, SpendByMonths) or isinstance(self.information, PrecisionSeen):
            return False
        share = events / self.plan.events
        planned = self.fractions[look]
        return bool(self.spend_by.share(np.array([share]), np.array([np.nan]), planned)[0] >= 1.0)

    def spent(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return alpha and beta that may have been spent.

        Parameters
        ----------
        share : numpy.ndarray
            Share by which errors are spent; 1 or more for all; shape (trials,).

        Returns
        -------
        tuple of numpy.ndarray
            Alpha of one side, and beta, 0 where none is spent; each of shape (trials,).
        """
        rule = self.plan.rule
        beta = rule.futility if isinstance(rule.futility, BetaSpending) else None
        alpha = _spent(rule.efficacy, share, rule.alpha_of_one_side)  # type: ignore[arg-type]
        if beta is None:
            return alpha, np.zeros(share.shape)
        return alpha, _spent(beta.spending, share, beta.beta)

    def numbers(self, *, obeyed: bool) -> Rule:
        """Return the rule as the compiled integral needs it.

        Parameters
        ----------
        obeyed : bool
            Whether trials stop for futility at interim looks.

        Returns
        -------
        Rule
            The numbers.
        """
        rule = self.plan.rule
        bounds = np.full(len(self.fractions), -np.inf)
        if isinstance(rule.futility, FixedFutility):
            bounds[:-1] = rule.futility.bounds
        return Rule(
            rule.alpha_of_one_side,
            self.drift,
            rule.two_sided,
            rule.futility.binding,
            obeyed,
            bounds,
        )

    def with_events(self, events: int) -> "Observed":
        """Return the same with another number of events as all the information.

        Parameters
        ----------
        events : int
            Events over both arms; a planned precision changes in proportion.

        Returns
        -------
        Observed
            A new rule.
        """
        information = self.information
        if isinstance(information, PrecisionSeen):
            information = PrecisionSeen(information.planned * events / self.plan.events)
        return replace(self, plan=replace(self.plan, events=events), information=information)

    @property
    def _looks(self) -> Looks:
        rule = self.plan.rule
        nothing = (-np.inf,) * len(self.fractions)
        alpha = rule.alpha_of_one_side
        return Looks(self.fractions, alpha, nothing, rule.two_sided, self.shares)


def expected_table(rule: Observed) -> pd.DataFrame:
    """Tabulate the boundaries that a rule has if its looks come as planned.

    Parameters
    ----------
    rule : Observed
        The rule.

    Returns
    -------
    pandas.DataFrame
        A row a look: `look`, `expected_fraction` and `expected_events`; `expected_share`, by which
        errors are spent; then as `boundary_table`, each column named `expected_`.

    Examples
    --------
    >>> from oligotrial.trial.sequential import GroupSequential
    >>> plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 90)
    >>> table = expected_table(Observed(plan, SpendByMonths((12.0, 36.0))))
    >>> table[["expected_events", "expected_share", "expected_efficacy_z"]].round(3).values.tolist()
    [[45.0, 0.333, 2.621], [90.0, 1.0, 1.285]]
    """
    table = tabulated(rule.plan, rule.expected)
    table.insert(3, "share", rule.shares)
    return table.rename(columns={name: f"expected_{name}" for name in table.columns[1:]})


def _spent(spending: Spending, share: np.ndarray, total: float) -> np.ndarray:
    """Return the error spent by shares below 1, and all of it from there."""
    inside = (share > 0.0) & (share < 1.0)
    spent = spending.spent(np.where(inside, share, 0.5), total)
    return np.where(inside, spent, np.where(share >= 1.0, total, 0.0))
