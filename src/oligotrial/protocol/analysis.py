"""What decides a trial: a test with its level, or a posterior probability."""

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from oligotrial.estimators.cox_sample import BRESLOW, EFRON
from oligotrial.estimators.scale import LOG_LOG, PLAIN
from oligotrial.protocol.part import Part, Positive, Probability, usually
from oligotrial.protocol.posterior import PosteriorSpec
from oligotrial.protocol.weights import WeightSpec
from oligotrial.trial import (
    FINKELSTEIN,
    SCORE,
    SUN,
    WALD,
    CoxTest,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    RestrictedMeanDifference,
    WeightedLogRank,
)
from oligotrial.trial.decide import (
    BY_BOTH_ARMS,
    BY_PRECISION,
    BY_SIZE,
    INFORMATION,
    PERMUTATION,
    Analysis,
    StratumWeights,
)
from oligotrial.trial.decide.borrowing import Borrowing
from oligotrial.trial.decide.weights import weight_words

__all__ = ["AnalysisSpec", "NamedTest", "PosteriorAnalysisSpec", "by_name"]


class _TestSpec(Part, ABC):
    """What every analysis has."""

    alpha: Probability
    """One-sided significance level; with `posterior`, of the log-rank tests beside it."""

    @model_validator(mode="after")
    def _makes_an_analysis(self) -> Self:
        _ = self.analysis
        return self

    @property
    @abstractmethod
    def name(self) -> str:
        """What a sentence calls it."""

    @property
    @abstractmethod
    def analysis(self) -> Analysis:
        """The analysis."""


class _StratifiedSpec(_TestSpec):
    """What every analysis has that may be stratified."""

    stratified: bool = True
    """Whether it is stratified by the factors that stratify the randomisation."""


class LogRankSpec(_StratifiedSpec):
    """The log-rank test."""

    test: Literal["log-rank"] = "log-rank"
    """Which analysis."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return "log-rank test"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        return LogRank(self.alpha, stratified=self.stratified)


class WeightedLogRankSpec(_StratifiedSpec):
    """A weighted log-rank test."""

    test: Literal["weighted-log-rank"]
    """Which analysis."""
    weight: WeightSpec
    """What an event counts."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return f"log-rank test with {weight_words(self.weight.weight)}"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        return WeightedLogRank(self.alpha, self.weight.weight, stratified=self.stratified)


class MaxComboSpec(_StratifiedSpec):
    """The largest of several weighted log-rank statistics, by their joint normal distribution."""

    test: Literal["max-combo"]
    """Which analysis."""
    weights: tuple[WeightSpec, ...] | None = Field(default=None, min_length=2, max_length=10)
    """Two to ten weights; even, early, late and middle ones when left out."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return "MaxCombo test"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        if self.weights is None:
            return MaxCombo(self.alpha, stratified=self.stratified)
        weights = tuple(spec.weight for spec in self.weights)
        return MaxCombo(self.alpha, weights, stratified=self.stratified)


_INFERENCE = {"wald": WALD, "score": SCORE}


class CoxSpec(_StratifiedSpec):
    """Cox regression on the arm."""

    test: Literal["cox"]
    """Which analysis."""
    by: Literal["wald", "score"] = "wald"
    """Whether the estimate and its error are tested, or the score."""
    bound: Positive = 1.0
    """Hazard ratio that has to be undercut: above 1 for non-inferiority."""
    ties: Literal["efron", "breslow"] = "efron"
    """How events at one time are counted."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return f"Cox {_INFERENCE[self.by].name} test of a hazard ratio below {self.bound:g}"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        ties = {"efron": EFRON, "breslow": BRESLOW}[self.ties]
        return CoxTest(
            self.alpha, _INFERENCE[self.by], bound=self.bound, ties=ties, stratified=self.stratified
        )


type StrataWeights = Literal["by-size", "by-both-arms", "by-precision"]

_STRATA = {"by-size": BY_SIZE, "by-both-arms": BY_BOTH_ARMS, "by-precision": BY_PRECISION}


def _strata(name: StrataWeights | None) -> StratumWeights | None:
    return None if name is None else _STRATA[name]


class RestrictedMeanSpec(_TestSpec):
    """The difference between restricted mean times (RMST)."""

    test: Literal["restricted-mean"]
    """Which analysis."""
    until_months: Positive
    """The horizon; trials in which a curve ends above 0 before it are no success, unless they are
    `truncated`."""
    margin_months: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    """Difference that has to be exceeded; negative for non-inferiority."""
    strata: StrataWeights | None = None
    """How differences within strata are averaged; all patients together when left out."""
    truncated: bool = False
    """Whether a stratum, or the trial, in which a curve ends above 0 before the horizon is compared
    up to there; otherwise it is left out."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return f"test of the difference of restricted mean times until month {self.until_months:g}"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        return RestrictedMeanDifference(
            *(self.alpha, self.until_months, self.margin_months),
            strata=_strata(self.strata),
            truncated=self.truncated,
        )


class MilestoneSpec(_TestSpec):
    """The difference between Kaplan-Meier estimates at a time."""

    test: Literal["milestone"]
    """Which analysis."""
    at_months: Positive
    """The milestone; trials in which a curve ends above 0 before it are no success."""
    scale: Literal["plain", "log-log"] = "plain"
    """Whether proportions are compared, or their log(-log)."""
    strata: StrataWeights | None = None
    """How differences within strata are averaged; all patients together when left out."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return f"test of the difference of Kaplan-Meier estimates at month {self.at_months:g}"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        scale = {"plain": PLAIN, "log-log": LOG_LOG}[self.scale]
        return MilestoneDifference(self.alpha, self.at_months, scale, strata=_strata(self.strata))


class IntervalLogRankSpec(_StratifiedSpec):
    """A log-rank test that knows progression was seen at visits only."""

    test: Literal["interval-log-rank"]
    """Which analysis; with the table `imaging`."""
    scores: Literal["sun", "finkelstein"] = "sun"
    """What an interval-censored time scores."""
    variance: Literal["permutation", "information"] = "permutation"
    """Where the scores' variance comes from: permuting arms, which need the same visits, or the
    observed information."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return "log-rank test of interval-censored times"

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        scores = {"sun": SUN, "finkelstein": FINKELSTEIN}[self.scores]
        variance = {"permutation": PERMUTATION, "information": INFORMATION}[self.variance]
        return IntervalLogRank(self.alpha, scores, self.stratified, variance)


class PosteriorAnalysisSpec(_StratifiedSpec):
    """The posterior probability that the hazard ratio is below a bound."""

    test: Literal["posterior"]
    """Which analysis."""
    posterior: PosteriorSpec
    """Prior, threshold, hazards and borrowing."""

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return "posterior probability"

    @property
    def analysis(self) -> Analysis:
        """The analysis, borrowing nothing."""
        return self.posterior.analysis(stratified=self.stratified)

    def borrowing_from(self, borrowed: Borrowing | None) -> Analysis:
        """Return the analysis with what it borrows."""
        return self.posterior.analysis(stratified=self.stratified, borrowing=borrowed)


type AnalysisSpec = Annotated[
    Annotated[
        LogRankSpec
        | WeightedLogRankSpec
        | MaxComboSpec
        | CoxSpec
        | RestrictedMeanSpec
        | MilestoneSpec
        | IntervalLogRankSpec
        | PosteriorAnalysisSpec,
        Field(discriminator="test"),
    ],
    usually("test", "log-rank"),
]

type NamedTest = Literal["log-rank", "max-combo", "cox", "interval-log-rank"]

_BY_NAME: dict[str, type[Any]] = {
    "log-rank": LogRank,
    "max-combo": MaxCombo,
    "cox": CoxTest,
    "interval-log-rank": IntervalLogRank,
}


def by_name(name: NamedTest, alpha: float, *, stratified: bool) -> Analysis:
    """Return the test of a name, at a one-sided level."""
    made: Analysis = _BY_NAME[name](alpha, stratified=stratified)
    return made
