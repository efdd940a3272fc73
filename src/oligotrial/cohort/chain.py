"""The arrays that a reconstruction's chain runs on."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

__all__ = ["ALL", "EVERY_COLUMN", "NOTHING", "NO_COLUMN", "TIMES", "Kind", "Problem", "State"]

NO_COLUMN = -1
"""Column of the grouping that puts everybody into one group."""

EVERY_COLUMN = -2
"""Column of a regression on all columns."""

ALL, TIMES, NOTHING = -3, -4, -5
"""What a move changed, where it is not one column: times and their order, times alone, nothing."""


class Kind(IntEnum):
    """What a printed statistic is; percentages run from 0 to 100."""

    CHI_SQUARED = 0
    MEAN = 1
    MEAN_SE = 2
    MEDIAN = 3
    LOWER = 4
    UPPER = 5
    RATE = 6
    RATE_LOWER = 7
    RATE_UPPER = 8
    EVENTS = 9
    EVENTS_BY = 10
    AT_RISK = 11
    FOLLOW_UP = 12
    FOLLOW_UP_LOWER = 13
    FOLLOW_UP_UPPER = 14
    LOG_HAZARD_RATIO = 15
    LOG_STANDARD_ERROR = 16
    CONCORDANCE = 17
    CONCORDANCE_ERROR = 18


class Problem(NamedTuple):
    """What a chain is run on.

    Tuples of arrays are handed to compiled functions by value, so that each array costs at
    every call: what belongs together is kept in one array.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,): the times a patient can have.
    log_base : numpy.ndarray
        Shape (2, day): log density of a patient censored or with the event on a day.
    log_events : numpy.ndarray
        Shape (patient + 1,): what each number of events adds to the log density.
    proposal, cumulative : numpy.ndarray
        Shape (2, day) and (2 * day,): probabilities of the independent proposal and their
        running sum.
    pins : numpy.ndarray of int
        Shape (pin, 3): first and last day of each pin, and the event indicator that those who
        keep to it have, or -1 where it may be either.
    plan : numpy.ndarray of int
        Shape (grouping, 5): the column its level follows from (or `NO_COLUMN`, `EVERY_COLUMN`),
        how many levels there are, where its statistics begin, where those that aren't a
        chi-squared do, and where they end.
    spans : numpy.ndarray of int
        Shape (grouping, level + 1): where each level's statistics but the test begin, and where
        the last one's end.
    table : numpy.ndarray of int
        Shape (grouping, value): the level of each value of the grouping's column; of a
        regression first and last but one of its covariates, in the first two places.
    statistics : numpy.ndarray
        Shape (statistic, 8): the `Kind`, of which level (or covariate), at what time in months
        (for a chi-squared 1 or -1 where the first group has to have more events than expected
        or fewer), whether the time counts ticks of unknown spacing, lowest and highest value
        that agree with what is printed, the distance from them that is too far, and the normal
        quantile of the interval that a limit is of.
    spacings : numpy.ndarray
        Months that may lie between two ticks.
    courses : numpy.ndarray of int
        Shape (course, 1 + cut-off): the kind of patient who can have it, and whether its
        dose reaches each cut-off. Empty where no courses are printed.
    log_prior : numpy.ndarray
        Shape (course,): log of the prior probability.
    slot_first : numpy.ndarray of int
        Where each kind of patient's courses begin; they stand together.
    cox_column, cox_code, cox_beta : numpy.ndarray
        For each covariate of each regression: its column, the code of each of the column's
        values, and the printed log hazard ratio.
    rate_scale : int
        Scale of the limits of rates: 0 their own, 1 log, 2 log-log.
    limits_at_events : bool
        Whether a median's limits are the outermost event times that aren't refused (MedCalc) or
        the times at which the band's edges come down to 1/2 (R, Stata).
    median_scale : int
        Scale of the limits of medians, as that of rates.
    """

    months: np.ndarray
    log_base: np.ndarray
    log_events: np.ndarray
    proposal: np.ndarray
    cumulative: np.ndarray
    pins: np.ndarray
    plan: np.ndarray
    spans: np.ndarray
    table: np.ndarray
    statistics: np.ndarray
    spacings: np.ndarray
    courses: np.ndarray
    log_prior: np.ndarray
    slot_first: np.ndarray
    cox_column: np.ndarray
    cox_code: np.ndarray
    cox_beta: np.ndarray
    rate_scale: int
    limits_at_events: bool
    median_scale: int


class State(NamedTuple):
    """Where a chain is; changed in place.

    Parameters
    ----------
    day, event, pin : numpy.ndarray
        Shape (patient,): ascending days, 1 for an event, and the pin that the patient keeps
        to or -1.
    patient : numpy.ndarray
        Shape (patient,): who it is, where patients come with something the chain doesn't see.
    values : numpy.ndarray
        Shape (column, patient): what the groupings' levels follow from; the last column
        is the course where there are courses.
    allowed : numpy.ndarray of bool
        Shape (pin + 1, column, value): what those who keep to a pin may have; the last row is
        everyone else's.
    spacing : numpy.ndarray
        Shape (1,): number of the spacing between ticks.
    statistic : numpy.ndarray
        Shape (statistic,): their present values.
    """

    day: np.ndarray
    event: np.ndarray
    pin: np.ndarray
    patient: np.ndarray
    values: np.ndarray
    allowed: np.ndarray
    spacing: np.ndarray
    statistic: np.ndarray
