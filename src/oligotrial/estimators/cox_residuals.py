"""Residuals of a Cox regression: martingale, score and Schoenfeld's."""

import numpy as np

from oligotrial.estimators.cox_maximum import Point
from oligotrial.estimators.cox_sample import Sample

__all__ = ["mean_at_events", "score_residuals"]


def mean_at_events(sample: Sample, point: Point) -> np.ndarray:
    """Return the mean centred covariates at risk at each patient's event.

    Parameters
    ----------
    sample : Sample
        The patients.
    point : Point
        The likelihood at some coefficients.

    Returns
    -------
    numpy.ndarray
        Shape (patient, coefficient): the mean over the rows of the event time; NaN for those
        without an event.
    """
    begin, tie = sample.rows.begin, sample.rows.tie
    steps = np.diff(begin)
    means = np.full((len(steps), point.mean.shape[1]), np.nan)
    busy = steps > 0
    means[busy] = np.add.reduceat(point.mean, begin[:-1][busy], axis=0) / steps[busy, None]
    of_patient: np.ndarray = means[tie]
    return of_patient


def score_residuals(sample: Sample, point: Point) -> np.ndarray:
    """Return each patient's part of the score.

    Parameters
    ----------
    sample : Sample
        The patients.
    point : Point
        The likelihood at some coefficients.

    Returns
    -------
    numpy.ndarray
        Shape (patient, coefficient), for a weight of 1, in the order of the sample.

    Notes
    -----
    Therneau and Grambsch (2000), Modeling Survival Data, equation 4.13, and section 7.2 for
    tied events: R's ``residuals(fit, "score")``.
    """
    at_event = sample.centred - mean_at_events(sample, point)
    collected = sample.at_risk(point.hazard[:, None] * point.mean)
    expected = sample.centred * point.expected[:, None] - point.relative[:, None] * collected
    residuals: np.ndarray = np.where(sample.event[:, None] == 1, at_event, 0.0) - expected
    return residuals
