"""Looks with thresholds of their own, and rules with three outcomes."""

from typing import Literal, Self

from pydantic import Field, model_validator

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import LogRatioPrior
from oligotrial.protocol.beliefs import BeliefSpec, mixture
from oligotrial.protocol.looks import same_number
from oligotrial.protocol.moments import MomentSpec, at_fractions
from oligotrial.protocol.part import Part, Positive, Probability, Share
from oligotrial.trial import (
    AtLeast,
    Below,
    ConditionalPower,
    LogRank,
    Monitored,
    PosteriorProbability,
    PredictiveProbability,
    ThreeOutcomes,
    When,
    screening_rule,
)
from oligotrial.trial.decide import Analysis
from oligotrial.trial.stopping import Thresholds

__all__ = ["MonitoringSpec", "ScreeningSpec"]


class MonitoringSpec(Part):
    """A statistic that is held against thresholds at each look.

    At the last look the trial is a success where the analysis says so, and nowhere else.
    """

    statistic: Literal["analysis", "predictive-probability", "conditional-power"] = "analysis"
    """What is monitored: the analysis' own statistic (a posterior probability, or a standardised
    one), or the probability that the final analysis will succeed, averaged over what is believed
    of the hazard ratio or at a given one."""
    fractions: tuple[Share, ...] | None = Field(default=None, min_length=2)
    """When looks are made: shares of the events, the last of which is 1."""
    when: tuple[MomentSpec, ...] | None = Field(default=None, min_length=2)
    """Or any other moments, one a look, in order."""
    efficacy: tuple[float, ...] = Field(min_length=1)
    """Statistics at or above which the trial ends for efficacy, one for each look but the last;
    inf for never."""
    futility: tuple[float, ...] = Field(min_length=1)
    """Statistics below which it ends for futility, one for each look but the last; -inf for
    never. One more, for the last look, leaves what lies between it and success to be considered."""
    prior: tuple[BeliefSpec, ...] | None = Field(default=None, min_length=1)
    """With `predictive-probability`: what is believed of the hazard ratio; the analysis' own
    prior when left out."""
    hazard_ratio: Positive | None = None
    """With `conditional-power`: the true hazard ratio from the look on; the one seen so far when
    left out."""
    obey_futility: bool = True
    """False: simulated trials go on past interim futility thresholds."""
    reason: str
    """Why these looks and thresholds."""

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if (self.fractions is None) == (self.when is None):
            raise ValueError("give either fractions or when, to say when looks are made")
        if self.fractions is not None:
            self._check_fractions(self.fractions)
        same_number(self.when, self.looks, "looks of efficacy thresholds and the last one")
        for key, statistic in (
            ("prior", "predictive-probability"),
            ("hazard_ratio", "conditional-power"),
        ):
            if getattr(self, key) is not None and self.statistic != statistic:
                raise ValueError(f"{key} goes with the statistic '{statistic}'")
        self._check_thresholds()
        return self

    def _check_fractions(self, fractions: tuple[float, ...]) -> None:
        if list(fractions) != sorted(set(fractions)) or fractions[-1] != 1.0:
            raise ValueError(
                f"fractions {list(fractions)} don't ascend to 1; put the looks in order"
            )
        if len(fractions) != self.looks:
            raise ValueError(
                f"{len(self.efficacy)} efficacy thresholds for {len(fractions)} looks; give one "
                "for each look but the last, whose threshold is the analysis' own"
            )

    def _check_thresholds(self) -> None:
        if len(self.futility) not in (self.looks - 1, self.looks):
            raise ValueError(
                f"{len(self.futility)} futility thresholds for {self.looks} looks; give one for "
                "each look but the last, or for each"
            )
        if self.statistic != "analysis":
            for value in (*self.efficacy, *self.futility):
                if abs(value) != float("inf") and not 0 <= value <= 1:
                    raise ValueError(f"{value} is not a probability, as the statistic is")
            if len(self.futility) == self.looks:
                raise ValueError(
                    "at the last look there is success or none; give futility for each look but it"
                )
        if any(value != value for value in (*self.efficacy, *self.futility)):
            raise ValueError("nan is no threshold; give inf or -inf for never")
        interim = self.futility[: len(self.efficacy)]
        Thresholds(self.efficacy, interim)  # futility above efficacy

    @property
    def looks(self) -> int:
        """Number of looks."""
        return len(self.efficacy) + 1

    def moments(self, patients: int, events: int) -> tuple[When, ...]:
        """Return when a design of so many patients and events is looked at."""
        if self.fractions is not None:
            return at_fractions(self.fractions, events)
        return tuple(spec.moment(patients, events) for spec in self.when or ())

    def rule(self, final: Analysis, events: int, share: float) -> Monitored:
        """Return the rule of a design whose final analysis comes at so many events.

        Parameters
        ----------
        final : Analysis
            The final analysis.
        events : int
            Events at it.
        share : float
            Share of patients in the experimental arm.

        Returns
        -------
        Monitored
            The rule.

        Raises
        ------
        InputError
            If the final analysis can't be foretold by the statistic, or a threshold of the last
            look is above success.
        """
        analysis = self._monitored(final, events, share)
        success = 1.0 if self.statistic != "analysis" else final.threshold
        last = () if len(self.futility) == self.looks else (success,)
        return Monitored(analysis, (*self.efficacy, success), (*self.futility, *last))

    def _monitored(self, final: Analysis, events: int, share: float) -> Analysis:
        if self.statistic == "analysis":
            return final
        if self.statistic == "conditional-power":
            if not isinstance(final, LogRank):
                raise InputError(
                    "conditional power is computed of a final log-rank test; set analysis.test to "
                    "'log-rank' or monitor another statistic",
                    where="statistic",
                )
            power = 0.5  # not used: thresholds are the rule's
            return ConditionalPower(power, final, events, self.hazard_ratio, share)
        if not isinstance(final, LogRank | PosteriorProbability):
            raise InputError(
                "predictive probability is computed of a final log-rank test or of a posterior "
                "probability with piecewise hazards; change analysis.test or monitor another "
                "statistic",
                where="statistic",
            )
        probability = 0.5  # not used: thresholds are the rule's
        return PredictiveProbability(probability, final, events, self._belief(final), share)

    def _belief(self, final: LogRank | PosteriorProbability) -> LogRatioPrior:
        if self.prior is not None:
            return mixture(self.prior)
        if isinstance(final, PosteriorProbability):
            return final.prior
        raise InputError(
            "there is no prior to average over; give prior, or decide by a posterior",
            where="prior",
        )


class CriterionSpec(Part):
    """One of the analysis' numbers is at or above a value, or below it."""

    column: str = "statistic"
    """Which number: `statistic`, `estimate` (a log hazard ratio, where the analysis has one),
    `std_error`, or another that `docs/analyses.md` tells of the analysis."""
    at_least: float | None = None
    """The value that it has to reach."""
    below: float | None = None
    """Or the value that it has to stay below."""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.at_least is None) == (self.below is None):
            raise ValueError("give either at_least or below")
        return self

    @property
    def criterion(self) -> AtLeast | Below:
        """The criterion."""
        if self.at_least is not None:
            return AtLeast(self.at_least, self.column)
        return Below(float(self.below or 0.0), self.column)


class ScreeningSpec(Part):
    """Randomised screening: go where the analysis succeeds, else stop or consider."""

    stop_below: float | None = None
    """Statistic of the analysis below which the trial says stop."""
    hazard_ratio: Probability | None = None
    """Or, with the log-rank test, the hazard ratio worth pursuing."""
    beta: Probability | None = None
    """And the probability of a stop under it, by the large-sample normal distribution."""
    stop: tuple[CriterionSpec, ...] | None = Field(default=None, min_length=1)
    """Or criteria that all have to hold for a stop."""
    go: tuple[CriterionSpec, ...] | None = Field(default=None, min_length=1)
    """Criteria that all have to hold for a go; that the analysis succeeds when left out."""
    reason: str
    """Why this rule."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        by_beta = self.hazard_ratio is not None, self.beta is not None
        if any(by_beta) and not all(by_beta):
            raise ValueError("hazard_ratio and beta go together; give both")
        if (self.stop_below is not None) + all(by_beta) + (self.stop is not None) != 1:
            raise ValueError("give either stop_below, or hazard_ratio with beta, or stop")
        if self.go is not None and all(by_beta):
            raise ValueError(
                "with hazard_ratio and beta a go is that the test succeeds; leave out go"
            )
        return self

    def rule(self, analysis: Analysis, events: int, share: float) -> ThreeOutcomes:
        """Return the rule of a design with so many events.

        Parameters
        ----------
        analysis : Analysis
            What is computed.
        events : int
            Events at it.
        share : float
            Share of patients in the experimental arm.

        Returns
        -------
        ThreeOutcomes
            Go at or above the analysis' own threshold, stop below another.

        Raises
        ------
        InputError
            If nothing is left to consider, or the analysis isn't the log-rank test where `beta`
            asks for it.
        """
        if self.beta is None:
            return ThreeOutcomes(analysis, *self._criteria(analysis))
        if not isinstance(analysis, LogRank) or self.hazard_ratio is None:
            raise InputError(
                "a stop by beta is computed for the log-rank test; give stop_below, or set "
                "analysis.test to 'log-rank'",
                where="beta",
            )
        return screening_rule(
            analysis.alpha,
            hazard_ratio=self.hazard_ratio,
            events=events,
            beta=self.beta,
            experimental_share=share,
            stratified=analysis.stratified,
        )

    def _criteria(self, analysis: Analysis) -> tuple[tuple[AtLeast | Below, ...], ...]:
        """Return the criteria of a go and of a stop."""
        go: tuple[AtLeast | Below, ...] = (AtLeast(analysis.threshold),)
        if self.go is not None:
            go = tuple(spec.criterion for spec in self.go)
        if self.stop is not None:
            return go, tuple(spec.criterion for spec in self.stop)
        return go, (Below(float(self.stop_below or 0.0)),)
