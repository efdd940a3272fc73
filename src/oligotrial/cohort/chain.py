"""The arrays that a reconstruction's chain runs on."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

__all__ = ["Kind", "Problem", "State"]


class Kind(IntEnum):
    """What a printed statistic is."""

    MEAN = 0
    MEAN_SE = 1
    MEDIAN = 2
    LOWER = 3
    UPPER = 4
    EVENTS_BY = 5
    CHI_SQUARED = 6
    AT_RISK = 7


class Problem(NamedTuple):
    """What a chain is run on; statistics are sorted by grouping, then level.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,): the times a patient can have.
    log_base : numpy.ndarray
        Shape (2, day): log density of a patient censored or with the event on a day.
    proposal, cumulative : numpy.ndarray
        Shape (2, day) and (2 * day,): probabilities of the independent proposal and their
        running sum.
    pin_low, pin_high : numpy.ndarray
        Shape (pin,): first and last day of each printed event time, that one patient keeps to.
    column, table, levels : numpy.ndarray
        For each grouping: the column its level follows from (-1: none), the level of each
        of that column's values, and how many levels there are.
    first : numpy.ndarray
        Shape (grouping + 1,): where each grouping's statistics begin.
    kind, level, argument : numpy.ndarray
        For each statistic: its `Kind`, of which level, and at what time, months; for a
        chi-squared 1 or -1 where the first group has to have more events than expected or fewer.
    ticked : numpy.ndarray of bool
        For each statistic: whether `argument` counts ticks of unknown spacing.
    spacings : numpy.ndarray
        Months that may lie between two ticks.
    low, high, tolerance, limit : numpy.ndarray
        For each statistic: the values that agree with what is printed, the scale of the
        distance from them, and the distance that is too far.
    slot, reach, log_prior : numpy.ndarray
        For each course: the kind of patient who can have it, shape (course, cut-off) whether
        its dose reaches each cut-off, and the log of its prior probability.
    slot_first, slot_course : numpy.ndarray
        Where each kind of patient's courses begin in the list of courses.
    z : float
        Normal quantile of the printed intervals.
    """

    months: np.ndarray
    log_base: np.ndarray
    proposal: np.ndarray
    cumulative: np.ndarray
    pin_low: np.ndarray
    pin_high: np.ndarray
    column: np.ndarray
    table: np.ndarray
    levels: np.ndarray
    first: np.ndarray
    kind: np.ndarray
    level: np.ndarray
    argument: np.ndarray
    ticked: np.ndarray
    low: np.ndarray
    high: np.ndarray
    tolerance: np.ndarray
    limit: np.ndarray
    spacings: np.ndarray
    slot: np.ndarray
    reach: np.ndarray
    log_prior: np.ndarray
    slot_first: np.ndarray
    slot_course: np.ndarray
    z: float


class State(NamedTuple):
    """Where a chain is; changed in place.

    Parameters
    ----------
    day, event, pin : numpy.ndarray
        Shape (patient,): ascending days, 1 for an event, and the printed event time that
        the patient keeps to or -1.
    values : numpy.ndarray
        Shape (column, patient): what the groupings' levels follow from; the last column
        is the course.
    allowed : numpy.ndarray of bool
        Shape (pin + 1, column, value): what those who keep to a printed time may have; the
        last row is everyone else's.
    spacing : numpy.ndarray
        Shape (1,): number of the spacing between ticks.
    statistic : numpy.ndarray
        Shape (statistic,): their present values.
    """

    day: np.ndarray
    event: np.ndarray
    pin: np.ndarray
    values: np.ndarray
    allowed: np.ndarray
    spacing: np.ndarray
    statistic: np.ndarray
