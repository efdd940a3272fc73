"""A decision by posterior probability: the prior, the hazards, and what is borrowed."""

from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from oligotrial import cohort as cohorts
from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import LogRatioPrior
from oligotrial.estimators.piecewise_table import EventQuantiles, GammaBaseline
from oligotrial.protocol.beliefs import BeliefSpec, IntervalSpec, mixture
from oligotrial.protocol.part import Part, Positive, Probability, Whole, usually
from oligotrial.trial import (
    Commensurate,
    ExternalPatients,
    MSplinePosterior,
    PosteriorProbability,
    PowerPrior,
    RobustMixture,
    WeibullPosterior,
)
from oligotrial.trial.decide import Analysis
from oligotrial.trial.decide.borrowing import Borrowing

__all__ = ["BorrowingSpec", "HazardsSpec", "PosteriorSpec"]


class PiecewiseSpec(Part):
    """Hazards that are constant by piece; the posterior is exact."""

    kind: Literal["piecewise"] = "piecewise"
    """Which hazards."""
    intervals: Whole = 5
    """Pieces, cut at quantiles of each trial's events."""
    ends_months: tuple[Positive, ...] | None = None
    """Or where pieces end, months; the last one has no end."""
    baseline_events: Positive = 0.01
    """What the gamma prior of each piece's hazard is worth, in events."""
    baseline_rate: Positive | None = None
    """Mean of that prior, events a month; each trial's own rate when left out."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.ends_months is not None and "intervals" in self.model_fields_set:
            raise ValueError("give intervals or ends_months, not both")
        return self


class WeibullSpec(Part):
    """Weibull hazards; about 0.4 ms a trial."""

    kind: Literal["weibull"]
    """Which hazards."""
    shape_sd: Positive = 0.35
    """Standard deviation of the log shape's normal prior about 0."""
    baseline_events: Positive = 0.01
    """What each scale's gamma prior is worth, in events."""
    points: Annotated[int, Field(ge=50)] = 100
    """Points of the importance sample."""


class MSplineSpec(Part):
    """M-spline hazards; about 1.5 ms a trial."""

    kind: Literal["m-spline"]
    """Which hazards."""
    inner_months: tuple[Positive, ...] = Field(max_length=6)
    """Inner knots, ascending."""
    last_months: Positive
    """Last knot, beyond which the hazard is constant."""
    smoothness_sd: Positive = 1.0
    """Standard deviation of the difference between neighbouring splines' log weights."""
    baseline_events: Positive = 0.01
    """What each stratum's gamma prior is worth, in events."""
    points: Annotated[int, Field(ge=64)] = 256
    """Points of the importance sample, a power of 2."""


type HazardsSpec = Annotated[
    Annotated[PiecewiseSpec | WeibullSpec | MSplineSpec, Field(discriminator="kind")],
    usually("kind", "piecewise"),
]


class PowerPriorSpec(Part):
    """External controls count as a fixed share of a patient each."""

    kind: Literal["power-prior"]
    """How much is borrowed."""
    file: str
    """Follow-up of the external controls, as `docs/cohorts.md` describes it: columns `time` and
    `event`, and those of the strata if the analysis is stratified."""
    unit: Literal["months", "days", "weeks", "years"] = "months"
    """Unit of the file's times."""
    discount: Annotated[float, Field(ge=0, le=1)]
    """The power of their likelihood: 0 borrows nothing, 1 takes them for patients of the trial."""
    reason: str
    """Why these patients, and why so much."""

    def of(self, patients: ExternalPatients) -> Borrowing:
        """Return what is borrowed of patients."""
        return PowerPrior(patients, self.discount)


class RobustMixtureSpec(Part):
    """External controls count as patients of the trial or not at all: the data tell which."""

    kind: Literal["robust-mixture"]
    """How much is borrowed."""
    file: str
    """Follow-up of the external controls, as for `power-prior`."""
    unit: Literal["months", "days", "weeks", "years"] = "months"
    """Unit of the file's times."""
    weight: Probability
    """Prior probability that they are like the trial's controls."""
    discount: Annotated[float, Field(ge=0, le=1)] = 1.0
    """What each counts if they are."""
    vague_events: Positive = 1.0
    """Prior events in each piece if they are not."""
    reason: str
    """Why these patients, and why so much."""

    def of(self, patients: ExternalPatients) -> Borrowing:
        """Return what is borrowed of patients."""
        return RobustMixture(patients, self.weight, self.discount, self.vague_events)


class CommensurateSpec(Part):
    """External controls' hazard is the trial's, times a ratio near 1."""

    kind: Literal["commensurate"]
    """How much is borrowed."""
    file: str
    """Follow-up of the external controls, as for `power-prior`."""
    unit: Literal["months", "days", "weeks", "years"] = "months"
    """Unit of the file's times."""
    sd: Annotated[float, Field(gt=0, le=5)]
    """Standard deviation of the log of that ratio: 0.1 trusts them to about 20%."""
    reason: str
    """Why these patients, and why so much."""

    def of(self, patients: ExternalPatients) -> Borrowing:
        """Return what is borrowed of patients."""
        return Commensurate(patients, self.sd)


type BorrowingSpec = Annotated[
    PowerPriorSpec | RobustMixtureSpec | CommensurateSpec, Field(discriminator="kind")
]


class PosteriorSpec(Part):
    """Success by the posterior probability that the hazard ratio is below a bound.

    The prior of the log hazard ratio is normal with the central interval stated by `lower` and
    `upper`, or it is the mixture of `prior`.
    """

    probability: Probability
    """Posterior probability at or above which the trial is a success."""
    bound: Positive = 1.0
    """Hazard ratio that has to be undercut."""
    hazard_ratio: Positive = 1.0
    """Centre of a normal prior."""
    lower: Positive | None = None
    """Lower end of its central interval."""
    upper: Positive | None = None
    """Upper end of its central interval."""
    level: Probability = 0.95
    """Level of that interval."""
    prior: tuple[BeliefSpec, ...] | None = Field(default=None, min_length=1)
    """Components of a mixture prior, in place of `hazard_ratio`, `lower` and `upper`."""
    hazards: HazardsSpec = PiecewiseSpec()
    """The form of both arms' hazards."""
    borrowing: BorrowingSpec | None = None
    """External controls, and what they are worth; with piecewise hazards."""
    reason: str
    """Why this prior and this threshold."""

    @model_validator(mode="after")
    def _one_prior(self) -> Self:
        written = {"hazard_ratio", "lower", "upper", "level"} & self.model_fields_set
        if self.prior is not None and written:
            told = " and ".join(sorted(written))
            raise ValueError(
                f"give prior or hazard_ratio, lower and upper; here are prior and {told}"
            )
        if self.prior is None and (self.lower is None or self.upper is None):
            raise ValueError("there is no prior; give lower and upper, or prior")
        if self.borrowing is not None and not isinstance(self.hazards, PiecewiseSpec):
            raise ValueError(
                "external controls are borrowed with piecewise hazards, not with "
                f"'{self.hazards.kind}'; take the table borrowing out or change hazards.kind"
            )
        _ = self.analysis(stratified=True)
        return self

    @property
    def log_ratio_prior(self) -> LogRatioPrior:
        """The prior of the log hazard ratio."""
        if self.prior is not None:
            return mixture(self.prior)
        return IntervalSpec(
            hazard_ratio=self.hazard_ratio, lower=self.lower, upper=self.upper, level=self.level
        ).normal

    def analysis(self, *, stratified: bool, borrowing: Borrowing | None = None) -> Analysis:
        """Return the analysis."""
        prior, hazards = self.log_ratio_prior, self.hazards
        match hazards:
            case WeibullSpec():
                return WeibullPosterior(
                    *(self.probability, prior, self.bound, hazards.shape_sd),
                    baseline_events=hazards.baseline_events,
                    points=hazards.points,
                    stratified=stratified,
                )
            case MSplineSpec():
                return MSplinePosterior(
                    *(self.probability, prior, hazards.inner_months, hazards.last_months),
                    bound=self.bound,
                    smoothness_sd=hazards.smoothness_sd,
                    baseline_events=hazards.baseline_events,
                    points=hazards.points,
                    stratified=stratified,
                )
        return PosteriorProbability(
            self.probability,
            prior,
            bound=self.bound,
            intervals=hazards.ends_months or EventQuantiles(hazards.intervals),
            baseline=GammaBaseline(hazards.baseline_events, hazards.baseline_rate),
            stratified=stratified,
            borrowing=borrowing,
        )


def external_patients(
    borrowing: BorrowingSpec, folder: Path, strata: pd.DataFrame | None
) -> ExternalPatients:
    """Read the external controls that an analysis borrows from.

    Parameters
    ----------
    borrowing : BorrowingSpec
        What is borrowed.
    folder : pathlib.Path
        The folder that the file's path starts from.
    strata : pandas.DataFrame or None
        The trial's strata in order, a column a factor; None if the analysis isn't stratified.

    Returns
    -------
    ExternalPatients
        Their follow-up, and each one's stratum.

    Raises
    ------
    InputError
        If the file is missing or wrong, lacks a factor, or has a patient in a stratum that the
        trial doesn't have.
    """
    path = folder / borrowing.file
    patients = cohorts.read(path, unit=borrowing.unit).patients
    numbers = () if strata is None else _numbered(patients, strata, str(path))
    return ExternalPatients(patients["time"].tolist(), patients["event"].tolist(), numbers)


def _numbered(patients: pd.DataFrame, strata: pd.DataFrame, where: str) -> tuple[int, ...]:
    factors = list(strata.columns)
    missing = [factor for factor in factors if factor not in patients]
    if missing:
        raise InputError(
            f"there is no column {missing[0]}; add it, or set analysis.stratified to false",
            where=where,
        )
    known = {row: number for number, row in enumerate(strata.itertuples(index=False, name=None))}
    numbers = []
    for row, own in enumerate(patients[factors].astype(str).itertuples(index=False, name=None), 1):
        if own not in known:
            raise InputError(
                f"the trial has no stratum {', '.join(own)}; leave such patients out",
                where=f"{where}, row {row}",
            )
        numbers.append(known[own])
    return tuple(numbers)
