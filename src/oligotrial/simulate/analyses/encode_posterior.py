"""Bayesian analyses, and powers, as the numbers that compiled functions take."""

import numpy as np
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import components
from oligotrial.estimators.piecewise_table import EventQuantiles
from oligotrial.simulate.analyses import codes
from oligotrial.simulate.analyses.encode import Encoded, encode
from oligotrial.simulate.analyses.mspline import mspline_room, points_of
from oligotrial.simulate.analyses.mspline_likelihood import polynomials
from oligotrial.simulate.analyses.posterior import posterior_room
from oligotrial.simulate.analyses.power import AS_SEEN, GIVEN, PREDICTIVE
from oligotrial.simulate.analyses.weibull import lattice, weibull_room
from oligotrial.simulate.analyses.worlds import WORLD_NUMBERS
from oligotrial.trial.decide import (
    Analysis,
    Commensurate,
    ConditionalPower,
    MSplinePosterior,
    PosteriorProbability,
    PowerPrior,
    PredictiveProbability,
    RobustMixture,
    WeibullPosterior,
    final_score,
)

__all__ = ["known_strata"]


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
    sizes = {
        "intervals": intervals,
        "components": prior.shape[1],
        "worlds": len(worlds),
        "bounds": bounds.size,
        "quantiles": len(tail),
    }
    room = posterior_room(strata=0, **sizes)
    return Encoded(
        codes.POSTERIOR,
        analysis.stratified,
        (int(fixed), intervals, prior.shape[1], bounds.size, len(tail), len(worlds)),
        np.concatenate([head, cuts, prior.ravel(), bounds, tail, worlds.ravel(), times]),
        integers,
        fixed_room=room,
        room_per_stratum=posterior_room(strata=1, **sizes) - room,
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
    log_ratio = 0.0 if analysis.hazard_ratio is None else float(np.log(analysis.hazard_ratio))
    return Encoded(
        codes.POWER,
        analysis.final.stratified,
        (AS_SEEN if seen else GIVEN, 0),
        np.array(_final(analysis, log_ratio)),
        beside=(analysis.final, None),
    )


@encode.register
def _(analysis: PredictiveProbability) -> Encoded:
    prior = components(analysis.prior)
    return Encoded(
        codes.POWER,
        analysis.final.stratified,
        (PREDICTIVE, prior.shape[1]),
        np.concatenate([_final(analysis, 0.0), prior.ravel()]),
        beside=(analysis.final, analysis.likelihood),
    )


def _final(analysis: ConditionalPower | PredictiveProbability, log_ratio: float) -> list[float]:
    """Return what is known of the final analysis, in the order of `power.EACH` and so on."""
    each = analysis.experimental_share * (1.0 - analysis.experimental_share)
    information, final = each * analysis.events, analysis.final
    needed = final_score(final, information)
    return [each, information, needed, log_ratio, float(analysis.events), final.threshold]


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


def known_strata(analysis: Analysis, strata: int) -> None:
    """Refuse external patients of a stratum that the trial doesn't have.

    Parameters
    ----------
    analysis : Analysis
        Any.
    strata : int
        How many the trial has.

    Raises
    ------
    InputError
        If there is such a patient.
    """
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
