"""What a `trial.toml` may say of looks, imaging, analysis and effect, each as objects."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.stats import norm

from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.hazard import Delayed, Hazard, Proportional, Waning
from oligotrial.trial import (
    BetaSpending,
    FixedFutility,
    Futility,
    GroupSequential,
    HwangShihDeCani,
    Imaging,
    KimDeMets,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    LogRank,
    NoFutility,
    OffProtocol,
    Spending,
    find_boundaries,
)
from oligotrial.trial.decide import Analysis, MaxCombo, PosteriorProbability

__all__ = [
    "AnalysisSpec",
    "DelayedSpec",
    "ImagingSpec",
    "LooksSpec",
    "OffProtocolSpec",
    "Part",
    "ShapeSpec",
    "WaningSpec",
    "analysis_words",
    "experimental_hazard",
]

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type Probability = Annotated[float, Field(gt=0, lt=1)]


class Part(BaseModel):
    """A table of a specification: unknown keys are refused, and it doesn't change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_PLAIN: dict[str, type[Any]] = {
    "obrien-fleming": LanDeMetsOBrienFleming,
    "pocock": LanDeMetsPocock,
}
_WITH_PARAMETER: dict[str, type[Any]] = {
    "hwang-shih-decani": HwangShihDeCani,
    "kim-demets": KimDeMets,
}


class SpendingSpec(Part):
    """How an error is spent over the looks; two families have a parameter."""

    spending: Literal["obrien-fleming", "pocock", "hwang-shih-decani", "kim-demets"] = (
        "obrien-fleming"
    )
    parameter: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> "SpendingSpec":
        if (self.parameter is None) == (self.spending in _WITH_PARAMETER):
            needs = "needs a" if self.parameter is None else "has no"
            raise ValueError(f"'{self.spending}' {needs} parameter")
        return self

    @property
    def function(self) -> Spending:
        """The spending function."""
        made: Spending = (
            _PLAIN[self.spending]()
            if self.parameter is None
            else _WITH_PARAMETER[self.spending](self.parameter)
        )
        return made


class FutilitySpec(SpendingSpec):
    """How the trial stops for futility: an error that is spent, or bounds on the z scale."""

    beta: Probability | None = None
    bounds: tuple[float, ...] | None = None
    binding: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> "FutilitySpec":
        if (self.beta is None) == (self.bounds is None):
            raise ValueError("give either beta, to be spent, or bounds of the interim looks")
        return self

    @property
    def rule(self) -> Futility:
        """The rule."""
        if self.bounds is not None:
            return FixedFutility(self.bounds, binding=self.binding)
        return BetaSpending(self.function, float(self.beta or 0.0), binding=self.binding)


class LooksSpec(Part):
    """Looks at shares of the events, with alpha spent over them."""

    fractions: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(min_length=2)
    efficacy: SpendingSpec = SpendingSpec()
    futility: FutilitySpec | None = None
    reason: str

    @model_validator(mode="after")
    def _makes_a_rule(self) -> "LooksSpec":
        find_boundaries(self.rule(0.1))  # looks out of order, bounds that cross
        return self

    def rule(self, alpha: float) -> GroupSequential:
        """Return the group-sequential rule at a one-sided level."""
        futility = NoFutility() if self.futility is None else self.futility.rule
        return GroupSequential(self.fractions, alpha, self.efficacy.function, futility)


class OffProtocolSpec(Part):
    """Controls who get the experimental treatment off protocol, as `OffProtocol` takes them."""

    share: Annotated[float, Field(gt=0, le=1)]
    after_months: Annotated[float, Field(ge=0)] = 0.0
    within_months: Annotated[float, Field(ge=0)] = 0.0
    reason: str

    @property
    def rule(self) -> OffProtocol:
        """The rule."""
        return OffProtocol(self.share, self.after_months, self.within_months)


class CalendarSpec(Part):
    """Visits at which progression is seen."""

    every_weeks: tuple[Positive, ...] = Field(min_length=1)
    until_weeks: tuple[Positive, ...] = ()
    window_weeks: Annotated[float, Field(ge=0)] = 1.0
    missed: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @property
    def calendar(self) -> Imaging:
        """The calendar."""
        return Imaging(self.every_weeks, self.until_weeks, self.window_weeks, self.missed)

    @property
    def words(self) -> str:
        """The calendar in words."""
        spans = [f"{weeks:g} weeks" for weeks in self.every_weeks]
        spans[:-1] = [
            f"{span} until week {week:g}"
            for span, week in zip(spans, self.until_weeks, strict=False)
        ]
        missed = f", {100 * self.missed:g}% of them missed" if self.missed else ""
        return f"every {', then '.join(spans)}, each up to {self.window_weeks:g} weeks off{missed}"


class ImagingSpec(CalendarSpec):
    """Visits of both arms, or of the control arm where the experimental one has its own."""

    experimental: CalendarSpec | None = None
    reason: str

    @model_validator(mode="after")
    def _makes_calendars(self) -> "ImagingSpec":
        _ = self.calendars  # intervals that don't fit their changes, windows that touch
        return self

    @property
    def calendars(self) -> Imaging | tuple[Imaging, Imaging]:
        """The calendar, or one for each arm."""
        if self.experimental is None:
            return self.calendar
        return self.calendar, self.experimental.calendar


class PosteriorSpec(Part):
    """Success by the posterior probability that the hazard ratio is below a bound.

    The prior of the log hazard ratio is normal; its central interval of the given level is
    stated.
    """

    probability: Probability
    bound: Positive = 1.0
    hazard_ratio: Positive = 1.0
    lower: Positive
    upper: Positive
    level: Probability = 0.95
    reason: str

    @model_validator(mode="after")
    def _ordered(self) -> "PosteriorSpec":
        if not self.lower < self.hazard_ratio < self.upper:
            raise ValueError(
                f"{self.hazard_ratio} is not between lower {self.lower} and upper {self.upper}"
            )
        return self

    def analysis(self, *, stratified: bool) -> PosteriorProbability:
        """Return the analysis."""
        sd = np.log(self.upper / self.lower) / (2 * norm.ppf(0.5 + self.level / 2))
        prior = NormalLogRatio(float(np.log(self.hazard_ratio)), float(sd))
        return PosteriorProbability(
            self.probability, prior, bound=self.bound, stratified=stratified
        )


class AnalysisSpec(Part):
    """What decides the trial, and its one-sided level where it has one."""

    test: Literal["log-rank", "max-combo", "posterior"] = "log-rank"
    stratified: bool = True
    alpha: Probability
    posterior: PosteriorSpec | None = None

    @model_validator(mode="after")
    def _posterior_is_stated(self) -> "AnalysisSpec":
        if (self.test == "posterior") != (self.posterior is not None):
            raise ValueError("the test 'posterior' and the table analysis.posterior go together")
        return self

    @property
    def analysis(self) -> Analysis:
        """The analysis."""
        if self.posterior is not None:
            return self.posterior.analysis(stratified=self.stratified)
        return by_name(self.test, self.alpha, stratified=self.stratified)


_BY_NAME: dict[str, type[Any]] = {"log-rank": LogRank, "max-combo": MaxCombo}


def by_name(name: str, alpha: float, *, stratified: bool) -> Analysis:
    """Return the test of a name, at a one-sided level."""
    made: Analysis = _BY_NAME[name](alpha, stratified=stratified)
    return made


def analysis_words(analysis: AnalysisSpec, looks: LooksSpec | None) -> str:
    """Return what decides the trial, in words that a protocol could carry.

    Parameters
    ----------
    analysis : AnalysisSpec
        What decides.
    looks : LooksSpec or None
        Interim looks.

    Returns
    -------
    str
        The subject of a sentence: "a one-sided stratified log-rank test at the 10% level".
    """
    if analysis.posterior is not None:
        return (
            f"the rule that the posterior probability of a hazard ratio below "
            f"{analysis.posterior.bound:g} be at least {analysis.posterior.probability:g}"
        )
    stratified = "stratified " if analysis.stratified else ""
    name = {"log-rank": "log-rank test", "max-combo": "MaxCombo test"}[analysis.test]
    level = f"at the {100 * analysis.alpha:g}% level"
    if looks is None:
        return f"a one-sided {stratified}{name} {level}"
    *first, last = [f"{100 * share:g}%" for share in looks.fractions]
    shares = f"{', '.join(first)} and {last}"
    return (
        f"a one-sided {stratified}group-sequential {name} {level}, looked at after {shares} of "
        "these events,"
    )


class DelayedSpec(Part):
    """The hazards are the same until the effect starts."""

    kind: Literal["delayed"]
    onset_months: Positive
    reason: str

    def on(self, control: Hazard, log_ratio: np.ndarray) -> Hazard:
        """Return the experimental arm's hazard."""
        return Delayed(control, log_ratio, self.onset_months)

    @property
    def words(self) -> str:
        """The shape in words."""
        return f"none before month {self.onset_months:g}, the hazard ratio from there on"


class WaningSpec(Part):
    """The effect is lost between two times."""

    kind: Literal["waning"]
    start_months: Annotated[float, Field(ge=0)]
    end_months: Positive
    reason: str

    def on(self, control: Hazard, log_ratio: np.ndarray) -> Hazard:
        """Return the experimental arm's hazard."""
        return Waning(control, log_ratio, self.start_months, self.end_months)

    @property
    def words(self) -> str:
        """The shape in words."""
        return (
            f"the hazard ratio until month {self.start_months:g}, lost by month {self.end_months:g}"
        )


type ShapeSpec = Annotated[DelayedSpec | WaningSpec, Field(discriminator="kind")]


def experimental_hazard(
    shape: DelayedSpec | WaningSpec | None, control: Hazard, log_ratio: np.ndarray
) -> Hazard:
    """Return the experimental arm's hazard: proportional unless a shape is given.

    Parameters
    ----------
    shape : DelayedSpec, WaningSpec or None
        How the effect changes with time.
    control : Hazard
        The control arm's hazard.
    log_ratio : numpy.ndarray
        Log hazard ratio; broadcasts to (draws, strata).

    Returns
    -------
    Hazard
        The control arm's with the effect.
    """
    return Proportional(control, log_ratio) if shape is None else shape.on(control, log_ratio)
