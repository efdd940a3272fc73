"""From analyses as a protocol states them to the numbers that compiled functions take."""

from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.scale import LOG_LOG
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import codes
from oligotrial.simulate.analyses.curves import (
    ALONE,
    COCHRAN,
    PRECISION,
    ROOM_PER_STRATUM,
    SIZE,
)
from oligotrial.simulate.analyses.interval_score import interval_room
from oligotrial.simulate.analyses.kernels import MOST_EXACT
from oligotrial.simulate.analyses.largest import largest_room, normal_points
from oligotrial.simulate.analyses.weighted import FLEMING_HARRINGTON, MODEST, STEPS
from oligotrial.trial.decide import (
    BY_BOTH_ARMS,
    BY_PRECISION,
    BY_SIZE,
    FINKELSTEIN,
    INFORMATION,
    Analysis,
    CoxTest,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    RestrictedMeanDifference,
    StepWeight,
    StratumWeights,
    TimeWeight,
    WeightedLogRank,
)

__all__ = ["Encoded", "encode"]


_STRATUM_WEIGHTS = {BY_SIZE: SIZE, BY_BOTH_ARMS: COCHRAN, BY_PRECISION: PRECISION}


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
    beside : tuple of Analysis or None, optional
        Analyses that it makes on the way; the numbers of their rows follow its own integers, -1
        for none.
    fixed_room, room_per_stratum, room_per_patient, room_per_pair : int, optional
        How many numbers it needs to work in; the last for each of patients times patients.
    """

    kind: int
    stratified: bool
    extra: tuple[int, ...] = ()
    numbers: np.ndarray = field(default_factory=lambda: np.empty(0))
    integers: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    beside: tuple[Analysis | None, ...] = ()
    fixed_room: int = 0
    room_per_stratum: int = 0
    room_per_patient: int = 0
    room_per_pair: int = 0


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
    kinds = len(analysis.weights)
    points = normal_points(kinds) if kinds > MOST_EXACT else np.empty((0, 0, 0))
    return Encoded(
        codes.MAX_COMBO,
        analysis.stratified,
        (kinds, points.shape[1]),
        np.concatenate([*(_weight(weight) for weight in analysis.weights), points.ravel()]),
        fixed_room=2 * kinds + kinds * kinds + largest_room(kinds),
    )


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
    return _curves(codes.RESTRICTED_MEAN, analysis.strata, int(analysis.truncated), numbers)


@encode.register
def _(analysis: MilestoneDifference) -> Encoded:
    numbers = np.array([analysis.at_months], dtype=float)
    log_log = int(analysis.scale is LOG_LOG)
    return _curves(codes.MILESTONE, analysis.strata, log_log, numbers)


def _curves(kind: int, strata: StratumWeights | None, choice: int, numbers: np.ndarray) -> Encoded:
    weight = ALONE if strata is None else _STRATUM_WEIGHTS[strata]
    stratified = strata is not None
    extra = weight, choice
    return Encoded(kind, stratified, extra, numbers, room_per_stratum=ROOM_PER_STRATUM)


@encode.register
def _(analysis: IntervalLogRank) -> Encoded:
    by_information = analysis.variance == INFORMATION
    own = int(analysis.scores == FINKELSTEIN), int(by_information)
    fixed, each, pair = interval_room(information=by_information)
    return Encoded(
        codes.INTERVAL_SCORE,
        analysis.stratified,
        own,
        fixed_room=fixed,
        room_per_patient=each,
        room_per_pair=pair,
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
