"""The partial likelihood of an arranged sample, and its maximum."""

from dataclasses import dataclass, replace

import numpy as np

from oligotrial.checks import InputError
from oligotrial.estimators.cox_sample import Sample
from oligotrial.estimators.inverse import invert

__all__ = ["Maximum", "Point", "evaluate", "maximise"]

_PIVOT = 1e-11  # a covariate of whose squares less is left, given the others, is collinear
_NEAR = 1e-12  # twice the likelihood still to gain: one step on, the error is its square
_FLAT, _MOVING = 1e-8, 0.1  # no likelihood to gain, yet log hazard ratios still move
_LONGEST = 100  # Newton steps; regular samples need 4 to 8
_HALVINGS = 40


@dataclass(frozen=True)
class Point:
    """The log partial likelihood and its derivatives at some coefficients.

    Parameters
    ----------
    beta : numpy.ndarray
        Shape (coefficient,).
    log_likelihood : float
        Log partial likelihood.
    score : numpy.ndarray
        Shape (coefficient,): its derivative.
    information : numpy.ndarray
        Shape (coefficient, coefficient): minus its second derivative.
    squares : numpy.ndarray
        Shape (coefficient,): what rounding of the information's diagonal is relative to.
    hazard : numpy.ndarray
        Shape (row,): steps of the cumulative hazard of a patient whose log hazard ratio is
        the `reference` of the stratum.
    mean : numpy.ndarray
        Shape (row, coefficient): mean centred covariates of those at risk.
    relative : numpy.ndarray
        Shape (patient,): hazard relative to that patient's; 0 for those who are never at risk
        when there is an event.
    expected : numpy.ndarray
        Shape (patient,): events expected of each.
    reference : numpy.ndarray
        Shape (stratum,): log hazard ratio, of centred covariates, that hazards are relative to.
    """

    beta: np.ndarray
    log_likelihood: float
    score: np.ndarray
    information: np.ndarray
    squares: np.ndarray
    hazard: np.ndarray
    mean: np.ndarray
    relative: np.ndarray
    expected: np.ndarray
    reference: np.ndarray


@dataclass(frozen=True)
class Maximum:
    """Where Newton's steps began and ended.

    Parameters
    ----------
    null, best : Point
        At no effect of any covariate, and at the estimates.
    covariance : numpy.ndarray
        Shape (coefficient, coefficient): inverse of the information at the estimates.
    unbounded : tuple of int
        Coefficients that run to infinity; those reached are returned.
    converged : bool
        Whether a maximum was found.
    """

    null: Point
    best: Point
    covariance: np.ndarray
    unbounded: tuple[int, ...]
    converged: bool


def evaluate(sample: Sample, beta: np.ndarray) -> Point:
    """Return the likelihood and its derivatives at some coefficients.

    Parameters
    ----------
    sample : Sample
        The patients.
    beta : numpy.ndarray
        Shape (coefficient,).

    Returns
    -------
    Point
        Not finite where the coefficients are too large to evaluate.

    Notes
    -----
    Therneau and Grambsch (2000), Modeling Survival Data, sections 3.1 and 3.3, with the
    information's sums over risk sets and over patients exchanged (see `cox_kernels`).
    """
    x, rows, weight = sample.centred, sample.rows, sample.weight
    log_ratio = x @ beta
    reference = np.full(len(sample.strata), -np.inf)
    np.maximum.at(reference, rows.stratum[sample.counts], log_ratio[sample.counts])
    # A stratum without events has no row whose hazard could be relative to anything.
    reference[np.isneginf(reference)] = 0.0
    log_ratio -= reference[rows.stratum]
    relative = np.exp(np.where(sample.counts, log_ratio, -np.inf))
    counted = weight * rows.event
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        total, mean = sample.means(weight * relative)
        hazard = sample.mass / total
        expected = relative * sample.at_risk(hazard[:, None])[:, 0]
        squares = (x * (weight * expected)[:, None]).T @ x
        return Point(
            beta,
            float(counted @ log_ratio - sample.mass @ np.log(total)),
            counted @ x - sample.mass @ mean,
            squares - (mean * sample.mass[:, None]).T @ mean,
            np.diag(squares),
            hazard,
            mean,
            relative,
            expected,
            reference,
        )


def maximise(sample: Sample) -> Maximum:
    """Return the maximum of the partial likelihood.

    Parameters
    ----------
    sample : Sample
        The patients.

    Returns
    -------
    Maximum
        Flagged where the likelihood has no maximum.

    Raises
    ------
    InputError
        If a covariate doesn't vary among those at risk, or follows from the others.

    Notes
    -----
    Newton's steps, halved as long as the likelihood falls. Where covariates separate those who
    have the event from those who don't, the likelihood flattens but the steps don't shrink; R
    warns "coefficient may be infinite" then.
    """
    null = evaluate(sample, np.zeros(sample.centred.shape[1]))
    covariance = _inverse(null)
    if covariance is None:
        raise _not_estimable(sample, null)
    spread = np.ptp(sample.centred[sample.counts], axis=0)
    found, unit = Maximum(null, null, covariance, (), False), float(sample.mass.mean())
    for _ in range(_LONGEST):
        step = covariance @ found.best.score
        gain = float(step @ found.best.score) / unit
        moving = np.abs(step) * spread > _MOVING
        flat = gain < _FLAT
        point = _uphill(sample, found.best, step)
        inverse = None if point is None else _inverse(point)
        if point is None or inverse is None or (flat and moving.any()):
            unbounded = tuple(np.flatnonzero(moving).tolist())
            return replace(found, unbounded=unbounded, converged=flat and not unbounded)
        covariance = inverse
        found = Maximum(null, point, covariance, (), gain < _NEAR)
        if found.converged:
            break
    return found


def _uphill(sample: Sample, start: Point, step: np.ndarray) -> Point | None:
    floor = start.log_likelihood - 1e-12 * abs(start.log_likelihood)
    for _ in range(_HALVINGS):
        point = evaluate(sample, start.beta + step)
        if point.log_likelihood >= floor:
            return point
        step = 0.5 * step
    return None


def _inverse(point: Point) -> np.ndarray | None:
    inverse = np.empty_like(point.information)
    positive = invert(point.information.copy(), _PIVOT * point.squares, inverse)
    return inverse if positive and np.isfinite(inverse).all() else None


def _not_estimable(sample: Sample, null: Point) -> InputError:
    names = sample.design.names
    for last in range(len(names)):
        size = last + 1
        leading = np.ascontiguousarray(null.information[:size, :size])
        if not invert(leading, _PIVOT * null.squares[:size], np.empty((size, size))):
            break
    alone = null.information[last, last] <= _PIVOT * null.squares[last]
    problem = (
        "all who are at risk together have the same value"
        if alone
        else f"it follows from the covariates before it ({', '.join(names[:last])})"
    )
    return InputError(
        f"{problem}, so that it has no hazard ratio; leave it out",
        where=f"covariates, column {names[last]}",
    )
