"""From an analysis to go, consider or stop: rules as data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError, one_of, positive, positive_integer, probability
from oligotrial.trial.decide.analysis import Analysis
from oligotrial.trial.decide.log_rank import LogRank

__all__ = [
    "CONSIDER",
    "GO",
    "OUTCOMES",
    "STOP",
    "AtLeast",
    "Below",
    "ThreeOutcomes",
    "outcome_probabilities",
    "outcomes",
    "screening_rule",
]

STOP, CONSIDER, GO = -1, 0, 1
OUTCOMES = {GO: "go", CONSIDER: "consider", STOP: "stop"}
"""What each outcome is called; at an interim look to consider is to go on."""


@dataclass(frozen=True)
class AtLeast:
    """A column of an analysis is at or above a value.

    Parameters
    ----------
    value : float
        The value.
    column : str, optional
        Which of the analysis' columns.

    Raises
    ------
    InputError
        If the value is NaN.

    Examples
    --------
    >>> AtLeast(0.9).words
    'statistic at least 0.9'
    """

    value: float
    column: str = "statistic"

    def __post_init__(self) -> None:
        _number(self.value)

    @property
    def words(self) -> str:
        """As a protocol says it."""
        return f"{self.column} at least {self.value:g}"


@dataclass(frozen=True)
class Below:
    """A column of an analysis is below a value.

    Parameters
    ----------
    value : float
        The value.
    column : str, optional
        Which of the analysis' columns.

    Raises
    ------
    InputError
        If the value is NaN.

    Examples
    --------
    >>> Below(-0.1, "estimate").words
    'estimate below -0.1'
    """

    value: float
    column: str = "statistic"

    def __post_init__(self) -> None:
        _number(self.value)

    @property
    def words(self) -> str:
        """As a protocol says it."""
        return f"{self.column} below {self.value:g}"


type Criterion = AtLeast | Below


@dataclass(frozen=True)
class ThreeOutcomes:
    """Go, consider or stop: at the end of a screening trial, or at an interim look of any.

    Parameters
    ----------
    analysis : Analysis
        What is computed.
    go : tuple of AtLeast or Below, or one of them
        All of them have to hold for a go: a success, or an early end for efficacy.
    stop : tuple of AtLeast or Below, or one of them
        All of them have to hold for a stop; with none of them it never stops.

    Raises
    ------
    InputError
        If a column isn't one of the analysis', nothing leads to a go or a stop, or one value of a
        column leads to both.

    Notes
    -----
    Where neither holds, or both do, or a number is NaN, the outcome is to consider; at an interim
    look, to go on. Randomised screening with three outcomes: Hong and Wang (2007), Statistics in
    Medicine 26, 3525-3534, doi:10.1002/sim.2824.

    Examples
    --------
    >>> rule = ThreeOutcomes(LogRank(0.10), go=AtLeast(1.28), stop=Below(0.5))
    >>> rule.words
    'go if statistic at least 1.28, stop if statistic below 0.5, otherwise consider'
    >>> outcomes(rule, np.array([[1.5, -0.4, 0.2], [1.0, -0.2, 0.2], [0.1, -0.1, 0.2]])).tolist()
    [1, 0, -1]
    """

    analysis: Analysis
    go: tuple[Criterion, ...] | Criterion = ()
    stop: tuple[Criterion, ...] | Criterion = ()

    def __post_init__(self) -> None:
        for name in ("go", "stop"):
            given = getattr(self, name)
            listed = (given,) if isinstance(given, (AtLeast, Below)) else tuple(given)
            object.__setattr__(self, name, listed)
            for criterion in listed:
                one_of(criterion.column, self.analysis.columns, name)
        if not self.go and not self.stop:
            raise InputError("nothing leads to a go or a stop; give one", where="go, stop")
        if self.go and self.stop and _overlap((*self.to_go, *self.to_stop)):
            raise InputError(
                f"both hold at once for some results ({self.words}); leave no overlap",
                where="go, stop",
            )

    @property
    def to_go(self) -> tuple[Criterion, ...]:
        """Criteria of a go."""
        return _listed(self.go)

    @property
    def to_stop(self) -> tuple[Criterion, ...]:
        """Criteria of a stop."""
        return _listed(self.stop)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the analysis."""
        return self.analysis.columns

    @property
    def threshold(self) -> float:
        """Statistic that a go asks for at least; inf if it asks for none."""
        asked = [c.value for c in self.to_go if isinstance(c, AtLeast) and c.column == "statistic"]
        return max(asked, default=np.inf)

    @property
    def measure(self) -> str:
        """That of the analysis."""
        return self.analysis.measure

    @property
    def words(self) -> str:
        """The rule in a sentence, for a protocol."""
        parts = [
            f"{name} if {' and '.join(criterion.words for criterion in listed)}"
            for name, listed in (("go", self.to_go), ("stop", self.to_stop))
            if listed
        ]
        return ", ".join([*parts, "otherwise consider"])

    @property
    def table(self) -> pd.DataFrame:
        """A row for each criterion: its outcome, column, comparison, value and measure."""
        return pd.DataFrame(
            [
                {
                    "outcome": name,
                    "column": criterion.column,
                    "comparison": "at least" if isinstance(criterion, AtLeast) else "below",
                    "value": float(criterion.value),
                    "measure": self.analysis.measure if criterion.column == "estimate" else "",
                }
                for name, listed in (("go", self.to_go), ("stop", self.to_stop))
                for criterion in listed
            ]
        )

    @property
    def criteria(self) -> np.ndarray:
        """Outcome, column, 1 for at least or -1 for below, value; shape (criteria, 4)."""
        rows = [
            (
                outcome,
                self.analysis.columns.index(criterion.column),
                1.0 if isinstance(criterion, AtLeast) else -1.0,
                criterion.value,
            )
            for outcome, listed in ((GO, self.to_go), (STOP, self.to_stop))
            for criterion in listed
        ]
        return np.array(rows, dtype=float)


def outcomes(rule: ThreeOutcomes, rows: np.ndarray) -> np.ndarray:
    """Return each trial's outcome.

    Parameters
    ----------
    rule : ThreeOutcomes
        The rule.
    rows : numpy.ndarray
        What its analysis yields, columns last; shape (..., columns).

    Returns
    -------
    numpy.ndarray of int
        `GO`, `CONSIDER` or `STOP`; shape (...).

    Examples
    --------
    >>> rule = ThreeOutcomes(LogRank(0.10), stop=Below(0.0))
    >>> outcomes(rule, np.array([-0.2, 0.1, 0.2])).item()
    -1
    """
    go, stop = (_all_hold(rule, listed, rows) for listed in (rule.to_go, rule.to_stop))
    return np.where(go & ~stop, GO, np.where(stop & ~go, STOP, CONSIDER))


def screening_rule(
    alpha: float,
    *,
    hazard_ratio: float,
    events: int,
    beta: float,
    experimental_share: float = 0.5,
    stratified: bool = True,
) -> ThreeOutcomes:
    """Return the rule of a randomised screening trial: go, consider or stop, by the log-rank test.

    Parameters
    ----------
    alpha : float
        Probability of a go if the hazard ratio is 1.
    hazard_ratio : float
        Ratio worth pursuing, below 1.
    events : int
        Events at the analysis, both arms.
    beta : float
        Probability of a stop under that ratio.
    experimental_share : float, optional
        Share of patients in the experimental arm.
    stratified : bool, optional
        Whether the test is.

    Returns
    -------
    ThreeOutcomes
        Go at or above the statistic that `alpha` gives, stop below the one that `beta` gives.

    Raises
    ------
    InputError
        If a number is out of its range, or there are so many events that the stop would come
        after the go: then there is nothing left to consider, and two outcomes do.

    Notes
    -----
    Large-sample normal statistics with Schoenfeld's information, ``events * share * (1 - share)``:
    Rubinstein et al. (2005), Journal of Clinical Oncology 23, 7199-7206,
    doi:10.1200/JCO.2005.01.149, with the middle outcome of Hong and Wang (2007).

    Examples
    --------
    >>> rule = screening_rule(0.1, hazard_ratio=0.6, events=50, beta=0.1)
    >>> rule.words
    'go if statistic at least 1.28155, stop if statistic below 0.52449, otherwise consider'
    """
    probability(hazard_ratio, "hazard_ratio")
    root = _root_information(events, experimental_share)
    go = float(norm.isf(probability(alpha, "alpha")))
    stop = float(norm.ppf(probability(beta, "beta")) - np.log(hazard_ratio) * root)
    if stop > go:
        raise InputError(
            f"with {events} events it would stop below {stop:.3g} and go from {go:.3g} already: "
            "nothing is left to consider; ask for fewer events, or test with LogRank",
            where="events",
        )
    return ThreeOutcomes(LogRank(alpha, stratified), go=AtLeast(go), stop=Below(stop))


def outcome_probabilities(
    rule: ThreeOutcomes,
    hazard_ratios: Sequence[float],
    *,
    events: int,
    experimental_share: float = 0.5,
) -> pd.DataFrame:
    """Return the large-sample probability of each outcome of a rule on the log-rank statistic.

    Parameters
    ----------
    rule : ThreeOutcomes
        A rule on the statistic of `LogRank`.
    hazard_ratios : sequence of float
        True ratios.
    events : int
        Events at the analysis.
    experimental_share : float, optional
        Share of patients in the experimental arm.

    Returns
    -------
    pandas.DataFrame
        A row a ratio: `hazard_ratio`, `go`, `consider`, `stop`.

    Raises
    ------
    InputError
        If the rule isn't on the log-rank's statistic, or a number is out of its range.

    Examples
    --------
    >>> rule = screening_rule(0.1, hazard_ratio=0.6, events=50, beta=0.1)
    >>> outcome_probabilities(rule, [1.0, 0.6], events=50).round(3).values.tolist()
    [[1.0, 0.1, 0.2, 0.7], [0.6, 0.7, 0.2, 0.1]]
    """
    criteria = (*rule.to_go, *rule.to_stop)
    if not isinstance(rule.analysis, LogRank) or {c.column for c in criteria} != {"statistic"}:
        raise InputError("the rule isn't on LogRank's statistic; simulate it", where="rule")
    root = _root_information(events, experimental_share)
    edges = np.unique([c.value for c in criteria])
    rows = []
    for ratio in hazard_ratios:
        upto = norm.cdf(edges + np.log(positive(ratio, "hazard_ratios")) * root)
        mass = np.diff(np.concatenate([[0.0], upto, [1.0]]))
        inside = np.concatenate([[edges[0] - 1.0], edges])  # a statistic of each span
        found = outcomes(rule, inside[:, None])
        shares = {name: float(mass[found == code].sum()) for code, name in OUTCOMES.items()}
        rows.append({"hazard_ratio": float(ratio), **shares})
    return pd.DataFrame(rows)


def _all_hold(rule: ThreeOutcomes, listed: Sequence[Criterion], rows: np.ndarray) -> np.ndarray:
    held = np.full(rows.shape[:-1], bool(listed))
    for criterion in listed:
        value = rows[..., rule.analysis.columns.index(criterion.column)]
        above = isinstance(criterion, AtLeast)
        held = held & (value >= criterion.value if above else value < criterion.value)
    return held


def _listed(given: tuple[Criterion, ...] | Criterion) -> tuple[Criterion, ...]:
    return (given,) if isinstance(given, (AtLeast, Below)) else given


def _overlap(criteria: Sequence[Criterion]) -> bool:
    """Tell whether some results meet all criteria: each column's spans have something in common."""
    for column in {criterion.column for criterion in criteria}:
        mine = [criterion for criterion in criteria if criterion.column == column]
        lowest = max((c.value for c in mine if isinstance(c, AtLeast)), default=-np.inf)
        highest = min((c.value for c in mine if isinstance(c, Below)), default=np.inf)
        if lowest >= highest:
            return False
    return True


def _root_information(events: int, share: float) -> float:
    kept = probability(share, "experimental_share")
    return float((positive_integer(events, "events") * kept * (1.0 - kept)) ** 0.5)


def _number(value: float) -> None:
    if np.isnan(value):
        raise InputError("nan is no number; give one", where="value")
