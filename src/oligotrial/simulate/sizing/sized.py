"""How sure a size has to be, and what the search for one found."""

from dataclasses import dataclass

import pandas as pd
from scipy.stats import norm

from oligotrial.checks import fraction, positive_integer, probability
from oligotrial.simulate.sizing.dimensions import Dimension
from oligotrial.simulate.sizing.evaluate import Evaluation
from oligotrial.simulate.sizing.goals import Goal
from oligotrial.trial import Design

__all__ = ["Certainty", "Sized"]


@dataclass(frozen=True)
class Certainty:
    """How sure a size has to be.

    Parameters
    ----------
    within : float, optional
        Width of the range of values that can't be told from the best, as a share of it: trials
        are added until it is no wider, or is a single step.
    level : float, optional
        Probability with which a value outside of the range is rightly so.
    least, most : int, optional
        Trials a value at first, and at most.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> Certainty(within=0.02).most
    320000
    """

    within: float = 0.03
    level: float = 0.95
    least: int = 10_000
    most: int = 320_000

    def __post_init__(self) -> None:
        fraction(self.within, "within")
        probability(self.level, "level")
        positive_integer(self.least, "least", least=100)
        positive_integer(self.most, "most", least=self.least)

    @property
    def z(self) -> float:
        """Standard errors on each side."""
        return float(norm.ppf(0.5 + self.level / 2))


@dataclass(frozen=True, eq=False)
class Sized:
    """The value that reaches a target, and how sure that is.

    Parameters
    ----------
    value : float
        The value nearest the other side that reaches the target by the simulated figures.
    low, high : float
        Values between which the right one is, as far as Monte Carlo error allows to tell.
    best : Evaluation
        What the design with this value came to.
    table : pandas.DataFrame
        A row a value tried, in order: the value, `estimate` and `mc_se` of the measure; months,
        events, patients enrolled and the share of trials that `reached` the last look's events or
        ended before, with their standard errors; `replicates`.
    lacking : str
        What would narrow the range further: "trials", "draws of the truth", or "" where it is as
        narrow as asked for.
    monotone : bool
        Whether the measure rises or falls throughout, as far as the values tried can tell. Where
        it doesn't, other values may reach the target too: look at a `surface`.
    dimension : Dimension
        What was varied.
    goal : Minimum or Maximum
        What was to be reached.
    """

    value: float
    low: float
    high: float
    best: Evaluation
    table: pd.DataFrame
    lacking: str
    monotone: bool
    dimension: Dimension
    goal: Goal

    @property
    def settled(self) -> bool:
        """Whether the range is as narrow as asked for."""
        return not self.lacking

    @property
    def design(self) -> Design:
        """The design that reaches the target."""
        return self.best.design

    @property
    def sentence(self) -> str:
        """What was found, with its Monte Carlo error."""
        turns = "" if self.monotone else "; it turns round in between, so that others may reach it"
        more = f"; more {self.lacking} would narrow the range" if self.lacking else ""
        lack = 1 - self.best.reached.value
        share = f"{lack:.1%}" if lack >= 0.001 else "fewer than 0.1%"
        short = f"; {share} of trials lack the last look's events" if lack > 0 else ""
        span = "no other" if self.low == self.high else f"between {self.low:g} and {self.high:g}"
        return (
            f"{self.value:g} {self.dimension.name} ({span} at this Monte Carlo error) for "
            f"{self.goal}: {self.best.target}, {self.best.replicates} trials{short}{turns}{more}"
        )
