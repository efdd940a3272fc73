"""From analyses as a protocol states them to the numbers that compiled functions take."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import components
from oligotrial.estimators.piecewise_table import EventQuantiles
from oligotrial.estimators.scale import LOG_LOG
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import codes
from oligotrial.simulate.analyses.kernels import MOST_WEIGHTS, Plan, Room
from oligotrial.simulate.analyses.mspline import mspline_room, points_of, polynomials
from oligotrial.simulate.analyses.posterior import EXTERNAL, WORLD_NUMBERS, posterior_room
from oligotrial.simulate.analyses.power import AS_SEEN, GIVEN, PREDICTIVE
from oligotrial.simulate.analyses.risk_rows import ROW_COLUMNS
from oligotrial.simulate.analyses.weibull import lattice, weibull_room
from oligotrial.simulate.analyses.weighted import FLEMING_HARRINGTON, MODEST, STEPS
from oligotrial.trial.decide import (
    FINKELSTEIN,
    Analysis,
    Commensurate,
    ConditionalPower,
    CoxTest,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    MSplinePosterior,
    PosteriorProbability,
    PowerPrior,
    PredictiveProbability,
    RestrictedMeanDifference,
    RobustMixture,
    StepWeight,
    TimeWeight,
    WeibullPosterior,
    WeightedLogRank,
    final_score,
)

__all__ = ["CompiledAnalyses", "Encoded", "compile_analyses", "encode"]

_LEAST_ROOM = 64


@dataclass(frozen=True)
class Encoded:
    """One analysis as numbers.

    Parameters
    ----------
    kind : int
        Which of `oligotrial.simulate.analyses.codes`.
    stratified : bool
        Whether it is.
    extra : tuple of int
        Its own integers.
    numbers : numpy.ndarray
        Its own numbers.
    integers : numpy.ndarray, optional
        Its own integers, as many as there are.
    fixed_room, room_per_stratum, room_per_patient : int, optional
        How many numbers it needs to work in.
    """

    kind: int
    stratified: bool
    extra: tuple[int, ...] = ()
    numbers: np.ndarray = field(default_factory=lambda: np.empty(0))
    integers: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    fixed_room: int = 0
    room_per_stratum: int = 0
    room_per_patient: int = 0


@dataclass(frozen=True, eq=False)
class CompiledAnalyses:
    """Analyses, and the arrays by which compiled functions make them.

    Parameters
    ----------
    analyses : tuple
        The analyses.
    plan : Plan
        As `analyse` takes them.
    first_columns : tuple of int
        Where each analysis' columns begin; its own `columns` names them.
    encoded : tuple of Encoded
        Each one's numbers.
    """

    analyses: tuple[Analysis, ...]
    plan: Plan
    first_columns: tuple[int, ...]
    encoded: tuple[Encoded, ...]

    @property
    def width(self) -> int:
        """Columns of all analyses together."""
        return sum(len(analysis.columns) for analysis in self.analyses)

    def columns_of(self, number: int) -> slice:
        """Return the columns of one analysis, by its number from 0."""
        first = self.first_columns[number]
        return slice(first, first + len(self.analyses[number].columns))

    def room(self, patients: int, strata: int) -> Room:
        """Return room to work in, for one thread.

        Parameters
        ----------
        patients, strata : int
            The most that a trial has.

        Returns
        -------
        Room
            To be used again for every trial.

        Raises
        ------
        InputError
            If an external patient is in a stratum that the trial doesn't have.
        """
        for analysis in self.analyses:
            _known_strata(analysis, strata)
        need = max(
            (
                one.fixed_room
                + (strata if one.stratified else 1) * one.room_per_stratum
                + patients * one.room_per_patient
                for one in self.encoded
            ),
            default=0,
        )
        return Room(
            np.empty((patients, ROW_COLUMNS)),
            np.empty((patients, MOST_WEIGHTS)),
            np.empty((4, strata)),
            np.empty(max(need, _LEAST_ROOM)),
            np.zeros(patients, np.int64),
        )


def compile_analyses(analyses: Sequence[Analysis]) -> CompiledAnalyses:
    """Turn analyses into what compiled functions take.

    Parameters
    ----------
    analyses : sequence of Analysis
        For example those of all looks of a design, one after another.

    Returns
    -------
    CompiledAnalyses
        The plan, and where the columns of each are.

    Raises
    ------
    InputError
        If one of them is no analysis.

    Examples
    --------
    >>> compile_analyses([LogRank(0.1), MaxCombo(0.1)]).first_columns
    (0, 3)
    """
    encoded = tuple(encode(analysis) for analysis in analyses)
    table = np.zeros((len(encoded), codes.CODE_WIDTH), np.int64)
    firsts, column, start, whole = [], 0, 0, 0
    for row, analysis, one in zip(table, analyses, encoded, strict=True):
        width = len(analysis.columns)
        row[: codes.EXTRA] = one.kind, one.stratified, column, width, start
        row[codes.EXTRA : codes.EXTRA + len(one.extra)] = one.extra
        if one.kind == codes.POSTERIOR:
            row[EXTERNAL] = whole
        firsts.append(column)
        column += width
        start += one.numbers.size
        whole += one.integers.size
    numbers = np.concatenate([np.zeros(0), *(one.numbers for one in encoded)])
    integers = np.concatenate([np.zeros(0, np.int64), *(one.integers for one in encoded)])
    return CompiledAnalyses(tuple(analyses), Plan(table, numbers, integers), tuple(firsts), encoded)


@singledispatch
def encode(analysis: Analysis) -> Encoded:
    """Return an analysis as numbers; one function for each kind is registered here.

    Parameters
    ----------
    analysis : Analysis
        What a protocol states.

    Returns
    -------
    Encoded
        The numbers.

    Raises
    ------
    InputError
        If it is no analysis.
    """
    raise InputError(
        f"{analysis!r} is not an analysis; give one of oligotrial.trial.decide", where="analysis"
    )


@encode.register
def _(analysis: LogRank) -> Encoded:
    return Encoded(codes.LOG_RANK, analysis.stratified)


@encode.register
def _(analysis: WeightedLogRank) -> Encoded:
    return Encoded(codes.WEIGHTED, analysis.stratified, (1,), _weight(analysis.weight))


@encode.register
def _(analysis: MaxCombo) -> Encoded:
    numbers = np.concatenate([_weight(weight) for weight in analysis.weights])
    return Encoded(codes.MAX_COMBO, analysis.stratified, (len(analysis.weights),), numbers)


@encode.register
def _(analysis: CoxTest) -> Encoded:
    return Encoded(
        codes.COX,
        analysis.stratified,
        (int(analysis.by.by_score), int(analysis.ties.split)),
        np.array([np.log(analysis.bound), norm.isf(0.5 - analysis.level / 2)]),
    )


@encode.register
def _(analysis: RestrictedMeanDifference) -> Encoded:
    numbers = np.array([analysis.until_months, analysis.margin_months], dtype=float)
    return Encoded(codes.RESTRICTED_MEAN, stratified=False, numbers=numbers)


@encode.register
def _(analysis: MilestoneDifference) -> Encoded:
    numbers = np.array([analysis.at_months], dtype=float)
    log_log = int(analysis.scale is LOG_LOG)
    return Encoded(codes.MILESTONE, stratified=False, extra=(log_log,), numbers=numbers)


@encode.register
def _(analysis: IntervalLogRank) -> Encoded:
    finkelstein = int(analysis.scores == FINKELSTEIN)
    return Encoded(codes.INTERVAL_SCORE, analysis.stratified, (finkelstein,))


@encode.register
def _(analysis: PosteriorProbability) -> Encoded:
    prior = components(analysis.prior)
    bounds = np.log([analysis.bound, *analysis.also])
    tail = () if analysis.level is None else (0.5 - analysis.level / 2, 0.5 + analysis.level / 2)
    if isinstance(analysis.intervals, EventQuantiles):
        fixed, intervals, cuts = False, int(analysis.intervals.intervals), np.empty(0)
    else:
        fixed, cuts = True, np.array(analysis.intervals, dtype=float)
        intervals = cuts.size + 1
    head = [analysis.baseline.events, analysis.baseline.rate or 0.0]
    worlds, times, integers = _worlds(analysis)
    sizes = {"components": prior.shape[1], "worlds": len(worlds), "bounds": bounds.size}
    nothing = dict.fromkeys(sizes, 0)
    room = posterior_room(intervals=intervals, strata=1, **sizes)
    return Encoded(
        codes.POSTERIOR,
        analysis.stratified,
        (int(fixed), intervals, prior.shape[1], bounds.size, len(tail), len(worlds)),
        np.concatenate([head, cuts, prior.ravel(), bounds, tail, worlds.ravel(), times]),
        integers,
        fixed_room=room,
        room_per_stratum=posterior_room(intervals=intervals, strata=1, **nothing),
    )


@encode.register
def _(analysis: WeibullPosterior) -> Encoded:
    prior = components(analysis.prior)
    head = [np.log(analysis.bound), analysis.shape_sd, analysis.baseline_events, *_moments(prior)]
    sizes = {"points": analysis.points, "components": prior.shape[1]}
    room = weibull_room(patients=0, strata=0, **sizes)
    return Encoded(
        codes.WEIBULL,
        analysis.stratified,
        (prior.shape[1], analysis.points),
        np.concatenate([head, prior.ravel(), lattice(analysis.points)]),
        fixed_room=room,
        room_per_stratum=weibull_room(patients=0, strata=1, **sizes) - room,
        room_per_patient=weibull_room(patients=1, strata=0, **sizes) - room,
    )


@encode.register
def _(analysis: MSplinePosterior) -> Encoded:
    prior = components(analysis.prior)
    head = [np.log(analysis.bound), analysis.smoothness_sd, analysis.baseline_events]
    knots = [0.0, *analysis.inner_months]
    points, splines = analysis.points, analysis.basis.size
    sizes = {"points": points, "splines": splines, "components": prior.shape[1]}
    room = mspline_room(patients=0, strata=0, **sizes)
    return Encoded(
        codes.MSPLINE,
        analysis.stratified,
        (prior.shape[1], points, splines, len(knots)),
        np.concatenate(
            [
                [*head, *_moments(prior), analysis.last_months],
                prior.ravel(),
                knots,
                polynomials(analysis.basis),
                points_of(points, splines).ravel(),
            ]
        ),
        fixed_room=room,
        room_per_stratum=mspline_room(patients=0, strata=1, **sizes) - room,
        room_per_patient=mspline_room(patients=1, strata=0, **sizes) - room,
    )


def _moments(prior: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of a mixture of normals."""
    mean = prior[0] @ prior[1]
    return float(mean), float(np.sqrt(prior[0] @ (prior[2] ** 2 + (prior[1] - mean) ** 2)))


@encode.register
def _(analysis: ConditionalPower) -> Encoded:
    seen = analysis.hazard_ratio is None
    log_ratio = 0.0 if analysis.hazard_ratio is None else np.log(analysis.hazard_ratio)
    head = _final(analysis.final, analysis.events, analysis.experimental_share)
    belief = AS_SEEN if seen else GIVEN
    return Encoded(
        codes.POWER, analysis.final.stratified, (belief, 0), np.array([*head, log_ratio])
    )


@encode.register
def _(analysis: PredictiveProbability) -> Encoded:
    prior = components(analysis.prior)
    head = _final(analysis.final, analysis.events, analysis.experimental_share)
    numbers = np.concatenate([[*head, 0.0], prior.ravel()])
    extra = (PREDICTIVE, prior.shape[1])
    return Encoded(codes.POWER, analysis.final.stratified, extra, numbers)


def _final(
    final: LogRank | PosteriorProbability, events: int, share: float
) -> tuple[float, float, float]:
    """Return information per event, at the final analysis, and the score that succeeds there."""
    each = share * (1.0 - share)
    return each, each * events, final_score(final, each * events)


def _worlds(analysis: PosteriorProbability) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what is borrowed as worlds, external times, and their number, events, arms, strata."""
    borrowing = analysis.borrowing
    nothing = np.empty((0, WORLD_NUMBERS)), np.empty(0), np.empty(0, np.int64)
    if borrowing is None:
        return nothing
    own = analysis.baseline.events
    match borrowing:
        case PowerPrior(discount=discount):
            worlds = [(0.0, discount, 0.0, own, 0.0)]
        case RobustMixture(weight=weight, discount=discount, vague_events=vague):
            worlds = [
                (np.log(weight), discount, 0.0, own, 0.0),
                (np.log1p(-weight), 0.0, 0.0, vague, 0.0),
            ]
        case Commensurate(sd=sd, patients=patients):
            # Steps of at most the least standard deviation the log ratio can have, to 6 of its own.
            step = 1.0 / np.sqrt(sd**-2 + patients.events)
            shifts = np.linspace(-6.0 * sd, 6.0 * sd, 1 + 2 * int(np.ceil(6.0 * sd / step)))
            weights = norm.logpdf(shifts, 0.0, sd)
            weights -= np.log(np.sum(np.exp(weights)))
            worlds = [(w, 1.0, x, own, 1.0) for w, x in zip(weights, shifts, strict=True)]
    if all(world[1] == 0.0 for world in worlds):
        return nothing
    patients = borrowing.patients
    count = len(patients.time)
    stratum = patients.stratum if analysis.stratified else (0,) * count
    integers = np.array([count, *patients.event, *(0,) * count, *stratum], dtype=np.int64)
    return np.array(worlds, dtype=float), np.array(patients.time, dtype=float), integers


def _known_strata(analysis: Analysis, strata: int) -> None:
    if not isinstance(analysis, PosteriorProbability) or not analysis.stratified:
        return
    if analysis.borrowing is None:
        return
    largest = max(analysis.borrowing.patients.stratum)
    if largest >= strata:
        raise InputError(
            f"an external patient is in stratum number {largest}, the trial has {strata} strata, "
            "numbered from 0; give the design's numbers",
            where="stratum",
        )


def _weight(weight: TimeWeight) -> np.ndarray:
    """Return a weight as `fill_weights` reads it: kind, length, and its own numbers."""
    match weight:
        case FlemingHarrington(rho=rho, gamma=gamma):
            return np.array([FLEMING_HARRINGTON, 4, rho, gamma], dtype=float)
        case ModestWeight(until_months=until, most=most):
            return np.array([MODEST, 4, until, most], dtype=float)
        case StepWeight(ends_months=ends, values=values):
            own = [len(values), *ends, *values]
            return np.array([STEPS, 2 + len(own), *own], dtype=float)
    raise InputError(
        f"{weight!r} is not a weight; give FlemingHarrington, ModestWeight or StepWeight",
        where="weight",
    )
