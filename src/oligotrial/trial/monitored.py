"""Looks with thresholds of their own: Bayesian monitoring, conditional power, three outcomes."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.trial.decide import (
    Analysis,
    Below,
    ConditionalPower,
    PredictiveProbability,
    ThreeOutcomes,
)
from oligotrial.trial.stopping import (
    Thresholds,
    analysis_of,
    planned_events,
    thresholds,
    with_events,
)

__all__ = ["Monitored"]


@dataclass(frozen=True)
class Monitored:
    """An analysis made at each look, and the statistics at which the trial ends.

    Parameters
    ----------
    analysis : Analysis
        `PosteriorProbability` to monitor by what is believed of the effect,
        `PredictiveProbability` or `ConditionalPower` by what is expected of the final analysis,
        whose statistic then is 1 for a success and 0 otherwise; or any other.
    efficacy : tuple of float
        The trial ends for efficacy at or above these, one a look; inf for never.
    futility : tuple of float
        It ends for futility below these, one a look; -inf for never. At the last look what is
        below neither threshold and not at the upper one is left to consider.

    Raises
    ------
    InputError
        If there isn't one of each for every look, or a futility threshold is above its efficacy
        one.

    Notes
    -----
    Freedman and Spiegelhalter (1989), Controlled Clinical Trials 10, 357-367,
    doi:10.1016/0197-2456(89)90001-9. No error rate is kept by construction: simulate them, and
    choose thresholds by that.

    Examples
    --------
    >>> from oligotrial.estimators.log_ratio_prior import NormalLogRatio
    >>> from oligotrial.trial.decide import PosteriorProbability
    >>> posterior = PosteriorProbability(0.95, NormalLogRatio(0.0, 0.5))
    >>> rule = Monitored(posterior, efficacy=(0.99, 0.95), futility=(0.3, 0.95))
    >>> rule.table[["look", "efficacy", "futility"]].values.tolist()
    [[1.0, 0.99, 0.3], [2.0, 0.95, 0.95]]
    """

    analysis: Analysis
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("efficacy", "futility"):
            object.__setattr__(self, name, tuple(map(float, getattr(self, name))))
        if not self.efficacy:
            raise InputError("there are no looks; give a threshold for each", where="efficacy")
        if np.isnan([*self.efficacy, *self.futility]).any():
            raise InputError("nan is no threshold; give inf or -inf for never", where="efficacy")
        Thresholds(self.efficacy, self.futility)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the analysis."""
        return self.analysis.columns

    @property
    def threshold(self) -> float:
        """Statistic from which the last look is a success."""
        return self.efficacy[-1]

    @property
    def measure(self) -> str:
        """That of the analysis."""
        return self.analysis.measure

    @property
    def words(self) -> str:
        """The rule in a sentence, for a protocol."""
        looks = "; ".join(
            f"look {look}: efficacy from {upper:g}, futility below {lower:g}"
            for look, (upper, lower) in enumerate(
                zip(self.efficacy, self.futility, strict=True), start=1
            )
        )
        return f"{self.analysis.words}; {looks}"

    @property
    def table(self) -> pd.DataFrame:
        """A row a look: `look`, `efficacy`, `futility`."""
        looks = range(1, len(self.efficacy) + 1)
        return pd.DataFrame({"look": looks, "efficacy": self.efficacy, "futility": self.futility})


@analysis_of.register
def _(test: Monitored) -> Analysis:
    return test.analysis


@analysis_of.register
def _(test: ThreeOutcomes) -> Analysis:
    return test.analysis


@thresholds.register
def _(test: Monitored, looks: int) -> Thresholds:
    if len(test.efficacy) != looks:
        raise InputError(
            f"thresholds for {len(test.efficacy)} looks, and {looks} in the design; give one of "
            "each a look",
            where="test",
        )
    return Thresholds(test.efficacy, tuple(map(_just_below, test.futility)))


@thresholds.register
def _(test: ThreeOutcomes, looks: int) -> Thresholds:
    if looks != 1:
        raise InputError(
            f"three outcomes of one look, and {looks} in the design; give Monitored", where="test"
        )
    stops = [c.value for c in test.to_stop if isinstance(c, Below) and c.column == "statistic"]
    stop = _just_below(min(stops, default=-np.inf))
    return Thresholds((max(test.threshold, stop),), (stop,))


@with_events.register
def _(test: Monitored, events: int) -> Monitored:
    return replace(test, analysis=analysis_of(with_events(test.analysis, events)))


@with_events.register
def _(test: ThreeOutcomes, events: int) -> ThreeOutcomes:
    return replace(test, analysis=analysis_of(with_events(test.analysis, events)))


@planned_events.register
def _(test: Monitored) -> int:
    return planned_events(test.analysis)


@planned_events.register
def _(test: ThreeOutcomes) -> int:
    return planned_events(test.analysis)


@planned_events.register
def _(test: ConditionalPower) -> int:
    return test.events


@planned_events.register
def _(test: PredictiveProbability) -> int:
    return test.events


@with_events.register
def _(test: ConditionalPower, events: int) -> ConditionalPower:
    return replace(test, events=events)


@with_events.register
def _(test: PredictiveProbability, events: int) -> PredictiveProbability:
    return replace(test, events=events)


def _just_below(value: float) -> float:
    """Return the largest number below: thresholds of futility are met, not undercut."""
    return float(np.nextafter(value, -np.inf))
