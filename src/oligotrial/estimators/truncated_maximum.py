"""The climb to the largest likelihood of hazards: projected Newton steps, EM where they fail."""

from typing import Final

import numpy as np

from oligotrial.estimators.truncated_kernels import (
    Patterns,
    fill_expected,
    fit_hazards,
    log_likelihood_of_hazards,
    shortfall,
)

__all__ = ["climb"]

_FIRST_STEPS: Final = 15  # of EM, which finds where the likelihood is concave enough for Newton's
_FAILED_STEPS: Final = 10  # of EM where no part of Newton's step raises the likelihood
_MOST_STEPS: Final = 2_000
_HALVINGS: Final = 12
_FLOOR: Final = 1e-13  # of a cumulative hazard: one of 0 would never leave it by EM
_SMALL: Final = 0.05
"""A cumulative hazard of this share of the mean, and falling, is on its way to 0."""
_RIDGE: Final = 1e-10


def climb(
    hazard: np.ndarray, patterns: Patterns, *, before: int, survival: float, tolerance: float
) -> tuple[float, int]:
    """Climb to the largest likelihood from given hazards, all of them above 0.

    Parameters
    ----------
    hazard : numpy.ndarray
        Shape (interval,): the start; overwritten with the estimate.
    patterns : Patterns
        The patients.
    before : int
        Survival after this many intervals is held; 0 for no constraint.
    survival : float
        What it is held at.
    tolerance : float
        Ends at a gap of at most this.

    Returns
    -------
    tuple of (float, int)
        The gap, as of `fit_hazards`, and the number of steps.

    Notes
    -----
    Bertsekas (1982), doi:10.1137/0320018: Newton's step in the cumulative hazards that aren't on
    their way to 0, cut off there. The Hessian is that of the spans in which patients can have the
    event.
    """
    gap, steps = fit_hazards(hazard, patterns, before, survival, tolerance, _FIRST_STEPS)
    spans = _spans(patterns, len(hazard))
    value = log_likelihood_of_hazards(hazard, patterns)
    while gap > tolerance and steps < _MOST_STEPS:
        trial = _newton(hazard, patterns, spans, before, survival, value)
        if trial is None:
            _, more = fit_hazards(hazard, patterns, before, survival, tolerance, _FAILED_STEPS)
            steps += more
        else:
            hazard[:] = trial
        value = log_likelihood_of_hazards(hazard, patterns)
        gap = shortfall(hazard, patterns, before, survival)
        steps += 1
    return gap, steps


def _spans(patterns: Patterns, size: int) -> np.ndarray:
    """Return which intervals each pattern's event can lie in."""
    interval = np.arange(size)
    first, last = patterns.first[:, None], patterns.last[:, None]
    spans: np.ndarray = (first <= interval) & (interval <= last)
    return spans.astype(float)


def _newton(
    hazard: np.ndarray,
    patterns: Patterns,
    spans: np.ndarray,
    before: int,
    survival: float,
    value: float,
) -> np.ndarray | None:
    """Return hazards of a larger likelihood, or None if no part of the step has one."""
    slope, at_risk = np.empty_like(hazard), np.empty_like(hazard)
    fill_expected(hazard, patterns, slope, at_risk)
    derivative = slope - at_risk
    open_ended = hazard < 1.0
    amount = np.where(open_ended, -np.log1p(-np.where(open_ended, hazard, 0.0)), np.inf)
    early = np.arange(len(hazard)) < before
    multiplier = float(derivative[early] @ amount[early] / amount[early].sum()) if before else 0.0
    derivative = derivative - np.where(early, multiplier, 0.0)
    small = _SMALL * amount[open_ended].mean()
    free = open_ended & ((amount > small) | (derivative > 0.0))
    step = np.where(free | ~open_ended, 0.0, -amount)
    step[free] = _direction(amount, spans, patterns.weight, derivative, free, early)
    target = -np.log(survival)
    for halving in range(_HALVINGS):
        new = np.maximum(amount + 0.5**halving * np.where(open_ended, step, 0.0), _FLOOR)
        if before:
            new[early] *= target / new[early].sum()
        trial = np.where(open_ended, -np.expm1(-new), 1.0)
        if log_likelihood_of_hazards(trial, patterns) > value:
            return trial
    return None


def _direction(
    amount: np.ndarray,
    spans: np.ndarray,
    weight: np.ndarray,
    derivative: np.ndarray,
    free: np.ndarray,
    early: np.ndarray,
) -> np.ndarray:
    columns = spans[:, free]
    whole = spans @ np.where(np.isfinite(amount), amount, 1e3)
    inside = whole > 0.0
    bend = np.zeros(len(whole))
    bend[inside] = weight[inside] * np.exp(-whole[inside]) / np.expm1(-whole[inside]) ** 2
    hessian = columns.T @ (bend[:, None] * columns)
    ridge = _RIDGE * max(float(np.trace(hessian)), 1e-300) + 1e-300
    hessian[np.diag_indices_from(hessian)] += ridge
    held = early[free].astype(float)
    if not held.any():
        found: np.ndarray = np.linalg.solve(hessian, derivative[free])
        return found
    both = np.linalg.solve(hessian, np.column_stack([derivative[free], held]))
    along: np.ndarray = both[:, 0] - both[:, 1] * (held @ both[:, 0]) / (held @ both[:, 1])
    return along
